# SPDX-License-Identifier: MIT
"""Search, filter, what took longest, what is about the same."""
import json
import re
import subprocess

from view import case, commands


@case
def search(v):
    """/ marks what the dump's expression means, N goes from match to match and round the end."""
    expression = "SUBMIT_3D && latency > 1ms"
    ids = commands(v, "busy", expression)
    s = v.busy(f"""
        key /
        type {expression}
        state
        key Return
        wait search
        key Home
        state
        key N
        state
        key N
        state
        key Shift+N
        state
        key End
        key N
        state
        key Escape
        state""")
    assert s[0]["prompt"] == {"for": "search", "text": expression, "error": ""}, s[0]["prompt"]
    assert s[1]["search"] == {"expression": expression, "matches": len(ids), "done": True}
    at = [x["command"]["id"] for x in s]
    first = next(i for i in ids if i > at[1])
    n = ids.index(first)
    assert at[2:5] == [ids[n], ids[n + 1], ids[n]] and 3 < len(ids), (at, ids[:5])
    assert s[3]["message"] == f"match {n + 2} of {len(ids)}", s[3]["message"]
    # The first and the last command of all are found, too, from either side.
    for n, key in ((1, "Shift+N"), (3000, "N"), (3000, "Shift+N")):
        x, = v.busy(f"key {key}\nstate", "--search", f"num {n}", "-c", "1500")
        assert x["command"]["id"] == n and x["message"] == "match 1 of 1", (n, x["message"])
    later = [i for i in ids if i > s[5]["command"]["id"]] or ids
    assert s[5]["command"]["id"] in ids and s[6]["search"] is None


@case
def search_errors(v):
    """A wrong expression stays in the line, with what is wrong and where."""
    a, b, c = v.busy("""
        key /
        type latency >
        key Return
        state
        key Backspace
        key Backspace
        type  < 5ms
        key Return
        wait search
        state
        key /
        key Ctrl+U
        type nothing and more
        key Escape
        state""")
    assert a["prompt"]["error"] and a["search"] is None
    assert b["prompt"] is None and b["search"]["expression"] == "latency< 5ms", b["search"]
    assert c["search"]["expression"] == "latency< 5ms" and c["prompt"] is None


@case
def filter(v):
    """F lists and measures only what is meant: the numbers are vgpu-trace's for the same."""
    for expression in ("SUBMIT_3D", "error", "ctx 2 && latency > 500us", "resource 1..20",
                       "!answered"):
        s, = v.busy(f"""
            key F
            type {expression}
            key Return
            wait search
            state""")
        p = subprocess.run([f"{v.build}/vgpu-trace", "stats", "--json", "-F", expression,
                            v.trace("busy")], capture_output=True, text=True, check=True)
        theirs = json.loads(p.stdout)
        ids = commands(v, "busy", expression)
        assert s["filter"]["matches"] == s["span"]["commands"] == len(ids), (expression, len(ids))
        rows = {}
        for r in theirs["latency"]:
            if r["stage"] == "response" and r["latency_ns"]["count"]:
                rows[r["name"], r["fenced"]] = r["latency_ns"]
        mine = {}
        for r in s["span"]["latency"]:
            for fenced in (True, False):
                series = r["fenced" if fenced else "unfenced"]
                if series["count"]:
                    mine[r["type"], fenced] = series
        assert mine.keys() == rows.keys() and (mine or expression == "!answered"), expression
        for k in mine:
            for name in ("count", "min", "mean", "p50", "p99", "max"):
                ns = mine[k][name if name == "count" else name + "_ns"]
                assert ns == rows[k][name], (expression, k, name, ns, rows[k][name])


@case
def filter_steps(v):
    """With a filter, steps and clicks in the list go from one that it means to the next."""
    ids = commands(v, "busy", "TRANSFER_TO_HOST_3D")
    s = v.busy("""
        state
        click list 0.5 0.5
        state
        key .
        state
        key .
        state
        key ,
        state""", "-F", "TRANSFER_TO_HOST_3D")
    at = [x["command"]["id"] for x in s[1:]]
    n = ids.index(at[0])
    assert at == [ids[n]] + ids[n + 1:n + 3] + [ids[n + 1]], (at, ids[n:n + 3])


