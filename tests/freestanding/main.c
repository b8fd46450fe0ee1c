/* SPDX-License-Identifier: MIT */
/*
 * libvgpu's codec in a program without libc, as in a guest's driver: encodes a command and a virgl
 * stream, decodes them again and describes them. Exit status 0: all as it should be.
 */
#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/virgl-codec.h>

/* What a compiler wants of any environment. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return memmove(to, from, size);
}

/* volatile: or the compiler makes calls of these very functions out of the loops. */
void *memmove(void *to, const void *from, size_t size)
{
	const volatile unsigned char *f = from;
	volatile unsigned char *t = to;

	for (size_t i = 0; i < size; i++)
		if (t < f)
			t[i] = f[i];
		else
			t[size - 1 - i] = f[size - 1 - i];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	volatile unsigned char *t = to;

	for (size_t i = 0; i < size; i++)
		t[i] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const volatile unsigned char *p = a, *q = b;

	for (size_t i = 0; i < size; i++)
		if (p[i] != q[i])
			return p[i] - q[i];
	return 0;
}

static bool says(const uint8_t *wire, size_t size, bool json, const char *expected)
{
	struct vgpu_describe_options options = { .verbose = true };
	char text[1024];
	struct vgpu_buffer buffer;
	struct vgpu_sink sink = vgpu_buffer_sink(&buffer, text, sizeof(text));
	size_t i = 0;

	if (json ? vgpu_request_json(wire, size, &options, &sink)
		 : vgpu_request_text(wire, size, &options, &sink))
		return false;
	while (text[i] && text[i] == expected[i])
		i++;
	return !text[i] && !expected[i];
}

static bool submit(void)
{
	struct vgpu_cmd_submit in = { .hdr.type = VGPU_CMD_SUBMIT_3D, .hdr.ctx_id = 1 };
	struct vgpu_virgl_clear clear = { .buffers = VGPU_CLEAR_DEPTH, .depth = 0.5 };
	uint8_t wire[256];
	int n = vgpu_virgl_encode_clear(&clear, wire + VGPU_CMD_SUBMIT_SIZE,
					sizeof(wire) - VGPU_CMD_SUBMIT_SIZE);

	if (n != 36)
		return false;
	in.size = (uint32_t)n;
	if (vgpu_encode_cmd_submit(&in, wire, sizeof(wire)))
		return false;
	return says(wire, VGPU_CMD_SUBMIT_SIZE + (size_t)n, false,
		    "SUBMIT_3D hdr.type=SUBMIT_3D hdr.flags=0 hdr.fence_id=0 hdr.ctx_id=1 "
		    "hdr.ring_idx=0 size=36 commands=1\n"
		    "    0x0 CLEAR length=8 buffers=DEPTH color=[0,0,0,0] depth=0.5 stencil=0");
}

static bool create(void)
{
	struct vgpu_resource_create_2d in = { .hdr.type = VGPU_CMD_RESOURCE_CREATE_2D,
					      .resource_id = 3,
					      .format = VGPU_FORMAT_B8G8R8A8_UNORM,
					      .width = 1280,
					      .height = 800 };
	uint8_t wire[VGPU_RESOURCE_CREATE_2D_SIZE], again[sizeof(wire)];
	static union vgpu_any out;

	if (vgpu_encode_resource_create_2d(&in, wire, sizeof(wire)))
		return false;
	if (vgpu_request_decode(NULL, wire, sizeof(wire), &out) != VGPU_STRUCT_RESOURCE_CREATE_2D)
		return false;
	if (vgpu_encode_resource_create_2d(&out.resource_create_2d, again, sizeof(again)))
		return false;
	return !memcmp(wire, again, sizeof(wire)) &&
	       says(wire, sizeof(wire), true,
		    "{\"cmd\":\"RESOURCE_CREATE_2D\",\"hdr\":{\"type\":{\"value\":257,"
		    "\"name\":\"RESOURCE_CREATE_2D\"},\"flags\":{\"value\":0,\"names\":[]},"
		    "\"fence_id\":0,\"ctx_id\":0,\"ring_idx\":0},\"resource_id\":3,"
		    "\"format\":{\"value\":1,\"name\":\"B8G8R8A8_UNORM\"},\"width\":1280,"
		    "\"height\":800}");
}

_Noreturn void start(void);

/* The way out of a program that nothing but the kernel is below. */
_Noreturn void start(void)
{
	register long status = !(create() && submit());

#if defined(__x86_64__)
	__asm__ volatile("syscall" ::"a"(60L), "D"(status));
#elif defined(__aarch64__)
	register long x0 __asm__("x0") = status, x8 __asm__("x8") = 93;

	__asm__ volatile("svc 0" ::"r"(x0), "r"(x8));
#else
	(void)status;
#endif
	for (;;)
		;
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tbl start\n");
#else
__asm__(".globl _start\n_start:\n");
#endif
