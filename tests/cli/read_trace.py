#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second reader of traces, made from formats/trace-format.md alone.

usage: read_trace.py FILE DUMP    DUMP: what `vgpu-trace dump --json --raw FILE` printed

Checks that both read the same, and that index frames, summary with its statistics and seek table
are right.
"""
import json
import struct
import subprocess
import sys

import read_statistics

U, TEXT, LIST, CHARS, HEX = "u", "text", "list", "chars", "hex"
BODIES = {  # type: name, fixed fields (name, offset, size or kind), fixed bytes, tail (name, kind)
    1: ("HEADER", [("major", 8, 2), ("minor", 10, 2), ("clock", 12, 4), ("file_id", 16, HEX),
                   ("realtime_ns", 32, 8)], 40, ("text", TEXT)),
    2: ("DEVICE", [("device", 0, 4)], 8, ("text", TEXT)),
    3: ("PROCESS", [("pid", 0, 4), ("tid", 4, 4), ("comm", 8, CHARS)], 24,
        ("command_line", LIST)),
    4: ("CONTEXT", [("ctx_id", 0, 4), ("pid", 4, 4), ("tid", 8, 4), ("capset", 12, 4)], 16,
        ("name", CHARS)),
    5: ("COMMAND", [("id", 0, 8), ("device", 8, 4), ("queue", 12, 4), ("seqno", 16, 4),
                    ("free_slots", 20, 4), ("pid", 24, 4), ("tid", 28, 4),
                    ("response_size", 32, 4)], 40, ("request_hex", HEX)),
    6: ("RESPONSE", [("id", 0, 8)], 8, ("response_hex", HEX)),
    7: ("STAGE", [("id", 0, 8), ("stage", 8, 4), ("tid", 12, 4)], 16, None),
    9: ("MEMORY", [("space", 0, 8), ("address", 8, 8)], 16, ("bytes_hex", HEX)),
    19: ("READBACK", [("id", 0, 8), ("space", 8, 8), ("address", 16, 8)], 24,
         ("bytes_hex", HEX)),
    12: ("SNAPSHOT", [("device", 0, 4)], 8, ("request_hex", HEX)),
    13: ("EPOCH", [("device", 0, 4), ("reason", 4, 4)], 8, None),
    15: ("LOST", [("what", 0, 4), ("queue", 4, 4), ("count", 8, 8), ("bytes", 16, 8),
                  ("first_ns", 24, 8), ("last_ns", 32, 8), ("id", 40, 8)], 48, None),
    17: ("END", [("commands", 0, 8), ("responses", 8, 8), ("memory_bytes", 16, 8),
                 ("lost", 24, 8)], 32, None),
}


def number(b):
    value = int.from_bytes(b, "little")
    return value if value < 1 << 53 else str(value)


def chars(b):
    return b.split(b"\0")[0].decode("latin-1")


def strings(b):
    return [s.decode("latin-1") for s in b.rstrip(b"\0").split(b"\0")] if b else []


def parse_body(kind, body):
    if kind not in BODIES:
        return {"record": None, "body_size": len(body), "body_hex": body.hex()}
    name, fields, fixed, tail = BODIES[kind]
    out = {"record": name}
    for field, offset, size in fields:
        if size == HEX:
            out[field] = body[offset:offset + 16].hex()
        elif size == CHARS:
            out[field] = chars(body[offset:offset + 16])
        else:
            out[field] = number(body[offset:offset + size])
    if tail:
        rest = body[fixed:]
        out[tail[0]] = {HEX: bytes.hex, CHARS: chars, LIST: strings,
                        TEXT: lambda b: dict(s.split("=", 1) for s in strings(b))}[tail[1]](rest)
    return out


def steps(column, value):
    """A column's numbers: each is written as its difference from the one before."""
    value = int.from_bytes(value, "little")
    coded = shift = 0
    for byte in column:
        coded |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            value = (value + (coded >> 1 ^ -(coded & 1))) % 2**64
            yield value.to_bytes(8, "little")
            coded = shift = 0


def records(stream):
    at = n = covered = 0
    times = ids = last_time = last_id = None
    while at < len(stream):
        kind, flags, length, time_ns = struct.unpack_from("<HHIQ", stream, at)
        assert 16 <= length <= 1 << 24 and at + length <= len(stream), "length"
        body, time = stream[at + 16:at + length], stream[at + 8:at + 16]
        end = (at + length + 7) & ~7
        assert not any(stream[at + length:end]), "padding"
        if kind == 18:  # COLUMNS
            assert not covered, "a run begins within another"
            covered, size = struct.unpack_from("<II", body)
            if not flags & 1:  # it does not go on from the last one
                last_time, last_id = time, bytes(8)
            times, ids = steps(body[8:8 + size], last_time), steps(body[8 + size:], last_id)
            at = end
            continue
        if covered:
            assert time == bytes(8), "a covered record has no time of its own"
            time = last_time = next(times)
            if kind in (5, 6, 7) and len(body) >= 8:
                last_id = next(ids)
                body = last_id + body[8:]
            covered -= 1
            assert covered or not [*times, *ids], "more in columns than records"
        record = {"type": kind, "flags": flags, "number": n, "offset": at, "time_ns": number(time)}
        record.update(parse_body(kind, body))
        yield record
        at, n = end, n + 1
    assert not covered, "a run goes on"


