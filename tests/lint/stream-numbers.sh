#!/bin/sh
# SPDX-License-Identifier: MIT
# Numbers of the streams against sources that are not ours: the kernel's DRM headers as libdrm has them,
# and the Vulkan registry.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
defs=libvgpu/include/vgpu

# same SET HEADER PREFIX: each name of the set is the header's PREFIX<name>, where the header has it.
# Headers are of any age: at least half the names must be there. Both macros and enumerators count.
same() {
	set=$1 header=$2 prefix=$3
	sed -n "s/^VGPU_VALUE\(_HIGH\)\{0,1\}($set, \([A-Z0-9_]*\), \(.*\))$/\2 \3/p" $defs/*.def >"$tmp/rows"
	{
		printf '#include <stdio.h>\n#include "%s"\nint main(void)\n{\n\tint bad = 0, found = 0;\n' "$include/$header"
		while read -r name number; do
			grep -qw "$prefix$name" "$include/$header" || continue
			printf '\tfound++; if ((unsigned long long)(%s) != (unsigned int)(%s)) { bad = 1; puts("%s"); }\n' \
				"$prefix$name" "$number" "$name"
		done <"$tmp/rows"
		printf '\treturn bad || found * 2 < %s;\n}\n' "$(wc -l <"$tmp/rows")"
	} >"$tmp/same.c"
	check "$set and $header's $prefix*" sh -c "cc -D__user= -o '$tmp/same' '$tmp/same.c' && '$tmp/same'"
}

# have HEADER NAME: it is installed, in $include, and knows the name. libdrm-dev has some drivers'
# headers, and linux-headers-*-common all.
have() {
	for include in /usr/include ${LINUX_UAPI:-/usr/src/linux-headers-*-common/include/uapi}; do
		if grep -qws "$2" "$include/$1"; then
			return 0
		fi
	done
	return 1
}
if have libdrm/msm_drm.h MSM_BO_SCANOUT; then
	same MSM_BO libdrm/msm_drm.h MSM_BO_
	same MSM_PREP libdrm/msm_drm.h MSM_PREP_
	same MSM_SUBMIT libdrm/msm_drm.h MSM_SUBMIT_
	same MSM_BO_USE libdrm/msm_drm.h MSM_SUBMIT_BO_
	same MSM_CMD_BUF libdrm/msm_drm.h MSM_SUBMIT_CMD_
else
	skip "libdrm/msm_drm.h is not installed (libdrm-dev)"
fi
if have libdrm/amdgpu_drm.h AMDGPU_INFO_MEMORY; then
	same AMDGPU_INFO libdrm/amdgpu_drm.h AMDGPU_INFO_
	same AMDGPU_DOMAIN libdrm/amdgpu_drm.h AMDGPU_GEM_DOMAIN_
	same AMDGPU_GEM libdrm/amdgpu_drm.h AMDGPU_GEM_CREATE_
	same AMDGPU_VM_PAGE libdrm/amdgpu_drm.h AMDGPU_VM_PAGE_
	same AMDGPU_VA_OP libdrm/amdgpu_drm.h AMDGPU_VA_OP_
	same AMDGPU_CHUNK libdrm/amdgpu_drm.h AMDGPU_CHUNK_ID_
	same AMDGPU_CTX_OP libdrm/amdgpu_drm.h AMDGPU_CTX_OP_
	same AMDGPU_HW_IP libdrm/amdgpu_drm.h AMDGPU_HW_IP_
else
	skip "libdrm/amdgpu_drm.h is not installed (libdrm-dev)"
fi
if have libdrm/i915_drm.h I915_EXEC_SECURE; then
	same I915_QUERY libdrm/i915_drm.h DRM_I915_QUERY_
	same I915_EXEC libdrm/i915_drm.h I915_EXEC_
	same I915_EXEC_OBJECT libdrm/i915_drm.h EXEC_OBJECT_
else
	skip "libdrm/i915_drm.h is not installed (libdrm-dev)"
fi
if have drm/panfrost_drm.h DRM_PANFROST_PARAM_GPU_PROD_ID; then
	same PANFROST_PARAM drm/panfrost_drm.h DRM_PANFROST_PARAM_
	same PANFROST_BO drm/panfrost_drm.h PANFROST_BO_
	same PANFROST_MADV drm/panfrost_drm.h PANFROST_MADV_
	same PANFROST_JD_REQ drm/panfrost_drm.h PANFROST_JD_REQ_
else
	skip "drm/panfrost_drm.h is not installed (linux-headers-*-common)"
fi
if have drm/asahi_drm.h DRM_ASAHI_GEM_WRITEBACK; then
	same ASAHI_GEM drm/asahi_drm.h DRM_ASAHI_GEM_
	same ASAHI_BIND drm/asahi_drm.h DRM_ASAHI_BIND_
	same ASAHI_BIND_OBJECT_OP drm/asahi_drm.h DRM_ASAHI_BIND_OBJECT_OP_
else
	skip "drm/asahi_drm.h is not installed (linux-headers-*-common of Linux 6.16)"
fi

# Arguments of venus's commands, as the installed registry has them: of any age, too.
registry=/usr/share/vulkan/registry/vk.xml
if [ -e $registry ]; then
	check "venus-commands.def is not what venus-commands.py makes of $registry" \
		python3 libvgpu/venus-commands.py --check $registry $defs/venus-commands.def
	# A table that says otherwise is found.
	sed 's/U32, firstVertex/U64, firstVertex/' $defs/venus-commands.def >"$tmp/wrong.def"
	check "venus-commands.py --check finds a wrong argument" sh -c \
		"! python3 libvgpu/venus-commands.py --check $registry '$tmp/wrong.def'"
else
	skip "$registry is not installed (libvulkan-dev)"
fi
finish
