/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vgpu/codec.h>
#include <vgpu/protocol.h>

#include "capset.h"
#include "names.h"
#include "outcome.h"

uint64_t report_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void report_init(struct report *r, bool quiet, bool verbose)
{
	const struct report_fault fault = r->fault;

	memset(r, 0, sizeof(*r));
	/* What is looked for was put here before. */
	if (fault.wanted)
		r->fault = fault;
	r->quiet = quiet;
	r->verbose = verbose;
}

static void report_free(struct report_open *o)
{
	free(o->reason);
	free(o->answer);
	*o = (struct report_open) { 0 };
}

void report_finish(struct report *r)
{
	uint32_t i;

	for (i = 0; i < REPORT_OPEN; i++)
		report_free(&r->open[i]);
	id_set_clear(&r->told);
	id_set_clear(&r->foreign_contexts);
	id_set_clear(&r->foreign_resources);
}

/* Who says no: the device in its response, or only the renderer behind an OK. */
static void report_tell(const struct report *r, const struct report_open *o, const char *then)
{
	const char *quote = o->reason && o->reason[0] ? "\"" : "";
	char room[NAME_ROOM], what[48];

	if (o->response_type >= VGPU_RESP_ERR_UNSPEC || !o->verdict)
		snprintf(what, sizeof(what), "now %s", name_answer(r->dialect, o->response_type));
	else
		snprintf(what, sizeof(what), "renderer said %d", o->verdict);
	fprintf(stderr, "vgpu-replay: command %" PRIu64 " %s ctx %" PRIu32 ": %s%s%s%s%s (%s)\n",
		o->id, name_command(r->dialect, o->type, room), o->ctx_id, what,
		quote[0] ? " " : "", quote, o->reason ? o->reason : "", quote, then);
}

/* After the first failure a context only repeats itself: the renderer's errors stick. */
static bool report_first(struct report *r, uint32_t ctx_id)
{
	if (id_set_has(&r->told, ctx_id + 1))
		return false;
	id_set_add(&r->told, ctx_id + 1);
	return true;
}

/* Both failed, or neither: but not in the same words. */
static void report_otherwise(struct report *r, const struct report_open *o,
			     const struct vgpu_ctrl_hdr *recorded)
{
	const uint32_t fence = VGPU_FLAG_FENCE | VGPU_FLAG_INFO_RING_IDX;
	bool other_type = recorded->type != o->response_type;
	char then[64];

	if (!recorded->type || (!other_type && !((recorded->flags ^ o->response_flags) & fence)))
		return;
	snprintf(then, sizeof(then), "recorded %s%s", name_answer(r->dialect, recorded->type),
		 other_type                            ? ""
		 : (recorded->flags & VGPU_FLAG_FENCE) ? " with a fence"
						       : " without its fence");
	if (r->verbose || (!r->otherwise && !r->quiet))
		report_tell(r, o, then);
	r->otherwise++;
}

static void report_fault(struct report_fault *f, const struct report_open *o)
{
	const char *reason = o->reason ? o->reason : "";

	if (f->id || (f->wanted &&
		      (f->type != o->type || strncmp(f->reason, reason, sizeof(f->reason) - 1))))
		return;
	f->id = o->id;
	f->type = o->type;
	snprintf(f->reason, sizeof(f->reason), "%s", reason);
}

/* The recorded answer is known (type 0: there is none): judge. */
static void report_judge(struct report *r, struct report_open *o,
			 const struct vgpu_ctrl_hdr *recorded)
{
	bool now = o->verdict || o->response_type >= VGPU_RESP_ERR_UNSPEC;
	bool then = recorded->type >= VGPU_RESP_ERR_UNSPEC;
	char text[64], room[NAME_ROOM];

	if (r->silent) {
		report_free(o);
		return;
	}
	snprintf(text, sizeof(text), "recorded %s", name_answer(r->dialect, recorded->type));
	if (now == then)
		report_otherwise(r, o, recorded);
	if (now && !then && o->foreign) {
		r->foreign++;
		if (r->verbose)
			report_tell(r, o, text);
	} else if (now && !then && !o->unknown) {
		r->failed++;
		report_fault(&r->fault, o);
		if (report_first(r, o->ctx_id) || r->verbose)
			report_tell(r, o, text);
		if (r->outcome)
			outcome_command(r->outcome, o->id, name_command(r->dialect, o->type, room),
					o->ctx_id, o->reason ? o->reason : "");
	} else if (now || then) {
		r->mended += !now;
		r->failed_before += now && then;
		r->unknown += now && !then;
		if (r->verbose)
			report_tell(r, o, text);
	}
	report_free(o);
}

