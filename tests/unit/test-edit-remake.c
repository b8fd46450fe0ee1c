/* SPDX-License-Identifier: MIT */
/* Remake: at a point, just what makes the state again, and what somebody else holds at its place. */
#include "edit-script.h"

#include <vgpu/remake.h>

struct holder {
	uint32_t refuses; /* this resource cannot be taken */
	uint64_t taken, released;
	char *text;
	size_t size;
};

static uint64_t take(void *data, uint32_t resource_id)
{
	struct holder *h = data;

	return resource_id == h->refuses ? 0 : ++h->taken * 100 + resource_id;
}

static void release(void *data, uint64_t token)
{
	struct holder *h = data;

	assert_int_not_equal(token, 0);
	h->released++;
}

static int memory(void *data, uint64_t address, void *out, size_t size)
{
	(void)data;
	memset(out, (int)(address >> 12), size);
	return 0;
}

static int on_record(void *data, const struct vgpu_trace_record *r)
{
	struct holder *h = data;
	struct vgpu_trace_snapshot s;
	struct vgpu_trace_memory m;

	if (!vgpu_trace_parse_memory(r, &m)) {
		add(h->text, h->size, "@%llx:%zu=%u ", (unsigned long long)m.address, m.size,
		    m.bytes[0]);
		return 0;
	}
	assert_int_equal(vgpu_trace_parse_snapshot(r, &s), 0);
	tell_command(&(struct vgpu_trace_command) { .request = s.request,
						    .request_size = s.request_size },
		     h->text, h->size);
	return 0;
}

/* The resource, and the how manyth that was taken. */
static int on_give(void *data, uint64_t token)
{
	struct holder *h = data;

	add(h->text, h->size, "=%u.%u ", (unsigned int)(token % 100), (unsigned int)(token / 100));
	return 0;
}

static struct vgpu_remake *begin(struct holder *h)
{
	struct vgpu_remake_source source = {
		.data = h, .take = take, .release = release, .memory = memory
	};
	struct vgpu_remake *m;

	assert_int_equal(vgpu_remake_create(&m, &source, 0), 0);
	return m;
}

/* What the point has, as words. */
static void tell(struct holder *h, const struct vgpu_remake_point *p)
{
	struct vgpu_remake_sink sink = { .data = h, .record = on_record, .give = on_give };
	static char got[8192];

	got[0] = '\0';
	h->text = got;
	h->size = sizeof(got);
	assert_int_equal(vgpu_remake_point_play(p, &sink), 0);
}

/* A point wherever the text says "@p", and at its end; what the last one has. */
static void remakes(const char *text, uint32_t refuses, uint64_t taken, const char *expected)
{
	struct holder h = { .refuses = refuses };
	struct vgpu_remake *m = begin(&h);
	struct vgpu_remake_point *points[8];
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int fd = make(text), ret;
	size_t n = 0;

	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1) {
		if (r.type == VGPU_TRACE_PROCESS || r.type == VGPU_TRACE_END)
			assert_int_equal(vgpu_remake_point_create(m, 0, &points[n++]), 0);
		ret = vgpu_remake_add(m, &r);
		if (ret == 1) {
			/* Those before stay good; from the beginning again. */
			uint64_t number = r.number;

			assert_int_equal(vgpu_trace_reader_seek_record(reader, 0), 0);
			do {
				assert_int_equal(vgpu_trace_reader_next(reader, &r), 1);
				assert_int_equal(vgpu_remake_add(m, &r), 0);
			} while (r.number != number);
			ret = 0;
		}
		assert_int_equal(ret, 0);
	}
	vgpu_remake_destroy(m);
	tell(&h, points[n - 1]);
	if (strcmp(h.text, expected))
		fail_msg("of\n%sit made\n%s\nand not\n%s", text, h.text, expected);
	assert_int_equal(h.taken, taken);
	while (n)
		vgpu_remake_point_destroy(points[--n]);
	assert_int_equal(h.released, h.taken);
	vgpu_trace_reader_close(reader);
	close(fd);
}

static void test_pictures(void **state)
{
	(void)state;
	/* Drawing is in the picture; what is set last is all there is to set. */
	remakes(SETUP DRAWS(BLEND "," DRAW) SHOW DRAWS(BLEND), 0, 1,
		SETUP_KEPT "SUBMIT_3D(SET_BLEND_COLOR) =1.1 ");
	/* Where it cannot be had it is drawn again. */
	remakes(SETUP DRAWS(BLEND "," DRAW) SHOW DRAWS(BLEND), 1, 0,
		SETUP_KEPT "SUBMIT_3D(SET_BLEND_COLOR,DRAW_VBO) SUBMIT_3D(SET_BLEND_COLOR) ");
	remakes(SETUP DRAWS(DRAW) DRAWS(CLEAR), 1, 0, SETUP_KEPT "SUBMIT_3D(CLEAR) ");
}

