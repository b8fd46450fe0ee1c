#!/bin/sh
# SPDX-License-Identifier: MIT
# Dependencies point one way: libvgpu <- formats <- tracer, replayer <- viewer. The form of an
# include tells the room: <vgpu/x.h> is public, "x.h" stands in the same folder.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

# includes FOLDER: the lines "file: header" of every include below it
includes() {
	git grep -hoE '^#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' -- "$1" | sed -E 's/.*([<"].*)/\1/' | sort -u
}

formats_headers=$(cd formats/include && ls vgpu)
allowed() { # ROOM PATTERN: no include of the room may match
	bad=$(includes "$1" | grep -E "$2" || true)
	if [ -z "$bad" ]; then ok; else fail "$1 includes what it may not: $bad"; fi
}
upper=$(printf '%s\n' "$formats_headers" | grep '\.h$' | sed 's/\./\\./; s/^/<vgpu\//; s/$/>/' | paste -sd'|')

others='<(bpf|virgl|SDL|png|zstd|xxhash|libelf|elf|gelf|epoxy|EGL|GL|cairo|pango|drm)'
allowed libvgpu "$upper|$others|<(stdio|unistd|fcntl|sys/)"
allowed formats '<(bpf|virgl|SDL|png|libelf|epoxy|EGL|GL|cairo|drm)'
allowed tracer '<(virgl|SDL|png|epoxy|EGL|GL|cairo)'
allowed replayer '<(bpf|libelf|cairo)'
allowed replayer/device "$upper|<(zstd|png|SDL)"
allowed viewer '<(bpf|libelf)'

# "x.h" must be a file of the same folder or of its room; replayer and viewer see the device, the
# tracer the exporters.
for f in $(git ls-files 'libvgpu/*.[ch]' 'formats/*.[ch]' 'tracer/*.[ch]' 'replayer/*.[ch]' 'viewer/*.[ch]'); do
	dir=$(dirname "$f")
	room=${dir%%/*}
	for h in $(sed -nE 's/^#[[:space:]]*include[[:space:]]*"([^"]+)".*/\1/p' "$f"); do
		if [ -e "$dir/$h" ] || [ -e "$room/$h" -a "$dir" != replayer/device ] ||
			[ -e "formats/export/$h" -a "$room" = tracer ] ||
			{ [ -e "replayer/device/$h" ] && [ "$room" = replayer -o "$room" = viewer ]; }; then ok; else
			case $h in
			*.skel.h | *.pb-c.h) ok ;;
			*) fail "$f includes \"$h\", which is not in its room" ;;
			esac
		fi
	done
done

# The BPF side: libbpf's headers, the shared record header, the freestanding extent, a number table.
for f in $(git ls-files 'tracer/*.bpf.c' 'tracer/record/kernel*.h'); do
	bad=$(sed -nE 's/^#[[:space:]]*include[[:space:]]*(.*)/\1/p' "$f" |
		grep -vE '^(<linux/(bpf|types|virtio_gpu)\.h>|<bpf/.*>|<vgpu/(transfer\.h|virgl\.def)>|"(events|kernel|kernel-memory|kernel-stages)\.h")' || true)
	if [ -z "$bad" ]; then ok; else fail "$f includes $bad"; fi
done

# libvgpu keeps no state: no writable data in its archive. Its codec allocates nothing, so that guests
# and devices can use it anywhere; the tracker and the lint, which hold a device's state, use malloc().
build=${1:-build}
if [ -e "$build/libvgpu.a" ]; then
	# Constant tables of pointers are .data.rel.ro: written by the loader only.
	check "libvgpu.a has writable data" sh -c "! size -A '$build/libvgpu.a' | awk '\$1 ~ /^\.(data|bss|tdata|tbss)/ && \$1 !~ /^\.data\.rel\.ro/ && \$2 > 0' | grep ."
	check "libvgpu.a prints or exits" sh -c "! nm '$build/libvgpu.a' | grep -E ' U (printf|fopen|exit|abort)$'"
	for f in $(git ls-files 'libvgpu/*.c' | grep -vE '^libvgpu/(track|lint)/'); do
		[ -e "$build/${f%.c}.o" ] || continue
		check "$f allocates" sh -c "! nm '$build/${f%.c}.o' | grep -E ' U (malloc|calloc|realloc|free|strdup)$'"
	done
else
	skip "libvgpu.a: not built"
fi

# Nothing at the top but what the project's plan names.
extra=$(git ls-files | cut -d/ -f1 | sort -u |
	grep -vxE 'Makefile|libvgpu|tracer|replayer|viewer|formats|tests|README\.md|LICENSE.*|CONTRIBUTING\.md|\..*')
if [ -z "$extra" ]; then ok; else fail "top-level names: $extra"; fi
finish
