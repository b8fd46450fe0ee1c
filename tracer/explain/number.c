/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: numbers and names of the protocol. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <vgpu/codec.h>
#include <vgpu/virgl.h>

#include "explain.h"

static const struct {
	uint32_t type;
	const char *text;
} responses[] = {
#define EXPLAIN_RESPONSE(name, text) { VGPU_RESP_##name, text },
#include "explain.def"
#undef EXPLAIN_RESPONSE
};

static const struct {
	uint32_t command, response;
	const char *text;
} refusals[] = {
#define EXPLAIN_REFUSAL(command, response, text) { VGPU_CMD_##command, VGPU_RESP_##response, text },
#include "explain.def"
#undef EXPLAIN_REFUSAL
};

/* What a number means to those who do not keep to the specification; true when that is anything. */
static bool in_dialects(const char *what, enum vgpu_set_id set, uint32_t n)
{
	const char *spec = vgpu_value_name(set, n);
	bool any = false;

	for (unsigned int i = VGPU_DIALECT_SPEC + 1; i < VGPU_DIALECT_COUNT; i++) {
		const char *name = vgpu_dialect_value((enum vgpu_dialect)i, set, n);

		if (!name || (spec && strcmp(name, spec) == 0))
			continue;
		explain_say("as a %s of the %s dialect: %s", what,
			    vgpu_dialect_name((enum vgpu_dialect)i), name);
		any = true;
	}
	return any;
}

void explain_command(uint32_t type)
{
	const struct vgpu_cmd_info *info = vgpu_cmd_info(type);

	if (!info) {
		if (vgpu_private_name(type))
			explain_say("command 0x%x: private to Keenuts' %s, within the numbers of "
				    "error responses",
				    type, vgpu_private_name(type));
		else
			explain_say("command 0x%x: none of the protocol's", type);
		return;
	}
	explain_say("%s (0x%x): a command of %u bytes%s, answered with %s%s%s", info->name, type,
		    info->request_size, type == VGPU_CMD_SUBMIT_3D ? " and a stream" : "",
		    vgpu_resp_name(info->response_type),
		    info->feature == VGPU_F_NONE ? "" : "; needs feature ",
		    info->feature == VGPU_F_NONE ? "" : vgpu_feature_name((uint32_t)info->feature));
}

void explain_response(uint32_t type)
{
	const char *name = vgpu_resp_name(type);

	if (!name && !in_dialects("response", VGPU_SET_RESP, type))
		explain_say("0x%x: no response of the protocol", type);
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		if (responses[i].type == type)
			explain_say("%s (0x%x): %s", name, type, responses[i].text);
	}
}

void explain_refusal(uint32_t command, uint32_t response)
{
	const char *name = vgpu_cmd_name(command), *answer = vgpu_resp_name(response);

	explain_say("%s (0x%x) was answered with %s (0x%x)", name ? name : "an unknown command",
		    command, answer ? answer : "an unknown response", response);
	explain_response(response);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].command == command && refusals[i].response == response)
			explain_say("why: %s", refusals[i].text);
	}
}

bool explain_virgl_header(uint32_t header)
{
	uint32_t opcode = header & 0xff, object = header >> 8 & 0xff, length = header >> 16;
	const char *name = vgpu_virgl_cmd_name(opcode);
	bool has_object = opcode == VGPU_VIRGL_CREATE_OBJECT || opcode == VGPU_VIRGL_BIND_OBJECT ||
			  opcode == VGPU_VIRGL_DESTROY_OBJECT;
	const char *kind = has_object ? vgpu_virgl_object_name(object) : NULL;
	struct vgpu_virgl_cmd cmd = { .opcode = (uint8_t)opcode,
				      .object = (uint8_t)object,
				      .length = (uint16_t)length };

	if (!name || (has_object && !kind) || (!has_object && object))
		return false;
	explain_say("virgl command header 0x%08x: %s%s%s, %u dwords%s", header, name,
		    kind ? " " : "", kind ? kind : "", length,
		    opcode != VGPU_VIRGL_SET_FRAMEBUFFER_STATE &&
				    opcode != VGPU_VIRGL_CREATE_OBJECT &&
				    vgpu_virgl_check_length(&cmd)
			    ? ", a length that the host refuses"
			    : "");
	return true;
}

const char *explain_gl_error(uint32_t error)
{
	static const char *const names[] = { "GL_INVALID_ENUM",
					     "GL_INVALID_VALUE",
					     "GL_INVALID_OPERATION",
					     "GL_STACK_OVERFLOW",
					     "GL_STACK_UNDERFLOW",
					     "GL_OUT_OF_MEMORY",
					     "GL_INVALID_FRAMEBUFFER_OPERATION" };

	return error >= 0x500 && error <= 0x506 ? names[error - 0x500] : NULL;
}

