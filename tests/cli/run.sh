#!/bin/sh
# SPDX-License-Identifier: MIT
# Every tests/cli/vgpu-*.sh, their counts added up. usage: run.sh BUILD
build=${1:-build}
here=$(dirname "$0")
passed=0 failed=0 skipped=0
for script in "$here"/vgpu-*.sh; do
	out=$("$script" "$build")
	printf '%s\n' "$out" | sed '$d'
	set -- $(printf '%s\n' "$out" | sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
	if [ $# -ne 3 ]; then
		printf '%s\n' "$out" | tail -1
		echo "FAIL: $script did not come to its end"
		set -- 0 1 0
	fi
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
