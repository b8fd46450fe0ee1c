/* SPDX-License-Identifier: MIT */
/* The lint's inside. */
#ifndef VGPU_LINT_STATE_H
#define VGPU_LINT_STATE_H

#include <vgpu/codec.h>
#include <vgpu/lint.h>
#include <vgpu/stream.h>
#include <vgpu/virgl.h>

/* The wire's offset of a field is the C struct's: table.c asserts it. */
#define FIELD(s, field) offsetof(struct vgpu_##s, field)

struct feature_use {
	uint64_t answered, refused;
	uint64_t first; /* command that was refused first */
};

struct vgpu_lint {
	struct vgpu_lint_options options;
	struct vgpu_track *t;
	const struct vgpu_track_message *m; /* that is being looked at */
	bool response;
	bool lost_answers; /* no answer proves nothing */
	struct feature_use uses[32];
	uint64_t cursor_refused;
};

/*
 * `offset` in the message. Of printf's there are %u (uint32_t), %U (uint64_t), %x (uint32_t, with
 * 0x) and %s.
 */
void lint_report(struct vgpu_lint *l, enum vgpu_lint_code code, size_t offset, const char *text,
		 ...);
void lint_report_at(struct vgpu_lint *l, enum vgpu_lint_code code, uint64_t number, size_t offset,
		    const char *text, ...);

/* What is known of the object is all there is to know. */
static inline bool lint_sure(const struct vgpu_lint *l, uint64_t created)
{
	return vgpu_track_is_certain(l->t, created);
}

/* A number's name in the dialect, or NULL. */
static inline const char *lint_name(const struct vgpu_lint *l, enum vgpu_set_id set,
				    uint32_t number)
{
	return vgpu_dialect_value(l->options.dialect, set, number);
}

/* The flags of a set that have no name in the dialect. */
uint32_t lint_unknown_flags(const struct vgpu_lint *l, enum vgpu_set_id set, uint32_t flags);

/* What follows the fixed part of the request that is being looked at; as vgpu_dialect_tail(). */
int lint_tail(const struct vgpu_lint *l, struct vgpu_tail *out);

/* The object, or NULL when it is not there, which is reported where it is certain. */
const struct vgpu_track_resource *lint_resource(struct vgpu_lint *l, uint32_t id, size_t offset);
const struct vgpu_track_context *lint_context(struct vgpu_lint *l, uint32_t id);
bool lint_has_feature(const struct vgpu_lint *l, uint32_t bit);
void lint_need_feature(struct vgpu_lint *l, uint32_t bit, size_t offset, const char *what);

/* The whole of a request's form; false when it is too broken to go on. */
bool lint_form(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr,
	       const struct vgpu_cmd_info *info);

void lint_resources(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr);
void lint_blobs(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr);
void lint_transfers(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr);
void lint_scanouts(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr);
void lint_contexts(struct vgpu_lint *l, const struct vgpu_ctrl_hdr *hdr);
/* SUBMIT_3D of a language that is not virgl; the tail is not empty. */
void lint_stream(struct vgpu_lint *l, enum vgpu_stream stream, const struct vgpu_tail *tail);
void lint_answer(struct vgpu_lint *l, const struct vgpu_track_pending *p);

/* Entries of a backing; their sum of bytes. */
uint64_t lint_entries(struct vgpu_lint *l, size_t count_offset);

/*
 * A transfer of a box of `shape`'s resource through the backing of `r` (mostly the same). `offset`
 * stands for all its fields.
 */
void lint_transfer(struct vgpu_lint *l, const struct vgpu_track_resource *shape,
		   const struct vgpu_track_resource *r, const struct vgpu_transfer *t,
		   size_t offset);

#endif
