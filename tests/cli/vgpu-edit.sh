#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace trim, strip and merge on small hand-made traces: what trim writes replays like the whole,
# what strip writes holds nothing private, what merge writes holds all.
# usage: vgpu-edit.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trace() { "$O/vgpu-trace" "$@"; }
tool() { trace "$@"; }

for kind in 2d 3d epoch late; do
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

# Every range of each has the pictures of the whole; also of one that was begun late, and does not
# have all that its first commands need.
for kind in 2d 3d epoch late; do
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
# What a range names and nobody made is told.
status "trim: late" 0 trim "$tmp/late.zst" --commands 1-3 -f -o "$tmp/part.zst"
says "trim: late" "Never made   context 9; resource 1: the recording began later"
says "trim: late" "2 commands of the range name them"
status "trim: late, JSON" 0 trim "$tmp/late.zst" --commands 2-3 -j -f -o "$tmp/part.zst"
python3 -c '
import json, sys
d = json.load(sys.stdin)
assert d["unseen_contexts"] == {"count": 1, "ids": [9]}, d
assert d["unseen_resources"]["count"] == 0 and d["unseen_commands"] == 1, d' <"$tmp/out" && ok ||
	fail "trim: late, JSON"
status "trim: behind what is late" 0 trim "$tmp/late.zst" --commands 3- -f -o "$tmp/part.zst"
grep -q "Never made" "$tmp/err" && fail "trim: all of it was made" || ok
# Put together: frames count through, a range lies in one of the traces.
cat "$tmp/2d.zst" "$tmp/epoch.zst" >"$tmp/both.zst"
if "$O/vgpu-replay" -q -b soft2d --frames "$tmp/frames" "$tmp/both.zst" 2>"$tmp/err"; then
	for range in 1-4 2-3 5-12 6-7 8-10 12; do
		status "trim: both $range" 0 trim "$tmp/both.zst" --frames "$range" -f -o "$tmp/part.zst"
		check "trim: both $range replays" "$O/vgpu-replay" -q -b soft2d \
			--verify "$tmp/frames" "$tmp/part.zst"
		check "trim: both $range is one trace" [ "$("$O/vgpu-trace" dump --json "$tmp/part.zst" |
			grep -c '"record":"HEADER"')" = 1 ]
	done
fi
status "trim: over both" 1 trim "$tmp/both.zst" --frames 4-5 -f -o "$tmp/part.zst"
says "trim: over both" "reaches over two traces"
status "trim: behind both" 1 trim "$tmp/both.zst" --frames 13 -f -o "$tmp/part.zst"
says "trim: behind both" "holds no command"
"$O/vgpu-trace" trim -q "$tmp/2d.zst" --frames 2 -f -o "$tmp/part.zst" || fail "trim"

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

status "strip: nowhere to" 2 strip "$tmp/2d.zst"
status "strip: keep nonsense" 2 strip "$tmp/2d.zst" -o "$tmp/x.zst" --keep names,nonsense
status "strip: no such file" 1 strip "$tmp/none" -o "$tmp/x.zst"
ls "$tmp"/x* >/dev/null 2>&1 && fail "strip: a failure left a file" || ok
"$O/tests/cli/make-trace" "$tmp/small.zst" || fail "make-trace"
# Words of the made trace's process, context, command line and pixels.
zstd -dqc "$tmp/small.zst" >"$tmp/plain"
secrets() { LC_ALL=C grep -aoE 'painter|--fast|cursor|of the future' "$1" | sort -u | tr '\n' ' '; }
[ -n "$(secrets "$tmp/plain")" ] && ok || fail "strip: the made trace has nothing to strip"
status "strip" 0 strip "$tmp/small.zst" -o "$tmp/bare.zst"
zstd -dqc "$tmp/bare.zst" >"$tmp/bare"
[ -z "$(secrets "$tmp/bare")" ] && ok || fail "strip: still has $(secrets "$tmp/bare")"
[ "$(stat -c %a "$tmp/bare.zst")" = 600 ] && ok || fail "strip: others may read the output"
# Numbers, times and sizes are as they were.
for file in small bare; do
	trace info --json "$tmp/$file.zst" | python3 -c '
import json, sys
d = json.load(sys.stdin)
print(d["commands"], {k: v for k, v in d["totals"].items() if k != "records"}, d["duration_s"])
' >"$tmp/$file.totals"
done
cmp -s "$tmp/small.totals" "$tmp/bare.totals" && ok || {
	fail "strip: other totals"
	diff "$tmp/small.totals" "$tmp/bare.totals"
}
trace check -q "$tmp/small.zst" | grep -v '^file' >"$tmp/a"
trace check -q "$tmp/bare.zst" | grep -v '^file' | cmp -s "$tmp/a" - && ok || fail "strip: check"
cat "$tmp/2d.zst" "$tmp/2d.zst" | trace strip - -o - >"$tmp/both.zst" && ok || fail "strip: pipes"
status "strip: two traces" 0 check "$tmp/both.zst"
if "$O/vgpu-replay" -q -b soft2d --frames "$tmp/frames" "$tmp/2d.zst" 2>"$tmp/err"; then
	status "strip: of 2d" 0 strip "$tmp/2d.zst" -f -o "$tmp/bare.zst"
	"$O/vgpu-replay" -q -b soft2d --verify "$tmp/frames" "$tmp/bare.zst" 2>/dev/null &&
		fail "strip: the pixels are still there" || ok
	status "strip: keep memory" 0 strip "$tmp/2d.zst" --keep memory,host -f -o "$tmp/bare.zst"
	check "strip: --keep memory" "$O/vgpu-replay" -q -b soft2d --verify "$tmp/frames" \
		"$tmp/bare.zst"
