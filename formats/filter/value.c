/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "value.h"

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
