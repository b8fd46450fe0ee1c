# SPDX-License-Identifier: MIT
"""The lanes of fences, of who waited for them, and of how deep the queue was."""
import json
import subprocess

from view import case

SIGNAL, BEGIN, END = 1, 5, 6  # VGPU_TRACE_STAGE_


def stages(v, trace):
    """What vgpu-trace dump says of each command: times by stage, thread that waited, queue time."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "dump", "--json", v.trace(trace)],
                       capture_output=True, text=True, check=True)
    out = {}
    for r in map(json.loads, p.stdout.splitlines()):
        if r["record"] == "COMMAND":
            out[r["id"]] = {"queue": int(r["time_ns"])}
        elif r["record"] == "STAGE":
            out[r["id"]][r["stage"]] = int(r["time_ns"])
            if r["tid"]:
                out[r["id"]]["tid"] = r["tid"]
    return out


def at(state, label):
    """Where a lane's middle is, as scripts say it."""
    lane, = (l for l in state["lanes"] if l["label"] == label)
    return lane


def pointed(lane):
    """The pointer is on the middle of a lane, then a click follows there."""
    where = f"lanes 0.548 {lane['y']}"
    return f"move {where}\nstate\nclick {where}\nstate"


@case
def fences(v):
    """A bar from queue to signal: what is under the pointer there, and a click chooses its command."""
    by_id = stages(v, "busy")
    signalled = {i: s for i, s in by_id.items() if SIGNAL in s}
    a, = v.busy("state")
    lane = at(a, "fences")
    assert lane["commands"] == len(signalled) > 500
    assert "waits" not in [l["label"] for l in a["lanes"]]
    start, found = a["start_ns"], 0
    for i in list(signalled)[3::150]:
        s = signalled[i]
        middle = (s["queue"] + s[SIGNAL]) // 2 - start
        b, c = v.busy(pointed(lane), "-t", f"{middle - 500}ns:{middle + 500}ns")
        under = b["under"]
        assert under["lane"] == "fences" and c["command"]["id"] == under["command"]
        found += under["command"] == i
        s = signalled[under["command"]]
        assert 0 <= s[SIGNAL] - under["signal_ns"] < 64 and under["wait"] is None
        assert s["queue"] <= start + middle + 500 and s[SIGNAL] >= start + middle - 500
    assert found >= 3, found


@case
def waits(v):
    """Every wait that the trace has is in the lane, with its thread, length and command."""
    subprocess.run([f"{v.build}/tests/cli/make-busy-trace", v.trace("waits"), "3000", "waits"],
                   check=True)
    by_id = stages(v, "waits")
    waited = {i: s for i, s in by_id.items() if "tid" in s}
    a, = v.run("state", "--no-pictures", v.trace("waits"))
    lane = at(a, "waits")
    assert lane["waits"] == len(waited) > 200
    start = a["start_ns"]
    ended = [i for i in waited if END in waited[i]]
    assert 0 < len(waited) - len(ended) < len(waited) / 20
    found = 0
    for i in ended[5::37]:
        s = waited[i]
        middle = (s[BEGIN] + s[END]) // 2 - start
        b, c = v.run(pointed(lane), "--no-pictures", "-t", f"{middle - 500}ns:{middle + 500}ns",
                     v.trace("waits"))
        under = b["under"]
        s = waited[under["command"]]
        assert under["lane"] == "waits" and c["command"]["id"] == under["command"]
        assert under["wait"]["tid"] == s["tid"] and under["wait"]["begin_ns"] == s[BEGIN]
        assert 0 <= s[END] - s[BEGIN] - under["wait"]["length_ns"] < 64, (under, s)
        assert s[BEGIN] - 10 <= start + middle + 500 and s[END] + 10 >= start + middle - 500
        found += under["command"] == i
    assert found >= 3, found


@case
def depth(v):
    """As many commands were in flight at most as answers and times in the trace say, anywhere."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "dump", "--json", v.trace("busy")],
                       capture_output=True, text=True, check=True)
    queued, answered = {}, {}
    for r in map(json.loads, p.stdout.splitlines()):
        if r["record"] == "COMMAND" and not r["queue"]:
            queued[r["id"]] = int(r["time_ns"])
        elif r["record"] == "RESPONSE" and r["id"] in queued:
            answered[r["id"]] = int(r["time_ns"])
    flights = [(queued[i], answered[i]) for i in answered]

    def most(low, high):
        moments = [low] + [q for q, _ in flights if low <= q < high]
        return max(sum(q <= t < a for q, a in flights) for t in moments)

    a, = v.busy("state")
    first, last = a["first_ns"], a["last_ns"]
    assert at(a, "queue depth")["most"] == most(first, last + 1) > 4
    seen = set()
    for part in (0.19, 0.2, 0.355, 0.5, 0.72):
        low = first + int((last - first) * part) - a["start_ns"]
        b, = v.busy("state", "-t", f"{low}ns:{low + 3000000}ns")
        shown = b["shown"]
        seen.add(at(b, "queue depth")["most"])
        assert at(b, "queue depth")["most"] == most(shown["from_ns"], shown["to_ns"]), part
    assert len(seen) > 1, seen
