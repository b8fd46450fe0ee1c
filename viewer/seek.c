/* SPDX-License-Identifier: MIT */
/* Ways to what is looked for: search, filter, markers, bookmarks, what took longest. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "view.h"

__attribute__((format(printf, 2, 3))) static void say(struct view *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->message, sizeof(v->message), format, args);
	va_end(args);
}

static bool look_for(struct view *v, struct view_find **find, const char *expression,
		     struct vgpu_filter_error *error)
{
	struct view_find *new = NULL;

	*error = (struct vgpu_filter_error) { .text = "the trace cannot be read again" };
	if (!v->path)
		return false;
	error->text[0] = '\0';
	if (expression[strspn(expression, " \t")]) {
		new = view_find_create(v->m, v->path, expression, error);
		if (!new)
			return false;
	}
	view_find_destroy(*find);
	*find = new;
	return true;
}

bool view_search(struct view *v, const char *expression, struct vgpu_filter_error *error)
{
	if (v->other && !look_for(v->other, &v->other->search, expression, error))
		return false;
	return look_for(v, &v->search, expression, error);
}

bool view_filter(struct view *v, const char *expression, struct vgpu_filter_error *error)
{
	v->measured = false;
	view_stages_destroy(v->stages);
	v->stages = NULL;
	if (v->other && !view_filter(v->other, expression, error))
		return false;
	return look_for(v, &v->filter, expression, error);
}

void view_want_stages(struct view *v)
{
	uint64_t from_ns, to_ns;

	view_span(v, &from_ns, &to_ns);
	if (!v->path || view_stages_is(v->stages, from_ns, to_ns, v->filter))
		return;
	view_stages_destroy(v->stages);
	v->stages = view_stages_create(v->path, from_ns, to_ns, v->filter);
	v->asked++;
}

void view_want_findings(struct view *v)
{
	if (!v->path || (v->findings && (v->findings_commands == v->m->command_count ||
					 !view_findings_done(v->findings, NULL))))
		return;
	view_findings_destroy(v->findings);
	v->findings_commands = v->m->command_count;
	v->findings = view_findings_create(v->path, v->m->dialect);
	v->asked++;
}

void view_want_resources(struct view *v)
{
	if (!v->path || v->command == VIEW_NONE)
		return;
	if (!v->resources)
		v->resources = view_resources_create(v->path, v->m->dialect);
	view_resources_want(v->resources, v->command);
}

static uint32_t place_of_chosen(const struct view *v)
{
	return v->command == VIEW_NONE ? VIEW_NONE : view_lane_find(&v->m->all, v->command);
}

void view_step_match(struct view *v, int step)
{
	const struct view_lane *all = &v->m->all;
	uint32_t place = place_of_chosen(v), to, count;

	v->message[0] = '\0';
	if (!v->search || !all->count)
		return;
	if (place == VIEW_NONE)
		place = step > 0 ? VIEW_NONE : all->count;
	to = view_find_next(v->search, place, step);
	/* Round the end; the first place has none before it that the search could start from. */
	if (to == VIEW_NONE)
		to = view_find_next(v->search, step > 0 ? VIEW_NONE : all->count, step);
	if (to == VIEW_NONE) {
		say(v, view_find_done(v->search, NULL) ? "no command matches"
						       : "no command matches so far");
		return;
	}
	view_choose_command(v, view_lane_item(all, to));
	count = view_find_count(v->search, 0, UINT32_MAX);
	say(v, "match %" PRIu32 " of %" PRIu32, view_find_count(v->search, 0, to + 1), count);
}

