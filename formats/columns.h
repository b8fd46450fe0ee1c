/* SPDX-License-Identifier: MIT */
/*
 * COLUMNS: the times and ids of a run of records, taken out of them and kept side by side. In place
 * they would break every match that zstd finds between one record and the next of its kind.
 */
#ifndef FORMATS_COLUMNS_H
#define FORMATS_COLUMNS_H

#include <vgpu/trace.h>

/* For the writer. All zero to begin with. */
struct columns_out {
	uint8_t *record; /* the whole COLUMNS record, padded */
	size_t size, room;
	uint8_t *ids;
	size_t ids_room;
	bool goes_on; /* the next run begins where the last one ended, with these */
	uint64_t last_ns, last_id;
};

/*
 * Make the COLUMNS record for the `size` bytes of whole records at `records`, and clear in these what
 * it holds. *out->size is 0 when a single one is not worth it, and nothing was changed.
 * 0 or -ENOMEM, with the records unchanged. out->goes_on is to be cleared where a frame begins: each
 * must be readable without those before it.
 */
int columns_take(struct columns_out *out, uint8_t *records, size_t size);
void columns_out_finish(struct columns_out *out);

/* For the reader. All zero: no record is covered. */
struct columns_in {
	uint8_t *bytes; /* a copy */
	size_t room;
	const uint8_t *time, *times_end, *id, *ids_end; /* what is left of both */
	uint32_t left;                                  /* records that are still covered */
	uint64_t last_ns, last_id;
};

/* Take a COLUMNS record; what one before it still covers is void. 0, VGPU_ERR_CORRUPT, -ENOMEM. */
int columns_begin(struct columns_in *in, const struct vgpu_trace_record *r);
/*
 * Put back what belongs to the record of `length` bytes at `record`. False: there is nothing left to
 * put, the columns are damaged. Only for records that are covered (in->left > 0).
 */
bool columns_put(struct columns_in *in, uint8_t *record, size_t length);
void columns_in_finish(struct columns_in *in);

#endif
