/* SPDX-License-Identifier: MIT */
/* vgpu-trace strip: a trace that can be given away. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/edit.h>
#include <vgpu/error.h>

#include "new-file.h"
#include "progress.h"
#include "tool.h"

enum {
	OPT_KEEP = 256,
};

struct strip {
	const char *path, *output;
	unsigned int keep;
	bool force, quiet;
	uint64_t unknown; /* records left out */
};

static const struct argp_option options[] = {
	{ "keep", OPT_KEEP, "WHAT,...", 0,
	  "do not strip: memory (guest memory, pixels in streams), shaders, constants (uniforms, "
	  "colors), names (of processes, contexts, markers), host (command line, EDID)",
	  0 },
	{ "output", 'o', "FILE", 0, "the new trace; - is standard output", 0 },
	{ "force", 'f', NULL, 0, "overwrite it", 0 },
	{ "quiet", 'q', NULL, 0, "say nothing but what is wrong", 0 },
	{ 0 },
};

static void parse_keep(struct strip *s, const char *list, struct argp_state *state)
{
	for (size_t n; *list; list += n + (list[n] == ',')) {
		unsigned int bit = 1;
		const char *name;

		n = strcspn(list, ",");
		while ((name = vgpu_strip_keep_name(bit)) &&
		       (strncmp(list, name, n) != 0 || name[n]))
			bit <<= 1;
		if (!name)
			argp_error(state, "\"%.*s\" is nothing to keep", (int)n, list);
		s->keep |= bit;
	}
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct strip *s = state->input;

	switch (key) {
	case OPT_KEEP:
		parse_keep(s, arg, state);
		return 0;
	case 'o':
		s->output = arg;
		return 0;
	case 'f':
		s->force = true;
		return 0;
	case 'q':
		s->quiet = true;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!s->output)
			argp_error(state, "where to? -o FILE");
		return 0;
	}
	return tool_file_argument(key, arg, state, &s->path);
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE -o FILE",
	"Writes a trace without what may be private: pixels, textures, shaders, uniforms, names "
	"and "
	"arguments of processes, debug names, the monitor's EDID. Zeros take their place, so that "
	"sizes, times and order stay. Only what is known to be harmless is let through.\v"
	"Such a trace is for looking at what the driver did and how long it took; its pictures are "
	"gone. Resolution, formats, numbers of objects, GL limits and the host's GPU stay. FILE "
	"may "
	"be - for standard input. Exit status 3: the trace is cut or damaged.",
	NULL,
	NULL,
	NULL,
};

/* One record. 0, or an exit status after a message. */
static int take(struct strip *s, struct vgpu_strip *strip, struct new_file *out,
		const struct vgpu_trace_record *r)
{
	struct vgpu_trace_record clean;
	int err = vgpu_strip_record(strip, r, &clean);

	if (err == VGPU_ERR_UNKNOWN || err == VGPU_ERR_CORRUPT) {
		s->unknown += r->type != VGPU_TRACE_END && r->type != VGPU_TRACE_READBACK;
		out->last_ns = r->time_ns;
		return 0;
	}
	if (err > 0)
		return new_file_record(out, &clean);
	fprintf(stderr, "vgpu-trace: %s: %s\n", out->path, tool_strerror(err));
	return TOOL_FAILED;
}

static int run(struct strip *s, struct vgpu_trace_reader *reader, struct vgpu_strip *strip)
{
	struct vgpu_trace_status status;
	struct progress progress;
	struct vgpu_trace_record r;
	struct new_file out;
	char state[160];
	int ret, n;

	ret = new_file_open(&out, s->output, s->force, NULL);
	if (ret)
		return ret;
	progress_begin(&progress, s->path, s->quiet, false);
	while (!ret && (n = vgpu_trace_reader_next(reader, &r)) == 1) {
		ret = take(s, strip, &out, &r);
		progress_tick(&progress, reader);
	}
	progress_end(&progress);
	if (!ret && n < 0) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", s->path, tool_strerror(n));
		ret = TOOL_FAILED;
	}
	if (!ret && !out.any) {
		fprintf(stderr, "vgpu-trace: %s: no record is in it\n", s->path);
		ret = TOOL_FAILED;
	}
	vgpu_trace_reader_status(reader, &status);
	if (!ret && status.damage_offset != UINT64_MAX)
		ret = TOOL_LOSSY;
	ret = new_file_close(&out, ret, out.last_ns);
	if (ret == TOOL_LOSSY)
		fprintf(stderr, "vgpu-trace: %s: %s\n", s->path,
			tool_state(&status, state, sizeof(state)));
	if (ret != TOOL_FAILED && s->unknown && !s->quiet)
		fprintf(stderr,
			"vgpu-trace: %" PRIu64
			" records of kinds that are not known were left out\n",
			s->unknown);
	return ret;
}

int tool_strip(int argc, char **argv)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_strip *strip;
	struct strip s = { 0 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &s);
	reader = tool_open(s.path);
	if (!reader)
		return TOOL_FAILED;
	if (vgpu_strip_create(&strip, s.keep)) {
		fputs("vgpu-trace: out of memory\n", stderr);
		ret = TOOL_FAILED;
	} else {
		ret = run(&s, reader, strip);
		vgpu_strip_destroy(strip);
	}
	vgpu_trace_reader_close(reader);
	return ret;
}
