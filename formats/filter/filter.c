/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "value.h"

#define VALUES_NUMBER "number"
#define VALUES_SIZE   "bytes"
#define VALUES_TIME   "time"
#define VALUES_NAME   "name"
#define VALUES_FLAG   ""
#define VALUES_QUEUE  "control|cursor"
#define VALUES_CMD    "command"
#define VALUES_RESP   "response"
#define VALUES_CAPSET "capset"

enum known {
	QUEUED,
	ANSWERED,
};

const struct vgpu_filter_field_info *vgpu_filter_field_info(enum vgpu_filter_field field)
{
	static const struct vgpu_filter_field_info fields[] = {
#define VGPU_FILTER_FIELD(name, kind, known, text) \
	{ #name, text, VALUES_##kind, VGPU_FILTER_KIND_##kind, known == ANSWERED },
#include <vgpu/filter.def>
	};

	return (unsigned int)field < VGPU_FILTER_FIELD_COUNT ? &fields[field] : NULL;
}

int vgpu_filter_create(struct vgpu_filter **out, const char *expression,
		       struct vgpu_filter_error *error)
{
	struct vgpu_filter_error unheard;
	struct vgpu_filter *f = calloc(1, sizeof(*f));
	int err = f ? filter_parse(f, expression, error ? error : &unheard) : -ENOMEM;

	*out = NULL;
	if (err)
		vgpu_filter_destroy(f);
	else
		*out = f;
	return err;
}

void vgpu_filter_destroy(struct vgpu_filter *f)
{
	if (!f)
		return;
	free(f->nodes);
	free(f->values);
	free(f->names);
	free(f);
}

bool vgpu_filter_needs_answer(const struct vgpu_filter *f)
{
	return f && f->needs_answer;
}

static bool test(const struct vgpu_filter *f, const struct filter_node *n,
		 const struct vgpu_facts *facts)
{
	const struct filter_value *v, *end;
	uint64_t value = facts->value[n->field];

	if (!vgpu_facts_know(facts, (enum vgpu_filter_field)n->field))
		return false;
	if (!n->count)
		return value;
	v = f->values + n->values;
	end = v + n->count;
	if (n->field == VGPU_FILTER_process) {
		for (; v < end; v++) {
			const char *pattern = f->names + v->from;

			if (value_glob(pattern, strlen(pattern), facts->process, false))
				return !n->differs;
		}
		return n->differs;
	}
	for (; v < end; v++)
		if (value >= v->from && value <= v->to)
			return !n->differs;
	return n->differs;
}

static bool match(const struct vgpu_filter *f, uint32_t index, const struct vgpu_facts *facts)
{
	const struct filter_node *n = &f->nodes[index];
	bool any = n->op == FILTER_OR;

	if (n->op == FILTER_TEST)
		return test(f, n, facts) != n->negate;
	for (uint32_t i = n->child; i != FILTER_NONE; i = f->nodes[i].next)
		if (match(f, i, facts) == any)
			return any != n->negate;
	return any == n->negate;
}

bool vgpu_filter_match(const struct vgpu_filter *f, const struct vgpu_facts *facts)
{
	return !f || f->root == FILTER_NONE || match(f, f->root, facts);
}
