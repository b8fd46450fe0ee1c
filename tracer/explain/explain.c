/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: what people paste, and what it means. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect-options.h"
#include "explain.h"
#include "json.h"
#include "tool.h"

#define INPUT_MAX (64u << 20) /* bytes of one file or of standard input */

/* stdout is one stream: so is the state of what is being explained on it. */
static struct {
	const char *input;
	bool json, begun;
} now;

struct explain {
	struct explain_as as;
	struct vgpu_negotiated negotiated;
	bool json;
	char **args;
	int n_args;
};

static const struct argp_option options[] = {
	{ "as", 'a', "KIND", 0,
	  "bytes: request, response, config, edid, a stream (virgl, venus, cross-domain, "
	  "gfxstream, "
	  "drm-msm, drm-amdgpu, drm-i915, drm-asahi, drm-panfrost) or a capset (capset1 to "
	  "capset6, "
	  "capset8, capset9); the arguments are files, or hexadecimal",
	  0 },
	{ "json", 'j', NULL, 0, "JSON, one object a line", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct explain *e = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &e->negotiated;
		return 0;
	case 'a':
		if (!explain_kind(arg, &e->as))
			argp_error(state,
				   "bytes as a stream, request, response, config, edid or "
				   "capset, not \"%s\"",
				   arg);
		return 0;
	case 'j':
		e->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		e->args = state->argv + state->next;
		e->n_args = state->argc - state->next;
		return 0;
	case ARGP_KEY_SUCCESS:
		if (e->as.kind && e->json)
			argp_error(state, "--json is for lines and numbers");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { DIALECT_ARGP_CHILD, { 0 } };

static const struct argp argp = {
	options,
	parse_option,
	"[WHAT...]",
	"Tells what a number, a name or a line of a log means: 0x1200, 786440, SUBMIT_3D, "
	"\"response "
	"0x1200 (command 0x207)\", lines of Linux, QEMU, crosvm and virglrenderer.\v"
	"Without arguments, or with -, every line of standard input is looked at, and those that "
	"mean "
	"something are explained. Exit status 1: nothing was.",
	children,
	NULL,
	NULL,
};

static void begin(void)
{
	now.begun = true;
	if (!now.json) {
		printf("%s\n", now.input);
		return;
	}
	json_begin(NULL, '{');
	json_string("input", now.input);
	json_begin("means", '[');
}

void explain_say(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!now.begun)
		begin();
	if (now.json)
		json_string(NULL, text);
	else
		printf("    %s\n", text);
}

/* A number or a name alone. */
static bool explain_word(const char *word)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(word, &end, 0);
	if (end != word && !*end && !errno)
		return explain_number(number);
	return explain_name(word);
}

static bool explain_line(char *line)
{
	size_t n = strlen(line);
	bool known;

	while (n && isspace((unsigned char)line[n - 1]))
		line[--n] = '\0';
	line += strspn(line, " \t");
	now.input = line;
	now.begun = false;
	known = explain_log(line) || (*line && !strpbrk(line, " \t") && explain_word(line));
	if (now.begun && now.json) {
		json_end(']');
		json_end('}');
		json_line();
	}
	return known;
}

/* All of a file; NULL after a message. Ends in a NUL that is not counted. */
static uint8_t *read_all(FILE *f, const char *name, size_t *size)
{
	size_t room = 65536, used = 0, n;
	uint8_t *bytes = malloc(room + 1), *bigger;

	while (bytes && (n = fread(bytes + used, 1, room - used, f)) > 0) {
		used += n;
		if (used < room)
			continue;
		room *= 2;
		bigger = room <= INPUT_MAX ? realloc(bytes, room + 1) : NULL;
		if (!bigger) {
			fprintf(stderr, "vgpu-trace: %s: too large\n", name);
			free(bytes);
			return NULL;
		}
		bytes = bigger;
	}
	if (!bytes || ferror(f)) {
		fprintf(stderr, "vgpu-trace: %s: cannot be read\n", name);
		free(bytes);
		return NULL;
	}
	bytes[used] = '\0';
	*size = used;
	return bytes;
}

static int explain_stdin(void)
{
	bool any = false;
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0)
		any |= explain_line(line);
	free(line);
	if (!any)
		fputs("vgpu-trace: nothing that is known here\n", stderr);
	return any ? TOOL_OK : TOOL_FAILED;
}

/* A file's bytes, or the argument's own hexadecimal. */
static int explain_input(const struct explain *e, const char *name)
{
	FILE *f = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
	uint8_t *bytes = NULL, *text;
	size_t size = 0, text_size;
	int err;

	if (f) {
		text = read_all(f, name, &text_size);
		if (f != stdin)
			fclose(f);
		if (!text)
			return TOOL_FAILED;
	} else {
		text = (uint8_t *)strdup(name);
		text_size = strlen(name);
	}
	if (text)
		bytes = explain_unhex(text, text_size, &size);
	if (bytes) {
		free(text);
	} else if (f) {
		bytes = text; /* the bytes themselves */
		size = text_size;
	} else {
		fprintf(stderr, "vgpu-trace: %s: neither a file nor hexadecimal\n", name);
		free(text);
		return TOOL_FAILED;
	}
	err = explain_bytes(&e->as, &e->negotiated, bytes, size);
	free(bytes);
	return err ? TOOL_FAILED : TOOL_OK;
}

static int explain_args(const struct explain *e)
{
	int status = TOOL_OK;

	for (int i = 0; i < e->n_args; i++) {
		if (e->as.kind) {
			status = explain_input(e, e->args[i]) ? TOOL_FAILED : status;
		} else if (strcmp(e->args[i], "-") == 0) {
			status = explain_stdin() ? TOOL_FAILED : status;
		} else if (!explain_line(e->args[i])) {
			fprintf(stderr, "vgpu-trace: %s: not known\n", e->args[i]);
			status = TOOL_FAILED;
		}
	}
	return status;
}

int tool_explain(int argc, char **argv)
{
	struct explain e = { 0 };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &e);
	now.json = e.json;
	if (e.n_args)
		status = explain_args(&e);
	else
		status = e.as.kind ? explain_input(&e, "-") : explain_stdin();
	return tool_finish(status);
}
