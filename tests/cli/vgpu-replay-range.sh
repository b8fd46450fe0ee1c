#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay --save-range: a part of a trace shows what the whole one showed there.
# usage: vgpu-replay-range.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
tool() { "$O/vgpu-replay" "$@"; }

for kind in 2d 3d piles copied other; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done

status "no output" 2 --save-range=2 "$tmp/2d.zst"
status "no range" 2 -o "$tmp/x.zst" "$tmp/2d.zst"
status "not a range" 2 --save-range=2,4 -o "$tmp/x.zst" "$tmp/2d.zst"
status "frame 0" 2 --save-range=0-2 -o "$tmp/x.zst" "$tmp/2d.zst"
status "a pipe" 2 --save-range=2 -o "$tmp/x.zst" -
status "with --verify" 2 --save-range=2 -o "$tmp/x.zst" --verify="$tmp/x" "$tmp/2d.zst"
status "no such frames" 1 --save-range=99 -o "$tmp/x.zst" "$tmp/2d.zst"
says "no such frames" "there are no such frames"
[ -e "$tmp/x.zst" ] && fail "a failure left a file" || ok
status "no such folder" 1 --save-range=1 -o "$tmp/none/x.zst" "$tmp/2d.zst"

# The whole, frame by frame, beside each part.
parts() { # KIND TRACE RANGE...
	kind=$1 trace=$2
	shift 2
	if ! "$O/vgpu-replay" -q --frames="$tmp/list" "$trace" 2>"$tmp/err"; then
		skip "$kind: the whole does not replay here"
		return
	fi
	for range; do
		status "$kind $range" 0 -q --save-range="$range" --output="$tmp/part.zst" "$trace"
		status "$kind $range by itself" 0 -q --verify="$tmp/list" "$tmp/part.zst"
		check "$kind $range keeps to the protocol" "$O/vgpu-trace" check "$tmp/part.zst"
		status "$kind $range: a part of it" 0 -q --save-range="${range#*-}" \
			-o "$tmp/less.zst" "$tmp/part.zst"
	done
}
parts 2d "$tmp/2d.zst" 1-2 2-3 3
parts 3d "$tmp/3d.zst" 1-2 2
# What is smaller: the commands that drew a picture, or the picture.
if "$O/vgpu-replay" -q -b virgl "$tmp/3d.zst" 2>/dev/null; then
	status "a clear" 0 --save-range=3 -o "$tmp/part.zst" "$tmp/3d.zst"
	says "a clear" "and what 0 resources hold"
	status "few pixels" 0 --save-range=4 -o "$tmp/part.zst" "$tmp/piles.zst"
	says "few pixels" "6 of the 11 before them, and what 0 resources hold"
	# What the device wrote into memory is nowhere in the trace.
	parts copied "$tmp/copied.zst" 1505
	status "copied" 0 --save-range=1505 -o "$tmp/part.zst" "$tmp/copied.zst"
	says "copied" "5 of the 3015 before them, and what 0 resources hold (2.0 KiB)"
	(ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 &&
		LD_PRELOAD=$O/tests/cli/bad-renderer.so && export LD_PRELOAD &&
		"$O/vgpu-replay" -q --save-range=2 -o "$tmp/part.zst" "$tmp/other.zst" 2>"$tmp/err")
	[ $? = 3 ] && ok || fail "another picture each time: not told"
	says "another picture each time" "is made again, of what resources held"
	says "another picture each time" "does not replay like the frames it was made of"
	status "a pile" 0 --save-range=1400-1410 -o "$tmp/part.zst" "$tmp/piles.zst"
	says "a pile" "4 of the 2803 before them, and what 1 resources hold (2.0 KiB)"
	"$O/vgpu-replay" -q --frames="$tmp/list" "$tmp/piles.zst"
	status "a pile by itself" 0 -q --verify="$tmp/list" "$tmp/part.zst"
fi
[ "$(stat -c %a "$tmp/part.zst")" = 600 ] && ok || fail "others may read the output"
status "what is told" 0 --save-range=2-3 -o "$tmp/part.zst" "$tmp/2d.zst"
# Its last flush shows two.
says "what is told" "frames 2 to 4: "

# Rounds: the same frames each time, whatever is drawn in between.
for kind in 2d 3d; do
	frames=$("$O/vgpu-replay" -q --json "$tmp/$kind.zst" 2>/dev/null |
		sed -n 's/.*"frames":\([0-9]*\).*/\1/p')
	if [ -z "$frames" ] || ! "$O/vgpu-replay" -q --frames="$tmp/list" "$tmp/$kind.zst"; then
		skip "loop $kind: the whole does not replay here"
		continue
	fi
	status "loop $kind" 0 -q --loop=3 --warm-up=2 --loop-frames=2- --frames="$tmp/loops" "$tmp/$kind.zst"
	check "loop $kind: equal frames" python3 -c "
import json
whole, loops = ([json.loads(l) for l in open(p)][1:] for p in ('$tmp/list', '$tmp/loops'))
was = {f['frame']: f['hash'] for f in whole}
assert len(loops) == 1 + 5 * ($frames - 1), len(loops)
assert all(f['hash'] == was[f['frame']] for f in loops)"
done
status "loop: bench" 0 -q --loop=4 --bench --json "$tmp/2d.zst"
check "loop: numbers" python3 -c "
import json
d = json.load(open('$tmp/out'))
l, n = d['loop'], d['loop']['frame_ns']
assert (l['first_frame'], l['last_frame'], l['rounds'], l['frames']) == (1, 4, 4, 16), l
assert n['min'] <= n['p50'] <= n['p90'] <= n['p99'] <= n['max'] and n['mean'] <= l['ns'], n"
status "loop: bench as text" 0 -q --loop=2 --bench "$tmp/2d.zst"
grep -q "frames 1 to 4, 2 rounds: " "$tmp/out" && ok || fail "loop: bench as text"
status "loop: no such frame" 1 --loop=2 --loop-frames=99 "$tmp/2d.zst"
says "loop: no such frame" "there is no frame 99"
status "loop of a pipe" 2 --loop=2 -
status "loop-frames without loop" 2 --loop-frames=2 "$tmp/2d.zst"
status "loop with --until" 2 --loop=2 --until="num 3" "$tmp/2d.zst"
# Pictures of the range alone.
status "pictures" 0 -q --save-range=2-3 -o "$tmp/part.zst" --png="$tmp/png" "$tmp/2d.zst"
[ "$(ls "$tmp/png" | tr '\n' ' ')" = "frame-000002.png frame-000003.png frame-000004-s1.png " ] && ok ||
	fail "pictures: $(ls "$tmp/png")"
finish
