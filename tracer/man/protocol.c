/* SPDX-License-Identifier: MIT */
/*
 * Prints vgpu-protocol(7), the reference of all commands, from the library's tables: it asks the
 * library for the fields of messages that are all zero.
 * usage: protocol VERSION DATE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/describe.h>
#include <vgpu/protocol.h>
#include <vgpu/stream.h>
#include <vgpu/venus.h>
#include <vgpu/virgl-codec.h>

static const char *const set_names[VGPU_SET_COUNT] = {
#define VGPU_SET(set) [VGPU_SET_##set] = #set,
#include <vgpu/protocol.def>
	[VGPU_SET_CMD] = "CMD",
	[VGPU_SET_RESP] = "RESP",
	[VGPU_SET_FORMAT] = "FORMAT",
#define VGPU_SET(set) [VGPU_SET_##set] = #set,
#include <vgpu/virgl-values.def>
#define VGPU_SET(set) [VGPU_SET_##set] = #set,
#include <vgpu/stream.def>
};

static const struct {
	enum vgpu_stream stream;
	uint32_t number;
	const char *name;
	enum vgpu_struct_id request, response;
} stream_commands[] = {
#define VGPU_STREAM_CMD(stream, number, name, request, response) \
	{ VGPU_STREAM_##stream, number, #name, VGPU_STRUCT_##request, VGPU_STRUCT_##response },
#define VGPU_STREAM_VARIANT(stream, number, name, request) \
	{ VGPU_STREAM_##stream, number, #name, VGPU_STRUCT_##request, VGPU_STRUCT_NONE },
#include <vgpu/stream.def>
};

/* Fields as lines of a table; of lists and arrays the first element stands for all. */
struct table {
	size_t from; /* fields before this offset stand elsewhere */
	size_t base;
	char last[128];
};

static void text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
	}
}

/* A length may be taken, and part of it not looked at. */
static bool surplus(const struct vgpu_field *f)
{
	return f->name && !strcmp(f->name, "surplus");
}

/* "entries[0].addr" to "entries[].addr"; false for an element that is not the first. */
static bool first_of_all(const char *path, char *out, size_t room)
{
	size_t n = 0;

	while (*path && n + 1 < room) {
		out[n++] = *path;
		if (*path++ != '[')
			continue;
		if (strtoul(path, NULL, 10))
			return false;
		path += strspn(path, "0123456789");
	}
	out[n] = '\0';
	return true;
}

static void type_of(const struct vgpu_field *f, char *out, size_t room)
{
	static const char *const words[] = {
		[VGPU_FIELD_UINT] = "number",     [VGPU_FIELD_HEX] = "number",
		[VGPU_FIELD_ENUM] = "one of",     [VGPU_FIELD_FLAGS] = "flags of",
		[VGPU_FIELD_TEXT] = "text",       [VGPU_FIELD_BYTES] = "bytes",
		[VGPU_FIELD_PADDING] = "padding", [VGPU_FIELD_STREAM] = "stream",
		[VGPU_FIELD_LIST] = "list",       [VGPU_FIELD_INT] = "signed",
		[VGPU_FIELD_FLOAT] = "float",     [VGPU_FIELD_DOUBLE] = "float",
		[VGPU_FIELD_LINES] = "text",
	};
	const char *set = NULL;

	if (f->type == VGPU_FIELD_ENUM && (f->set == VGPU_SET_CMD || f->set == VGPU_SET_RESP)) {
		snprintf(out, room, "which message");
		return;
	}
	if (f->type == VGPU_FIELD_ENUM || f->type == VGPU_FIELD_FLAGS)
		set = set_names[f->set];
	snprintf(out, room, "%s%s%s", words[f->type], set ? " " : "", set ? set : "");
}

static int row(void *data, const struct vgpu_field *f)
{
	struct table *t = data;
	char path[128], type[64];
	bool list = f->type == VGPU_FIELD_LIST && f->tail && f->event == VGPU_FIELD_BEGIN;

	if ((f->event != VGPU_FIELD_VALUE && !list) || surplus(f) ||
	    (f->offset < t->from && !f->bits))
		return 0;
	if (!first_of_all(f->path, path, sizeof(path)) || !strcmp(path, t->last))
		return 0;
	snprintf(t->last, sizeof(t->last), "%s", path);
	type_of(f, type, sizeof(type));
	printf(".It %zu Ta ", f->offset - t->base);
	if (f->bits > 1)
		printf("bits %u to %u", f->shift, f->shift + f->bits - 1u);
	else if (f->bits)
		printf("bit %u", f->shift);
	else if (f->size && !f->tail)
		printf("%zu", f->size);
	else
		printf("\\-");
	printf(" Ta ");
	text(path);
	printf(" Ta ");
	text(type);
	if (f->unit) {
		printf(", ");
		text(f->unit);
	}
	putchar('\n');
	return 0;
}

static void head(void)
{
	puts(".Bl -column -compact \"offset\" \"bits 16 to 31\" \"viewports[].translate[]\" "
	     "\"number, "
	     "pixels\"\n"
	     ".It Sy offset Ta Sy bytes Ta Sy field Ta Sy what");
}