static void test_lives(void **state)
{
	(void)state;
	remakes(SETUP "RESOURCE_CREATE_2D resource_id=2 format=1 width=8 height=8\n"
		      "RESOURCE_UNREF resource_id=2\n"
		      "CTX_CREATE ctx_id=2\nCTX_ATTACH_RESOURCE ctx_id=2 resource_id=1\n"
		      "CTX_DESTROY ctx_id=2\n",
		0, 1, SETUP_KEPT "=1.1 ");
	/* A surface keeps a resource that was given up: nobody can read it any more. */
	remakes(SETUP DRAWS(CLEAR) "RESOURCE_UNREF resource_id=1\n", 0, 0,
		"CTX_CREATE RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
		"SUBMIT_3D(CREATE_OBJECT,SET_FRAMEBUFFER_STATE) SUBMIT_3D(CLEAR) RESOURCE_UNREF ");
}

static void test_memory(void **state)
{
	(void)state;
	/* The last transfer is there for devices that put it off. */
	remakes(TWO_D "@m0x10000:4096\n" COPY "64\n@m0x10000:64\n", 0, 1,
		"RESOURCE_CREATE_2D RESOURCE_ATTACH_BACKING SET_SCANOUT @10000:4096=1 "
		"TRANSFER_TO_HOST_2D @10000:64=1 =1.1 ");
	/* What the device wrote is read. */
	remakes("RESOURCE_CREATE_3D resource_id=1 target=0 format=64 width=64 height=1 depth=1 "
		"array_size=1\n"
		"RESOURCE_ATTACH_BACKING resource_id=1 entries=64\n"
		"@m0x10000:64\n"
		"TRANSFER_FROM_HOST_3D resource_id=1 box.w=16 box.h=1 box.d=1\n",
		0, 1, "RESOURCE_CREATE_3D RESOURCE_ATTACH_BACKING @10000:64=1 @10000:16=16 =1.1 ");
}

#define SECOND                                                                           \
	"RESOURCE_CREATE_3D resource_id=2 target=2 format=1 width=64 height=64 depth=1 " \
	"array_size=1\nCTX_ATTACH_RESOURCE ctx_id=1 resource_id=2\n"
#define SECOND_KEPT "RESOURCE_CREATE_3D CTX_ATTACH_RESOURCE "
#define COPIES      "0xd0011,2,0,0,0,0,1,0,0,0,0,64,64,1" /* 1 to 2 */

static void test_several(void **state)
{
	(void)state;
	/* What did not change is not asked for again. */
	remakes(SETUP SECOND DRAWS(DRAW) "@p1\n" DRAWS(DRAW), 0, 3,
		SETUP_KEPT SECOND_KEPT "=2.2 =1.3 ");
	/* What was made of a picture is made of that one, not of the later one. */
	remakes(SETUP SECOND DRAWS(DRAW) "@p1\n" DRAWS(COPIES) DRAWS(DRAW), 2, 2,
		SETUP_KEPT SECOND_KEPT "=1.1 SUBMIT_3D(RESOURCE_COPY_REGION) =1.2 ");
	/* The picture of a cursor is that of when it was set. */
	remakes("RESOURCE_CREATE_2D resource_id=1 format=1 width=64 height=64\n@p1\n"
		"UPDATE_CURSOR resource_id=1 queue=1\n@p1\n"
		"RESOURCE_ATTACH_BACKING resource_id=1 entries=16384\n" COPY "64\n",
		0, 2,
		"RESOURCE_CREATE_2D =1.1 UPDATE_CURSOR RESOURCE_ATTACH_BACKING "
		"TRANSFER_TO_HOST_2D =1.2 ");
}

static void test_opaque(void **state)
{
	(void)state;
	/* A context that cannot be looked into: all its streams, and then the picture. */
	remakes(SETUP DRAWS(DRAW) "@p1\n" DRAWS("0x000000fe") DRAWS(CLEAR), 0, 2,
		SETUP_KEPT "SUBMIT_3D(DRAW_VBO) SUBMIT_3D(?) SUBMIT_3D(CLEAR) =1.2 ");
}

static void test_refused(void **state)
{
	struct holder h = { 0 };
	struct vgpu_remake *m = begin(&h);
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	int fd = make(SETUP);

	(void)state;
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(vgpu_trace_reader_open_fd(&reader, fd), 0);
	while (vgpu_trace_reader_next(reader, &r) == 1)
		assert_int_equal(vgpu_remake_add(m, &r), 0);
	assert_int_equal(vgpu_remake_refused(m, 0, 9), 0);
	assert_int_equal(vgpu_remake_refused(m, 7, 1), 0);
	assert_int_equal(vgpu_remake_refused(m, 0, 1), 1);
	vgpu_remake_destroy(m);
	vgpu_trace_reader_close(reader);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures), cmocka_unit_test(test_lives),
		cmocka_unit_test(test_memory),   cmocka_unit_test(test_several),
		cmocka_unit_test(test_opaque),   cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
