#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads a Perfetto export by the wire rules of protobuf alone, and compares it with dump --json.

usage: perfetto.py PFTRACE DUMP.ndjson INFO.json
Slices nest on each track, every command is one slice with its own begin, end and answer, flows lead
from the thread to the queue, the fence and its signal, and the 99th percentile is info's.
"""
import json
import math
import sys

PFTRACE, DUMP, INFO = sys.argv[1:]


def check(ok, *words):
    if not ok:
        sys.exit("perfetto: " + " ".join(map(str, words)))


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """{number: [values]}; sub-messages and texts stay bytes."""
    at, out = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = int.from_bytes(data[at:at + 8], "little"), at + 8
        else:
            check(kind == 2, "wire type", kind)
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            check(len(value) == size, "a field is cut")
        out.setdefault(key >> 3, []).append(value)
    return out


def one(message, number, default=None):
    return message.get(number, [default])[0]


with open(PFTRACE, "rb") as f:
    trace = fields(f.read())
check(set(trace) == {1}, "a trace has packets only")
tracks, names, categories, args = {0: (None, None)}, {}, {}, {}
open_slices, slices, counters, flows, instants = {}, [], {}, {}, []
last = {}
for raw in trace[1]:
    packet = fields(raw)
    check(one(packet, 10) == 1, "a packet without its sequence")
    if 12 in packet:
        interned = fields(one(packet, 12))
        for number, table in ((1, categories), (2, names), (3, args)):
            for entry in map(fields, interned.get(number, [])):
                check(one(entry, 1) not in table, "interned twice:", entry)
                table[one(entry, 1)] = one(entry, 2).decode("ascii")
    if 60 in packet:
        track = fields(one(packet, 60))
        parent = one(track, 5, 0)
        check(parent in tracks, "a track before its parent")
        check(one(track, 1) not in tracks or 3 in track or 4 in track, "a track twice")
        tracks[one(track, 1)] = (one(track, 2, b"").decode("ascii"), parent)
    if 11 not in packet:
        continue
    event, time = fields(one(packet, 11)), one(packet, 8)
    check(one(packet, 58) == 3 and one(packet, 13) == 2, "clock or sequence flags")
    kind, track = one(event, 9), one(event, 11)
    check(track in tracks, "an event on a track that is not there")
    values = {}
    for annotation in map(fields, event.get(4, [])):
        value = one(annotation, 3) if 3 in annotation else one(annotation, 6).decode("ascii")
        values[args[one(annotation, 1)]] = value
    entry = {"track": track, "time": time, "args": values, "flows": event.get(47, []),
             "ends": event.get(48, []), "category": categories.get(one(event, 3)),
             "name": names.get(one(event, 10), one(event, 23))}
    if kind == 4:
        counters.setdefault(tracks[track][0], []).append((time, one(event, 30)))
        continue
    check(kind == 2 or (entry["name"] and entry["category"]), "an event without a name", entry)
    for flow in entry["flows"] + entry["ends"]:
        flows.setdefault(flow, []).append(entry)
    if kind == 3:
        instants.append(entry)
        continue
    check(time >= last.get(track, 0), "times on a track step back")
    last[track] = time
    if kind == 1:
        open_slices.setdefault(track, []).append(entry)
        slices.append(entry)
        check(len(open_slices[track]) == 1, "a slice within a slice", entry)
    else:
        check(open_slices.get(track), "an end without a beginning")
        begun = open_slices[track].pop()
        begun["dur"] = time - begun["time"]
        begun["args"].update(values)

# The commands, from the records alone.
commands, queued, signals = {}, {}, {}
renamed = []  # when ids of resources began to mean something else
for r in map(json.loads, open(DUMP)):
    if r["record"] == "COMMAND":
        request = r["request"] or {}
        queued[r["id"]] = r
        commands[r["id"]] = (request.get("cmd"), r["time_ns"], None, None)
    elif r["record"] == "RESPONSE" and r["id"] in commands:
        name, time, *_ = commands[r["id"]]
        answer = (r["response"] or {}).get("resp")
        commands[r["id"]] = (name, time, max(0, r["time_ns"] - time), answer)
    elif r["record"] == "EPOCH":
        renamed.append(r["time_ns"])
    elif r["record"] == "STAGE":
        signals.setdefault(r["id"], r["time_ns"])
shown = {s["args"]["command"]: (s["name"], s["time"], s.get("dur"), s["args"].get("response"))
         for s in slices if s["category"] == "command"}
check(set(shown) == set(commands), "other commands")
for number, want in commands.items():
    check(shown[number] == want, "command", number, "is", shown[number], "not", want)

fenced = {i for i, r in queued.items()
          if "FENCE" in ((r["request"] or {}).get("hdr") or {}).get("flags", {}).get("names", [])}
fences = {s["args"]["command"]: s for s in slices if s["category"] == "fence"}
check(set(fences) == fenced, "other fences")
for number, s in fences.items():
    end = signals.get(number)
    if end is None and commands[number][2] is not None:
        end = commands[number][1] + commands[number][2]
    check(s.get("dur") == (end - s["time"] if end is not None else None), "the fence of", number)
for number, r in queued.items():
    flow = [es for es in flows.values() if es[0]["args"]["command"] == number]
    check(len(flow) == 1, "flows of", number)
    want = (["queued"] if r["tid"] else []) + ["command"]
    want += ["fence"] * (number in fenced) + ["stage"] * (number in signals)
    check([e["category"] for e in flow[0]] == want, "the flow of", number, flow[0])
    check(number not in signals or flow[0][-1]["ends"], "the flow of", number, "does not end")

# Counters come back to what is still in flight.
for queue in (0, 1):
    name = ("control", "cursor")[queue] + " queue depth"
    mine = [i for i, r in queued.items() if r["queue"] == queue]
    waiting = sum(commands[i][2] is None for i in mine)
    check(not mine or counters[name][-1][1] == waiting, name, counters.get(name))

info = json.load(open(INFO))
frames = [s for s in slices if s["category"] == "frame"]
check(len(frames) == info["totals"]["frames"], len(frames), "frames")
shows = {}
for s in sorted(frames, key=lambda s: s["time"]):
    resource, since = shows.get(s["track"], (0, 0))
    flip = resource != s["args"]["resource_id"] or any(since <= t <= s["time"] for t in renamed)
    check(s["name"] == ("page flip" if flip else "update"), s)
    shows[s["track"]] = s["args"]["resource_id"], s["time"]
for row in info["commands"]:
    for how, told in (("fenced", row["fenced_latency_ns"]), ("un", row["unfenced_latency_ns"])):
        durations = sorted(s["dur"] for s in slices if s["category"] == "command" and "dur" in s and
                           s["name"] == row["name"] and
                           (s["args"]["command"] in fenced) == (how == "fenced") and
                           queued[s["args"]["command"]]["queue"] == row["queue"])
        check(len(durations) == told["count"], row["name"], how, len(durations), "durations")
        if durations:
            p99 = durations[math.ceil(len(durations) * 0.99) - 1]
            check(abs(p99 - told["p99"]) <= told["p99"] * 0.004, row["name"], "p99", p99, told)
arrows = sum(len(entries) - 1 for entries in flows.values())
print(f"{len(slices)} slices, {len(instants)} instants, {len(tracks)} tracks, {len(flows)} flows, "
      f"{arrows} arrows")
