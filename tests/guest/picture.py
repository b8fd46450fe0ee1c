# SPDX-License-Identifier: MIT
"""Compares two PNG pictures, pixel for pixel."""

import struct
import zlib


def read_png(path):
    """Width, height and rows of RGB of an 8-bit RGB or RGBA PNG."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"{path}: not a PNG")
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        at += size + 12
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            if depth != 8 or colour not in (2, 6) or interlace:
                raise ValueError(f"{path}: not 8-bit RGB or RGBA")
        elif kind == b"IDAT":
            packed += body
    step = 3 if colour == 2 else 4
    raw, stride = zlib.decompress(packed), width * step
    rows, previous = [], bytearray(stride)
    for y in range(height):
        kind = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        unfilter(kind, row, previous, step)
        rows.append(row)
        previous = row
    if step == 4:
        for y, row in enumerate(rows):
            rgb = bytearray(width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[0::4], row[1::4], row[2::4]
            rows[y] = rgb
    return width, height, rows


def unfilter(kind, row, previous, step):
    """PNG's five row filters, undone in place."""
    if kind == 0:
        return
    if kind == 2:
        for i, up in enumerate(previous):
            row[i] = (row[i] + up) & 255
        return
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up = previous[i]
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) >> 1
        else:
            corner = previous[i - step] if i >= step else 0
            estimate = left + up - corner
            a, b, c = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
            guess = left if a <= b and a <= c else up if b <= c else corner
        row[i] = (row[i] + guess) & 255


def difference(ours, theirs):
    """What is different, as text, or None."""
    try:
        (w, h, a), (v, g, b) = read_png(ours), read_png(theirs)
    except (OSError, ValueError) as error:
        return str(error)
    if (w, h) != (v, g):
        return f"{ours} is {w}x{h}, {theirs} is {v}x{g}"
    count, first = 0, None
    for y in range(h):
        if a[y] != b[y]:
            for x in range(w):
                if a[y][3 * x:3 * x + 3] != b[y][3 * x:3 * x + 3]:
                    count += 1
                    first = first or (x, y)
    if not count:
        return None
    x, y = first
    return f"{count} of {w * h} pixels differ, the first at {x},{y}: " \
           f"{a[y][3 * x:3 * x + 3].hex()} and {b[y][3 * x:3 * x + 3].hex()} ({ours}, {theirs})"
