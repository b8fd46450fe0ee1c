/* SPDX-License-Identifier: MIT */
/* The lint's life, its table of rules, and how findings are put into words. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"
#include "out.h"

static const struct vgpu_lint_rule rules[VGPU_LINT_COUNT] = {
#define VGPU_LINT(name, severity, text, source) { #name, VGPU_SEVERITY_##severity, text, source },
#include <vgpu/lint.def>
#undef VGPU_LINT
};

const struct vgpu_lint_rule *vgpu_lint_rule(enum vgpu_lint_code code)
{
	return (unsigned int)code < VGPU_LINT_COUNT ? &rules[code] : NULL;
}

const char *vgpu_severity_name(enum vgpu_severity severity)
{
	static const char *const names[] = { "note", "warning", "error" };

	return (unsigned int)severity <= VGPU_SEVERITY_ERROR ? names[severity] : NULL;
}

int vgpu_lint_create(struct vgpu_lint **out, const struct vgpu_lint_options *options)
{
	struct vgpu_track_options track = {
		.memory_max = options->memory_max,
		.negotiated = { options->dialect, options->has_features, options->features },
	};
	struct vgpu_lint *l = calloc(1, sizeof(*l));
	int err;

	*out = NULL;
	if (!l)
		return VGPU_ERR_TOO_LARGE;
	l->options = *options;
	err = vgpu_track_create(&l->t, &track);
	if (err)
		free(l);
	else
		*out = l;
	return err;
}

void vgpu_lint_destroy(struct vgpu_lint *l)
{
	if (!l)
		return;
	vgpu_track_destroy(l->t);
	free(l);
}

void vgpu_lint_features(struct vgpu_lint *l, uint64_t features)
{
	struct vgpu_negotiated n = { l->options.dialect, true, features };

	l->options.has_features = true;
	l->options.features = features;
	vgpu_track_negotiated(l->t, &n);
}

const struct vgpu_track *vgpu_lint_track(const struct vgpu_lint *l)
{
	return l->t;
}

static void put(struct out *o, const char *text, va_list *args)
{
	for (; *text; text++) {
		if (*text != '%') {
			out_char(o, *text);
			continue;
		}
		switch (*++text) {
		case 'u':
			out_uint(o, va_arg(*args, uint32_t));
			break;
		case 'U':
			out_uint(o, va_arg(*args, uint64_t));
			break;
		case 'x':
			out_hex(o, va_arg(*args, uint32_t));
			break;
		default:
			out_text(o, va_arg(*args, const char *));
			break;
		}
	}
}

static void report(struct vgpu_lint *l, struct vgpu_finding *f, const char *text, va_list *args)
{
	struct vgpu_buffer buffer;
	struct vgpu_sink sink;
	char words[256];
	struct out o;

	if (!l->options.report)
		return;
	sink = vgpu_buffer_sink(&buffer, words, sizeof(words));
	out_init(&o, &sink);
	put(&o, text, args);
	out_finish(&o);
	f->severity = rules[f->code].severity;
	f->text = words;
	l->options.report(l->options.data, f);
}

void lint_report(struct vgpu_lint *l, enum vgpu_lint_code code, size_t offset, const char *text,
		 ...)
{
	struct vgpu_finding f = {
		.code = code, .number = l->m->number, .response = l->response, .offset = offset
	};
	va_list args;

	va_start(args, text);
	report(l, &f, text, &args);
	va_end(args);
}

void lint_report_at(struct vgpu_lint *l, enum vgpu_lint_code code, uint64_t number, size_t offset,
		    const char *text, ...)
{
	struct vgpu_finding f = { .code = code, .number = number, .offset = offset };
	va_list args;

	va_start(args, text);
	report(l, &f, text, &args);
	va_end(args);
}

void vgpu_lint_request(struct vgpu_lint *l, const struct vgpu_track_message *m)
{
	const struct vgpu_cmd_info *info;
	struct vgpu_ctrl_hdr hdr;

	l->m = m;
	l->response = false;
	vgpu_decode_ctrl_hdr(m->wire, m->size, &hdr);
	info = vgpu_dialect_cmd(l->options.dialect, hdr.type);
	if (lint_form(l, &hdr, info)) {
		lint_resources(l, &hdr);
		lint_blobs(l, &hdr);
		lint_transfers(l, &hdr);
		lint_scanouts(l, &hdr);
		lint_contexts(l, &hdr);
	}
	vgpu_track_request(l->t, m);
}

void vgpu_lint_response(struct vgpu_lint *l, const struct vgpu_track_message *m)
{
	const struct vgpu_track_pending *p = vgpu_track_pending(l->t, m->number);

	l->m = m;
	l->response = true;
	if (p)
		lint_answer(l, p);
	else if (!vgpu_track_is_partial(l->t))
		lint_report(l, VGPU_LINT_RESPONSE_UNASKED, 0,
			    "command %U does not wait for an answer: it had one, or never was",
			    m->number);
	vgpu_track_response(l->t, m);
}

void vgpu_lint_missing(struct vgpu_lint *l, bool before)
{
	vgpu_track_missing(l->t, before);
	if (!before)
		l->lost_answers = true;
}

static void unanswered(struct vgpu_lint *l)
{
	const struct vgpu_track_pending *p = NULL;

	if (l->lost_answers)
		return;
	while ((p = vgpu_track_pending_next(l->t, p))) {
		const char *name = lint_name(l, VGPU_SET_CMD, p->hdr.type);

		if (p->completed)
			lint_report_at(
				l, VGPU_LINT_FENCE_UNANSWERED, p->number, FIELD(ctrl_hdr, fence_id),
				"fence %U of %s is complete, as a later one of its timeline was "
				"answered, but had no answer itself",
				p->hdr.fence_id, name ? name : "the command");
		else
			lint_report_at(
				l, VGPU_LINT_UNANSWERED, p->number, 0,
				"%s had no answer when the recording or the device's life ended",
				name ? name : "the command");
	}
}

static void refused_features(struct vgpu_lint *l)
{
	for (uint32_t bit = 0; bit < 32; bit++) {
		const struct feature_use *use = &l->uses[bit];

		if (use->refused && use->refused == use->answered)
			lint_report_at(
				l, VGPU_LINT_FEATURE_REFUSED, use->first, 0,
				"%s was negotiated, but all %U commands that need it were refused "
				"with ERR_UNSPEC",
				lint_name(l, VGPU_SET_F, bit), use->refused);
	}
	if (l->cursor_refused)
		lint_report_at(l, VGPU_LINT_CURSOR_REFUSED, l->cursor_refused, 0,
			       "commands on the cursor queue are refused");
}

void vgpu_lint_reset(struct vgpu_lint *l)
{
	l->response = false;
	unanswered(l);
	refused_features(l);
	memset(l->uses, 0, sizeof(l->uses));
	l->cursor_refused = 0;
	l->lost_answers = false;
	vgpu_track_reset(l->t);
}
