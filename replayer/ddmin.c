/* SPDX-License-Identifier: MIT */
#include "ddmin.h"

#include <stdlib.h>
#include <string.h>

/* The place behind `n` kept parts from `at` on. */
static size_t ddmin_run(const bool *keep, size_t count, size_t at, size_t n)
{
	while (at < count && n) {
		n -= keep[at];
		at++;
	}
	return at;
}

static size_t ddmin_kept(const bool *keep, size_t count)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		n += keep[i];
	return n;
}

/* Takes parts from..to - 1 away; puts back what was there when it cannot be. */
static bool ddmin_without(bool *keep, bool *saved, size_t from, size_t to,
			  bool (*test)(void *data, bool *stop), void *data, bool *stop)
{
	memcpy(saved + from, keep + from, to - from);
	memset(keep + from, 0, to - from);
	if (test(data, stop))
		return true;
	memcpy(keep + from, saved + from, to - from);
	return false;
}

void ddmin(bool *keep, size_t count, bool (*test)(void *data, bool *stop), void *data)
{
	size_t kept = ddmin_kept(keep, count), chunk = kept, at, end, removed;
	bool stop = false, *saved;

	saved = malloc(count ? count : 1);
	while (saved && kept && !stop) {
		removed = 0;
		for (at = 0; at < count && !stop; at = end) {
			end = ddmin_run(keep, count, at, chunk);
			if (ddmin_kept(keep + at, end - at) &&
			    ddmin_without(keep, saved, at, end, test, data, &stop))
				removed++;
		}
		kept = ddmin_kept(keep, count);
		if (chunk == 1 && !removed)
			break;
		if (chunk > 1)
			chunk = chunk / 2;
		if (chunk > kept && kept)
			chunk = kept;
	}
	free(saved);
}
