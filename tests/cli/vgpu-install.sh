#!/bin/sh
# SPDX-License-Identifier: MIT
# make install gives what a stranger needs to build on the libraries; uninstall takes it all away.
# usage: vgpu-install.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

root=$tmp/root
install="make --no-print-directory O=$build DEPS=skip DESTDIR=$root PREFIX=/usr"
check "make install" $install install
export PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root

# The examples, as a stranger builds them: C and C++, shared and static.
check "make-trace" "$build/tests/cli/make-trace" "$tmp/t.vgpu.zst" small
compile() { # HOW NAME LIBRARY
	case $1 in
	*static) libs="-static $(pkg-config --static --libs "$3")" ;;
	*) libs="$(pkg-config --libs "$3") -Wl,-rpath-link,$root/usr/lib" ;;
	esac
	case $1 in
	c++*) language="g++ -std=c++11 -x c++" ;;
	*) language="gcc -std=c11" ;;
	esac
	# shellcheck disable=SC2046,SC2086
	$language -Wall -Wextra -Werror -o "$tmp/$2" "tests/examples/$2.c" -x none \
		$(pkg-config --cflags "$3") $libs
}
# same NAME: what the example prints is what stands beside it
same() { diff -u "tests/examples/$1.txt" "$tmp/out"; }
export LD_LIBRARY_PATH="$root/usr/lib"
for how in c c-static c++ c++-static; do
	for example in decode:libvgpu show-picture:libvgpu slowest:libvgpu-trace; do
		check "$how: $example" compile $how "${example%:*}" "${example#*:}"
	done
	"$tmp/show-picture" | "$tmp/decode" | grep -v 'entries\[[1-9]' >"$tmp/out"
	check "$how: show-picture, decode" same show-picture
	echo '0a0b zz' | "$tmp/decode" >"$tmp/out" 2>/dev/null
	check "$how: decode refuses" [ $? = 1 ]
	"$tmp/slowest" "$tmp/t.vgpu.zst" >"$tmp/out"
	check "$how: slowest" same slowest
done
# What vgpu-replay to-c makes, too.
"$build/vgpu-replay" to-c 1- -o "$tmp/made.c" "$tmp/t.vgpu.zst"
# shellcheck disable=SC2046
made() { gcc -o "$tmp/made" "$tmp/made.c" $(pkg-config --cflags --libs libvgpu) && (cd "$tmp" && ./made | grep -q .); }
check "to-c" made
unset LD_LIBRARY_PATH
for tool in "$root"/usr/bin/*; do
	check "${tool##*/} --version" sh -c "'$tool' --version | grep -q '^${tool##*/} [0-9]'"
done

check "the format's description" cmp formats/trace.json "$root/usr/share/vgpu/trace.json"
check "Wireshark's dissector" [ -s "$root/usr/lib/wireshark/plugins/virtio_gpu.lua" ]

if [ -x "$build/vgpu-view" ]; then
	check "desktop entry, icon, MIME type" python3 tests/cli/desktop.py "$root/usr/share" \
		"$tmp/t.vgpu.zst"
fi

unit=$root/usr/lib/systemd/system/vgpu-trace-boot.service
check "the unit begins what was installed" grep -q "^ExecStart=/usr/bin/vgpu-trace record " "$unit"
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=|&$root|" "$unit" >"$tmp/vgpu-trace-boot.service"
	check "systemd-analyze verify" sh -c "! systemd-analyze verify --man=no '$tmp/vgpu-trace-boot.service' 2>&1 | grep vgpu-trace"
else
	skip "systemd-analyze verify" "there is none"
fi

check "make uninstall" $install uninstall
check "nothing is left" sh -c "! find '$root' -type f -o -type l | grep ."
finish
