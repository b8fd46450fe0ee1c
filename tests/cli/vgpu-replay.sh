#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay on small hand-made traces: exit statuses, frames, pictures, messages.
# usage: vgpu-replay.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
replay() { "$O/vgpu-replay" "$@"; }
tool() { replay "$@"; }

hashes() { sed -n 's/.*"hash":"\([0-9a-f]*\)".*/\1/p' "$1"; }

for kind in 2d 3d fails late snapped lossy epoch errors cursor capset known venus other crash hang large slow dialect; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done
virgl=yes
replay -q -b virgl "$tmp/2d.zst" 2>/dev/null || virgl=

status "no trace" 2
status "two traces" 2 a b
status "unknown option" 2 --nonsense x
status "unknown backend" 2 -b nonsense "$tmp/2d.zst"
status "no number" 2 --timeout=soon "$tmp/2d.zst"
says "no number" '--timeout wants a number up to 86400, not "soon"'
status "no such file" 1 "$tmp/none"
echo "this is not a trace" >"$tmp/text"
status "not a trace" 1 "$tmp/text"
status "null has no pictures" 2 -b null --frames=- "$tmp/2d.zst"
status "help" 0 --help

status "2d" 0 --frames="$tmp/2d.ndjson" --png="$tmp/png" --png-last="$tmp/last.png" "$tmp/2d.zst"
says "2d" "4 frames, 0 failures"
[ "$(hashes "$tmp/2d.ndjson" | wc -l)" = 4 ] && ok || fail "2d: not 4 hashes"
# The third picture is on both scanouts.
[ "$(hashes "$tmp/2d.ndjson" | sort -u | wc -l)" = 3 ] && ok || fail "2d: not 3 pictures"
grep -q '"backend":"soft2d"' "$tmp/2d.ndjson" && ok || fail "2d: auto is not soft2d"
# 32 x 16 pixels of 0a 0a 0a ff; from the hash function's own tool where there is one
if command -v xxhsum >/dev/null; then
	want=$(awk 'BEGIN { for (i = 0; i < 512; i++) printf "\n\n\n\377" }' LC_ALL=C |
		LC_ALL=C xxhsum -H2 - 2>/dev/null | cut -d' ' -f1)
	[ "$(hashes "$tmp/2d.ndjson" | head -1)" = "$want" ] && ok || fail "2d: hash is not XXH128"
else
	skip "hash against xxhsum: not installed"
fi
ls "$tmp/png" >"$tmp/names"
printf 'frame-00000%s.png\n' 1 2 3 4-s1 | diff - "$tmp/names" >/dev/null && ok ||
	fail "2d: names of the pictures"
cmp -s "$tmp/last.png" "$tmp/png/frame-000003.png" && ok || fail "2d: --png-last"

status "verify" 0 --verify="$tmp/2d.ndjson" "$tmp/2d.zst"
sed '4s/"hash":"...../"hash":"00000/' "$tmp/2d.ndjson" >"$tmp/wrong.ndjson"
status "verify: wrong hash" 3 --verify="$tmp/wrong.ndjson" "$tmp/2d.zst"
says "verify" "first: frame 3 "
sed '$d' "$tmp/2d.ndjson" >"$tmp/short.ndjson"
status "verify: one frame more" 3 --verify="$tmp/short.ndjson" "$tmp/2d.zst"
says "verify" "expected 3 frames, got 4"
{ cat "$tmp/2d.ndjson"; tail -1 "$tmp/2d.ndjson"; } >"$tmp/long.ndjson"
status "verify: one frame less" 3 --verify="$tmp/long.ndjson" "$tmp/2d.zst"
says "verify" "expected 5 frames, got 4"
status "verify: no list" 1 --verify="$tmp/2d.zst" "$tmp/2d.zst"

# An earlier run's pictures: one of them with a pixel of red 13 instead of 10
cp -r "$tmp/png" "$tmp/expected"
convert "$tmp/png/frame-000001.png" -fill 'rgb(13,10,10)' -draw 'point 3,2' \
	"$tmp/expected/frame-000001.png"
status "expected" 3 --expected="$tmp/expected" --difference="$tmp/diff" --report="$tmp/report" \
	--junit="$tmp/junit.xml" "$tmp/2d.zst"
says "expected" "1 frames differ; first: frame 1 (command 5, scanout 0): 1 of 512 pixels differ, by 3 at most"
printf 'frame-000001-%s.png\n' difference expected got >"$tmp/want"
ls "$tmp/diff" | diff - "$tmp/want" >/dev/null && ok || fail "expected: names of the difference"
cmp -s "$tmp/diff/frame-000001-got.png" "$tmp/png/frame-000001.png" && ok || fail "expected: got"
[ "$(convert "$tmp/diff/frame-000001-difference.png" -format "%[hex:p{3,2}] %[hex:p{2,2}] %k" info:)" = \
	"FF0000 000000 2" ] && ok || fail "expected: difference"
