/* SPDX-License-Identifier: MIT */
/* Trim: of what stands before the range, just what the range needs. */
#include "edit-script.h"

#include <errno.h>

#include <vgpu/edit.h>

static int trim(int fd, const struct vgpu_trim_options *o, struct vgpu_trim_report *report)
{
	struct vgpu_trace_status status;
	struct vgpu_trace_writer *w;
	int out = memory_file(NULL, 0), err;
	uint64_t end_ns;

	assert_int_equal(vgpu_trace_writer_create(&w, out, NULL), 0);
	err = vgpu_trace_trim(fd, w, o, report, &status, &end_ns);
	if (err) {
		close(out);
		out = err;
	} else {
		assert_int_equal(vgpu_trace_writer_finish(w, end_ns), 0);
	}
	vgpu_trace_writer_destroy(w);
	return out;
}

/* What stands before the last `range` commands, as words; checks ids and answers on the way. */
static void tell(int fd, uint64_t setup, char *text, size_t size)
{
	struct vgpu_trace_response response;
	struct vgpu_trace_command command;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_process process;
	struct vgpu_trace_record r;
	uint64_t commands = 0;

	*text = '\0';
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (!vgpu_trace_parse_command(&r, &command)) {
			assert_int_equal(command.id, ++commands);
			if (commands <= setup)
				tell_command(&command, text, size);
		} else if (!vgpu_trace_parse_response(&r, &response)) {
			assert_in_range(response.id, 1, commands);
		} else if (!vgpu_trace_parse_memory(&r, &memory) && commands < setup) {
			add(text, size, "@%llx:%zu ", (unsigned long long)memory.address,
			    memory.size);
		} else if (!vgpu_trace_parse_process(&r, &process)) {
			add(text, size, "p%u ", process.pid);
		}
	}
	vgpu_trace_reader_close(reader);
	close(fd);
}

/* The last command of the text is the range. */
static void keeps(const char *text, const char *expected)
{
	struct vgpu_trim_options o = { .unit = VGPU_TRIM_COMMANDS, .last = UINT64_MAX };
	struct vgpu_trim_report report;
	static char got[8192];
	int fd = make(text), out;
	const char *line = text;

	for (; line && *line; line = strchr(line, '\n') + 1)
		o.first += *line != '@';
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_int_equal(report.commands, 1);
	tell(out, report.commands_kept, got, sizeof(got));
	if (strcmp(got, expected))
		fail_msg("of\n%sit kept\n%s\nand not\n%s", text, got, expected);
	close(fd);
}

static void test_pictures(void **state)
{
	(void)state;
	/* A clear puts an end to what was drawn, and what is bound twice is bound once. */
	keeps(SETUP DRAWS(DRAW) SHOW DRAWS(BLEND "," BLEND "," CLEAR "," DRAW) SHOW,
	      SETUP_KEPT "SUBMIT_3D(SET_BLEND_COLOR,CLEAR,DRAW_VBO) ");
	/* Without one all drawing is needed; flushes never are. */
	keeps(SETUP DRAWS(DRAW) SHOW DRAWS(BLEND) DRAWS(DRAW) SHOW SHOW,
	      SETUP_KEPT "SUBMIT_3D(DRAW_VBO) SUBMIT_3D(SET_BLEND_COLOR) SUBMIT_3D(DRAW_VBO) ");
	/* Only what is shown. */
	keeps(SETUP DRAWS(CLEAR "," DRAW) "GET_DISPLAY_INFO\n"
					  "RESOURCE_FLUSH resource_id=2\n",
	      "GET_DISPLAY_INFO ");
	/* A clear under a render condition may not happen. */
	keeps(SETUP DRAWS("0x40901,5,0,0,1,0x10013,5,0x10014,5,0x3001a,5,0,0," CLEAR)
		      DRAWS(DRAW "," CLEAR) SHOW,
	      SETUP_KEPT
	      "SUBMIT_3D(CREATE_OBJECT,BEGIN_QUERY,END_QUERY,SET_RENDER_CONDITION,CLEAR) "
	      "SUBMIT_3D(DRAW_VBO,CLEAR) ");
}

