/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: lines of logs, from guests' kernels, VMMs and renderers. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <vgpu/codec.h>
#include <vgpu/virgl.h>

#include "explain.h"

static const struct {
	const char *words, *text, *number;
} renderer[] = {
#define EXPLAIN_RENDERER(words, text, number) { words, text, number },
#include "explain.def"
#undef EXPLAIN_RENDERER
};

static const struct {
	const char *part;
	uint32_t command;
	const char *text;
} messages[] = {
#define EXPLAIN_MESSAGE(part, command, text) { part, VGPU_CMD_##command, text },
#include "explain.def"
#undef EXPLAIN_MESSAGE
};

static const struct {
	const char *name;
	uint32_t command;
} events[] = {
#define EXPLAIN_EVENT(name, command) { name, VGPU_CMD_##command },
#include "explain.def"
#undef EXPLAIN_EVENT
};

/* Linux: "*ERROR* response 0x1200 (command 0x207)"; QEMU: "ctrl 0x207, error 0x1200". */
static bool refusal(const char *line)
{
	const char *p = strcasestr(line, "response 0x");
	unsigned int response, command;

	if (p && sscanf(p + 8, " %x (command %x)", &response, &command) == 2) {
		explain_refusal(command, response);
		return true;
	}
	p = strcasestr(line, "ctrl 0x");
	if (p && sscanf(p + 4, " %x, error %x", &command, &response) == 2) {
		explain_refusal(command, response);
		return true;
	}
	return false;
}

static void renderer_number(size_t i, uint32_t number)
{
	if (strcmp(renderer[i].words, "Illegal command buffer") == 0) {
		if (!explain_virgl_header(number))
			explain_say("0x%08x is the header of no virgl command: the stream is out "
				    "of step, "
				    "or not virgl",
				    number);
	} else if (strcmp(renderer[i].words, "Unknown") == 0) {
		if (explain_gl_error(number))
			explain_say("%u is %s", number, explain_gl_error(number));
	} else if (strstr(renderer[i].number, "format") && vgpu_format_name(number)) {
		explain_say("format %u is %s", number, vgpu_format_name(number));
	} else {
		explain_say("%u is %s", number, renderer[i].number);
	}
}

/* virglrenderer: `vrend_x: context error reported 12 "name" Illegal command buffer 786440` */
static bool context_error(const char *line)
{
	const char *p = strstr(line, "context error reported");
	const char *words = p ? p : line, *quote;
	unsigned int context = 0;
	bool named = p && sscanf(p, "context error reported %u", &context) == 1;

	/* The context's name could have the words, too. */
	quote = named ? strchr(p, '"') : NULL;
	quote = quote ? strchr(quote + 1, '"') : NULL;
	if (quote)
		words = quote;
	for (size_t i = 0; i < sizeof(renderer) / sizeof(renderer[0]); i++) {
		const char *at = strcasestr(words, renderer[i].words);
		char *end;
		unsigned long number;

		if (!at || (!p && strcmp(renderer[i].words, "Unknown") == 0))
			continue;
		if (named)
			explain_say("virglrenderer, context %u: %s. From here on the context "
				    "ignores draws: "
				    "only its first error counts",
				    context, renderer[i].text);
		else
			explain_say("virglrenderer: %s", renderer[i].text);
		at += strlen(renderer[i].words);
		at += strspn(at, " :;");
		number = strtoul(at, &end, 0);
		if (end != at)
			renderer_number(i, (uint32_t)number);
		return true;
	}
	return false;
}

/* virglrenderer: "context 12 failed to dispatch DRAW_VBO: 22" */
static bool failed_dispatch(const char *line)
{
	const char *p = strstr(line, "failed to dispatch ");
	unsigned int context = 0;
	char name[64];
	int error;

	if (!p || sscanf(p, "failed to dispatch %63[A-Z0-9_]: %d", name, &error) != 2)
		return false;
	p = strstr(line, "context ");
	if (p && sscanf(p, "context %u", &context) == 1)
		explain_say("virglrenderer, context %u: the command %s of a SUBMIT_3D stream "
			    "failed with "
			    "%d (%s); the rest of the stream is not executed",
			    context, name, error, strerror(abs(error)));
	else
		explain_say(
			"virglrenderer: the command %s of a SUBMIT_3D stream failed with %d (%s)",
			name, error, strerror(abs(error)));
	explain_name(name);
	return true;
}

