#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay minimize on hand-made traces. usage: vgpu-replay-minimize.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0

tool() { "$O/vgpu-replay" minimize "$@"; }
# same NAME FAULT TRACE: a replay of it says the same
same() {
	"$O/vgpu-replay" "$3" >/dev/null 2>"$tmp/same"
	grep -qF -- "$2" "$tmp/same" && ok || fail "$1: no \"$2\" of $3: $(cat "$tmp/same")"
}
commands() { grep -c '^[0-9]' "$tmp/out"; }

for kind in 2d long-box long-dword long-shader crash hang; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done

status "no trace" 2
status "unknown option" 2 --nonsense "$tmp/2d.zst"
status "no such file" 1 "$tmp/none"
status "nothing wrong" 1 "$tmp/2d.zst"
says "nothing wrong" "nothing goes wrong in it"
status "help" 0 --help

status "wrong box" 0 -o "$tmp/box.zst" "$tmp/long-box.zst"
says "wrong box" 'command 6009 TRANSFER_TO_HOST_2D fails: "32x16+1+0 is not inside resource 1 (32x16)"'
[ "$(commands)" = 3 ] && ok || fail "wrong box: $(cat "$tmp/out")"
same "wrong box" '"32x16+1+0 is not inside resource 1 (32x16)"' "$tmp/box.zst"
status "quiet, list" 0 -q --as=qemu-2d --backend=soft2d --list="$tmp/list" "$tmp/long-box.zst"
[ "$(grep -c . "$tmp/list")" = 3 ] && [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ] && ok ||
	fail "quiet, list: $(cat "$tmp/list" "$tmp/out" "$tmp/err")"

# Somebody else's judgement: it shows a second frame
cat >"$tmp/test" <<END
"$O/vgpu-replay" -q --frames=- "\$1" 2>/dev/null | grep -q '"frame":2,'
END
status "test" 0 --test="sh $tmp/test \$1" "$tmp/2d.zst"
[ "$(commands)" = 5 ] && ok || fail "test: $(cat "$tmp/out")"
status "test fails" 1 --test=false "$tmp/2d.zst"
status "little time" 0 --seconds=1 --test="sleep 1" "$tmp/2d.zst"
[ "$(commands)" = 11 ] && ok || fail "little time: $(commands) commands"

if "$O/vgpu-replay" -q -b virgl "$tmp/2d.zst" 2>/dev/null; then
	status "illegal dword" 0 -o "$tmp/dword.zst" "$tmp/long-dword.zst"
	says "illegal dword" 'SUBMIT_3D fails: "the renderer refused the stream"'
	[ "$(commands)" = 2 ] && ok || fail "illegal dword: $(cat "$tmp/out")"
	same "illegal dword" "the renderer refused the stream" "$tmp/dword.zst"
	status "bad shader" 0 -o "$tmp/shader.zst" "$tmp/long-shader.zst"
	says "bad shader" "SUBMIT_3D fails: "
	[ "$(commands)" = 2 ] && ok || fail "bad shader: $(cat "$tmp/out")"
	same "bad shader" "SUBMIT_3D ctx 1: renderer said" "$tmp/shader.zst"
	# A sanitized one is to die of it as any other does.
	export ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:verify_asan_link_order=0
	export LD_PRELOAD="$O/tests/cli/bad-renderer.so"
	status "crash" 0 -o "$tmp/small.zst" "$tmp/crash.zst"
	says "crash" "SUBMIT_3D ends the renderer"
	[ "$(commands)" = 2 ] && ok || fail "crash: $(cat "$tmp/out")"
	same "crash" "crashed (Segmentation fault)" "$tmp/small.zst"
	status "hang" 0 --timeout=1 "$tmp/hang.zst"
	[ "$(commands)" = 2 ] && ok || fail "hang: $(cat "$tmp/out")"
else
	skip "virgl: virglrenderer does not start here"
fi
finish
