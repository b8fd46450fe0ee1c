/* SPDX-License-Identifier: MIT */
/*
 * What is wrong, or odd, in a stream of requests and responses. Each finding has a code from
 * lint.def, a severity, the command's number, an offset and a sentence. Built on the tracker, whose
 * memory rules hold here too.
 */
#ifndef VGPU_LINT_H
#define VGPU_LINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/track.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum vgpu_severity {
	VGPU_SEVERITY_NOTE,
	VGPU_SEVERITY_WARNING,
	VGPU_SEVERITY_ERROR,
};

/* VGPU_LINT_<NAME> */
enum vgpu_lint_code {
#define VGPU_LINT(name, severity, text, source) VGPU_LINT_##name,
#include <vgpu/lint.def>
#undef VGPU_LINT
	VGPU_LINT_COUNT
};

struct vgpu_lint_rule {
	const char *name; /* "FENCE_ID_ZERO" */
	enum vgpu_severity severity;
	const char *text;   /* what is wrong, without the case's numbers */
	const char *source; /* the sentence of the specification, or whose behaviour it rests on */
};

/* Static; NULL for a code that is none. */
const struct vgpu_lint_rule *vgpu_lint_rule(enum vgpu_lint_code code);

/* "note", "warning", "error"; NULL for none of them. */
const char *vgpu_severity_name(enum vgpu_severity severity);

struct vgpu_finding {
	enum vgpu_lint_code code;
	enum vgpu_severity severity;
	uint64_t number;  /* of the command; 0: of none */
	bool response;    /* `offset` is in the response, not in the request */
	size_t offset;    /* bytes, of the field that is wrong, from the start of the message */
	const char *text; /* the case: "resource 7 was destroyed by command 12"; during the call */
};

/* All zero is the default but for `report`. Members are only ever appended. */
struct vgpu_lint_options {
	void (*report)(void *data, const struct vgpu_finding *f);
	void *data;
	bool has_features;         /* the next one is known */
	uint64_t features;         /* negotiated, bit n is VGPU_F_n */
	uint32_t num_scanouts;     /* from the device configuration; 0: not known */
	uint32_t blob_alignment;   /* bytes, from the device configuration; 0: not known or none */
	size_t memory_max;         /* for the tracker */
	enum vgpu_dialect dialect; /* whose protocol; the specification's judges strictly */
};

struct vgpu_lint;

/* 0 or VGPU_ERR_TOO_LARGE. `options` is copied. */
int vgpu_lint_create(struct vgpu_lint **out, const struct vgpu_lint_options *options);
void vgpu_lint_destroy(struct vgpu_lint *l); /* NULL is fine */

/* What is negotiated became known, or changed with a reset. */
void vgpu_lint_features(struct vgpu_lint *l, uint64_t features);

/* As the tracker's functions; all findings are reported during the call. */
void vgpu_lint_request(struct vgpu_lint *l, const struct vgpu_track_message *m);
void vgpu_lint_response(struct vgpu_lint *l, const struct vgpu_track_message *m);
void vgpu_lint_missing(struct vgpu_lint *l, bool before);

/* The device was reset, or the stream ended: reports what can only be told then. */
void vgpu_lint_reset(struct vgpu_lint *l);

/* The state, before which the next request is judged. Owned by the lint. */
const struct vgpu_track *vgpu_lint_track(const struct vgpu_lint *l);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