/* "res 0x1, fmt 0x2, w 1280" in words. */
static void event_fields(const char *p, char *text, size_t size)
{
	static const struct {
		const char *key, *name;
	} keys[] = { { "res", "resource" }, { "id", "scanout" },   { "scanout", "scanout" },
		     { "ctx", "context" },  { "w", "width" },      { "h", "height" },
		     { "d", "depth" },      { "x", "x" },          { "y", "y" },
		     { "size", "bytes" },   { "fmt", "format" },   { "fence", "fence" },
		     { "type", "of" },      { "capset", "capset" } };
	size_t used = 0;
	char key[16], value[64];
	int n;

	text[0] = '\0';
	while (sscanf(p, " %15[a-z] %63[^, \r\n]%n", key, value, &n) == 2) {
		unsigned long number = strtoul(value, NULL, 0);
		const char *name = NULL;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (strcmp(keys[i].key, key) == 0)
				name = keys[i].name;
		}
		if (name && used < size) {
			const char *word =
				strcmp(key, "fmt") == 0    ? vgpu_format_name((uint32_t)number)
				: strcmp(key, "type") == 0 ? vgpu_cmd_name((uint32_t)number)
							   : NULL;

			used += (size_t)snprintf(text + used, size - used, "%s%s ",
						 used ? ", " : "", name);
			if (word && used < size)
				used += (size_t)snprintf(text + used, size - used, "%s", word);
			else if (used < size)
				used += (size_t)snprintf(text + used, size - used, "%lu", number);
		}
		p += n;
		p += strspn(p, ", ");
	}
}

static bool event(const char *line)
{
	char text[256];

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const char *p = strstr(line, events[i].name);
		size_t n = strlen(events[i].name);

		if (!p || isalnum((unsigned char)p[n]) || p[n] == '_')
			continue;
		event_fields(p + n, text, sizeof(text));
		explain_say("QEMU: the device takes %s%s%s", vgpu_cmd_name(events[i].command),
			    *text ? ": " : "", text);
		return true;
	}
	return false;
}

static bool fence_event(const char *line)
{
	const char *p = strstr(line, "virtio_gpu_fence_");
	unsigned long long fence;
	unsigned int type;

	if (p && sscanf(p, "virtio_gpu_fence_ctrl fence 0x%llx, type 0x%x", &fence, &type) == 2) {
		explain_say("QEMU: fence %llu waits for %s; its answer is the line "
			    "virtio_gpu_fence_resp "
			    "of the same number",
			    fence, vgpu_cmd_name(type) ? vgpu_cmd_name(type) : "a command");
		return true;
	}
	if (p && sscanf(p, "virtio_gpu_fence_resp fence 0x%llx", &fence) == 1) {
		explain_say("QEMU: fence %llu is complete, and its command answered", fence);
		return true;
	}
	return false;
}

/* Linux: "[drm] features: +virgl -edid +resource_blob +host_visible" */
static bool features(const char *line)
{
	static const struct {
		const char *word, *text;
	} known[] = {
		{ "virgl", "3D, contexts and streams" },
		{ "edid", "displays tell their EDID" },
		{ "resource_uuid", "resources can be exported by UUID" },
		{ "resource_blob", "blob resources: zero copy, Vulkan" },
		{ "host_visible", "a window to map host memory through" },
		{ "context_init", "contexts of several kinds: venus, cross-domain, DRM" },
		{ "blob_alignment", "the device tells how blobs must be aligned" },
	};
	const char *p = strstr(line, "features: ");
	bool any = false;

	if (!p)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *at = strstr(p, known[i].word);
		size_t n = strlen(known[i].word);

		if (!at || (at[-1] != '+' && at[-1] != '-') || isalpha((unsigned char)at[n]))
			continue;
		explain_say("%s %s: %s", known[i].word, at[-1] == '+' ? "is there" : "is missing",
			    known[i].text);
		any = true;
	}
	return any;
}

