#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-replay's window: keys, pictures, and what happens without one. usage: vgpu-replay-window.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
replay=$build/vgpu-replay
tmp=$(mktemp -d) || exit 1
trap 'kill $xvfb 2>/dev/null; rm -rf "$tmp"' EXIT
xvfb=
unset DISPLAY WAYLAND_DISPLAY
# The sanitizers see what a foreign library leaves behind at its end.
export ASAN_OPTIONS=detect_leaks=0

tool() { # in an empty folder
	rm -rf "$tmp/in"
	mkdir "$tmp/in"
	(cd "$tmp/in" && timeout 60 "$replay" "$@")
}
# saved NAME PICTURE FRAME: what F12 wrote, is the same as that of --png
saved() {
	if cmp -s "$tmp/in/vgpu-replay-$2.png" "$tmp/png/$3.png"; then ok; else
		fail "$1: vgpu-replay-$2.png is not $3.png, or not there: $(ls "$tmp/in")"
	fi
}
drawn() { # NAME PICTURE COLOURS: left and right
	colours=$(convert "$tmp/in/vgpu-replay-$2.png" -format '%[pixel:p{3,3}] %[pixel:p{20,3}]' info: 2>&1)
	[ "$colours" = "$3" ] && ok || fail "$1: $colours, not $3"
}
absent() { # NAME PICTURE
	[ ! -e "$tmp/in/vgpu-replay-$2.png" ] && ok || fail "$1: vgpu-replay-$2.png is there"
}

for kind in 2d 3d cursor crash epoch draws many; do
	"$build/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || fail "make-replay-trace $kind"
done

SDL_VIDEODRIVER=none status "no window" 1 --window "$tmp/2d.zst"
says "no window" "vgpu-replay: no window: "
[ "$(wc -l <"$tmp/err")" = 1 ] && ok || fail "no window: more than one line"
"$replay" -q --frames "$tmp/list" "$tmp/2d.zst"
SDL_VIDEODRIVER=none status "verify without a window" 0 --window --verify "$tmp/list" "$tmp/2d.zst"
says "verify without a window" "no window: "
status "speed" 2 --window --speed 0 "$tmp/2d.zst"
status "one output" 2 --window --json "$tmp/2d.zst"

SDL_VIDEODRIVER=dummy
export SDL_VIDEODRIVER
status "opens" 0 --window --paused --keys "Q" "$tmp/2d.zst"
if grep -q "built without SDL2" "$tmp/err"; then
	skip "vgpu-replay is built without SDL2"
	finish
fi
says "opens" "stopped behind command 0"

"$replay" -q --png "$tmp/png" "$tmp/2d.zst"
status "frames" 0 --window --paused --keys "Right F12 Right F12 Right F12 Q" "$tmp/2d.zst"
saved "a frame" 000001-s0-001 frame-000001
saved "the next frame" 000002-s0-001 frame-000002
saved "two scanouts" 000004-s0-001 frame-000003
saved "two scanouts" 000004-s1-001 frame-000004-s1
status "back" 0 --window --paused --keys "End Left F12 Left F12 Home F12 Right F12 Q" "$tmp/2d.zst"
saved "back" 000002-s0-001 frame-000002
absent "back" 000002-s1-001
saved "back to the first" 000001-s0-001 frame-000001
absent "the beginning" 000000-s0-001
saved "again" 000001-s0-002 frame-000001
status "pages" 0 --window --paused --keys "PageDown F12 PageUp Right F12 Q" "$tmp/2d.zst"
saved "to the end" 000004-s1-001 frame-000004-s1
saved "from the beginning" 000001-s0-001 frame-000001
status "commands" 0 --window --paused --keys ". . . . . F12 , . F12 . . . F12 Q" "$tmp/2d.zst"
saved "a command" 000001-s0-001 frame-000001
saved "the third frame's flush" 000002-s0-001 frame-000002
# A transfer shows at once to whoever looks at single commands.
status "a transfer" 0 --window --paused --keys ". . . . . . F12 Q" "$tmp/2d.zst"
saved "a transfer" 000001-s0-001 frame-000002
status "beyond the end" 0 --window --paused --keys "End . Right D F12 Q" "$tmp/2d.zst"
saved "beyond the end" 000004-s1-001 frame-000004-s1

status "as fast as possible" 0 --window --speed max --keys "F12 Q" --frames "$tmp/again" "$tmp/2d.zst"
cmp -s "$tmp/again" "$tmp/list" && ok || fail "frames differ with a window"
saved "the last ones" 000004-s1-001 frame-000004-s1
status "as recorded" 0 --window --keys "F12 Q" "$tmp/2d.zst"
saved "as recorded" 000004-s0-001 frame-000003
status "verify in a window" 0 --window --speed 8 --keys "Q" --verify "$tmp/list" "$tmp/2d.zst"
status "words" 0 --window --paused --keys "F1 Right O F Right F12 Q" "$tmp/2d.zst"
saved "words" 000001-s0-001 frame-000001
status "a break" 0 --window --break 'num 5 || num 6' --keys "F12 Left Space Space F12 Q" "$tmp/2d.zst"
saved "a break" 000001-s0-001 frame-000001
saved "a break, and back over it" 000001-s0-002 frame-000002
status "an unknown key" 0 --window --paused --keys "Nonsense Q" "$tmp/2d.zst"
says "an unknown key" 'no key "Nonsense"'
# What is seen again is counted once.
"$replay" "$tmp/2d.zst" 2>"$tmp/plain"
status "back before the end" 0 --window --paused --keys "Right Right Left Right End Q" "$tmp/2d.zst"
says "back before the end" "$(sed -n 's/.*: \(.* failures\),.*/\1/p' "$tmp/plain")"
status "epochs" 0 --window --speed max --keys "Left Right Q" "$tmp/epoch.zst"
status "no sandbox" 0 --window --no-sandbox --paused --keys "Right Left Q" "$tmp/2d.zst"