@case
def worst(v):
    """X goes to the longest frame, and on to the next; Shift+X to the slowest command in sight."""
    s = v.busy("""
        key X
        state
        key X
        state
        key X
        state
        key Shift+X
        state""")
    frames = [x["frame"]["interval_ns"] for x in s[:3]]
    assert frames == sorted(frames, reverse=True) and frames[0] == s[0]["span"]["interval"]["max_ns"]
    assert len({x["frame"]["number"] for x in s[:3]}) == 3
    slowest = max(r[k]["max_ns"] for r in s[3]["span"]["latency"] for k in ("fenced", "unfenced"))
    assert s[3]["command"]["latency_ns"] == slowest


@case
def follow(v):
    """] goes from a command's ioctl to its fence's signal, moment by moment, as the trace has them."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "dump", "--json", v.trace("busy")],
                       capture_output=True, text=True, check=True)
    records = list(map(json.loads, p.stdout.splitlines()))
    stages = {}
    for r in records:
        if r["record"] in ("COMMAND", "RESPONSE", "STAGE"):
            stages.setdefault(r["id"], []).append(r["time_ns"])
    of = max(stages, key=lambda i: (len(stages[i]), -i))
    times = sorted(map(int, stages[of]))
    steps = "\n".join("key ]\nstate" for _ in range(len(times) + 1))
    s = v.busy(f"wheel lanes 0.5 0.2 20\nstate\n{steps}\nkey [\nstate\nkey .\nstate", "-c", str(of))
    moments = s[1]["command"]["moments"]
    assert [m["time_ns"] for m in moments] == times and len(times) > 2, (moments, times)
    assert s[0]["command"]["followed"] is None and s[1]["detail_tab"] == "stages"
    queued = next(i for i, m in enumerate(moments) if m["stage"] == "queued")
    at = [x["command"]["followed"] for x in s[1:-2]]
    assert at == [min(queued + i, len(times) - 1) for i in range(len(at))], at
    assert s[-2]["command"]["followed"] == len(times) - 2
    for x in s[1:-2]:
        assert x["shown"]["from_ns"] <= times[x["command"]["followed"]] < x["shown"]["to_ns"]
    assert s[-1]["command"]["followed"] is None


@case
def related(v):
    """R and the links above the fields search for what a command is about."""
    a, b, c, d = v.busy("""
        state
        key R
        wait search
        state
        key Tab
        state
        key Escape
        click detail 0.95 0.1
        click detail 0.05 0.16
        wait search
        state""", "-c", str(commands(v, "busy", "TRANSFER_TO_HOST_3D")[5]))
    resource = re.search(r"resource_id=(\d+)", a["command"]["text"])[1]
    assert b["search"]["expression"] == d["search"]["expression"] == "resource " + resource
    assert b["search"]["matches"] == len(commands(v, "busy", "resource " + resource)) > 1
    assert [x["detail_tab"] for x in (a, b, c, d)] == ["fields", "fields", "stages", "hex"]


@case
def findings(v):
    """What lint finds is what vgpu-trace check finds; a click goes to the command."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "check", "--all", "--json", v.trace("busy")],
                       capture_output=True, text=True)
    *theirs, totals = map(json.loads, p.stdout.splitlines())
    a, b, c = v.busy("""
        state
        key L
        key L
        key L
        wait search
        state
        click latency 0.5 0.3
        state""")
    assert a["findings"] is None and b["latency_tab"] == "findings"
    for severity in ("error", "warning", "note"):
        mine = b["findings"][severity]
        wanted = [f for f in theirs if f["severity"] == severity]
        assert mine["count"] == totals[severity + "s"] == len(wanted), (severity, mine["count"])
        assert mine["list"] == [{k: f[k] for k in ("command", "finding", "text")} for f in wanted]
    first = next(f for s in ("error", "warning", "note") for f in b["findings"][s]["list"])
    assert len(theirs) > 10 and c["command"]["id"] == first["command"], (first, c["command"])
