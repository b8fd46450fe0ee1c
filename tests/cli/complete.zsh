# SPDX-License-Identifier: MIT
# Prints what _vgpu offers for a command line: zsh -f complete.zsh WORD...; the last word is the one
# that is completed. The functions of zsh's completion system are played by these.
compadd() { [[ $1 == -a ]] && print -rl -- ${(P)2} || print -rl -- "$@" }
_describe() { [[ $1 == -o ]] && shift; print -rl -- ${${(P)2}%%:*} }
_files() { print -r -- "files:${(j:,:)@}" }
_normal() { print -r -- "normal:$CURRENT,${(j:,:)words}" }
compset() { : }
functions[complete]=$(<${0:A:h}/../../tracer/completion/_vgpu)
words=("$@") CURRENT=$#
complete "$@"
