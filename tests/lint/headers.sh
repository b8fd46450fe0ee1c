#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header compiles alone, in C and in C++, without warnings.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

include="-Ilibvgpu/include -Iformats/include"
warn="-Wall -Wextra -Wpedantic -Werror"
for h in libvgpu/include/vgpu/*.h formats/include/vgpu/*.h; do
	name=vgpu/$(basename "$h")
	for how in "gcc -std=c11 -x c" "clang -std=c11 -x c" "g++ -std=c++11 -x c++"; do
		# shellcheck disable=SC2086
		check "$name with $how" sh -c "echo '#include <$name>' | $how $warn $include -fsyntax-only -"
	done
done
finish