python3 - "$tmp/report" "$tmp/junit.xml" <<'END' && ok || fail "expected: reports"
import json, sys, xml.etree.ElementTree as x
lines = [json.loads(l) for l in open(sys.argv[1])]
frames = [l for l in lines if l["kind"] == "frame"]
assert lines[0]["schema_version"] == 1 and lines[0]["backend"] == "soft2d"
assert [f["equal"] for f in frames] == [False, True, True, True], frames
assert (frames[0]["pixels"], frames[0]["largest"], frames[0]["command"]) == (1, 3, 5), frames[0]
assert lines[-1] == {"kind": "end", "commands": 11, "frames": 4, "differ": 1, "failed": 0,
                     "readbacks_differ": 0}, lines[-1]
suite = x.parse(sys.argv[2]).getroot()
assert suite.get("tests") == "5" and suite.get("failures") == "1"
names = [c.get("name") for c in suite.iter("testcase")]
assert names == ["frame-000001", "frame-000002", "frame-000003", "frame-000004-s1", "commands"]
assert "1 of 512 pixels" in suite.find("testcase/failure").get("message")
END
status "tolerance" 0 --expected="$tmp/expected" --tolerance=3 "$tmp/2d.zst"
status "too small a tolerance" 3 --expected="$tmp/expected" --tolerance=2 "$tmp/2d.zst"
status "tolerance in pixels" 0 --expected="$tmp/expected" --tolerance-pixels=1 "$tmp/2d.zst"
status "only the hashes' rest" 0 --verify="$tmp/2d.ndjson" --expected="$tmp/none" "$tmp/2d.zst"
rm "$tmp/expected/frame-000002.png"
status "no picture" 3 --expected="$tmp/expected" --tolerance=3 "$tmp/2d.zst"
says "no picture" "there is no picture to compare with"
convert "$tmp/png/frame-000002.png" -crop 8x8+0+0 "$tmp/expected/frame-000002.png"
status "another size" 3 --expected="$tmp/expected" --tolerance=3 "$tmp/2d.zst"
says "another size" "expected 8x8 pixels, got 32x16"
echo "no picture" >"$tmp/expected/frame-000002.png"
status "damaged picture" 3 --expected="$tmp/expected" --tolerance=3 "$tmp/2d.zst"
says "damaged picture" "frame-000002.png cannot be read"
status "nothing to differ from" 2 --difference="$tmp/diff" "$tmp/2d.zst"
status "report, failures" 3 -b soft2d --report=- "$tmp/3d.zst"
grep -q '"kind":"command","command":1,"type":"CTX_CREATE","ctx":3,"what":"backend soft2d has no 3D"' \
	"$tmp/out" && ok || fail "report, failures: $(cat "$tmp/out")"

# Some frames only
status "frames" 0 --frame=2,4 --frames="$tmp/some.ndjson" --png="$tmp/some" "$tmp/2d.zst"
printf 'frame-00000%s.png\n' 2 4-s1 >"$tmp/want"
ls "$tmp/some" | diff - "$tmp/want" >/dev/null && ok || fail "frames: names"
status "frames, verified" 0 --frame=2- --verify="$tmp/2d.ndjson" "$tmp/2d.zst"
status "frames, wrong one" 3 --frame=3 --verify="$tmp/wrong.ndjson" "$tmp/2d.zst"
status "frames, wrong one left out" 0 --frame=1-2,last --verify="$tmp/wrong.ndjson" "$tmp/2d.zst"
status "last frame" 0 --frame=last --frames="$tmp/final.ndjson" "$tmp/2d.zst"
[ "$(hashes "$tmp/final.ndjson")" = "$(hashes "$tmp/2d.ndjson" | tail -1)" ] && ok ||
	fail "last frame: $(cat "$tmp/final.ndjson")"
for list in 3,x 5-2 "" -3 1,,2; do
	status "no list of frames: $list" 2 --frame="$list" "$tmp/2d.zst"
done
status "one output" 2 --frames=- --report=- "$tmp/2d.zst"
status "repeat" 0 --repeat=2 "$tmp/2d.zst"
says "repeat" "2 runs, all frames equal"

