#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace state: the state at any command, and what changed between two. usage: vgpu-state.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trace=$tmp/t.vgpu.zst

check "make-replay-trace" "$build/tests/cli/make-replay-trace" 2d "$trace"
state() { "$build/vgpu-trace" state "$@"; }
# says STATUS PYTHON OPTION...: the exit status, and what holds of the object d
says() {
	want=$1 what=$2
	shift 2
	state "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = "$want" ] || { echo "exit status $got, expected $want"; cat "$tmp/err"; return 1; }
	python3 -c "import json,sys; d = json.load(open('$tmp/out')); sys.exit(not ($what))" ||
		{ echo "not so: $what"; cat "$tmp/out"; return 1; }
}
check "at the end" says 0 \
	"d['commands'] == 11 and not d['partial'] and d['resources'][0]['to_host_bytes'] == 6144" "$trace"
check "before a resource has memory" says 0 \
	"d['commands'] == 1 and not d['resources'][0]['backed'] and not d['scanouts']" --at 1 "$trace"
check "and then" says 0 "d['commands'] == 2 and d['resources'][0]['backing_bytes'] == 2048" --at 2 "$trace"
check "the last command" says 0 "d['commands'] == 11" --at 11 "$trace"
check "what one command did" says 0 \
	"d == {'resources': [{'id': 1, 'before': {'to_host_bytes': 0}, 'after': {'to_host_bytes': 2048}}]}" \
	--since 2 --at 3 "$trace"
check "nothing" says 0 "d == {}" --since 3 --at 3 "$trace"
check "nothing at the end" says 0 "d == {}" --since 11 "$trace"
check "standard input" sh -c "'$build/vgpu-trace' state --at 4 - <'$trace' | python3 -m json.tool >/dev/null"
# Both ways to the same place: what --since says is the difference of two states.
for n in 2 5 8; do
	state --at $n "$trace" >"$tmp/a"
	state --at $((n + 2)) "$trace" >"$tmp/b"
	check "$n to $((n + 2)), member by member" says 0 "all(
	    (e['after'] or {}).get(k) == next(o for o in json.load(open('$tmp/b'))[kind]
		if o['id'] == e['id'])[k]
	    for kind, es in d.items() for e in es for k in e['after'])" --since $n --at $((n + 2)) "$trace"
done
# A trace that is cut says so, but not when the command stands before the cut.
head -c 300 "$trace" >"$tmp/cut"
state "$tmp/cut" >"$tmp/out" 2>"$tmp/err"
check "cut" [ $? = 3 ]
"$build/tests/cli/make-replay-trace" late "$tmp/late"
check "begun late" says 0 "d['partial']" "$tmp/late"

# Of two that were put together, each has its own.
"$build/vgpu-trace" merge "$trace" "$trace" -o "$tmp/merged" && ok || fail "merge"
state "$trace" >"$tmp/alone"
for device in 0 1; do
	state --device $device "$tmp/merged" >"$tmp/out"
	python3 -c '
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
for key in a:
    if isinstance(a[key], list):
        assert len(a[key]) == len(b[key]), key
    elif not isinstance(a[key], bool):
        assert a[key] == b[key], key' "$tmp/alone" "$tmp/out" && ok || fail "device $device of two"
done
state --device 2 "$tmp/merged" >"$tmp/out" 2>"$tmp/err"
check "no such device" [ $? = 1 ]
check "no such device: says so" grep -q "there is no device 2" "$tmp/err"

for bad in "--at 12 $trace" "--since 12 $trace" "$tmp/none"; do
	# shellcheck disable=SC2086
	state $bad >"$tmp/out" 2>"$tmp/err"
	check "refused: $bad" [ $? = 1 ]
	check "one line: $bad" [ "$(wc -l <"$tmp/err")" = 1 ]
done
for bad in "--at 0 $trace" "--at x $trace" "--since 3 --at 2 $trace" "--device x $trace" "--device 64 $trace" "$trace $trace" ""; do
	# shellcheck disable=SC2086
	state $bad >"$tmp/out" 2>"$tmp/err"
	check "usage: $bad" [ $? = 2 ]
done
finish
