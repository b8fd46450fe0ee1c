# SPDX-License-Identifier: MIT
"""The picture of a frame, the window as a picture, its keys."""
import json
import os
import shutil
import subprocess

from view import case


@case
def picture(v):
    """Close by, a pixel has the value that vgpu-replay gives it; V counts what changed."""
    frames = v.path("frames")
    subprocess.run([f"{v.build}/vgpu-replay", "-q", "--png", frames, v.trace("small")], check=True)
    files = sorted(os.listdir(frames))
    rgb = lambda n: subprocess.run(["convert", os.path.join(frames, files[n - 1]), "-depth", "8",
                                    "rgb:-"], check=True, capture_output=True).stdout
    size = subprocess.run(["identify", "-format", "%w %h", os.path.join(frames, files[0])],
                          capture_output=True, text=True, check=True).stdout.split()
    width, height = map(int, size)
    a, b, c, d = v.small("""
        key Home
        key Ctrl+Right
        key Ctrl+Right
        wait picture
        wheel scanout 0.45 0.4 9 Ctrl
        move scanout 0.45 0.4
        state
        key V
        wait picture
        wait 1
        state
        key V
        key 0
        drag scanout 0.1 0.95 scanout 0.99 0.95
        wait picture
        state
        key O
        state""")
    assert a["frame"]["number"] == 3 and a["picture"]["zoom"] > 1
    p = a["picture"]["pixel"]
    assert 0 <= p["x"] < width and 0 <= p["y"] < height
    at = (p["y"] * width + p["x"]) * 3
    assert p["value"] == "#" + rgb(3)[at:at + 3].hex(), (p, rgb(3)[at:at + 3])
    now, then = rgb(3), rgb(2)
    changed = sum(now[i:i + 3] != then[i:i + 3] for i in range(0, len(now), 3))
    assert b["picture"] == {**b["picture"], "difference": True, "differing": changed}, changed
    assert c["picture"]["zoom"] == 0 and c["frame"]["number"] == 20
    assert d["frame"] == c["frame"]  # There is one scanout.


@case
def cursor(v):
    """The cursor lies on the picture where vgpu-replay draws it; C takes it away."""
    frames, shots = v.path("cursor-frames"), [v.path(f"cursor-{i}.png") for i in (0, 1)]
    subprocess.run([f"{v.build}/tests/cli/make-replay-trace", "cursor", v.trace("cursor")],
                   check=True)
    x, y = 73, 241
    s = v.run(f"""
        key End
        key Ctrl+Left
        key Ctrl+Left
        wait picture
        move {x} {y}
        state
        shot {shots[0]}
        key C
        state
        shot {shots[1]}
        key Ctrl+Right
        wait picture
        state
        key Ctrl+Right
        wait picture
        state""", v.trace("cursor"))
    lies = [a["frame"]["picture"]["cursor"] for a in s]
    there = {"x": 0, "y": 0, "width": 8, "height": 8, "shown": True}
    assert lies == [there, {**there, "shown": False},
                    {**there, "x": -4, "y": 12, "shown": False}, None], lies
    at = s[0]["picture"]["pixel"]
    assert at["x"] < 8 and at["y"] < 8, at

    def pixel(file, x, y):
        return subprocess.run(["convert", file, "-crop", f"1x1+{x}+{y}", "-depth", "8", "rgb:-"],
                              check=True, capture_output=True).stdout

    for options, shot in ((["--cursor"], shots[0]), ([], shots[1])):
        subprocess.run([f"{v.build}/vgpu-replay", "-q", *options, "--png", frames,
                        v.trace("cursor")], check=True)
        file = os.path.join(frames, sorted(os.listdir(frames))[s[0]["frame"]["number"] - 1])
        theirs, ours = pixel(file, at["x"], at["y"]), pixel(shot, x, y)
        assert all(abs(i - j) <= 1 for i, j in zip(theirs, ours)), (theirs, ours)
    assert pixel(shots[0], x, y) != pixel(shots[1], x, y)


@case
def shaders(v):
    """A command's shaders stand in a tab of their own, as vgpu-trace dump writes them."""
    subprocess.run([f"{v.build}/tests/cli/make-replay-trace", "long-shader", v.trace("shader")],
                   check=True)
    dump = subprocess.run([f"{v.build}/vgpu-trace", "dump", "-v", v.trace("shader")],
                          capture_output=True, text=True, check=True).stdout.splitlines()
    at = next(i for i, line in enumerate(dump) if "CREATE_OBJECT SHADER" in line)
    command = next(line.split()[0] for line in reversed(dump[:at]) if " SUBMIT_3D " in line)
    wanted = [dump[at].strip(), "    " + dump[at + 1].strip()]
    a, b = v.run("state\nkey Tab\nkey Tab\nstate", "--no-pictures", "-c", command,
                 v.trace("shader"))
    assert a["shaders"] is None and b["detail_tab"] == "shaders"
    assert b["shaders"].splitlines() == wanted and "Full me" in wanted[1], (b["shaders"], wanted)


@case
def help(v):
    """? shows the keys, another key takes them away and does nothing else."""
    a, b = v.small("""
        key Shift+/
        state
        key T
        state""")
    assert a["help"] and not b["help"] and not b["light"]


