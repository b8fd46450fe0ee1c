/* SPDX-License-Identifier: MIT */
#include "capset.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <vgpu/capset.h>
#include <vgpu/format.h>

struct comparison {
	capset_tell tell;
	void *data;
	enum capset_verdict worst;
};

/* Fields that are not a limit: what a larger number means, or that it means nothing. */
static const struct {
	const char *name;
	enum {
		SMALLER_IS_MORE,
		SAYS_NOTHING, /* of what can be drawn */
		UNFIT_BELOW   /* less than promised: nothing will come of it */
	} rule;
} rules[] = {
	{ "glsl_level", UNFIT_BELOW },
	{ "max_version", UNFIT_BELOW },
	{ "min_aliased_point_size", SMALLER_IS_MORE },
	{ "min_smooth_point_size", SMALLER_IS_MORE },
	{ "min_aliased_line_width", SMALLER_IS_MORE },
	{ "min_smooth_line_width", SMALLER_IS_MORE },
	{ "min_texel_offset", SMALLER_IS_MORE },
	{ "min_texture_gather_offset", SMALLER_IS_MORE },
	{ "texture_buffer_offset_alignment", SMALLER_IS_MORE },
	{ "uniform_buffer_offset_alignment", SMALLER_IS_MORE },
	{ "shader_buffer_offset_alignment", SMALLER_IS_MORE },
	{ "sample_locations", SAYS_NOTHING },
	{ "max_video_memory", SAYS_NOTHING },
	{ "num_video_caps", SAYS_NOTHING },
	{ "video_caps", SAYS_NOTHING },
};

static void say(struct comparison *c, enum capset_verdict verdict, const char *line)
{
	if (verdict > c->worst)
		c->worst = verdict;
	c->tell(c->data, verdict, line);
}

static uint32_t dword(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static double number(enum vgpu_capset_type type, const uint8_t *bytes)
{
	uint32_t u = dword(bytes);
	float f;

	if (type == VGPU_CAPSET_I32)
		return (int32_t)u;
	if (type != VGPU_CAPSET_F32)
		return u;
	memcpy(&f, &u, sizeof(f));
	return (double)f;
}

static enum capset_verdict judge_number(const char *name, double then, double now)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (strcmp(rules[i].name, name))
			continue;
		if (rules[i].rule == UNFIT_BELOW)
			return now < then ? CAPSET_UNFIT : CAPSET_OTHER;
		if (rules[i].rule == SMALLER_IS_MORE)
			return now > then ? CAPSET_LACKS : CAPSET_OTHER;
		return CAPSET_OTHER;
	}
	return now < then ? CAPSET_LACKS : CAPSET_OTHER;
}

static void compare_number(struct comparison *c, const struct vgpu_capset_field *f, uint32_t index,
			   const uint8_t *recorded, const uint8_t *here)
{
	double then = number(f->type, recorded), now = number(f->type, here);
	enum capset_verdict verdict = judge_number(f->name, then, now);
	char line[160], element[16] = "";

	if (dword(recorded) == dword(here))
		return;
	if (f->count > 1)
		snprintf(element, sizeof(element), "[%" PRIu32 "]", index);
	snprintf(line, sizeof(line), "%s%s: the guest was told %.10g, here it is %.10g", f->name,
		 element, then, now);
	say(c, verdict, line);
}

/* The names of set bits, as many as fit. */
static void names_of(const struct vgpu_capset_field *f, uint32_t index, uint32_t bits, char *out,
		     size_t size)
{
	const char *name;
	uint32_t bit;
	size_t used = strlen(out);

	for (bit = 0; bit < 32 && used + 1 < size; bit++) {
		if (!(bits >> bit & 1))
			continue;
		name = f->type == VGPU_CAPSET_FORMATS ? vgpu_format_name(index * 32 + bit)
						      : vgpu_capset_flag_name(f->type, bit);
		if (name)
			snprintf(out + used, size - used, " %s", name);
		else
			snprintf(out + used, size - used, " %" PRIu32, index * 32 + bit);
		used = strlen(out);
	}
}

static void compare_bits(struct comparison *c, const struct vgpu_capset_field *f,
			 const uint8_t *recorded, const uint8_t *here)
{
	char missing[400] = "", extra[400] = "", line[480];
	uint32_t i, then, now;

	for (i = 0; i < f->count; i++) {
		then = dword(recorded + i * 4);
		now = dword(here + i * 4);
		names_of(f, i, then & ~now, missing, sizeof(missing));
		names_of(f, i, now & ~then, extra, sizeof(extra));
	}
	if (missing[0]) {
		snprintf(line, sizeof(line), "%s: the guest was promised, and here is not:%s",
			 f->name, missing);
		say(c, CAPSET_LACKS, line);
	}
	if (extra[0]) {
		snprintf(line, sizeof(line), "%s: only here:%s", f->name, extra);
		say(c, CAPSET_OTHER, line);
	}
}

static void compare_text(struct comparison *c, const struct vgpu_capset_field *f,
			 const uint8_t *recorded, const uint8_t *here)
{
	char line[200];

	if (!strncmp((const char *)recorded, (const char *)here, f->size))
		return;
	snprintf(line, sizeof(line), "%s: recorded \"%.*s\", here \"%.*s\"", f->name, (int)f->size,
		 (const char *)recorded, (int)f->size, (const char *)here);
	say(c, CAPSET_OTHER, line);
}

static void compare_field(struct comparison *c, const struct vgpu_capset_field *f,
			  const uint8_t *recorded, const uint8_t *here)
{
	uint32_t i;

	switch (f->type) {
	case VGPU_CAPSET_TEXT:
		compare_text(c, f, recorded, here);
		return;
	case VGPU_CAPSET_U32:
	case VGPU_CAPSET_I32:
	case VGPU_CAPSET_F32:
		for (i = 0; i < f->count; i++)
			compare_number(c, f, i, recorded + i * 4, here + i * 4);
		return;
	default:
		compare_bits(c, f, recorded, here);
	}
}

enum capset_verdict capset_compare(uint32_t capset_id, struct capset_bytes recorded,
				   struct capset_bytes here, capset_tell tell, void *data)
{
	struct comparison c = { .tell = tell, .data = data };
	struct vgpu_capset_field f;
	size_t i, known = 0, size;
	char line[120];

	size = recorded.size < here.size ? recorded.size : here.size;
	for (i = 0; !vgpu_capset_field(capset_id, i, &f) && f.offset + f.size <= size; i++) {
		compare_field(&c, &f, recorded.bytes + f.offset, here.bytes + f.offset);
		known = f.offset + f.size;
	}
	if (recorded.size != here.size) {
		snprintf(line, sizeof(line), "%zu bytes were recorded, here they are %zu",
			 recorded.size, here.size);
		say(&c, CAPSET_OTHER, line);
	}
	if (size > known && memcmp(recorded.bytes + known, here.bytes + known, size - known)) {
		snprintf(line, sizeof(line), "bytes from %zu on differ, whose meaning is not known",
			 known);
		say(&c, CAPSET_OTHER, line);
	}
	return c.worst;
}
