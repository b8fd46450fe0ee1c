#!/bin/sh
# SPDX-License-Identifier: MIT
# The shared libraries export exactly what their maps list, and every public function is listed.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

build=${1:-build}
for lib in libvgpu:libvgpu formats:libvgpu-trace; do
	room=${lib%%:*} name=${lib##*:}
	if [ ! -e "$build/$name.so.0" ]; then
		skip "$name.so.0: not built"
		continue
	fi
	nm -D --defined-only "$build/$name.so.0" | awk '$2 ~ /[TRD]/ {sub(/@.*/, "", $3); print $3}' | sort >"/tmp/exports.$$"
	grep -oE '^[[:space:]]+vgpu_[a-z0-9_]+;' "$room/$name.map" | tr -d '\t ;' | sort >"/tmp/listed.$$"
	check "$name: exports differ from $room/$name.map" diff "/tmp/listed.$$" "/tmp/exports.$$"
	check "$name: wildcard in the map" sh -c "! grep -nE 'vgpu_[a-z_]*\*' '$room/$name.map'"
	# The static twin must not take names from those who link it.
	check "$name.a: names without vgpu_" sh -c \
		"! nm --defined-only '$build/$name.a' | grep -E ' [TDRBC] ' | grep -vE ' vgpu_'"
	rm -f "/tmp/exports.$$" "/tmp/listed.$$"
done
finish
