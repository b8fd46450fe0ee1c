#!/bin/sh
# SPDX-License-Identifier: MIT
# What the renderer compiled is kept for the next replay of the same trace, and for no other.
# usage: vgpu-replay-shaders.sh BUILD
O=${1:-build}
here=$(dirname "$0")
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# LeakSanitizer cannot work in the sandbox.
export ASAN_OPTIONS=detect_leaks=0
export XDG_CACHE_HOME="$tmp/cache"
mkdir "$XDG_CACHE_HOME"
kept="$XDG_CACHE_HOME/vgpu/shaders"
# Mesa tells of each program: compiled and kept, or found.
export MESA_GLSL=cache_info
unset MESA_SHADER_CACHE_DISABLE

tool() { "$O/vgpu-replay" "$@"; }
compiled() { grep -c 'putting program metadata in cache' "$tmp/err"; }
found() { grep -c 'loading shader program meta data from cache' "$tmp/err"; }
traces() { find "$kept" -mindepth 1 -maxdepth 1 -type d | wc -l; }
# programs NAME COMPILED FOUND: none, some or any number of each. (Newer Mesas say of a program that it
# is kept where nothing is.)
programs() {
	for what in "compiled $2" "found $3"; do
		n=$(${what% *})
		case ${what#* } in none) [ "$n" = 0 ] ;; some) [ "$n" -gt 0 ] ;; *) true ;; esac && ok ||
			fail "$1: $n programs ${what% *}, expected ${what#* }"
	done
}

for kind in draws 2d; do
	"$O/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done
# Without any: the list that the others are held against.
tool -q --no-shader-cache --frames="$tmp/frames" "$tmp/draws.zst" 2>"$tmp/err"
if [ ! -s "$tmp/frames" ]; then
	skip "virgl: virglrenderer does not start here"
	finish
fi
status "no cache" 0 --no-shader-cache --verify="$tmp/frames" "$tmp/draws.zst"
programs "no cache" any none
[ -e "$kept" ] && fail "no cache: $(ls "$kept")" || ok

status "first" 0 --verify="$tmp/frames" "$tmp/draws.zst"
if [ "$(compiled)" = 0 ]; then
	skip "the renderer's Mesa keeps no shaders, or does not tell"
	finish
fi
[ "$(traces)" = 1 ] && ok || fail "first: $(traces) traces"
[ "$(stat -c %a "$kept")" = 700 ] && ok || fail "others may look into $kept"
status "second" 0 --verify="$tmp/frames" "$tmp/draws.zst"
programs "second" none some
cp "$tmp/draws.zst" "$tmp/copy.zst"
status "under another name" 0 --verify="$tmp/frames" "$tmp/copy.zst"
programs "under another name" none some
status "loop" 0 --bench --loop=1 "$tmp/draws.zst"
programs "loop" none some
status "switched off" 0 --no-shader-cache --verify="$tmp/frames" "$tmp/draws.zst"
programs "switched off" any none
MESA_SHADER_CACHE_DISABLE=true status "switched off by Mesa's own" 0 "$tmp/draws.zst"
programs "switched off by Mesa's own" any none

# The same shaders in another trace: it has nothing to do with what that one left.
cat "$tmp/draws.zst" "$tmp/draws.zst" >"$tmp/twice.zst"
status "another trace" 0 "$tmp/twice.zst"
[ "$(compiled)" -gt 0 ] && ok || fail "another trace: took what was kept for the first"
[ "$(traces)" = 2 ] && ok || fail "another trace: $(traces) traces"
# What has no bytes to be known by
"$O/vgpu-replay" -q --verify="$tmp/frames" - <"$tmp/draws.zst" 2>"$tmp/err" && ok || fail "pipe"
programs "pipe" any none
# All rights: what Mesa keeps for everybody
status "no sandbox" 0 --no-sandbox --verify="$tmp/frames" "$tmp/draws.zst"
[ "$(traces)" = 2 ] && [ -e "$XDG_CACHE_HOME"/mesa_shader_cache* ] && ok || fail "no sandbox"
# Nothing to compile: no folder stays.
status "2d" 0 "$tmp/2d.zst"
[ "$(traces)" = 2 ] && ok || fail "2d: $(traces) traces"

if [ -x "$O/vgpu-view" ]; then
	VGPU_VIEW_DEBUG=1 "$O/vgpu-view" --frame=1 --export="$tmp/view.png" "$tmp/draws.zst" 2>"$tmp/err" &&
		ok || fail "vgpu-view: $(cat "$tmp/err")"
	programs "vgpu-view" none some
else
	skip "vgpu-view is not built here"
fi

# Where attempts at making it smaller leave theirs
rm -rf "$kept"
status "minimize" 1 minimize "$tmp/draws.zst"
says "minimize" "nothing goes wrong in it"
status "after minimize" 0 --verify="$tmp/frames" "$tmp/draws.zst"
programs "after minimize" none some

# Damage is noticed, and what was damaged compiled again.
cp -a "$kept" "$tmp/good"
damage() { # NAME FILE COMMAND...: what it makes of the file becomes the file
	name=$1 files=$2
	shift 2
	rm -rf "$kept"
	cp -a "$tmp/good" "$kept"
	find "$kept" -name "$files" >"$tmp/damaged"
	[ -s "$tmp/damaged" ] || fail "$name: no $files"
	while read -r f; do
		"$@" <"$f" >"$tmp/part" && cp "$tmp/part" "$f"
	done <"$tmp/damaged"
	status "$name" 0 --verify="$tmp/frames" "$tmp/draws.zst"
	programs "$name" some none
}
# Letters become others.
damage "wrong bytes" foz_cache.foz tr 'a-zA-Z' 'b-zaB-ZA'
damage "cut" foz_cache.foz head -c 100
damage "cut index" foz_cache_idx.foz head -c 50
damage "nonsense" 'foz_*' tr '\000-\377' x
finish
