# SPDX-License-Identifier: MIT
"""Reads what oracle.c logged inside QEMU."""

import struct
from collections import namedtuple

MAGIC, ENTRY = 0x43524F56, struct.Struct("<IIIIQQ")
POP, PUSH, RESET = 1, 2, 3
Element = namedtuple("Element", "queue time request response")  # response: None if none came


def entries(path, begin=0, end=None):
    """Kind, queue, number, time and bytes of each entry in a byte range of the file."""
    with open(path, "rb") as file:
        file.seek(begin)
        data = file.read() if end is None else file.read(end - begin)
    at = 0
    while at < len(data):
        magic, kind, queue, size, number, time = ENTRY.unpack_from(data, at)
        if magic != MAGIC:
            raise ValueError(f"{path}: no entry at byte {begin + at}")
        at += ENTRY.size + size
        yield kind, queue, number, time, data[at - size:at]


def binds(path, begin=0, end=None):
    """The queue elements, in the order the device took them: a list for each time that the driver
    began with the device anew."""
    taken, found = {}, []
    for kind, queue, number, time, body in entries(path, begin, end):
        if kind == RESET and taken:
            found.append(list(taken.values()))
            taken = {}
        elif kind == POP:
            taken[number] = Element(queue, time, body, None)
        elif kind == PUSH and number in taken:
            taken[number] = taken[number]._replace(response=body)
    return found + [list(taken.values())]


def elements(path, begin=0, end=None):
    """All of them."""
    return [element for bind in binds(path, begin, end) for element in bind]
