/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "container.h"
#include "wire.h"

/* Put the skippable frame's header before `content` bytes, and the checksum as their last 8. */
static void seal(uint8_t *frame, size_t content)
{
	uint8_t *p = frame + SKIPPABLE_HEADER;

	put32(frame, OUR_SKIPPABLE);
	put32(frame + 4, (uint32_t)content);
	put64(p + content - 8, XXH64(p, content - 8, 0));
}

static bool sealed(const uint8_t *content, size_t size, const char *tag, size_t least)
{
	return size >= least && memcmp(content, tag, TAG_SIZE) == 0 &&
	       get64(content + size - 8) == XXH64(content, size - 8, 0);
}

bool content_sealed(const uint8_t *content, size_t size)
{
	return sealed(content, size, INDEX_TAG, TAG_SIZE + 8) ||
	       sealed(content, size, SUMMARY_TAG, TAG_SIZE + 8);
}

size_t index_encode(const struct frame_index *index, uint8_t *out)
{
	uint8_t *p = out + SKIPPABLE_HEADER, *counts = p + INDEX_FIXED;
	uint32_t n = 0;
	size_t content;

	memcpy(p, INDEX_TAG, TAG_SIZE);
	put64(p + 8, index->file_offset);
	put64(p + 16, index->raw_offset);
	put32(p + 24, index->file_size);
	put32(p + 28, index->raw_size);
	put64(p + 32, index->first_record);
	put64(p + 40, index->first_ns);
	put64(p + 48, index->last_ns);
	put64(p + 56, index->lost);
	put32(p + 64, index->shown);
	put32(p + 68, index->records);
	for (unsigned int type = 0; type < INDEX_TYPES; type++) {
		if (!index->counts[type])
			continue;
		put16(counts + 8 * n, (uint16_t)type);
		put16(counts + 8 * n + 2, 0);
		put32(counts + 8 * n + 4, index->counts[type]);
		n++;
	}
	put32(p + 72, n);
	put32(p + 76, 0);
	put64(p + 80, index->first_id);
	content = INDEX_FIXED + 8 * n + 8;
	seal(out, content);
	return SKIPPABLE_HEADER + content;
}

bool index_decode(const uint8_t *p, size_t size, struct frame_index *out)
{
	uint32_t n;

	if (!sealed(p, size, INDEX_TAG, INDEX_FIXED + 8))
		return false;
	n = get32(p + 72);
	if (n > (size - INDEX_FIXED - 8) / 8)
		return false;
	memset(out, 0, sizeof(*out));
	out->file_offset = get64(p + 8);
	out->raw_offset = get64(p + 16);
	out->file_size = get32(p + 24);
	out->raw_size = get32(p + 28);
	out->first_record = get64(p + 32);
	out->first_ns = get64(p + 40);
	out->last_ns = get64(p + 48);
	out->lost = get64(p + 56);
	out->shown = get32(p + 64);
	out->records = get32(p + 68);
	out->first_id = get64(p + 80);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *row = p + INDEX_FIXED + 8 * i;
		uint16_t type = get16(row);

		if (type < INDEX_TYPES)
			out->counts[type] = get32(row + 4);
	}
	return true;
}

void summary_init(struct summary *s)
{
	memset(s, 0, sizeof(*s));
	s->stride = 1;
}

void summary_finish(struct summary *s)
{
	free(s->entries);
	free(s->seek);
	free(s->statistics);
	memset(s, 0, sizeof(*s));
}

