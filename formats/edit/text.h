/* SPDX-License-Identifier: MIT */
/* The header of an edited trace: the old one, another id, and what was done. */
#ifndef FORMATS_EDIT_TEXT_H
#define FORMATS_EDIT_TEXT_H

#include <vgpu/trace.h>

struct text {
	char *bytes;
	size_t size, room;
	int error; /* -ENOMEM */
};

/* All strings of a list, but for those with `key` (NULL: none) or an end that is missing. */
void text_copy(struct text *t, const char *from, size_t size, const char *without);
__attribute__((format(printf, 3, 4))) void text_add(struct text *t, const char *key,
						    const char *format, ...);
void text_add_id(struct text *t, const char *key, const uint8_t id[16]);
void text_finish(struct text *t);

/* Random; of the old id and a count of ours where there is no randomness. */
void edit_new_id(uint8_t id[16], const uint8_t old[16]);

#endif
