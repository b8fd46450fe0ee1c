# SPDX-License-Identifier: MIT
"""Holds the requests of a trace against those that QEMU's device received."""

import json
import subprocess
from collections import namedtuple

import oracle_read

QUEUES = ("control", "cursor")
LOST_COMMANDS = 1
Request = namedtuple("Request", "queue request response")


def read_trace_requests(vgpu_trace, path):
    """The trace's commands in their order, with their responses."""
    dump = subprocess.Popen([vgpu_trace, "dump", "--json", "--raw", path],
                            stdout=subprocess.PIPE, text=True)
    found = {}
    for line in dump.stdout:
        record = json.loads(line)
        if record["record"] == "COMMAND":
            found[record["id"]] = Request(record["queue"], bytes.fromhex(record["request_hex"]),
                                          None)
        elif record["record"] == "RESPONSE" and record["id"] in found:
            found[record["id"]] = found[record["id"]]._replace(
                response=bytes.fromhex(record["response_hex"]))
    if dump.wait() not in (0, 3):
        raise RuntimeError(f"vgpu-trace dump {path}: exit status {dump.returncode}")
    return list(found.values())


def first_byte(a, b):
    """Where two byte strings part, with what stands there."""
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"byte {at}: trace {a[at:at + 8].hex() or 'ends'} ({len(a)} bytes), " \
           f"device {b[at:at + 8].hex() or 'ends'} ({len(b)} bytes)"


def difference(trace, device):
    """The first difference as text, or None. Order counts within each queue."""
    for queue, name in enumerate(QUEUES):
        ours = [c for c in trace if c.queue == queue]
        theirs = [c for c in device if c.queue == queue]
        for i, (a, b) in enumerate(zip(ours, theirs)):
            if a.request != b.request:
                return f"{name} queue, request {i}: {first_byte(a.request, b.request)}"
            # The device may write less than there is room for; the rest is the driver's.
            if a.response is not None and b.response is not None and \
                    a.response[:len(b.response)] != b.response:
                return f"{name} queue, response {i}: {first_byte(a.response, b.response)}"
        if len(ours) != len(theirs):
            return f"{name} queue: {len(ours)} requests in the trace, {len(theirs)} in the device"
    return None


def trace_and_oracle(vgpu_trace, trace, directory, span):
    """Compares a trace with its part of the oracle's log in the directory."""
    device = oracle_read.elements(f"{directory}/oracle.bin", *span)
    if not device:
        return "the device received nothing: is the oracle at work?"
    return difference(read_trace_requests(vgpu_trace, trace), device)


def begin_of_bind(vgpu_trace, trace, directory):
    """Compares a trace that ended early with what came each time since the driver began with its
    device: it is the beginning of one of them."""
    ours, problem = read_trace_requests(vgpu_trace, trace), "it is empty"
    for bind in oracle_read.binds(f"{directory}/oracle.bin") if ours else []:
        as_many = [c for queue in range(len(QUEUES)) for c in
                   [c for c in bind if c.queue == queue][:sum(c.queue == queue for c in ours)]]
        problem = difference(ours, as_many)
        if not problem:
            return None
    return problem


def middle(vgpu_trace, trace, directory):
    """Compares a trace that began late and ended early with what came from its first request on."""
    ours = read_trace_requests(vgpu_trace, trace)
    device = oracle_read.elements(f"{directory}/oracle.bin")
    for queue, name in enumerate(QUEUES):
        mine, theirs = ([c for c in both if c.queue == queue] for both in (ours, device))
        begins = [i for i, c in enumerate(theirs) if mine and c.request == mine[0].request]
        found = [difference(mine, theirs[i:i + len(mine)]) for i in begins]
        if mine and None not in found:
            return f"{name} queue: {found[-1] if found else 'its first request never came'}"
    return None if ours else "it is empty"


def with_losses(vgpu_trace, trace, directory, number):
    """None or a problem, and numbers as text. A trace that says what it lost, against all that came
    since the driver began with its device (for the number-th time): between every two commands as
    many are lost as the device got; where the driver does not number its commands (before Linux 6.3)
    the sums agree."""
    dump = subprocess.run([vgpu_trace, "dump", "--json", "--raw", trace], stdout=subprocess.PIPE,
                          text=True)
    ours, lost, numbered, total = [[], []], [0, 0], False, 0
    for line in dump.stdout.splitlines():
        record = json.loads(line)
        if record["record"] == "HEADER":
            numbered = record["text"]["seqno"] == "yes"
        elif record["record"] == "LOST" and record["what"] == LOST_COMMANDS:
            total += int(record["count"])
            if record["queue"] < len(QUEUES):
                lost[record["queue"]] += int(record["count"])
        elif record["record"] == "COMMAND":
            queue = record["queue"]
            ours[queue].append((bytes.fromhex(record["request_hex"]), lost[queue]))
            lost[queue] = 0
    bind = oracle_read.binds(f"{directory}/oracle.bin")[number]
    theirs = [[c.request for c in bind if c.queue == queue] for queue in range(len(QUEUES))]
    for queue, name in enumerate(QUEUES):
        at = 0
        for i, (request, missing) in enumerate(ours[queue]):
            try:
                at = at + missing if numbered else theirs[queue].index(request, at)
            except ValueError:
                return f"{name} queue, command {i} never came", ""
            if theirs[queue][at:at + 1] != [request]:
                return f"{name} queue, command {i}: not where its losses say", ""
            at += 1
    recorded, sent = sum(map(len, ours)), sum(map(len, theirs))
    told = f"{recorded} commands recorded, {total} lost, {sent} sent"
    return None if recorded + total == sent and recorded else told, told
