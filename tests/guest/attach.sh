# SPDX-License-Identifier: MIT
# In the guest, bound: ATTACHES recorders come and go while a program draws; every third is killed.
# Afterwards the kernel is as it was, and the program has noticed nothing.
fail() {
	echo "attach: $*"
	exit 1
}
loaded() { # what the kernel has of BPF
	echo "$(bpftool prog show | grep -c '^[0-9]') programs," \
		"$(bpftool map show | grep -c '^[0-9]') maps, $(bpftool link show | grep -c '^[0-9]') links"
}
gone() {
	[ "$(loaded)" = "$before" ]
}

start kmscube -D /dev/dri/card0 > /run/kmscube.log 2>&1
cube=$!
wait_shown kmscube || exit 1
# Where there is one processor, a recorder would come and go no oftener than the two can share it.
renice -n 19 -p $cube > /dev/null
cp /tools/vgpu-trace /tmp/ # the share keeps none of its pages
before=$(loaded)
dmesg -c > /dev/null
[ -e /tmp/ready ] || mkfifo /tmp/ready
/tools/vgpu-trace record -q -f -o /tmp/attach.vgpu.zst --signal-ready 7 7> /tmp/ready &
recorder=$!
read -r _ < /tmp/ready
during=$(loaded)
kill -INT $recorder
wait $recorder || fail "the first recorder ends with $?"
n=0
begin=$(uptime_seconds)
while [ $n -lt "$ATTACHES" ]; do
	n=$((n + 1))
	/tmp/vgpu-trace record -q -f -o /tmp/attach.vgpu.zst -B 4M --signal-ready 7 \
		--duration 0.05 7> /tmp/ready &
	recorder=$!
	read -r _ < /tmp/ready
	if [ $((n % 3)) = 0 ]; then
		kill -9 $recorder
		wait $recorder 2> /dev/null
	else
		wait $recorder || fail "recorder $n ends with $?"
	fi
	[ $((n % 10)) != 0 ] || echo "$n recorders, $(($(uptime_seconds) - begin)) s"
done
[ "$during" != "$before" ] || fail "a recorder loads nothing: $during"
echo "attach: $n recorders in $(($(uptime_seconds) - begin)) s; before: $before; during: $during"
# Maps of a program that was killed go when the kernel has time for it.
wait_for 20 gone || fail "$before before, $(loaded) after: $(bpftool prog show)"
dmesg > /tmp/dmesg
grep -E 'WARNING|BUG|Oops|Call Trace|unchecked|soft lockup' /tmp/dmesg && fail "the kernel complains"
[ -e /proc/$cube/exe ] || fail "kmscube is gone: $(tail -3 /run/kmscube.log)"
wait_fences 20 || fail "kmscube does not go on"
killall -9 kmscube
