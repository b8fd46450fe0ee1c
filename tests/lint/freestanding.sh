#!/bin/sh
# SPDX-License-Identifier: MIT
# The codec builds without libc, asks for nothing but memcpy() and its kin, and works so.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

build=${1:-build}
check "make freestanding" make -s DEPS=skip O="$build" freestanding
case $(uname -m) in
x86_64 | aarch64) check "the program without libc" "$build/tests/freestanding" ;;
*) skip "the program without libc: no way out of it on this processor" ;;
esac
finish
