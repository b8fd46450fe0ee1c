# SPDX-License-Identifier: MIT
"""Reads what oracle.c logged inside QEMU."""

import struct
from collections import namedtuple

MAGIC, ENTRY = 0x43524F56, struct.Struct("<IIIIQQ")
POP, PUSH, RESET = 1, 2, 3
Element = namedtuple("Element", "queue time request response")  # response: None if none came


def elements(path, begin=0, end=None):
    """The queue elements logged in a byte range of the file, in the order the device took them."""
    with open(path, "rb") as file:
        file.seek(begin)
        data = file.read() if end is None else file.read(end - begin)
    taken, at = {}, 0
    while at < len(data):
        magic, kind, queue, size, number, time = ENTRY.unpack_from(data, at)
        if magic != MAGIC:
            raise ValueError(f"{path}: no entry at byte {begin + at}")
        at += ENTRY.size
        body = data[at:at + size]
        at += size
        if kind == POP:
            taken[number] = Element(queue, time, body, None)
        elif kind == PUSH and number in taken:
            taken[number] = taken[number]._replace(response=body)
    return list(taken.values())
