/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <stdlib.h>
#include <string.h>

void json_write_string(FILE *out, const char *text)
{
	const unsigned char *p;

	putc('"', out);
	for (p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 32 || *p > 126)
			fprintf(out, "\\u%04x", *p);
		else
			putc(*p, out);
	}
	putc('"', out);
}

/* What follows `"key":`. */
static const char *json_value(const char *line, const char *key)
{
	size_t length = strlen(key);
	const char *p = line;

	while ((p = strchr(p, '"'))) {
		p++;
		if (strncmp(p, key, length) || p[length] != '"')
			continue;
		p += length + 1;
		p += strspn(p, " \t");
		if (*p != ':')
			continue;
		p++;
		return p + strspn(p, " \t");
	}
	return NULL;
}

bool json_find_number(const char *line, const char *key, uint64_t *out)
{
	const char *p = json_value(line, key);

	if (!p || *p < '0' || *p > '9')
		return false;
	*out = strtoull(p, NULL, 10);
	return true;
}

bool json_find_string(const char *line, const char *key, char *out, size_t size)
{
	const char *p = json_value(line, key), *end;

	if (!p || *p != '"')
		return false;
	p++;
	for (end = p; *end && *end != '"'; end++) {
		if (*end == '\\' && end[1])
			end++;
	}
	if (*end != '"' || (size_t)(end - p) >= size)
		return false;
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
	return true;
}
