# SPDX-License-Identifier: MIT
# In the guest, bound: full screens of other pixels as fast as the guest can draw them, recorded with
# default options; told beside what it does without a recorder. Then a recorder is stopped for a second
# meanwhile: commands are held back for it, or are not, if so asked.
rate() { sed -n 's/^desktop: .* \([0-9.]* MB\/s\); memcpy \(.*\)/\1 (memcpy \2)/p'; }
fail() {
	echo "flood: $*"
	tr '\r' '\n' < /tmp/said | tail -n 3
	exit 1
}
mkfifo /tmp/ready
begin() { # OPTION...
	/tools/vgpu-trace record -f -o /tmp/flood.vgpu.zst --signal-ready 7 "$@" \
		2> /tmp/said 7> /tmp/ready &
	recorder=$!
	read -r _ < /tmp/ready
}
end() {
	kill -INT $recorder
	wait $recorder
}
stopped() { # OPTION...: its exit status
	begin -B 2M "$@"
	/tools/tests/guest/flood desktop 5 > /dev/null &
	flood=$!
	sleep 4 # it measures memcpy first
	kill -STOP $recorder
	sleep 1
	kill -CONT $recorder
	wait $flood
	end
}

plain=$(/tools/tests/guest/flood desktop "$FLOOD" | rate)
begin
recorded=$(/tools/tests/guest/flood desktop "$FLOOD" | rate)
end || fail "something is lost"
# Not there at once: it is a share, and much slower than any disk.
mv /tmp/flood.vgpu.zst /out/
echo "flood: $plain; recorded: $recorded, $(grep -o '[0-9][0-9]* lost' /tmp/said | tail -1)"
stopped
[ $? = 3 ] || fail "nothing is lost while nobody reads"
grep -q 'the guest was held back for [0-9.]* s' /tmp/said || fail "nobody waits for the reader"
stopped --no-wait
[ $? = 3 ] || fail "nothing is lost with --no-wait"
grep -q 'held back' /tmp/said && fail "held back with --no-wait"
exit 0
