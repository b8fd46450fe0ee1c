#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace stats beside a second computation from the dump, in Python; text, CSV, usage.
# usage: vgpu-stats.sh BUILD; UPDATE=1 writes the expected files anew
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
trace() { "$O/vgpu-trace" "$@"; }
check "make-trace small" "$O/tests/cli/make-trace" small.vgpu.zst small
check "make-trace loss" "$O/tests/cli/make-trace" loss.vgpu.zst loss
check "make-busy-trace" "$O/tests/cli/make-busy-trace" busy.vgpu.zst
for t in small loss busy; do trace dump --json $t.vgpu.zst >$t.json; done

# again TRACE BY FILTER PYTHON: both computations agree; FILTER may be empty
again() {
	trace stats --json --by="$2" -F "$3" "$1.vgpu.zst" >stats.json
	check "$1 by $2, chosen by \"$3\"" python3 "$here/stats.py" "$1.json" stats.json "$2" "${4:-True}"
}
for t in small loss busy; do
	for by in type stage ctx,process queue,type type,ctx,process,queue; do again $t $by ''; done
done
again busy type SUBMIT_3D 'type == "SUBMIT_3D"'
again busy type,ctx 'ctx 1..2' 'ctx in (1, 2)'
again busy process 'pid 101 && queue control' 'pid == 101 and queue == 0'
again busy type 'latency > 500us' 'latency > 0.5'
again busy type '!(latency > 500us) && num 1000..4000' 'not latency > 0.5 and 1000 <= num <= 4000'
again busy type error error
again busy type 'RESOURCE_FLUSH && !error' 'type == "RESOURCE_FLUSH" and not error'

# As text and as CSV.
same() {
	[ -z "$UPDATE" ] || cp out "$here/expected/$1"
	check "expected/$1" diff -u "$here/expected/$1" out
}
trace stats small.vgpu.zst >out
same stats-small.txt
trace stats --csv --by=type,process loss.vgpu.zst >out
same stats-loss.csv
check "CSV is CSV" python3 -c "
import csv
rows = list(csv.DictReader(open('out')))
assert all(None not in r and None not in r.values() for r in rows)
assert [r['process'] for r in rows if r['pid'] == '322'][0] == 'cursor \"x\"'"
trace stats --top 2 --stall 1 busy.vgpu.zst >out
check "--top" sh -c '[ "$(sed -n "/^Processes/,/^$/p" out | grep -c worker)" = 2 ]'
check "--stall" sh -c '[ "$(sed -n "s/^Stalls *\([0-9]*\),.*/\1/p" out)" -gt 30 ]'
trace stats -F 'ctx 77' busy.vgpu.zst >out
check "nothing chosen" grep -q '^Commands     0, ' out

# The same from a pipe; cut.
trace stats small.vgpu.zst >a
cat small.vgpu.zst | trace stats - >b
check "from a pipe" cmp a b
head -c 50000 small.vgpu.zst >cut.vgpu.zst
trace stats cut.vgpu.zst >out 2>err
check "cut: status 3" [ $? = 3 ]
check "cut: says so" grep -q "cut at byte" err
for args in "" "a b" "--by=color x" "--json --csv x" "--top=many x" "--stall=0 x" "-F ctx x"; do
	# shellcheck disable=SC2086
	trace stats $args >out 2>err
	[ $? = 2 ] && [ ! -s out ] && ok || fail "stats $args: no wrong usage"
done
if [ -e /dev/full ]; then
	trace stats small.vgpu.zst >/dev/full 2>err
	check "a full disk is told" [ $? = 1 ]
fi
finish
