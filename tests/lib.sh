# SPDX-License-Identifier: MIT
# Counting for test scripts: source it, call ok/fail/skip, check, status…, end with `finish`.
passed=0 failed=0 skipped=0
# Nothing stays in the home of who runs them.
export MESA_SHADER_CACHE_DISABLE=true
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
# status NAME EXPECTED ARGUMENT...: the exit status of tool(), which the script defines; what it wrote
# is in $tmp/out and $tmp/err.
status() {
	name=$1 expected=$2
	shift 2
	tool "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	if [ "$got" = "$expected" ]; then ok; else
		fail "$name: exit status $got, expected $expected"
		head -5 "$tmp/out" "$tmp/err"
	fi
}
# says NAME TEXT: its messages have the text. has, hasnot: what it printed has, or has not.
says() {
	if grep -qF -- "$2" "$tmp/err"; then ok; else
		fail "$1: no \"$2\" in the messages"
		cat "$tmp/err"
	fi
}
has() {
	if grep -qF -- "$2" "$tmp/out"; then ok; else
		fail "$1: no \"$2\""
		cat "$tmp/out"
	fi
}
hasnot() { if grep -qF -- "$2" "$tmp/out"; then fail "$1: \"$2\""; else ok; fi; }
finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}
