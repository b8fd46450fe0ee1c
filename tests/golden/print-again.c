/* SPDX-License-Identifier: MIT */
/*
 * Decodes and encodes again what stands on standard input in hexadecimal (# begins a comment), and
 * prints a line for each message: its name, whether it decodes, whether it came back as the same
 * bytes. Of virgl a line for each command, and one more for the object that it creates.
 * usage: print-again request|response|virgl COMMAND [DIALECT]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/virgl-codec.h>

static uint8_t wire[65536], again[65536];

static size_t read_hex(void)
{
	char line[4096], *word, *save;
	size_t count = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "#\n")] = '\0';
		for (word = strtok_r(line, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
			for (; word[0] && word[1] && count < sizeof(wire); word += 2)
				wire[count++] = (uint8_t)strtoul((char[]) { word[0], word[1], 0 },
								 NULL, 16);
	}
	return count;
}

static void print_line(const char *name, bool decoded, bool same)
{
	printf("%s %s %s\n", name ? name : "?", decoded ? "yes" : "no", same ? "yes" : "no");
}

static void message(const struct vgpu_negotiated *n, bool response, uint32_t cmd, size_t size)
{
	static union vgpu_any any;
	struct vgpu_resp_info resp = { 0 };
	const struct vgpu_cmd_info *info;
	struct vgpu_mem_entry entry;
	struct vgpu_tail tail;
	const char *name;
	size_t at;
	int id;

	id = response ? vgpu_response_decode(n, cmd, wire, size, &any)
		      : vgpu_request_decode(n, wire, size, &any);
	info = vgpu_dialect_cmd(n->dialect, any.hdr.type);
	vgpu_dialect_resp(n->dialect, cmd, any.hdr.type, &resp);
	name = response ? resp.name : info ? info->name : NULL;
	if (id < 0 || vgpu_struct_tail((enum vgpu_struct_id)id, wire, size, &tail)) {
		print_line(name, false, false);
		return;
	}
	at = vgpu_struct_size((enum vgpu_struct_id)id);
	vgpu_struct_encode((enum vgpu_struct_id)id, &any, again, at);
	memcpy(again + at, tail.fences ? tail.fences : again, tail.fence_count * (size_t)8);
	at += tail.fence_count * (size_t)8;
	for (uint32_t i = 0; tail.kind == VGPU_TAIL_ENTRIES && i < tail.count; i++) {
		vgpu_tail_entry(&tail, i, &entry);
		vgpu_encode_mem_entry(&entry, again + at, VGPU_MEM_ENTRY_SIZE);
		at += VGPU_MEM_ENTRY_SIZE;
	}
	if (tail.kind == VGPU_TAIL_BYTES && tail.size) {
		memcpy(again + at, tail.data, tail.size);
		at += tail.size;
	}
	print_line(name, true, at <= size && !memcmp(wire, again, at));
}

static void stream(size_t size)
{
	struct vgpu_virgl_walk walk;
	struct vgpu_virgl_cmd cmd;
	union vgpu_virgl_any any;

	vgpu_virgl_walk_init(&walk, wire, size);
	while (vgpu_virgl_walk_next(&walk, &cmd) == 1) {
		enum vgpu_virgl_layout layout = vgpu_virgl_layout(&cmd);
		bool decoded = !vgpu_virgl_check_length(&cmd) &&
			       !vgpu_virgl_decode(layout, &cmd, &any);
		int n = decoded ? vgpu_virgl_encode(layout, &any, again, sizeof(again)) : -1;
		bool same = n == 4 + 4 * cmd.length && !memcmp(wire + cmd.offset, again, (size_t)n);

		print_line(vgpu_virgl_cmd_name(cmd.opcode), decoded, same);
		if (cmd.opcode == VGPU_VIRGL_CREATE_OBJECT)
			print_line(vgpu_virgl_object_name(cmd.object), decoded, same);
	}
}

int main(int argc, char **argv)
{
	struct vgpu_negotiated n = { 0 };
	size_t size = read_hex();

	if (argc < 3 || (argc > 3 && vgpu_dialect_number(argv[3], &n.dialect)))
		return 2;
	if (!strcmp(argv[1], "virgl"))
		stream(size);
	else
		message(&n, !strcmp(argv[1], "response"), (uint32_t)strtoul(argv[2], NULL, 0),
			size);
	return 0;
}
