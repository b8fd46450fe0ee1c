# SPDX-License-Identifier: MIT
# In the guest, unbound: full screens of other pixels as fast as the guest can draw them, recorded with
# default options. What it does is told beside what it does without a recorder.
rate() { sed -n 's/^desktop: .* \([0-9.]* MB\/s\); memcpy \(.*\)/\1 (memcpy \2)/p'; }

gpu_bind || exit 1
plain=$(/tools/tests/guest/flood desktop "$FLOOD" | rate)
gpu_unbind
/tools/vgpu-trace record -o /tmp/flood.vgpu.zst -- sh -c "
	. /vgpu/guest/lib.sh
	gpu_bind
	/tools/tests/guest/flood desktop $FLOOD > /tmp/log" 2> /tmp/said || {
	tr '\r' '\n' < /tmp/said
	exit 1
}
gpu_unbind
# Not there at once: it is a share, and much slower than any disk.
cp /tmp/flood.vgpu.zst /out/
echo "flood: $plain; recorded: $(rate < /tmp/log), $(tr '\r' '\n' < /tmp/said | grep -o '[0-9]* lost')"
