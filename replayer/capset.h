/* SPDX-License-Identifier: MIT */
/*
 * The capability set that the guest was given, beside the one of this host. A guest chooses how to
 * draw by it: what it was promised and is not here may be missing in the pictures.
 */
#ifndef VGPU_REPLAY_CAPSET_H
#define VGPU_REPLAY_CAPSET_H

#include <stddef.h>
#include <stdint.h>

struct capset_bytes {
	const uint8_t *bytes;
	size_t size;
};

enum capset_verdict {
	CAPSET_SAME,  /* the guest would have been told the same */
	CAPSET_OTHER, /* it would have been told something else, but nothing is missing */
	CAPSET_LACKS, /* something it was promised is not here */
	CAPSET_UNFIT, /* its shaders will not compile, or its commands not be understood */
};

/* One field that differs: what it means, a line without a newline. */
typedef void (*capset_tell)(void *data, enum capset_verdict verdict, const char *line);

/* Of capset 1 or 2; another is compared byte by byte. `tell` is called for each field. */
enum capset_verdict capset_compare(uint32_t capset_id, struct capset_bytes recorded,
				   struct capset_bytes here, capset_tell tell, void *data);

#endif
