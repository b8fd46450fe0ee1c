#!/bin/sh
# SPDX-License-Identifier: MIT
# The README speaks of commands, options and files that there are.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}

# Options that a table row or a line of code gives to a tool stand in that tool's --help.
for pair in record:--duration record:-o dump:-v dump:-x dump:--json; do
	check "vgpu-trace ${pair%%:*} has ${pair##*:}" \
		sh -c "'$build/vgpu-trace' help ${pair%%:*} | grep -q -- '${pair##*:}'"
done
for option in --png --frames --verify --bench; do
	check "vgpu-replay has $option" sh -c "'$build/vgpu-replay' --help | grep -q -- '$option'"
done
[ ! -x "$build/vgpu-view" ] ||
	check "vgpu-view has --export" sh -c "'$build/vgpu-view' --help | grep -q -- --export"
for command in $(grep -oE '`vgpu-trace [a-z]+`' README.md | awk '{print $2}' | tr -d '`' | sort -u); do
	check "vgpu-trace $command" sh -c "'$build/vgpu-trace' help $command >/dev/null"
done
for command in $("$build/vgpu-trace" --help | awk '/^  [a-z]/ {print $1}'); do
	check "README does not tell of vgpu-trace $command" grep -q "vgpu-trace $command" README.md
done

# Files, folders and links.
for path in $(grep -oE '\]\([^)#]+\)' README.md CONTRIBUTING.md formats/trace-format.md | sed 's/.*](//; s/)//' | grep -v '^http'); do
	check "link to $path" sh -c "[ -e '$path' ] || [ -e 'formats/$path' ]"
done
for path in $(grep -oE '^\| `[a-z]+/`' README.md | tr -d '|` '); do
	check "folder $path" [ -d "$path" ]
done
for target in $(grep -oE 'make [a-z-]+' README.md CONTRIBUTING.md | awk '{print $2}' | grep -vE '^(format|sure)$' | sort -u); do
	check "make $target" grep -qE "(^|[[:space:]])$target([[:space:]:]|\$)" Makefile
done
finish
