/* SPDX-License-Identifier: MIT */
#include "pick.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>
#include <vgpu/trace.h>

/* "features=" is a number or names; either may say VIRGL. */
static bool pick_device_has_3d(const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device d;
	const char *features;
	char *end;
	uint64_t bits;

	if (vgpu_trace_parse_device(r, &d))
		return false;
	features = vgpu_trace_text_get(d.text, d.text_size, "features");
	if (!features)
		return false;
	bits = strtoull(features, &end, 0);
	if (end != features && !*end)
		return bits >> VGPU_F_VIRGL & 1;
	return strstr(features, "VIRGL") || strstr(features, "virgl");
}

static bool pick_command_is_3d(const struct vgpu_trace_record *r)
{
	const struct vgpu_cmd_info *info;
	struct vgpu_trace_snapshot s = { 0 };
	struct vgpu_trace_command c;
	struct vgpu_ctrl_hdr hdr;

	if (!vgpu_trace_parse_command(r, &c)) {
		s.request = c.request;
		s.request_size = c.request_size;
	} else if (vgpu_trace_parse_snapshot(r, &s)) {
		return false;
	}
	if (vgpu_decode_ctrl_hdr(s.request, s.request_size, &hdr))
		return false;
	info = vgpu_cmd_info(hdr.type);
	return info && info->feature == VGPU_F_VIRGL;
}

static const struct vgpu_profile *pick_profile(const struct vgpu_trace_record *r)
{
	static const struct {
		const char *vmm, *profile;
	} known[] = {
		{ "crosvm", "rutabaga" },   { "libkrun", "rutabaga" },
		{ "rutabaga", "rutabaga" }, { "vhost-device-gpu", "rutabaga" },
		{ "hvisor", "hvisor" },
	};
	struct vgpu_trace_header h;
	const char *vmm;
	size_t i;

	if (vgpu_trace_parse_header(r, &h))
		return NULL;
	vmm = vgpu_trace_text_get(h.text, h.text_size, "vmm");
	for (i = 0; vmm && i < sizeof(known) / sizeof(*known); i++) {
		if (!strncasecmp(vmm, known[i].vmm, strlen(known[i].vmm)))
			return vgpu_profile_find(known[i].profile);
	}
	return NULL;
}

struct pick pick_device(const char *path)
{
	struct pick pick = { .backend = "virgl" };
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	bool found = false;
	struct stat st;

	if (!strcmp(path, "-") || stat(path, &st) || !S_ISREG(st.st_mode) ||
	    vgpu_trace_reader_open(&reader, path))
		return pick;
	while (!found && vgpu_trace_reader_next(reader, &r) > 0) {
		if (r.type == VGPU_TRACE_HEADER && !pick.profile)
			pick.profile = pick_profile(&r);
		else if (r.type == VGPU_TRACE_DEVICE)
			found = pick_device_has_3d(&r);
		else if (r.type == VGPU_TRACE_COMMAND || r.type == VGPU_TRACE_SNAPSHOT)
			found = pick_command_is_3d(&r);
	}
	vgpu_trace_reader_close(reader);
	if (!found)
		pick.backend = "soft2d";
	return pick;
}
