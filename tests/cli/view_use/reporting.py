# SPDX-License-Identifier: MIT
"""The page that --report writes, and the film."""
import base64
import html.parser
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

from view import case


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
def film(v):
    """--frames writes what was shown, each as long as it was, as a film that others can read."""
    file, frames = v.path("film.mp4"), v.path("film-frames")
    p = subprocess.run([f"{v.build}/vgpu-view", "--frames", file, v.trace("small")],
                       capture_output=True, text=True)
    if "not built in" in p.stderr:
        assert p.returncode == 1 and not os.path.exists(file)
        print("skip: vgpu-view was built without libav (libavformat-dev, libswscale-dev)")
        return
    assert p.returncode == 0, (p.returncode, p.stderr)
    p = subprocess.run([f"{v.build}/vgpu-view", "--frames", v.path("film.txt"), v.trace("small")],
                       capture_output=True, text=True)
    assert p.returncode == 1 and "its end names no film" in p.stderr, p.stderr
    os.symlink("/dev/full", v.path("full.mkv"))
    p = subprocess.run([f"{v.build}/vgpu-view", "--frames", v.path("full.mkv"), v.trace("small")],
                       capture_output=True, text=True)
    assert p.returncode == 1 and "No space left" in p.stderr, p.stderr
    assert os.path.islink(v.path("full.mkv")) and os.path.exists("/dev/full")
    if not shutil.which("ffprobe") or not shutil.which("ffmpeg"):
        print("skip: ffmpeg is not installed")
        return
    times = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of",
                            "csv=p=0", file], capture_output=True, text=True, check=True)
    times = [float(t.strip(",")) for t in times.stdout.split()]
    subprocess.run([f"{v.build}/vgpu-replay", "-q", "--png", frames, v.trace("small")], check=True)
    files = sorted(os.listdir(frames))
    assert len(times) == len(files)
    s = [json.loads(subprocess.run([f"{v.build}/vgpu-view", "--no-pictures", "--state", "-f", str(n),
                                    v.trace("small")], capture_output=True, text=True).stdout)
         for n in (1, 2, len(files))]
    shown = [(x["frame"]["time_ns"] - s[0]["frame"]["time_ns"]) / 1e9 for x in s]
    for ours, theirs in zip(shown, (times[0], times[1], times[-1])):
        assert abs(ours - theirs) < 1e-4, (shown, times)
    for n in (0, len(files) - 1):
        a, b = (subprocess.run(c, capture_output=True, check=True).stdout for c in (
            ["ffmpeg", "-v", "error", "-i", file, "-vf", f"select=eq(n\\,{n})", "-frames:v", "1",
             "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
            ["convert", os.path.join(frames, files[n]), "-depth", "8", "rgb:-"]))
        assert len(a) == len(b)
        assert sum(abs(i - j) for i, j in zip(a, b)) / len(a) < 4, n
