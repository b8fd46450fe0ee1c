/* SPDX-License-Identifier: MIT */
/*
 * Filters: which commands of a trace are meant. The same language everywhere.
 *
 *	expression = test, or expressions joined by && (and), || (or), ! (not), parentheses;
 *	             ! binds strongest, then &&, then ||
 *	test       = FLAG                        fenced        error
 *	           | FIELD [OPERATOR] VALUES     latency > 1ms  ctx 2  type == SUBMIT_3D,CTX_*
 *	           | COMMAND or RESPONSE NAME    SUBMIT_3D     ERR_UNSPEC
 *	OPERATOR   = == (also = or nothing), !=, <, <=, >, >=
 *	VALUES     = VALUE or FROM..TO, FROM.., ..TO (ends belong to it), several with commas between
 *
 * Numbers are decimal or 0x…; sizes take k, M, G (of 1024); times ns, us, ms, s, and are seconds
 * without a unit. Names of the protocol are read in any case; in them and in names of processes
 * * stands for anything and ? for one character. A name with blanks or brackets goes into double
 * quotes. A test of what the command does not have, or is not known yet, is false, whatever the
 * operator; ! of it is true. The fields stand in <vgpu/filter.def>.
 */
#ifndef VGPU_FILTER_H
#define VGPU_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* VGPU_FILTER_<name> */
enum vgpu_filter_field {
#define VGPU_FILTER_FIELD(name, kind, known, text) VGPU_FILTER_##name,
#include <vgpu/filter.def>
	VGPU_FILTER_FIELD_COUNT
};

enum vgpu_filter_kind {
	VGPU_FILTER_KIND_NUMBER,
	VGPU_FILTER_KIND_SIZE, /* bytes */
	VGPU_FILTER_KIND_TIME, /* ns */
	VGPU_FILTER_KIND_NAME,
	VGPU_FILTER_KIND_FLAG,
	VGPU_FILTER_KIND_QUEUE,
	VGPU_FILTER_KIND_CMD,
	VGPU_FILTER_KIND_RESP,
	VGPU_FILTER_KIND_CAPSET,
};

/*
 * What is known of one command. Fill it in, or let vgpu_follow_record() do so (<vgpu/follow.h>).
 * All zero: nothing is known.
 */
struct vgpu_facts {
	uint64_t known; /* bit VGPU_FILTER_<field>: the field's value stands below */
	uint64_t value[VGPU_FILTER_FIELD_COUNT]; /* FLAG: 0 or 1; NAME: not used */
	char process[16];                        /* VGPU_FILTER_process, ends in a NUL */
};

/* Set one value. */
static inline void vgpu_facts_set(struct vgpu_facts *facts, enum vgpu_filter_field field,
				  uint64_t value)
{
	facts->known |= (uint64_t)1 << field;
	facts->value[field] = value;
}

static inline bool vgpu_facts_know(const struct vgpu_facts *facts, enum vgpu_filter_field field)
{
	return facts->known >> field & 1;
}

struct vgpu_filter;

/* What is wrong with an expression, and where. */
struct vgpu_filter_error {
	size_t column; /* bytes from the expression's start */
	char text[160];
};

/*
 * Compile an expression; an empty one matches every command. 0; VGPU_ERR_INVALID, *error says why;
 * VGPU_ERR_TOO_LARGE for one of more than 64 KiB (*error too); -ENOMEM. *out is NULL after an
 * error, else the caller destroys it. `error` may be NULL. Immutable: threads may share one.
 */
int vgpu_filter_create(struct vgpu_filter **out, const char *expression,
		       struct vgpu_filter_error *error);
/* NULL is fine. */
void vgpu_filter_destroy(struct vgpu_filter *filter);

/* Is the command meant? NULL as the filter: every command is. */
bool vgpu_filter_match(const struct vgpu_filter *filter, const struct vgpu_facts *facts);

/* Does the outcome depend on what only the response tells? */
bool vgpu_filter_needs_answer(const struct vgpu_filter *filter);

/* One row of the table, for help. Static strings. */
struct vgpu_filter_field_info {
	const char *name;
	const char *text;
	const char *values; /* what stands behind it: "number", "time", …; "" for a flag */
	enum vgpu_filter_kind kind;
	bool needs_answer;
};

/* NULL past the last field. */
const struct vgpu_filter_field_info *vgpu_filter_field_info(enum vgpu_filter_field field);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