/* No answer was recorded. */
static void report_unanswered(struct report *r, struct report_open *o)
{
	const struct vgpu_ctrl_hdr none = { 0 };

	report_judge(r, o, &none);
}

static void report_time(struct report *r, uint32_t type, uint64_t ns)
{
	struct report_type *t;
	uint32_t i;

	for (i = 0; i < r->type_count && r->types[i].type != type; i++)
		;
	if (i == REPORT_TYPES)
		i--;
	t = &r->types[i];
	if (i == r->type_count) {
		r->type_count++;
		t->type = type;
	}
	t->count++;
	t->ns += ns;
	if (ns > t->ns_max)
		t->ns_max = ns;
}

static void report_context(struct report *r, uint32_t ctx_id, uint64_t ns)
{
	struct report_context *c;
	uint32_t i;

	for (i = 0; i < r->context_count && r->contexts[i].ctx_id != ctx_id; i++)
		;
	if (i == REPORT_CONTEXTS)
		i--;
	c = &r->contexts[i];
	if (i == r->context_count) {
		r->context_count++;
		c->ctx_id = ctx_id;
	}
	c->count++;
	c->ns += ns;
}

static void report_slow(struct report *r, uint64_t id, const struct vgpu_device_result *result,
			uint64_t ns)
{
	uint32_t i = REPORT_SLOW;

	while (i && r->slow[i - 1].ns < ns)
		i--;
	if (i == REPORT_SLOW)
		return;
	memmove(&r->slow[i + 1], &r->slow[i], (REPORT_SLOW - 1 - i) * sizeof(*r->slow));
	r->slow[i] = (struct report_slow) { id, ns, result->type, result->ctx_id };
}

/*
 * A context that speaks Vulkan or a GPU's own language draws from memory that no command tells of:
 * what it does, and with what it made, cannot be done again. That is no new failure.
 */
static bool report_foreign(struct report *r, const struct vgpu_device_result *result)
{
	bool failed = result->verdict || result->response_type >= VGPU_RESP_ERR_UNSPEC;
	bool foreign;

	if (result->type == VGPU_CMD_CTX_CREATE) {
		if (!failed || result->capset_id <= VGPU_CAPSET_VIRGL2)
			return false;
		if (!r->foreign_capset)
			r->foreign_capset = result->capset_id;
		id_set_add(&r->foreign_contexts, result->ctx_id + 1);
		return true;
	}
	foreign =
		(result->ctx_id && id_set_has(&r->foreign_contexts, result->ctx_id + 1)) ||
		(result->resource_id && id_set_has(&r->foreign_resources, result->resource_id + 1));
	if (foreign && failed && result->resource_id)
		id_set_add(&r->foreign_resources, result->resource_id + 1);
	return foreign;
}

void report_command(struct report *r, uint64_t id, const struct vgpu_device_result *result,
		    uint64_t ns)
{
	struct report_open *o = &r->open[id % REPORT_OPEN];

	r->commands++;
	report_time(r, result->type, ns);
	report_context(r, result->ctx_id, ns);
	report_slow(r, id, result, ns);
	/* Ids are from 1; a damaged trace may say otherwise. There is no answer to wait for then. */
	if (!id)
		return;
	if (o->id)
		report_unanswered(r, o);
	o->id = id;
	o->type = result->type;
	o->ctx_id = result->ctx_id;
	o->resource_id = result->resource_id;
	o->response_type = result->response_type;
	o->response_flags = result->response_flags;
	o->fence = result->fence;
	o->verdict = result->verdict;
	o->unknown = result->unknown;
	o->foreign = report_foreign(r, result);
	if (result->verdict || result->response_type >= VGPU_RESP_ERR_UNSPEC)
		o->reason = strdup(result->reason);
	if (r->capsets && result->response_type == VGPU_RESP_OK_CAPSET) {
		o->answer = malloc(result->response_size);
		if (o->answer) {
			memcpy(o->answer, result->response, result->response_size);
			o->answer_size = (uint32_t)result->response_size;
			o->capset_id = result->capset_id;
		}
	}
}

