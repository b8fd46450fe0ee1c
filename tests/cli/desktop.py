# SPDX-License-Identifier: MIT
"""Whether desktops will know the viewer: its entry, its icon, and traces by their first bytes.
usage: desktop.py SHARE TRACE"""
import configparser
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

share, trace = sys.argv[1:]
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def value(match):
    text = match.get("value").encode().decode("unicode_escape").encode("latin1")
    return struct.pack("<I", int(text, 0)) if match.get("type") == "little32" else text


def fits(match, data):
    """Does the match, and one of those within it, hold?"""
    first, _, last = match.get("offset").partition(":")
    wanted = value(match)
    here = any(data[i:i + len(wanted)] == wanted for i in range(int(first), int(last or first) + 1))
    within = match.findall(MIME + "match")
    return here and (not within or any(fits(m, data) for m in within))


entry = configparser.ConfigParser(interpolation=None, delimiters=("=",))
entry.optionxform = str
entry.read(share + "/applications/vgpu-view.desktop")
entry = entry["Desktop Entry"]
assert entry["Type"] == "Application" and entry["Exec"] == "vgpu-view %f", dict(entry)

icon = ET.parse(f"{share}/icons/hicolor/scalable/apps/{entry['Icon']}.svg").getroot()
assert icon.tag.endswith("}svg") and icon.get("viewBox") == "0 0 128 128"

kind = ET.parse(share + "/mime/packages/vgpu-trace.xml").getroot().find(MIME + "mime-type")
assert kind.get("type") + ";" == entry["MimeType"]
matches = kind.findall(f"{MIME}magic/{MIME}match")
compressed = open(trace, "rb").read()
stream = subprocess.run(["zstd", "-dc", trace], check=True, capture_output=True).stdout
other = subprocess.run(["zstd", "-c"], input=b"something else" * 999, check=True,
                       capture_output=True).stdout
assert [m for m in matches if fits(m, compressed)] == [matches[0]]
assert [m for m in matches if fits(m, stream)] == [matches[1]]
assert not any(fits(m, data) for m in matches for data in (other, b"", b"VGPUTRC\0" + bytes(64)))
