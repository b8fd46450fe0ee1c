/* SPDX-License-Identifier: MIT */
/* The reader's insides, for what is built on it. */
#ifndef FORMATS_READER_H
#define FORMATS_READER_H

#include <vgpu/trace.h>

#include "columns.h"
#include "frames.h"

struct vgpu_trace_reader {
	struct frames frames;
	struct columns_in columns;
	int fd;                            /* to close; -1: the caller's */
	uint64_t number, offset;           /* of the next record */
	uint64_t base_number, base_offset; /* where the current trace began */
	uint64_t records, raw_bytes, lost_records;
	uint64_t lost_headers; /* of traces of which other records are there */
	unsigned int major, minor;
	bool any;        /* a record was met */
	bool trace_open; /* records were met, and no END since */
	bool unended;    /* a trace within the file has no END */
	bool partial;    /* the input ends within a record */
	bool finished;
	bool peeked; /* `first` is to be handed out */
	struct vgpu_trace_record first;
	uint64_t types; /* that are handed out: bit n for type n, bit 63 for all from 63 on */

	/* For seeking; the summary is looked for when it is first needed. */
	bool looked, have_summary;
	struct summary summary;
};

/* The next record of any type, `first` left alone: as vgpu_trace_reader_next. */
int reader_next(struct vgpu_trace_reader *reader, struct vgpu_trace_record *r);

#endif