# Recorded: 20 frames in 0.35 s. Slower machines take longer, no machine takes less.
"$build/tests/cli/make-trace" "$tmp/paced.zst"
for pace in "0.5 600" "1 300"; do
	start=$(date +%s%N)
	status "speed ${pace% *}" 0 --window --speed "${pace% *}" --keys Q "$tmp/paced.zst"
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge "${pace#* }" ] && ok || fail "speed ${pace% *}: over in $ms ms"
done

if "$replay" -q -b virgl "$tmp/3d.zst" 2>/dev/null; then
	rm -rf "$tmp/png"
	"$replay" -q --png "$tmp/png" "$tmp/3d.zst"
	status "3d" 0 --window --paused --keys "Right Right F12 Left F12 End F12 Q" "$tmp/3d.zst"
	saved "3d" 000002-s0-001 frame-000002
	saved "3d, back" 000001-s0-001 frame-000001
	saved "3d, the end" 000003-s0-001 frame-000003
	# Draw by draw: what is drawn to, and back from within the stream.
	"$replay" -q --png "$tmp/png" "$tmp/draws.zst"
	status "draws" 0 --window --paused --keys "D F12 D F12 Left F12 D F12 End F12 Q" "$tmp/draws.zst"
	drawn "the first draw" 000003-t16-001 "srgb(255,0,0) srgb(0,0,0)"
	drawn "the first draw, on the scanout" 000003-s0-001 "srgb(255,0,0) srgb(0,0,0)"
	drawn "the second draw" 000003-t16-002 "srgb(255,0,0) srgb(0,255,0)"
	saved "back from a draw" 000002-s0-001 frame-000002
	drawn "the first draw again" 000003-t16-003 "srgb(255,0,0) srgb(0,0,0)"
	saved "behind the draws" 000004-s0-001 frame-000004
	status "a break at a draw" 0 --window --break-draw=2 --keys "F12 Q" "$tmp/draws.zst"
	drawn "a break at a draw" 000003-t16-001 "srgb(255,0,0) srgb(0,255,0)"
	# From checkpoints: whatever the way, the same pictures.
	"$replay" -q --frame 1,1490,1493,1503 --png "$tmp/png" "$tmp/many.zst"
	status "checkpoints" 0 -v --window --speed max \
		--keys "PageUp F12 Home Right F12 End F12 PageUp Right Right Left Left Left Left Left F12 Q" \
		"$tmp/many.zst"
	if grep -q "frame 1493, from the checkpoint behind frame [1-9]" "$tmp/err"; then ok; else
		fail "checkpoints: not used"
		cat "$tmp/err"
	fi
	if grep -q "frame 18446744073709551615, from the checkpoint behind frame [1-9]" "$tmp/err"; then
		ok
	else
		fail "checkpoints: not used ahead"
	fi
	saved "from a checkpoint" 001493-s0-001 frame-001493
	saved "from the beginning" 000001-s0-001 frame-000001
	saved "ahead" 001503-s0-001 frame-001503
	saved "back and forth" 001490-s0-001 frame-001490
	says "checkpoints" "3011 commands, 1503 frames, 0 failures"
	# A sanitized one is to die of it as any other does.
	ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=0:verify_asan_link_order=0
	export LD_PRELOAD="$build/tests/cli/bad-renderer.so"
	status "a crash" 1 --window --keys "F12 Q" "$tmp/crash.zst"
	says "a crash" "crashed (Segmentation fault) in command 12"
	saved "a crash" 000003-s0-001 frame-000003
	status "back from a crash" 1 --window --keys "Left F12 Q" "$tmp/crash.zst"
	saved "back from a crash" 000002-s0-001 frame-000002
	unset LD_PRELOAD
else
	skip "virgl: virglrenderer does not start here"
fi

# On a screen: what X shows, and keys that come from there.
for needed in Xvfb xdotool xwd convert; do
	command -v $needed >/dev/null || {
		skip "a screen: no $needed"
		finish
	}
done
unset SDL_VIDEODRIVER
Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp 3>"$tmp/display" 2>/dev/null &
xvfb=$!
for i in $(seq 50); do
	grep -q . "$tmp/display" && break
	sleep 0.1
done
export DISPLAY=":$(cat "$tmp/display")"
# middle COLOUR: the window's middle has it within ten seconds
middle() {
	for i in $(seq 100); do
		colour=$(xwd -silent -id "$id" 2>/dev/null | convert xwd:- -format '%[hex:p{320,160}]' info: 2>/dev/null)
		[ "$colour" = "$1" ] && return
		sleep 0.1
	done
	echo "the middle is $colour, not $1"
	return 1
}
"$replay" --window --paused "$tmp/2d.zst" 2>"$tmp/err" &
pid=$!
id=$(timeout 20 xdotool search --sync --onlyvisible --name 2d.zst | head -1)
check "a window on the screen" [ -n "$id" ]
xdotool windowfocus "$id" key Right 2>/dev/null
check "the first frame on the screen" middle 0A0A0A
xdotool key Right
check "the second frame on the screen" middle 4A4A4A
xdotool key Left
check "the first frame again" middle 0A0A0A
xdotool key q
wait $pid
check "closed by a key" [ $? = 0 ]
finish
