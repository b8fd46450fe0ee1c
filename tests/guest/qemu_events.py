# SPDX-License-Identifier: MIT
"""Holds a trace's commands against QEMU's own trace events: names and values that QEMU decoded."""

import json
import re
import subprocess

# QEMU's event (hw/display/trace-events), the command, and which field each value is, in the order
# of the event's text. None: a value that the request does not hold. Capset queries have no event.
RECT = ("r.width", "r.height", "r.x", "r.y")
EVENTS = {
    "get_display_info": ("GET_DISPLAY_INFO", ()),
    "get_edid": ("GET_EDID", ("scanout",)),
    "set_scanout": ("SET_SCANOUT", ("scanout_id", "resource_id", *RECT)),
    "res_create_2d": ("RESOURCE_CREATE_2D", ("resource_id", "format", "width", "height")),
    "res_create_3d": ("RESOURCE_CREATE_3D",
                      ("resource_id", "format", "width", "height", "depth")),
    "res_create_blob": ("RESOURCE_CREATE_BLOB", ("resource_id", "size")),
    "res_unref": ("RESOURCE_UNREF", ("resource_id",)),
    "res_back_attach": ("RESOURCE_ATTACH_BACKING", ("resource_id",)),
    "res_back_detach": ("RESOURCE_DETACH_BACKING", ("resource_id",)),
    "res_xfer_toh_2d": ("TRANSFER_TO_HOST_2D", ("resource_id",)),
    "res_xfer_toh_3d": ("TRANSFER_TO_HOST_3D", ("resource_id",)),
    "res_xfer_fromh_3d": ("TRANSFER_FROM_HOST_3D", ("resource_id",)),
    "res_flush": ("RESOURCE_FLUSH", ("resource_id", *RECT)),
    "ctx_create": ("CTX_CREATE", ("hdr.ctx_id",)),
    "ctx_destroy": ("CTX_DESTROY", ("hdr.ctx_id",)),
    "ctx_res_attach": ("CTX_ATTACH_RESOURCE", ("hdr.ctx_id", "resource_id")),
    "ctx_res_detach": ("CTX_DETACH_RESOURCE", ("hdr.ctx_id", "resource_id")),
    "ctx_submit": ("SUBMIT_3D", ("hdr.ctx_id", "size")),
}
FIELDS = dict(EVENTS.values())


def value(request, path):
    """A field by its path; of one that has a name, its number."""
    for part in path.split("."):
        request = request[part]
    return request["value"] if isinstance(request, dict) else request


def of_qemu(path):
    """(command, values) of each event in QEMU's log."""
    found = []
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            m = re.search(r"virtio_gpu_cmd_(\w+) ?(.*)", line)
            if not m or m[1] not in EVENTS:
                continue
            command, fields = EVENTS[m[1]]
            text = m[2].split(", name ")[0]
            numbers = [int(n, 0) for n in re.findall(r" (0x[0-9a-f]+|\d+)", " " + text)]
            found.append((command, tuple(numbers[:len(fields)])))
    return found


def of_trace(vgpu_trace, path):
    """The same of a trace's control queue."""
    dump = subprocess.run([vgpu_trace, "dump", "--json", "-F", "queue == control", path],
                          stdout=subprocess.PIPE, text=True, check=True)
    found = []
    for line in dump.stdout.splitlines():
        record = json.loads(line)
        if record["record"] != "COMMAND" or record["request"]["cmd"] not in FIELDS:
            continue
        request = record["request"]
        found.append((request["cmd"],
                      tuple(value(request, f) for f in FIELDS[request["cmd"]])))
    return found


def difference(vgpu_trace, trace, log):
    """What a trace from the device's first command on and QEMU's log of longer say differently:
    a text, or None."""
    ours, theirs = of_trace(vgpu_trace, trace), of_qemu(log)
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return f"command {i}: trace {a}, QEMU {b}"
    if len(ours) > len(theirs):
        return f"{len(ours)} commands in the trace, {len(theirs)} in QEMU's log"
    kinds = {name for name, _ in ours}
    if "SUBMIT_3D" not in kinds or len(ours) < 30:
        return f"only {len(ours)} commands, of {sorted(kinds)}"
    return None
