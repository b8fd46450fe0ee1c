#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace recover and repack: what is left of damaged files is whole, and said; what is packed anew
# is the same.
# usage: vgpu-recover.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
trace() { "$O/vgpu-trace" "$@"; }
tool() { trace "$@"; }

# whole NAME FILE: for check, whose one finding is about a command made so, and for other tools, as
# well as what they unpack
whole() {
	trace check -qq "$2" >out 2>err
	grep -q 'file: complete' out && grep -q ': [01] errors' out && ok || fail "$1: $(tail -2 out)"
	check "$1: zstd -t" zstd -tq "$2"
	check "$1: zstd -d" zstd -dqf "$2" -o plain
	trace dump "$2" >packed.txt 2>err
	trace dump plain >plain.txt 2>err
	check "$1: the same dump" cmp packed.txt plain.txt
	if command -v file >/dev/null; then
		check "$1: file" sh -c "file '$2' | grep -q Zstandard"
	else
		skip "file(1) is not here"
	fi
}
# field NAME FILE: a number of the last line of JSON
field() { tail -1 "$2" | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }
# The records as text, but for what recover makes anew.
records() { trace dump --json --raw "$1" 2>/dev/null | grep -v '"record":"\(HEADER\|END\|LOST\)"' | sed 's/"number":[0-9]*,"offset":[0-9]*//'; }

"$O/tests/cli/make-trace" small.zst || fail "make-trace"
"$O/tests/cli/make-trace" loss.zst loss || fail "make-trace loss"
records small.zst >all
size=$(stat -c %s small.zst)

status "recover: nowhere to" 2 recover small.zst
status "recover: two files" 2 recover small.zst loss.zst -o x.zst
status "recover: both want the output" 2 recover -j small.zst -o -
status "recover: no such file" 1 recover none -o x.zst
echo "not a trace" >text
status "recover: not a trace" 1 recover text -o x.zst
: >empty
status "recover: nothing left" 1 recover empty -o x.zst
says "recover: nothing left" "no record is left"
ls x* >/dev/null 2>&1 && fail "recover: a failure left a file" || ok

status "recover: whole" 0 recover small.zst -o new.zst
says "recover: whole" "Missing    nothing"
whole "recover: whole" new.zst
records new.zst | cmp -s all - && ok || fail "recover: a whole one's records differ"
[ "$(stat -c %a new.zst)" = 600 ] && ok || fail "recover: others may read the output"
status "recover: one file already" 1 recover small.zst -o new.zst
says "recover: one file already" "-f overwrites it"

# Cut: what a reader shows of it, and nothing is said to be missing between.
for at in 1 $((size / 4)) $((size / 2)) $((size - 1000)); do
	head -c $((size - at)) small.zst >cut.zst
	status "recover: cut by $at" 3 recover cut.zst -f -o new.zst
	says "recover: cut by $at" "at byte"
	whole "recover: cut by $at" new.zst
	records cut.zst >left
	records new.zst | cmp -s left - && ok || fail "recover: cut by $at: other records"
	trace info new.zst | grep -q '^Lost  *nothing' && ok || fail "recover: cut by $at: a loss"
done
says_end=$(trace recover cut.zst -q -f -o new.zst 2>&1) || true
[ -z "$says_end" ] && ok || fail "recover -q: says $says_end"

# Damaged in the middle: a LOST with what the index tells, ids as they were.
cp small.zst damaged.zst
printf '\377\377\377\377' | dd of=damaged.zst bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
status "recover: damaged" 3 recover damaged.zst -f -o new.zst
says "recover: damaged" "gave no record, records missing: "
whole "recover: damaged" new.zst
records damaged.zst >left
records new.zst | cmp -s left - && ok || fail "recover: damaged: other records"
[ "$(wc -l <left)" -lt "$(wc -l <all)" ] && ok || fail "recover: the damage did no harm"
trace dump new.zst >out
grep -q 'LOST [0-9]*, [0-9]* bytes: records: the file was damaged' out && ok || fail "recover: no LOST"
status "recover: JSON" 3 recover damaged.zst -j -f -o new.zst
lost=$(($(wc -l <all) - $(wc -l <left)))
[ "$(field lost_records out)" = "$lost" ] && ok || fail "recover: $(field lost_records out) lost, not $lost"
[ "$(field lost_bytes out)" -gt 0 ] && [ "$(field gaps out)" = 1 ] && ok || fail "recover: JSON"
head -1 out | grep -q '"offset":[1-9]' && ok || fail "recover: JSON says no place"
[ "$(trace info --json new.zst | python3 -c 'import json, sys; print(json.load(sys.stdin)["totals"]["lost"])')" = "$lost" ] &&
	ok || fail "recover: info counts another loss"

