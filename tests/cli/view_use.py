# SPDX-License-Identifier: MIT
"""What keys and mouse do in vgpu-view, by scripts, told from what it says is shown.
usage: view_use.py BUILD DIR CASE; `view_use.py` alone lists the cases."""
import base64
import html.parser
import json
import os
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

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


def commands(v, trace, *expression):
    """The commands that vgpu-trace dump chooses."""
    p = subprocess.run([f"{v.build}/vgpu-trace", "dump", "--json", v.trace(trace)]
                       + [a for e in expression for a in ("-F", e)],
                       capture_output=True, text=True, check=True)
    records = map(json.loads, p.stdout.splitlines())
    return [r["id"] for r in records if r["record"] == "COMMAND"]


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
def markers(v):
    """1 and 2 are where the pointer is; M marks between them; they are there the next time."""
    os.path.exists(v.trace("busy") + ".marks") and os.unlink(v.trace("busy") + ".marks")
    a, = v.busy("""
        move lanes 0.4 0.3
        key 1
        move lanes 0.8 0.3
        key 2
        key M
        state""")
    one, two = a["markers"]
    assert 0 < one < two
    assert a["marked"]["from_ns"] - a["first_ns"] == one
    assert a["marked"]["to_ns"] - a["first_ns"] == two
    width = a["shown"]["to_ns"] - a["shown"]["from_ns"]
    assert 0.4 < (two - one) / width < 0.5, (two - one) / width
    b, c, d = v.busy("""
        state
        move lanes 0.5 0.5
        wheel lanes 0.5 0.5 10
        key Shift+2
        state
        key Escape
        state""")
    assert b["markers"] == [one, two] and d["markers"] == [None, None]
    assert c["shown"]["from_ns"] - c["first_ns"] < two < c["shown"]["to_ns"] - c["first_ns"]
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
        click detail 0.95 0.1
        click detail 0.05 0.22
        wait search
        state""", "-c", str(commands(v, "busy", "TRANSFER_TO_HOST_3D")[5]))
    resource = re.search(r"resource_id=(\d+)", a["command"]["text"])[1]
    assert b["search"]["expression"] == d["search"]["expression"] == "resource " + resource
    assert b["search"]["matches"] == len(commands(v, "busy", "resource " + resource)) > 1
    assert [x["detail_tab"] for x in (a, b, c, d)] == ["fields", "fields", "stages", "hex"]


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


class Page(html.parser.HTMLParser):
    """What a page holds, and whether it is well formed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.images, self.rows, self.cell = [], [], [], None
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        for name in ("src", "href", "srcset", "action", "data"):
            assert name not in attrs or attrs[name].startswith("data:"), attrs
        assert tag not in ("script", "link", "iframe", "object", "base"), tag
        if tag == "img":
            self.images.append((attrs["alt"], attrs["src"]))
        elif tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = ""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("td", "th"):
            self.rows[-1].append(self.cell)
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data


@case
def report(v):
    """One page with numbers, graphs and frames in it, that asks nobody for anything."""
    path = v.path("report.html")
    subprocess.run([f"{v.build}/vgpu-view", "--report", path, v.trace("small")], check=True)
    text = open(path).read()
    assert "http" not in text.replace("http://www.w3.org", "") and "url(" not in text
    page = Page(text)
    kinds = [(alt, src.split(";")[0]) for alt, src in page.images]
    graphs = [alt for alt, kind in kinds if kind == "data:image/svg+xml"]
    assert graphs == ["frame times", "latency", "timeline"], kinds
    pictures = [(alt, src) for alt, src in page.images if src.startswith("data:image/png")]
    assert len(pictures) >= 12 and ("frame 1", pictures[0][1]) == pictures[0]
    for alt, src in page.images:
        data = base64.b64decode(src.split(",")[1], validate=True)
        if "svg" in src[:20]:
            svg = xml.etree.ElementTree.fromstring(data)
            assert len(list(svg.iter())) > 20
        else:
            assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[-8:-4] == b"IEND"
    state, = v.small("state")
    numbers = {(r[0], r[1]): int(r[2]) for r in page.rows if len(r) == 10 and r[2].isdigit()}
    for r in state["span"]["latency"]:
        for kind in ("fenced", "unfenced"):
            assert numbers.get((r["type"], kind), 0) == r[kind]["count"], (r, numbers)
    slowest = [r for r in page.rows if len(r) == 5 and r[0].isdigit()]
    assert len(slowest) == 20 and slowest[0][4]


@case
def report_in_a_browser(v):
    """Chromium shows it as it stands, without the network."""
    browser = shutil.which("chromium")
    if not browser:
        print("skip: chromium is not installed")
        return
    path = v.path("report.html")
    subprocess.run([f"{v.build}/vgpu-view", "--report", path, v.trace("small")], check=True)
    log = v.path("net.json")
    subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                    "--disable-background-networking", "--window-size=1300,1500",
                    f"--user-data-dir={v.dir}/chromium", "--virtual-time-budget=2000",
                    "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={log}",
                    f"--screenshot={v.path('report.png')}", "file://" + path],
                   check=True, capture_output=True, timeout=100)
    net = open(log).read()
    asked = set(re.findall(r'"url":"(https?://[^"]*)"', net))
    ours = {u for u in asked if not re.search(r"//[^/]*(google|gvt1|chrome)", u)}
    assert not ours, ours
    colors = subprocess.run(["convert", v.path("report.png"), "-unique-colors", "-format", "%w",
                             "info:"], capture_output=True, text=True, check=True).stdout
    assert int(colors) > 100, colors


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


def anything(seed, steps):
    """Keys, clicks and letters by chance, as a script."""
    r = random.Random(seed)
    keys = list("WSADZMNFTRXB12,.[]/V") + ["Left", "Right", "Home", "End", "Space", "Tab", "Escape",
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