static int add_seek(struct summary *s, uint32_t file_size, uint32_t raw_size)
{
	if (s->seek_full)
		return 0;
	if (s->n_seek == SEEK_ENTRIES_MAX) {
		s->seek_full = true;
		return 0;
	}
	if (s->n_seek == s->seek_room) {
		uint32_t room = s->seek_room ? s->seek_room * 2 : 256;
		struct seek_entry *p = realloc(s->seek, room * sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->seek = p;
		s->seek_room = room;
	}
	s->seek[s->n_seek++] = (struct seek_entry) { file_size, raw_size };
	return 0;
}

/* Halve the table: long recordings keep a coarser one. */
static void merge_neighbours(struct summary *s)
{
	for (uint32_t i = 0; i < s->n_entries / 2; i++) {
		struct summary_entry a = s->entries[2 * i];
		const struct summary_entry *b = &s->entries[2 * i + 1];

		if (b->first_ns < a.first_ns)
			a.first_ns = b->first_ns;
		if (b->last_ns > a.last_ns)
			a.last_ns = b->last_ns;
		a.commands += b->commands;
		a.shown += b->shown;
		s->entries[i] = a;
	}
	s->n_entries /= 2;
	s->stride *= 2;
}

static struct summary_entry *entry_for(struct summary *s, const struct frame_index *index)
{
	struct summary_entry *e;

	if (s->frames % s->stride != 0)
		return &s->entries[s->n_entries - 1];
	if (s->n_entries == SUMMARY_ENTRIES_MAX) {
		merge_neighbours(s);
		if (s->frames % s->stride != 0)
			return &s->entries[s->n_entries - 1];
	}
	if (s->n_entries == s->room) {
		uint32_t room = s->room ? s->room * 2 : 64;
		struct summary_entry *p = realloc(s->entries, room * sizeof(*p));

		if (!p)
			return NULL;
		s->entries = p;
		s->room = room;
	}
	e = &s->entries[s->n_entries++];
	*e = (struct summary_entry) {
		.file_offset = index->file_offset,
		.raw_offset = index->raw_offset,
		.first_record = index->first_record,
		.first_id = index->first_id,
		.first_ns = index->first_ns,
		.last_ns = index->last_ns,
	};
	return e;
}

int summary_add(struct summary *s, const struct frame_index *index, uint32_t index_frame_size)
{
	struct summary_entry *e = entry_for(s, index);

	if (!e || add_seek(s, index->file_size, index->raw_size) ||
	    add_seek(s, index_frame_size, 0))
		return -ENOMEM;
	if (index->first_ns < e->first_ns)
		e->first_ns = index->first_ns;
	if (index->last_ns > e->last_ns)
		e->last_ns = index->last_ns;
	e->commands += index->counts[VGPU_TRACE_COMMAND];
	e->shown += index->shown;

	if (!s->frames || index->first_ns < s->first_ns)
		s->first_ns = index->first_ns;
	if (index->last_ns > s->last_ns)
		s->last_ns = index->last_ns;
	s->frames++;
	s->records += index->records;
	s->raw_bytes += index->raw_size;
	s->file_bytes = index->file_offset + index->file_size + index_frame_size;
	s->lost += index->lost;
	s->shown += index->shown;
	for (unsigned int i = 0; i < INDEX_TYPES; i++)
		s->counts[i] += index->counts[i];
	return 0;
}

static size_t seek_table(const struct summary *s, uint32_t summary_size, uint8_t *p)
{
	uint32_t n = s->n_seek + 1; /* the summary itself is a frame too */
	uint8_t *start = p;

	put32(p, SEEKABLE_SKIPPABLE);
	put32(p + 4, n * 8 + 9);
	p += SKIPPABLE_HEADER;
	for (uint32_t i = 0; i < s->n_seek; i++, p += 8) {
		put32(p, s->seek[i].file_size);
		put32(p + 4, s->seek[i].raw_size);
	}
	put32(p, summary_size);
	put32(p + 4, 0);
	put32(p + 8, n);
	p[12] = 0; /* no checksums in the entries: each frame has its own */
	put32(p + 13, SEEKABLE_FOOTER);
	return (size_t)(p + 17 - start);
}

int summary_encode(struct summary *s, uint8_t **out, size_t *size)
{
	uint32_t n = 0;
	size_t content = SUMMARY_FIXED + INDEX_TYPES * 16 + s->n_entries * SUMMARY_ENTRY_SIZE +
			 s->statistics_size + 8;
	uint8_t *frame = malloc(SKIPPABLE_HEADER + content + 8u + (s->n_seek + 1) * 8 + 9);
	uint8_t *p, *row;

	if (!frame)
		return -ENOMEM;
	p = frame + SKIPPABLE_HEADER;
	memcpy(p, SUMMARY_TAG, TAG_SIZE);
	put64(p + 8, s->frames);
	put64(p + 16, s->records);
	put64(p + 24, s->raw_bytes);
	put64(p + 32, s->file_bytes);
	put64(p + 40, s->first_ns);
	put64(p + 48, s->last_ns);
	put64(p + 56, s->lost);
	put64(p + 64, s->shown);
	put32(p + 76, s->n_entries);
	put32(p + 80, s->stride);
	put32(p + 84, (uint32_t)s->statistics_size);
	row = p + SUMMARY_FIXED;
	for (unsigned int type = 0; type < INDEX_TYPES; type++) {
		if (!s->counts[type])
			continue;
		put32(row, type);
		put32(row + 4, 0);
		put64(row + 8, s->counts[type]);
		row += 16;
		n++;
	}
	put32(p + 72, n);
	for (uint32_t i = 0; i < s->n_entries; i++, row += SUMMARY_ENTRY_SIZE) {
		const struct summary_entry *e = &s->entries[i];

		put64(row, e->file_offset);
		put64(row + 8, e->raw_offset);
		put64(row + 16, e->first_record);
		put64(row + 24, e->first_id);
		put64(row + 32, e->first_ns);
		put64(row + 40, e->last_ns);
		put32(row + 48, e->commands);
		put32(row + 52, e->shown);
	}
	if (s->statistics_size)
		memcpy(row, s->statistics, s->statistics_size);
	row += s->statistics_size;
	content = (size_t)(row - p) + 8;
	seal(frame, content);
	*size = SKIPPABLE_HEADER + content;
	if (!s->seek_full)
		*size += seek_table(s, (uint32_t)*size, frame + *size);
	*out = frame;
	return 0;
}

/* Positions only grow, and lie in the trace. */
static bool entry_ok(const struct summary *s, const struct summary_entry *e)
{
	const struct summary_entry *before = e - 1;

	if (e->file_offset >= s->file_bytes)
		return false;
	if (e == s->entries)
		return true;
	return e->file_offset > before->file_offset && e->raw_offset >= before->raw_offset &&
	       e->first_record >= before->first_record && e->first_id >= before->first_id;
}

int summary_decode(const uint8_t *p, size_t size, struct summary *out)
{
	uint32_t types, entries, statistics;
	const uint8_t *row = p + SUMMARY_FIXED;

	if (!sealed(p, size, SUMMARY_TAG, SUMMARY_FIXED + 8))
		return 0;
	types = get32(p + 72);
	entries = get32(p + 76);
	size -= SUMMARY_FIXED + 8;
	statistics = get32(p + 84);
	if (types > size / 16 || entries > (size - types * 16) / SUMMARY_ENTRY_SIZE ||
	    statistics > size - types * 16 - entries * SUMMARY_ENTRY_SIZE)
		return 0;
	summary_init(out);
	out->entries = malloc(entries * sizeof(*out->entries) + 1);
	out->statistics = malloc(statistics + 1);
	if (!out->entries || !out->statistics) {
		summary_finish(out);
		return -ENOMEM;
	}
	out->n_entries = out->room = entries;
	out->frames = get64(p + 8);
	out->records = get64(p + 16);
	out->raw_bytes = get64(p + 24);
	out->file_bytes = get64(p + 32);
	out->first_ns = get64(p + 40);
	out->last_ns = get64(p + 48);
	out->lost = get64(p + 56);
	out->shown = get64(p + 64);
	out->stride = get32(p + 80);
	for (uint32_t i = 0; i < types; i++, row += 16) {
		if (get32(row) < INDEX_TYPES)
			out->counts[get32(row)] = get64(row + 8);
	}
	for (uint32_t i = 0; i < entries; i++, row += SUMMARY_ENTRY_SIZE) {
		struct summary_entry *e = &out->entries[i];

		e->file_offset = get64(row);
		e->raw_offset = get64(row + 8);
		e->first_record = get64(row + 16);
		e->first_id = get64(row + 24);
		e->first_ns = get64(row + 32);
		e->last_ns = get64(row + 40);
		e->commands = get32(row + 48);
		e->shown = get32(row + 52);
		if (!entry_ok(out, e)) {
			summary_finish(out);
			return 0;
		}
	}
	memcpy(out->statistics, row, statistics);
	out->statistics_size = statistics;
	return 1;
}
