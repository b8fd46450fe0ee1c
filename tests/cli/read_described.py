#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A reader of traces that knows no record: what there is to know it takes from formats/trace.json.

usage: read_described.py DESCRIPTION FILE DUMP
DUMP: what `vgpu-trace dump --json --raw FILE` printed. Checks that both read the same.
"""
import json
import subprocess
import sys


class Fields:
    """A list of fields of fixed size, as a function from bytes to values."""

    def __init__(self, types, fields):
        self.rows = [(f["name"], f["offset"], types[f["type"]]) for f in fields]

    def __call__(self, data):
        return {name: self.value(data[at:at + kind["bytes"]], kind["is"])
                for name, at, kind in self.rows}

    @staticmethod
    def value(part, kind):
        if kind == "unsigned":
            return int.from_bytes(part, "little")
        return part.hex() if kind == "bytes" else part.split(b"\0")[0].decode("latin-1")


def texts(data):
    return [t.decode("latin-1") for t in data.split(b"\0")[:-1]]


TAILS = {
    "bytes": bytes.hex,
    "chars": lambda data: data.split(b"\0")[0].decode("latin-1"),
    "strings": texts,
    "pairs": lambda data: dict(t.split("=", 1) for t in texts(data)),
}


def differences(column):
    coded = shift = 0
    for byte in column:
        coded |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield -(coded >> 1) - 1 if coded & 1 else coded >> 1
            coded = shift = 0


class Reader:
    def __init__(self, description):
        types = description["types"]
        self.record, self.columns = description["record"], description["columns"]
        self.header = Fields(types, self.record["fields"])
        self.columns_fields = Fields(types, self.columns["fields"])
        self.bodies = {r["type"]: (r, Fields(types, r["fields"])) for r in description["records"]}

    def body(self, header, body):
        known = self.bodies.get(header["type"])
        if not known:
            return {"body_hex": body.hex()}
        record, fields = known
        magic = bytes.fromhex(record.get("magic", ""))
        assert body.startswith(magic) and len(body) >= record["fixed"], record["name"]
        out = {"record": record["name"], **fields(body)}
        if "tail" in record:
            more = self.record["appended"]
            skip = (header[more["field"]] >> more["shift"]) * more["unit"]
            tail = record["tail"]
            name = tail["name"] + ("_hex" if tail["kind"] == "bytes" else "")
            out[name] = TAILS[tail["kind"]](body[record["fixed"] + skip:])
        return out

    def __call__(self, stream):
        at = covered = time = ident = 0
        times = ids = iter(())
        size, step = self.record["header_size"], self.record["alignment"]
        while at < len(stream):
            header = self.header(stream[at:at + size])
            assert size <= header["length"] <= self.record["length_max"], "length"
            body = stream[at + size:at + header["length"]]
            offset, at = at, at + -(-header["length"] // step) * step
            if header["type"] == self.columns["type"]:
                run = self.columns_fields(body)
                split = self.columns["fixed"] + run["times_size"]
                covered = run["records"]
                times = differences(body[self.columns["fixed"]:split])
                ids = differences(body[split:])
                if not header["flags"] & self.columns["goes_on_flag"]:
                    time, ident = header["time_ns"], 0
                continue
            if covered:
                covered -= 1
                time = header["time_ns"] = (time + next(times)) % 2**64
                if header["type"] in self.columns["id_types"] and len(body) >= 8:
                    ident = (ident + next(ids)) % 2**64
                    body = ident.to_bytes(8, "little") + body[8:]
            yield {"offset": offset, **header, **self.body(header, body)}


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        read = Reader(json.load(file))
    stream = subprocess.run(["zstd", "-dcq", sys.argv[2]], check=True, stdout=subprocess.PIPE).stdout
    with open(sys.argv[3], encoding="ascii") as file:
        theirs = [json.loads(line) for line in file]
    mine = list(read(stream))
    assert len(mine) == len(theirs), f"{len(mine)} records, not {len(theirs)}"
    for a, b in zip(mine, theirs):
        a.pop("length")
        for key, value in a.items():
            if isinstance(value, int) and value >= 2**53:
                value = str(value)  # JSON's numbers end there
            assert b[key] == value, f"{key}: {value}, not {b[key]}, in {b}"
    print(f"{len(mine)} records")


main()
