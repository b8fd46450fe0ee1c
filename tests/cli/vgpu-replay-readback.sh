#!/bin/sh
# SPDX-License-Identifier: MIT
# What the device wrote for the guest, held against what ours writes; and what the file tools do with
# it.
# usage: vgpu-replay-readback.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
tool() { "$O/vgpu-replay" "$@"; }
trace() { "$O/vgpu-trace" "$@"; }

writes() { # NAME FILE TEXT
	if grep -qF -- "$3" "$2"; then ok; else fail "$1: no '$3' in $(cat "$2")"; fi
}
readbacks() { trace dump --json --raw "$1" | sed -n '/"record":"READBACK"/s/.*\("id":.*\)/\1/p'; }

for kind in readback readback-other; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done
bytes=$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "ff" }')
readbacks "$tmp/readback.zst" >"$tmp/json"
writes "json" "$tmp/json" '"id":13,"space":0,"address":83886144,"size":64,"bytes_hex":"'"$bytes"'"'
trace dump -v "$tmp/readback.zst" >"$tmp/out"
writes "text" "$tmp/out" "READBACK of 13 space=0 address=0x5000040 size=64"
trace dump -v -F TRANSFER_FROM_HOST_3D "$tmp/readback.zst" >"$tmp/out"
writes "chosen with its command" "$tmp/out" "READBACK of 13"
trace dump -v -F SUBMIT_3D "$tmp/readback.zst" | grep -q READBACK && fail "left out with it" || ok

# Cut out, put together, stripped.
trace trim -q --frames=4-4 -o "$tmp/trim.zst" "$tmp/readback.zst" || fail "trim"
trace dump "$tmp/trim.zst" | sed -n 's/^ *\([0-9]*\) .*TRANSFER_FROM_HOST_3D.*/READBACK of \1 /p' >"$tmp/id"
trace dump -v "$tmp/trim.zst" >"$tmp/out"
writes "trim" "$tmp/out" "$(cat "$tmp/id")space=0 address=0x5000040"
trace merge -o "$tmp/merge.zst" "$tmp/readback.zst" "$tmp/readback-other.zst" || fail "merge"
readbacks "$tmp/merge.zst" | grep -q '"id":26,"space":4294967296,' && ok ||
	fail "merge: $(readbacks "$tmp/merge.zst")"
trace strip -q -o "$tmp/strip.zst" "$tmp/readback.zst" || fail "strip"
[ -z "$(readbacks "$tmp/strip.zst")" ] && ok || fail "strip: $(readbacks "$tmp/strip.zst")"
trace strip -q --keep=memory -o "$tmp/kept.zst" "$tmp/readback.zst" || fail "strip --keep"
[ "$(readbacks "$tmp/kept.zst")" = "$(readbacks "$tmp/readback.zst")" ] && ok ||
	fail "strip --keep=memory: $(readbacks "$tmp/kept.zst")"
trace diff "$tmp/readback.zst" "$tmp/readback-other.zst" >"$tmp/out" 2>&1 && ok || fail "diff: bytes are no command's"

tool -q -b null "$tmp/readback-other.zst" && ok || fail "a device without pictures has none"
if ! tool -q -b virgl "$tmp/readback.zst" 2>/dev/null; then
	skip "virgl: virglrenderer does not start here"
	finish
fi
status "as recorded" 0 --frames="$tmp/frames" --report="$tmp/report" --json "$tmp/readback.zst"
writes "as recorded" "$tmp/out" '"readbacks":1,"readback_bytes":64,"readbacks_differ":0'
writes "as recorded" "$tmp/report" '{"kind":"readback","command":13,"resource":5,"bytes":64,"differ":0}'
why='command 13 (TRANSFER_FROM_HOST_3D, resource 5): 3 of 64 bytes, at 0x5000045 ff, recorded 12'
status "other bytes" 0 --report="$tmp/report" --junit="$tmp/junit" "$tmp/readback-other.zst"
says "other bytes" "1 of 1 readbacks differ; first: $why"
writes "other bytes" "$tmp/report" '"bytes":64,"differ":3,"why":"'"$why"'"}'
writes "other bytes" "$tmp/report" '"readbacks_differ":1}'
# Of two devices in one file each has addresses of its own.
for device in 0 1; do
	status "device $device" 0 --device $device --json "$tmp/merge.zst"
	writes "device $device" "$tmp/out" '"readbacks":1,"readback_bytes":64,"readbacks_differ":'$device
done
status "no such device" 1 --device 7 "$tmp/merge.zst"
says "no such device" "no command is to device 7"
status "no such device" 2 --device 16 "$tmp/merge.zst"
writes "other bytes" "$tmp/junit" 'name="readback-000013"><failure message="'"$why"'"/>'
status "verified" 0 --verify="$tmp/frames" "$tmp/readback.zst"
status "other bytes, verified" 3 -q --verify="$tmp/frames" "$tmp/readback-other.zst"
says "other bytes, verified" "1 of 1 readbacks differ"
status "left out with its command" 0 --skip=TRANSFER_FROM_HOST_3D --verify="$tmp/frames" "$tmp/readback-other.zst"
finish
