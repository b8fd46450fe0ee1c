#!/bin/sh
# SPDX-License-Identifier: MIT
# libvgpu on another processor, in QEMU's user mode: its unit programs, and text and JSON of the
# golden messages and of every message in the traces of the tests, which must be the same bytes
# everywhere. s390x is big-endian, arm has 32 bits.
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

# The traces' messages: what this machine prints is what the other tests compare.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
for kind in small loss; do
	"$build/tests/cli/make-trace" "$tmp/$kind.zst" $kind || exit 1
done
for kind in 2d 3d errors cursor capset venus dialect long-shader; do
	"$build/tests/cli/make-replay-trace" $kind "$tmp/$kind.zst" || exit 1
done
"$build/tests/golden/print-wire" "$tmp"/*.zst | sort -u >"$tmp/wire"
for form in text verbose json; do
	"$build/tests/golden/print-message" lines $form <"$tmp/wire" >"$tmp/here"
	"$emulator" "$dir/tests/cross/print-message" lines $form <"$tmp/wire" >"$tmp/there"
	check "$triplet, the traces' messages as $form" cmp "$tmp/here" "$tmp/there"
	check "the traces' messages as $form: too few" \
		[ "$(wc -l <"$tmp/here")" -ge "$(wc -l <"$tmp/wire")" -a -s "$tmp/wire" ]
done
finish
