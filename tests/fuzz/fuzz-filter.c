/* SPDX-License-Identifier: MIT */
/*
 * Any text as a filter: refused at a place within it, or it says of each command the opposite of
 * what its negation says.
 */
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>
#include <vgpu/filter.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *opposite = malloc(size + 4);
	struct vgpu_filter_error error = { 0 };
	struct vgpu_filter *f, *not_f;
	struct vgpu_facts facts = { 0 };
	int err;

	REQUIRE(text && opposite);
	memcpy(text, data, size);
	text[size] = '\0';
	err = vgpu_filter_create(&f, text, &error);
	if (err) {
		REQUIRE(!f && (err == VGPU_ERR_INVALID || err == VGPU_ERR_TOO_LARGE));
		REQUIRE(error.column <= strlen(text) && *error.text);
		goto out;
	}
	opposite[0] = '!';
	opposite[1] = '(';
	strcpy(opposite + 2, text);
	strcat(opposite, ")");
	/* Nothing cannot be negated, nor what is as deep or long as it may be already. */
	if (vgpu_filter_create(&not_f, opposite, &error) == 0) {
		for (unsigned int i = 0; i <= VGPU_FILTER_FIELD_COUNT; i++) {
			REQUIRE(vgpu_filter_match(f, &facts) != vgpu_filter_match(not_f, &facts));
			if (i < VGPU_FILTER_FIELD_COUNT)
				vgpu_facts_set(&facts, (enum vgpu_filter_field)i, size % 600);
		}
		vgpu_filter_destroy(not_f);
	}
	vgpu_filter_destroy(f);
out:
	free(text);
	free(opposite);
	return 0;
}
