/* SPDX-License-Identifier: MIT */
/*
 * virgl commands as structs: payload to struct and back, all from virgl-fields.def. No allocation,
 * no state; wire pointers may have any alignment. Numbers are host-endian; every bit of the payload
 * is in some member, so that decode and encode give the same bytes.
 *
 *	struct vgpu_virgl_draw_vbo draw = { .head.omitted = 8, .count = 3,
 *					    .mode = VGPU_PRIM_TRIANGLES, .instance_count = 1 };
 *	used = vgpu_virgl_encode_draw_vbo(&draw, stream, room);
 */
#ifndef VGPU_VIRGL_CODEC_H
#define VGPU_VIRGL_CODEC_H

#include <vgpu/error.h>
#include <vgpu/protocol.h>
#include <vgpu/virgl.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What every command has beside its fields. All zero is right for most. */
struct vgpu_virgl_head {
	uint32_t object;     /* header bits 8..15; ignored in encoding CREATE_OBJECT's structs */
	uint32_t omitted;    /* dwords that are not there, from the fixed fields' end: commands that
				grew have shorter forms (DRAW_VBO 8 or 6, SET_INDEX_BUFFER 2,
				CREATE_VIDEO_CODEC 1) */
	const uint8_t *tail; /* what follows the fixed fields, as on the wire: elements, handles,
				text. Decode points into the stream; encode copies from it */
	size_t tail_size;    /* bytes; encode fills the last dword with zeros */
};

/* clang-format off */
#define VGPU_HEAD_CMD     struct vgpu_virgl_head head;
#define VGPU_HEAD_OBJ     struct vgpu_virgl_head head;
#define VGPU_HEAD_VARIANT struct vgpu_virgl_head head;
#define VGPU_HEAD_ELEMENT
/* struct vgpu_virgl_<layout> */
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) struct vgpu_virgl_##l { VGPU_HEAD_##kind
#define VGPU_VIRGL_U32(l, at, name, show, set, unit) uint32_t name;
#define VGPU_VIRGL_BITS(l, at, shift, width, name, show, set, unit) uint32_t name;
#define VGPU_VIRGL_REST(l, at, mask, name) uint32_t name;
#define VGPU_VIRGL_I32(l, at, name, unit) int32_t name;
#define VGPU_VIRGL_F32(l, at, name, unit) float name;
#define VGPU_VIRGL_F64(l, at, name, unit) double name;
#define VGPU_VIRGL_U64(l, at, name, show) uint64_t name;
#define VGPU_VIRGL_F32S(l, at, name, count) float name[count];
#define VGPU_VIRGL_U32S(l, at, name, count, show) uint32_t name[count];
#define VGPU_VIRGL_NESTED(l, at, element, id, name) struct vgpu_virgl_##element name;
#define VGPU_VIRGL_NESTEDS(l, at, element, id, name, count) struct vgpu_virgl_##element name[count];
#define VGPU_VIRGL_END(l, kind) };
/* clang-format on */
#include <vgpu/virgl-fields.def>

/* VGPU_VIRGL_<LAYOUT>_DWORDS: of the fixed fields. */
enum {
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) VGPU_VIRGL_##id##_DWORDS = (dwords),
#include <vgpu/virgl-fields.def>
};

/* VGPU_VIRGL_LAYOUT_<LAYOUT> */
enum vgpu_virgl_layout {
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) VGPU_VIRGL_LAYOUT_##id,
#include <vgpu/virgl-fields.def>
	VGPU_VIRGL_LAYOUT_COUNT
};

/* Room for any of the structs. */
union vgpu_virgl_any {
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) struct vgpu_virgl_##l l;
#include <vgpu/virgl-fields.def>
};

/*
 * The layout of a command's payload: of its opcode, for CREATE_OBJECT of the object type, and for
 * shaders and sampler views of what their payload says they are. CREATE_OBJECT of a type that is not
 * known is VGPU_VIRGL_LAYOUT_CREATE_OBJECT, an opcode that is not known VGPU_VIRGL_LAYOUT_COUNT.
 */
enum vgpu_virgl_layout vgpu_virgl_layout(const struct vgpu_virgl_cmd *cmd);

/* "draw_vbo"; NULL for a number that is no layout. */
const char *vgpu_virgl_layout_name(enum vgpu_virgl_layout layout);

/*
 * A command into the struct of `layout`, which must be one of its opcode's. 0; VGPU_ERR_UNKNOWN when
 * it is not; VGPU_ERR_OVERRUN when the stream ends inside the command: what is there was decoded.
 * Fields that are not there are zero and counted in head.omitted; the length is not judged.
 */
int vgpu_virgl_decode(enum vgpu_virgl_layout layout, const struct vgpu_virgl_cmd *cmd, void *out);

