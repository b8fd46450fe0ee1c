# SPDX-License-Identifier: MIT
"""Holds the stages of a trace against what the kernel's own event tracing wrote in the same run."""
import json
import re
import statistics
import subprocess

TOLERANCE = 0.05
SLACK_NS = 2000  # event tracing tells microseconds
LINE = re.compile(r"-(\d+) +\[\d+\] +\S+ +(\d+)\.(\d+): (\w+)(?:: |\(| -> )(.*)")
EXECBUFFER = 0x42


def number(text, key):
    return int(re.search(rf"\b{key}=(?:0x)?(\w+)", text).group(1), 10)


def spans_of():
    return {"response": [], "interrupt": [], "fence signal": [], "wait": [], "ioctl": []}


def stages(tool, trace):
    """Spans, each with its beginning, as the trace has them; and between which times that was."""
    spans, commands, enters, waits = spans_of(), {}, {}, {}
    dump = subprocess.run([tool, "dump", "--json", trace], stdout=subprocess.PIPE, text=True)
    for line in dump.stdout.splitlines():
        r = json.loads(line)
        kind, t = r.get("record"), r.get("time_ns")
        if kind == "COMMAND" and r["request"]["hdr"]["flags"]["value"] & 1:
            commands[r["id"]] = t, r["request"]["cmd"]
        elif kind == "RESPONSE" and r["id"] in commands:
            spans["response"].append((commands[r["id"]][0], t))
        elif kind == "STAGE" and r["id"] in commands:
            begin, name = commands[r["id"]]
            stage = r["stage_name"]
            if stage in ("fence signal", "interrupt"):
                spans[stage].append((begin, t))
            elif stage == "wait begin":
                waits[r["tid"]] = t
            elif stage == "wait end" and r["tid"] in waits:
                spans["wait"].append((waits.pop(r["tid"]), t))
            elif stage == "ioctl enter" and name == "SUBMIT_3D":
                enters[r["id"]] = t
            elif stage == "ioctl exit" and r["id"] in enters:
                spans["ioctl"].append((enters.pop(r["id"]), t))
    times = [t for t, _ in commands.values()]
    return spans, min(times, default=0), max(times, default=0)


def events(path, first, last):
    """The same spans as event tracing saw them; those that began between the two times."""
    spans, queued, fenced, waits, ioctls, interrupt = spans_of(), {}, {}, {}, {}, None

    def add(name, begin, end):
        # A recorder's first and last microseconds are not those of the events.
        if begin is not None and first - 1000 <= begin <= last + 1000:
            spans[name].append((begin, end))

    with open(path, errors="replace") as file:
        for line in file:
            m = LINE.search(line)
            if not m:
                continue
            pid, name, rest = int(m.group(1)), m.group(4), m.group(5)
            t = int(m.group(2)) * 10**9 + int(m.group(3)) * 1000
            if name == "virtio_gpu_cmd_queue" and "name=control" in rest and "flags=0x1" in rest:
                queued[number(rest, "fence_id")] = fenced[number(rest, "fence_id")] = t
            elif name == "virtio_gpu_cmd_response" and "name=control" in rest and \
                    "flags=0x1" in rest:
                begin = queued.pop(number(rest, "fence_id"), None)
                add("response", begin, t)
                if begin and interrupt and interrupt >= begin:
                    add("interrupt", begin, interrupt)
            elif name == "irq_handler_entry" and "-control" in rest:
                interrupt = t
            elif name == "dma_fence_signaled" and "driver=virtio_gpu" in rest:
                add("fence signal", fenced.pop(number(rest, "seqno"), None), t)
            elif name == "dma_fence_wait_start" and "driver=virtio_gpu" in rest:
                waits[pid] = t
            elif name == "dma_fence_wait_end":
                add("wait", waits.pop(pid, None), t)
            elif name == "sys_ioctl":
                cmd = re.search(r"cmd: (?:0x)?([0-9a-f]+)", rest)
                if not cmd:
                    add("ioctl", ioctls.pop(pid, None), t)
                elif int(cmd.group(1), 16) & 0xffff == ord("d") << 8 | EXECBUFFER:
                    ioctls[pid] = t
    return spans


def compare(tool, trace, log):
    """None, or what does not agree; and the medians as text."""
    ours, first, last = stages(tool, trace)
    theirs = events(log, first, last)
    text, problem = [], None
    for name in ours:
        a, b = [[end - begin for begin, end in spans[name]] for spans in (ours, theirs)]
        if not a and not b and name == "wait":
            continue
        if len(a) < 20 or abs(len(a) - len(b)) > 0.05 * len(b) + 4:
            problem = problem or f"{name}: {len(a)} of them, event tracing has {len(b)}"
            continue
        x, y = statistics.median(a), statistics.median(b)
        text.append(f"{name} {x / 1e3:.1f} us of {len(a)}, {y / 1e3:.1f} of {len(b)}")
        if abs(x - y) > max(TOLERANCE * y, SLACK_NS):
            problem = problem or f"{name}: a median of {x} ns, event tracing has {y}"
    return problem, "; ".join(text)


if __name__ == "__main__":
    import sys
    print(*compare(*sys.argv[1:]), sep="\n")
