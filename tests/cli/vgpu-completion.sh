#!/bin/sh
# SPDX-License-Identifier: MIT
# What bash and zsh offer. usage: vgpu-completion.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
PATH=$O:$PATH
mkdir folder
: >one.vgpu.zst
: >two.txt

cat >complete.bash <<END
. "$here/../../tracer/completion/vgpu.bash"
COMP_WORDS=("\$@") COMP_CWORD=\$((\$# - 1))
_vgpu
printf '%s\n' "\${COMPREPLY[@]}"
END
# offers "WORDS" "EXPECTED", a blank between words, in any order: in bash, as readline splits words
bash_offers() {
	# shellcheck disable=SC2086
	got=$(eval "bash complete.bash $1" 2>&1 | sort | tr '\n' ' ')
	want=$(printf '%s\n' $2 | sort | tr '\n' ' ')
	if [ "$got" = "$want" ]; then ok; else fail "bash: $1: $got, expected $want"; fi
}
zsh_offers() {
	# shellcheck disable=SC2086
	got=$(eval "zsh -f $here/complete.zsh $1" 2>&1 | sort | tr '\n' ' ')
	want=$(printf '%s\n' $2 | sort | tr '\n' ' ')
	if [ "$got" = "$want" ]; then ok; else fail "zsh: $1: $got, expected $want"; fi
}
# The same, by other means: what the help says.
commands=$(vgpu-trace --help | awk '/^  [a-z]/ { print $1 }')
options() { # TOOL [COMMAND]: with = behind those that must have a value
	"$1" ${2:+help "$2"} ${2:---help} | grep -oE '^ +(-., )?--[a-z-]+(=|)' | grep -oE -- '--.*'
}
fields=$(sed -n 's/^VGPU_FILTER_FIELD(\([a-z]*\),.*/\1/p' "$here/../../formats/include/vgpu/filter.def")
types=$(sed -n 's/^VGPU_CMD([^,]*, \([A-Z0-9_]*\),.*/\1/p' "$here/../../libvgpu/include/vgpu/protocol.def")

if command -v bash >/dev/null; then
	bash_offers "vgpu-trace ''" "$commands help --help --version"
	bash_offers "vgpu-trace du" dump
	bash_offers "vgpu-trace help f" filter
	for c in $commands; do bash_offers "vgpu-trace $c --" "$(options vgpu-trace "$c")"; done
	bash_offers "vgpu-replay --" "$(options vgpu-replay)"
	[ ! -x "$O/vgpu-view" ] || bash_offers "vgpu-view --" "$(options vgpu-view)"
	bash_offers "vgpu-trace dump --fi" "--filter="
	bash_offers "vgpu-trace dump -t SUB" SUBMIT_3D
	bash_offers "vgpu-trace dump --type = TRANSFER_TO" "TRANSFER_TO_HOST_2D TRANSFER_TO_HOST_3D"
	bash_offers "vgpu-trace dump -F ''" "$fields $types"
	bash_offers "vgpu-trace dump --color = a" "auto always"
	bash_offers "vgpu-trace dump --color =" "auto always never"
	bash_offers "vgpu-trace stats --by = q" queue
	bash_offers "vgpu-trace export --format p" "perfetto pcapng"
	bash_offers "vgpu-trace dump ''" "folder one.vgpu.zst"
	bash_offers "vgpu-trace dump --color ''" "folder one.vgpu.zst"
	bash_offers "vgpu-trace dump -o t" two.txt
	bash_offers "vgpu-replay -b s" soft2d
	bash_offers "vgpu-replay -p ''" folder
	bash_offers "vgpu-trace record -- two" two.txt
else
	skip "bash is not here"
fi
if command -v zsh >/dev/null; then
	zsh_offers "vgpu-trace ''" "$commands help"
	zsh_offers "vgpu-trace help ''" "$commands filter"
	for c in $commands; do zsh_offers "vgpu-trace $c --" "$(options vgpu-trace "$c")"; done
	zsh_offers "vgpu-replay --" "$(options vgpu-replay)"
	zsh_offers "vgpu-trace dump -t ''" "$types"
	zsh_offers "vgpu-trace dump --filter=" "$fields $types"
	zsh_offers "vgpu-trace dump --color=" "auto always never"
	zsh_offers "vgpu-trace stats --by ''" "type ctx process queue stage"
	zsh_offers "vgpu-trace export --format=" "perfetto pcapng csv sqlite raw ndjson"
	zsh_offers "vgpu-trace dump ''" "files:-g,*.vgpu*"
	zsh_offers "vgpu-trace dump -o ''" "files:"
	zsh_offers "vgpu-replay --png ''" "files:-/"
	zsh_offers "vgpu-trace record -d 5 -- ls -l" "normal:2,ls,-l"
else
	skip "zsh is not here"
fi
# The few words that no table has must be in the help of their options.
said() { # TOOL COMMAND WORDS...
	tool=$1 command=$2
	shift 2
	for word in "$@"; do
		check "$tool $command --help says $word" sh -c "$tool $command --help | grep -qw -- $word"
	done
}
said vgpu-trace stats type ctx process queue stage
said vgpu-trace dump auto always never
said vgpu-replay "" auto virgl soft2d null
finish
