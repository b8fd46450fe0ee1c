/* SPDX-License-Identifier: MIT */
/* What stands behind an operator: numbers, times, names of the protocol. */
#ifndef FORMATS_FILTER_VALUE_H
#define FORMATS_FILTER_VALUE_H

#include <vgpu/filter.h>
#include <vgpu/protocol.h>

#include "lex.h"

/* A number as the kind writes it (NUMBER, SIZE, TIME, or the number of a named value). */
bool value_number(enum vgpu_filter_kind kind, const struct token *t, uint64_t *out);

/* The set that has the kind's names; false when the kind has none. */
bool value_set(enum vgpu_filter_kind kind, enum vgpu_set_id *set);

/*
 * The next number of the set at *index or behind it whose name fits the token, in any case and with
 * * and ?; *index moves behind it. false: no more.
 */
bool value_named(enum vgpu_set_id set, const struct token *t, size_t *index, uint32_t *number);

/* The name of the set that was perhaps meant: a letter in three is wrong at most. NULL: none. */
const char *value_nearest(enum vgpu_set_id set, const struct token *t);

/* Does the name fit the pattern, where * is anything and ? one character? */
bool value_glob(const char *pattern, size_t size, const char *name, bool fold);

#endif
