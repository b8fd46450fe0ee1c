/* SPDX-License-Identifier: MIT */
/* What stands around the records: zstd frames, index and summary frames, the seek table. */
#ifndef FORMATS_CONTAINER_H
#define FORMATS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/trace.h>

#define ZSTD_FRAME_MAGIC   0xfd2fb528u
#define SKIPPABLE_MAGIC    0x184d2a50u /* to …5f */
#define SKIPPABLE_MASK     0xfffffff0u
#define OUR_SKIPPABLE      0x184d2a5au
#define SEEKABLE_SKIPPABLE 0x184d2a5eu
#define SEEKABLE_FOOTER    0x8f92eab1u
#define SKIPPABLE_HEADER   8u /* magic, size of what follows */

#define TAG_SIZE           8u
#define INDEX_TAG          "VGPUIDX" /* with their NUL */
#define SUMMARY_TAG        "VGPUSUM"

#define INDEX_TYPES        32 /* record types counted one by one: 0 to 31 */

/* What one data frame holds. Offsets count from the first byte of its trace. */
struct frame_index {
	uint64_t file_offset, raw_offset;
	uint32_t file_size, raw_size;
	uint64_t first_record;
	uint64_t first_id; /* above the ids of all COMMANDs before it */
	uint64_t first_ns, last_ns;
	uint64_t lost;
	uint32_t shown;
	uint32_t records;
	uint32_t counts[INDEX_TYPES];
};

#define INDEX_FIXED     88u
/* The largest index frame, its skippable header included. */
#define INDEX_FRAME_MAX (SKIPPABLE_HEADER + INDEX_FIXED + INDEX_TYPES * 8u + 8u)

/* Write the whole skippable frame at `out` (room for INDEX_FRAME_MAX); its size. */
size_t index_encode(const struct frame_index *index, uint8_t *out);
/* Is the content that of an index or a summary, unharmed? Not that its fields can be read. */
bool content_sealed(const uint8_t *content, size_t size);
/* Read a skippable frame's content (tag and checksum included). False: it is not a whole index. */
bool index_decode(const uint8_t *content, size_t size, struct frame_index *out);

/* All that the summary and the seek table need, in bounded memory. */
struct summary_entry {
	uint64_t file_offset, raw_offset, first_record, first_id, first_ns, last_ns;
	uint32_t commands, shown;
};

#define SUMMARY_FIXED       88u
#define SUMMARY_ENTRY_SIZE  56u
#define SUMMARY_ENTRIES_MAX 16384u     /* then neighbours are merged */
#define SEEK_ENTRIES_MAX    (4u << 20) /* then there is no seek table; 32 MiB */

struct seek_entry {
	uint32_t file_size, raw_size;
};

struct summary {
	uint64_t frames, records, raw_bytes, file_bytes;
	uint64_t first_ns, last_ns, lost, shown;
	uint64_t counts[INDEX_TYPES];
	struct summary_entry *entries;
	uint32_t n_entries, room, stride; /* stride: data frames an entry */
	struct seek_entry *seek;
	uint32_t n_seek, seek_room;
	bool seek_full;
	uint8_t *statistics; /* see statistics.h */
	size_t statistics_size;
};

void summary_init(struct summary *s);
void summary_finish(struct summary *s);
/* Add a frame as it was written, with the size of its index frame. -ENOMEM or 0. */
int summary_add(struct summary *s, const struct frame_index *index, uint32_t index_frame_size);
/*
 * The summary's skippable frame and, after it, the seek table: *out is malloc'd, *size bytes.
 * 0 or -ENOMEM.
 */
int summary_encode(struct summary *s, uint8_t **out, size_t *size);
/*
 * Read it into *out (all but the seek table), which summary_finish frees. 1; 0: it is not whole, or
 * contradicts itself; -ENOMEM.
 */
int summary_decode(const uint8_t *content, size_t size, struct summary *out);

#endif