/*
 * A struct into a whole command, header included. Bytes written, always whole dwords;
 * VGPU_ERR_NO_SPACE and nothing is written; VGPU_ERR_TOO_LARGE for more than 65535 dwords;
 * VGPU_ERR_INVALID when more is omitted than there is, or there is a tail all the same;
 * VGPU_ERR_UNKNOWN for an ELEMENT. Values are cut to the width of their fields, not judged.
 */
int vgpu_virgl_encode(enum vgpu_virgl_layout layout, const void *in, void *wire, size_t size);

/*
 * Elements of a tail, one at a time: 0; VGPU_ERR_TRUNCATED when there are not that many bytes and
 * *out is zero; VGPU_ERR_NO_SPACE; VGPU_ERR_UNKNOWN for a layout that is no ELEMENT.
 */
int vgpu_virgl_element_decode(enum vgpu_virgl_layout layout, const void *wire, size_t size,
			      void *out);
int vgpu_virgl_element_encode(enum vgpu_virgl_layout layout, const void *in, void *wire,
			      size_t size);

/*
 * The same by type: vgpu_virgl_decode_<layout>() and vgpu_virgl_encode_<layout>().
 */
#define VGPU_CODEC_CMD(l, id)                                                                \
	static inline int vgpu_virgl_decode_##l(const struct vgpu_virgl_cmd *cmd,            \
						struct vgpu_virgl_##l *out)                  \
	{                                                                                    \
		return vgpu_virgl_decode(VGPU_VIRGL_LAYOUT_##id, cmd, out);                  \
	}                                                                                    \
	static inline int vgpu_virgl_encode_##l(const struct vgpu_virgl_##l *in, void *wire, \
						size_t size)                                 \
	{                                                                                    \
		return vgpu_virgl_encode(VGPU_VIRGL_LAYOUT_##id, in, wire, size);            \
	}
#define VGPU_CODEC_OBJ     VGPU_CODEC_CMD
#define VGPU_CODEC_VARIANT VGPU_CODEC_CMD
#define VGPU_CODEC_ELEMENT(l, id)                                                            \
	static inline int vgpu_virgl_decode_##l(const void *wire, size_t size,               \
						struct vgpu_virgl_##l *out)                  \
	{                                                                                    \
		return vgpu_virgl_element_decode(VGPU_VIRGL_LAYOUT_##id, wire, size, out);   \
	}                                                                                    \
	static inline int vgpu_virgl_encode_##l(const struct vgpu_virgl_##l *in, void *wire, \
						size_t size)                                 \
	{                                                                                    \
		return vgpu_virgl_element_encode(VGPU_VIRGL_LAYOUT_##id, in, wire, size);    \
	}
#define VGPU_VIRGL_LAYOUT(l, id, kind, which, dwords) VGPU_CODEC_##kind(l, id)
#include <vgpu/virgl-fields.def>

#undef VGPU_HEAD_CMD
#undef VGPU_HEAD_OBJ
#undef VGPU_HEAD_VARIANT
#undef VGPU_HEAD_ELEMENT
#undef VGPU_CODEC_CMD
#undef VGPU_CODEC_OBJ
#undef VGPU_CODEC_VARIANT
#undef VGPU_CODEC_ELEMENT

/* One packet of a shader: what its tail is made of. Pointers go into the stream. */
struct vgpu_virgl_shader_packet {
	uint32_t handle;
	uint32_t shader_type; /* VGPU_SHADER_… */
	bool continuation;
	uint32_t offset;        /* of this packet's text in the whole; 0 for the first, bytes */
	uint32_t total;         /* bytes of the whole text, NUL included; 0 in a continuation */
	const uint8_t *strides; /* STREAM_STRIDES, NULL without stream outputs */
	const uint8_t *outputs; /* output_count times STREAM_OUTPUT */
	uint32_t output_count;  /* that are there */
	const uint8_t *text;
	size_t text_size; /* bytes, with what fills the last dword */
};

/* 1 and *out filled for a CREATE_OBJECT of a shader, 0 for another command. */
int vgpu_virgl_cmd_shader(const struct vgpu_virgl_cmd *cmd, struct vgpu_virgl_shader_packet *out);

/* TGSI text being put together from its packets, by the host's rules. All zero to begin. */
struct vgpu_virgl_shader_text {
	char *text;  /* the caller's room */
	size_t room; /* bytes */
	uint32_t handle;
	uint32_t shader_type;
	uint32_t total;   /* bytes of the whole, in whole dwords; 0: none has begun */
	uint32_t current; /* bytes that are there */
};

/*
 * One more command of the same context and sub-context, and for each shader type an assembly of its
 * own. 1 when the text is whole: text[0 .. current - 1], NUL included where the guest sent one;
 * 0 when more must come, or the command is none of a shader of this type. VGPU_ERR_INVALID for a
 * packet that the host refuses, after which nothing has begun; VGPU_ERR_NO_SPACE when `total`
 * bytes do not fit: give more room and try again.
 * The first packet fixes the shader type.
 */
int vgpu_virgl_shader_text_add(struct vgpu_virgl_shader_text *text,
			       const struct vgpu_virgl_cmd *cmd);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
