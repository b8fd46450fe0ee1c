#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks an SQLite export against what dump --json says, and the documented columns against both.

usage: export_rows.py DATABASE DUMP.ndjson EXPORT.md CSV-FOLDER
"""
import csv
import json
import re
import sqlite3
import sys

DATABASE, DUMP, DOCUMENT, FOLDER = sys.argv[1:]


def fail(*words):
    sys.exit("export_rows: " + " ".join(map(str, words)))


def documented():
    """{table: [(column, type)]} of the lines "### name" and "| column | type | text |"."""
    tables, name = {}, None
    for line in open(DOCUMENT):
        heading = re.match(r"### `(\w+)`", line)
        row = re.match(r"\| `(\w+)` \| (INTEGER|TEXT) \|", line)
        if heading:
            name = heading[1]
            tables[name] = []
        elif line.startswith("#"):
            name = None
        elif row and name:
            tables[name].append((row[1], row[2]))
    return tables


def expected_commands():
    """Rows from the records alone: nothing of the exporter's code."""
    rows, by_id, trace = [], {}, 0
    for line in open(DUMP):
        r = json.loads(line)
        if r["record"] == "HEADER":
            trace += 1
            by_id = {}
        elif r["record"] == "COMMAND":
            request = r["request"] or {}
            hdr = request.get("hdr", {})
            row = {"trace": trace, "command": r["id"], "time_ns": r["time_ns"],
                   "queue": r["queue"], "type_name": request.get("cmd"),
                   "ctx_id": hdr.get("ctx_id"), "pid": r["pid"] or None,
                   "request_size": r["request_size"], "response_ns": None,
                   "latency_ns": None, "response_name": None}
            if "FENCE" in hdr.get("flags", {}).get("names", []):
                row["fence_id"] = hdr["fence_id"]
            else:
                row["fence_id"] = None
            rows.append(row)
            by_id[r["id"]] = row
        elif r["record"] == "RESPONSE" and r["id"] in by_id:
            row = by_id.pop(r["id"])
            row["response_ns"] = r["time_ns"]
            row["latency_ns"] = max(0, r["time_ns"] - row["time_ns"])
            row["response_name"] = (r["response"] or {}).get("resp")
    return rows


db = sqlite3.connect(DATABASE)
db.row_factory = sqlite3.Row
if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
    fail("the database is damaged")
tables = {name: [(row["name"], row["type"]) for row in db.execute(f"PRAGMA table_info({name})")]
          for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
told = documented()
for name in sorted(set(tables) | set(told)):
    if tables.get(name) != told.get(name):
        fail("the document has the table", name, "as", told.get(name), "not", tables.get(name))

for name, columns in tables.items():
    with open(f"{FOLDER}/{name}.csv", newline="", errors="surrogateescape") as f:
        lines = list(csv.reader(f))
    if lines[0] != [column for column, _ in columns]:
        fail(name, "has other columns in CSV:", lines[0])
    stored = [["" if v is None else str(v) for v in row]
              for row in db.execute(f"SELECT * FROM {name} ORDER BY rowid")]
    if lines[1:] != stored:
        fail(name, "differs between CSV and SQLite")

found = db.execute("SELECT * FROM commands ORDER BY rowid").fetchall()
wanted = expected_commands()
if len(found) != len(wanted):
    fail(len(found), "commands, expected", len(wanted))
for got, want in zip(found, wanted):
    for key, value in want.items():
        if got[key] != value:
            fail("command", want["command"], key, "is", got[key], "not", value)
