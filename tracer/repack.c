/* SPDX-License-Identifier: MIT */
/* vgpu-trace repack: the same records, packed otherwise. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "json.h"
#include "new-file.h"
#include "progress.h"
#include "tool.h"
#include "units.h"

#define LEVEL_MAX     22
#define DEFAULT_LEVEL 19
#define FRAME_MIN     (4u << 10)
#define FRAME_MAX     (24u << 20) /* the reader verifies such a frame before it hands it out */
#define FRAME_DEFAULT (4u << 20)
#define FRAME_LONG    (16u << 20)

enum {
	OPT_LONG = 256,
	OPT_FRAME,
};

/* What is kept of a stream of records, to compare. */
struct digest {
	XXH3_state_t *state;
	uint64_t records;
};

struct repack {
	const char *path, *output;
	struct vgpu_trace_writer_options options;
	bool force, quiet, json;
	struct vgpu_trace_reader *reader;
	struct digest old, new;
	uint64_t old_bytes, new_bytes; /* of the files */
	bool compared;
};

static const struct argp_option options[] = {
	{ "level", 'l', "N", 0, "zstd's, 1 to 22 (19)", 0 },
	{ "long", OPT_LONG, NULL, 0, "frames of 16 MiB: smaller, slower to go to a place in", 0 },
	{ "frame-size", OPT_FRAME, "SIZE", 0,
	  "bytes of records in a frame, or with K or M; 4K to 24M (4M)", 0 },
	{ "output", 'o', "FILE", 0, "the new trace; - is standard output", 0 },
	{ "force", 'f', NULL, 0, "overwrite it", 0 },
	{ "json", 'j', NULL, 0, "sizes and hash as one JSON object", 0 },
	{ "quiet", 'q', NULL, 0, "say nothing but what is wrong", 0 },
	{ 0 },
};

static uint32_t parse_size(const char *text, struct argp_state *state)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'k')
		n <<= 10, end++;
	else if (*end == 'M' || *end == 'm')
		n <<= 20, end++;
	if (*text < '0' || *text > '9' || *end || errno || n < FRAME_MIN || n > FRAME_MAX)
		argp_error(state, "\"%s\" is no size from 4K to 24M", text);
	return (uint32_t)n;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct repack *p = state->input;
	char *end;
	long n;

	switch (key) {
	case 'l':
		n = strtol(arg, &end, 10);
		if (end == arg || *end || n < 1 || n > LEVEL_MAX)
			argp_error(state, "\"%s\" is no level from 1 to %d", arg, LEVEL_MAX);
		p->options.level = (int)n;
		return 0;
	case OPT_LONG:
		if (!p->options.frame_bytes)
			p->options.frame_bytes = FRAME_LONG;
		return 0;
	case OPT_FRAME:
		p->options.frame_bytes = parse_size(arg, state);
		return 0;
	case 'o':
		p->output = arg;
		return 0;
	case 'f':
		p->force = true;
		return 0;
	case 'j':
		p->json = true;
		return 0;
	case 'q':
		p->quiet = true;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (!p->output)
			argp_error(state, "where to? -o FILE");
		if (p->json && strcmp(p->output, "-") == 0)
			argp_error(state, "--json and -o - both want the output");
		return 0;
	}
	return tool_file_argument(key, arg, state, &p->path);
}

static const struct argp argp = {
	options,
	parse_option,
	"FILE -o FILE",
	"Packs a trace anew: its records, their order and content stay, compression and frames "
	"change. What was written is read again and compared by a hash of all records before "
	"it gets its name.\v"
	"Level 19 takes 60 MiB of memory, with --long 120. FILE may be - for standard "
	"input. A trace that is cut or damaged is refused: `vgpu-trace recover` makes it whole.",
	NULL,
	NULL,
	NULL,
};

static void digest_record(struct digest *d, const struct vgpu_trace_record *r)
{
	const struct {
		uint64_t time_ns, size;
		uint16_t type, flags;
		uint32_t zero;
	} head = { .time_ns = r->time_ns, .size = r->body_size, .type = r->type, .flags = r->flags };

	XXH3_64bits_update(d->state, &head, sizeof(head));
	XXH3_64bits_update(d->state, r->body, r->body_size);
	d->records++;
}

