#!/bin/sh
# SPDX-License-Identifier: MIT
# libvgpu on another processor, in QEMU's user mode: its unit programs, and text and JSON of the
# golden messages, which must be the same bytes everywhere. s390x is big-endian, arm has 32 bits.
# usage: run.sh BUILD TRIPLET
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=$1 triplet=$2
dir=$build/cross/$triplet
emulator=qemu-${triplet%%-*}-static

for needed in "$triplet-gcc" "$emulator"; do
	command -v "$needed" >/dev/null && continue
	skip "$triplet: $needed is not installed"
	finish
done
for program in "$dir"/tests/cross/test-*; do
	check "$triplet ${program##*/}" "$emulator" "$program"
done
if out=$(PRINT="$emulator $dir/tests/cross/print-message" tests/golden/run.sh); then ok; else
	fail "$triplet, golden messages"
	printf '%s\n' "$out" | head -40
fi
finish
