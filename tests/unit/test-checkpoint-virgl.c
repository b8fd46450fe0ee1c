/* SPDX-License-Identifier: MIT */
/* Checkpoints of a device with 3D: contents of all shapes, and what is bound. */
#include "checkpoint-bench.h"

#include <vgpu/transfer.h>

/* What LLVM and the GL driver keep for ever is theirs. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void test_2d(void **state)
{
	(void)state;
	frames("virgl");
}

struct shape {
	uint32_t target, format, width, height, depth, layers, levels, bind;
	uint8_t below; /* bytes below this one are no NaN */
};

#define SAMPLED 8u         /* VIRGL_BIND_SAMPLER_VIEW */
#define DEPTH   1u         /* VIRGL_BIND_DEPTH_STENCIL */
#define CUSTOM  (1u << 17) /* VIRGL_BIND_CUSTOM */

/* Odd sizes, so that rows and levels do not end where it would be easy. */
static const struct shape shapes[] = {
	{ VGPU_PIPE_BUFFER, VGPU_FORMAT_R8_UNORM, 1001, 1, 1, 1, 1, 16, 255 },
	{ VGPU_PIPE_BUFFER, VGPU_FORMAT_R8_UNORM, 1001, 1, 1, 1, 1, CUSTOM, 255 },
	{ VGPU_PIPE_TEXTURE_1D, VGPU_FORMAT_R8G8B8A8_UNORM, 37, 1, 1, 1, 3, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_B8G8R8A8_UNORM, 37, 21, 1, 1, 5, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_R8_UNORM, 37, 21, 1, 1, 5, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_B5G6R5_UNORM, 37, 21, 1, 1, 1, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_R16G16B16A16_FLOAT, 37, 21, 1, 1, 2, SAMPLED, 60 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_R32G32B32A32_FLOAT, 37, 21, 1, 1, 2, SAMPLED, 60 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_R32_UINT, 37, 21, 1, 1, 2, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_R8G8B8A8_SRGB, 37, 21, 1, 1, 2, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_Z16_UNORM, 37, 21, 1, 1, 1, DEPTH, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_S8_UINT_Z24_UNORM, 37, 21, 1, 1, 1, DEPTH, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_Z24X8_UNORM, 37, 21, 1, 1, 1, DEPTH, 255 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_Z32_FLOAT_S8X24_UINT, 37, 21, 1, 1, 1, DEPTH, 60 },
	{ VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_Z32_FLOAT, 37, 21, 1, 1, 1, DEPTH, 60 },
	{ VGPU_PIPE_TEXTURE_3D, VGPU_FORMAT_R8G8B8A8_UNORM, 13, 9, 5, 1, 3, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_CUBE, VGPU_FORMAT_R8G8B8A8_UNORM, 16, 16, 1, 6, 3, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D_ARRAY, VGPU_FORMAT_R8G8B8A8_UNORM, 13, 9, 1, 4, 2, SAMPLED, 255 },
	{ VGPU_PIPE_TEXTURE_2D_ARRAY, VGPU_FORMAT_R9G9B9E5_FLOAT, 16, 8, 1, 3, 2, SAMPLED, 60 },
	{ VGPU_PIPE_TEXTURE_1D_ARRAY, VGPU_FORMAT_R8G8B8A8_UNORM, 13, 1, 1, 4, 1, SAMPLED, 255 },
};

static void create(struct bench *b, const struct shape *s, uint32_t id, uint32_t samples)
{
	RUN(b, resource_create_3d, RESOURCE_CREATE_3D,
	    { .hdr.type = VGPU_CMD_RESOURCE_CREATE_3D,
	      .resource_id = id,
	      .target = s->target,
	      .format = s->format,
	      .bind = s->bind,
	      .width = s->width,
	      .height = s->height,
	      .depth = s->depth,
	      .array_size = s->layers,
	      .last_level = s->levels - 1,
	      .nr_samples = samples });
}