replay -q -b soft2d --frames="$tmp/pipe.ndjson" - <"$tmp/2d.zst" && ok || fail "standard input"
cmp -s "$tmp/2d.ndjson" "$tmp/pipe.ndjson" && ok || fail "standard input: other frames"
status "quiet" 0 -q "$tmp/2d.zst"
[ -s "$tmp/err" ] && fail "quiet: says something" || ok
status "bench" 0 -b null --bench "$tmp/3d.zst"
grep -q '^SUBMIT_3D  *4 ' "$tmp/out" && ok || fail "bench: no row for SUBMIT_3D"
status "bench, JSON" 0 -b null --bench --json "$tmp/3d.zst"
python3 -c 'import json,sys; d = json.load(sys.stdin); assert d["frames"] == 3, d' <"$tmp/out" &&
	ok || fail "bench: JSON"
status "3D on soft2d" 3 -b soft2d "$tmp/3d.zst"
says "3D on soft2d" "backend soft2d has no 3D"

status "no dialect" 3 -v "$tmp/dialect.zst"
says "no dialect" "command 1 0x10f ctx 0: now ERR_UNSPEC"
status "dialect" 3 -D celadon -v --bench "$tmp/dialect.zst"
says "dialect" "command 1 SET_SCALING ctx 0: now ERR_UNSPEC"
has "dialect" "SET_MODIFIER    "
status "whose dialect" 2 --dialect=nobodys "$tmp/dialect.zst"
status "lossy" 3 "$tmp/lossy.zst"
says "lossy" "lacks 3"
head -c 300 "$tmp/2d.zst" >"$tmp/cut.zst"
status "cut" 3 "$tmp/cut.zst"
says "cut" "was cut"

# hvisor has one scanout, no cursor, and carries no fences: told by the trace
status "the trace's VMM" 0 -b soft2d "$tmp/errors.zst"
says "the trace's VMM" "2 commands failed now and when recorded"
says "the trace's VMM" "SET_SCANOUT ctx 0: now ERR_INVALID_SCANOUT_ID"
says "the trace's VMM" "(recorded ERR_INVALID_PARAMETER)"
status "another VMM" 0 --as=qemu-2d "$tmp/errors.zst"
says "another VMM" "1 commands failed now and when recorded"
says "another VMM" "1 commands failed when recorded, but not now"
status "another VMM, verbose" 0 --verbose --as=qemu-2d "$tmp/errors.zst"
says "another VMM, verbose" "RESOURCE_FLUSH ctx 0: now OK_NODATA (recorded OK_NODATA without its fence)"
says "another VMM, verbose" "UPDATE_CURSOR ctx 0: now OK_NODATA (recorded ERR_UNSPEC)"
status "no such profile" 2 --as=vmware "$tmp/errors.zst"

# 0x0a behind the cursor: half of 0x0a and 0x80 before it
status "cursor" 0 --cursor --frames="$tmp/cursor.ndjson" --png="$tmp/cursors" "$tmp/cursor.zst"
[ "$(hashes "$tmp/cursor.ndjson" | tail -3 | sort -u | wc -l)" = 3 ] && ok || fail "cursor: not 3"
if command -v convert >/dev/null; then
	pixel() { convert "$tmp/cursors/frame-00000$1.png" -format "%[hex:p{$2}]" info:; }
	under=$(pixel 6 0,0)
	[ "$(pixel 4 7,7)" != "$under" ] && [ "$(pixel 4 8,7)" = "$under" ] && ok ||
		fail "cursor: its edge at 8,8"
	[ "$(pixel 5 3,12)" != "$under" ] && [ "$(pixel 5 4,12)" = "$under" ] && ok ||
		fail "cursor: half out of the picture"
else
	skip "cursor's pixels: no ImageMagick"
fi
status "no cursor" 0 --frames="$tmp/nocursor.ndjson" "$tmp/cursor.zst"
[ "$(hashes "$tmp/nocursor.ndjson" | tail -3 | sort -u | wc -l)" = 1 ] && ok || fail "no cursor"
status "epoch" 0 --frames="$tmp/epoch.ndjson" "$tmp/epoch.zst"
[ "$(hashes "$tmp/epoch.ndjson" | wc -l)" = 8 ] && ok || fail "epoch: not 8 frames"
cat "$tmp/2d.zst" "$tmp/2d.zst" >"$tmp/twice.zst"
status "two traces in one file" 0 -q --verify="$tmp/epoch.ndjson" "$tmp/twice.zst"
# Without a sandbox, LeakSanitizer can look.
ASAN_OPTIONS=detect_leaks=1 status "nothing leaks" 0 --no-sandbox --frames="$tmp/leaks.ndjson" \
	--png="$tmp/leaks" --report="$tmp/report" --times="$tmp/times" "$tmp/cursor.zst"