/* A number so small has many meanings. */
static void small(uint32_t n)
{
	if (n && vgpu_format_name(n))
		explain_say("as a pixel format: %s", vgpu_format_name(n));
	if (vgpu_virgl_cmd_name(n))
		explain_say("as a virgl command: %s", vgpu_virgl_cmd_name(n));
	if (vgpu_capset_name(n))
		explain_say("as a capset: %s", vgpu_capset_name(n));
	if (vgpu_feature_name(n))
		explain_say("as a feature bit: %s", vgpu_feature_name(n));
	if (vgpu_value_name(VGPU_SET_VIRTIO_F, n))
		explain_say("as a feature bit of virtio itself: %s",
			    vgpu_value_name(VGPU_SET_VIRTIO_F, n));
	in_dialects("feature bit", VGPU_SET_F, n);
	in_dialects("capset", VGPU_SET_CAPSET, n);
	in_dialects("command", VGPU_SET_CMD, n);
	if (n == 22)
		explain_say("as an errno: EINVAL, which virglrenderer returns for what it refuses");
}

bool explain_number(uint64_t number)
{
	uint32_t n = (uint32_t)number;

	if (number > UINT32_MAX)
		return false;
	if (n < VGPU_FORMAT_COUNT && !vgpu_cmd_info(n)) {
		small(n);
		return true;
	}
	if (vgpu_cmd_info(n) || vgpu_private_name(n)) {
		explain_command(n);
		in_dialects("response", VGPU_SET_RESP, n);
		return true;
	}
	if (vgpu_resp_name(n)) {
		explain_response(n);
		return true;
	}
	if (in_dialects("response", VGPU_SET_RESP, n))
		return true;
	if (explain_gl_error(n)) {
		explain_say("as a GL error: %s", explain_gl_error(n));
		return true;
	}
	if (n == 0x1050) {
		explain_say("virtio-gpu's PCI device id (1af4:1050)");
		return true;
	}
	/* Without a payload it would be a small number. */
	return n >> 16 && explain_virgl_header(n);
}

/* Skips what the kernel, virglrenderer and gallium put before a name. */
static const char *bare(const char *name)
{
	static const char *const prefixes[] = { "VIRTIO_GPU_", "VIRGL_",  "CMD_",        "RESP_",
						"CCMD_",       "FORMAT_", "PIPE_FORMAT_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);

		if (strncasecmp(name, prefixes[i], n) == 0)
			name += n;
	}
	return name;
}

/* No stream's command has a number above. */
#define OPCODES 0x10000u

static bool explain_stream_name(const char *name)
{
	bool known = false;

	for (unsigned int s = VGPU_STREAM_GFXSTREAM; s < VGPU_STREAM_UNKNOWN; s++) {
		enum vgpu_stream stream = (enum vgpu_stream)s;
		uint32_t last = stream == VGPU_STREAM_GFXSTREAM ? OPCODES : 1024;

		for (uint32_t i = 0; i < last; i++) {
			const char *word = vgpu_stream_cmd_name(stream, i);

			if (!word || strcasecmp(word, name) != 0)
				continue;
			explain_say("%s command %u (0x%x): %s", vgpu_stream_name(stream), i, i,
				    word);
			known = true;
		}
	}
	return known;
}

bool explain_name(const char *name)
{
	bool known = false;
	const char *word;
	uint32_t number;

	name = bare(name);
	for (size_t i = 0; !vgpu_value_at(VGPU_SET_CMD, i, &word, &number); i++) {
		if (strcasecmp(word, name) == 0) {
			explain_command(number);
			known = true;
		}
	}
	for (size_t i = 0; !vgpu_value_at(VGPU_SET_RESP, i, &word, &number); i++) {
		if (strcasecmp(word, name) == 0) {
			explain_response(number);
			known = true;
		}
	}
	for (uint32_t i = 0; i < VGPU_VIRGL_OPCODE_COUNT; i++) {
		if (strcasecmp(vgpu_virgl_cmd_name(i), name) == 0) {
			explain_say("virgl command %u: %s", i, vgpu_virgl_cmd_name(i));
			known = true;
		}
	}
	known |= explain_stream_name(name);
	for (size_t i = 0; !vgpu_value_at(VGPU_SET_FORMAT, i, &word, &number); i++) {
		struct vgpu_block block = vgpu_format_block(number);

		if (strcasecmp(word, name))
			continue;
		explain_say("pixel format %u: %s, %u bytes for %u x %u pixels", number, word,
			    block.bytes, block.width, block.height);
		known = true;
	}
	return known;
}
