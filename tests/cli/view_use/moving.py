# SPDX-License-Identifier: MIT
"""What moves the view: zoom, pan, choose a frame or a command, play."""
import subprocess

from view import case, span


@case
def zoom(v):
    """W goes closer around the pointer, S back, Z shows all; the wheel does the same."""
    a, b, c, d = v.busy("""
        state
        move lanes 0.5 0.5
        key W
        state
        key S
        wheel lanes 0.5 0.5 2
        state
        key Z
        state""")
    assert abs(span(b) / span(a) - 0.8) < 0.01, (span(a), span(b))
    assert abs(span(c) / span(a) - 0.64) < 0.01, (span(a), span(c))
    assert a["shown"] == d["shown"]
    middle = lambda s: (s["shown"]["from_ns"] + s["shown"]["to_ns"]) / 2
    assert abs(middle(a) - middle(b)) < 0.05 * span(a)


@case
def pan(v):
    """Dragging moves what is shown as far as the pointer, without a change of scale."""
    a, b, c = v.busy("""
        wheel lanes 0.5 0.5 6
        state
        drag lanes 0.6 0.5 lanes 0.4 0.5
        state
        key A
        state""")
    assert abs(span(a) - span(b)) <= 1
    moved = b["shown"]["from_ns"] - a["shown"]["from_ns"]
    assert 0.19 < moved / span(a) < 0.26, moved / span(a)
    assert abs(c["shown"]["from_ns"] - b["shown"]["from_ns"] + 0.15 * span(a)) < 10


@case
def scrub(v):
    """Clicks in the bars and steps choose frames; the picture comes along."""
    s = v.small("""
        wait picture
        state
        key Home
        wait picture
        state
        key Ctrl+Right
        wait picture
        state
        drag bars 0.3 0.5 bars 0.1 0.5
        wait picture
        state
        wheel scanout 0.5 0.5 -1
        wait picture
        state""")
    numbers = [x["frame"]["number"] for x in s]
    assert numbers[:3] == [20, 1, 2] and numbers[4] == numbers[3] + 1, numbers
    assert len({x["frame"]["picture"]["hash"] for x in s}) == len(set(numbers))
    assert all(x["command"]["type"] == "RESOURCE_FLUSH" for x in s)


@case
def mark(v):
    """Shift and dragging marks a span, which the numbers are about; Escape forgets it."""
    a, b, c = v.busy("""
        state
        drag lanes 0.3 0.5 lanes 0.6 0.5 Shift
        state
        key Escape
        state""")
    assert a["marked"] is None and c["marked"] is None
    assert b["span"]["from_ns"] == b["marked"]["from_ns"] > a["shown"]["from_ns"]
    assert b["span"]["to_ns"] == b["marked"]["to_ns"] < a["shown"]["to_ns"]
    assert 0 < b["span"]["commands"] < a["span"]["commands"] == c["span"]["commands"]


@case
def select(v):
    """A click on a bar chooses its command; , and . step, and so do the keys of lists."""
    a, b, c, d, e, f = v.busy("""
        wheel lanes 0.5 0.2 8
        click lanes 0.5 0.2
        state
        key .
        state
        key ,
        state
        key Down
        state
        key PageDown
        state
        key PageUp
        key Up
        state""")
    assert a["shown"]["from_ns"] <= a["command"]["time_ns"] < a["shown"]["to_ns"]
    assert b["command"]["time_ns"] >= a["command"]["time_ns"] and a["command"] == c["command"]
    assert a["command"]["id"] != b["command"]["id"]
    assert d["command"] == b["command"] and f["command"] == a["command"]
    assert e["command"]["time_ns"] > d["command"]["time_ns"]


@case
def play(v):
    """Space plays in the trace's own time, until the last frame."""
    a, b = v.small("""
        key Home
        key Space
        wait 120
        state
        wait 1500
        state""")
    assert 1 < a["frame"]["number"] <= 20 and b["frame"]["number"] == 20


@case
def lanes(v):
    """The wheel over their names brings lanes into sight; merged traces' contexts have their own."""
    def labels(state):
        return [(l["label"], l.get("device")) for l in state["lanes"] if l["label"].startswith("ctx")]

    a, b, c, d = v.busy("""
        size 900 640
        state
        wheel lanes 0.05 0.5 -1
        state
        wheel lanes 0.05 0.5 -9
        state
        size 900 1200
        state""")
    every = labels(d)
    assert 1 <= len(labels(a)) < len(every) - 1 and labels(a) == every[:len(labels(a))]
    assert labels(b) == every[1:1 + len(labels(a))] and labels(c) == every[-len(labels(a)):]
    assert a["shown"] == d["shown"]
    subprocess.run([f"{v.build}/vgpu-trace", "merge", "-o", v.trace("merged"), v.trace("busy"),
                    v.trace("busy")], check=True)
    e, = v.run("size 900 1600\nstate", "--no-pictures", v.trace("merged"))
    second = [(label, 1) for label, device in every]
    assert sorted(labels(e)) == sorted(every + second), (labels(e), every)
