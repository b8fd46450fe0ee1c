#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Traces of one program, recorded as if at different times: for vgpu-trace diff.

usage: make_diff.py FILE [renamed] [clear|flush|drop|insert|error|shader|entry]
"renamed": other ids, handles, fences, times, memory addresses and another order between the context
and the display. The rest change one thing in frame 5.
"""
import struct
import sys

sys.dont_write_bytecode = True
from plain_trace import Trace  # noqa: E402

FRAMES, CHANGED = 12, 5
changes = set(sys.argv[2:])
renamed = "renamed" in changes
t = Trace(step=1700 if renamed else 1000)
CTX, RES, HANDLE = (9, 40, 700) if renamed else (1, 1, 1)
fence = 100 if renamed else 0


def send(kind, body, ctx=0, fenced=False, error=False):
    global fence
    fence += fenced
    header = struct.pack("<IIQIBxxx", kind, int(fenced), fence if fenced else 0, ctx, 0)
    t.request(header + body)
    t.response(struct.pack("<IIQIBxxx", 0x1203 if error else 0x1100, int(fenced), 0, 0, 0))


def virgl(*commands):
    stream = b""
    for opcode, kind, payload in commands:
        stream += struct.pack("<I", opcode | kind << 8 | len(payload) // 4 << 16) + payload
    return struct.pack("<II", len(stream), 0) + stream


def dwords(*values):
    return struct.pack(f"<{len(values)}I", *values)


name = b"painter"
send(0x200, struct.pack("<II64s", len(name), 0, name), ctx=CTX)
for n in range(3):
    send(0x204, dwords(RES + n, 2, 1, 2, 64, 32, 1, 1, 0, 0, 0, 0), fenced=True)
    pages = [(0x1000, 4096), (0x9000, 4096)] if renamed else [(0x5000, 8192)]
    if "entry" in changes and n == 1:
        pages.append((0x20000, 4096))
    send(0x106, dwords(RES + n, len(pages)) +
         b"".join(struct.pack("<QII", at, size, 0) for at, size in pages))
    send(0x202, dwords(RES + n, 0), ctx=CTX)
for frame in range(FRAMES):
    changed = frame == CHANGED
    surface = HANDLE + frame
    color = struct.pack("<4f", 0.5 if changed and "clear" in changes else 0.25, frame, 0, 1)
    text = b"FRAG\nDCL OUT[0], COLOR\n" + (b"MOV OUT[0], IN[1]" if changed and "shader" in changes
                                         else b"MOV OUT[0], IN[0]") + b"\nEND\n\0"
    text += bytes(-len(text) % 4)
    target = RES + frame % 2
    submit = virgl((1, 8, dwords(surface, target, 1, 0, 0)),
                   (1, 4, dwords(surface + 5000, 1, len(text), 300, 0) + text),
                   (5, 0, dwords(1, 0, surface)),
                   (7, 0, dwords(4) + color + struct.pack("<dI", 1.0, 0)),
                   (3, 8, dwords(surface)))
    flush = dwords(0, 0, 64, 32, RES + 2 if changed and "flush" in changes else target, 0)
    late = renamed and frame % 3 == 2  # the context is one frame ahead of the display
    if not late:
        send(0x103, dwords(0, 0, 64, 32, 0, target))
    if not (changed and "drop" in changes):
        send(0x207, submit, ctx=CTX, fenced=True, error=changed and "error" in changes)
    if changed and "insert" in changes:
        send(0x207, virgl((0, 0, b"")), ctx=CTX, fenced=True)
    if late:
        send(0x103, dwords(0, 0, 64, 32, 0, target))
    send(0x104, flush)
t.write(sys.argv[1], end=True)