struct report_capset {
	const struct report *report;
	uint64_t id; /* of the command; 0: from before the recording */
	uint32_t told;
};

/* A host that is another has many differences: what is missing comes first to mind. */
#define CAPSET_LINES 12

static void report_capset_line(void *data, enum capset_verdict verdict, const char *line)
{
	struct report_capset *c = data;

	if (verdict < CAPSET_LACKS && !c->report->verbose)
		return;
	if (verdict < CAPSET_UNFIT && (c->report->quiet || c->told >= CAPSET_LINES) &&
	    !c->report->verbose)
		return;
	c->told++;
	if (c->id)
		fprintf(stderr, "vgpu-replay: capset of command %" PRIu64 ": %s\n", c->id, line);
	else
		fprintf(stderr, "vgpu-replay: capset from before the recording: %s\n", line);
}

static void report_capset(struct report *r, uint64_t command, uint32_t capset_id,
			  struct capset_bytes recorded, struct capset_bytes here)
{
	struct report_capset c = { .report = r, .id = command };
	enum capset_verdict verdict;

	verdict = capset_compare(capset_id, recorded, here, report_capset_line, &c);
	r->capsets_differ += verdict >= CAPSET_LACKS;
	r->capsets_unfit |= verdict == CAPSET_UNFIT;
}

void report_known_capset(struct report *r, uint32_t capset_id, const uint8_t *recorded, size_t size,
			 const struct vgpu_device_result *result)
{
	if (result->response_type == VGPU_RESP_OK_CAPSET && !r->silent)
		report_capset(r, 0, capset_id, (struct capset_bytes) { recorded, size },
			      (struct capset_bytes) { result->response + VGPU_CTRL_HDR_SIZE,
						      result->response_size - VGPU_CTRL_HDR_SIZE });
}

const struct report_open *report_find(const struct report *r, uint64_t id)
{
	const struct report_open *o = &r->open[id % REPORT_OPEN];

	return id && o->id == id ? o : NULL;
}

void report_response(struct report *r, const struct vgpu_trace_response *recorded)
{
	struct report_open *o = &r->open[recorded->id % REPORT_OPEN];
	struct vgpu_ctrl_hdr hdr;

	if (o->id != recorded->id || !o->id)
		return;
	/* A response that was not written: the cursor queue's, or one cut short. */
	if (vgpu_decode_ctrl_hdr(recorded->response, recorded->response_size, &hdr))
		hdr = (struct vgpu_ctrl_hdr) { 0 };
	if (o->answer && hdr.type == VGPU_RESP_OK_CAPSET && !r->silent)
		report_capset(
			r, o->id, o->capset_id,
			(struct capset_bytes) { recorded->response + VGPU_CTRL_HDR_SIZE,
						recorded->response_size - VGPU_CTRL_HDR_SIZE },
			(struct capset_bytes) { o->answer + VGPU_CTRL_HDR_SIZE,
						o->answer_size - VGPU_CTRL_HDR_SIZE });
	report_judge(r, o, &hdr);
}

void report_lost(struct report *r, const struct vgpu_trace_lost *lost)
{
	size_t what = lost->what < 16 ? lost->what : 0;

	r->lost[what] += lost->count ? lost->count : 1;
}

void report_epoch(struct report *r)
{
	report_end(r);
	id_set_clear(&r->told);
	id_set_clear(&r->foreign_contexts);
	id_set_clear(&r->foreign_resources);
}

static int report_by_id(const void *a, const void *b)
{
	const struct report_open *x = *(const struct report_open *const *)a;
	const struct report_open *y = *(const struct report_open *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

void report_end(struct report *r)
{
	struct report_open **open;
	uint32_t i, n = 0;

	/* In the order of the commands, so that the first of a context is told. */
	open = malloc(REPORT_OPEN * sizeof(struct report_open *));
	for (i = 0; i < REPORT_OPEN; i++) {
		if (!r->open[i].id)
			continue;
		if (open)
			open[n++] = &r->open[i];
		else
			report_unanswered(r, &r->open[i]);
	}
	if (open)
		qsort(open, n, sizeof(*open), report_by_id);
	for (i = 0; i < n; i++)
		report_unanswered(r, open[i]);
	free(open);
}
