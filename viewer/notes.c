/* SPDX-License-Identifier: MIT */
#include "notes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256

/* Control characters would end a line, or move the terminal that the file is shown on. */
static void clean(char *out, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i < size - 1 && text[i]; i++)
		out[i] = (unsigned char)text[i] < ' ' || text[i] == 127 ? ' ' : text[i];
	out[i] = '\0';
}

static void read_line(struct view_notes *n, const char *line)
{
	uint64_t value;
	unsigned int marker;
	int at = 0;

	if (sscanf(line, "bookmark %" SCNu64 "%n", &value, &at) == 1 && at)
		view_notes_set(n, value, line + at + (line[at] == ' '));
	else if (sscanf(line, "marker %u %" SCNu64, &marker, &value) == 2 && marker - 1 < 2) {
		n->marker_set[marker - 1] = true;
		n->marker_ns[marker - 1] = value;
	}
}

static int read_file(struct view_notes *n)
{
	FILE *in = fopen(n->path, "r");
	char line[LINE_MAX_BYTES];
	uint32_t lines = 0;
	int ret;

	if (!in)
		return errno == ENOENT ? 0 : -errno;
	while (lines++ < 4 * VIEW_NOTES_MAX && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		read_line(n, line);
	}
	ret = ferror(in) ? -EIO : 0;
	fclose(in);
	return ret;
}

int view_notes_init(struct view_notes *n, const char *trace)
{
	int ret;

	memset(n, 0, sizeof(*n));
	if (!trace)
		return 0;
	if (asprintf(&n->path, "%s.marks", trace) < 0) {
		n->path = NULL;
		return -ENOMEM;
	}
	ret = read_file(n);
	/* What cannot be read must not be written over. */
	if (ret)
		view_notes_finish(n);
	return ret;
}

void view_notes_finish(struct view_notes *n)
{
	free(n->path);
	memset(n, 0, sizeof(*n));
}

/* Where it stands, or would. */
static uint32_t place_of(const struct view_notes *n, uint64_t id)
{
	uint32_t i;

	for (i = 0; i < n->count && n->notes[i].id < id; i++)
		;
	return i;
}

const struct view_note *view_notes_find(const struct view_notes *n, uint64_t id)
{
	uint32_t i = place_of(n, id);

	return i < n->count && n->notes[i].id == id ? &n->notes[i] : NULL;
}

bool view_notes_set(struct view_notes *n, uint64_t id, const char *text)
{
	uint32_t i = place_of(n, id);
	bool there = i < n->count && n->notes[i].id == id;
	struct view_note *note = &n->notes[i];

	if (!text) {
		if (there)
			memmove(note, note + 1, (--n->count - i) * sizeof(*note));
		return true;
	}
	if (!there) {
		if (n->count == VIEW_NOTES_MAX)
			return false;
		memmove(note + 1, note, (n->count++ - i) * sizeof(*note));
		note->id = id;
	}
	clean(note->text, sizeof(note->text), text);
	return true;
}

const struct view_note *view_notes_next(const struct view_notes *n, uint64_t id, int step)
{
	uint32_t i = place_of(n, id);

	if (!n->count)
		return NULL;
	if (step > 0)
		i += i < n->count && n->notes[i].id == id;
	else
		i = i ? i - 1 : n->count - 1;
	return &n->notes[i % n->count];
}

static int write_file(const struct view_notes *n, const char *path)
{
	FILE *out = fopen(path, "w");
	uint32_t i;
	int ret = 0;

	if (!out)
		return -errno;
	for (i = 0; i < n->count; i++)
		fprintf(out, "bookmark %" PRIu64 " %s\n", n->notes[i].id, n->notes[i].text);
	for (i = 0; i < 2; i++) {
		if (n->marker_set[i])
			fprintf(out, "marker %" PRIu32 " %" PRIu64 "\n", i + 1, n->marker_ns[i]);
	}
	if (ferror(out))
		ret = -EIO;
	if (fclose(out) && !ret)
		ret = -errno;
	return ret;
}

int view_notes_save(const struct view_notes *n)
{
	char *new;
	int ret;

	if (!n->path)
		return 0;
	if (!n->count && !n->marker_set[0] && !n->marker_set[1])
		return unlink(n->path) && errno != ENOENT ? -errno : 0;
	if (asprintf(&new, "%s.new", n->path) < 0)
		return -ENOMEM;
	/* The old file stays until the new one is whole. */
	ret = write_file(n, new);
	if (!ret && rename(new, n->path))
		ret = -errno;
	if (ret)
		unlink(new);
	free(new);
	return ret;
}
