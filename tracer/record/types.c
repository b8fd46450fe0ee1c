/* SPDX-License-Identifier: MIT */
/*
 * Types of BTF by name. A kernel has a hundred thousand types, and libbpf's search looks at each of
 * them for every name: here all names are looked for in one pass.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

struct named {
	struct record_type_name is;
	uint32_t id; /* 0: not found, as that is void */
};

struct record_types {
	const struct btf *btf;
	size_t count;
	struct named named[]; /* by name */
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->is.name, ((const struct named *)b)->is.name);
}

static struct named *look_up(const struct record_types *t, const char *name)
{
	const struct named key = { .is.name = name };

	return bsearch(&key, t->named, t->count, sizeof(*t->named), compare);
}

int record_types_create(struct record_types **out, const struct btf *btf,
			const struct record_type_name *names, size_t count)
{
	struct record_types *t = calloc(1, sizeof(*t) + count * sizeof(*t->named));
	size_t left;

	if (!t)
		return -ENOMEM;
	t->btf = btf;
	for (size_t i = 0; i < count; i++)
		t->named[i].is = names[i];
	qsort(t->named, count, sizeof(*t->named), compare);
	for (size_t i = 0; i < count; i++)
		if (!t->count || compare(&t->named[t->count - 1], &t->named[i]))
			t->named[t->count++] = t->named[i];
	left = t->count;
	for (uint32_t id = 1, end = btf__type_cnt(btf); id < end && left; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		struct named *found;

		/* As libbpf does, the first of a name; those of the kernel come before a module's. */
		if (!type || !(btf_is_struct(type) || btf_is_enum(type)) || !type->name_off)
			continue;
		found = look_up(t, btf__name_by_offset(btf, type->name_off));
		if (found && !found->id && found->is.kind == btf_kind(type)) {
			found->id = id;
			left--;
		}
	}
	*out = t;
	return 0;
}

void record_types_destroy(struct record_types *t)
{
	free(t);
}

uint32_t record_types_find(const struct record_types *t, const char *name)
{
	const struct named *found = look_up(t, name);

	return found ? found->id : 0;
}

uint32_t record_types_size(const struct record_types *t, const char *name)
{
	uint32_t id = record_types_find(t, name);
	int64_t size = id ? btf__resolve_size(t->btf, id) : 0;

	return size > 0 ? (uint32_t)size : 0;
}

bool record_types_has_value(const struct record_types *t, const char *name, const char *value)
{
	const struct btf_type *type = btf__type_by_id(t->btf, record_types_find(t, name));
	const char *known;

	for (uint16_t i = 0; type && i < btf_vlen(type); i++) {
		known = btf__name_by_offset(t->btf, btf_enum(type)[i].name_off);
		if (known && !strcmp(known, value))
			return true;
	}
	return false;
}

/* Byte offset of a member, looked for in anonymous members too; -1: not there. */
static int64_t member_in(const struct btf *btf, uint32_t type, const char *name, uint32_t *out_type)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	const struct btf_member *m;

	if (!t || !btf_is_composite(t))
		return -1;
	m = btf_members(t);
	for (uint16_t i = 0; i < btf_vlen(t); i++, m++) {
		const char *member = btf__name_by_offset(btf, m->name_off);
		int64_t inner, here = btf_member_bit_offset(t, i) / 8;

		if (member && *member) {
			if (strcmp(member, name))
				continue;
			*out_type = m->type;
			return here;
		}
		inner = member_in(btf, m->type, name, out_type);
		if (inner >= 0)
			return here + inner;
	}
	return -1;
}

int64_t record_types_member(const struct record_types *t, const char *type, const char *path)
{
	uint32_t id = record_types_find(t, type);
	int64_t offset = 0, here;
	const char *dot;
	char name[64];

	for (; id; path = dot + 1) {
		dot = strchr(path, '.');
		snprintf(name, sizeof(name), "%.*s", dot ? (int)(dot - path) : (int)strlen(path),
			 path);
		here = member_in(t->btf, id, name, &id);
		if (here < 0)
			return -1;
		offset += here;
		if (!dot)
			return offset;
	}
	return -1;
}
