/* SPDX-License-Identifier: MIT */
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
