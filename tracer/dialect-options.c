/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect-options.h"

static const struct argp_option options[] = {
	{ "dialect", 'D', "NAME", 0,
	  "decode as this implementation has it: spec (the default), chromium, libkrun, celadon, "
	  "rvgpu",
	  0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct vgpu_negotiated *n = state->input;

	if (key != 'D')
		return ARGP_ERR_UNKNOWN;
	if (vgpu_dialect_number(arg, &n->dialect))
		argp_error(state, "--dialect=%s: spec, chromium, libkrun, celadon or rvgpu", arg);
	return 0;
}

const struct argp dialect_argp = { options, parse_option, NULL, NULL, NULL, NULL, NULL };

bool dialect_take_features(struct vgpu_negotiated *n, const struct vgpu_trace_device *device)
{
	const char *features = vgpu_trace_text_get(device->text, device->text_size, "features");
	uint32_t bit;
	char name[32];

	if (!features)
		return false;
	n->has_features = true;
	n->features = 0;
	if (*features >= '0' && *features <= '9') {
		n->features = strtoull(features, NULL, 0);
		return true;
	}
	/* Or by name: "VIRGL,EDID". */
	while (*features) {
		size_t size = strcspn(features, ",");

		snprintf(name, sizeof(name), "%.*s", size < sizeof(name) ? (int)size : 0, features);
		if (vgpu_dialect_value_number(n->dialect, VGPU_SET_F, name, &bit) == 0)
			n->features |= UINT64_C(1) << bit;
		features += size + (features[size] == ',');
	}
	return true;
}