# Put together, the second one's header gone; down pipes.
cp small.zst headless.zst
printf '\377\377\377\377' | dd of=headless.zst bs=1 seek=20 conv=notrunc 2>/dev/null
cat loss.zst headless.zst small.zst | trace recover - -o - >three.zst 2>err
[ $? = 3 ] && ok || fail "recover: a lost header: exit status"
says "recover: a lost header" "records missing: 1, HEADER among them"
trace dump --json --raw three.zst >out
[ "$(grep -c '"record":"HEADER"' out)" = 3 ] && ok || fail "recover: not three traces"
[ "$(grep -c '"record":"END"' out)" = 3 ] && ok || fail "recover: not three ends"
grep -q '"recovered-from":""' out && ok || fail "recover: no header made up"
check "recover: a lost header: zstd -t" zstd -tq three.zst
status "recover: what was recovered" 0 recover three.zst -f -o again.zst
records three.zst >left
records again.zst | cmp -s left - && ok || fail "recover: twice is not once"

# Uncompressed, and the length of a record in the middle is none: what was a frame later is there.
trace repack small.zst --frame-size 4K -q -f -o many.zst && zstd -dqf many.zst -o plain || fail "zstd -d"
trace dump --json many.zst | python3 -c '
import json, sys
r = [json.loads(l) for l in sys.stdin]
print(next(x["offset"] for x in r if x["number"] == len(r) // 2))' >at
printf '\0\0\0\0' | dd of=plain bs=1 seek=$(($(cat at) + 4)) conv=notrunc 2>/dev/null
status "recover: uncompressed" 3 recover plain -f -o new.zst
says "recover: uncompressed" "at byte $(cat at)"
whole "recover: uncompressed" new.zst
records new.zst >left
lost=$(($(wc -l <all) - $(wc -l <left)))
[ $lost -gt 0 ] && [ $lost -lt 40 ] && ok || fail "recover: uncompressed: $lost records lost"
diff all left | grep -q '^>' && fail "recover: uncompressed: records that never were" || ok
status "recover: no room" 1 recover small.zst -o /dev/full

# repack: everything is the same, whatever the frames and level.
for wrong in "--level 0" "--level 23" "--level x" "--frame-size 1K" "--frame-size 25M" "--frame-size 1G"; do
	# shellcheck disable=SC2086
	status "repack $wrong" 2 repack small.zst $wrong -o x.zst
done
status "repack: nowhere to" 2 repack small.zst
trace dump --json --raw small.zst | sed 's/"offset":[0-9]*//' >all
trace repack small.zst --level 1 -j -f -o x.zst >out 2>err && ok || fail "repack -j"
hash=$(field records_hash out)
for how in "--level 1" "--level 19" "--long" "--frame-size 4K --level 3" "--frame-size 24M --level 2"; do
	# shellcheck disable=SC2086
	status "repack $how" 0 repack small.zst $how -f -o new.zst
	says "repack $how" "hash $hash, read again and compared"
	whole "repack $how" new.zst
	trace dump --json --raw new.zst | sed 's/"offset":[0-9]*//' | cmp -s all - && ok ||
		fail "repack $how: other records"
	trace dump --json --raw new.zst >raw
	check "repack $how: second reader" python3 "$here/read_trace.py" new.zst raw
done
trace repack small.zst --frame-size 4K -q -f -o many.zst && ok || fail "repack -q"
frames() { zstd -lv "$1" 2>/dev/null | sed -n 's/^# Zstandard Frames: //p'; }
[ "$(frames many.zst)" -gt "$(frames new.zst)" ] && ok || fail "repack: the frames are as they were"
cat small.zst loss.zst >two.zst
trace dump --json --raw two.zst | sed 's/"offset":[0-9]*//' >all
trace repack - -o - <two.zst 2>err | cat >new.zst
trace dump --json --raw new.zst | sed 's/"offset":[0-9]*//' | cmp -s all - && ok ||
	fail "repack: two traces, through pipes"
zstd -dqc small.zst | trace repack - --level 3 -o x.zst -f 2>err && ok || fail "repack: uncompressed"
says "repack: uncompressed" "hash $hash"
for bad in cut damaged headless; do
	status "repack: $bad" 1 repack $bad.zst -o y.zst
	says "repack: $bad" "vgpu-trace recover"
done
status "repack: not a trace" 1 repack text -o y.zst
status "repack: no room" 1 repack small.zst -o /dev/full
check "garbage" python3 "$here/garbage.py" "$O/vgpu-trace" 4
ls y* >/dev/null 2>&1 && fail "repack: a failure left a file" || ok
finish