void view_worst_frame(struct view *v)
{
	const struct view_shown *shown;
	struct view_frame now, f;
	uint32_t i, best = VIEW_NONE, worst = VIEW_NONE;
	uint64_t longest = 0, below = 0;

	if (v->frame == VIEW_NONE)
		return;
	now = view_model_frame(v->m, v->frame);
	shown = &v->m->shown[now.scanout];
	for (i = 0; i < shown->count; i++) {
		f = view_model_frame(v->m, view_shown_item(shown, i));
		if (worst == VIEW_NONE || f.interval_ns > longest) {
			worst = i;
			longest = f.interval_ns;
		}
		/* Equal ones come one after the other. */
		if ((f.interval_ns < now.interval_ns ||
		     (f.interval_ns == now.interval_ns && i > now.place)) &&
		    (best == VIEW_NONE || f.interval_ns > below)) {
			best = i;
			below = f.interval_ns;
		}
	}
	/* From anywhere first to the worst; when that or a next one was reached so, further. */
	if (!v->worst || v->worst_frame != v->frame || best == VIEW_NONE) {
		best = worst;
		v->worst = 0;
	}
	view_choose_frame(v, view_shown_item(shown, best));
	v->worst++;
	v->worst_frame = v->frame;
	say(v, "%" PRIu32 ". longest frame", v->worst);
}

void view_worst_command(struct view *v)
{
	const struct view_lane *all = &v->m->all;
	uint32_t place, last, best = VIEW_NONE;
	uint64_t from_ns, to_ns, longest = 0;
	struct view_command c;

	view_span(v, &from_ns, &to_ns);
	place = view_index_lower(&all->index, from_ns);
	last = view_index_lower(&all->index, to_ns);
	for (; place < last; place++) {
		c = view_model_command(v->m, view_lane_item(all, place));
		if (v->filter && !view_find_has(v->filter, view_lane_item(all, place)))
			continue;
		if (best == VIEW_NONE || view_command_latency(&c) > longest) {
			best = view_lane_item(all, place);
			longest = view_command_latency(&c);
		}
	}
	if (best != VIEW_NONE)
		view_choose_command(v, best);
	say(v, best == VIEW_NONE ? "no command here" : "the slowest command of the span");
}

void view_go_to_moment(struct view *v, uint32_t moment)
{
	struct view_moment m[VIEW_MOMENTS];
	uint32_t n = view_detail_moments(v->detail, v->command, m);
	char name[32] = "";

	if (moment >= n)
		return;
	v->followed = true;
	v->moment = moment;
	view_reveal(v, m[moment].time_ns);
	if (m[moment].tid)
		snprintf(name, sizeof(name), " in thread %" PRIu32, m[moment].tid);
	say(v, "%" PRIu32 " of %" PRIu32 ": %s%s", moment + 1, n, view_moment_name(m[moment].stage),
	    name);
}

void view_follow(struct view *v, int step)
{
	struct view_moment m[VIEW_MOMENTS];
	uint32_t n, at;

	if (v->command == VIEW_NONE || !v->detail)
		return;
	view_detail_fetch(v->detail, v->command);
	n = view_detail_moments(v->detail, v->command, m);
	v->detail_tab = VIEW_TAB_STAGES;
	/* First to where the command itself is. */
	for (at = 0; at < n && m[at].stage != VIEW_QUEUED; at++)
		;
	if (v->followed && step > 0)
		at = v->moment + 1 < n ? v->moment + 1 : v->moment;
	else if (v->followed)
		at = v->moment ? v->moment - 1 : 0;
	view_go_to_moment(v, at);
}

static void search_for(struct view *v, const char *field, uint64_t id)
{
	struct vgpu_filter_error error;
	char expression[64];

	snprintf(expression, sizeof(expression), "%s %" PRIu64, field, id);
	if (view_search(v, expression, &error))
		say(v, "N and Shift + N: the others with %s", expression);
	else
		say(v, "%s", error.text);
}

void view_related(struct view *v)
{
	struct view_about about;

	if (v->command == VIEW_NONE || !v->detail)
		return;
	view_detail_fetch(v->detail, v->command);
	if (!view_detail_about(v->detail, v->command, &about))
		return;
	if (about.resource_id)
		search_for(v, "resource", about.resource_id);
	else if (about.ctx_id)
		search_for(v, "ctx", about.ctx_id);
	else if (about.fenced)
		search_for(v, "fence", about.fence_id);
	else
		say(v, "this command is about no resource, context or fence");
}