/* Every level and layer; what the device says it holds is what is asked for again. */
static void test_contents(void **state)
{
	struct vgpu_device_content c;
	struct checkpoints_stats stats;
	struct bench b;
	const uint32_t count = sizeof(shapes) / sizeof(*shapes);
	static uint8_t *was[64][16][8];
	uint32_t made = 0;

	(void)state;
	if (!bench_start(&b, "virgl"))
		skip();
	for (uint32_t i = 0; i < count; i++) {
		create(&b, &shapes[i], i + 1, 0);
		for (uint32_t level = 0, layer = 0;;) {
			int ret = vgpu_device_read_content(b.device, i + 1, level, layer, &c);
			uint8_t *bytes;

			assert_int_equal(ret, 0);
			bytes = noise(c.size, i * 100 + level * 10 + layer, shapes[i].below);
			c.bytes = bytes;
			assert_int_equal(
				vgpu_device_write_content(b.device, i + 1, level, layer, &c), 0);
			free(bytes);
			if (++layer == c.layers) {
				layer = 0;
				if (++level == c.levels)
					break;
			}
		}
		for (uint32_t level = 0; level < shapes[i].levels; level++) {
			for (uint32_t layer = 0;; layer++) {
				int ret =
					vgpu_device_read_content(b.device, i + 1, level, layer, &c);

				if (ret)
					break;
				was[i][level][layer] = malloc(c.size);
				assert_non_null(was[i][level][layer]);
				memcpy(was[i][level][layer], c.bytes, c.size);
				made++;
			}
		}
		if (!vgpu_device_gives_back(b.device, i + 1))
			print_message("format %s of target %u is not given back\n",
				      vgpu_format_name(shapes[i].format), shapes[i].target);
	}
	/* Several samples a pixel: the renderer says nothing, and reads nothing. */
	create(&b, &shapes[3 + 2], count + 1, 4);
	assert_false(vgpu_device_gives_back(b.device, count + 1));
	assert_true(vgpu_device_gives_back(b.device, 1));
	assert_true(vgpu_device_gives_back(b.device, 4));
	assert_true(made > count * 2);
	b.here.frames = 1;
	keep(&b);
	checkpoints_stats(b.checkpoints, &stats);
	assert_true(stats.not_taken >= 1);
	for (int pass = 0; pass < 2; pass++) {
		back_to(&b, 2);
		for (uint32_t i = 0; i < count; i++) {
			for (uint32_t level = 0; level < shapes[i].levels; level++) {
				for (uint32_t layer = 0; layer < 8 && was[i][level][layer];
				     layer++) {
					assert_int_equal(vgpu_device_read_content(b.device, i + 1,
										  level, layer, &c),
							 0);
					if (vgpu_device_gives_back(b.device, i + 1) &&
					    memcmp(c.bytes, was[i][level][layer], c.size))
						fail_msg("shape %u, level %u, layer %u", i, level,
							 layer);
				}
			}
		}
	}
	for (uint32_t i = 0; i < count * 16 * 8; i++)
		free(was[i / 128][i / 8 % 16][i % 8]);
	bench_stop(&b);
}

static uint32_t bits(float f)
{
	uint32_t u;

	memcpy(&u, &f, sizeof(u));
	return u;
}

static void stream(struct bench *b, const uint32_t *dwords, uint32_t count)
{
	uint8_t wire[VGPU_CMD_SUBMIT_SIZE + 256];
	struct vgpu_cmd_submit c = { .hdr.type = VGPU_CMD_SUBMIT_3D,
				     .hdr.ctx_id = 1,
				     .size = count * 4 };

	assert_in_range(count, 1, 64);
	vgpu_encode_cmd_submit(&c, wire, sizeof(wire));
	memcpy(wire + VGPU_CMD_SUBMIT_SIZE, dwords, count * 4);
	run(b, wire, VGPU_CMD_SUBMIT_SIZE + count * 4);
	assert_int_equal(result.verdict, 0);
}

static void clear(struct bench *b, float red)
{
	const uint32_t dwords[] = {
		VGPU_VIRGL_CLEAR | 8 << 16, 4, bits(red), 0, 0, bits(1), 0, 0, 0
	};

	stream(b, dwords, sizeof(dwords) / 4);
}

