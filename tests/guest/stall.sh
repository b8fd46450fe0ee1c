# SPDX-License-Identifier: MIT
# In the guest, unbound: recorders with small buffers, from whose pipe nobody takes anything for ten
# seconds. First the console scrolls as fast as it can: memory is lost, commands are not. Then there is
# no memory, and more of commands than there is room for. Between the two the device is bound anew.
stalled() { # NAME OPTION... -- COMMAND...
	name=$1
	shift
	mkfifo /run/pipe
	sh -c 'exec 3< /run/pipe; dd bs=4k count=16 <&3 2> /dev/null; sleep 10; cat <&3' \
		> "/out/$name.vgpu.zst" &
	reader=$!
	/tools/vgpu-trace record -q -f -o /run/pipe -B 2M "$@"
	status=$?
	wait $reader
	rm /run/pipe
	gpu_unbind
	[ $status = 3 ] || {
		echo "$name: exit status $status"
		exit 1
	}
}

stalled memory -- sh -c '
	. /vgpu/guest/lib.sh
	gpu_bind
	end=$(($(uptime_seconds) + 15))
	while [ "$(uptime_seconds)" -lt $end ]; do
		head -c 8000 /dev/urandom | xxd -p > /dev/tty1
	done
	sleep 1'
stalled commands --no-memory -- sh -c '
	. /vgpu/guest/lib.sh
	gpu_bind
	/tools/tests/guest/flood streams 10000
	sleep 1'
