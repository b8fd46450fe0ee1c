# SPDX-License-Identifier: MIT
"""Uncompressed traces by hand: what formats/trace-format.md says a simple writer may write."""
import struct


def record(number, time_ns, body):
    size = 16 + len(body)
    return struct.pack("<HHIQ", number, 0, size, time_ns) + body + bytes(-size % 8)


class Trace:
    def __init__(self, step=1000):
        self.out, self.time, self.step, self.id = [], 1000, step, 0
        self.add(1, b"VGPUTRC\0" + struct.pack("<HHI16sQ", 1, 0, 1, bytes(16), 10**18) +
                 b"source=synthetic\0")

    def add(self, number, body):
        self.time += self.step
        self.out.append(record(number, self.time, body))

    def request(self, data, queue=0):
        self.id += 1
        self.add(5, struct.pack("<QIIIIIIIxxxx", self.id, 0, queue, 0, 60, 0, 0, 24) + data)

    def response(self, data, number=None):
        self.add(6, struct.pack("<Q", number or self.id) + data)

    def write(self, path, end=False):
        if end:
            self.add(17, struct.pack("<QQQQ", self.id, 0, 0, 0))
        with open(path, "wb") as f:
            f.write(b"".join(self.out))
