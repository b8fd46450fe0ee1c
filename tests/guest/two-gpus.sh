# SPDX-License-Identifier: MIT
# In the guest, unbound, with two GPUs: a recorder of both, and one of the second alone, while both are
# bound and show a pattern each.
driver=/sys/bus/virtio/drivers/virtio_gpu
gpus=
for d in /sys/bus/virtio/devices/*; do
	[ "$(cat "$d/device")" != 0x0010 ] || gpus="$gpus $(basename "$d")"
done
# shellcheck disable=SC2086
set -- $gpus
[ $# = 2 ] || {
	echo "$# GPUs"
	exit 1
}
mkfifo /tmp/ready
recorders=
begin() { # NAME OPTION...
	name=$1
	shift
	/tools/vgpu-trace record -q -o "/out/$name.vgpu.zst" --signal-ready 7 "$@" 7> /tmp/ready &
	recorders="$recorders $!"
	read -r _ < /tmp/ready
}
begin both
begin second --device "$2"
for d in "$1" "$2"; do
	echo "$d" > $driver/bind
	pci=$(basename "$(dirname "$(readlink -f "/sys/bus/virtio/devices/$d")")")
	wait_for 10 test -e "/sys/bus/pci/devices/$pci/drm"
	bus=pci:$pci
	id=$(modetest -D "$bus" -c 2> /dev/null | awk '$3 == "connected" { print $1; exit }')
	pattern=smpte
	[ "$d" = "$1" ] || pattern=tiles
	modetest -D "$bus" -F $pattern -s "$id:1280x800" <> /run/stdin > /tmp/modetest 2>&1 &
	sleep 3
done
for pid in $recorders; do
	kill -INT "$pid"
	wait "$pid" || echo "a recorder ends with $?"
done
cat /tmp/modetest
killall -9 modetest
for d in "$1" "$2"; do echo "$d" > $driver/unbind; done
