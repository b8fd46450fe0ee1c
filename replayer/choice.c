/* SPDX-License-Identifier: MIT */
#include "choice.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int choice_add(struct choice *c, uint64_t from, uint64_t to)
{
	struct choice_range *more;

	more = realloc(c->ranges, (c->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->ranges = more;
	c->ranges[c->count++] = (struct choice_range) { from, to };
	return 0;
}

/* A number at *text, which moves behind it. */
static int choice_number(const char **text, uint64_t *out)
{
	char *end;

	/* strtoull() would take a sign and blanks. */
	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	errno = 0;
	*out = strtoull(*text, &end, 10);
	*text = end;
	return errno ? -EINVAL : 0;
}

static int choice_one(struct choice *c, const char **text, bool last)
{
	uint64_t from, to;
	int ret;

	if (last && !strncmp(*text, "last", 4)) {
		*text += 4;
		c->last = true;
		return 0;
	}
	ret = choice_number(text, &from);
	to = from;
	if (!ret && **text == '-') {
		(*text)++;
		to = UINT64_MAX;
		if (**text && **text != ',')
			ret = choice_number(text, &to);
	}
	if (!ret && to < from)
		ret = -EINVAL;
	return ret ? ret : choice_add(c, from, to);
}

int choice_parse(struct choice *c, const char *text, bool last)
{
	int ret;

	*c = (struct choice) { 0 };
	for (;;) {
		ret = choice_one(c, &text, last);
		if (!ret && *text && *text != ',')
			ret = -EINVAL;
		if (ret) {
			choice_finish(c);
			return ret;
		}
		if (!*text++)
			return 0;
	}
}

void choice_finish(struct choice *c)
{
	free(c->ranges);
	*c = (struct choice) { 0 };
}

bool choice_has(const struct choice *c, uint64_t number)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		if (number >= c->ranges[i].from && number <= c->ranges[i].to)
			return true;
	}
	return false;
}

bool choice_empty(const struct choice *c)
{
	return !c->count && !c->last;
}