@case
def screens(v):
    """The same pixels in a window of X and in one that nobody sees."""
    if not shutil.which("xvfb-run"):
        print("skip: xvfb is not installed")
        return
    script = """
        wait picture
        shot {0}-0.png
        wheel lanes 0.5 0.2 6
        key T
        shot {0}-1.png
        size 700 500
        shot {0}-2.png
        key F1
        shot {0}-3.png"""
    v.small(script.format(v.path("dummy")))
    env = {**os.environ, "SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software"}
    subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", f"{v.build}/vgpu-view",
                    "--script", "-", v.trace("small")], env=env, check=True, capture_output=True,
                   input="\n".join(map(str.strip, script.format(v.path("x11")).splitlines())),
                   text=True)
    for i in range(4):
        a, b = (subprocess.run(["convert", v.path(f"{n}-{i}.png"), "rgb:-"], check=True,
                               capture_output=True).stdout for n in ("dummy", "x11"))
        assert len(a) == (1280 * 800 if i < 2 else 700 * 500) * 3 and a == b, i


@case
def scale(v):
    """--scale and Ctrl with + − 0 make all larger; what is under the pointer stays what it is."""
    def size(name):
        p = subprocess.run(["identify", "-format", "%w %h", v.path(name)], check=True,
                           capture_output=True, text=True)
        return tuple(map(int, p.stdout.split()))

    script = """
        wheel lanes 0.5 0.2 4
        click lanes 0.52 0.2
        click detail 0.72 0.07
        state"""
    a, b, c = v.run(script + f"""
        shot {v.path('dense.png')}
        key Ctrl+=
        key Ctrl+-
        key Ctrl+-
        click latency 0.7 0.08
        state
        key Ctrl+0
        state""", "--no-pictures", "--scale", "2", "--size", "900x640", v.trace("busy"))
    plain, = v.run(script, "--no-pictures", "--size", "900x640", v.trace("busy"))
    assert (plain["scale"], a["scale"], b["scale"], c["scale"]) == (1, 2, 1.75, 2)
    assert a["command"] == plain["command"] and a["detail_tab"] == plain["detail_tab"]
    assert a["shown"] == plain["shown"] and a["span"] == plain["span"]
    assert size("dense.png") == (1800, 1280)
    subprocess.run([f"{v.build}/vgpu-view", "--no-pictures", "--scale", "2", "--size", "900x640",
                    "-o", v.path("large.png"), v.trace("busy")], check=True)
    assert size("large.png") == (1800, 1280)


@case
def dense(v):
    """Under X all is as large as the desktop has it for fonts."""
    if not shutil.which("xvfb-run"):
        print("skip: xvfb is not installed")
        return
    open(v.path(".Xdefaults"), "w").write("Xft.dpi: 144\n")
    env = {**os.environ, "SDL_VIDEODRIVER": "x11", "SDL_RENDER_DRIVER": "software",
           "HOME": v.dir, "GDK_SCALE": "2"}
    p = subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", f"{v.build}/vgpu-view",
                        "--script", "-", "--size", "800x600", "--no-pictures", v.trace("busy")],
                       env=env, check=True, capture_output=True, text=True,
                       input=f"shot {v.path('dpi.png')}\nstate -")
    assert json.loads(p.stdout)["scale"] == 1.5
    p = subprocess.run(["identify", "-format", "%wx%h", v.path("dpi.png")], check=True,
                       capture_output=True, text=True)
    assert p.stdout == "1200x900", p.stdout


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


@case
def save(v):
    """F12 saves what the window shows, each time as another file, and says where."""
    dir = v.path("saved")
    os.mkdir(dir)
    p = subprocess.run([os.path.abspath(f"{v.build}/vgpu-view"), "--script", "-", "--size", "640x480",
                        "--no-pictures", v.trace("small")], cwd=dir, check=True, text=True,
                       env={**os.environ, "SDL_VIDEODRIVER": "dummy"}, capture_output=True,
                       input="key F12\nstate -\nkey F12\nstate -\nkey Z\nstate -")
    said = [json.loads(line)["message"] for line in p.stdout.splitlines()]
    names = ["vgpu-view-001.png", "vgpu-view-002.png"]
    assert said == [f"saved {n}" for n in names] + [""] and sorted(os.listdir(dir)) == names, said
    for n in names:
        size = subprocess.run(["identify", "-format", "%wx%h", os.path.join(dir, n)], check=True,
                              capture_output=True, text=True)
        assert size.stdout == "640x480"


@case
def bad_scripts(v):
    """A line that is no step is told with its number; a file that cannot be written, too."""
    for line in ("jump", "key", "key Alt+W", "click lanes 1", "click nowhere 1 1", "wait",
                 "key W W", "wait -5", "drag 1 2", "click 1 x"):
        v.run("key W\n\n" + line, v.trace("small"), status=1)
        assert "line 3" in v.stderr or "line 2" in v.stderr, (line, v.stderr)
    v.run("key W\nshot /nowhere/x.png", v.trace("small"), status=1)
    assert "line 2: No such file" in v.stderr, v.stderr
