#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wireshark's dissector beside our own decoder.

usage: wireshark.py make TRACE           every golden message, whole and cut, as a plain trace
       wireshark.py compare PDML NDJSON  what tshark shows is what dump --json says, field by field
       wireshark.py header PCAPNG NDJSON EXPORT.md  the packets' header is as documented
"""
import glob
import json
import os
import re
import struct
import sys
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True
from plain_trace import Trace  # noqa: E402

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
# Of the packet, not of the message; and what one side alone has.
PACKET = {"kind", "device", "command", "queue", "pid", "tid", "comm", "seqno", "free_slots",
          "response_room", "capset", "stage", "loss", "response_in", "request_in", "time",
          "resource_id", "stream", "error", "data", "cut"}
SKIPPED = {"stream", "data", "padded", "padding", "surplus", "capset_data", "bytes", "error", "uuid", "edid"}


def golden(pattern):
    for path in sorted(glob.glob(f"{GOLDEN}/{pattern}")):
        with open(path) as f:
            lines = f.read().splitlines()
        data = bytes.fromhex("".join(line.split("#")[0] for line in lines[1:]))
        yield lines[0].split()[1:], data


def make(path):
    t = Trace()
    header = struct.Struct("<IIQIBxxx")
    create = header.pack(0x200, 0, 0, 1, 0) + struct.pack("<II64x", 0, 2)
    # Other dialects are not the dissector's, which shows them as the specification has them.
    messages = [(head, data) for head, data in golden("messages/*.hex")
                if head[0] in ("request", "response") and len(head) < 3]
    for head, data in messages:
        # The context anew each time: other messages destroy it, or make it another's.
        for size in sorted({len(data), *range(0, min(len(data), 160), 7)}, reverse=True):
            t.request(create)
            if head[0] == "request":
                t.request(data[:size])
            else:
                t.request(header.pack(int(head[1], 0), 0, 0, 0, 0) + bytes(80))
                t.response(data[:size])
    for _, data in golden("virgl/*.hex"):
        for size in sorted({len(data), *range(0, len(data), 404)}, reverse=True):
            t.request(create)
            t.request(header.pack(0x207, 0, 0, 1, 0) + struct.pack("<II", size, 0) + data[:size])
    t.write(path)


def number(value):
    """Numbers of both sides in one form; floats as the single they are."""
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-f]+|0|-?[1-9]\d*", value):
        return int(value, 0)
    return value


def from_json(value, name, out):
    """Leaves in order: (name, value)."""
    if isinstance(value, dict) and "value" in value and ("name" in value or "names" in value):
        out.append((name, value["value"]))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in SKIPPED and not key.endswith("rest"):
                from_json(inner, key, out)
    elif isinstance(value, list):
        for inner in value:
            from_json(inner, name, out)
    elif value != "":
        out.append((name, number(value)))


def stream_of(request):
    out = []
    for command in (request.get("stream") or {}).get("commands", []):
        out.append(("opcode", command["opcode"]))
        from_json(command.get("fields", {}), "", out)
    return out


def from_pdml(element, out):
    for field in element:
        path = field.get("name", "").split(".")
        if path[0] == "virtio_gpu" and len(path) > 1:
            if path[1] in PACKET and len(path) == 2 or path[-1] in ("object", "length") and \
                    path[1] == "virgl" and len(path) == 3:
                if path[1] == "stream":
                    from_pdml(field, out)
                continue
            if path[-1] not in SKIPPED and field.get("show") != "":
                out.append((path[-1], number(field.get("show"))))
        else:
            from_pdml(field, out)


def same(a, b):
    if a[0] != b[0]:
        return False
    if a[1] == b[1] or "nan" in str(a[1]) and "nan" in str(b[1]):
        return True
    try:  # tshark rounds
        x, y = float(a[1]), float(b[1])
        return isinstance(b[1], str) and (x == y or abs(x - y) <= max(1e-5 * max(abs(x), abs(y)), 1e-44))
    except ValueError:
        pass
    if isinstance(a[1], str):
        # Text with odd characters is escaped in ways of its own.
        plain = re.fullmatch(r"[\w ,.:;()\[\]/-]*", a[1])
        return not plain or a[1] == str(b[1])
    return False


def compare(pdml, ndjson):
    wanted = []
    for line in open(ndjson):
        r = json.loads(line)
        if r["record"] not in ("COMMAND", "RESPONSE"):
            continue
        message = r["request"] if r["record"] == "COMMAND" else r["response"]
        out = []
        cut = not message or message.get("error")
        if message:
            from_json({k: v for k, v in message.items() if k not in ("cmd", "resp")}, "", out)
            out += stream_of(message)
        wanted.append((r["number"], cut, out))
    packets = 0
    fields = 0
    for event, packet in ET.iterparse(pdml):
        if packet.tag != "packet":
            continue
        protocol = [p for p in packet.iter("proto") if p.get("name") == "virtio_gpu"]
        if len(protocol) != 1:
            sys.exit(f"packet {packets + 1} was not dissected")
        kind = next(f for f in protocol[0] if f.get("name") == "virtio_gpu.kind").get("show")
        if int(kind, 0) < 3:
            where, cut, want = wanted[packets]
            got = []
            from_pdml(protocol[0], got)
            packets += 1
            fields += len(got)
            # A cut message ends somewhere within a field: what both have must agree.
            if not cut and len(got) != len(want):
                sys.exit(f"record {where}: {len(got)} fields, not {len(want)}:\n{got}\n{want}"[:2000])
            for a, b in zip(want, got):
                if not same(a, b):
                    sys.exit(f"record {where}: {b}, not {a}:\n{got}\n{want}"[:2000])
        packet.clear()
    if packets != len(wanted):
        sys.exit(f"{packets} messages, not {len(wanted)}")
    print(f"{packets} messages, {fields} fields")


def packets_of(path):
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if struct.unpack_from("<I", data, at + size - 4)[0] != size:
            sys.exit(f"the block at {at} has two lengths")
        if kind == 6:
            high, low, there = struct.unpack_from("<III", data, at + 12)
            yield high << 32 | low, data[at + 28:at + 28 + there]
        at += size


def header(path, ndjson, document):
    fields = re.findall(r"^\| (\d+) \| (u8|u16|u32|u64) \| (\w+)", open(document).read(), re.M)
    letters = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
    records = [json.loads(line) for line in open(ndjson)]
    origin = int(records[0]["realtime_ns"]) - records[0]["time_ns"]
    records = [r for r in records if r["record"] in ("COMMAND", "RESPONSE", "STAGE", "LOST")]
    found = list(packets_of(path))
    if len(found) != len(records):
        sys.exit(f"{len(found)} packets, not {len(records)}")
    tags = struct.pack(">HH", 12, 12) + b"virtio_gpu\0\0" + bytes(4)
    for (time, packet), r in zip(found, records):
        if not packet.startswith(tags):
            sys.exit("no dissector's name")
        body = packet[len(tags):]
        got = {name: struct.unpack_from("<" + letters[kind], body, int(at))[0]
               for at, kind, name in fields}
        want = {"version": 1, "command": r["id"],
                "kind": ["COMMAND", "RESPONSE", "STAGE", "LOST"].index(r["record"]) + 1}
        if r["record"] == "COMMAND":
            want.update({k: r[k] for k in ("device", "queue", "pid", "tid", "seqno", "free_slots",
                                           "response_size")})
            if body[got["bytes"]:].hex() != r["request_hex"]:
                sys.exit(f"the request of {r['id']} is another")
        if {k: got[k] for k in want} != want or time != origin + r["time_ns"]:
            sys.exit(f"{got} at {time}, not {want}")


if sys.argv[1] == "make":
    make(sys.argv[2])
elif sys.argv[1] == "header":
    header(*sys.argv[2:])
else:
    compare(sys.argv[2], sys.argv[3])
