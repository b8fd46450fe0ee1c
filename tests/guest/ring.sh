# SPDX-License-Identifier: MIT
# In the guest, bound: a ring of files for LENGTH seconds, while programs come and go. What the recorder
# needs of memory goes to /out/memory, a line each time: seconds, kB.
mkfifo /tmp/ready
/tools/vgpu-trace record -o /tmp/ring.vgpu.zst -C 64K -W 32 --duration "$LENGTH" --signal-ready 7 \
	2> /tmp/said 7> /tmp/ready &
recorder=$!
read -r _ < /tmp/ready
: > /out/memory
while [ -e /proc/$recorder/exe ]; do
	start kmscube -D /dev/dri/card0 > /dev/null 2>&1
	sleep 5
	awk -v t="$(uptime_seconds)" '/^VmRSS/ { print t, $2 }' /proc/$recorder/status >> /out/memory
	killall -9 kmscube
	wait $!
	echo "a line for the console, at $(uptime_seconds)" > /dev/tty1
done 2> /dev/null
wait $recorder
status=$?
for f in /tmp/ring*.vgpu.zst; do
	[ "$(stat -c %a "$f")" = 600 ] || {
		ls -l "$f"
		exit 1
	}
	cp "$f" /out/
done
cat /tmp/said
exit $status
