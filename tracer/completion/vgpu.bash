# SPDX-License-Identifier: MIT
# bash completion for vgpu-trace, vgpu-replay and vgpu-view. What there is to complete is read from
# the tools' own --help at the time, so it is never behind them.

# The help of a tool, or of a command of vgpu-trace.
_vgpu_help() { # TOOL [COMMAND]
	"$1" ${2:+help "$2"} ${2:---help} 2>/dev/null
}

# Its commands, a line each.
_vgpu_commands() { # TOOL
	_vgpu_help "$1" | sed -n 's/^  \([a-z][a-z-]*\)  *.*/\1/p'
}

# Lines "-o --output=FILE" from a help text: short option or "-", long option, what it takes.
_vgpu_options() {
	sed -nE 's/^ +(-[A-Za-z?]), (--[a-z0-9-]+)(\[?=[^] ]*\]?)?( .*)?$/\1 \2 \3/p
		s/^ +(--[a-z0-9-]+)(\[?=[^] ]*\]?)?( .*)?$/- \1 \2/p'
}

# The words of `vgpu-trace help filter`: fields, and the names under a title.
_vgpu_fields() {
	vgpu-trace help filter 2>/dev/null | sed -n '/^Fields/,/^$/s/^  \([a-z]*\).*/\1/p'
}
_vgpu_names() { # TITLE
	vgpu-trace help filter 2>/dev/null | sed -n "/^$1:/,/^\$/s/^  //p"
}

# Values of options that take one of a few words. A help text may list them: those of --format stand
# below "Formats:".
_vgpu_values() { # OPTION HELP
	local title=${1#--}

	sed -n "/^${title^}s:\$/,/^\$/s/^  \([a-z0-9_]*\) .*/\1/p" <<<"$2"
	case $1 in
	--type) _vgpu_names Commands ;;
	--filter) _vgpu_fields && _vgpu_names Commands ;;
	--by) echo type ctx process queue stage ;;
	--color) echo auto always never ;;
	--backend) echo auto virgl soft2d null ;;
	esac
}

_vgpu() {
	local tool=${COMP_WORDS[0]} cur=${COMP_WORDS[COMP_CWORD]} command= help option= takes= line i
	local before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	type "$tool" >/dev/null 2>&1 || tool=${tool##*/}
	if [[ ${tool##*/} == vgpu-trace ]]; then
		if ((COMP_CWORD == 1)); then
			mapfile -t COMPREPLY < <(compgen -W "$(_vgpu_commands "$tool") help --help --version" -- "$cur")
			return
		fi
		command=${COMP_WORDS[1]}
		if [[ $command == help ]]; then
			((COMP_CWORD > 2)) ||
				mapfile -t COMPREPLY < <(compgen -W "$(_vgpu_commands "$tool") filter" -- "$cur")
			return
		fi
		# What follows is a command of its own.
		for ((i = 2; i < COMP_CWORD; i++)); do
			if [[ $command == record && ${COMP_WORDS[i]} == -- ]]; then
				mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
				return
			fi
		done
	fi
	help=$(_vgpu_help "$tool" $command)

	# readline takes "--type=SUB" for three words.
	if [[ $cur == '=' && $before == --* ]]; then
		option=$before cur=
	elif [[ $before == '=' ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $cur == --*=* ]]; then
		option=${cur%%=*} cur=${cur#*=}
	elif [[ $before == -* && $before != -- ]]; then
		option=$before
	fi
	if [[ $option ]]; then
		line=$(_vgpu_options <<<"$help" | awk -v o="$option" '$1 == o || $2 == o { print; exit }')
		read -r _ option takes <<<"$line"
		# "[=WHEN]" is taken behind an equals sign only.
		[[ $takes != '['* || $before == '=' || ${COMP_WORDS[COMP_CWORD]} == '=' ]] || takes=
	fi
	if [[ $takes ]]; then
		case $takes in
		*DIR*)
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			;;
		*FILE* | *PATH* | *OUT*)
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		*)
			mapfile -t COMPREPLY < <(compgen -W "$(_vgpu_values "$option" "$help")" -- "$cur")
			;;
		esac
	elif [[ $cur == -* ]]; then
		# "--output=" when a value follows.
		mapfile -t COMPREPLY < <(compgen -W "$(_vgpu_options <<<"$help" |
			awk '{ print $2 ($3 ~ /^=/ ? "=" : "") }')" -- "$cur")
		[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
	else
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <({ compgen -d -- "$cur"; compgen -f -X '!*.vgpu*' -- "$cur"; } | sort -u)
	fi
}

complete -F _vgpu vgpu-trace vgpu-replay vgpu-view
