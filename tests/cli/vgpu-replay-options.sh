#!/bin/sh
# SPDX-License-Identifier: MIT
# Every option that vgpu-replay's help and manual pages show runs in one of its tests.
# usage: vgpu-replay-options.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}

# lines FILE...: those that run something; no comments, nor what is refused as wrong usage
lines() { grep -hvE '^[[:space:]]*(#|(status|bad) "[^"]*" 2 )' "$@"; }
for command in "" minimize to-c; do
	# A subcommand's tests are its own: minimize --timeout is not vgpu-replay --timeout.
	all=$(case $command in
	"") for test in tests/cli/vgpu-replay*.sh; do
			case $test in *-options.sh | *-minimize.sh | *-to-c.sh) ;; *) lines "$test" ;; esac
		done ;;
	*) lines "tests/cli/vgpu-replay-$command.sh" ;;
	esac)
	[ -n "$all" ] && ok || fail "vgpu-replay $command: no tests"
	options=$("$build/vgpu-replay" $command --help |
		grep -oE '^ +(-., *)?--[a-z0-9-]+' | sed 's/^ *//; s/, */ /')
	[ -n "$options" ] && ok || fail "vgpu-replay $command --help shows no options"
	while read -r short long; do
		[ -n "$long" ] || long=$short short=
		case $long in --help | --usage | --version) continue ;; esac
		# The long one, or the short one in front of something.
		if printf '%s\n' "$all" | grep -qE -- "(^|[[:space:]\"'])$long([=[:space:]\"']|\$)" ||
			{ [ -n "$short" ] && printf '%s\n' "$all" | grep -qE -- "[[:space:]]$short[[:space:]]"; }; then
			ok
		else
			fail "vgpu-replay $command $long: no test runs it"
		fi
	done <<-END
		$options
	END
done
finish