static void choose_id(struct view *v, uint64_t id)
{
	uint32_t command = view_model_find(v->m, id);

	if (command != VIEW_NONE)
		view_choose_command(v, command);
}

void view_use_link(struct view *v, enum view_link_kind kind, uint64_t arg)
{
	static const char *const fields[] = {
		[VIEW_LINK_RESOURCE] = "resource",
		[VIEW_LINK_CTX] = "ctx",
		[VIEW_LINK_FENCE] = "fence",
		[VIEW_LINK_PID] = "pid",
	};

	switch (kind) {
	case VIEW_LINK_DETAIL_TAB:
		v->detail_tab = (unsigned int)arg;
		v->scroll[VIEW_PANE_DETAIL] = 0;
		return;
	case VIEW_LINK_LATENCY_TAB:
		v->latency_tab = (unsigned int)arg;
		v->scroll[VIEW_PANE_LATENCY] = 0;
		return;
	case VIEW_LINK_COMMAND:
		choose_id(v, arg);
		return;
	case VIEW_LINK_MOMENT:
		view_go_to_moment(v, (uint32_t)arg);
		return;
	case VIEW_LINK_RESOURCE:
		v->latency_tab = VIEW_TAB_RESOURCES;
		v->picked = (uint32_t)arg;
		v->reveal_picked = true;
		/* fall through */
	case VIEW_LINK_CTX:
	case VIEW_LINK_FENCE:
	case VIEW_LINK_PID:
		search_for(v, fields[kind], arg);
		return;
	}
}

static void keep_notes(struct view *v)
{
	int ret = view_notes_save(&v->notes);

	if (ret)
		say(v, "%s cannot be written: %s", v->notes.path, strerror(-ret));
}

void view_set_marker(struct view *v, unsigned int marker, uint64_t time_ns)
{
	struct view_notes *n = &v->notes;

	n->marker_set[marker] = true;
	n->marker_ns[marker] = time_ns > v->m->start_ns ? time_ns - v->m->start_ns : 0;
	v->message[0] = '\0';
	keep_notes(v);
}

void view_forget_markers(struct view *v)
{
	v->notes.marker_set[0] = v->notes.marker_set[1] = false;
	keep_notes(v);
}

void view_show_marker(struct view *v, unsigned int marker)
{
	uint64_t span = v->to_ns - v->from_ns, at = v->m->start_ns + v->notes.marker_ns[marker];

	if (!v->notes.marker_set[marker])
		say(v, "marker %u is not set", marker + 1);
	else
		view_show(v, at > span / 2 ? at - span / 2 : 0, at + span / 2);
}

void view_mark_between(struct view *v)
{
	const struct view_notes *n = &v->notes;

	if (n->marker_set[0] && n->marker_set[1])
		view_mark(v, v->m->start_ns + n->marker_ns[0], v->m->start_ns + n->marker_ns[1]);
	else
		say(v, "set both markers first: 1 and 2");
}

void view_bookmark(struct view *v, const char *text)
{
	if (v->command == VIEW_NONE)
		return;
	v->message[0] = '\0';
	if (!view_notes_set(&v->notes, view_model_command(v->m, v->command).id, text))
		say(v, "there are %u bookmarks, there is room for no more", VIEW_NOTES_MAX);
	else
		keep_notes(v);
}

void view_step_bookmark(struct view *v, int step)
{
	uint64_t id = v->command == VIEW_NONE ? 0 : view_model_command(v->m, v->command).id;
	const struct view_note *note = view_notes_next(&v->notes, id, step);
	uint32_t command = note ? view_model_find(v->m, note->id) : VIEW_NONE;

	if (!note)
		say(v, "no bookmark is set");
	else if (command == VIEW_NONE)
		say(v, "command %" PRIu64 " is not in the trace", note->id);
	else
		view_choose_command(v, command);
}
