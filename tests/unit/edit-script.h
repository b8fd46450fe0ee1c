/* SPDX-License-Identifier: MIT */
/* Traces as text, made and told, for tests of the editor. */
#ifndef TESTS_EDIT_SCRIPT_H
#define TESTS_EDIT_SCRIPT_H

#include "trace-helper.h"

#include "script.h"

#include <vgpu/virgl.h>

/* Resource 1 is 64 x 64 pixels in context 1, which draws to it through surface 9. */
#define SETUP                                                                            \
	"CTX_CREATE ctx_id=1\n"                                                          \
	"RESOURCE_CREATE_3D resource_id=1 target=2 format=1 width=64 height=64 depth=1 " \
	"array_size=1\n"                                                                 \
	"CTX_ATTACH_RESOURCE ctx_id=1 resource_id=1\n"                                   \
	"SUBMIT_3D ctx_id=1 stream=0x50801,9,1,1,0,0,0x30005,1,0,9\n"                    \
	"SET_SCANOUT scanout_id=0 resource_id=1 r.width=64 r.height=64\n"
#define CLEAR    "0x80007,4,0,0,0,0,0,0,0"
#define DRAW     "0xc0008,0,3,4,0,1,0,0,0,0,0,0,0"
#define BLEND    "0x4000e,0,0,0,0" /* SET_BLEND_COLOR */
#define SHOW     "RESOURCE_FLUSH resource_id=1 r.width=64 r.height=64\n"
#define DRAWS(s) "SUBMIT_3D ctx_id=1 stream=" s "\n"
#define SETUP_KEPT                                           \
	"CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE " \
	"SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) SET_SCANOUT "

#define TWO_D                                                            \
	"RESOURCE_CREATE_2D resource_id=1 format=1 width=64 height=64\n" \
	"RESOURCE_ATTACH_BACKING resource_id=1 entries=16384\n"          \
	"SET_SCANOUT scanout_id=0 resource_id=1 r.width=64 r.height=64\n"
#define TWO_D_KEPT "RESOURCE_CREATE_2D RESOURCE_ATTACH_BACKING SET_SCANOUT "
#define COPY       "TRANSFER_TO_HOST_2D resource_id=1 r.width=64 r.height="

struct made {
	struct vgpu_trace_writer *w;
	uint64_t lost_id;
};

static inline void on_request(void *data, const struct vgpu_track_message *m)
{
	struct made *made = data;
	struct vgpu_trace_command c = { .id = m->number,
					.queue = m->queue,
					.pid = 7,
					.response_size = m->queue ? 0 : 24,
					.request = m->wire,
					.request_size = m->size };

	assert_int_equal(vgpu_trace_write_command(made->w, m->time_ns, &c), 0);
}

static inline void on_response(void *data, const struct vgpu_track_message *m)
{
	struct made *made = data;
	struct vgpu_trace_response r = { .id = m->number,
					 .response = m->wire,
					 .response_size = m->size };

	assert_int_equal(vgpu_trace_write_response(made->w, m->time_ns, &r), 0);
}

/* @mADDRESS:SIZE writes memory, @header begins another trace, @pPID is a process. */
static inline void on_other(void *data, const char *word)
{
	static const uint8_t bytes[8192] = { 1 };
	struct made *made = data;
	char *end;

	if (*word == 'm') {
		struct vgpu_trace_memory m = { .address = strtoull(word + 1, &end, 0),
					       .bytes = bytes };

		m.size = strtoul(end + 1, NULL, 0);
		assert_in_range(m.size, 1, sizeof(bytes));
		assert_int_equal(vgpu_trace_write_memory(made->w, 5, &m), 0);
	} else if (*word == 'p') {
		struct vgpu_trace_process p = { .pid = (uint32_t)atoi(word + 1), .comm = "p" };

		assert_int_equal(vgpu_trace_write_process(made->w, 5, &p), 0);
	} else {
		write_test_header(made->w, 5);
	}
}

static inline int make(const char *text)
{
	struct made made = { 0 };
	struct script s = {
		.request = on_request, .response = on_response, .other = on_other, .data = &made
	};
	int fd = memory_file(NULL, 0);

	assert_int_equal(vgpu_trace_writer_create(&made.w, fd, NULL), 0);
	write_test_header(made.w, 1);
	script_run(&s, text);
	assert_int_equal(vgpu_trace_writer_finish(made.w, 1000000), 0);
	vgpu_trace_writer_destroy(made.w);
	return fd;
}

static inline void add(char *text, size_t size, const char *format, ...)
{
	size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + n, size - n, format, args);
	va_end(args);
}

static inline void tell_command(const struct vgpu_trace_command *c, char *text, size_t size)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	struct vgpu_ctrl_hdr hdr;
	const char *comma = "";

	assert_int_equal(vgpu_decode_ctrl_hdr(c->request, c->request_size, &hdr), 0);
	add(text, size, "%s", vgpu_cmd_name(hdr.type));
	if (hdr.type == VGPU_CMD_SUBMIT_3D) {
		struct vgpu_cmd_submit submit;

		assert_int_equal(vgpu_decode_cmd_submit(c->request, c->request_size, &submit), 0);
		assert_int_equal(submit.size, c->request_size - VGPU_CMD_SUBMIT_SIZE);
		vgpu_virgl_walk_init(&walk, c->request + VGPU_CMD_SUBMIT_SIZE, submit.size);
		add(text, size, "(");
		while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
			const char *name = vgpu_virgl_cmd_name(cmd.opcode);

			add(text, size, "%s%s", comma, name ? name : "?");
			comma = ",";
		}
		add(text, size, ")");
	}
	add(text, size, " ");
}

#endif
