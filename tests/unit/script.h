/* SPDX-License-Identifier: MIT */
/*
 * Traces as text, for tests of what follows a stream of messages. One message a line:
 *	NAME [field=value…] [entries=LENGTH,LENGTH…] [stream=DWORD,DWORD…] [bytes=N] [queue=N]
 *		[room=N] [cut] [-> NAME [field=value…] [bytes=N]]
 * Fields are found by their path ("hdr.flags") or its end ("flags"); bytes= cuts or pads the message.
 * Without "->" the command is answered with OK and its fence; "-> none" leaves it without an answer,
 * "later N" answers command N, which had none. Lines end in '\n' or ';'. Numbers are from 1.
 */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/track.h>

#define SCRIPT_MESSAGE 8192

struct script {
	/* Each gets its user's data first. `other` takes lines that begin with '@'. */
	void (*request)(void *data, const struct vgpu_track_message *m);
	void (*response)(void *data, const struct vgpu_track_message *m);
	void (*other)(void *data, const char *word);
	void *data;
	uint64_t number;
	struct vgpu_ctrl_hdr headers[256]; /* of requests, by number */
};

struct script_field {
	const char *name;
	bool whole; /* the name is the whole path */
	size_t offset, size;
};

static inline int script_match(void *data, const struct vgpu_field *f)
{
	struct script_field *want = data;
	size_t path = strlen(f->path), name = strlen(want->name);

	if (f->event != VGPU_FIELD_VALUE || f->tail || path < name ||
	    strcmp(f->path + path - name, want->name) ||
	    (path > name && (want->whole || f->path[path - name - 1] != '.')))
		return 0;
	want->offset = f->offset;
	want->size = f->size;
	return 1;
}

static inline void script_set(uint8_t *wire, size_t size, bool response, const char *name,
			      uint64_t value)
{
	struct script_field want = { .name = name, .whole = true };
	int (*visit)(const void *, size_t, vgpu_field_visit, void *) =
		response ? vgpu_response_visit : vgpu_request_visit;
	int found = visit(wire, size, script_match, &want);

	if (found != 1) {
		want.whole = false;
		found = visit(wire, size, script_match, &want);
	}
	if (found != 1)
		fail_msg("no field %s", name);
	for (size_t i = 0; i < want.size && i < 8; i++)
		wire[want.offset + i] = (uint8_t)(value >> (8 * i));
}

/* The words up to the end or "->" into the message; where it stopped. */
static inline char *script_words(char *words, uint8_t *wire, size_t *size, bool response,
				 struct vgpu_track_message *m)
{
	struct vgpu_mem_entry entry = { .addr = 0x10000 };
	char *word, *value, *save = words;

	while ((word = strsep(&save, " \t"))) {
		if (!*word)
			continue;
		if (!strcmp(word, "->"))
			return save;
		if (!strcmp(word, "cut")) {
			m->cut = true;
			continue;
		}
		value = strchr(word, '=');
		if (!value)
			fail_msg("what is %s?", word);
		*value++ = '\0';
		if (!strcmp(word, "entries") || !strcmp(word, "stream")) {
			bool entries = !strcmp(word, "entries");
			uint32_t count = 0;
			char *one;

			while ((one = strsep(&value, ",")) && *one) {
				uint32_t n = (uint32_t)strtoul(one, NULL, 0);

				if (entries) {
					entry.length = n;
					vgpu_encode_mem_entry(&entry, wire + *size, 16);
					entry.addr += 0x100000;
				} else {
					for (int i = 0; i < 4; i++)
						wire[*size + i] = (uint8_t)(n >> (8 * i));
				}
				*size += entries ? 16 : 4;
				count++;
			}
			script_set(wire, *size, response, entries ? "nr_entries" : "size",
				   entries ? count : count * 4);
		} else if (!strcmp(word, "bytes")) {
			*size = strtoul(value, NULL, 0);
		} else if (!strcmp(word, "queue")) {
			m->queue = (uint32_t)strtoul(value, NULL, 0);
		} else if (!strcmp(word, "room")) {
			m->room = (uint32_t)strtoul(value, NULL, 0);
		} else {
			script_set(wire, *size, response, word, strtoull(value, NULL, 0));
		}
	}
	return NULL;
}

