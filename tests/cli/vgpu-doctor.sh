#!/bin/sh
# SPDX-License-Identifier: MIT
# vgpu-trace doctor, and record, on a machine that has no virtio-gpu; guests show it on those that do.
# usage: vgpu-doctor.sh BUILD
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
build=${1:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
tool() { "$build/vgpu-trace" "$@"; }

if [ -e /sys/module/virtio_gpu ] || [ -e /sys/bus/virtio/drivers/virtio_gpu ]; then
	skip "doctor: this machine has the virtio_gpu driver"
	finish
fi
why="the virtio_gpu driver is not there: load the virtio_gpu module first (modprobe virtio_gpu)"
status "doctor" 1 doctor
cat >"$tmp/wanted" <<END
yes  kernel             $(uname -s) $(uname -r), $(uname -m)
NO   driver             $why
This machine cannot be recorded.
END
check "doctor names the kernel and what is missing, and no more" diff "$tmp/wanted" "$tmp/out"
check "doctor is silent beside it" test ! -s "$tmp/err"
status "doctor --json" 1 doctor --json
check "its findings" python3 -c "
import json
lines = [json.loads(line) for line in open('$tmp/out')]
assert [(l['what'], l['state']) for l in lines] == [('kernel', 'good'), ('driver', 'failing')], lines
assert lines[1]['text'] == '$why', lines"
status "record" 1 record -o "$tmp/none.vgpu.zst" --duration 1
says "record" "vgpu-trace: $why"
check "no file is left" test ! -e "$tmp/none.vgpu.zst"
status "an option that it has not" 2 doctor --nonsense
finish
