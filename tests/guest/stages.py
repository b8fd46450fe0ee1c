#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has each command of a trace, recorded with --stages, its whole life? A line for each stage: how many
commands have it, how many have a reason not to, and how many lack it. Exit 1 when any lacks one.

usage: stages.py VGPU-TRACE TRACE
"""
import json
import subprocess
import sys


def read(tool, trace):
    commands, order, names, header = {}, [], {}, {}
    dump = subprocess.run([tool, "dump", "--json", trace], stdout=subprocess.PIPE, text=True)
    for line in dump.stdout.splitlines():
        r = json.loads(line)
        kind = r.get("record")
        if kind == "HEADER":
            header = r["text"]
        elif kind == "PROCESS":
            names[r["tid"]] = r["comm"]
        elif kind == "COMMAND":
            c = {"id": r["id"], "time": r["time_ns"], "queue": r["queue"], "tid": r["tid"],
                 "name": names.get(r["tid"], ""), "type": r["request"].get("cmd"),
                 "fenced": "FENCE" in str(r["request"].get("hdr", {}).get("flags", "")),
                 "room": r["response_size"], "answer": None, "stages": {}}
            commands[r["id"]] = c
            order.append(c)
        elif kind == "RESPONSE":
            commands[r["id"]]["answer"] = r["time_ns"]
        elif kind == "STAGE":
            commands[r["id"]]["stages"].setdefault(r["stage_name"], r["time_ns"])
    return order, header


def reason(c, stage, header, last):
    """Why this command may be without this stage; None: it must have it."""
    s = c["stages"]
    if stage in ("ioctl enter", "ioctl exit"):
        if c["name"].startswith("kworker"):
            return "a kernel thread's"
        if stage == "ioctl exit" and "ioctl enter" not in s and c["type"] != "SUBMIT_3D":
            return "no ioctl"
        if stage == "ioctl exit" and c["time"] >= last:
            return "not over at the end"
        # Nothing else queues these; the first one's may have begun before the recording.
        if c["type"] == "SUBMIT_3D":
            return "begun before the recording" if c["id"] == 1 else None
        return None if "ioctl enter" in s else "no ioctl of DRM: closing, console, probing"
    if stage == "kick":
        if header.get("kicks") != "yes":
            return "this kernel does not let us see it"
        return "not over at the end" if c["time"] >= last else None
    if stage == "kick end":
        if "kick" in s or header.get("kicks") != "yes":
            return "the device did not ask"
        return "not over at the end" if c["time"] >= last else None
    if stage == "response":
        return "the cursor queue has none" if not c["room"] else \
            "not over at the end" if c["time"] >= last else None
    if stage == "dequeue":
        return "it has a response" if c["room"] else \
            "the driver does not tell (before 6.3)" if header.get("seqno") != "yes" else \
            "not over at the end" if c["time"] >= last else None
    if stage == "interrupt":
        if c["answer"] is None and "dequeue" not in s:
            return "no answer"
        return "came along with others"
    if stage == "fence signal":
        return "not fenced" if not c["fenced"] else \
            "not over at the end" if c["time"] >= last else None
    ends = {"wait end": "wait begin", "WAIT exit": "WAIT enter"}
    if ends.get(stage) in s:
        return "not over at the end" if c["time"] >= last else None
    return "nobody waited"


STAGES = ["ioctl enter", "ring full", "kick", "kick end", "ioctl exit", "interrupt", "response",
          "dequeue", "fence signal", "wait begin", "wait end", "WAIT enter", "WAIT exit"]
# What happens before what.
ORDER = [("ioctl enter", "ring full"), ("ring full", "queue"), ("ioctl enter", "queue"),
         ("queue", "kick"), ("kick", "kick end"), ("queue", "interrupt"), ("interrupt", "response"),
         ("interrupt", "dequeue"), ("queue", "response"), ("wait begin", "wait end"),
         ("WAIT enter", "wait begin"), ("wait end", "WAIT exit"), ("queue", "ioctl exit")]


def lives(tool, trace):
    """How many stages are lacking, and the table of them."""
    order, header = read(tool, trace)
    text, lacking = [f"{len(order)} commands"], 0
    if len(order) < 10:
        return 1, f"{len(order)} commands"
    # What was under way when the recording ended has half of its life.
    last = order[-4]["time"]
    for stage in STAGES:
        has, reasons, without = 0, {}, []
        for c in order:
            if stage in c["stages"] or stage == "response" and c["answer"] is not None:
                has += 1
                continue
            why = reason(c, stage, header, last)
            if why:
                reasons[why] = reasons.get(why, 0) + 1
            else:
                without.append(c["id"])
        lacking += len(without)
        text.append(f"  {stage:13} {has:7} {len(without):5} lack it; " +
                    ", ".join(f"{n} {why}" for why, n in sorted(reasons.items())) +
                    (f"; commands {without[:5]}" if without else ""))
    # A device that answers has sent interrupts, and was told at least once.
    answered = sum(c["answer"] is not None or "dequeue" in c["stages"] for c in order)
    for stage, least in ("interrupt", answered // 2), ("kick end", 1):
        if sum(stage in c["stages"] for c in order) < least and \
                (stage != "kick end" or header.get("kicks") == "yes"):
            text.append(f"  only so few have {stage}")
            lacking += 1
    for c in order:
        s = dict(c["stages"], queue=c["time"])
        if c["answer"] is not None:
            s["response"] = c["answer"]
        for a, b in ORDER:
            if a in s and b in s and s[a] > s[b]:
                text.append(f"  command {c['id']}: {a} at {s[a]} is after {b} at {s[b]}")
                lacking += 1
    return lacking, "\n".join(text)


def having(tool, trace, stage):
    """How many commands have this stage."""
    return sum(stage in c["stages"] for c in read(tool, trace)[0])


if __name__ == "__main__":
    missing, table = lives(*sys.argv[1:])
    print(table)
    sys.exit(1 if missing else 0)
