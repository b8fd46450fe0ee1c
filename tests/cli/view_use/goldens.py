# SPDX-License-Identifier: MIT
"""Panes as they were looked at and found good: tests/golden/view. UPDATE=1 writes them anew."""
import os
import shutil
import subprocess

from view import case

# Libraries of other versions draw an edge or a letter a little otherwise: a pixel is another one when
# a channel differs by more than this, and so many in a thousand of a picture may be.
CHANNEL, PER_MILLE = 32, 10

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{}</cachedir></fontconfig>"""

SCRIPTS = {
    "frames": ("small", [], "key Home\nkey Ctrl+Right\nkey Ctrl+Right\nwait picture"),
    "resources": ("small", ["--light"], "key Home\nkey L\nkey L\nkey L\nkey L\nwait search\n"
                  "wait picture"),
    "lanes": ("waits", ["--no-pictures", "-t", "370ms:378ms"], "key L\nmove lanes 0.6 0.44"),
    "findings": ("busy", ["--no-pictures", "--light", "-c", "900"],
                 "key L\nkey L\nkey L\nwait search\nkey /\ntype SUBMIT_3D\nkey Return\nwait search\n"
                 "key Tab"),
}


def pixels(file):
    return subprocess.run(["convert", file, "-depth", "8", "rgb:-"], check=True,
                          capture_output=True).stdout


@case
def goldens(v):
    """Windows look as they did, but for so much as libraries of other versions make of letters."""
    if not os.path.exists("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"):
        print("skip: fonts-dejavu-core is not installed")
        return
    subprocess.run([f"{v.build}/tests/cli/make-busy-trace", v.trace("waits"), "3000", "waits"],
                   check=True)
    fonts, bad = v.path("fonts.conf"), []
    open(fonts, "w").write(FONTS.format(v.path("fonts")))
    os.environ["FONTCONFIG_FILE"] = fonts
    for name, (trace, options, script) in SCRIPTS.items():
        shot, golden = v.path(f"golden-{name}.png"), f"tests/golden/view/{name}.png"
        v.run(f"move 0 0\n{script}\nshot {shot}", "--size", "900x640", *options, v.trace(trace))
        if os.environ.get("UPDATE"):
            subprocess.run(["convert", shot, "-strip", "-define", "png:compression-level=9", golden],
                           check=True)
            continue
        ours, theirs = pixels(shot), pixels(golden)
        assert len(ours) == len(theirs) == 900 * 640 * 3, name
        others = sum(max(abs(a - b) for a, b in zip(ours[i:i + 3], theirs[i:i + 3])) > CHANNEL
                     for i in range(0, len(ours), 3) if ours[i:i + 3] != theirs[i:i + 3])
        if others > 900 * 640 * PER_MILLE / 1000:
            shutil.copy(shot, f"{v.build}/golden-{name}.png")
            bad.append(f"{golden}: {others} pixels differ, see {v.build}/golden-{name}.png")
    assert not bad, "\n".join(bad)
