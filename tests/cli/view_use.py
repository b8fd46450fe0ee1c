# SPDX-License-Identifier: MIT
"""What keys and mouse do in vgpu-view, by scripts, told from what it says is shown.
usage: view_use.py BUILD DIR CASE; `view_use.py` alone lists the cases."""
import json
import os
import subprocess
import sys

CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


class View:
    def __init__(self, build, dir):
        self.build, self.dir = build, dir

    def path(self, name):
        return os.path.join(self.dir, name)

    def trace(self, name):
        return self.path(name + ".vgpu.zst")

    def run(self, script, *args, status=0, driver="dummy"):
        """Runs a script; returns what its steps `state` wrote."""
        lines, states = [], []
        for line in script.strip().splitlines():
            line = line.strip()
            if line == "state":
                states.append(self.path(f"state-{len(states)}"))
                line = "state " + states[-1]
            lines.append(line)
        env = {**os.environ, "SDL_VIDEODRIVER": driver, "SDL_AUDIODRIVER": "dummy"}
        p = subprocess.run([f"{self.build}/vgpu-view", "--script", "-", *args], env=env,
                           input="\n".join(lines), capture_output=True, text=True)
        assert p.returncode == status, (p.returncode, p.stderr)
        self.stderr = p.stderr
        return [json.load(open(s)) for s in states]

    def small(self, script, *args):
        return self.run(script, self.trace("small"), *args)

    def busy(self, script, *args):
        return self.run(script, "--no-pictures", self.trace("busy"), *args)


def span(state):
    return state["shown"]["to_ns"] - state["shown"]["from_ns"]


@case
def zoom(v):
    """W goes closer around the pointer, S back, F shows all; the wheel does the same."""
    a, b, c, d = v.busy("""
        state
        move lanes 0.5 0.5
        key W
        state
        key S
        wheel lanes 0.5 0.5 2
        state
        key F
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
    """A click on a bar chooses its command; , and . step."""
    a, b, c = v.busy("""
        wheel lanes 0.5 0.2 8
        click lanes 0.5 0.2
        state
        key .
        state
        key ,
        state""")
    assert a["shown"]["from_ns"] <= a["command"]["time_ns"] < a["shown"]["to_ns"]
    assert b["command"]["time_ns"] >= a["command"]["time_ns"] and a["command"] == c["command"]
    assert a["command"]["id"] != b["command"]["id"]


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
def bad_scripts(v):
    """A line that is no step is told with its number; a file that cannot be written, too."""
    for line in ("jump", "key", "key Alt+W", "click lanes 1", "click nowhere 1 1", "wait",
                 "key W W", "wait -5", "drag 1 2", "click 1 x"):
        v.run("key W\n\n" + line, v.trace("small"), status=1)
        assert "line 3" in v.stderr or "line 2" in v.stderr, (line, v.stderr)
    v.run("key W\nshot /nowhere/x.png", v.trace("small"), status=1)
    assert "line 2: No such file" in v.stderr, v.stderr


@case
def shots(v):
    """A picture of the window is the exported one."""
    v.run(f"wait picture\nmove 0 0\nshot {v.path('shot.png')}", "--size", "900x700",
          v.trace("small"))
    subprocess.run([f"{v.build}/vgpu-view", "--size", "900x700", "-o", v.path("export.png"),
                    v.trace("small")], check=True)
    pixels = [subprocess.run(["convert", v.path(n), "rgb:-"], check=True,
                             capture_output=True).stdout for n in ("shot.png", "export.png")]
    assert len(pixels[0]) == 900 * 700 * 3 and pixels[0] == pixels[1]


if len(sys.argv) < 4:
    print("\n".join(CASES))
else:
    CASES[sys.argv[3]](View(*sys.argv[1:3]))
