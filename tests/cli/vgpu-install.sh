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

cat >"$tmp/names.c" <<'END'
#include <stdio.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
int main(void)
{
	const struct vgpu_cmd_info *info = vgpu_cmd_info(VGPU_CMD_SUBMIT_3D);

	puts(info ? info->name : "?");
	return 0;
}
END
cat >"$tmp/trace.c" <<'END'
#include <stdio.h>
#include <vgpu/trace.h>
int main(int argc, char **argv)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int n = 0;

	if (argc < 2 || vgpu_trace_reader_open(&reader, argv[1]))
		return 1;
	while (vgpu_trace_reader_next(reader, &r) == 1)
		n++;
	vgpu_trace_reader_close(reader);
	printf("%d\n", n > 0);
	return 0;
}
END
cp "$tmp/names.c" "$tmp/names.cc"
check "make-trace" "$build/tests/cli/make-trace" "$tmp/t.vgpu.zst" small
for how in "gcc -std=c11 $tmp/names.c" "g++ -std=c++11 $tmp/names.cc"; do
	check "shared: $how" sh -c "$how -Wall -Werror -o '$tmp/names' \$(pkg-config --cflags --libs libvgpu)"
	check "shared: $how runs" sh -c "[ \"\$(LD_LIBRARY_PATH='$root/usr/lib' '$tmp/names')\" = SUBMIT_3D ]"
	check "static: $how" sh -c "$how -Wall -Werror -o '$tmp/names' \$(pkg-config --cflags libvgpu) '$root/usr/lib/libvgpu.a'"
	check "static: $how runs" sh -c "[ \"\$('$tmp/names')\" = SUBMIT_3D ]"
done
check "libvgpu-trace" sh -c "gcc -std=c11 -Wall -Werror -o '$tmp/trace' '$tmp/trace.c' \
	\$(pkg-config --cflags --libs libvgpu-trace) -Wl,-rpath-link,'$root/usr/lib'"
check "libvgpu-trace reads" sh -c "[ \"\$(LD_LIBRARY_PATH='$root/usr/lib' '$tmp/trace' '$tmp/t.vgpu.zst')\" = 1 ]"
for tool in "$root"/usr/bin/*; do
	check "${tool##*/} --version" sh -c "'$tool' --version | grep -q '^${tool##*/} [0-9]'"
done

check "Wireshark's dissector" [ -s "$root/usr/lib/wireshark/plugins/virtio_gpu.lua" ]

check "make uninstall" $install uninstall
check "nothing is left" sh -c "! find '$root' -type f -o -type l | grep ."
finish
