# SPDX-License-Identifier: MIT
"""Anything, by chance."""
import os
import random
import shutil
import subprocess

from view import case


def anything(seed, steps):
    """Keys, clicks and letters by chance, as a script."""
    r = random.Random(seed)
    keys = list("WSADZMNFTRXB12,.[]/VLLGCO0=-") + ["Left", "Right", "Home", "End", "Space", "Tab", "Escape",
                                           "Return", "Backspace", "F1"]
    panes = ["header", "bars", "scanout", "latency", "lanes", "list", "detail"]
    texts = ["ctx 1", "latency > 1ms", "!error", "(", "SUBMIT_3D || resource 1..3", "x" * 300, "é—"]
    at = lambda: f"{r.choice(panes)} {r.uniform(-0.1, 1.1):.3f} {r.uniform(-0.1, 1.1):.3f}"
    mods = lambda: r.choice(["", "", "", "Shift", "Ctrl"])
    for _ in range(steps):
        kind = r.random()
        if kind < 0.45:
            m = mods()
            yield f"key {m + '+' if m else ''}{r.choice(keys)}"
        elif kind < 0.6:
            yield f"click {at()} {mods()}"
        elif kind < 0.7:
            yield f"drag {at()} {at()} {mods()}"
        elif kind < 0.85:
            yield f"wheel {at()} {r.randint(-9, 9)} {mods()}"
        elif kind < 0.93:
            yield f"type {r.choice(texts)}"
        elif kind < 0.95:
            yield f"size {r.randint(480, 1000)} {r.randint(320, 700)}"
        else:
            yield f"move {at()}"


def monkey_run(v, steps, *traces):
    script = "\n".join([*anything(steps + len(traces), steps), "state"])
    for t in traces:
        shutil.copy(v.trace(t.split("@")[0]), v.path("monkey-" + t))
    paths = [v.path("monkey-" + t) for t in traces]
    state, = v.run(script, "--size", "700x500", *paths)
    assert state["shown"]["to_ns"] > state["shown"]["from_ns"]


@case
def monkey(v):
    """Anything may be done to it."""
    monkey_run(v, int(os.environ.get("VGPU_MONKEY", 120)), "busy")


@case
def monkey_pair(v):
    """To two traces as well, one of them cut."""
    whole = open(v.trace("small"), "rb").read()
    open(v.trace("cut"), "wb").write(whole[:len(whole) * 2 // 3])
    monkey_run(v, int(os.environ.get("VGPU_MONKEY", 120)) // 2, "cut", "small")


@case
def monkey_damaged(v):
    """And to one that a stranger changed: bytes in one record of three, but not the records' sizes."""
    plain = bytearray(subprocess.run(["zstd", "-qdc", v.trace("busy")], check=True,
                                     capture_output=True).stdout)
    r = random.Random(len(plain))
    at = int.from_bytes(plain[4:8], "little") + 7 & ~7
    while at + 16 <= len(plain):
        length = int.from_bytes(plain[at + 4:at + 8], "little")
        for _ in range(r.choice([0, 0, 1, 1 + length // 2000])):
            plain[at + r.randrange(8, length)] = r.choice([0, 1, 0x7f, 0x80, 0xff, r.getrandbits(8)])
        at += length + 7 & ~7
    open(v.trace("damaged"), "wb").write(plain)
    monkey_run(v, int(os.environ.get("VGPU_MONKEY", 120)) // 2, "damaged")
