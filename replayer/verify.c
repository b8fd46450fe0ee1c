/* SPDX-License-Identifier: MIT */
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "png-load.h"
#include "png-save.h"

static uint32_t distance(uint8_t a, uint8_t b)
{
	return a > b ? (uint32_t)(a - b) : (uint32_t)(b - a);
}

void verify_pictures(const uint8_t *expected, const uint8_t *got, uint64_t count, uint32_t level,
		     struct verify_result *result)
{
	uint32_t most, d;
	uint64_t i;
	int c;

	result->pictures = true;
	for (i = 0; i < count; i++) {
		most = 0;
		for (c = 0; c < 3; c++) {
			d = distance(expected[i * 4 + c], got[i * 4 + c]);
			if (d > most)
				most = d;
		}
		result->pixels += most > level;
		if (most > result->largest)
			result->largest = most;
	}
}

/* Black where nothing differs; the largest difference is white, the smallest can be seen. */
static void verify_difference(const uint8_t *expected, const uint8_t *got, uint64_t count,
			      uint32_t largest, uint8_t *out)
{
	uint64_t i;
	uint32_t d;

	for (i = 0; i < count * 4; i++) {
		d = distance(expected[i], got[i]);
		out[i] = !d || !largest ? 0 : (uint8_t)(64 + d * 191 / largest);
		if (i % 4 == 3)
			out[i] = 255;
	}
}

static int verify_save(const struct files *files, const struct frame *frame, const char *what,
		       const uint8_t *rgba, uint32_t width, uint32_t height)
{
	char name[FRAME_NAME + 32];

	snprintf(name, sizeof(name), "%s-%s.png", frame->name, what);
	return png_save(files, FILE_DIFFERENCE, name, rgba, width, height);
}

static int verify_triple(const struct files *files, const struct frame *frame,
			 const struct png_picture *expected,
			 const struct vgpu_device_picture *picture,
			 const struct verify_result *result)
{
	uint64_t count = (uint64_t)picture->width * picture->height;
	uint8_t *difference;
	int ret;

	ret = verify_save(files, frame, "got", picture->rgba, picture->width, picture->height);
	if (ret || !expected->rgba)
		return ret;
	ret = verify_save(files, frame, "expected", expected->rgba, expected->width,
			  expected->height);
	if (ret || !result->pictures)
		return ret;
	difference = malloc(picture->size);
	if (!difference)
		return -ENOMEM;
	verify_difference(expected->rgba, picture->rgba, count, result->largest, difference);
	ret = verify_save(files, frame, "difference", difference, picture->width, picture->height);
	free(difference);
	return ret;
}

static void verify_sentence(const struct frame *frame, const struct frame_listed *listed,
			    const struct png_picture *expected, struct verify_result *result)
{
	if (result->pictures)
		snprintf(result->why, sizeof(result->why),
			 "%" PRIu64 " of %" PRIu64 " pixels differ, by %" PRIu32 " at most",
			 result->pixels, (uint64_t)frame->width * frame->height, result->largest);
	else if (expected->rgba)
		snprintf(result->why, sizeof(result->why),
			 "expected %" PRIu32 "x%" PRIu32 " pixels, got %" PRIu32 "x%" PRIu32,
			 expected->width, expected->height, frame->width, frame->height);
	else if (listed)
		snprintf(result->why, sizeof(result->why),
			 "expected %s (%" PRIu64 "x%" PRIu64 "), got %s (%" PRIu32 "x%" PRIu32 ")",
			 listed->hash[0] ? listed->hash : "no hash", listed->width, listed->height,
			 frame->hash[0] ? frame->hash : "no picture", frame->width, frame->height);
	else
		snprintf(result->why, sizeof(result->why), "there is no picture to compare with");
}

int verify_frame(const struct files *files, const struct verify_options *options,
		 const struct frame *frame, const struct frame_listed *listed,
		 const struct vgpu_device_picture *picture, struct verify_result *result)
{
	struct png_picture expected = { 0 };
	char name[FRAME_NAME + 8];
	int ret = 0;

	*result = (struct verify_result) { 0 };
	if (listed && listed->width == frame->width && listed->height == frame->height &&
	    listed->hash[0] && !strcmp(listed->hash, frame->hash)) {
		result->equal = true;
		return 0;
	}
	snprintf(name, sizeof(name), "%s.png", frame->name);
	if (files->path[FILE_EXPECTED] && picture)
		ret = png_load(files, FILE_EXPECTED, name, &expected);
	if (ret && ret != -ENOENT) {
		snprintf(result->why, sizeof(result->why), "%s cannot be read", name);
		return 0;
	}
	if (expected.rgba && expected.width == picture->width && expected.height == picture->height)
		verify_pictures(expected.rgba, picture->rgba,
				(uint64_t)picture->width * picture->height, options->level, result);
	result->equal = result->pictures && result->pixels <= options->pixels;
	ret = 0;
	if (!result->equal) {
		verify_sentence(frame, listed, &expected, result);
		if (picture && files->path[FILE_DIFFERENCE])
			ret = verify_triple(files, frame, &expected, picture, result);
	}
	free(expected.rgba);
	return ret;
}