static uint8_t red(struct bench *b, uint32_t id)
{
	struct vgpu_device_content c;

	assert_int_equal(vgpu_device_read_content(b->device, id, 0, 0, &c), 0);
	return c.bytes[2];
}

/* What is bound stays bound, in each sub context; with several samples it is drawn again. */
static void test_state(void **state)
{
	static const struct shape picture = {
		VGPU_PIPE_TEXTURE_2D, VGPU_FORMAT_B8G8R8A8_UNORM, 32, 32, 1, 1, 1, 2 | SAMPLED, 255
	};
	const uint32_t setup[] = {
		VGPU_VIRGL_CREATE_OBJECT | VGPU_VIRGL_OBJECT_SURFACE << 8 | 5 << 16,
		9,
		1,
		VGPU_FORMAT_B8G8R8A8_UNORM,
		0,
		0,
		VGPU_VIRGL_SET_FRAMEBUFFER_STATE | 3 << 16,
		1,
		0,
		9,
	};
	const uint32_t second[] = {
		VGPU_VIRGL_CREATE_SUB_CTX | 1 << 16,
		5,
		VGPU_VIRGL_SET_SUB_CTX | 1 << 16,
		5,
		VGPU_VIRGL_CREATE_OBJECT | VGPU_VIRGL_OBJECT_SURFACE << 8 | 5 << 16,
		9,
		2,
		VGPU_FORMAT_B8G8R8A8_UNORM,
		0,
		0,
		VGPU_VIRGL_SET_FRAMEBUFFER_STATE | 3 << 16,
		1,
		0,
		9,
	};
	/* From the second resource, which has several samples, to the third. */
	const uint32_t resolve[] = {
		VGPU_VIRGL_BLIT | 21 << 16,
		/* PIPE_MASK_RGBA, nearest, no scissor */
		0xf << 0 | 0 << 8,
		0,
		0,
		3,
		0,
		VGPU_FORMAT_B8G8R8A8_UNORM,
		0,
		0,
		0,
		32,
		32,
		1,
		2,
		0,
		VGPU_FORMAT_B8G8R8A8_UNORM,
		0,
		0,
		0,
		32,
		32,
		1,
	};
	struct bench b;

	(void)state;
	if (!bench_start(&b, "virgl"))
		skip();
	RUN(&b, ctx_create, CTX_CREATE, { .hdr.type = VGPU_CMD_CTX_CREATE, .hdr.ctx_id = 1 });
	for (uint32_t id = 1; id <= 3; id++) {
		create(&b, &picture, id, id == 2 ? 4 : 0);
		RUN(&b, ctx_resource, CTX_RESOURCE,
		    { .hdr.type = VGPU_CMD_CTX_ATTACH_RESOURCE,
		      .hdr.ctx_id = 1,
		      .resource_id = id });
	}
	stream(&b, setup, sizeof(setup) / 4);
	clear(&b, 0.2f);
	stream(&b, second, sizeof(second) / 4);
	clear(&b, 0.6f);
	b.here.frames = 1;
	keep(&b);
	/* Now the second resource is cleared in the second sub context; then all goes wrong. */
	stream(&b, resolve, sizeof(resolve) / 4);
	assert_int_equal(red(&b, 1), 51);
	assert_int_equal(red(&b, 3), 153);
	clear(&b, 1.0f);
	stream(&b, resolve, sizeof(resolve) / 4);
	assert_int_equal(red(&b, 3), 255);
	b.here.frames = 2;
	keep(&b);

	back_to(&b, 2);
	assert_int_equal(red(&b, 1), 51);
	stream(&b, resolve, sizeof(resolve) / 4);
	assert_int_equal(red(&b, 3), 153);
	clear(&b, 0.4f);
	stream(&b, resolve, sizeof(resolve) / 4);
	assert_int_equal(red(&b, 3), 102);
	assert_int_equal(red(&b, 1), 51);
	back_to(&b, 3);
	assert_int_equal(red(&b, 3), 255);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2d),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
