#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace trim on small hand-made traces: what it writes replays like the whole.
# usage: vgpu-edit.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trace() { "$O/vgpu-trace" "$@"; }

# status NAME EXPECTED ARGS...: the exit status; output in $tmp/out and $tmp/err
status() {
	name=$1 expected=$2
	shift 2
	trace "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" = "$expected" ]; then ok; else
		fail "$name: exit status $got, expected $expected"
		head -5 "$tmp/err"
	fi
}
says() { # NAME TEXT: the last one's messages have it
	if grep -qF -- "$2" "$tmp/err"; then ok; else
		fail "$1: no \"$2\" in the messages"
		cat "$tmp/err"
	fi
}

for kind in 2d 3d epoch; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done

status "trim: no range" 2 trim "$tmp/2d.zst" -o "$tmp/x.zst"
status "trim: two ranges" 2 trim "$tmp/2d.zst" --frames 1 --time 1- -o "$tmp/x.zst"
status "trim: nowhere to" 2 trim "$tmp/2d.zst" --frames 1
for range in 3-2 a 1-2-3 - '' -1x; do
	status "trim: range \"$range\"" 2 trim "$tmp/2d.zst" --frames="$range" -o "$tmp/x.zst"
done
status "trim: nothing in the range" 1 trim "$tmp/2d.zst" --frames 9 -o "$tmp/x.zst"
says "trim" "holds no command"
status "trim: no such file" 1 trim "$tmp/none" --frames 1 -o "$tmp/x.zst"
echo "not a trace" >"$tmp/text"
status "trim: not a trace" 1 trim "$tmp/text" --frames 1 -o "$tmp/x.zst"
status "trim: no such folder" 1 trim "$tmp/2d.zst" --frames 1 -o "$tmp/none/x.zst"
ls "$tmp"/x* >/dev/null 2>&1 && fail "trim: a failure left a file" || ok

# Every range of each has the pictures of the whole.
for kind in 2d 3d epoch; do
	if ! "$O/vgpu-replay" -q --frames "$tmp/frames" "$tmp/$kind.zst" 2>"$tmp/err"; then
		skip "trim: $kind: the whole does not replay here"
		continue
	fi
	n=$(grep -c hash "$tmp/frames")
	for first in $(seq "$n"); do
		for last in $(seq "$first" "$n"); do
			status "trim: $kind $first-$last" 0 trim "$tmp/$kind.zst" \
				--frames "$first-$last" -f -o "$tmp/part.zst"
			check "trim: $kind $first-$last replays" "$O/vgpu-replay" -q \
				--verify "$tmp/frames" "$tmp/part.zst"
		done
	done
	# Another frame's picture is not the same.
	sed 's/"hash":"../"hash":"xx/' "$tmp/frames" >"$tmp/wrong"
	"$O/vgpu-replay" -q --verify "$tmp/wrong" "$tmp/part.zst" 2>/dev/null &&
		fail "trim: $kind: verify cannot fail" || ok
done
status "trim: one file already" 1 trim "$tmp/2d.zst" --frames 2 -o "$tmp/part.zst"
says "trim" "-f overwrites it"
[ "$(stat -c %a "$tmp/part.zst")" = 600 ] && ok || fail "trim: others may read the output"
status "trim: check" 0 check "$tmp/part.zst"
status "trim: report" 0 trim "$tmp/2d.zst" --frames 3 -f -o "$tmp/part.zst"
says "trim: report" "Kept before  3 of 8 commands"
status "trim: JSON" 0 trim "$tmp/2d.zst" --frames 3 -j -f -o "$tmp/part.zst"
python3 -c 'import json,sys; d = json.load(sys.stdin); assert d["commands_kept"] == 3, d' \
	<"$tmp/out" && ok || fail "trim: JSON"
trace trim - --commands 3-5 -q -o - <"$tmp/2d.zst" >"$tmp/piped.zst" && ok || fail "trim: pipes"
cat "$tmp/2d.zst" | trace trim - --commands 3-5 -q -o - >"$tmp/spooled.zst" && ok ||
	fail "trim: a pipe is copied"
trace dump "$tmp/piped.zst" >"$tmp/a" && trace dump "$tmp/spooled.zst" | cmp -s - "$tmp/a" && ok ||
	fail "trim: pipes: other commands"
[ "$(wc -l <"$tmp/a")" = 5 ] && ok || fail "trim: pipes: not 5 commands"
head -c 500 "$tmp/2d.zst" >"$tmp/cut.zst"
status "trim: cut" 3 trim "$tmp/cut.zst" --commands 1- -q -f -o "$tmp/part.zst"
says "trim: cut" "cut at byte"
status "trim: no room" 1 trim "$tmp/2d.zst" --frames 1 -o /dev/full
finish