def frame_size(data, at):
    """Of a zstd frame (RFC 8878): its header, blocks and checksum; and its content size or None."""
    descriptor = data[at + 4]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    field = [1 if single else 0, 2, 4, 8][descriptor >> 6]
    p = at + 5 + (0 if single else 1)
    content = int.from_bytes(data[p:p + field], "little") + (256 if field == 2 else 0)
    p += field
    last = 0
    while not last:
        header = int.from_bytes(data[p:p + 3], "little")
        last = header & 1
        p += 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
    assert checksum, "a data frame has a checksum"
    return p + 4 - at, content if field else None


def check_container(data, all_records):
    at = raw = n = frames = shown = 0
    seek, summary = [], None
    while at < len(data):
        magic, size = struct.unpack_from("<II", data, at)
        if magic == 0xfd2fb528:
            start, (packed, content) = at, frame_size(data, at)
            at += packed
            magic, size = struct.unpack_from("<II", data, at)
            index = data[at + 8:at + 8 + size]
            assert magic == 0x184d2a5a and index[:8] == b"VGPUIDX\0", "index"
            (file_offset, raw_offset, file_size, raw_size, first, first_ns, last_ns, lost, seen,
             count, types, zero, first_id) = struct.unpack_from("<QQIIQQQQIIIIQ", index, 8)
            assert (file_offset, raw_offset, file_size, first, zero) == (start, raw, packed, n, 0)
            assert content in (None, raw_size), "content size"
            seek.append((packed, raw_size))
            mine = all_records[n:n + count]
            assert len(mine) == count
            assert raw <= mine[0]["offset"] and mine[-1]["offset"] < raw + raw_size, "offsets"
            times = [r["time_ns"] for r in mine]
            assert (first_ns, last_ns) == (min(times), max(times))
            assert lost == sum(r["count"] for r in mine if r["record"] == "LOST")
            rows = [struct.unpack_from("<HHI", index, 88 + 8 * i) for i in range(types)]
            before = [int(r["id"]) for r in all_records[:n] if r["record"] == "COMMAND"]
            assert first_id == max(before, default=-1) + 1
            kinds = [r["type"] for r in mine if r["type"] < 32]
            assert rows == [(k, 0, kinds.count(k)) for k in sorted(set(kinds))]
            n, raw, frames, shown = n + count, raw + raw_size, frames + 1, shown + seen
            seek.append((8 + size, 0))
        elif magic == 0x184d2a5a:
            summary = struct.unpack_from("<QQQQQQQQIIII", data, at + 16)
            assert data[at + 8:at + 16] == b"VGPUSUM\0"
            assert summary[:4] == (frames, n, raw, at) and summary[7] == shown
            types, entries, _, statistics = summary[8:]
            first = at + 8 + 88 + types * 16 + entries * 56
            read_statistics.check(data[first:first + statistics], all_records)
            seek.append((8 + size, 0))
        else:
            assert magic == 0x184d2a5e and at + 8 + size == len(data), "seek table"
            entries = [struct.unpack_from("<II", data, at + 8 + 8 * i) for i in range(len(seek))]
            assert entries == seek
            assert data[-9:] == struct.pack("<IBI", len(seek), 0, 0x8f92eab1)
        at += 8 + size
    assert summary and n == len(all_records), "summary"
    assert data[-4:] == struct.pack("<I", 0x8f92eab1), "seek table"
    return shown


def main():
    data = open(sys.argv[1], "rb").read()
    stream = subprocess.run(["zstd", "-dcq", sys.argv[1]], check=True, stdout=subprocess.PIPE).stdout
    mine = list(records(stream))
    theirs = [json.loads(line) for line in open(sys.argv[2], encoding="ascii")]
    assert theirs[0].pop("schema_version") == 1
    assert len(mine) == len(theirs), f"{len(mine)} records, not {len(theirs)}"
    for a, b in zip(mine, theirs):
        b = {key: b[key] for key in a if key in b}  # decoded messages are not read here
        assert a == b, f"{a}\n{b}"
    shown = check_container(data, mine)
    print(f"{len(mine)} records, {shown} frames shown")


main()
