/* SPDX-License-Identifier: MIT */
/*
 * To a place in a trace: by the summary to the right frame, from there forward. Where there is no
 * summary (a cut file, an uncompressed one, several put together), forward from the beginning.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "statistics.h"
#include "wire.h"

#define SEEK_FOOTER  9u /* number of entries, a descriptor, the magic number */
#define SEEK_ENTRY   8u
#define SUMMARY_MOST (4u << 20) /* ours have at most 1 MiB */

/*
 * The summary stands before the seek table, which is the file's last frame and tells its size. Both
 * speak of one trace: it must be all of the file. 1: read; 0: there is none; -ENOMEM.
 */
static int read_summary(const struct input *in, struct summary *out)
{
	uint8_t footer[SEEK_FOOTER], entry[SEEK_ENTRY], header[SKIPPABLE_HEADER], *content;
	uint64_t table, at;
	uint32_t n, size;
	int result = 0;

	if (!in->again || in->size < SKIPPABLE_HEADER + SEEK_FOOTER ||
	    !input_read_at(in, in->size - SEEK_FOOTER, footer, SEEK_FOOTER) ||
	    get32(footer + 5) != SEEKABLE_FOOTER)
		return 0;
	n = get32(footer);
	table = SKIPPABLE_HEADER + (uint64_t)n * SEEK_ENTRY + SEEK_FOOTER;
	if (!n || table > in->size)
		return 0;
	at = in->size - table;
	if (!input_read_at(in, in->size - SEEK_FOOTER - SEEK_ENTRY, entry, SEEK_ENTRY))
		return 0;
	size = get32(entry);
	if (size <= SKIPPABLE_HEADER || size > SUMMARY_MOST || size > at)
		return 0;
	at -= size;
	size -= SKIPPABLE_HEADER;
	if (!input_read_at(in, at, header, sizeof(header)) || get32(header) != OUR_SKIPPABLE ||
	    get32(header + 4) != size)
		return 0;
	content = malloc(size);
	if (!content)
		return -ENOMEM;
	if (input_read_at(in, at + SKIPPABLE_HEADER, content, size))
		result = summary_decode(content, size, out);
	free(content);
	if (result == 1 && out->file_bytes != at) {
		summary_finish(out);
		return 0;
	}
	return result;
}

static int look_for_summary(struct vgpu_trace_reader *reader)
{
	int result;

	if (!reader->looked) {
		result = read_summary(&reader->frames.in, &reader->summary);
		if (result < 0)
			return result;
		reader->looked = true;
		reader->have_summary = result == 1;
	}
	return 0;
}

int vgpu_trace_reader_summary(struct vgpu_trace_reader *reader, struct vgpu_trace_summary *out,
			      struct vgpu_stats **stats)
{
	int result = look_for_summary(reader);
	const struct summary *s = &reader->summary;

	if (result)
		return result;
	if (!reader->have_summary)
		return 0;
	if (stats) {
		result = statistics_decode(s->statistics, s->statistics_size, stats);
		if (result != 1)
			return result;
	}
	*out = (struct vgpu_trace_summary) {
		.records = s->records,
		.raw_bytes = s->raw_bytes,
		.file_bytes = reader->frames.in.size,
		.first_ns = s->first_ns,
		.last_ns = s->last_ns,
		.lost = s->lost,
		.shown = s->shown,
	};
	memcpy(out->counts, s->counts, sizeof(out->counts));
	return 1;
}

enum what {
	RECORD,
	COMMAND,
	TIME
};

/* May what is looked for stand behind where this entry begins? */
static bool behind(const struct summary_entry *e, enum what what, uint64_t target)
{
	switch (what) {
	case RECORD:
		return e->first_record <= target;
	case COMMAND:
		return e->first_id <= target;
	case TIME:
		return false;
	}
	return false;
}

/* The frame to begin with; NULL: the first one. */
static const struct summary_entry *entry_for(const struct summary *s, enum what what,
					     uint64_t target)
{
	size_t low = 0, high = s->n_entries;

	/* Times may step back, so the frames' are not in order: look at all of them. */
	if (what == TIME) {
		for (size_t i = 0; i < high; i++) {
			if (s->entries[i].last_ns >= target)
				return &s->entries[i];
		}
		return high ? &s->entries[high - 1] : NULL;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (behind(&s->entries[middle], what, target))
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &s->entries[low - 1] : NULL;
}

static bool reached(const struct vgpu_trace_record *r, enum what what, uint64_t target)
{
	switch (what) {
	case RECORD:
		return r->number >= target;
	case COMMAND:
		return r->type == VGPU_TRACE_COMMAND && r->body_size >= 8 &&
		       get64(r->body) >= target;
	case TIME:
		return r->time_ns >= target && r->type != VGPU_TRACE_HEADER;
	}
	return true;
}

static int jump(struct vgpu_trace_reader *reader, const struct summary_entry *e)
{
	int err = frames_seek(&reader->frames, e ? e->file_offset : 0);

	if (err)
		return err;
	reader->number = e ? e->first_record : 0;
	reader->offset = e ? e->raw_offset : 0;
	reader->base_number = reader->base_offset = 0;
	reader->trace_open = e && e->first_record;
	reader->partial = reader->finished = reader->peeked = false;
	return 0;
}

static int seek(struct vgpu_trace_reader *reader, enum what what, uint64_t target)
{
	int n = look_for_summary(reader);

	if (n)
		return n;
	if (reader->frames.in.again) {
		n = jump(reader,
			 reader->have_summary ? entry_for(&reader->summary, what, target) : NULL);
		if (n)
			return n;
	} else if (what == RECORD && target < reader->number - reader->peeked) {
		return -ESPIPE;
	}
	if (reader->finished || (reader->peeked && reached(&reader->first, what, target)))
		return 0;
	while ((n = reader_next(reader, &reader->first)) == 1) {
		if (!reached(&reader->first, what, target))
			continue;
		reader->peeked = true;
		return 0;
	}
	reader->peeked = false;
	return n;
}

int vgpu_trace_reader_seek_record(struct vgpu_trace_reader *reader, uint64_t number)
{
	return seek(reader, RECORD, number);
}

int vgpu_trace_reader_seek_command(struct vgpu_trace_reader *reader, uint64_t id)
{
	return seek(reader, COMMAND, id);
}

int vgpu_trace_reader_seek_time(struct vgpu_trace_reader *reader, uint64_t time_ns)
{
	return seek(reader, TIME, time_ns);
}
