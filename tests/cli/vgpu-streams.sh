#!/bin/sh
# SPDX-License-Identifier: MIT
# Streams that are not virgl's: the golden commands, in a trace and as bytes on the command line, are
# described by the tools as the library does.
# usage: vgpu-streams.sh BUILD
O=$(cd "${1:-build}" && pwd) || exit 1
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
golden=$here/../golden/streams

for row in drm-msm:6:1 drm-amdgpu:6:2 drm-i915:6:3 drm-asahi:6:4 drm-panfrost:6:5 drm:6:0 \
	cross-domain:5:0 venus:4:0 venus-long:4:0 gfxstream-1001:3:0 gfxstream-a003:8:0 \
	gfxstream-9000:9:0; do
	name=${row%%:*} capset=${row#*:}
	capset=${capset%:*} context=${row##*:}
	language=${name%%-[0-9a-z]*}
	case $name in drm-* | cross-domain) language=$name ;; esac
	sed 's/#.*//' "$golden/$name.hex" | python3 -c '
import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$tmp/stream"
	check "$name: a trace" "$O/tests/cli/make-stream-trace" "$tmp/t" "$capset" "$context" "$tmp/stream"

	# Lines of commands begin with their offset.
	"$O/vgpu-trace" dump -v "$tmp/t" | sed -n 's/^[[:blank:]]*0x[0-9a-f]* \([A-Za-z0-9]\)/\1/p' >"$tmp/got"
	check "$name: dump -v" diff -u "$golden/$name.text" "$tmp/got"
	"$O/vgpu-trace" dump --json "$tmp/t" | python3 -c '
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    for c in r.get("request", {}).get("stream", {}).get("commands", []):
        assert r["request"]["stream"]["language"] == sys.argv[1], r
        c["offset"] = 0
        print(json.dumps(c, sort_keys=True))' "$language" >"$tmp/got"
	python3 -c '
import json, sys
for line in sys.stdin:
    c = json.loads(line)
    c["offset"] = 0
    print(json.dumps(c, sort_keys=True))' <"$golden/$name.json" >"$tmp/expected"
	check "$name: dump --json" diff -u "$tmp/expected" "$tmp/got"
	"$O/vgpu-trace" explain --as "$language" "$tmp/stream" | sed -n 's/^    0x[0-9a-f]* //p' >"$tmp/got"
	check "$name: explain --as $language" diff -u "$golden/$name.text" "$tmp/got"
done
check "a DRM device that has not told its driver" sh -c "
	'$O/tests/cli/make-stream-trace' '$tmp/t' 6 0 '$tmp/stream' &&
	'$O/vgpu-trace' dump '$tmp/t' | grep -q stream=drm\ "

# Capsets, as bytes; amdgpu's ends inside its GPU info, and venus's is longer than is known here.
explains() { # KIND BYTES TEXT
	if "$O/vgpu-trace" explain --as "$1" "$2" 2>&1 | grep -qF -- "$3"; then ok; else
		fail "explain --as $1 $2: no \"$3\""
	fi
}
drm=0100000003000000310000000000000002000000
explains capset6 "${drm}00000000 ffff0000 01000000" "context_type: 2 (AMDGPU)"
explains capset6 "${drm}00000000 ffff0000 01000000" "address32_hi: 0xffff"
explains capset6 "${drm}00000000 ffff0000 01000000" "no more: it has 32 bytes, where 592 are known"
explains capset6 "$drm" "version_minor: 49"
explains capset5 "01000000 02000700 01000000 00000000" "supported_channels: 0x70002 WAYLAND PIPEWIRE X11 DBUS_SESSION"
explains capset4 "$(printf '01000000%.0s' $(seq 42))" "8 bytes more, of a newer renderer"
explains capset4 "$(printf '01000000%.0s' $(seq 40))" "use_guest_vram: 1"
explains capset3 "01000000 00400000" "ring_size: 16384"
explains capset9 "01000000 00400000 00100000 00000100" "blob_alignment: 65536"
for kind in capset7 capset10 capset capset2x unknown drm-nouveau; do
	"$O/vgpu-trace" explain --as $kind 00 >/dev/null 2>&1
	[ $? = 2 ] && ok || fail "explain --as $kind: no usage error"
done

# Names.
explains_name() {
	if "$O/vgpu-trace" explain "$1" 2>&1 | grep -qF -- "$2"; then ok; else
		fail "explain $1: no \"$2\""
	fi
}
explains_name vkCmdDraw "venus command 106"
explains_name GEM_NEW "drm-amdgpu command 2"
explains_name SEND "cross-domain command 4"
explains_name ACQUIRE_SYNC "gfxstream command 40964 (0xa004)"
finish
