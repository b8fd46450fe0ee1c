#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Zeros and noise, alone and behind the beginning of a trace, to every command that reads one.

usage: garbage.py VGPU-TRACE MIB

Each ends by itself, with the exit status that is documented, in 128 MB of memory.
"""
import os
import struct
import subprocess
import sys
import time

MEMORY = 128 << 10  # KiB
COMMANDS = (["info"], ["dump"], ["check"], ["stats"], ["recover", "-o", "/dev/null"],
            ["repack", "--level", "1", "-o", "/dev/null"], ["strip", "-o", "/dev/null"])


def record(kind, body):
    return struct.pack("<HHIQ", kind, 0, 16 + len(body), 1000) + body + bytes(-len(body) % 8)


def header():
    return record(1, b"VGPUTRC\0" + struct.pack("<HHI16sQ", 1, 0, 1, bytes(16), 0))


def run(tool, arguments, start, chunk, mib):
    """Its exit status, peak memory in KiB and seconds."""
    begun = time.monotonic()
    p = subprocess.Popen([tool, arguments[0], "-", *arguments[1:]], stdin=subprocess.PIPE,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.stdin.write(start)
        for _ in range(mib):
            p.stdin.write(chunk)
        p.stdin.close()
    except BrokenPipeError:  # it has seen enough
        pass
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return p.returncode, usage.ru_maxrss, time.monotonic() - begun


def main():
    tool, mib = sys.argv[1], int(sys.argv[2])
    packed = subprocess.run([tool, "repack", "-", "-q", "-o", "-"], check=True,
                            input=header() + record(17, bytes(32)), stdout=subprocess.PIPE).stdout
    noise = bytearray(os.urandom(1 << 20))
    kinds = {"zeros": bytes(1 << 20), "noise": bytes(noise)}
    for at in range(0, len(noise), 1024):  # each of them could be where a frame begins
        noise[at:at + 5] = b"\x28\xb5\x2f\xfd\x00" if at % 2048 else b"\x5a\x2a\x4d\x18\x00"
    kinds["beginnings of frames"] = bytes(noise)
    starts = {"alone": b"", "behind a header": header(), "behind a packed trace": packed,
              "behind the begin of a frame": b"\x28\xb5\x2f\xfd\x04\x58"}
    failed = passed = 0
    for kind, chunk in kinds.items():
        for where, start in starts.items():
            worst = slowest = 0
            for arguments in COMMANDS:
                # Without a record there is nothing to recover; what is damaged is not repacked.
                want = {1} if where == "alone" or arguments[0] == "repack" else {1, 3}
                if where == "behind a packed trace" and arguments[0] != "repack":
                    want = {3}
                status, memory, seconds = run(tool, arguments, start, chunk, mib)
                worst, slowest = max(worst, memory), max(slowest, seconds)
                if status in want and memory <= MEMORY:
                    passed += 1
                    continue
                failed += 1
                print(f"FAIL: {arguments[0]}: {mib} MiB of {kind}, {where}: exit status {status}, "
                      f"{memory} KiB")
            print(f"{mib} MiB of {kind}, {where}: at most {worst >> 10} MiB, {slowest:.1f} s")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


main()
