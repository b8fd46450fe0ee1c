"""Reads the log which oracle.so writes inside QEMU (struct entry in oracle.c)."""

import struct
from collections import namedtuple

POP, PUSH, RESET = 1, 2, 3
MAGIC = 0x43524F56
HEAD = struct.Struct("<4IQQ")

Entry = namedtuple("Entry", "offset kind queue id time_ns data")
# What one queue element asked, and what the device answered (None: nothing, or not yet).
Request = namedtuple("Request", "queue request response pop_ns push_ns")


def read_entries(path, begin=0, end=None):
    """The entries in bytes begin to end of the log; the last may be missing if cut short."""
    with open(path, "rb") as file:
        file.seek(begin)
        data = file.read() if end is None else file.read(end - begin)
    at = 0
    while at + HEAD.size <= len(data):
        magic, kind, queue, length, ident, time_ns = HEAD.unpack_from(data, at)
        if magic != MAGIC:
            raise ValueError(f"{path}: no entry at offset {begin + at}")
        if at + HEAD.size + length > len(data):
            break
        start = at + HEAD.size
        yield Entry(begin + at, kind, queue, ident, time_ns, data[start:start + length])
        at = start + length


def read_requests(path, begin=0, end=None):
    """Requests in the order in which the device took them."""
    order, answers = [], {}
    for entry in read_entries(path, begin, end):
        if entry.kind == POP:
            order.append(entry)
        elif entry.kind == PUSH:
            answers[entry.id] = entry
    requests = []
    for pop in order:
        push = answers.get(pop.id)
        requests.append(Request(pop.queue, pop.data, push.data if push and push.data else None,
                                pop.time_ns, push.time_ns if push else None))
    return requests
