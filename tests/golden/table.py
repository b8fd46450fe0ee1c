#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py BUILD: for every command and response of protocol.def and dialect.def, and every command
and object of virgl.def: does a golden message of it decode, encode to the same bytes, and have its
name in text and JSON. Prints a table from the golden files as they are; exit status 1: not all yes.
"""
import glob
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEF = f"{TOP}/libvgpu/include/vgpu"
COLUMNS = ("decode", "encode", "text", "JSON", "golden")


def rows():
    """(section, name) of every row of the tables."""
    protocol, dialects = open(f"{DEF}/protocol.def").read(), open(f"{DEF}/dialect.def").read()
    virgl = open(f"{DEF}/virgl.def").read()
    for name in re.findall(r"^VGPU_CMD\(0x\w+, (\w+)", protocol, re.M):
        yield "spec", name
    for name in re.findall(r"^VGPU_RESP\(0x\w+, (\w+)", protocol, re.M):
        yield "spec", name
    for dialect, name in re.findall(r"^VGPU_DIALECT_CMD\((\w+), 0x\w+, (\w+)", dialects, re.M):
        yield dialect.lower(), name
    for dialect, name in re.findall(r"^VGPU_DIALECT_RESP\((\w+), 0x\w+, (\w+)", dialects, re.M):
        yield dialect.lower(), name
    for dialect, name in re.findall(r"^VGPU_DIALECT_ANSWER\((\w+), \w+, \w+, (\w+)", dialects, re.M):
        yield dialect.lower(), name
    for kind, name in re.findall(r"^VGPU_VIRGL_(CMD|OBJ)\(\d+, (\w+)", virgl, re.M):
        yield ("virgl" if kind == "CMD" else "virgl object"), name


def unique(pairs):
    """An object; no name may stand in it twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        sys.exit(f"a name stands twice in an object: {names}")
    return dict(pairs)


def note(table, section, name, column, file):
    row = table.setdefault((section, name), {})
    row[column] = True
    row.setdefault("golden", file)


def described(table, section, base, form, file):
    """Names that text and JSON give, where they say of no error."""
    with open(f"{base}.{form}") as f:
        lines = f.read().splitlines()
    for line in lines:
        if form == "json":
            message = json.loads(line, object_pairs_hook=unique) or {}
            name = message.get("cmd") or message.get("resp") or message.get("name")
            objects = [message["object"]["name"]] if name == "CREATE_OBJECT" else []
            if "error" in message:
                continue
        else:
            words = line.split(" ")
            name, objects = words[0], words[1:2] if words[0] == "CREATE_OBJECT" else []
            if re.search(r"\[(truncated|unknown|bad length|overrun|private)", line):
                continue
        note(table, section, name, "JSON" if form == "json" else "text", file)
        for inner in objects:
            note(table, "virgl object", inner, "JSON" if form == "json" else "text", file)


def main():
    table = {}
    for hex_file in sorted(glob.glob(f"{TOP}/tests/golden/messages/*.hex") +
                           glob.glob(f"{TOP}/tests/golden/virgl/*.hex")):
        head = open(hex_file).readline().split()[1:]
        kind, given = head[0], head[1:]
        if kind == "config":
            continue
        section = "virgl" if kind == "virgl" else (given[1] if len(given) > 1 else "spec")
        arguments = [given[0] if kind == "response" and given else "0"]
        if kind != "virgl":
            arguments.append(section)
        with open(hex_file) as f:
            again = subprocess.run([f"{sys.argv[1]}/tests/golden/print-again", kind, *arguments],
                                   stdin=f, stdout=subprocess.PIPE, check=True, text=True).stdout
        base = hex_file[:-4]
        name_of_file = os.path.basename(base)
        for line in again.splitlines():
            name, decoded, same = line.split()
            objects = name not in {n for s, n in ROWS if s == section}
            where = "virgl object" if kind == "virgl" and objects else section
            if decoded == "yes":
                note(table, where, name, "decode", name_of_file)
            if same == "yes":
                note(table, where, name, "encode", name_of_file)
        described(table, section, base, "text", name_of_file)
        described(table, section, base, "json", name_of_file)
    missing = 0
    print("| of | name | " + " | ".join(COLUMNS) + " |")
    print("|---|---" + "|---" * len(COLUMNS) + "|")
    for section, name in ROWS:
        row = table.get((section, name), {})
        cells = [row.get("golden", "no") if c == "golden" else "yes" if row.get(c) else "no"
                 for c in COLUMNS]
        missing += "no" in cells
        print(f"| {section} | {name} | " + " | ".join(cells) + " |")
    print(f"{len(ROWS)} rows, {missing} with a no")
    return missing > 0


ROWS = list(dict.fromkeys(rows()))
sys.exit(main())
