# SPDX-License-Identifier: MIT
# Sourced by the guest's init and by workloads.
export PATH=/tools:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux
export XDG_RUNTIME_DIR=/run/user XDG_CACHE_HOME=/run/cache
driver=/sys/bus/virtio/drivers/virtio_gpu

# The virtio device with the GPU's id, as virtio3.
gpu_device() {
	for d in /sys/bus/virtio/devices/*; do
		[ "$(cat "$d/device")" = 0x0010 ] && basename "$d" && return
	done
	return 1
}

gpu_bind() {
	d=$(gpu_device) || return
	[ -e "$driver/$d" ] || echo "$d" > "$driver/bind" || return
	i=0
	until [ -e /dev/dri/card0 ]; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		sleep 0.05
	done
}

gpu_unbind() {
	d=$(gpu_device) || return
	[ ! -e "$driver/$d" ] || echo "$d" > "$driver/unbind"
}

# The id of the only connector that has something plugged in, for modetest.
connector() {
	modetest -M virtio_gpu -c 2> /dev/null | awk '$3 == "connected" { print $1; exit }'
}

# Xorg and weston find devices through udev's database.
start_udev() {
	/lib/systemd/systemd-udevd --daemon 2> /dev/null
	udevadm trigger --action=add
	udevadm settle --timeout=10
}

uptime_seconds() {
	cut -d. -f1 /proc/uptime
}

# Waits until a command succeeds: wait_for SECONDS COMMAND...
wait_for() {
	wait_end=$(($(uptime_seconds) + $1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$(uptime_seconds)" -lt "$wait_end" ] || {
			echo "gave up waiting for: $*"
			return 1
		}
		sleep 0.05
	done
}

# Runs a program in the background. (A shell gives such a one /dev/null to read from, and kmscube
# and modetest end when their input does.)
start() {
	"$@" <> /run/stdin &
}

# Waits until the program started last, or its child, has its own picture on the screen:
# wait_shown PROGRAM. Fails at once when the program ended. (A zombie has no executable either.)
wait_shown() {
	wait_for 60 shown_or_gone $! "$1"
	showing "$1" && return
	echo "$1 shows nothing"
	return 1
}
showing() {
	grep -q "allocated by = $1" /sys/kernel/debug/dri/0/state
}
shown_or_gone() {
	[ ! -e "/proc/$1/exe" ] || showing "$2"
}

# Waits until the driver has seen so many more fences, which is to say so much drawing.
# (A device without 3D, feature bit 0, has none.)
wait_fences() {
	grep -q ^1 "/sys/bus/virtio/devices/$(gpu_device)/features" || {
		sleep 2
		return
	}
	wait_for 60 fences_from "$(fence_number)" "$1"
}
fence_number() {
	awk '{ print $2 }' /sys/kernel/debug/dri/0/virtio-gpu-irq-fence
}
fences_from() {
	[ $(($(fence_number) - $1)) -ge "$2" ]
}

# The ids of all user programs but this shell, in $pids. Without a fork: that would be one more.
# (Kernel threads have no executable.)
list_programs() {
	pids=
	for p in /proc/[0-9]*; do
		[ "${p#/proc/}" != $$ ] && [ -e "$p/exe" ] && pids="$pids ${p#/proc/}"
	done
	true
}

# Stops all programs where they are, so that the last picture stays and no command follows it.
# Goes on with this shell and what it stands on: the recorder, and init.
freeze() {
	keep=" 1 $$ $PPID $(awk '{ print $4 }' "/proc/$PPID/stat") "
	for _ in 1 2; do
		list_programs
		for pid in $pids; do
			case $keep in *" $pid "*) ;; *) kill -STOP "$pid" 2> /dev/null ;; esac
		done
		# What was queued to kernel workers, and answers still on their way, need a moment.
		sleep 0.2
	done
}

# weston on the first terminal, ready for clients.
start_weston() {
	start_udev
	cat > /run/weston.ini <<-END
		[core]
		require-input=false
		idle-time=0
		[shell]
		locking=false
		startup-animation=none
	END
	export LIBSEAT_BACKEND=builtin WAYLAND_DISPLAY=wayland-1
	weston --config=/run/weston.ini --backend=drm-backend.so --socket=wayland-1 \
		--log="/out/$NAME.weston.log" < /dev/tty1 &
	wait_shown weston
}

# A Wayland client, until it has been given a number of frames: wayland_client FRAMES PROGRAM.
wayland_client() {
	frames=$1
	shift
	WAYLAND_DEBUG=1 start "$@" 2> /run/wayland.log
	wait_for 60 wayland_frames "$frames"
}
wayland_frames() {
	[ "$(grep -c 'wl_callback.*done(' /run/wayland.log)" -ge "$1" ]
}
