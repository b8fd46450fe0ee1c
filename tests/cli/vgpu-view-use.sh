#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-view in use: scripts of keys and clicks in a window that nobody sees.
# usage: vgpu-view-use.sh [BUILD [CASE...]]
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

build=${1:-build}
if [ ! -x "$build/vgpu-view" ]; then
	skip "vgpu-view is not built: SDL2 or pangocairo is missing"
	finish
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset DISPLAY WAYLAND_DISPLAY
export XDG_RUNTIME_DIR="$dir"
export LSAN_OPTIONS="suppressions=$PWD/tests/cli/lsan.supp:print_suppressions=0"

"$build/tests/cli/make-trace" "$dir/small.vgpu.zst"
"$build/tests/cli/make-busy-trace" "$dir/busy.vgpu.zst" 3000
[ $# = 0 ] || shift
[ $# != 0 ] || set -- $(python3 -B tests/cli/view_use)
for case in "$@"; do
	check "$case" python3 -B tests/cli/view_use "$build" "$dir" "$case"
	case $out in skip:*) passed=$((passed - 1)); skip "$case: ${out#skip: }" ;; esac
done
finish
