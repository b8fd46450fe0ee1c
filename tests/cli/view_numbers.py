# SPDX-License-Identifier: MIT
"""The numbers that vgpu-view shows of random selections, against `vgpu-trace stats --json` of them.
usage: view_numbers.py BUILD TRACE COUNT"""
import json
import random
import subprocess
import sys

build, trace, count = sys.argv[1], sys.argv[2], int(sys.argv[3])


def run(*command):
    p = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert p.returncode in (0, 3), (command, p.returncode)
    return p.stdout


def rows_of_view(span):
    """{(type, fenced): (count, errors, series)}; types without an answer show no latency."""
    rows = {}
    for row in span["latency"]:
        for fenced in (True, False):
            series = row["fenced" if fenced else "unfenced"]
            if series["count"]:
                rows[row["type"], fenced] = {k.replace("_ns", ""): v for k, v in series.items()}
    return rows


def rows_of_stats(stats):
    return {(row["name"], row["fenced"]): row["latency_ns"] for row in stats["latency"]
            if row["stage"] == "response" and row["latency_ns"]["count"]}


def main():
    header = json.loads(run(f"{build}/vgpu-trace", "dump", "--json", trace).split(b"\n", 1)[0])
    whole = json.loads(run(f"{build}/vgpu-view", "--state", "--no-pictures", trace))
    first, length = whole["first_ns"], whole["last_ns"] - whole["first_ns"]
    start = first - header["time_ns"]
    random.seed(11)
    compared = 0
    for i in range(count):
        a = random.randrange(length)
        b = min(a + 1 + random.randrange(1 + (length >> i % 10)), length)
        if a >= b:
            continue
        state = json.loads(run(f"{build}/vgpu-view", "--state", "--no-pictures", "--mark",
                               f"{start + a}ns:{start + b}ns", trace))
        span = state["span"]
        assert (span["from_ns"], span["to_ns"]) == (first + a, first + b)
        stats = json.loads(run(f"{build}/vgpu-trace", "stats", "--json", "-F",
                               f"time >= {start + a}ns && time < {start + b}ns", trace))
        assert span["commands"] == stats["totals"]["commands"], (a, b)
        assert sum(row["errors"] for row in span["latency"]) == stats["totals"]["errors"], (a, b)
        mine, theirs = rows_of_view(span), rows_of_stats(stats)
        assert mine == theirs, (a, b, mine, theirs)
        scanout = [s for s in stats["scanouts"] if s["scanout"] == state["frame"]["scanout"]]
        interval = {k.replace("_ns", ""): v for k, v in span["interval"].items()}
        if scanout:
            assert span["frames"] == scanout[0]["frames"], (a, b)
            assert interval == scanout[0]["interval_ns"], (a, b)
        else:
            assert span["frames"] == 0, (a, b)
        compared += bool(mine)
    assert compared > count / 2, compared


main()
