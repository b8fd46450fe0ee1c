#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: [PRINT="COMMAND"] run.sh BUILD
# Every messages/*.hex, described as text, verbose text and JSON, is compared with the file beside
# it, and so is every virgl/*.hex and streams/*.hex as text and JSON, and formats/trace.json with the
# tables of the trace file. UPDATE=1 writes those files instead. The first line of a .hex file says what it is:
#	#: request [CAPSET [DIALECT [FEATURES]]]	#: response COMMAND [DIALECT [FEATURES]]
#	#: config DIALECT [FEATURES]	#: virgl	#: stream NAME
# Comments in virgl/*.hex name each dword's values; they are compared with the JSON. The bytes of
# streams/*.hex are made by make-streams.py, those of recorded/*.hex are real ones.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

print=${PRINT:-${1:-build}/tests/golden/print-message}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

if [ ! -x "${print##* }" ]; then
	fail "$print: not built"
	finish
fi
for hex in tests/golden/messages/*.hex tests/golden/virgl/*.hex tests/golden/streams/*.hex \
	tests/golden/recorded/*.hex; do
	read -r mark kind argument rest <"$hex"
	cmd=0 capset=0 forms='text verbose json'
	case $mark$kind in
	'#:request') capset=${argument:-0} ;;
	'#:response') cmd=$argument ;;
	'#:config') rest="$argument $rest" forms='text json' ;;
	'#:virgl') forms='text json' ;;
	'#:stream') capset=$argument forms='text json' ;;
	*)
		fail "$hex: the first line does not say what it is"
		continue
		;;
	esac
	for form in $forms; do
		expected=${hex%.hex}.$form
		# shellcheck disable=SC2086
		if ! $print "$kind" "$cmd" "$capset" $form $rest <"$hex" >"$tmp/got" 2>"$tmp/err"; then
			fail "$hex: print-message failed: $(cat "$tmp/err")"
		elif [ $form = json ] && ! python3 -m json.tool --json-lines "$tmp/got" >/dev/null 2>"$tmp/err"; then
			fail "$hex: not JSON: $(cat "$tmp/err")"
		elif [ -n "$UPDATE" ]; then
			cmp -s "$tmp/got" "$expected" || { echo "updated $expected"; cp "$tmp/got" "$expected"; }
			ok
		else
			check "$expected" diff -u "$expected" "$tmp/got"
		fi
	done
	[ "$kind" != virgl ] ||
		check "$hex, its comments" tests/golden/check-comments "$hex" "${hex%.hex}.json"
done
python3 tests/golden/make-streams.py "$tmp/streams" && check "make-streams.py makes other bytes" \
	sh -c "for f in tests/golden/streams/*.hex; do cmp \$f '$tmp/streams/'\${f##*/} || exit 1; done"
for row in $(sed -n 's/^VGPU_STREAM_CMD(\([A-Z0-9_]*\), [0-9xa-f]*, \([A-Z0-9_]*\),.*/\1:\2/p' \
	libvgpu/include/vgpu/*.def); do
	stream=$(echo "${row%%:*}" | tr A-Z_ a-z-)
	check "$stream ${row##*:} has a golden test" grep -qh "^${row##*:} " tests/golden/streams/"$stream"*.text
done
# Each command and object type stands in some golden file.
for name in $(sed -n 's/^VGPU_VIRGL_\(CMD\|OBJ\)([0-9]*, \([A-Z0-9_]*\),.*/\2/p' \
	libvgpu/include/vgpu/virgl.def); do
	check "virgl $name has a golden test" grep -qwh "$name" tests/golden/virgl/*.text
done
# The trace file's description.
if [ -z "$PRINT" ]; then
	[ -z "$UPDATE" ] || "${1:-build}/tests/golden/print-trace-format" >formats/trace.json
	"${1:-build}/tests/golden/print-trace-format" >"$tmp/got"
	check formats/trace.json diff -u formats/trace.json "$tmp/got"
fi
# Every row of the tables: decode, encode, text, JSON, and a golden message that shows it.
[ -n "$PRINT" ] || check "table.py" tests/golden/table.py "${1:-build}"
finish
