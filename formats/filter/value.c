/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "value.h"

/* Of the names that are compared; the longest command has fewer. */
#define NAME_MAX_LETTERS 63u

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit times[] = {
	{ "", 1000000000 }, { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 },
};
static const struct unit sizes[] = {
	{ "", 1 },
	{ "k", 1u << 10 },
	{ "M", 1u << 20 },
	{ "G", 1u << 30 },
};
static const struct unit plain[] = { { "", 1 } };

static bool hexadecimal(const struct token *t, uint64_t *out)
{
	*out = 0;
	if (t->size < 3 || t->size > 18)
		return false;
	for (size_t i = 2; i < t->size; i++) {
		unsigned char c = (unsigned char)t->text[i];

		if (!isxdigit(c))
			return false;
		*out = *out << 4 | (uint64_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return true;
}

/* Digits, a fraction that is whole in the unit's own steps, and a unit; no rounding anywhere. */
static bool decimal(const struct token *t, const struct unit *units, size_t n_units, uint64_t *out)
{
	const struct unit *unit = NULL;
	uint64_t whole = 0, fraction = 0, scale = 1;
	size_t i = 0, digits;

	for (; i < t->size && isdigit((unsigned char)t->text[i]); i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(t->text[i] - '0'), &whole))
			return false;
	digits = i;
	if (i < t->size && t->text[i] == '.') {
		for (i++; i < t->size && isdigit((unsigned char)t->text[i]); i++) {
			if (scale >= 1000000000)
				continue; /* below a nanosecond */
			scale *= 10;
			fraction = fraction * 10 + (uint64_t)(t->text[i] - '0');
		}
		if (i == digits + 1)
			return false;
	}
	if (!digits)
		return false;
	for (size_t k = 0; k < n_units; k++)
		if (strlen(units[k].name) == t->size - i &&
		    strncasecmp(units[k].name, t->text + i, t->size - i) == 0)
			unit = &units[k];
	if (!unit || (scale > 1 && unit->factor == 1))
		return false;
	/* Both factors of the fraction are at most 1e9. */
	return !__builtin_mul_overflow(whole, unit->factor, &whole) &&
	       !__builtin_add_overflow(whole, fraction * unit->factor / scale, out);
}

bool value_number(enum vgpu_filter_kind kind, const struct token *t, uint64_t *out)
{
	if (t->size > 1 && t->text[0] == '0' && (t->text[1] | 0x20) == 'x')
		return hexadecimal(t, out);
	switch (kind) {
	case VGPU_FILTER_KIND_TIME:
		return decimal(t, times, sizeof(times) / sizeof(times[0]), out);
	case VGPU_FILTER_KIND_SIZE:
		return decimal(t, sizes, sizeof(sizes) / sizeof(sizes[0]), out);
	default:
		return decimal(t, plain, 1, out);
	}
}

bool value_set(enum vgpu_filter_kind kind, enum vgpu_set_id *set)
{
	switch (kind) {
	case VGPU_FILTER_KIND_CMD:
		*set = VGPU_SET_CMD;
		return true;
	case VGPU_FILTER_KIND_RESP:
		*set = VGPU_SET_RESP;
		return true;
	case VGPU_FILTER_KIND_CAPSET:
		*set = VGPU_SET_CAPSET;
		return true;
	default:
		return false;
	}
}

/* The classic one: where a star took too little it takes one more. No other character is special. */
bool value_glob(const char *pattern, size_t size, const char *name, bool fold)
{
	const char *end = pattern + size, *star = NULL, *retry = name;

	for (;;) {
		if (pattern < end && *pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		if (*name && pattern < end &&
		    (*pattern == '?' || *pattern == *name ||
		     (fold && tolower((unsigned char)*pattern) == tolower((unsigned char)*name)))) {
			pattern++;
			name++;
			continue;
		}
		if (!*name && pattern == end)
			return true;
		if (!star || !*retry)
			return false;
		pattern = star;
		name = ++retry;
	}
}

bool value_named(enum vgpu_set_id set, const struct token *t, size_t *index, uint32_t *number)
{
	const char *name;

	while (vgpu_value_at(set, (*index)++, &name, number) == 0)
		if (value_glob(t->text, t->size, name, true))
			return true;
	return false;
}

/* Letters to change, add or take away from one to the other, but for case; UINT_MAX: they are too long. */
static unsigned int distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
	unsigned char row[NAME_MAX_LETTERS + 1], corner, above;

	if (a_size > NAME_MAX_LETTERS || b_size > NAME_MAX_LETTERS)
		return UINT_MAX;
	for (size_t j = 0; j <= b_size; j++)
		row[j] = (unsigned char)j;
	for (size_t i = 0; i < a_size; i++) {
		corner = row[0];
		row[0] = (unsigned char)(i + 1);
		for (size_t j = 0; j < b_size; j++) {
			above = row[j + 1];
			if (toupper((unsigned char)a[i]) != toupper((unsigned char)b[j]))
				corner++;
			if (corner > above + 1)
				corner = (unsigned char)(above + 1);
			row[j + 1] = corner > row[j] + 1 ? (unsigned char)(row[j] + 1) : corner;
			corner = above;
		}
	}
	return row[b_size];
}

const char *value_nearest(enum vgpu_set_id set, const struct token *t)
{
	/* No more than a third of it may be wrong. */
	unsigned int least = (unsigned int)(t->size < 9 ? t->size / 3 : 3) + 1, n;
	const char *name, *nearest = NULL;
	uint32_t number;

	for (size_t i = 0; vgpu_value_at(set, i, &name, &number) == 0; i++) {
		n = distance(t->text, t->size, name, strlen(name));
		if (n >= least)
			continue;
		least = n;
		nearest = name;
	}
	return nearest;
}
