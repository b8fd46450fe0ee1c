/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: bytes, as raw files or as the hexadecimal that tools print. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "edid.h"
#include "explain.h"

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What a dump is read into; text never makes more than twice its size. */
struct unhex {
	uint8_t *bytes;
	size_t used;
	bool dwords;    /* numbers with 0x are dwords, not bytes */
	bool canonical; /* hexdump -C's: an offset stands before, and alone at the end */
};

static bool is_number(const char *word, size_t n)
{
	return n > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
}

/* One word of a dump: bytes as they stand ("0702" or "07"), or a number with 0x. */
static bool unhex_word(struct unhex *u, const char *word, size_t n)
{
	uint32_t value = 0;

	if (is_number(word, n)) {
		for (size_t i = 2; i < n; i++) {
			if (hex_digit(word[i]) < 0 || i > 9)
				return false;
			value = value << 4 | (uint32_t)hex_digit(word[i]);
		}
		for (int i = 0; i < (u->dwords ? 4 : 1); i++)
			u->bytes[u->used++] = (uint8_t)(value >> (8 * i));
		return true;
	}
	if (n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		if (hex_digit(word[i]) < 0 || hex_digit(word[i + 1]) < 0)
			return false;
		u->bytes[u->used++] = (uint8_t)(hex_digit(word[i]) << 4 | hex_digit(word[i + 1]));
	}
	return true;
}

/* The next word of a line, and the blanks before it. */
static size_t next_word(const char *line, size_t length, size_t *at, size_t *blanks)
{
	size_t n = 0;

	*blanks = 0;
	while (*at < length && (isspace((unsigned char)line[*at]) || line[*at] == ',')) {
		++*at;
		++*blanks;
	}
	while (*at + n < length && !isspace((unsigned char)line[*at + n]) && line[*at + n] != ',')
		n++;
	return n;
}

/* xxd's "00000000:" and hexdump -C's "00000000 " stand before, a picture of the text behind. */
static bool unhex_line(struct unhex *u, const char *line, size_t length)
{
	size_t at = 0, blanks, n;
	bool colon = false;

	u->canonical |= memchr(line, '|', length) != NULL;
	for (unsigned int word = 0; (n = next_word(line, length, &at, &blanks)); word++, at += n) {
		if (line[at] == '|' || (colon && word > 1 && blanks > 1))
			break;
		if (word == 0 && line[at + n - 1] == ':')
			colon = true;
		else if ((word || !u->canonical) && !unhex_word(u, line + at, n))
			return false;
	}
	return true;
}

uint8_t *explain_unhex(const uint8_t *text, size_t size, size_t *out_size)
{
	const char *line = (const char *)text, *end = line + size;
	struct unhex u = { 0 };
	size_t at = 0, blanks, n;

	for (size_t i = 0; i < size; i++) {
		if (!isprint(text[i]) && !isspace(text[i]))
			return NULL;
	}
	u.bytes = malloc(size * 2 + 1);
	if (!u.bytes)
		return NULL;
	for (; (n = next_word(line, size, &at, &blanks)); at += n)
		u.dwords |= is_number(line + at, n) && n > 4;
	while (line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		if (!unhex_line(&u, line, length)) {
			free(u.bytes);
			return NULL;
		}
		line += length + 1;
	}
	*out_size = u.used;
	return u.bytes;
}

static int write_stdout(void *data, const char *text, size_t size)
{
	(void)data;
	fwrite(text, 1, size, stdout);
	return 0;
}

static const struct vgpu_sink to_stdout = { write_stdout, NULL };

/* The capset whose contexts speak it. */
static void set_language(struct vgpu_describe_options *options, enum vgpu_stream stream)
{
	for (options->capset = 0; options->capset < 16; options->capset++)
		for (uint32_t i = 0; i < 16; i++) {
			options->drm_context = i;
			if (vgpu_stream_of(options->capset, i) == stream)
				return;
		}
}

/* As the stream of a SUBMIT_3D, which is what describes one. */
static int print_stream(enum vgpu_stream stream, const uint8_t *bytes, size_t size)
{
	struct vgpu_cmd_submit submit = { .hdr.type = VGPU_CMD_SUBMIT_3D, .size = (uint32_t)size };
	struct vgpu_describe_options options = { .verbose = true };
	uint8_t *wire = malloc(VGPU_CMD_SUBMIT_SIZE + size);

	if (!wire) {
		fputs("vgpu-trace: out of memory\n", stderr);
		return -1;
	}
	set_language(&options, stream);
	vgpu_encode_cmd_submit(&submit, wire, VGPU_CMD_SUBMIT_SIZE);
	memcpy(wire + VGPU_CMD_SUBMIT_SIZE, bytes, size);
	vgpu_request_text(wire, VGPU_CMD_SUBMIT_SIZE + size, &options, &to_stdout);
	free(wire);
	putchar('\n');
	return 0;
}

bool explain_kind(const char *name, struct explain_as *as)
{
	static const struct {
		const char *name;
		enum explain_what kind;
	} kinds[] = {
		{ "request", AS_REQUEST },
		{ "response", AS_RESPONSE },
		{ "config", AS_CONFIG },
		{ "edid", AS_EDID },
	};
	char *end;

	*as = (struct explain_as) { .kind = AS_STREAM };
	if (!vgpu_stream_by_name(name, &as->stream))
		return as->stream != VGPU_STREAM_UNKNOWN;
	if (!strncmp(name, "capset", 6) && isdigit((unsigned char)name[6])) {
		as->kind = AS_CAPSET;
		as->capset = (uint32_t)strtoul(name + 6, &end, 10);
		return !*end && explain_capset_known(as->capset);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		as->kind = kinds[i].kind;
		if (!strcmp(name, kinds[i].name))
			return true;
	}
	return false;
}

int explain_bytes(const struct explain_as *as, const struct vgpu_negotiated *n,
		  const uint8_t *bytes, size_t size)
{
	struct vgpu_describe_options options = { .verbose = true, .negotiated = *n };

	switch (as->kind) {
	case AS_STREAM:
		return print_stream(as->stream, bytes, size);
	case AS_CAPSET:
		explain_capset(as->capset, bytes, size);
		return 0;
	case AS_REQUEST:
		vgpu_request_text(bytes, size, &options, &to_stdout);
		break;
	default:
		vgpu_response_text(0, bytes, size, &options, &to_stdout);
		break;
	case AS_CONFIG:
		vgpu_config_text(bytes, size, &options, &to_stdout);
		break;
	case AS_EDID:
		edid_print(bytes, size, "", "\n");
		return 0;
	}
	putchar('\n');
	return 0;
}
