#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay to-c: what it writes compiles, and makes the requests of the trace, byte by byte.
# usage: vgpu-replay-to-c.sh BUILD [TRACE ...]
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
shift
case $build in /*) ;; *) build=$PWD/$build ;; esac
top=$PWD
cc=${CC:-cc}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
replay=$build/vgpu-replay

# A library with sanitizers in it wants them in the program, too.
case $build in *san*) flags="-fsanitize=address,undefined" ;; *) flags= ;; esac
compile() { # NAME [FLAG]
	$cc -std=gnu11 -Wall -Wextra -Werror $flags $2 -I"$top/libvgpu/include" -I"$top/formats/include" \
		-o "$tmp/$1${2:+-trace}" "$tmp/$1.c" "$build/libvgpu-trace.a" "$build/libvgpu.a" -lzstd -pthread
}
# same NAME: requests of the program against those of the trace
same() {
	python3 - "$tmp/$1.out" "$tmp/$1.json" <<-'END'
		import json, sys
		made, at = [], 0
		data = open(sys.argv[1], "rb").read()
		while at < len(data):
		    size = int.from_bytes(data[at:at + 4], "little")
		    made.append(data[at + 4:at + 4 + size])
		    at += 4 + size
		records = map(json.loads, open(sys.argv[2]))
		want = [bytes.fromhex(r["request_hex"]) for r in records if r.get("record") == "COMMAND"][:200]
		assert len(want) == len(made) > 0, (len(want), len(made))
		for number, (a, b) in enumerate(zip(want, made), 1):
		    assert a == b, f"request {number}: {a.hex()} became {b.hex()}"
	END
}
for kind in 2d 3d fails errors cursor venus dialect capset; do
	"$build/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
	set -- "$@" "$tmp/$kind.zst"
done
for trace; do
	name=$(basename "$trace" .zst)
	check "$name: to-c" "$replay" to-c 1-200 -o "$tmp/$name.c" "$trace"
	check "$name: compiles" compile "$name"
	(cd "$tmp" && "./$name" >"$name.out")
	"$build/vgpu-trace" dump --json --raw "$trace" >"$tmp/$name.json"
	check "$name: the same requests" same "$name"
done

# As a trace again: the same frames.
check "as a trace" compile 2d -DTRACE
(cd "$tmp" && ./2d-trace >again.zst)
"$replay" -q --frames "$tmp/list" "$tmp/2d.zst"
check "the same frames" "$replay" -q --verify "$tmp/list" "$tmp/again.zst"
# A part of it, to standard output, with arrays.
"$replay" to-c 3-4,8 "$tmp/2d.zst" >"$tmp/part.c"
check "a part compiles" compile part
check "a part has three requests" sh -c "'$tmp/part' | wc -c | grep -qx $((56 + 4 + 48 + 4 + 48 + 4))"
check "the memory of its transfer" grep -q "memory(0x12345000, memory_" "$tmp/part.c"
refused() {
	"$replay" to-c "$@" >/dev/null 2>"$tmp/err"
	echo $?
}
check "no such commands" [ "$(refused 99 "$tmp/2d.zst")" = 1 ]
check "no range" [ "$(refused nonsense "$tmp/2d.zst")" = 2 ]
check "no trace" [ "$(refused 1-)" = 2 ]
finish
