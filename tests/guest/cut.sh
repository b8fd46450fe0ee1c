# SPDX-License-Identifier: MIT
# In the guest: KILLS recorders killed at random moments of a running program, one full disk, and
# two recorders that come late: to a running 3D program, and to a console that shows text already.
run=0
while [ $run -lt "$KILLS" ]; do
	run=$((run + 1))
	/tools/vgpu-trace record -q -o /out/kill-$run.vgpu.zst -- \
		sh -c '. /vgpu/guest/lib.sh; gpu_bind; exec kmscube -D /dev/dri/card0 <>/run/stdin' >/dev/null 2>&1 &
	recorder=$!
	wait_for 30 test -e /out/kill-$run.vgpu.zst || exit 1
	sleep "$(awk -v seed="$(date +%N)" 'BEGIN { srand(seed); print 8 * rand() }')"
	kill -9 $recorder || exit 1
	killall -9 kmscube 2>/dev/null
	sleep 0.2
	gpu_unbind
done

mkdir -p /tmp/small
mount -t tmpfs -o size=24k small /tmp/small
/tools/vgpu-trace record -q -o /tmp/small/full.vgpu.zst --duration 10 -- \
	sh -c '. /vgpu/guest/lib.sh; gpu_bind; exec kmscube -D /dev/dri/card0 <>/run/stdin' >/out/full.log 2>&1
status=$?
killall -9 kmscube 2>/dev/null
cp /tmp/small/full.vgpu.zst /out/
grep -q "No space left" /out/full.log || { echo "no word of the full disk:"; cat /out/full.log; exit 1; }
[ $status = 1 ] || [ $status = 3 ] || { echo "exit status $status on a full disk"; exit 1; }

# Who was killed keeps the device's number until its files are closed.
gpu_unbind
closed() { ! ls -l /proc/[0-9]*/fd 2> /dev/null | grep -q /dev/dri/; }
wait_for 30 closed || exit 1
sleep 0.5
gpu_bind || exit 1
start kmscube -D /dev/dri/card0
wait_shown kmscube || exit 1
/tools/vgpu-trace record -q -o /out/late.vgpu.zst --duration 1 || {
	echo "a late recorder's exit status: $?"
	exit 1
}
killall -9 kmscube
sleep 1

# What stood on the console before stays on the screen; only one line is written while recording.
seq 1 20 > /dev/tty1
sleep 1
/tools/vgpu-trace record -q -o /out/late-console.vgpu.zst --duration 4 &
recorder=$!
wait_for 30 test -s /out/late-console.vgpu.zst || exit 1
sleep 2
echo "written while recording" > /dev/tty1
wait $recorder || {
	echo "exit status of the recorder of the console: $?"
	exit 1
}