static inline uint32_t script_type(enum vgpu_set_id set, const char *name)
{
	uint32_t type = 0;

	if (vgpu_value_number(set, name, &type))
		type = (uint32_t)strtoul(name, NULL, 0);
	return type;
}

/* The answer of command `number`: words, or NULL for OK. */
static inline void script_answer(struct script *s, uint64_t number, char *words)
{
	const struct vgpu_ctrl_hdr *asked = &s->headers[number];
	const struct vgpu_cmd_info *info = vgpu_cmd_info(asked->type);
	struct vgpu_track_message m = { .number = number, .time_ns = 1000 * s->number };
	struct vgpu_ctrl_hdr hdr = { .ctx_id = asked->ctx_id };
	static uint8_t wire[SCRIPT_MESSAGE];
	enum vgpu_struct_id id = VGPU_STRUCT_CTRL_HDR;
	char *name = words ? strsep(&words, " \t") : NULL;
	size_t size;

	if (name && !strcmp(name, "none"))
		return;
	hdr.type = name ? script_type(VGPU_SET_RESP, name)
			: (info ? info->response_type : VGPU_RESP_ERR_UNSPEC);
	hdr.flags = asked->flags;
	if (asked->flags & VGPU_FLAG_FENCE)
		hdr.fence_id = asked->fence_id;
	hdr.ring_idx = asked->ring_idx;
	memset(wire, 0, sizeof(wire));
	vgpu_resp_struct(hdr.type, &id);
	size = vgpu_struct_size(id);
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	if (words)
		script_words(words, wire, &size, true, &m);
	m.wire = wire;
	m.size = size;
	s->response(s->data, &m);
}

static inline void script_line(struct script *s, char *line)
{
	struct vgpu_track_message m = { .number = ++s->number, .room = UINT32_MAX };
	static uint8_t wire[SCRIPT_MESSAGE];
	struct vgpu_ctrl_hdr hdr = { 0 };
	const struct vgpu_cmd_info *info;
	char *words = line, *name = strsep(&words, " \t"), *answer = NULL;
	bool answered = true;
	size_t size;

	if (*name == '@' || !strcmp(name, "later")) {
		s->number--;
		if (*name == '@')
			s->other(s->data, name + 1);
		else
			script_answer(s, strtoull(words, &words, 0), NULL);
		return;
	}
	hdr.type = script_type(VGPU_SET_CMD, name);
	info = vgpu_cmd_info(hdr.type);
	memset(wire, 0, sizeof(wire));
	vgpu_encode_ctrl_hdr(&hdr, wire, sizeof(wire));
	size = info ? info->request_size : VGPU_CTRL_HDR_SIZE;
	if (hdr.type >= VGPU_CMD_UPDATE_CURSOR && hdr.type <= VGPU_CMD_MOVE_CURSOR) {
		m.queue = 1;
		m.room = 0;
		answered = false;
	}
	m.time_ns = 1000 * s->number;
	if (words)
		answer = script_words(words, wire, &size, false, &m);
	vgpu_decode_ctrl_hdr(wire, sizeof(wire), &s->headers[s->number]);
	m.wire = wire;
	m.size = size;
	s->request(s->data, &m);
	if (answered || answer)
		script_answer(s, s->number, answer);
}

static inline void script_run(struct script *s, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	assert_non_null(copy);
	while ((line = strsep(&rest, ";\n"))) {
		line += strspn(line, " \t");
		if (*line && *line != '#')
			script_line(s, line);
	}
	free(copy);
}

#endif
