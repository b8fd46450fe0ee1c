#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Statistics a second time, from `vgpu-trace dump --json` alone, by sorting every value.

usage: stats.py DUMP STATS BY [EXPR]    STATS: of `vgpu-trace stats --json --by=BY`; EXPR: the same
choice as its filter, in Python, over num, type, ctx, pid, latency (ms, -1: none), error
"""
import json
import math
import sys

VIRGL = (0, 1, 2)  # capsets whose streams are virgl
BLOCK = {"B8G8R8X8_UNORM": 4, "B8G8R8A8_UNORM": 4, "R8_UNORM": 1}


def rank(values, percent):
    return values[max(1, math.ceil(len(values) * percent / 100 - 1e-9)) - 1]


def near(a, b, what):  # 0.4 % of the buckets, and what is cut below a nanosecond
    assert abs(a - b) <= 0.0041 * b + 1, f"{what}: {a}, not {b}"


def series(got, values, what):
    values = sorted(values)
    assert got["count"] == len(values), f"{what}: {got['count']} values, not {len(values)}"
    if not values:
        return
    assert (got["min"], got["max"]) == (values[0], values[-1]), what
    assert got["mean"] == sum(values) // len(values), what
    for key, percent in ("p50", 50), ("p90", 90), ("p99", 99), ("p999", 99.9):
        near(got[key], rank(values, percent), f"{what} {key}")


def load(path):
    names, commands, capset = {}, {}, {}
    records = [json.loads(line) for line in open(path, encoding="ascii")]
    for r in records:
        t = r["time_ns"] = int(r["time_ns"])
        if r["record"] == "PROCESS":
            names[r["pid"]] = r["comm"]
        elif r["record"] == "CONTEXT":
            capset[r["ctx_id"]] = r["capset"]
        elif r["record"] == "COMMAND":
            q = r["request"]
            if q["cmd"] == "CTX_CREATE":
                capset[q["hdr"]["ctx_id"]] = q["context_init"]["value"] & 255
            commands[r["id"]] = dict(
                r, num=r["id"], type=q["cmd"], ctx=q["hdr"]["ctx_id"], error=False, latency=-1,
                fenced="FENCE" in q["hdr"]["flags"]["names"], answer=None, stages=[],
                virgl=capset.get(q["hdr"]["ctx_id"]) in VIRGL)
        elif r["record"] == "RESPONSE" and r["id"] in commands:
            c = commands[r["id"]]
            c.update(answer=t, answer_number=r["number"], latency=(t - c["time_ns"]) / 1e6, error=bool(
                r["response"]) and r["response"]["resp"].startswith("ERR"))
        elif r["record"] == "STAGE" and r["id"] in commands:
            commands[r["id"]]["stages"].append((r["stage_name"], t))
    return records, commands, names


def check_latencies(stats, commands, names, by):
    groups = {}
    for c in commands:
        key = tuple({"type": c["type"], "ctx": c["ctx"], "process": c["pid"],
                     "queue": c["queue"]}[b] for b in by) + (c["fenced"],)
        g = groups.setdefault(key, dict(commands=0, bytes=0, errors=0, stages={}))
        g["commands"] += 1
        g["bytes"] += c["request_size"]
        g["errors"] += c["error"]
        moments = c["stages"] + ([("response", c["answer"])] if c["answer"] else [])
        for stage, t in moments:
            g["stages"].setdefault(stage, []).append(abs(t - c["time_ns"]))
    rows = 0
    for row in stats["latency"]:
        key = tuple(row[{"type": "name", "process": "pid"}.get(b, b)] for b in by)
        g = groups[key + (row["fenced"],)]
        what = f"{key} {row['stage']}"
        for count in "commands", "bytes", "errors":
            assert row[count] == g[count], what
        if "process" in by:
            assert row["process"] == names[row["pid"]], what
        series(row["latency_ns"], g["stages"].get(row["stage"], []), what)
        rows += 1
    assert rows == sum(max(1, len(g["stages"])) for g in groups.values()), "rows"


def check_frames(stats, records, chosen):
    shows, times, last, flips = {}, {}, {}, {}
    for r in records:
        if r["record"] != "COMMAND":
            continue
        q = r["request"]
        if q["cmd"] == "SET_SCANOUT":
            shows[r["device"], q["scanout_id"]] = q["resource_id"]
        elif q["cmd"] == "RESOURCE_FLUSH":
            for scanout, resource in shows.items():
                if resource != q["resource_id"] or scanout[0] != r["device"]:
                    continue
                if r["id"] in chosen:
                    times.setdefault(scanout, []).append(r["time_ns"])
                    flips[scanout] = flips.get(scanout, 0) + (last.get(scanout) != resource)
                last[scanout] = resource
    places = [(s["device"], s["scanout"]) for s in stats["scanouts"]]
    assert places == sorted(times)
    for place, s in zip(places, stats["scanouts"]):
        t = times[place]
        gaps = [b - a for a, b in zip(t, t[1:])]
        assert s["frames"] == len(t)
        assert s["flips"] == flips[place]
        series(s["interval_ns"], gaps, "interval")
        if not gaps:
            continue
        longest = sorted(gaps, reverse=True)
        low = longest[:len(gaps) - math.ceil(len(gaps) * 0.99 - 1e-9) + 1]
        near(s["low1_average_ns"], sum(low) / len(low), "1 % low, average")
        total = 0
        for gap in longest:
            total += gap
            if total >= sum(gaps) / 100:
                break
        near(s["low1_integral_ns"], gap, "1 % low, integral")
        steps = [abs(b - a) for a, b in zip(gaps, gaps[1:])]
        assert s["pacing_ns"] == (sum(steps) // len(steps) if steps else 0), "pacing"
        stutters = [g for i, g in enumerate(gaps) if i and g > 2.5 * sum(gaps[max(0, i - 20):i]) /
                    len(gaps[max(0, i - 20):i])]
        assert (s["stutters"], s["stutter_ns"]) == (len(stutters), sum(stutters)), "stutters"


def check_waits(stats, commands):
    events = []
    for c in commands:
        if c["response_size"]:
            events.append((c["number"], c["time_ns"], 1, c))
            if c["answer"]:
                events.append((c["answer_number"], c["answer"], -1, c))
    events.sort(key=lambda e: e[0])
    last = max([c["time_ns"] for c in commands] + [c["answer"] or 0 for c in commands])
    depth = most = quiet = 0
    at, stalls, before = {}, [], events[0][1]
    for _, t, step, c in events + [(0, last, 0, None)]:
        at[depth] = at.get(depth, 0) + t - before
        before = t
        if step == -1:
            if t - quiet >= 100e6:
                stalls.append((t - quiet, c["id"]))
            quiet = t
        elif step == 1 and depth == 0:
            quiet = t
        depth += step
        most = max(most, depth)
    got = stats["queues"][0]
    total = sum(at.values())
    assert got["depth_max"] == most, "depth_max"
    mean = sum(d * t for d, t in at.items()) / total
    assert abs(got["depth_mean"] - mean) < 1e-4 * mean + 1e-9, "depth_mean"
    for key, part in ("depth_p50", .5), ("depth_p90", .9), ("depth_p99", .99):
        reached = 0
        for d in sorted(at):
            reached += at[d]
            if reached >= part * total:
                break
        assert got[key] == d, key
    stalls.sort(reverse=True)
    assert stats["stalls"]["count"] == len(stalls), f"stalls: {stalls}"
    assert stats["stalls"]["total_ns"] == sum(s[0] for s in stalls)
    assert [(s["length_ns"], s["command"]) for s in stats["stalls"]["longest"]] == stalls[:10]
    assert stats["stalls"]["ring_full"] == sum(c["free_slots"] == 0 for c in commands)


def check_resources(stats, records, commands, chosen):
    live, done = {}, []

    def add(resource, box, to_host):
        r = live.setdefault(resource, dict(id=resource, shape=None, n=0, unknown=0, to=0, frm=0))
        r["n"] += 1
        if r["shape"] is None:
            r["unknown"] += 1
        else:
            size = BLOCK[r["shape"][1]] * box["w"]
            if r["shape"][0] != "BUFFER":
                size *= box["h"] * box["d"]
            r["to" if to_host else "frm"] += size

    for r in records:
        if r["record"] != "COMMAND":
            continue
        q, c = r["request"], commands[r["id"]]
        if q["cmd"].startswith("RESOURCE_CREATE_"):
            if q["resource_id"] in live:
                done.append(live[q["resource_id"]])
            shape = (q["target"]["name"] if "target" in q else "2D", q["format"]["name"])
            live[q["resource_id"]] = dict(id=q["resource_id"], shape=shape, n=0, unknown=0, to=0,
                                          frm=0)
        elif r["id"] not in chosen:
            continue
        elif q["cmd"] == "TRANSFER_TO_HOST_2D":
            box = dict(w=q["r"]["width"], h=q["r"]["height"], d=1)
            add(q["resource_id"], box, True)
        elif q["cmd"] in ("TRANSFER_TO_HOST_3D", "TRANSFER_FROM_HOST_3D"):
            add(q["resource_id"], q["box"], "_TO_" in q["cmd"])
        elif q["cmd"] == "SUBMIT_3D" and c["virgl"]:
            for v in q["stream"]["commands"]:
                if v["name"] == "TRANSFER3D":
                    f = v["fields"]
                    add(f["resource_id"], f["box"], f["direction"]["name"] == "TO_HOST")
    rows = sorted([r for r in done + list(live.values()) if r["n"]],
                  key=lambda r: -(r["to"] + r["frm"]))
    got = [r for r in stats["resources"] if "others" not in r]
    assert len(got) == min(len(rows), 64), "resources"
    for a, b in zip(got, rows):
        assert a["to_host_bytes"] + a["from_host_bytes"] == b["to"] + b["frm"], (a, b)
    for key, mine in ("transfers", "n"), ("to_host_bytes", "to"), ("from_host_bytes", "frm"), (
            "unknown", "unknown"):
        assert sum(r[key] for r in stats["resources"]) == sum(r[mine] for r in rows), key


def check_talkers(got, commands, key, names):
    rows = {}
    for c in commands:
        if c[key]:
            r = rows.setdefault(c[key], [0, 0, 0])
            r[0] += 1
            r[1] += c["request_size"]
            r[2] += c["answer"] - c["time_ns"] if c["answer"] else 0
    want = sorted(rows.items(), key=lambda kv: (-kv[1][0], kv[0]))
    assert [(t[key], [t["commands"], t["bytes"], t["waited_ns"]]) for t in got] == want, key
    for t in got:
        assert t.get("name", "") == names.get(t[key], ""), key


def main():
    records, commands, names = load(sys.argv[1])
    stats = json.load(open(sys.argv[2], encoding="ascii"))
    by = sys.argv[3].split(",") if sys.argv[3] != "stage" else []
    expr = compile(sys.argv[4], "EXPR", "eval") if len(sys.argv) > 4 else None
    chosen = {i: c for i, c in commands.items() if not expr or eval(expr, {}, c)}
    mine = list(chosen.values())
    t = stats["totals"]
    assert stats["schema_version"] == 1
    assert t["commands"] == len(mine)
    assert t["responses"] == sum(c["answer"] is not None for c in mine)
    assert t["errors"] == sum(c["error"] for c in mine)
    assert t["unanswered"] == sum(c["response_size"] > 0 and c["answer"] is None for c in mine)
    assert t["request_bytes"] == sum(c["request_size"] for c in mine)
    check_latencies(stats, mine, names, by)
    check_frames(stats, records, chosen)
    check_waits(stats, mine)
    check_resources(stats, records, commands, chosen)
    check_talkers(stats["processes"], mine, "pid", names)
    check_talkers(stats["contexts"], mine, "ctx", {})
    print(f"{len(mine)} commands, {len(stats['latency'])} rows")


main()
