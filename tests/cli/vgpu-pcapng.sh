#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace export --format pcapng, and the dissector, in tshark. usage: vgpu-pcapng.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
document=$here/../../formats/export.md
export HOME="$tmp" # no plugins but ours

for kind in small loss; do
	check "make-trace $kind" "$O/tests/cli/make-trace" $kind.vgpu.zst $kind
	check "export $kind" "$O/vgpu-trace" export $kind.vgpu.zst -o $kind.pcapng
	"$O/vgpu-trace" dump --json --raw $kind.vgpu.zst >$kind.ndjson
	check "header of $kind" python3 "$here/wireshark.py" header $kind.pcapng $kind.ndjson "$document"
done
if ! command -v tshark >/dev/null; then
	skip "tshark is not here: the dissector was not run"
	finish
fi

# shark FILE ARGS...: tshark's output in out; a dissector that fails says so in it
shark() {
	file=$1
	shift
	tshark -X lua_script:"$O/virtio_gpu.lua" -r "$file" "$@" >out 2>err
}
clean() { # NAME: of what is in out
	if grep -iqE 'malformed|lua error' out err; then
		fail "$1: $(grep -iE 'malformed|lua error' out err | head -3)"
	else
		ok
	fi
}

# Every golden message, whole and cut: the same fields with the same values as ours.
check "make" python3 "$here/wireshark.py" make golden.vgpu
"$O/vgpu-trace" export golden.vgpu -o golden.pcapng 2>err
check "golden messages are cut, and nothing else" grep -q "cut at byte" err
"$O/vgpu-trace" dump --json golden.vgpu >golden.ndjson 2>err
shark golden.pcapng -T pdml
clean "golden messages"
check "golden messages, field by field" python3 "$here/wireshark.py" compare out golden.ndjson

# Counts are ours.
for kind in fails 2d; do
	check "make-replay-trace" "$O/tests/cli/make-replay-trace" $kind $kind.vgpu.zst
done
for kind in small loss fails 2d; do
	"$O/vgpu-trace" export $kind.vgpu.zst -f -o $kind.pcapng
	"$O/vgpu-trace" dump --json $kind.vgpu.zst >$kind.ndjson
	shark $kind.pcapng -T fields -e virtio_gpu.type
	clean "$kind"
	grep . out | sort >types
	python3 -c '
import json, sys
for r in map(json.loads, open(sys.argv[1])):
    message = r.get("request") or r.get("response")
    if message:
        print("0x%08x" % message["hdr"]["type"]["value"])' $kind.ndjson | sort >wanted
	check "$kind: types and how many of each" cmp wanted types
done
shark fails.pcapng -Y "virtio_gpu.type == 0x207"
check "SUBMIT_3Ds, filtered" [ "$(wc -l <out)" = "$(grep -c '"cmd":"SUBMIT_3D"' fails.ndjson)" ]

# Who asks whom stands where others have addresses.
shark small.pcapng -T fields -e _ws.col.Source -e _ws.col.Destination
check "from a process to a device, and back" sh -c '
	[ "$(grep painter out | sort -u)" = "$(printf "device 0\tpainter\npainter\tdevice 0")" ]'

# Requests and responses know of each other, and the time between is info's.
shark small.pcapng -2 -Y "virtio_gpu.type == 0x105" -T fields -e frame.number -e virtio_gpu.response_in
cp out requests
shark small.pcapng -Y "virtio_gpu.time" -T fields -e virtio_gpu.request_in -e frame.number \
	-e virtio_gpu.command -e virtio_gpu.time
cut -f 1,2 out >links
check "each request has its response's packet" sh -c '
	[ "$(wc -l <requests)" = 20 ] && [ "$(grep -cFxf requests links)" = 20 ]'
check "response times" python3 -c '
import json, subprocess, sys
queued = {}
want = {}
for r in map(json.loads, open("small.ndjson")):
    if r["record"] == "COMMAND":
        queued[r["id"]] = r["time_ns"]
    elif r["record"] == "RESPONSE":
        want[r["id"]] = r["time_ns"] - queued[r["id"]]
got = {int(l.split()[2]): round(float(l.split()[3]) * 1e9) for l in open("out")}
assert got == want, (got, want)'
shark loss.pcapng -Y virtio_gpu.loss -T fields -e virtio_gpu.loss
check "losses" grep -qx "3, 12288 bytes: guest memory: the page ring was full" out
shark small.pcapng -Y 'virtio_gpu.comm contains "painter" && virtio_gpu.resource_id == 1'
check "a resource by its id, a process by its name" [ "$(wc -l <out)" -ge 43 ]
shark small.pcapng -q -z expert
check "an error response is marked" grep -q "The response is an error" out

# Two traces in a file are two sections; a message that is too long is cut, and not malformed.
cat small.vgpu.zst loss.vgpu.zst | "$O/vgpu-trace" export - --format pcapng >two.pcapng
shark two.pcapng -Y "virtio_gpu.type == 0x104"
check "two traces" [ "$(wc -l <out)" = 40 ]
check "a long stream" env PYTHONPATH="$here" python3 -B -c '
import struct
from plain_trace import Trace
t = Trace()
t.request(struct.pack("<IIQIBxxxII64x", 0x200, 0, 0, 1, 0, 0, 2))
nops = struct.pack("<I", 0xffff << 16) + bytes(4 * 0xffff)
t.request(struct.pack("<IIQIBxxxII", 0x207, 0, 0, 1, 0, 2 * len(nops), 0) + 2 * nops)
t.write("long.vgpu")'
"$O/vgpu-trace" export long.vgpu -o long.pcapng 2>err
shark long.pcapng -V
clean "a long stream"
check "a long stream is told to be cut" grep -q "The message is longer than what is here" out
finish
