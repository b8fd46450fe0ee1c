#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace's file subcommands on made traces: output beside expected files, statuses, messages.
# usage: vgpu-trace.sh BUILD; UPDATE=1 writes the expected files anew
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
make_trace="$O/tests/cli/make-trace"
trace() { "$O/vgpu-trace" "$@"; }

# status EXPECTED ARGS...: the exit status; output in out and err
status() {
	expected=$1
	shift
	trace "$@" >out 2>err
	got=$?
	if [ "$got" = "$expected" ]; then ok; else
		fail "vgpu-trace $*: exit status $got, expected $expected"
		head -5 err
	fi
}
says() { # FILE TEXT
	if grep -qF -- "$2" "$1"; then ok; else
		fail "no \"$2\" in: $(head -5 "$1")"
	fi
}
# same NAME: `out` is tests/cli/expected/NAME. File sizes differ between versions of zstd.
same() {
	sed -E 's/^(Size  *)[^,]*, (.*) \(.*/\1…, \2/; s/"file_bytes":[0-9]+/"file_bytes":…/; s/"ratio":[0-9.]+/"ratio":…/' \
		out >shown
	[ -z "$UPDATE" ] || cp shown "$here/expected/$1"
	check "expected/$1" diff -u "$here/expected/$1" shown
}

for kind in small loss unfinished flushed; do
	check "make-trace $kind" "$make_trace" $kind.vgpu.zst $kind
done

# Other tools read the file.
check "zstd -t" zstd -tq small.vgpu.zst
check "zstd -l" zstd -lq small.vgpu.zst
check "zstd -d" zstd -dqf small.vgpu.zst -o small.vgpu
if command -v file >/dev/null; then
	check "file" sh -c "file small.vgpu.zst | grep -q Zstandard"
else
	skip "file(1) is not here"
fi

# Text and JSON.
status 0 info small.vgpu.zst; same info-small.txt
status 0 info --json small.vgpu.zst; same info-small.json
check "make-replay-trace known" "$O/tests/cli/make-replay-trace" known known.vgpu.zst
status 0 info known.vgpu.zst; sed -n "1,11p; /^Contexts/,/^Memory/p" out >head; cp head out; same info-known.txt
status 0 dump small.vgpu.zst; same dump-small.txt
status 0 dump --json small.vgpu.zst; cp out json; head -40 json >out; same dump-small.ndjson
status 3 info loss.vgpu.zst; same info-loss.txt
says out "3, 12288 bytes: guest memory: the page ring was full"
status 0 dump loss.vgpu.zst; tail -4 out >tail; cp tail out; same dump-loss.txt
status 0 dump -v small.vgpu.zst; head -24 out >head; cp head out; same dump-verbose.txt
status 0 dump -x small.vgpu.zst; head -16 out >head; cp head out; same dump-hex.txt

# The second reader agrees, record by record; so does one made from the format's description.
for kind in small loss flushed; do
	trace dump --json --raw $kind.vgpu.zst >raw
	check "read_trace.py $kind" python3 "$here/read_trace.py" $kind.vgpu.zst raw
	check "read_described.py $kind" \
		python3 "$here/read_described.py" "$here/../../formats/trace.json" $kind.vgpu.zst raw
done

# The same records from a pipe, uncompressed, packed again, from standard input.
trace dump small.vgpu.zst >whole
for how in "cat small.vgpu.zst" "cat small.vgpu" "zstd -9qc small.vgpu" "zstd -qc --no-check small.vgpu"; do
	$how | trace dump - >out 2>err
	check "$how | dump -" cmp out whole
done
trace dump flushed.vgpu.zst >out 2>err
check "dump flushed" cmp out whole
# While it is still being written: lines come before the frame ends that they are in.
mkfifo live
trace dump - <live >out 2>err &
dumper=$!
exec 9>live
head -c $(($(stat -c %s flushed.vgpu.zst) / 2)) flushed.vgpu.zst >&9
for _ in $(seq 100); do
	[ -s out ] && break
	sleep 0.1
done
check "dump - shows what has come" [ -s out ]
exec 9>&-
wait $dumper
cat small.vgpu.zst loss.vgpu.zst >two.vgpu.zst
status 3 info two.vgpu.zst
says out "2, put together"
says out "State        complete"