static void test_lives(void **state)
{
	(void)state;
	/* What was destroyed is gone, with what was done to it. */
	keeps(SETUP "RESOURCE_CREATE_2D resource_id=2 format=1 width=8 height=8\n"
		    "RESOURCE_UNREF resource_id=2\n"
		    "CTX_CREATE ctx_id=2\nCTX_ATTACH_RESOURCE ctx_id=2 resource_id=1\n"
		    "CTX_DESTROY ctx_id=2\n" SHOW,
	      "RESOURCE_CREATE_3D SET_SCANOUT ");
	/* But what drew the picture is needed, and its end too: the id is used again. */
	keeps(SETUP
	      "RESOURCE_CREATE_3D resource_id=2 target=0 format=64 width=64 height=1 depth=1 "
	      "array_size=1\n"
	      "CTX_ATTACH_RESOURCE ctx_id=1 resource_id=2\n" DRAWS("0x30006,4,0,2," DRAW) DRAWS(
		      "0x6") "RESOURCE_UNREF resource_id=2\n"
			     "RESOURCE_CREATE_2D resource_id=2 format=1 width=8 height=8\n" SHOW,
	      SETUP_KEPT "RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
			 "SUBMIT_3D(SET_VERTEX_BUFFERS,DRAW_VBO) RESOURCE_UNREF ");
	/* What the range ends must be there. */
	keeps(SETUP "CTX_DESTROY ctx_id=1\n", "CTX_CREATE ");
	/* Objects that were replaced or destroyed, before anything was drawn. */
	keeps(SETUP DRAWS("0x10103,9") DRAWS("0x50801,9,1,1,0,0,0x30005,1,0,9") DRAWS(DRAW) SHOW,
	      "CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE SET_SCANOUT "
	      "SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) SUBMIT_3D(DRAW_VBO) ");
}

static void test_memory(void **state)
{
	(void)state;
	/* A whole transfer replaces all before it; later bytes replace earlier ones. */
	keeps(TWO_D "@m0x10000:4096\n" COPY "64\n@m0x10000:4096\n@m0x10000:4096\n" COPY "64\n" SHOW,
	      TWO_D_KEPT "@10000:4096 TRANSFER_TO_HOST_2D ");
	/* A part leaves the rest; bytes that no transfer reads are of no use. */
	keeps(TWO_D "@m0x10000:4096\n" COPY "64\n@m0x10000:256\n@m0x90000:64\n" COPY
		    "1 offset=0\n" SHOW,
	      TWO_D_KEPT "@10000:4096 TRANSFER_TO_HOST_2D @10000:256 TRANSFER_TO_HOST_2D ");
	/* Beyond the resource: refused, and so replaces nothing. */
	keeps(TWO_D "@m0x10000:4096\n" COPY "64\n" COPY "65\n" SHOW,
	      TWO_D_KEPT "@10000:4096 TRANSFER_TO_HOST_2D TRANSFER_TO_HOST_2D ");
	/* Read in the range. */
	keeps(TWO_D "@m0x10000:4096\n@m0x11000:64\n@m0x20000:64\n" COPY "64\n",
	      "RESOURCE_CREATE_2D RESOURCE_ATTACH_BACKING ");
}

static void test_opaque(void **state)
{
	(void)state;
	/* An opcode that is not known: all of the context. */
	keeps(SETUP DRAWS(DRAW) SHOW DRAWS("0x000000fe") DRAWS(CLEAR) SHOW,
	      SETUP_KEPT "SUBMIT_3D(DRAW_VBO) SUBMIT_3D(?) SUBMIT_3D(CLEAR) ");
	/* A stream that was refused. */
	keeps(SETUP DRAWS(DRAW) SHOW "SUBMIT_3D ctx_id=1 stream=" BLEND
				     " -> ERR_UNSPEC\n" DRAWS(CLEAR) SHOW,
	      SETUP_KEPT "SUBMIT_3D(DRAW_VBO) SUBMIT_3D(SET_BLEND_COLOR) SUBMIT_3D(CLEAR) ");
	/* A resource that the context does not have. */
	keeps(SETUP DRAWS(DRAW) SHOW DRAWS("0x30006,4,0,77") DRAWS(CLEAR) SHOW,
	      SETUP_KEPT "SUBMIT_3D(DRAW_VBO) SUBMIT_3D(SET_VERTEX_BUFFERS) SUBMIT_3D(CLEAR) ");
}

/* A device that holds 64 x 64 pixels in resource 1, and gives back what is asked for. */
struct held {
	uint64_t gone, reads;
	bool gives;
};

