# SPDX-License-Identifier: MIT
# Counting for test scripts: source it, call ok/fail/skip, end with `finish`.
passed=0 failed=0 skipped=0
ok() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAIL: $*"
}
skip() {
	skipped=$((skipped + 1))
	echo "skip: $*"
}
# check NAME COMMAND...: passes when the command does; its output is shown when it does not.
check() {
	check_name=$1
	shift
	if out=$("$@" 2>&1); then ok; else
		fail "$check_name"
		printf '%s\n' "$out" | head -40
	fi
}
finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}
