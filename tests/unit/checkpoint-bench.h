/* SPDX-License-Identifier: MIT */
/* A device whose requests checkpoints are told of, for their tests. */
#ifndef TESTS_CHECKPOINT_BENCH_H
#define TESTS_CHECKPOINT_BENCH_H

#include "device-requests.h"

#include <stdlib.h>

#include <vgpu/format.h>

#include "checkpoint.h"

/* Feeds what it executes to the checkpoints, as records. */
struct bench {
	struct vgpu_device *device;
	struct checkpoints *checkpoints;
	struct checkpoint here;
};

/* `memory` bytes for the checkpoints; 0: plenty. */
static inline bool bench_start_with(struct bench *b, const char *backend, size_t memory)
{
	struct checkpoints_options options = { .memory = memory };

	*b = (struct bench) { .device = start(backend) };
	if (!b->device)
		return false;
	assert_int_equal(checkpoints_create(&b->checkpoints, b->device, &options), 0);
	return true;
}

static inline bool bench_start(struct bench *b, const char *backend)
{
	return bench_start_with(b, backend, 0);
}

static inline void bench_stop(struct bench *b)
{
	checkpoints_destroy(b->checkpoints);
	vgpu_device_destroy(b->device);
}

static inline void bench_record(struct bench *b, uint16_t type, const uint8_t *body, size_t size,
				const struct vgpu_device_result *done)
{
	struct vgpu_trace_record r = {
		.type = type, .number = b->here.record++, .body = body, .body_size = size
	};

	assert_int_equal(checkpoints_follow(b->checkpoints, &r, done), 0);
}

static inline void run(struct bench *b, const void *request, size_t size)
{
	uint8_t *body = calloc(1, 40 + size);

	assert_non_null(body);
	body[0] = (uint8_t)++b->here.command;
	memcpy(body + 40, request, size);
	assert_int_equal(put(b->device, request, size), VGPU_RESP_OK_NODATA);
	if (result.verdict)
		fail_msg("%s", result.reason);
	bench_record(b, VGPU_TRACE_COMMAND, body, 40 + size, &result);
	free(body);
}

#define RUN(b, name, NAME, ...)                                         \
	do {                                                            \
		struct vgpu_##name run_c = __VA_ARGS__;                 \
		uint8_t run_wire[VGPU_##NAME##_SIZE];                   \
		vgpu_encode_##name(&run_c, run_wire, sizeof(run_wire)); \
		run(b, run_wire, sizeof(run_wire));                     \
	} while (0)

static inline void poke(struct bench *b, uint64_t address, const uint8_t *bytes, size_t size)
{
	uint8_t *body = calloc(1, 16 + size);

	assert_non_null(body);
	for (int i = 0; i < 8; i++)
		body[8 + i] = (uint8_t)(address >> (8 * i));
	memcpy(body + 16, bytes, size);
	assert_int_equal(vgpu_device_write_memory(b->device, address, bytes, size), 0);
	bench_record(b, VGPU_TRACE_MEMORY, body, 16 + size, NULL);
	free(body);
}

static inline void give_backing(struct bench *b, uint32_t id, uint64_t address, uint32_t size)
{
	struct vgpu_resource_attach_backing c = { .hdr.type = VGPU_CMD_RESOURCE_ATTACH_BACKING,
						  .resource_id = id,
						  .nr_entries = 1 };
	struct vgpu_mem_entry entry = { .addr = address, .length = size };
	uint8_t wire[VGPU_RESOURCE_ATTACH_BACKING_SIZE + VGPU_MEM_ENTRY_SIZE];

	vgpu_encode_resource_attach_backing(&c, wire, sizeof(wire));
	vgpu_encode_mem_entry(&entry, wire + VGPU_RESOURCE_ATTACH_BACKING_SIZE,
			      VGPU_MEM_ENTRY_SIZE);
	run(b, wire, sizeof(wire));
}

static inline uint8_t *noise(size_t size, uint32_t seed, uint8_t below)
{
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)((seed >> 24) % below);
	}
	return bytes;
}

static inline void keep(struct bench *b)
{
	assert_int_equal(checkpoints_keep(b->checkpoints, &b->here, true), 0);
}

static inline void back_to(struct bench *b, uint64_t frame)
{
	struct checkpoint at;

	assert_true(checkpoints_find(b->checkpoints, frame, &at));
	assert_int_equal(checkpoints_restore(b->checkpoints, &at), 0);
}

static inline void show_2d(struct bench *b, uint64_t seed)
{
	struct vgpu_rect r = { .width = 32, .height = 32 };
	uint8_t *bytes = noise(4096, (uint32_t)seed, 255);

	poke(b, 0x10000, bytes, 4096);
	free(bytes);
	RUN(b, transfer_to_host_2d, TRANSFER_TO_HOST_2D,
	    { .hdr.type = VGPU_CMD_TRANSFER_TO_HOST_2D, .r = r, .resource_id = 1 });
	RUN(b, resource_flush, RESOURCE_FLUSH,
	    { .hdr.type = VGPU_CMD_RESOURCE_FLUSH, .r = r, .resource_id = 1 });
	b->here.frames++;
}

/* A 2D resource on the scanout. */
static inline void shown_2d(struct bench *b)
{
	RUN(b, resource_create_2d, RESOURCE_CREATE_2D,
	    { .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
	      .resource_id = 1,
	      .format = VGPU_FORMAT_B8G8R8X8_UNORM,
	      .width = 32,
	      .height = 32 });
	give_backing(b, 1, 0x10000, 4096);
	RUN(b, set_scanout, SET_SCANOUT,
	    { .hdr.type = VGPU_CMD_SET_SCANOUT,
	      .r = { .width = 32, .height = 32 },
	      .resource_id = 1 });
}

/* Four frames of a 2D resource, with a checkpoint behind each, and back to each of them. */
static inline void frames(const char *backend)
{
	static uint8_t pictures[4][4096], memory[4096];
	struct vgpu_device_picture p;
	struct checkpoints_stats stats;
	struct checkpoint at;
	struct bench b;

	if (!bench_start(&b, backend))
		skip();
	shown_2d(&b);
	assert_false(checkpoints_find(b.checkpoints, 9, &at));
	for (uint64_t i = 0; i < 4; i++) {
		show_2d(&b, i);
		assert_int_equal(vgpu_device_read(b.device, 0, &p), 0);
		memcpy(pictures[i], p.rgba, sizeof(pictures[i]));
		keep(&b);
	}
	checkpoints_stats(b.checkpoints, &stats);
	assert_int_equal(stats.count, 4);
	assert_int_equal(stats.not_taken, 0);
	assert_memory_not_equal(pictures[0], pictures[1], sizeof(pictures[0]));
	for (uint64_t i = 0; i < 4; i++) {
		uint64_t n = i * 3 % 4;
		uint8_t *bytes = noise(4096, (uint32_t)n, 255);

		back_to(&b, n + 2);
		assert_int_equal(vgpu_device_read(b.device, 0, &p), 0);
		assert_memory_equal(p.rgba, pictures[n], sizeof(pictures[n]));
		assert_int_equal(vgpu_device_read_memory(b.device, 0x10000, memory, 4096), 0);
		assert_memory_equal(memory, bytes, 4096);
		free(bytes);
	}
	/* Nothing is there before the first one. */
	assert_false(checkpoints_find(b.checkpoints, 1, &at));
	assert_int_equal(checkpoints_restore(b.checkpoints, NULL), 0);
	assert_int_equal(vgpu_device_read(b.device, 0, &p), -2 /* ENOENT */);
	bench_stop(&b);
}

#endif
