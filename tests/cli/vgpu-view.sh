#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-view without a window: what it writes, and that its numbers are the other tools'.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

build=${1:-build}
view=$build/vgpu-view
if [ ! -x "$view" ]; then
	skip "vgpu-view is not built: SDL2 or pangocairo is missing"
	finish
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset DISPLAY WAYLAND_DISPLAY

status() { # WANTED COMMAND...: the exit status
	wanted=$1
	shift
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ $got = "$wanted" ] && return 0
	echo "exit status $got, not $wanted: $*"
	cat "$dir/err"
	return 1
}

"$build/tests/cli/make-trace" "$dir/small.vgpu.zst"
"$build/tests/cli/make-trace" "$dir/loss.vgpu.zst" loss
"$build/tests/cli/make-trace" "$dir/unfinished.vgpu.zst" unfinished

for kind in png svg pdf; do
	check "export to .$kind" status 0 "$view" --export "$dir/x.$kind" "$dir/small.vgpu.zst"
	check "$kind is not empty" test -s "$dir/x.$kind"
done
check "PNG has the size asked for" sh -c \
	"'$view' -o '$dir/s.png' --size 640x480 '$dir/small.vgpu.zst' && od -An -tx1 -j16 -N8 '$dir/s.png' | grep -q '00 00 02 80 00 00 01 e0'"
check "loss: exit status 3" status 3 "$view" --state "$dir/loss.vgpu.zst"
check "cut: exit status 3" status 3 "$view" --state "$dir/unfinished.vgpu.zst"
check "no trace: usage" status 2 "$view"
check "a bad span: usage" status 2 "$view" --time 5:3 "$dir/small.vgpu.zst"
# Times are those of dump: a microsecond from that of the first command on has the command.
"$build/tests/cli/make-busy-trace" "$dir/busy.vgpu.zst" 300
span=$("$build/vgpu-trace" dump --num=1 "$dir/busy.vgpu.zst" | awk '$1 == 1 { printf "%s-%.6f", $2, $2 + 1e-6 }')
for span in $span $(echo "$span" | tr - :); do
	"$view" --state --no-pictures --mark "$span" "$dir/busy.vgpu.zst" >"$dir/span.json"
	check "times are told as dump does: $span" grep -q '"span":{[^}]*"commands":[1-9]' "$dir/span.json"
done
check "a bad end: usage" status 2 "$view" --export x.gif "$dir/small.vgpu.zst"
check "no such file" status 1 "$view" --state "$dir/none"
check "no such frame" status 1 "$view" --state --frame 21 "$dir/small.vgpu.zst"
check "not a trace" status 1 "$view" --state Makefile
if [ -e /dev/full ]; then
	# By links: root could remove the device itself.
	for end in html png svg; do
		ln -s /dev/full "$dir/full.$end"
		case $end in html) how=--report ;; *) how=--export ;; esac
		check "no room for .$end" sh -c "'$view' --no-pictures $how '$dir/full.$end' \
			'$dir/small.vgpu.zst' 2>&1 | grep -q 'No space left' && [ -L '$dir/full.$end' ]"
	done
else
	skip "no room: there is no /dev/full"
fi
SDL_VIDEODRIVER=none check "no window: says so" status 1 "$view" "$dir/small.vgpu.zst"
check "from a pipe" sh -c "cat '$dir/small.vgpu.zst' | '$view' --state - >'$dir/pipe.json'"

# Another implementation's commands have its names.
"$build/tests/cli/make-replay-trace" dialect "$dir/dialect.vgpu.zst"
for dialect in spec celadon; do
	"$view" --state --no-pictures --command 1 --dialect $dialect "$dir/dialect.vgpu.zst" \
		>"$dir/$dialect.json" 2>/dev/null
done
check "dialect: celadon's name" grep -q '"type":"SET_SCALING"' "$dir/celadon.json"
check "dialect: celadon's fields" grep -q 'dst.width=' "$dir/celadon.json"
check "dialect: none in the specification" sh -c "! grep -q SET_SCALING '$dir/spec.json'"
check "no such dialect: usage" status 2 "$view" --dialect klingon "$dir/dialect.vgpu.zst"

# The same pictures and the same numbers as the other tools.
if [ -x "$build/vgpu-replay" ]; then
	"$build/vgpu-replay" -q --frames "$dir/frames" "$dir/small.vgpu.zst"
	for n in 1 7 20; do
		"$view" --state --frame $n "$dir/small.vgpu.zst" >"$dir/state$n"
	done
	check "hashes are vgpu-replay's" python3 - "$dir" <<-'END'
		import json, sys
		dir = sys.argv[1]
		frames = {f["frame"]: f for f in map(json.loads, open(dir + "/frames")) if "frame" in f}
		for n in (1, 7, 20):
		    f = json.load(open(f"{dir}/state{n}"))["frame"]
		    assert f["number"] == n and f["picture"]["hash"] == frames[n]["hash"], (f, frames[n])
		    assert f["command"] == frames[n]["command"] and f["time_ns"] == frames[n]["time_ns"]
		assert json.load(open(dir + "/pipe.json"))["frame"]["picture"]["hash"] == frames[20]["hash"]
	END
fi
if [ -x "$build/vgpu-trace" ]; then
	"$build/vgpu-trace" info --json "$dir/small.vgpu.zst" >"$dir/info"
	check "numbers are vgpu-trace's" python3 - "$dir" <<-'END'
		import json, sys
		dir = sys.argv[1]
		state, info = json.load(open(dir + "/state20")), json.load(open(dir + "/info"))
		assert state["commands"] == info["totals"]["commands"]
		assert state["frames"] == info["totals"]["frames"]
		def same(mine, theirs):
		    assert {k.replace("_ns", ""): v for k, v in mine.items()} == theirs, (mine, theirs)
		same(state["span"]["interval"], info["scanouts"][0]["interval_ns"])
		rows = {(r["queue"], r["name"]): r for r in info["commands"]}
		assert len(rows) == len(state["span"]["latency"])
		for row in state["span"]["latency"]:
		    theirs = rows[row["queue"], row["type"]]
		    assert row["count"] == theirs["count"] and row["errors"] == theirs["errors"]
		    same(row["fenced"], theirs["fenced_latency_ns"])
		    same(row["unfenced"], theirs["unfenced_latency_ns"])
	END
	"$build/tests/cli/make-busy-trace" "$dir/busy.vgpu.zst" 3000
	check "of 100 random selections, too" \
		python3 tests/cli/view_numbers.py "$build" "$dir/busy.vgpu.zst" 100
fi
finish
