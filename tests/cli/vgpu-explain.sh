#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace explain: real lines of logs, numbers, bytes.
# usage: vgpu-explain.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
explain() { "$O/vgpu-trace" explain "$@"; }
tool() { explain "$@" </dev/null; }

# The table: every line as an argument, and all of them together on standard input.
while IFS= read -r row; do
	text=${row#??}
	case $row in
	'< '*) line=$text && status "$line" 0 "$line" && printf '%s\n' "$line" >>"$tmp/lines" ;;
	'> '*) has "$line" "$text" ;;
	esac
done <"$here/explain.lines"
[ "$(grep -c '^< ' "$here/explain.lines")" -ge 30 ] && ok || fail "the table is too short"
explain <"$tmp/lines" >"$tmp/all" && ok || fail "standard input"
[ "$(grep -vc '^    ' "$tmp/all")" = "$(wc -l <"$tmp/lines")" ] && ok ||
	fail "standard input: not every line is explained"
explain --json <"$tmp/lines" >"$tmp/json" && ok || fail "--json"
python3 -c '
import json, sys
for l in sys.stdin:
    o = json.loads(l)
    assert o["input"] and o["means"], o' <"$tmp/json" && ok || fail "--json: not JSON"

# Lines that mean nothing are passed over.
printf 'usb 1-1: new device\nresponse 0x1203 (command 0x104)\nhello\n' | explain >"$tmp/out" && ok ||
	fail "a line among others"
[ "$(grep -vc '^    ' "$tmp/out")" = 1 ] && ok || fail "explains what it does not know"
status "nothing known" 1 "hello"
printf 'hello\n' | explain >/dev/null 2>&1 && fail "nothing known on standard input" || ok
status "empty input" 1
status "unknown kind" 2 --as nonsense 00
status "help" 0 --help

# Bytes: hexadecimal as it is, dwords, dumps of xxd and hexdump, and raw.
request=04010000000000000000000000000000000000000000000000000000000000004000000020000000070000000000
status "cut request" 0 --as request "$request"
has "cut request" "RESOURCE_FLUSH"
has "cut request" "[truncated: 46 of 48 bytes]"
printf '\004\001\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\100\0\0\0\040\0\0\0\007\0\0\0\0\0\0\0' >"$tmp/flush"
cat >"$tmp/xxd" <<'END'
00000000: 0401 0000 0000 0000 0000 0000 0000 0000  ................
00000010: 0000 0000 0000 0000 0000 0000 0000 0000  ................
00000020: 4000 0000 2000 0000 0700 0000 0000 0000  @... ...........
END
cat >"$tmp/hexdump" <<'END'
00000000  04 01 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
00000020  40 00 00 00 20 00 00 00  07 00 00 00 00 00 00 00  |@... ...........|
00000030
END
echo "0x104, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x40, 0x20, 0x7, 0x0" >"$tmp/dwords"
for kind in flush xxd hexdump dwords; do
	status "$kind" 0 --as request "$tmp/$kind"
	has "$kind" "r.width=64"
	has "$kind" "resource_id=7"
	cp "$tmp/out" "$tmp/$kind.out"
	cmp -s "$tmp/flush.out" "$tmp/$kind.out" && ok || fail "$kind: other bytes"
done
explain --as request <"$tmp/flush" | cmp -s - "$tmp/flush.out" && ok || fail "bytes on standard input"
status "response" 0 --as response 0312000000000000000000000000000000000000
has "response" "no header: 20 bytes"
status "response" 0 --as response 031200000100000005000000000000000000000000000000
has "response" "ERR_INVALID_RESOURCE_ID"
status "virgl" 0 --as virgl "0x00080007 0x4 0x0 0x0 0x0 0x0 0x0 0x0 0x0"
has "virgl" "CLEAR"
status "neither file nor hexadecimal" 1 --as virgl "$tmp/none"

# Capset 2 of 312 bytes: it ends in the middle of the fields that came later.
{
	printf '\002\0\0\0\376\377\377\377'
	head -c 252 /dev/zero
	head -c 48 /dev/zero
	printf '\0\0\200\077'
} >"$tmp/capset"
status "capset2" 0 --as capset2 "$tmp/capset"
has "capset2" "capset 2 (VIRGL2), 312 bytes"
has "capset2" "max_version: 2"
has "capset2" "sampler: 31 formats B8G8R8A8_UNORM B8G8R8X8_UNORM"
has "capset2" "min_aliased_point_size: 1"
grep -q max_aliased_point_size "$tmp/out" && fail "capset2: a field beyond its end" || ok
cat "$here/../golden/messages/celadon-set-scaling.hex" | sed 's/#.*//' >"$tmp/scaling"
status "request of a dialect" 0 --as request --dialect celadon "$tmp/scaling"
has "request of a dialect" "SET_SCALING"
has "request of a dialect" "dst.width=640"
status "request of no dialect" 0 --as request "$tmp/scaling"
has "request of no dialect" "CMD_0x10f"
status "no such dialect" 2 --as request -D vulcan "$tmp/scaling"
config="0x1 0x0 0x2 0x4 0x3000"
status "config" 0 --as config "$config"
has "config" "CONFIG events_read=DISPLAY events_clear=0 num_scanouts=2 num_capsets=4 blob_alignment=12288"
status "config of a dialect" 0 --as config -D celadon "$config"
has "config of a dialect" "num_pipe=12288"
status "capset1" 0 --as capset1 "$tmp/capset"
has "capset1" "4 bytes more"
# 384 bytes, of which the EDID's own count of extensions covers 256.
{
	printf '\0\377\377\377\377\377\377\0'
	head -c 118 /dev/zero
	printf '\001\0'
	head -c 256 /dev/zero
} >"$tmp/edid"
status "edid" 0 --as edid "$tmp/edid"
has "edid" "EDID: 256 bytes, XXH64 $(head -c 256 "$tmp/edid" | xxhsum -H1 | cut -d' ' -f1)"
finish
