# SPDX-License-Identifier: MIT
"""Runs vgpu-view with a script, and lists the cases."""
import json
import os
import subprocess

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


def commands(v, trace, *expression):
    """The commands that vgpu-trace dump chooses."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "dump", "--json", v.trace(trace)]
                       + [a for e in expression for a in ("-F", e)],
                       capture_output=True, text=True, check=True)
    records = map(json.loads, p.stdout.splitlines())
    return [r["id"] for r in records if r["record"] == "COMMAND"]
