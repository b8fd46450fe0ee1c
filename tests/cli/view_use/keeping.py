# SPDX-License-Identifier: MIT
"""Markers and bookmarks, here and the next time."""
import os

from view import case


@case
def markers(v):
    """1 and 2 are where the pointer is; M marks between them; they are there the next time."""
    os.path.exists(v.trace("busy") + ".marks") and os.unlink(v.trace("busy") + ".marks")
    z, a = v.busy("""
        move lanes 0.4 0.3
        key 1
        key M
        state
        move lanes 0.8 0.3
        key 2
        key M
        state""")
    one, two = a["markers"]
    assert 0 < one < two
    assert z["markers"] == [one, None] and not z["marked"] and z["message"], z["message"]
    # The pane has 8 pixels at its left, the track begins at 140 and is 1122 wide.
    at = (8 + 0.4 * 1264 - 140) / 1122 * (a["shown"]["to_ns"] - a["shown"]["from_ns"])
    assert abs(a["shown"]["from_ns"] + at - a["start_ns"] - one) < at / 100, (one, at)
    assert a["marked"]["from_ns"] - a["start_ns"] == one
    assert a["marked"]["to_ns"] - a["start_ns"] == two
    width = a["shown"]["to_ns"] - a["shown"]["from_ns"]
    assert 0.4 < (two - one) / width < 0.5, (two - one) / width
    b, c, e, d = v.busy("""
        state
        move lanes 0.5 0.5
        wheel lanes 0.5 0.5 10
        key Shift+2
        state
        key Shift+1
        state
        key Escape
        state""")
    assert b["markers"] == [one, two] and d["markers"] == [None, None]
    assert c["shown"]["from_ns"] - c["start_ns"] < two < c["shown"]["to_ns"] - c["start_ns"]
    assert e["shown"]["from_ns"] - e["start_ns"] < one < e["shown"]["to_ns"] - e["start_ns"] < two
    assert not os.path.exists(v.trace("busy") + ".marks")


@case
def bookmarks(v):
    """B sets and takes away, Shift+B writes why; they lie beside the trace, as text."""
    beside = v.trace("busy") + ".marks"
    a, b, c = v.busy("""
        key Home
        key B
        state
        key End
        key Shift+B
        type why so slow?
        key Return
        state
        key Ctrl+B
        state""")
    first, last = a["command"]["id"], b["command"]["id"]
    assert a["bookmarks"] == [{"command": first, "text": ""}]
    assert b["bookmarks"] == [{"command": first, "text": ""},
                              {"command": last, "text": "why so slow?"}]
    assert c["command"]["id"] == first
    assert open(beside).read() == f"bookmark {first} \nbookmark {last} why so slow?\n"
    with open(beside, "a") as f:
        f.write("bookmark 99999999 gone\nmarker 3 7\nnonsense \xff\nbookmark x\n")
    a, b = v.busy("""
        state
        key End
        key B
        key Home
        key B
        state""")
    assert [n["command"] for n in a["bookmarks"]] == [first, last, 99999999]
    assert [n["command"] for n in b["bookmarks"]] == [99999999]
    os.unlink(beside)
