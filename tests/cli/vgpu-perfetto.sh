#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace export --format perfetto, read by a decoder of the test's own, and by Perfetto's
# trace_processor where it is at hand: VGPU_TRACE_PROCESSOR, or trace_processor_shell on PATH or in
# the cache. usage: vgpu-perfetto.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

for kind in small loss; do
	check "make-trace $kind" "$O/tests/cli/make-trace" $kind.vgpu.zst $kind
done
for kind in 2d fails late epoch; do
	check "make-replay-trace $kind" "$O/tests/cli/make-replay-trace" $kind $kind.vgpu.zst
done
[ -z "$VGPU_PERFETTO_TRACE" ] || cp "$VGPU_PERFETTO_TRACE" real.vgpu.zst
for trace in *.vgpu.zst; do
	kind=${trace%.vgpu.zst}
	"$O/vgpu-trace" dump --json $trace >$kind.ndjson
	"$O/vgpu-trace" info --json $trace >$kind.json
	check "export $kind" "$O/vgpu-trace" export $trace -o $kind.pftrace
	check "slices of $kind" \
		sh -c 'python3 "$0" "$1.pftrace" "$1.ndjson" "$1.json" >"$1.counts"' "$here/perfetto.py" $kind
done
cat small.vgpu.zst loss.vgpu.zst | "$O/vgpu-trace" export - --format perfetto >two.pftrace
check "two traces" [ "$(wc -c <two.pftrace)" -gt "$(wc -c <loss.pftrace)" ]

cache=${VGPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vgpu}
processor=${VGPU_TRACE_PROCESSOR:-$(command -v trace_processor_shell || echo "$cache/trace_processor_shell")}
if [ ! -x "$processor" ]; then
	skip "Perfetto's trace_processor_shell is not here (Debian's package lacks it; build-trace-processor makes it)"
	finish
fi
# ask NAME SQL: the answer's rows in out, without the heading
ask() {
	printf '%s;\n' "$2" >query.sql
	if "$processor" -q query.sql $1.pftrace >table 2>err; then
		tail -n +2 table | tr -d '"' >out
	else
		cat err >out
	fi
}
sql() { # the document's question, for a type
	sed -n '/^-- p99/,/;$/p' "$here/../../formats/export.md" | sed "s/SUBMIT_3D/$1/; s/;\$//"
}
for trace in *.vgpu.zst; do
	kind=${trace%.vgpu.zst}
	ask $kind "SELECT count(*) FROM slice WHERE category = 'command'"
	check "trace_processor: commands of $kind" grep -qx "$(grep -c '"record":"COMMAND"' $kind.ndjson)" out
	ask $kind "SELECT name, value FROM stats WHERE severity IN ('error', 'data_loss') AND value > 0"
	check "trace_processor: $kind has no errors" sh -c '! grep .  out'
	for type in RESOURCE_FLUSH SUBMIT_3D; do
		ask $kind "$(sql $type)"
		check "trace_processor: p99 of $type in $kind" python3 -c '
import json, sys
rows = [c for c in json.load(open(sys.argv[1]))["commands"] if c["name"] == sys.argv[2]]
told = max([c[k]["p99"] for c in rows for k in ("fenced_latency_ns", "unfenced_latency_ns")], default=0)
asked = open("out").read().split()
assert (asked and abs(int(asked[0]) - told) <= told * 0.004) or (not asked and not told), (asked, told)' \
			$kind.json $type
	done
	ask $kind "SELECT count(*) FROM flow"
	arrows=$(sed 's/.*, \([0-9]*\) arrows/\1/' $kind.counts)
	check "trace_processor: flows of $kind" grep -qx "$arrows" out
done
finish
