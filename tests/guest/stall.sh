# SPDX-License-Identifier: MIT
# In the guest, unbound: ten seconds without anybody who takes what the recorder writes, while the
# console scrolls as fast as it can. The device gets nothing before and after.
mkfifo /run/pipe
sh -c 'exec 3< /run/pipe; dd bs=4k count=16 <&3 2> /dev/null; sleep 10; cat <&3' > /out/stalled.vgpu.zst &
reader=$!
/tools/vgpu-trace record -q -f -o /run/pipe -B 2M -- sh -c '
	. /vgpu/guest/lib.sh
	gpu_bind
	end=$(($(uptime_seconds) + 15))
	while [ "$(uptime_seconds)" -lt $end ]; do
		head -c 8000 /dev/urandom | xxd -p > /dev/tty1
	done
	sleep 1' 2> /out/stalled.said
status=$?
wait $reader
gpu_unbind
cat /out/stalled.said
[ $status = 0 ] || [ $status = 3 ] || {
	echo "exit status $status"
	exit 1
}
