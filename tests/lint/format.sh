#!/bin/sh
# SPDX-License-Identifier: MIT
# .clang-format decides the layout of C; every source names its licence; no file grows past bounds.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

sources=$(git ls-files '*.c' '*.h')
for f in $sources; do
	check "$f: not formatted, run make format" clang-format --dry-run --Werror "$f"
done

for f in $(git ls-files '*.c' '*.h' '*.def' '*.sh' '*.py'); do
	check "$f: no SPDX line at the top" sh -c "head -n 3 '$f' | grep -q SPDX-License-Identifier"
	check "$f: longer than 1500 lines" [ "$(wc -l <"$f")" -le 1500 ]
done

check "trailing white space" sh -c "! git grep -nIE '[[:blank:]]+$' -- '*.[ch]' '*.def' '*.sh' '*.md' '*.py'"
finish
