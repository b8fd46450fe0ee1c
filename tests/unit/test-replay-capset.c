/* SPDX-License-Identifier: MIT */
/* Two capsets beside each other: what is said of which difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <vgpu/capset.h>
#include <vgpu/format.h>

#include "capset.h"

#define SIZE 1400

static uint8_t recorded[SIZE], here[SIZE];
static char lines[4096];
static int count;
static enum capset_verdict last;

static void tell(void *data, enum capset_verdict verdict, const char *line)
{
	size_t used = strlen(lines);

	assert_ptr_equal(data, lines);
	snprintf(lines + used, sizeof(lines) - used, "%s\n", line);
	count++;
	last = verdict;
}

static uint32_t offset_of(const char *name)
{
	struct vgpu_capset_field f;
	size_t i;

	for (i = 0; !vgpu_capset_field(2, i, &f); i++) {
		if (!strcmp(f.name, name))
			return f.offset;
	}
	fail_msg("no field %s", name);
	return 0;
}

static void set(uint8_t *bytes, const char *name, uint32_t element, uint32_t value)
{
	uint8_t *to = bytes + offset_of(name) + element * 4;
	int i;

	for (i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static void begin(void)
{
	memset(recorded, 0, SIZE);
	memset(here, 0, SIZE);
	lines[0] = '\0';
	count = 0;
}

static enum capset_verdict compare(size_t recorded_size, size_t here_size)
{
	return capset_compare(2, (struct capset_bytes) { recorded, recorded_size },
			      (struct capset_bytes) { here, here_size }, tell, lines);
}

/* One field differs: the verdict, and words that stand in the line. */
static void one(const char *name, uint32_t element, uint32_t then, uint32_t now,
		enum capset_verdict expected, const char *words)
{
	begin();
	set(recorded, name, element, then);
	set(here, name, element, now);
	assert_int_equal(compare(SIZE, SIZE), expected);
	assert_int_equal(count, 1);
	assert_int_equal(last, expected);
	if (!strstr(lines, words))
		fail_msg("\"%s\" is not in \"%s\"", words, lines);
}

static void test_fields(void **state)
{
	(void)state;
	begin();
	assert_int_equal(compare(SIZE, SIZE), CAPSET_SAME);
	assert_int_equal(count, 0);
	one("glsl_level", 0, 450, 330, CAPSET_UNFIT,
	    "glsl_level: the guest was told 450, here it is 330");
	one("glsl_level", 0, 330, 450, CAPSET_OTHER, "330");
	one("max_samples", 0, 8, 4, CAPSET_LACKS,
	    "max_samples: the guest was told 8, here it is 4");
	one("max_samples", 0, 4, 8, CAPSET_OTHER, "8");
	one("max_compute_grid_size", 2, 9, 8, CAPSET_LACKS, "max_compute_grid_size[2]: ");
	one("uniform_buffer_offset_alignment", 0, 16, 256, CAPSET_LACKS, "here it is 256");
	one("uniform_buffer_offset_alignment", 0, 256, 16, CAPSET_OTHER, "here it is 16");
	one("min_texel_offset", 0, (uint32_t)-8, (uint32_t)-7, CAPSET_LACKS,
	    "told -8, here it is -7");
	one("max_aliased_line_width", 0, 0x41200000, 0x3f800000, CAPSET_LACKS,
	    "told 10, here it is 1");
	one("max_video_memory", 0, 4096, 0, CAPSET_OTHER, "max_video_memory");
	one("capability_bits", 0, 1u << 26 | 1, 1, CAPSET_LACKS,
	    "the guest was promised, and here is not: COPY_TRANSFER");
	one("capability_bits", 0, 1, 1u << 26 | 1, CAPSET_OTHER, "only here: COPY_TRANSFER");
	one("sampler", 0, 1u << VGPU_FORMAT_B8G8R8A8_UNORM, 0, CAPSET_LACKS,
	    "sampler: the guest was promised, and here is not: B8G8R8A8_UNORM");
	one("renderer", 0, 'x', 'y', CAPSET_OTHER, "renderer: recorded \"x\", here \"y\"");
}

static void test_sizes(void **state)
{
	(void)state;
	begin();
	assert_int_equal(compare(SIZE, 308), CAPSET_OTHER);
	assert_int_equal(count, 1);
	assert_non_null(strstr(lines, "1400 bytes were recorded, here they are 308"));
	/* Nothing behind a capset's end is looked at, however short it is. */
	begin();
	set(recorded, "max_samples", 0, 8);
	assert_int_equal(compare(SIZE, offset_of("max_samples") + 3), CAPSET_OTHER);
	begin();
	assert_int_equal(compare(0, 0), CAPSET_SAME);
	/* One that is not known: byte by byte. */
	recorded[7] = 1;
	assert_int_equal(capset_compare(4, (struct capset_bytes) { recorded, 160 },
					(struct capset_bytes) { here, 160 }, tell, lines),
			 CAPSET_OTHER);
	assert_non_null(strstr(lines, "bytes from 0 on differ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