static bool cap_set(const char *line)
{
	const char *p = strstr(line, "cap set ");
	unsigned int index, id, version, size;

	if (!p || sscanf(p, "cap set %u: id %u, max-version %u, max-size %u", &index, &id, &version,
			 &size) != 4)
		return false;
	explain_say("capset %u is %s, version up to %u, %u bytes", id,
		    vgpu_capset_name(id) ? vgpu_capset_name(id) : "not in the protocol", version,
		    size);
	return true;
}

/* ftrace: virtio_gpu_cmd_queue: vdev=0 vq=1 name=control type=0x207 flags=0x1 fence_id=5 ctx_id=2 */
static bool ftrace(const char *line)
{
	const char *p = strstr(line, "virtio_gpu_cmd_");
	unsigned int type, flags, ctx;
	unsigned long long fence;
	bool answer;

	p = p ? strstr(p, "type=0x") : NULL;
	if (!p || sscanf(p, "type=0x%x flags=0x%x fence_id=%llu ctx_id=%u", &type, &flags, &fence,
			 &ctx) != 4)
		return false;
	answer = strstr(line, "virtio_gpu_cmd_response") != NULL;
	explain_say("Linux %s %s%s%s", answer ? "was answered with" : "queued",
		    answer ? (vgpu_resp_name(type) ? vgpu_resp_name(type) : "an unknown response")
			   : (vgpu_cmd_name(type) ? vgpu_cmd_name(type) : "an unknown command"),
		    ctx ? " in a context" : "", flags & VGPU_FLAG_FENCE ? ", fenced" : "");
	if (answer && type >= VGPU_RESP_ERR_UNSPEC)
		explain_response(type);
	return true;
}

/* "CmdSubmit3d" and "ResourceMapBlob" are crosvm's names of SUBMIT_3D and RESOURCE_MAP_BLOB. */
static uint32_t camel_number(enum vgpu_set_id set, const char *word, size_t length)
{
	const char *name;
	uint32_t number;

	for (size_t i = 0; !vgpu_value_at(set, i, &name, &number); i++) {
		size_t used = 0;

		while (*name && used < length) {
			if (*name == '_') {
				name++;
				continue;
			}
			if (tolower((unsigned char)*name++) != tolower((unsigned char)word[used++]))
				break;
			if (!*name && used == length)
				return number;
		}
	}
	return 0;
}

/* crosvm, libkrun: "Some(CmdSubmit3d) -> ErrRutabaga(InvalidResourceId)" */
static bool rutabaga(const char *line)
{
	const char *p = strstr(line, "-> Err"), *open = p, *close;
	uint32_t command, response;
	size_t n;

	if (!p)
		return false;
	while (open > line && *open != '(')
		open--;
	close = strchr(open, ')');
	if (*open != '(' || !close || close > p)
		return false;
	open++;
	if (strncmp(open, "Cmd", 3) == 0)
		open += 3;
	command = camel_number(VGPU_SET_CMD, open, (size_t)(close - open));
	p += 3;
	n = strcspn(p, " (\r\n");
	response = camel_number(VGPU_SET_RESP, p, n);
	if (!command)
		return false;
	explain_refusal(command, response ? response : VGPU_RESP_ERR_UNSPEC);
	if (p[n] == '(')
		explain_say("the VMM's own reason: %.*s", (int)strcspn(p + n + 1, "\r\n)"),
			    p + n + 1);
	return true;
}

static bool message(const char *line)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		if (!strcasestr(line, messages[i].part))
			continue;
		if (messages[i].command)
			explain_say("about %s: %s", vgpu_cmd_name(messages[i].command),
				    messages[i].text);
		else
			explain_say("%s", messages[i].text);
		return true;
	}
	return false;
}

bool explain_log(const char *line)
{
	return refusal(line) || context_error(line) || failed_dispatch(line) || event(line) ||
	       fence_event(line) || features(line) || cap_set(line) || ftrace(line) ||
	       rutabaga(line) || message(line);
}