fi
status "strip: cut" 3 strip "$tmp/cut.zst" -f -o "$tmp/bare.zst"
: >"$tmp/empty"
status "strip: an empty file" 1 strip "$tmp/empty" -o "$tmp/x.zst"
says "strip: an empty file" "empty: no record is in it"
status "info: an empty file" 3 info "$tmp/empty"
has "info: an empty file" "State        empty"
status "strip: no room" 1 strip "$tmp/2d.zst" -o /dev/full

# A signal leaves nothing half done: strip has begun, its input goes on.
mkfifo "$tmp/endless" && exec 9<>"$tmp/endless"
mkdir "$tmp/ended"
"$O/vgpu-trace" strip - -o "$tmp/ended/x.zst" <"$tmp/endless" 9>&- 2>/dev/null &
cat "$tmp/2d.zst" >&9
until [ "$(ls "$tmp/ended")" ] || ! kill -0 $!; do :; done
begun=$(ls "$tmp/ended")
kill -TERM $!
wait $! 2>/dev/null
[ $? = 143 ] && [ "$begun" ] && [ ! "$(ls "$tmp/ended")" ] && ok ||
	fail "strip: ended by a signal, it left \"$(ls "$tmp/ended")\" of \"$begun\""
exec 9<&-

status "merge: one file" 2 merge "$tmp/2d.zst" -o "$tmp/x.zst"
status "merge: nowhere to" 2 merge "$tmp/2d.zst" "$tmp/3d.zst"
status "merge: standard input twice" 2 merge - - -o "$tmp/x.zst"
for offset in 1 0:1 3:1 2:x 2: -1:2; do
	status "merge: offset $offset" 2 merge "$tmp/2d.zst" "$tmp/3d.zst" --offset="$offset" \
		-o "$tmp/x.zst"
done
status "merge: several in one file" 1 merge "$tmp/2d.zst" "$tmp/both.zst" -o "$tmp/x.zst"
says "merge" "holds several traces"
status "merge: not a trace" 1 merge "$tmp/2d.zst" "$tmp/text" -o "$tmp/x.zst"
ls "$tmp"/x* >/dev/null 2>&1 && fail "merge: a failure left a file" || ok
status "merge" 0 merge "$tmp/2d.zst" "$tmp/small.zst" --offset 2:0.25 -o "$tmp/merged.zst"
commands() { trace info --json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["totals"]["commands"])'; }
[ "$(commands "$tmp/merged.zst")" = $(($(commands "$tmp/2d.zst") + $(commands "$tmp/small.zst"))) ] &&
	ok || fail "merge: not all commands"
# Each device has the frames that it has alone, by all who count them.
scanouts() { # COMMAND FILE...: the frames of all scanouts
	python3 -c 'import json, subprocess, sys
for f in sys.argv[3:]:
	out = subprocess.run([sys.argv[1], *sys.argv[2].split(), "--json", f], stdout=subprocess.PIPE)
	for s in json.loads(out.stdout)["scanouts"]:
		print(s["scanout"], s["frames"], s["interval_ns"]["count"])' "$O/vgpu-trace" "$@"
}
for command in info stats; do
	apart=$(scanouts $command "$tmp/2d.zst" "$tmp/small.zst")
	together=$(scanouts $command "$tmp/merged.zst")
	[ "$apart" ] && [ "$apart" = "$together" ] && ok ||
		fail "merge: $command: \"$together\" instead of \"$apart\""
done
frames() { trace export "$1" --format csv --table frames 2>/dev/null | tail -n +2 | wc -l; }
[ "$(frames "$tmp/merged.zst")" = $(($(frames "$tmp/2d.zst") + $(frames "$tmp/small.zst"))) ] &&
	ok || fail "merge: $(frames "$tmp/merged.zst") frames in a table"
# The first one's device replays as if it were alone.
if "$O/vgpu-replay" -q -b soft2d --frames "$tmp/frames" "$tmp/2d.zst" 2>"$tmp/err"; then
	"$O/vgpu-replay" -b soft2d --verify "$tmp/frames" "$tmp/merged.zst" >/dev/null 2>"$tmp/err"
	grep -q 'frames differ' "$tmp/err" && fail "merge: the first trace's frames differ" || ok
	grep -q ' 4 frames' "$tmp/err" && ok || fail "merge: not the first trace's frames"
	# And so does the other one's, which has memory of its own.
	"$O/vgpu-replay" -q -b soft2d --frames "$tmp/frames" "$tmp/small.zst" 2>"$tmp/err"
	status=$?
	"$O/vgpu-replay" -b soft2d --device 1 --verify "$tmp/frames" "$tmp/merged.zst" >/dev/null 2>"$tmp/err"
	[ $? = $status ] && grep -q ' 20 frames' "$tmp/err" && ok ||
		fail "merge: the second trace's device: $(cat "$tmp/err")"
	grep -q 'frames differ\|another device' "$tmp/err" && fail "merge: the second trace's frames differ" || ok
fi
trace merge "$tmp/2d.zst" - -o - <"$tmp/3d.zst" >"$tmp/piped.zst" && ok || fail "merge: pipes"
status "merge: cut" 3 merge "$tmp/2d.zst" "$tmp/cut.zst" -f -o "$tmp/merged.zst"
says "merge: cut" "cut.zst: cut at byte"
finish
