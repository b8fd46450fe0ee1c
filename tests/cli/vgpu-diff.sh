#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace diff: the same program recorded twice is the same; one change is found, and nothing else.
# usage: vgpu-diff.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
status() { # EXPECTED ARGS...: output in out and err
	expected=$1
	shift
	"$O/vgpu-trace" diff "$@" >out 2>err
	got=$?
	if [ "$got" = "$expected" ]; then ok; else
		fail "vgpu-trace diff $*: exit status $got, expected $expected"
		head -20 out err
	fi
}
says() { # FILE TEXT
	if grep -qF -- "$2" "$1"; then ok; else fail "no \"$2\" in: $(head -12 "$1")"; fi
}

make_diff() { check "make_diff.py $*" python3 "$here/make_diff.py" "$@"; }
make_diff a
make_diff b renamed

status 0 a a
says out "0 differences; beside them 0 ids and the times"
status 0 a b
says out "0 differences; beside them 28 ids and the times"
status 0 b a
check "small" "$O/tests/cli/make-trace" small.vgpu.zst small
check "loss" "$O/tests/cli/make-trace" loss.vgpu.zst loss
status 0 small.vgpu.zst small.vgpu.zst
"$O/vgpu-trace" diff - small.vgpu.zst <small.vgpu.zst >out 2>err
check "standard input" [ $? = 0 ]

# One change is one difference, of the right command and field, whatever the ids are.
for row in 'clear|changed|CLEAR.color[0]=0.25|CLEAR.color[0]=0.5' \
	'shader|changed|CREATE_OBJECT SHADER.text=MOV OUT[0], IN[0]|CREATE_OBJECT SHADER.text=MOV OUT[0], IN[1]' \
	'entry|changed|entries, bytes in all=8192|entries, bytes in all=12288' \
	'flush|ids|resource_id=|resource_id=' 'error|response||' 'drop|only_first||' 'insert|only_second||'; do
	change=${row%%|*}
	for other in "" renamed; do
		# shellcheck disable=SC2086
		make_diff c $other $change
		status 3 a c --json
		check "$change $other" python3 -c '
import json, sys
change, kind, one, other = sys.argv[1].split("|")
r = json.load(open("out"))
assert not r["same"] and r["count"] == 1, r
d, = r["differences"]
assert d["kind"] == kind, r
number = d["first"] or d["second"]
names = {"clear": "SUBMIT_3D", "shader": "SUBMIT_3D", "entry": "RESOURCE_ATTACH_BACKING",
         "flush": "RESOURCE_FLUSH", "error": "SUBMIT_3D", "drop": "SUBMIT_3D", "insert": "SUBMIT_3D"}
assert (d.get("first_text") or d.get("second_text")).startswith(names[change]), r
fields = d["fields"]
if kind in ("changed", "ids"):
    assert len(fields) == 2, r
    assert fields[0]["first"].startswith(one) and fields[1]["second"].startswith(other), r
    assert fields[0]["first"] != fields[1]["second"], r
else:
    assert not fields, r
if kind == "response":
    assert d["first_response"] == "OK_NODATA" and d["second_response"] == "ERR_INVALID_RESOURCE_ID", r' \
			"$row"
	done
done

# Text: the change between what stands around it.
make_diff c renamed clear
status 3 a c --color=never
says out "@@ context 1 painter @@"
says out "          - CLEAR.color[0]=0.25"
says out "          + CLEAR.color[0]=0.5"
check "context" [ "$(grep -c '^  .* SUBMIT_3D' out)" = 6 ]
status 3 a c --color=always
says out "$(printf '\033[31m')"
status 3 small.vgpu.zst loss.vgpu.zst -C 0
says out "+              46  RESOURCE_UNREF"
check "no context" [ "$(grep -c '^ ' out)" = 0 ]

# Ranges of one trace: two frames of the same kind are the same but for their colour.
status 3 a --first "frame 3" --second "frame 5" --json
check "ranges" python3 -c '
import json
r = json.load(open("out"))
assert r["count"] == 1 and [f for d in r["differences"] for f in d["fields"]] == [
    {"first": "CLEAR.color[1]=2"}, {"second": "CLEAR.color[1]=4"}], r'
status 0 a c --filter "type == RESOURCE_FLUSH"
status 3 a c --filter "type == SUBMIT_3D"

# Much that differs is told, not all of it is shown.
status 3 a small.vgpu.zst -n 2
says out "more; --max shows them"

# Put together: contexts and resources of one device are not another's, though their ids are the same.
for kind in 2d 3d; do "$O/tests/cli/make-replay-trace" $kind $kind || fail "make-replay-trace $kind"; done
"$O/vgpu-trace" merge 3d 2d -o merged && "$O/vgpu-trace" merge 3d 3d -o twice && ok || fail "merge"
status 0 merged merged
status 3 3d merged
grep '^@@' out | grep -qv '^@@ device 1: ' && fail "the first one's device differs" || ok
status 3 merged twice
grep '^@@' out | grep -qv '^@@ device 1: ' && fail "the first one's device differs" || ok

# Damage, usage.
head -c 1500 a >cut
status 3 a cut
says err "cut at byte"
status 1 a "$here/read_trace.py"
says err "this is not a vgpu trace"
for args in "" "a" "a b c" "a b --filter bogus==1" "a b -n x" "a b --filter error" "- -" "a --first frame==1"; do
	# shellcheck disable=SC2086
	status 2 $args
	[ ! -s out ] || fail "diff $args: usage goes to stderr"
done
status 0 --help
finish