# Cut, damaged, full of something else.
head -c 50000 small.vgpu.zst >cut.vgpu.zst
status 3 info cut.vgpu.zst
says out "State        cut at byte"
status 3 dump cut.vgpu.zst
says err "cut at byte"
check "the cut one's beginning" sh -c 'head -c 2000 out | cmp -n 2000 - whole'
status 3 info unfinished.vgpu.zst
cp small.vgpu.zst damaged.vgpu.zst
printf '\377\377\377\377' | dd of=damaged.vgpu.zst bs=1 seek=30000 conv=notrunc 2>/dev/null
status 3 info damaged.vgpu.zst
says out "State        damaged at byte"
says out "records are missing"
status 3 dump damaged.vgpu.zst
: >empty
status 3 info empty
says out "State        empty"
status 1 info "$here/read_trace.py"
says err "this is not a vgpu trace"
status 1 dump /nonexistent
says err "No such file or directory"
status 1 info /
says err "Is a directory"
{ head -c 24 small.vgpu; printf '\002\000\003\000'; tail -c +29 small.vgpu; } >newer.vgpu
status 1 info newer.vgpu
says err "version 2.3, this program reads up to 1.x"

# A large trace is told from its summary; --full reads it all.
check "make-trace big" "$make_trace" big.vgpu.zst big
status 0 info big.vgpu.zst
says out "complete by its summary"
grep -v ^State out >short
status 0 info --full big.vgpu.zst
says out "State        complete"
check "the summary says what the records say" sh -c 'grep -v ^State out | cmp - short'
status 0 info --json big.vgpu.zst
says out '"all_read":false'
printf '\377\377\377\377' | dd of=big.vgpu.zst bs=1 seek=30000000 conv=notrunc 2>/dev/null
status 0 info big.vgpu.zst
status 3 info --full big.vgpu.zst
head -c -1 big.vgpu.zst >shorter.vgpu.zst
status 3 info shorter.vgpu.zst
says out "State        cut at byte"

# Usage.
for args in "" "bogus" "info" "dump" "info a b" "info --bogus x" "dump --raw x" "dump --json -v x"; do
	# shellcheck disable=SC2086
	status 2 $args
	[ ! -s out ] || fail "vgpu-trace $args: usage goes to stderr"
done
for args in "--help" "help" "help info" "help dump" "help record" "info --help" "dump --help" \
	"--version" "dump --version"; do
	# shellcheck disable=SC2086
	status 0 $args
	[ ! -s err ] || fail "vgpu-trace $args: help goes to stdout"
done
says out "vgpu-trace "
status 0 help dump
same help-dump.txt
status 0 help info
same help-info.txt

# What a recorder cannot be asked for.
for args in "-W 3" "-C 10 -o -" "-G 0" "-C 1K" "-F latency>1ms" "-F (" "-p 0" "-s 0" "-B 1M" "-B 10G0"; do
	# shellcheck disable=SC2086
	status 2 record $args
done

# Output that goes nowhere.
if [ -e /dev/full ]; then
	trace dump small.vgpu.zst >/dev/full 2>err
	check "a full disk is told" [ $? = 1 ]
	says err "No space left on device"
fi
trace dump small.vgpu.zst 2>err | head -1 >/dev/null
check "a closed pipe is no news" [ ! -s err ]
# Answers are decoded by what they answer, and as the dialect has it.
"$O/tests/cli/make-replay-trace" dialect "$tmp/dialect.zst" || fail "make-replay-trace dialect"
dumped() { # NAME PATTERN ARGS...
	name=$1 pattern=$2
	shift 2
	if "$O/vgpu-trace" dump "$@" "$tmp/dialect.zst" | grep -q "$pattern"; then ok; else
		fail "dialect, $name"
	fi
}
dumped "EDID" 'EDID: 128 bytes, XXH64 [0-9a-f]*' -v -D celadon
dumped "celadon" 'SET_SCALING ctx=0 dst.x=0' --dialect=celadon
dumped "features" 'SET_MODIFIER .* \[needs MODIFIER\] = OK_NODATA' -D celadon
dumped "spec" 'CMD_0x10f ctx=0 data=24B \[unknown\]'
dumped "JSON" '"cmd":"SET_MODIFIER".*"needs":"MODIFIER"' --json -D celadon
finish
