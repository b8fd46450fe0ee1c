#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay --save-range: a part of a trace shows what the whole one showed there.
# usage: vgpu-replay-range.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# status NAME EXPECTED ARGS...: the exit status; output in $tmp/out and $tmp/err
status() {
	name=$1 expected=$2
	shift 2
	"$O/vgpu-replay" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" = "$expected" ]; then ok; else
		fail "$name: exit status $got, expected $expected"
		head -5 "$tmp/err"
	fi
}
says() { # NAME TEXT
	grep -qF -- "$2" "$tmp/err" && ok || fail "$1: no \"$2\" in \"$(cat "$tmp/err")\""
}

for kind in 2d 3d; do
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
[ "$(stat -c %a "$tmp/part.zst")" = 600 ] && ok || fail "others may read the output"
status "what is told" 0 --save-range=2-3 -o "$tmp/part.zst" "$tmp/2d.zst"
# Its last flush shows two.
says "what is told" "frames 2 to 4: "
# Pictures of the range alone.
status "pictures" 0 -q --save-range=2-3 -o "$tmp/part.zst" --png="$tmp/png" "$tmp/2d.zst"
[ "$(ls "$tmp/png" | tr '\n' ' ')" = "frame-000002.png frame-000003.png frame-000004-s1.png " ] && ok ||
	fail "pictures: $(ls "$tmp/png")"
finish
