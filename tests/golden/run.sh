#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run.sh BUILD
# Every messages/*.hex, described as text, verbose text and JSON, is compared with the file beside
# it. UPDATE=1 writes those files instead. The first line of a .hex file says what it is:
#	#: request [CAPSET]	#: response COMMAND
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

print=${1:-build}/tests/golden/print-message
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

if [ ! -x "$print" ]; then
	fail "$print: not built"
	finish
fi
for hex in tests/golden/messages/*.hex; do
	read -r mark kind argument <"$hex"
	cmd=0 capset=0
	case $mark$kind in
	'#:request') capset=${argument:-0} ;;
	'#:response') cmd=$argument ;;
	*)
		fail "$hex: the first line does not say what it is"
		continue
		;;
	esac
	for form in text verbose json; do
		expected=${hex%.hex}.$form
		if ! "$print" "$kind" "$cmd" "$capset" $form <"$hex" >"$tmp/got" 2>"$tmp/err"; then
			fail "$hex: print-message failed: $(cat "$tmp/err")"
		elif [ $form = json ] && ! python3 -m json.tool "$tmp/got" >/dev/null 2>"$tmp/err"; then
			fail "$hex: not JSON: $(cat "$tmp/err")"
		elif [ -n "$UPDATE" ]; then
			cmp -s "$tmp/got" "$expected" || { echo "updated $expected"; cp "$tmp/got" "$expected"; }
			ok
		else
			check "$expected" diff -u "$expected" "$tmp/got"
		fi
	done
done
finish
