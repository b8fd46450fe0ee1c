/* SPDX-License-Identifier: MIT */
/* Private to vgpu-trace dump. */
#ifndef TRACER_DUMP_H
#define TRACER_DUMP_H

#include <stdbool.h>

#include <vgpu/trace.h>

#define CAPSETS_SIZE 1024

struct dump_text;

struct dump {
	const char *path;
	bool json, verbose, hex, raw;
	/* Capset of each context, by the low bits of its id: which language its streams speak. */
	struct {
		uint32_t ctx_id, capset;
	} capsets[CAPSETS_SIZE];
	struct dump_text *text;
};

/* The capset of the context that a request is for; VGPU_CAPSET_UNKNOWN when nothing told. */
uint32_t dump_capset(const struct dump *d, const uint8_t *request, size_t size);

/* One record as one JSON object on a line of its own. */
void dump_json(const struct dump *d, const struct vgpu_trace_record *r);

/*
 * Text: commands wait until their answer is there, at most a few thousand of them, so that it can
 * stand on their line. 0 or -ENOMEM; finish prints what still waits.
 */
int dump_text_begin(struct dump *d);
int dump_text_record(struct dump *d, const struct vgpu_trace_record *r);
void dump_text_finish(struct dump *d);

#endif
