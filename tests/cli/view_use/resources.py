# SPDX-License-Identifier: MIT
"""The list of the resources that exist at a command."""
import json
import os
import subprocess

from view import case, commands

OPEN = "key L\nkey L\nkey L\nkey L\nwait search\n"


def state_at(v, trace, command):
    """What vgpu-trace says that exists then, by id."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "state", "--at", str(command), v.trace(trace)],
                       capture_output=True, text=True)
    return {r["id"]: r for r in json.loads(p.stdout)["resources"]}


@case
def resources(v):
    """At any command those are listed that vgpu-trace state has, with the commands that name them."""
    ids = commands(v, "busy")
    at = [ids[i] for i in (len(ids) // 2, 10, len(ids) - 1)]
    script = OPEN + "state\nkey ,\nwait search\nstate\nkey .\nwait search\nstate"
    for states in (v.busy(script, "-c", str(i)) for i in at):
        assert states[0]["resources"] == states[2]["resources"]
        for s in states:
            listed, command = s["resources"], s["command"]["id"]
            theirs = state_at(v, "busy", command)
            assert listed["command"] == command and listed["count"] == len(theirs) > 0
            assert [r["id"] for r in listed["list"]] == sorted(theirs)
            for r in listed["list"]:
                t = theirs[r["id"]]
                for name in ("kind", "created", "scanouts"):
                    assert r[name] == t[name], (name, r, t)
                if r["kind"] != "blob":
                    assert (r["format"], r["width"], r["height"], r["bind"]) == (
                        t["format"], t["width"], t["height"], t["bind"]), (r, t)
            for r in listed["list"][::7]:
                named = [i for i in commands(v, "busy", f"resource {r['id']}")
                         if r["created"] <= i <= command]
                assert (r["commands"], r["last"]) == (len(named), named[-1]), (r, named)


@case
def resource_links(v):
    """A click on a resource goes to the command that made it; a command's link leads to its card."""
    a, b, c = v.busy(OPEN + """
        state
        click latency 0.4 0.3
        wait search
        state
        key End
        click detail 0.05 0.16
        wait search
        state""", "-c", str(commands(v, "busy", "TRANSFER_TO_HOST_3D")[-1]))
    made = {r["created"] for r in a["resources"]["list"]}
    assert b["command"]["id"] in made and b["resources"]["command"] == b["command"]["id"]
    assert f"resource {c['resources']['picked']}" == c["search"]["expression"], c["search"]
    assert c["latency_tab"] == "resources" and a["resources"]["picked"] == 0


@case
def resource_pictures(v):
    """What a resource shows is what it held at the command: vgpu-replay's frame, when it is shown."""
    frames = v.path("resource-frames")
    subprocess.run([f"{v.build}/vgpu-replay", "-q", "--png", frames, v.trace("small")], check=True)
    files = sorted(os.listdir(frames))
    states = v.small("key Home\n" + OPEN + "key Ctrl+Right\nwait search\nwait picture\nstate\n" * 3 +
                     "key Ctrl+Left\nwait search\nwait picture\nstate")
    assert [s["frame"]["number"] for s in states] == [2, 3, 4, 3]
    assert states[1]["resources"] == states[3]["resources"]
    means = set()
    for s in states:
        r, = (r for r in s["resources"]["list"] if r["id"] == s["frame"]["resource"])
        file = os.path.join(frames, files[s["frame"]["number"] - 1])
        mean = subprocess.run(["convert", file, "-format",
                               "%[fx:mean.r*255] %[fx:mean.g*255] %[fx:mean.b*255]", "info:"],
                              capture_output=True, text=True, check=True).stdout.split()
        assert r["scanouts"] and r["picture"], r
        for ours, theirs in zip(r["picture"]["mean"], map(float, mean)):
            assert abs(ours - theirs) < 1.5, (s["frame"]["number"], r, mean)
        means.add(tuple(r["picture"]["mean"]))
    assert len(means) == 3, means