static void fields(enum vgpu_struct_id id, size_t from)
{
	static const uint8_t zero[4096];
	struct table t = { .from = from };

	head();
	vgpu_struct_visit(id, zero, vgpu_struct_size(id), row, &t);
	puts(".El");
}

static void commands(void)
{
	puts(".Sh COMMANDS\nEach begins with the header; its type is the number beside the name.");
	for (uint32_t type = 0; type < 0x10000; type++) {
		const struct vgpu_cmd_info *c = vgpu_cmd_info(type);

		if (!c)
			continue;
		printf(".Ss %s (0x%04x)\n%u bytes, answered by %s", c->name, type, c->request_size,
		       vgpu_resp_name(c->response_type));
		if (c->feature != VGPU_F_NONE)
			printf(", with feature %s", vgpu_feature_name((uint32_t)c->feature));
		puts(".");
		if (c->request_size > VGPU_CTRL_HDR_SIZE)
			fields(c->request, VGPU_CTRL_HDR_SIZE);
	}
}

static void responses(void)
{
	enum vgpu_struct_id id;

	puts(".Sh RESPONSES\nThey begin with the header too.");
	for (uint32_t type = 0; type < 0x10000; type++) {
		if (vgpu_resp_struct(type, &id))
			continue;
		printf(".Ss %s (0x%04x)\n%zu bytes.\n", vgpu_resp_name(type), type,
		       vgpu_struct_size(id));
		if (vgpu_struct_size(id) > VGPU_CTRL_HDR_SIZE)
			fields(id, VGPU_CTRL_HDR_SIZE);
	}
}

static int count(void *data, const struct vgpu_field *f)
{
	char path[128];

	*(unsigned int *)data += f->event == VGPU_FIELD_VALUE && !surplus(f) &&
				 first_of_all(f->path, path, sizeof(path));
	return 0;
}

/* A payload: `dwords` of the number `fill`. */
struct sample {
	uint8_t payload[256 * 4];
	uint32_t fill, dwords;
};

static void fill(struct sample *s, struct vgpu_virgl_cmd *cmd)
{
	for (size_t i = 0; i < sizeof(s->payload); i++)
		s->payload[i] = i % 4 ? 0 : (uint8_t)s->fill;
	cmd->payload = s->payload;
	cmd->length = (uint16_t)s->dwords;
	cmd->available = s->dwords;
}

/* Which lengths the host takes, and the shortest payload that shows all fields there can be. */
static struct sample telling_sample(struct vgpu_virgl_cmd *cmd, uint32_t *shortest,
				    uint32_t *longest)
{
	struct sample s = { .fill = 0 }, best = { .fill = 0 };
	unsigned int most = 0;

	*shortest = UINT32_MAX;
	*longest = 0;
	/* Some lengths follow from a count in the payload. */
	for (s.fill = 0; s.fill <= 64; s.fill = s.fill ? s.fill * 2 : 1) {
		for (s.dwords = 0; s.dwords < 256; s.dwords++) {
			unsigned int seen = 0;

			fill(&s, cmd);
			if (vgpu_virgl_check_length(cmd))
				continue;
			*longest = s.dwords > *longest ? s.dwords : *longest;
			*shortest = s.dwords < *shortest ? s.dwords : *shortest;
			vgpu_virgl_visit(cmd, count, &seen);
			if (seen <= most)
				continue;
			most = seen;
			best = s;
		}
	}
	return best;
}

static void virgl_command(struct vgpu_virgl_cmd *cmd, const char *name, unsigned int number)
{
	struct table t = { .base = sizeof(uint32_t) };
	uint32_t shortest, longest;
	struct sample best = telling_sample(cmd, &shortest, &longest);

	printf(".Ss %s (%u)\n", name, number);
	if (shortest == longest)
		printf("%u dword%s.\n", shortest, shortest == 1 ? "" : "s");
	else if (longest < 255)
		printf("%u to %u dwords.\n", shortest, longest);
	else
		printf("%u dwords or more.\n", shortest);
	if (!best.dwords)
		return;
	fill(&best, cmd);
	head();
	vgpu_virgl_visit(cmd, row, &t);
	puts(".El");
}

static void virgl(void)
{
	struct vgpu_virgl_cmd cmd = { .offset = 0 };

	puts(".Sh VIRGL COMMANDS\n"
	     "What SUBMIT_3D carries for contexts of capset VIRGL and VIRGL2: one dword of "
	     "opcode,\n"
	     "object type (shifted by 8) and payload dwords (by 16), then the payload.\n"
	     "Lengths and offsets are those of the payload.");
	for (unsigned int i = 0; i < VGPU_VIRGL_OPCODE_COUNT; i++) {
		cmd.opcode = (uint8_t)i;
		cmd.object = 0;
		if (i != VGPU_VIRGL_CREATE_OBJECT && vgpu_virgl_cmd_name(i))
			virgl_command(&cmd, vgpu_virgl_cmd_name(i), i);
	}
	puts(".Sh VIRGL OBJECTS\nCREATE_OBJECT (1), by object type:");
	for (unsigned int i = 1; i < VGPU_VIRGL_OBJECT_COUNT; i++) {
		cmd.opcode = VGPU_VIRGL_CREATE_OBJECT;
		cmd.object = (uint8_t)i;
		if (vgpu_virgl_object_name(i))
			virgl_command(&cmd, vgpu_virgl_object_name(i), i);
	}
}

