# SPDX-License-Identifier: MIT
"""Two traces; numbers by stage."""
import json
import subprocess

from view import case, commands


@case
def compare(v):
    """Two traces on one axis: the second one follows, and has its own numbers."""
    subprocess.run([f"{v.build}/tests/cli/make-busy-trace", v.trace("longer"), "5000"], check=True)
    alone = v.run("state", "--no-pictures", v.trace("longer"))[0]
    s = v.run("""
        state
        key Home
        state
        key Ctrl+Right
        state
        drag lanes 0.2 0.5 lanes 0.5 0.5 Shift
        state
        wheel lanes 0.5 0.5 5
        key F
        type SUBMIT_3D
        key Return
        wait search
        state""", "--no-pictures", v.trace("busy"), v.trace("longer"))
    relative = lambda x, k: [x[k][e] - x["first_ns"] for e in ("from_ns", "to_ns")]
    assert all(relative(x, "shown") == relative(x["other"], "shown") for x in s)
    assert relative(s[3], "marked") == relative(s[3]["other"], "marked")
    b = s[0]["other"]
    assert b["trace"] == "longer.vgpu.zst" and b["commands"] == 5000 and s[0]["commands"] == 3000
    # Both are seen whole, so the numbers are those of the trace alone.
    assert b["span"]["latency"] == alone["span"]["latency"]
    assert b["span"]["interval"] == alone["span"]["interval"] and alone["span"]["commands"] == 5000
    assert [x["frame"]["number"] for x in s[1:3]] == [x["other"]["frame"]["number"] for x in s[1:3]]
    assert s[4]["filter"]["matches"] == len(commands(v, "busy", "SUBMIT_3D"))
    assert s[4]["other"]["filter"]["matches"] == len(commands(v, "longer", "SUBMIT_3D"))
    # A click in the second one's bars chooses there, and the same in the first.
    height = 800
    a, b = v.run(f"""
        key Home
        click 600 {34 + 80 + 8 + 40}
        state
        click 900 {height - 40}
        state""", "--no-pictures", v.trace("busy"), v.trace("longer"))
    assert a["frame"]["number"] > 1 and a["other"]["frame"]["number"] > 1
    place = min(a["other"]["frame"]["number"], a["frames"])
    assert a["other"]["command"]["type"] == "RESOURCE_FLUSH", a["other"]["command"]
    assert b["command"] == a["command"] and b["other"]["command"] != a["other"]["command"]


@case
def stages(v):
    """By stage: the numbers of vgpu-trace stats, of the whole and of what is marked and filtered."""
    def rows(*args):
        p = subprocess.run([f"{v.build}/vgpu-trace", "stats", "--json", *args, v.trace("busy")],
                           capture_output=True, text=True, check=True)
        return {(r["name"], r["fenced"], r["stage"]): r["latency_ns"]
                for r in json.loads(p.stdout)["latency"] if r["latency_ns"]["count"]}

    a, b, c, d = v.busy("""
        state
        key L
        state
        key L
        wait 50
        wait search
        state
        key F
        type SUBMIT_3D
        key Return
        wait search
        wait 50
        wait search
        state""")
    assert [x["latency_tab"] for x in (a, b, c, d)] == ["numbers", "time", "stage", "stage"]
    assert a["stages"] is None and c["stages"]
    for state, args in ((c, ()), (d, ("-F", "SUBMIT_3D"))):
        theirs = rows(*args)
        mine = {(r["type"], r["fenced"], r["stage"]): r["latency"] for r in state["stages"]}
        assert mine.keys() == theirs.keys() and len({k[2] for k in mine}) > 1, mine.keys()
        for key, series in mine.items():
            assert {k.replace("_ns", ""): n for k, n in series.items()} == theirs[key], key