static bool digest_init(struct digest *d)
{
	d->state = XXH3_createState();
	return d->state && XXH3_64bits_reset(d->state) == XXH_OK;
}

/* All records into the new file. A trace that is not whole could not stay as it is. */
static int copy(struct repack *p, struct new_file *to)
{
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	struct progress progress;
	char state[160];
	int ret = 0, n;

	progress_begin(&progress, p->path, p->quiet, false);
	while (!ret && (n = vgpu_trace_reader_next(p->reader, &r)) == 1) {
		if (!p->old.records && r.type != VGPU_TRACE_HEADER)
			break;
		digest_record(&p->old, &r);
		ret = new_file_record(to, &r);
		progress_tick(&progress, p->reader);
	}
	progress_end(&progress);
	if (ret)
		return ret;
	vgpu_trace_reader_status(p->reader, &status);
	p->old_bytes = status.file_bytes;
	if (n >= 0 && status.damage_offset == UINT64_MAX)
		return TOOL_OK;
	fprintf(stderr, "vgpu-trace: %s: %s%s\n", p->path,
		n < 0 ? tool_strerror(n) : tool_state(&status, state, sizeof(state)),
		n < 0 ? "" : "; `vgpu-trace recover` makes it whole");
	return TOOL_FAILED;
}

/* Read the new file, and compare. What went down a pipe is told by the hash alone. */
static int compare(struct repack *p, const struct new_file *to)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int n;

	if ((fcntl(to->fd, F_GETFL) & O_ACCMODE) != O_RDWR || lseek(to->fd, 0, SEEK_SET) != 0)
		return TOOL_OK;
	n = vgpu_trace_reader_open_fd(&reader, to->fd);
	if (!n) {
		while ((n = vgpu_trace_reader_next(reader, &r)) == 1)
			digest_record(&p->new, &r);
	}
	vgpu_trace_reader_close(reader);
	p->compared = true;
	if (!n && p->new.records == p->old.records &&XXH3_64bits_digest(p->new.state) ==
			  XXH3_64bits_digest(p->old.state))
		return TOOL_OK;
	fprintf(stderr, "vgpu-trace: %s: reads back otherwise than it was written\n", to->path);
	return TOOL_FAILED;
}

static void print_report(const struct repack *p)
{
	char hash[20], from[32], to[32];

	snprintf(hash, sizeof(hash), "%016" PRIx64, XXH3_64bits_digest(p->old.state));
	if (p->json) {
		json_begin(NULL, '{');
		json_number("schema_version", 1);
		json_number("records", p->old.records);
		json_string("records_hash", hash);
		json_bool("compared", p->compared);
		json_number("bytes_before", p->old_bytes);
		json_number("bytes", p->new_bytes);
		json_end('}');
		json_line();
	} else if (!p->quiet) {
		fprintf(stderr, "Repacked  %" PRIu64 " records from %s into %s, hash %s%s\n",
			p->old.records, unit_bytes(p->old_bytes, from),
			unit_bytes(p->new_bytes, to), hash,
			p->compared ? ", read again and compared" : "");
	}
}

static int run(struct repack *p)
{
	struct new_file to;
	int ret = new_file_open(&to, p->output, p->force, &p->options);

	if (ret)
		return ret;
	ret = copy(p, &to);
	if (!ret)
		ret = new_file_finish(&to, to.last_ns);
	if (!ret)
		ret = compare(p, &to);
	p->new_bytes = to.bytes;
	ret = new_file_close(&to, ret, to.last_ns);
	if (ret)
		return ret;
	print_report(p);
	return tool_finish(ret);
}

int tool_repack(int argc, char **argv)
{
	struct repack p = { .options.level = DEFAULT_LEVEL };
	int ret = TOOL_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (!p.options.frame_bytes)
		p.options.frame_bytes = FRAME_DEFAULT;
	p.reader = tool_open(p.path);
	if (!p.reader)
		return TOOL_FAILED;
	if (digest_init(&p.old) && digest_init(&p.new))
		ret = run(&p);
	else
		fputs("vgpu-trace: out of memory\n", stderr);
	XXH3_freeState(p.old.state);
	XXH3_freeState(p.new.state);
	vgpu_trace_reader_close(p.reader);
	return ret;
}