/* Bytes of the header that all commands of a stream have: it is shown once. */
static size_t stream_header(enum vgpu_stream stream)
{
	if (stream == VGPU_STREAM_GFXSTREAM)
		return VGPU_GFXSTREAM_HEADER_SIZE;
	return stream == VGPU_STREAM_CROSS_DOMAIN ? VGPU_CROSS_DOMAIN_HDR_SIZE : VGPU_DRM_REQ_SIZE;
}

static void streams(void)
{
	enum vgpu_stream last = VGPU_STREAM_UNKNOWN;

	puts(".Sh OTHER STREAMS\n"
	     "What SUBMIT_3D carries for other capsets.\n"
	     "Sizes are those before lists and bytes that may follow; answers are in shared "
	     "memory.\n"
	     ".Ss Header of DRM native contexts");
	fields(VGPU_STRUCT_DRM_REQ, 0);
	puts(".Ss Header of cross\\-domain");
	fields(VGPU_STRUCT_CROSS_DOMAIN_HDR, 0);
	for (size_t i = 0; i < sizeof(stream_commands) / sizeof(stream_commands[0]); i++) {
		size_t header = stream_header(stream_commands[i].stream);
		size_t size = vgpu_struct_size(stream_commands[i].request);
		enum vgpu_struct_id response = stream_commands[i].response;

		if (stream_commands[i].stream != last) {
			last = stream_commands[i].stream;
			printf(".Sh STREAM ");
			text(vgpu_stream_name(last));
			putchar('\n');
		}
		printf(".Ss %s (0x%x)\n%zu bytes.\n", stream_commands[i].name,
		       stream_commands[i].number, size);
		if (size > header)
			fields(stream_commands[i].request, header);
		if (response == VGPU_STRUCT_NONE)
			continue;
		puts("Answer:");
		fields(response, 0);
	}
	puts(".Sh STREAM venus\nCommands, each a number and flags, two dwords, and arguments.\n"
	     ".Bl -column -compact \"4294967295\" \"name\"");
	for (uint32_t i = 0; i < VGPU_VENUS_OPCODE_COUNT; i++)
		if (vgpu_stream_cmd_name(VGPU_STREAM_VENUS, i))
			printf(".It %u Ta %s\n", i, vgpu_stream_cmd_name(VGPU_STREAM_VENUS, i));
	puts(".El");
}

static void capsets(void)
{
	puts(".Sh CAPSETS\nContents of the capsets that are not virgl's.");
	for (unsigned int id = 0; id < VGPU_STRUCT_COUNT; id++) {
		const char *name = vgpu_struct_name((enum vgpu_struct_id)id);

		if (strncmp(name, "capset_", 7) != 0)
			continue;
		printf(".Ss %s\n%zu bytes.\n", name + 7, vgpu_struct_size((enum vgpu_struct_id)id));
		fields((enum vgpu_struct_id)id, 0);
	}
}

static void values(void)
{
	const char *name;
	uint32_t number;

	puts(".Sh VALUES");
	for (unsigned int set = 0; set < VGPU_SET_COUNT; set++) {
		if (set == VGPU_SET_CMD || set == VGPU_SET_RESP)
			continue;
		printf(".Ss %s\n.Bl -column -compact \"4294967295\" \"name\"\n", set_names[set]);
		for (size_t i = 0; !vgpu_value_at((enum vgpu_set_id)set, i, &name, &number); i++)
			printf(".It %u Ta %s\n", number, name);
		puts(".El");
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	printf(".\\\" Made from libvgpu's tables: change those.\n.Dd %s\n.Dt VGPU-PROTOCOL 7\n"
	       ".Os vgpu %s\n.Sh NAME\n.Nm vgpu-protocol\n"
	       ".Nd every command, response and field of virtio-gpu\n.Sh DESCRIPTION\n"
	       "Numbers are little-endian; offsets and sizes are in bytes.\n"
	       ".Ss Header of every message\n",
	       argv[2], argv[1]);
	fields(VGPU_STRUCT_CTRL_HDR, 0);
	puts(".Ss Entry of a list of memory");
	fields(VGPU_STRUCT_MEM_ENTRY, 0);
	puts(".Ss Device configuration");
	fields(VGPU_STRUCT_CONFIG, 0);
	commands();
	responses();
	virgl();
	streams();
	capsets();
	values();
	puts(".Sh SEE ALSO\n.Xr vgpu-trace 1 ,\n.Xr libvgpu 3 ,\n.Xr vgpu-trace 5");
	return ferror(stdout) || fflush(stdout);
}
