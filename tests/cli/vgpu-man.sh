#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages: well-formed, nothing left out, and every command in them works.
# usage: vgpu-man.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

for needed in help2man lowdown python3 mandoc; do
	command -v $needed >/dev/null || {
		skip "manual pages: $needed is not installed"
		finish
	}
done
check "make man" make --no-print-directory O="$build" DEPS=skip man

for page in "$build"/man/man[157]/* "$build"/man/man3/libvgpu* "$build"/man/man3/vgpu-*; do
	check "${page##*/} is well-formed" mandoc -T lint -W warning "$page"
done

# options TOOL [COMMAND]: the long options of its --help
options() {
	"$build/$1" ${2:+help $2} ${2:---help} | grep -oE '^ +(-., +)?--[a-z0-9-]+' | grep -oE -- '--.*'
}
# holds PAGE TEXT
holds() { sed 's/\\-/-/g; s/\\f.//g' "$build/man/man1/$1.1" | grep -qF -- "$2"; }
for command in $("$build/vgpu-trace" --help | awk '/^  [a-z]/ {print $1}'); do
	for option in $(options vgpu-trace "$command"); do
		check "vgpu-trace-$command(1) has $option" holds "vgpu-trace-$command" "$option"
	done
	check "vgpu-trace(1) has $command" holds vgpu-trace "$command"
	check "vgpu-trace-$command(1) has examples" holds "vgpu-trace-$command" ".SH EXAMPLES"
done
for command in minimize to-c; do
	for option in $("$build/vgpu-replay" $command --help |
		grep -oE '^ +(-., +)?--[a-z0-9-]+' | grep -oE -- '--.*'); do
		check "vgpu-replay-$command(1) has $option" holds "vgpu-replay-$command" "$option"
	done
done
for tool in vgpu-replay vgpu-view; do
	[ -x "$build/$tool" ] || continue
	for option in $(options $tool); do
		check "$tool(1) has $option" holds $tool "$option"
	done
done

# Every exported symbol has a page, and the page speaks of it.
documented() {
	page=$(sed -n 's|^\.so man3/||p' "$build/man/man3/$1.3") && grep -q "$1" "$build/man/man3/$page"
}
for symbol in $(sed -n 's/^[[:space:]]*\(vgpu_[a-z0-9_]*\);/\1/p' libvgpu/*.map formats/*.map); do
	check "$symbol(3)" documented "$symbol"
done
for name in $(sed -n 's/^VGPU_CMD([^,]*, \([A-Z0-9_]*\),.*/\1/p' libvgpu/include/vgpu/protocol.def) \
	$(sed -n 's/^VGPU_VIRGL_CMD([^,]*, \([A-Z0-9_]*\),.*/\1/p' libvgpu/include/vgpu/virgl.def); do
	check "vgpu-protocol(7) has $name" grep -qw "$name" "$build/man/man7/vgpu-protocol.7"
done

# What stands under EXAMPLES: run where there is a trace; a recording only as far as its options.
check "a trace" "$build/tests/cli/make-replay-trace" 2d "$tmp/trace.vgpu.zst"
for name in before after; do cp "$tmp/trace.vgpu.zst" "$tmp/$name.vgpu.zst"; done
cd "$tmp" || exit 1
PATH=$build:$PATH
for page in "$OLDPWD"/tracer/man/vgpu*.h2m "$OLDPWD"/*/vgpu*.h2m; do
	sed -n '/^\[EXAMPLES\]/,$p' "$page" | sed -n '/^\.nf/,/^\.fi/p' | grep -v '^\.' |
		sed 's/\\-/-/g; s/\\(aq/'"'"'/g' >examples
	while IFS= read -r line; do
		case $line in
		*"vgpu-trace record"*) check "$line" sh -c "$(printf '%s' "$line" | sed 's/ -- .*//') --help >/dev/null" ;;
		*"vgpu-trace doctor"*) # 1: not on this machine
			check "$line" sh -c "$line >/dev/null 2>&1; [ \$? != 2 ]"
			;;
		dmesg*) check "$line" sh -c "echo 'response 0x1200 (command 0x207)' | ${line#dmesg |} >/dev/null" ;;
		*"| jq"*) check "$line" sh -c "${line%| jq*} | python3 -m json.tool >/dev/null" ;;
		"vgpu-view"*--export*) [ ! -x "$build/vgpu-view" ] || check "$line" sh -c "$line" ;;
		"vgpu-view"*) [ ! -x "$build/vgpu-view" ] || check "$line" sh -c "${line} --state >/dev/null" ;;
		*) check "$line" sh -c "$line >/dev/null" ;;
		esac
	done <examples
done
cd "$OLDPWD" || exit 1
finish
