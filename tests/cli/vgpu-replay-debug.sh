#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay's help with a broken trace: stopping, leaving out, state, contents, times.
# usage: vgpu-replay-debug.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
tool() { "$O/vgpu-replay" "$@"; }

# json NAME PYTHON: true of d, the JSON in $tmp/json
json() {
	python3 -c "import json; d = json.load(open('$tmp/json')); assert $2, d" 2>"$tmp/why" && ok ||
		fail "$1: $(tail -1 "$tmp/why")"
}

for kind in 2d 3d fails epoch; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done

status "until" 0 --until='num 4' --frames="$tmp/list" "$tmp/2d.zst"
says "until" "stopped behind command 4"
says "until" "4 commands, 0 frames"
status "until a frame" 0 --until='frame 2 && shown' "$tmp/2d.zst"
says "until a frame" "stopped behind command 8"
says "until a frame" "8 commands, 2 frames"
status "until an answer" 3 -v -b soft2d --until='num >= 3 && answered' "$tmp/3d.zst"
says "until an answer" "stopped behind command 3"
status "until what never comes" 0 --until='num 99' "$tmp/2d.zst"
grep -q "stopped" "$tmp/err" && fail "until what never comes: it stopped" || ok
status "until a failure" 3 -b soft2d --until-failure "$tmp/3d.zst"
says "until a failure" "stopped behind command 1"
status "wrong filter" 2 --until='num >' "$tmp/2d.zst"
says "wrong filter" "--until: column 6"
status "the answer is not known" 2 --skip=error "$tmp/2d.zst"
says "the answer is not known" "--skip cannot ask for what only the answer tells"

status "skip" 0 --skip='RESOURCE_FLUSH && num < 9' "$tmp/2d.zst"
says "skip" "2 commands were left out"
says "skip" "9 commands, 2 frames"
status "only" 0 --only='!SET_SCANOUT' "$tmp/2d.zst"
says "only" "3 commands were left out"
says "only" "8 commands, 0 frames"

status "state" 0 --state="$tmp/json" --until='num 5' "$tmp/2d.zst"
json "state: where" 'd["schema_version"] == 1 and (d["command"], d["frames"]) == (5, 1)'
json "state: resources" '[r["id"] for r in d["state"]["resources"]] == [1]'
json "state: scanouts" '[s["resource_id"] for s in d["state"]["scanouts"]] == [1]'
json "state: contents" '[(c["resource"], c["width"], c["height"], c["size"], c["format"]) for c in
	d["contents"]] == [(1, 32, 16, 2048, "B8G8R8X8_UNORM")]'
# 32 x 16 pixels of 0a 0a 0a 0a: as they are, not as they are shown
if command -v xxhsum >/dev/null; then
	want=$(awk 'BEGIN { for (i = 0; i < 2048; i++) printf "\n" }' | LC_ALL=C xxhsum -H2 - 2>/dev/null |
		cut -d' ' -f1)
	json "state: hash" "d['contents'][0]['hash'] == '$want'"
else
	skip "hash against xxhsum: not installed"
fi
status "state behind a reset" 0 --state="$tmp/json" --until='num 12' "$tmp/epoch.zst"
json "state behind a reset" 'd["contents"][0]["size"] == 2048 and not d["state"]["scanouts"]'

if "$O/vgpu-replay" -q --state="$tmp/json" "$tmp/3d.zst" 2>/dev/null; then
	json "state: bound" 'd["bound"][0]["colors"] == [{"object": 7, "resource": 5, "level": 0,
		"first_layer": 0, "last_layer": 0}] and d["bound"][0]["current"]'
	json "state: bound where" '[(b["ctx"], b["sub"]) for b in d["bound"]] == [(3, 0)]'
	"$O/vgpu-replay" -q --state="$tmp/json" --until='num 2' "$tmp/3d.zst" 2>/dev/null
	json "state: nothing is bound yet" 'all(b["colors"] == [] for b in d["bound"])'
	status "state of a part" 0 -q --save-range=2 -o "$tmp/part.zst" --force "$tmp/3d.zst"
	status "state of a part" 0 -q --state="$tmp/json" "$tmp/part.zst"
	json "state of a part" '[r["id"] for r in d["state"]["resources"]] == [5]'
else
	skip "what is bound: no 3D here"
fi

status "dump one" 0 --dump="$tmp/one" --resource=1:0:0 "$tmp/2d.zst"
[ "$(ls "$tmp/one")" = resource-1-level-0-layer-0.png ] && ok || fail "dump one: $(ls "$tmp/one")"
status "dump a level that is not there" 1 --dump="$tmp/one" --resource=1:3:0 "$tmp/2d.zst"
says "dump a level that is not there" "resource 1, level 3, layer 0: Operation not supported"
status "dump what is not there" 1 --dump="$tmp/one" --resource=77:0:0 "$tmp/2d.zst"
says "dump what is not there" "there is no such resource"
status "dump half of one" 2 --dump="$tmp/one" --resource=1:0 "$tmp/2d.zst"

status "dump" 0 --dump="$tmp/dump" "$tmp/2d.zst"
[ "$(ls "$tmp/dump")" = resource-1-level-0-layer-0.png ] && ok || fail "dump: $(ls "$tmp/dump")"
status "dump of another" 0 --dump="$tmp/none" --resource=2-7 "$tmp/2d.zst"
[ -z "$(ls "$tmp/none")" ] && ok || fail "dump of another: $(ls "$tmp/none")"
status "no list of resources" 2 --dump="$tmp/none" --resource=last "$tmp/2d.zst"