static int source_go(void *data, uint64_t record)
{
	struct held *h = data;

	assert_int_equal(h->gone, 0);
	h->gone = record;
	return 0;
}

static bool source_gives(void *data, uint32_t resource_id)
{
	const struct held *h = data;

	return resource_id == 1 && h->gives;
}

static int source_read(void *data, uint32_t resource_id, uint32_t level, uint32_t layer,
		       struct vgpu_trim_part *out)
{
	static const uint8_t bytes[16384] = { 7 };
	struct held *h = data;

	assert_int_equal(resource_id, 1);
	assert_int_equal(level + layer, 0);
	h->reads++;
	*out = (struct vgpu_trim_part) { bytes, sizeof(bytes), 64, 64, 256, 1, 1 };
	return 0;
}

static int source_memory(void *data, uint64_t address, void *out, size_t size)
{
	(void)data;
	(void)address;
	memset(out, 9, size);
	return 0;
}

/* What stands before the last command, SNAPSHOTs in brackets. */
static void begins_with(const char *text, bool gives, const char *expected)
{
	struct held held = { .gives = gives };
	struct vgpu_trim_source source = { .data = &held,
					   .go = source_go,
					   .gives = source_gives,
					   .read = source_read,
					   .memory = source_memory,
					   .name = "none" };
	struct vgpu_trim_options o = { .unit = VGPU_TRIM_COMMANDS,
				       .last = UINT64_MAX,
				       .source = &source };
	struct vgpu_trim_report report;
	struct vgpu_trace_snapshot s;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_command c;
	struct vgpu_trace_memory m;
	struct vgpu_trace_record r;
	char got[4096] = "";
	int fd = make(text), out;

	for (const char *line = text; line && *line; line = strchr(line, '\n') + 1)
		o.first += *line != '@';
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_int_equal(report.given, held.reads);
	lseek(out, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, out), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (!vgpu_trace_parse_command(&r, &c)) {
			if (c.id > report.commands_kept)
				break;
			tell_command(&c, got, sizeof(got));
		} else if (!vgpu_trace_parse_snapshot(&r, &s)) {
			add(got, sizeof(got), "[");
			tell_command(&(struct vgpu_trace_command) { .request = s.request,
								    .request_size =
									    s.request_size },
				     got, sizeof(got));
			got[strlen(got) - 1] = ']';
		} else if (!vgpu_trace_parse_memory(&r, &m)) {
			add(got, sizeof(got), "@%llx:%zu=%u ", (unsigned long long)m.address,
			    m.size, m.bytes[0]);
		}
	}
	if (strcmp(got, expected))
		fail_msg("of\n%sit kept\n%s\nand not\n%s", text, got, expected);
	vgpu_trace_reader_close(reader);
	close(out);
	close(fd);
}

#define GIVEN_3D                                                                   \
	"[RESOURCE_ATTACH_BACKING]@1000000000000000:16384=7 [TRANSFER_TO_HOST_3D]" \
	"[RESOURCE_DETACH_BACKING]"

static void test_source(void **state)
{
	(void)state;
	/* What was drawn is there, and need not be drawn. */
	begins_with(SETUP DRAWS(DRAW) DRAWS(BLEND "," DRAW) DRAWS(DRAW), true,
		    "CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
		    "SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) "
		    "SUBMIT_3D(SET_BLEND_COLOR) " GIVEN_3D);
	begins_with(SETUP DRAWS(DRAW) DRAWS(DRAW), false,
		    "CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
		    "SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) SUBMIT_3D(DRAW_VBO) ");
	/* A clear asks for nothing. */
	begins_with(SETUP DRAWS(DRAW) DRAWS(CLEAR), true,
		    "CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
		    "SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) ");
	/* With backing: through another one, and its own again. Its memory is read later. */
	begins_with(TWO_D "@m0x10000:4096\n" COPY "64\n" COPY "1\n", true,
		    "RESOURCE_CREATE_2D RESOURCE_ATTACH_BACKING @10000:4096=1 ");
	begins_with(TWO_D "@m0x10000:4096\n" COPY "64\n"
			  "RESOURCE_DETACH_BACKING resource_id=1\n" SHOW,
		    true,
		    "RESOURCE_CREATE_2D RESOURCE_ATTACH_BACKING SET_SCANOUT "
		    "RESOURCE_DETACH_BACKING [RESOURCE_ATTACH_BACKING]"
		    "@1000000000000000:16384=7 [TRANSFER_TO_HOST_2D][RESOURCE_FLUSH]"
		    "[RESOURCE_DETACH_BACKING]");
	/* What the device wrote to memory is asked for, too. */
	begins_with("RESOURCE_CREATE_3D resource_id=1 target=0 format=64 width=64 height=1 depth=1 "
		    "array_size=1\n"
		    "RESOURCE_ATTACH_BACKING resource_id=1 entries=64\n"
		    "TRANSFER_FROM_HOST_3D resource_id=1 box.w=16 box.h=1 box.d=1\n"
		    "TRANSFER_TO_HOST_3D resource_id=1 box.w=16 box.h=1 box.d=1\n",
		    true, "RESOURCE_CREATE_3D RESOURCE_ATTACH_BACKING @10000:16=9 ");
}

