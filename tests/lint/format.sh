#!/bin/sh
# SPDX-License-Identifier: MIT
# .clang-format decides the layout of C; every source names its licence; no file grows past bounds.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# One run for all files: to start it takes longer than to look at one.
git ls-files -z '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror >"$tmp/format" 2>&1
formatted=$?
for f in $(git ls-files '*.c' '*.h'); do
	if grep -qF -- "$f:" "$tmp/format"; then fail "$f: not formatted, run make format"; else ok; fi
done
check "clang-format: $(tail -3 "$tmp/format")" [ $formatted = 0 -o $failed -gt 0 ]

for f in $(git ls-files '*.c' '*.h' '*.def' '*.sh' '*.py'); do
	lines=0 licence=
	while IFS= read -r line; do
		lines=$((lines + 1))
		case $lines$line in
		[123][!0-9]*SPDX-License-Identifier*) licence=1 ;;
		esac
	done <"$f"
	check "$f: no SPDX line at the top" [ "$licence" ]
	check "$f: longer than 1500 lines" [ $lines -le 1500 ]
done

check "trailing white space" sh -c "! git grep -nIE '[[:blank:]]+$' -- '*.[ch]' '*.def' '*.sh' '*.py' '*.md'"
finish