status "times" 0 --sync --times="$tmp/times" "$tmp/2d.zst"
python3 - "$tmp/times" <<'END' && ok || fail "times"
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert [l["command"] for l in lines] == list(range(1, 12)), lines
assert lines[0]["name"] == "RESOURCE_CREATE_2D" and all(l["ns"] > 0 for l in lines)
assert [l["frame"] for l in lines][4:8] == [1, 2, 2, 2], lines
END
status "break" 0 --break='RESOURCE_FLUSH || num 1' --break-dir="$tmp/breaks" "$tmp/2d.zst"
says "break" "command 1 RESOURCE_CREATE_2D ctx 0: break"
[ "$(ls "$tmp/breaks" | tr '\n' ' ')" = "command-000001.json command-000005.json command-000005.png \
command-000008.json command-000008.png command-000011-s1.png command-000011.json \
command-000011.png " ] && ok || fail "break: $(ls "$tmp/breaks")"
"$O/vgpu-replay" -q --png "$tmp/shown" "$tmp/2d.zst"
cmp -s "$tmp/breaks/command-000008.png" "$tmp/shown/frame-000002.png" && ok || fail "break: its picture"
cp "$tmp/breaks/command-000008.json" "$tmp/json"
json "break: its command" 'd["request"]["cmd"] == "RESOURCE_FLUSH" and d["command"] == 8'
json "break: its state" '[s["resource_id"] for s in d["state"]["scanouts"]] == [1] and d["frames"] == 2'
status "break at an answer" 0 --break='num 3 && latency > 1ns' --break-dir="$tmp/answers" "$tmp/2d.zst"
says "break at an answer" "command 3 TRANSFER_TO_HOST_2D ctx 0: break: command 3 is answered"
[ "$(ls "$tmp/answers")" = command-000003.json ] && ok || fail "break at an answer: $(ls "$tmp/answers")"
status "break at failures" 3 -b soft2d --break-failure "$tmp/3d.zst"
says "break at failures" "command 1 CTX_CREATE ctx 3: "
status "break, nothing to look at" 2 --break-dir="$tmp/none" "$tmp/2d.zst"
status "break at a draw wants a window" 2 --break-draw=1 "$tmp/2d.zst"
status "break, wrong filter" 2 --break='num >' "$tmp/2d.zst"

status "timeline" 0 --sync --times="$tmp/times" --timeline="$tmp/json" "$tmp/2d.zst"
python3 - "$tmp/times" "$tmp/json" <<'END' && ok || fail "timeline"
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert all(l["ns"] == l["cpu_ns"] + l["gpu_ns"] and l["cpu_ns"] > 0 for l in lines), lines
slices = [e for e in json.load(open(sys.argv[2]))["traceEvents"] if e["ph"] == "X" and e["pid"] == 1]
assert [s["args"]["command"] for s in slices] == [l["command"] for l in lines]
for s, l, after in zip(slices, lines, slices[1:] + [None]):
    assert s["name"] == l["name"] and abs(s["dur"] * 1000 - l["cpu_ns"]) < 2, (s, l)
    assert not after or after["ts"] >= s["ts"] + s["dur"] - 0.002, (s, after)
END
status "timeline, nowhere" 1 --timeline="$tmp/nowhere/json" "$tmp/2d.zst"
status "slowest" 0 --bench "$tmp/2d.zst"
sed -n '/^slowest/,$p' "$tmp/out" | grep -c '^[A-Z]' | grep -qx 11 && ok || fail "slowest: not all"
status "slowest, JSON" 0 --bench --json "$tmp/2d.zst"
cp "$tmp/out" "$tmp/json"
json "by context" '([(c["ctx"], c["count"]) for c in d["contexts"]] == [(0, 11)] and
	sum(c["ns"] for c in d["contexts"]) == sum(t["ns"] for t in d["types"]))'
json "slowest, JSON" 'len(d["slowest"]) == 11 and sorted(s["command"] for s in d["slowest"])[0] == 1'

if "$O/vgpu-replay" -q -b virgl "$tmp/2d.zst" 2>/dev/null; then
	status "until a failure, virgl" 3 --until-failure "$tmp/fails.zst"
	says "until a failure, virgl" "stopped behind command 12"
	status "until a draw" 0 --until-draw=1 "$tmp/3d.zst"
	grep -q "stopped" "$tmp/err" && fail "until a draw: there is none" || ok
	status "dump, 3d" 0 --dump="$tmp/dump3" --state="$tmp/json" --until='frame 1 && shown' \
		"$tmp/3d.zst"
	json "dump, 3d: context" '[c["id"] for c in d["state"]["contexts"]] == [3]'
	# The first clear is red.
	if command -v convert >/dev/null; then
		[ "$(convert "$tmp/dump3/resource-5-level-0-layer-0.png" -format '%k %[hex:p{9,9}]' \
			info:)" = "1 FF0000" ] && ok || fail "dump, 3d: not red"
	else
		skip "dump's pixels: no ImageMagick"
	fi
else
	skip "virgl: virglrenderer does not start here"
fi
finish