static void test_people(void **state)
{
	(void)state;
	keeps("@p6\n@p7\n" TWO_D SHOW, "p7 " TWO_D_KEPT);
}

static void test_frames(void **state)
{
	struct vgpu_trim_options o = { .unit = VGPU_TRIM_FRAMES, .first = 2, .last = 3 };
	struct vgpu_trim_report report;
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_header header;
	struct vgpu_trace_record r;
	int fd = make(SETUP DRAWS(CLEAR) SHOW DRAWS(CLEAR) SHOW
		      "RESOURCE_FLUSH resource_id=5\n" SHOW SHOW),
	    out;

	(void)state;
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_int_equal(report.commands_before, 7);
	assert_int_equal(report.commands_kept, 5);
	assert_int_equal(report.commands, 4);
	assert_int_equal(report.first_frame, 2);
	assert_int_equal(report.last_frame, 3);
	lseek(out, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, out), 0);
	assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
	assert_int_equal(vgpu_trace_parse_header(&r, &header), 0);
#define SAYS(key, value) \
	assert_string_equal(vgpu_trace_text_get(header.text, header.text_size, key), value)
	SAYS("source", "synthetic");
	SAYS("trimmed-from", "6162636465666768696a6b6c6d6e6f00");
	SAYS("setup-commands", "5");
	SAYS("first-command", "8");
	SAYS("first-frame", "2");
	SAYS("last-frame", "3");
	vgpu_trace_reader_close(reader);
	close(out);
	close(fd);
}

static void test_limits(void **state)
{
	struct vgpu_trim_options o = { .unit = VGPU_TRIM_FRAMES, .first = 2, .last = 2 };
	struct vgpu_trim_report report;
	int fd = make(SETUP DRAWS(CLEAR) SHOW SHOW), out, ends[2];

	(void)state;
	/* No memory to speak of: all is kept. */
	o.memory_max = 1;
	out = trim(fd, &o, &report);
	assert_int_equal(out, VGPU_ERR_TOO_LARGE);
	o.memory_max = 0;
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_false(report.all);
	close(out);
	o.memory_max = report.memory - 1;
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_true(report.all);
	assert_int_equal(report.commands_kept, 7);
	close(out);
	o.memory_max = 0;
	/* Contexts as wholes. */
	o.whole_streams = true;
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_int_equal(report.stream_kept, report.stream_before);
	close(out);
	/* Ranges that are none. */
	o.first = 3;
	assert_int_equal(trim(fd, &o, &report), VGPU_ERR_INVALID);
	o.last = 3;
	assert_int_equal(trim(fd, &o, &report), VGPU_ERR_INVALID);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(trim(ends[0], &o, &report), -ESPIPE);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	/* Over two traces in one file; within one of them. */
	fd = make(TWO_D SHOW "@header\n" TWO_D SHOW);
	o.first = 1;
	o.last = 2;
	assert_int_equal(trim(fd, &o, &report), VGPU_ERR_INVALID);
	o.first = 2;
	out = trim(fd, &o, &report);
	assert_true(out >= 0);
	assert_int_equal(report.commands_kept, 0);
	close(out);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures), cmocka_unit_test(test_lives),
		cmocka_unit_test(test_memory),   cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_source),   cmocka_unit_test(test_people),
		cmocka_unit_test(test_frames),   cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
