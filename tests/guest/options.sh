# SPDX-License-Identifier: MIT
# In the guest, unbound: the recorder's options, and what it says where it cannot record.
fail() {
	echo "options: $*"
	exit 1
}
by=      # who runs the recorder, if not we
record() { # STATUS TEXT OPTION...: record exits with this status and says this
	wanted=$1 text=$2
	shift 2
	# shellcheck disable=SC2086
	$by /tools/vgpu-trace record "$@" > /tmp/said 2>&1
	status=$?
	[ $status = "$wanted" ] || fail "$* exits with $status: $(cat /tmp/said)"
	grep -q -- "$text" /tmp/said || fail "$* says: $(cat /tmp/said)"
}
ready() { # waits for the newline of --signal-ready
	read -r _ < /tmp/ready
}

# The kernel's own event tracing, for what a recording says of times.
trace_events() { # on | off
	t=/sys/kernel/tracing
	if [ "$1" = off ]; then
		echo 0 > $t/events/enable
		cat $t/trace
		return
	fi
	mount -t tracefs tracefs $t 2> /dev/null
	echo mono > $t/trace_clock
	echo 20480 > $t/buffer_size_kb
	for e in virtio_gpu dma_fence/dma_fence_signaled dma_fence/dma_fence_wait_start \
		dma_fence/dma_fence_wait_end irq/irq_handler_entry syscalls/sys_enter_ioctl \
		syscalls/sys_exit_ioctl; do
		echo 1 > $t/events/$e/enable || fail "no event $e"
	done
}

mkfifo /tmp/ready
[ ! -e "$driver" ] || rmmod virtio_gpu
record 1 "modprobe virtio_gpu" -o /out/never.vgpu.zst
/tools/vgpu-trace doctor > /out/doctor.unloaded && fail "the doctor sees no trouble"

# From the very first command, as nobody, into a file that is theirs.
/tools/vgpu-trace record -q -o /out/probe.vgpu.zst --from-probe --signal-ready 7 \
	-Z nobody 7> /tmp/ready &
recorder=$!
ready
[ "$(stat -c %U:%a /out/probe.vgpu.zst)" = nobody:600 ] || fail "$(ls -l /out/probe.vgpu.zst)"
grep -q "^Uid:	65534	65534	65534	65534" /proc/$recorder/status || fail "still root"
echo "first" > /dev/tty1
kmscube -D /dev/dri/card0 -c 20 <>/run/stdin > /tmp/said 2>&1 || fail "kmscube: $(cat /tmp/said)"
kill -INT $recorder
wait $recorder || fail "--from-probe: $?"
record 1 "has its device already" -o /out/never.vgpu.zst --from-probe

# The unit for early boot: its command as it stands.
gpu_unbind
rmmod virtio_gpu || fail "the driver stays"
mkdir -m 700 /run/vgpu-trace
eval "$UNIT &"
recorder=$!
wait_for 60 test -e /dev/dri/card0 || fail "the unit binds no device"
echo "from the unit" > /dev/tty1
sleep 1
kill -INT $recorder
wait $recorder || fail "the unit's command: $?"
cp /run/vgpu-trace/boot.vgpu.zst /out/unit.vgpu.zst

/tools/vgpu-trace record -q -o /out/no-memory.vgpu.zst --no-memory --duration 4 \
	--device "$(gpu_device)" --signal-ready 7 7> /tmp/ready &
recorder=$!
ready
echo "second" > /dev/tty1
wait $recorder || fail "--no-memory: $?"

start kmscube -D /dev/dri/card0
wait_shown kmscube
record 0 "0 lost" -o /out/max-size.vgpu.zst --max-size 24K
trace_events on
record 0 "0 lost" -o /out/stages.vgpu.zst --stages --duration 2
trace_events off > /out/stages.events
record 0 "0 lost" -o /out/btf.vgpu.zst --btf /sys/kernel/btf/virtio_gpu --duration 1

# Nobody, with three capabilities; less is refused.
mkdir -m 777 /tmp/nobody
by_nobody() { # CAPABILITIES
	by="capsh --keep=1 --user=nobody --inh=$1 --addamb=$1 --shell=/usr/bin/env --"
}
by_nobody cap_bpf,cap_perfmon,cap_syslog
record 0 "0 lost" -o /tmp/nobody/nobody.vgpu.zst --duration 1
[ "$(stat -c %U:%a /tmp/nobody/nobody.vgpu.zst)" = nobody:600 ] || fail "$(ls -l /tmp/nobody)"
cp /tmp/nobody/nobody.vgpu.zst /out/
by_nobody cap_bpf,cap_perfmon
record 1 "CAP_SYSLOG" -o /tmp/nobody/never.vgpu.zst
by_nobody cap_perfmon,cap_syslog
record 1 "no privilege to load BPF programs" -o /tmp/nobody/never.vgpu.zst
[ "$(wc -l < /tmp/said)" = 1 ] || fail "more than a line: $(cat /tmp/said)"
by=
killall -9 kmscube
record 0 "0 lost" -o /out/ring.vgpu.zst --stages --no-memory -- /tools/tests/guest/flood ring 400

record 1 "no such device" -o /out/never.vgpu.zst --device 0000:99:00.0
record 1 "no BTF of a module" -o /out/never.vgpu.zst --btf /etc/passwd
record 1 "no such user" -o /out/never.vgpu.zst -Z nosuchuser
[ ! -e /out/never.vgpu.zst ] && [ ! -e /tmp/nobody/never.vgpu.zst ] || fail "a recording that cannot be leaves a file"
/tools/vgpu-trace doctor > /out/doctor || fail "the doctor's exit status is $?"
/tools/vgpu-trace doctor --json > /out/doctor.json || fail "the doctor's exit status is $?, with --json"