if [ "$virgl" ]; then
	status "2d on virgl" 0 -b virgl -q --verify="$tmp/2d.ndjson" "$tmp/2d.zst"
	status "3d" 0 --frames="$tmp/3d.ndjson" "$tmp/3d.zst"
	says "3d" "3 frames, 0 failures"
	[ "$(hashes "$tmp/3d.ndjson" | sort -u | wc -l)" = 3 ] && ok || fail "3d: not 3 pictures"
	status "3d again" 0 --verify="$tmp/3d.ndjson" "$tmp/3d.zst"
	status "fails" 3 "$tmp/fails.zst"
	says "fails" "SUBMIT_3D ctx 3: renderer said 22"
	says "fails" "recorded OK_NODATA"
	says "fails" "1 commands failed now and when recorded"
	[ "$(grep -c 'renderer said' "$tmp/err")" = 1 ] && ok || fail "fails: not the first only"
	status "late" 0 "$tmp/late.zst"
	says "late" "2 commands used resources from before the recording"
	status "snapped" 0 "$tmp/snapped.zst"
	says "snapped" "2 commands were left out because their payload was not recorded whole"
	says "snapped" "3 frames, 0 failures"
	status "capset" 1 "$tmp/capset.zst"
	says "capset" "glsl_level: the guest was told 999, here it is"
	says "capset" "--force"
	status "capset, forced" 0 --force --verify="$tmp/3d.ndjson" "$tmp/capset.zst"
	status "capset, verbose" 0 --force -v "$tmp/capset.zst"
	says "capset, verbose" "capset of command 1: capability_bits: only here:"
	status "known" 1 "$tmp/known.zst"
	says "known" "capset from before the recording: glsl_level: the guest was told 999, here it is"
	status "known, forced" 0 --force --verify="$tmp/3d.ndjson" "$tmp/known.zst"
	status "venus" 3 "$tmp/venus.zst"
	says "venus" "4 commands were not executed: contexts of capset VENUS work on memory"
	says "venus" "4 frames, 0 failures"
	status "no such GPU" 1 --gpu="$tmp/none" "$tmp/3d.zst"
	status "no GPU" 1 --gpu=/dev/null "$tmp/3d.zst"
	says "no GPU" "/dev/null: "
	status "a GPU for nothing" 2 --backend=soft2d --gpu=/dev/null "$tmp/2d.zst"
	# A renderer that falls over: told with its command, and what came before it is there.
	# A sanitized one is to die of it as any other does.
	bad() {
		ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:verify_asan_link_order=0 \
			LD_PRELOAD=$O/tests/cli/bad-renderer.so status "$@"
	}
	bad "crash" 1 --frames="$tmp/crash.ndjson" "$tmp/crash.zst"
	says "crash" "the renderer crashed (Segmentation fault) in command 12 SUBMIT_3D ctx 3"
	says "crash" "11 commands, 3 frames"
	[ "$(hashes "$tmp/crash.ndjson")" = "$(hashes "$tmp/3d.ndjson")" ] && ok ||
		fail "crash: the frames before it"
	bad "hang" 1 --timeout=1 "$tmp/hang.zst"
	says "hang" "the renderer did nothing for 1 s in command 12 SUBMIT_3D ctx 3"
	bad "large" 1 --memory=500 "$tmp/large.zst"
	says "large" "the renderer held more than 500 MiB of memory in command 12 SUBMIT_3D ctx 3"
	bad "junit of a crash" 1 --junit="$tmp/crash.xml" "$tmp/crash.zst"
	grep -q 'failures="1"' "$tmp/crash.xml" &&
		grep -q 'crashed (Segmentation fault) in command 12' "$tmp/crash.xml" && ok ||
		fail "junit of a crash: $(cat "$tmp/crash.xml")"
	bad "unstable" 3 --repeat=3 "$tmp/other.zst"
	says "unstable" "run 2: frame 2 (command 9) is"
	says "unstable" "2 of 2 runs gave other frames than the first, up to 1 of them"
	status "stable" 0 --repeat=3 --frames="$tmp/repeat.ndjson" "$tmp/other.zst"
	says "stable" "3 runs, all frames equal"
	# It waits where the guest did, unless it is to be fast.
	bad "slow" 0 --json "$tmp/slow.zst"
	cp "$tmp/out" "$tmp/waited.json"
	bad "slow, bench" 0 --bench --json "$tmp/slow.zst"
	python3 -c 'import json, sys
waited, bench = (json.load(open(f))["seconds"] for f in sys.argv[1:])
assert waited - bench > 0.5, (waited, bench)' "$tmp/waited.json" "$tmp/out" && ok || fail "bench: waits"
	bad "the others go on" 0 "$tmp/3d.zst"
	bad "crash without a sandbox" 139 --no-sandbox "$tmp/crash.zst"
	status "no sandbox" 0 --no-sandbox --verify="$tmp/3d.ndjson" "$tmp/3d.zst"
else
	skip "virgl: virglrenderer does not start here"
fi
finish
