/* SPDX-License-Identifier: MIT */
/* What is shown, as JSON: for tests and for scripts. Names are only ever added. */
#include "pair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <vgpu/format.h>

#define SHADERS_MAX 65536u

#define XXH_INLINE_ALL
#include <xxhash.h>

static void write_string(FILE *out, const char *text)
{
	const unsigned char *p;

	putc('"', out);
	for (p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 32 || *p == 127)
			fprintf(out, "\\u%04x", *p);
		else
			putc(*p, out);
	}
	putc('"', out);
}

static void write_series(FILE *out, const char *name, const struct vgpu_stats_series *s)
{
	fprintf(out,
		"\"%s\":{\"count\":%" PRIu64 ",\"min_ns\":%" PRIu64 ",\"mean_ns\":%" PRIu64
		",\"p50_ns\":%" PRIu64 ",\"p90_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64
		",\"p999_ns\":%" PRIu64 ",\"max_ns\":%" PRIu64 "}",
		name, s->count, s->min, s->mean, s->p50, s->p90, s->p99, s->p999, s->max);
}

/* The hash that `vgpu-replay --frames` gives: of bytes R, G, B, 255. */
static void write_hash(FILE *out, const struct view_picture *picture)
{
	size_t i, n = (size_t)picture->width * picture->height;
	XXH128_canonical_t canonical;
	uint8_t *rgba = malloc(n * 4);

	if (!rgba) {
		fputs("null", out);
		return;
	}
	for (i = 0; i < n; i++) {
		rgba[i * 4] = (uint8_t)(picture->pixels[i] >> 16);
		rgba[i * 4 + 1] = (uint8_t)(picture->pixels[i] >> 8);
		rgba[i * 4 + 2] = (uint8_t)picture->pixels[i];
		rgba[i * 4 + 3] = 255;
	}
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(rgba, n * 4));
	free(rgba);
	putc('"', out);
	for (i = 0; i < sizeof(canonical.digest); i++)
		fprintf(out, "%02x", canonical.digest[i]);
	putc('"', out);
}

static void write_picture(FILE *out, struct view *v)
{
	const struct view_picture *picture = view_pictures_full(v->pictures, v->frame);
	const struct view_cursor *cursor = view_pictures_cursor(v->pictures, v->frame);

	if (!picture) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"width\":%" PRIu32 ",\"height\":%" PRIu32 ",\"hash\":", picture->width,
		picture->height);
	write_hash(out, picture);
	if (cursor)
		fprintf(out,
			",\"cursor\":{\"x\":%" PRId32 ",\"y\":%" PRId32 ",\"width\":%" PRIu32
			",\"height\":%" PRIu32 ",\"shown\":%s}}",
			cursor->x, cursor->y, cursor->width, cursor->height,
			v->no_cursor ? "false" : "true");
	else
		fputs(",\"cursor\":null}", out);
}

static void write_frame(FILE *out, struct view *v)
{
	struct view_frame f;

	if (v->frame == VIEW_NONE) {
		fputs("null", out);
		return;
	}
	f = view_model_frame(v->m, v->frame);
	fprintf(out,
		"{\"number\":%" PRIu32 ",\"scanout\":%" PRIu32 ",\"resource\":%" PRIu32
		",\"time_ns\":%" PRIu64 ",\"interval_ns\":%" PRIu64 ",\"command\":%" PRIu64
		",\"picture\":",
		v->frame + 1, f.scanout, f.resource_id, f.time_ns, f.interval_ns,
		view_model_command(v->m, f.command).id);
	write_picture(out, v);
	putc('}', out);
}

static void write_moments(FILE *out, const struct view *v)
{
	struct view_moment m[VIEW_MOMENTS];
	uint32_t n = view_detail_moments(v->detail, v->command, m), i;

	fputs(",\"moments\":[", out);
	for (i = 0; i < n; i++)
		fprintf(out, "%s{\"stage\":\"%s\",\"time_ns\":%" PRIu64 ",\"tid\":%" PRIu32 "}",
			i ? "," : "", view_moment_name(m[i].stage), m[i].time_ns, m[i].tid);
	fputs("],\"followed\":", out);
	if (v->followed)
		fprintf(out, "%" PRIu32, v->moment);
	else
		fputs("null", out);
}

static void write_shaders(FILE *out, const struct view *v)
{
	char *text = v->detail_tab == VIEW_TAB_SHADERS && v->command != VIEW_NONE
			     ? malloc(SHADERS_MAX)
			     : NULL;

	fputs(",\"shaders\":", out);
	if (text && view_detail_shaders(v->detail, v->command, text, SHADERS_MAX))
		write_string(out, text);
	else
		fputs("null", out);
	free(text);
}

static void write_command(FILE *out, const struct view *v)
{
	struct view_command c;
	const char *line;
	char name[16];

	if (v->command == VIEW_NONE) {
		fputs("null", out);
		return;
	}
	c = view_model_command(v->m, v->command);
	fprintf(out, "{\"id\":%" PRIu64 ",\"queue\":%u,\"time_ns\":%" PRIu64 ",\"type\":", c.id,
		c.queue, c.queue_ns);
	write_string(out, view_type_name(v->m, c.type, name, sizeof(name)));
	fprintf(out, ",\"fenced\":%s,\"failed\":%s,\"latency_ns\":",
		c.flags & VIEW_FENCED ? "true" : "false", c.flags & VIEW_FAILED ? "true" : "false");
	if (c.flags & VIEW_ANSWERED)
		fprintf(out, "%" PRIu64, view_command_latency(&c));
	else
		fputs("null", out);
	line = view_detail_line(v->detail, v->command);
	fputs(",\"text\":", out);
	if (line)
		write_string(out, line);
	else
		fputs("null", out);
	write_moments(out, v);
	putc('}', out);
}

static void write_latency(FILE *out, const struct view *v)
{
	const struct view_latency *l = &v->latency;
	const struct vgpu_stats_command *c;
	char name[16];
	uint32_t i;

	putc('[', out);
	for (i = 0; i < l->row_count; i++) {
		c = &l->rows[i].stats;
		fprintf(out, "%s{\"queue\":%" PRIu32 ",\"type\":", i ? "," : "", c->queue);
		write_string(out, view_type_name(v->m, c->type, name, sizeof(name)));
		fprintf(out, ",\"count\":%" PRIu64 ",\"errors\":%" PRIu64 ",", c->count, c->errors);
		write_series(out, "fenced", &c->fenced_latency);
		putc(',', out);
		write_series(out, "unfenced", &c->unfenced_latency);
		putc('}', out);
	}
	putc(']', out);
}

static void write_find(FILE *out, const char *name, struct view_find *f)
{
	fprintf(out, ",\"%s\":", name);
	if (!f) {
		fputs("null", out);
		return;
	}
	fputs("{\"expression\":", out);
	write_string(out, view_find_expression(f));
	fprintf(out, ",\"matches\":%" PRIu32 ",\"done\":%s}", view_find_count(f, 0, UINT32_MAX),
		view_find_done(f, NULL) ? "true" : "false");
}

static void write_look(FILE *out, struct view *v)
{
	const struct view_picture *picture = NULL;
	uint32_t x, y;

	if (v->frame != VIEW_NONE)
		picture = view_pictures_full(v->pictures, v->frame);
	fprintf(out,
		",\"picture\":{\"zoom\":%g,\"difference\":%s,\"differing\":%" PRIu32 ",\"pixel\":",
		v->picture_zoom, v->show_difference ? "true" : "false",
		v->show_difference ? v->differing : 0);
	if (picture && v->pointed && view_pixel_at(v, v->pointer_x, v->pointer_y, &x, &y) &&
	    x < picture->width && y < picture->height)
		fprintf(out, "{\"x\":%" PRIu32 ",\"y\":%" PRIu32 ",\"value\":\"#%06" PRIx32 "\"}}",
			x, y, picture->pixels[(size_t)y * picture->width + x] & 0xffffff);
	else
		fputs("null}", out);
}

static void write_stages(FILE *out, const struct view *v)
{
	struct vgpu_profile_row row;
	const char *stage, *between = "";
	char name[16];
	size_t i;

	if (v->latency_tab != VIEW_TAB_BY_STAGE || !view_stages_done(v->stages)) {
		fputs(",\"stages\":null", out);
		return;
	}
	fputs(",\"stages\":[", out);
	for (i = 0; view_stages_row(v->stages, i, &row); i++) {
		if (row.others || !row.latency.count)
			continue;
		stage = row.stage == VGPU_PROFILE_RESPONSE ? "response"
							   : view_moment_name(row.stage);
		fprintf(out, "%s{\"type\":", between);
		write_string(out, view_type_name(v->m, row.type, name, sizeof(name)));
		fprintf(out, ",\"fenced\":%s,\"stage\":\"%s\",", row.fenced ? "true" : "false",
			stage);
		write_series(out, "latency", &row.latency);
		putc('}', out);
		between = ",";
	}
	putc(']', out);
}

static void write_findings(FILE *out, const struct view *v)
{
	struct vgpu_finding f;
	uint32_t severity, i;

	fputs(",\"findings\":", out);
	if (v->latency_tab != VIEW_TAB_FINDINGS || !view_findings_done(v->findings, NULL)) {
		fputs("null", out);
		return;
	}
	putc('{', out);
	for (severity = VIEW_SEVERITIES; severity--;) {
		fprintf(out, "\"%s\":{\"count\":%" PRIu32 ",\"list\":[",
			vgpu_severity_name((enum vgpu_severity)severity),
			view_findings_count(v->findings, (enum vgpu_severity)severity));
		for (i = 0; view_findings_get(v->findings, (enum vgpu_severity)severity, i, &f);
		     i++) {
			fprintf(out, "%s{\"command\":%" PRIu64 ",\"finding\":\"%s\",\"text\":",
				i ? "," : "", f.number, vgpu_lint_rule(f.code)->name);
			write_string(out, f.text);
			putc('}', out);
		}
		fputs(severity ? "]}," : "]}", out);
	}
	putc('}', out);
}

/* The mean colour of a thumbnail tells that it is the right one. */
static void write_content(FILE *out, const struct view_picture *picture)
{
	size_t i, n = (size_t)picture->width * picture->height;
	uint64_t sum[3] = { 0 };

	if (!picture->pixels || !n) {
		fputs("false", out);
		return;
	}
	for (i = 0; i < n; i++) {
		sum[0] += picture->pixels[i] >> 16 & 255;
		sum[1] += picture->pixels[i] >> 8 & 255;
		sum[2] += picture->pixels[i] & 255;
	}
	fprintf(out, "{\"width\":%" PRIu32 ",\"height\":%" PRIu32 ",\"mean\":[%g,%g,%g]}",
		picture->width, picture->height, (double)sum[0] / (double)n,
		(double)sum[1] / (double)n, (double)sum[2] / (double)n);
}

static void write_resource(FILE *out, struct view *v, const struct view_resource *r,
			   uint32_t command)
{
	static const char *const kinds[] = { "2d", "3d", "blob" };
	const char *format = vgpu_format_name(r->is.format);
	const struct view_picture *picture;
	bool exact;

	fprintf(out,
		"{\"id\":%" PRIu32 ",\"kind\":\"%s\",\"format\":\"%s\",\"width\":%" PRIu32
		",\"height\":%" PRIu32 ",\"bind\":%" PRIu32 ",\"bytes\":%" PRIu64
		",\"scanouts\":%" PRIu32 ",\"ctx\":%" PRIu32 ",\"ctx_name\":",
		r->is.id, kinds[r->is.kind], format ? format : "", r->is.width, r->is.height,
		r->is.bind, r->bytes, r->is.scanouts, r->ctx_id);
	write_string(out, r->ctx_name);
	fprintf(out,
		",\"contexts\":%" PRIu32 ",\"created\":%" PRIu64 ",\"last\":%" PRIu64
		",\"commands\":%" PRIu32 ",\"picture\":",
		r->contexts, r->is.created, r->last, r->commands);
	picture = view_pictures_content(v->pictures, command, r->is.id, &exact);
	if (exact)
		write_content(out, picture);
	else
		fputs("null", out);
	putc('}', out);
}

static void write_resources(FILE *out, struct view *v)
{
	struct view_resources_about about;
	struct view_resource r;
	uint32_t i;

	view_resources_about(v->resources, &about);
	fputs(",\"resources\":", out);
	if (v->latency_tab != VIEW_TAB_RESOURCES || about.command >= v->m->command_count) {
		fputs("null", out);
		return;
	}
	fprintf(out,
		"{\"command\":%" PRIu64 ",\"count\":%" PRIu32 ",\"bytes\":%" PRIu64
		",\"partial\":%s,\"picked\":%" PRIu32 ",\"list\":[",
		view_model_command(v->m, about.command).id, about.all, about.bytes,
		about.partial ? "true" : "false", v->picked);
	for (i = 0; view_resources_get(v->resources, i, &r); i++) {
		fputs(i ? "," : "", out);
		write_resource(out, v, &r, about.command);
	}
	fputs("]}", out);
}

/* What the pointer is on in the timeline. */
static void write_under(FILE *out, const struct view *v)
{
	struct view_command c;
	struct view_under u;

	fputs(",\"under\":", out);
	if (!v->pointed || !view_under(v, v->pointer_x, v->pointer_y, &u)) {
		fputs("null", out);
		return;
	}
	c = view_model_command(v->m, u.command);
	fputs("{\"lane\":", out);
	write_string(out, view_lane_label(v->m, u.lane));
	fprintf(out, ",\"command\":%" PRIu64 ",\"signal_ns\":", c.id);
	if (c.signal_ns)
		fprintf(out, "%" PRIu64, c.signal_ns);
	else
		fputs("null", out);
	if (u.wait != VIEW_NONE)
		fprintf(out,
			",\"wait\":{\"tid\":%" PRIu32 ",\"begin_ns\":%" PRIu64
			",\"length_ns\":%" PRIu64 "}}",
			u.waited.tid, u.waited.begin_ns, view_wait_ns(&u.waited));
	else
		fputs(",\"wait\":null}", out);
}

/* The timeline's lanes, with all commands, or waits, that are in each. */
static void write_lanes(FILE *out, const struct view *v)
{
	const struct view_rect *pane = &v->layout.pane[VIEW_PANE_LANES], *r;
	const struct view_model *m = v->m;
	uint32_t i, lane;

	fputs(",\"lanes\":[", out);
	for (i = 0; i < v->layout.lane_count; i++) {
		lane = v->layout.lane_of[i];
		r = &v->layout.lane[i];
		fprintf(out, "%s{\"label\":", i ? "," : "");
		write_string(out, view_lane_label(m, lane));
		if (lane == VIEW_LANE_WAITS)
			fprintf(out, ",\"waits\":%" PRIu32, m->wait_count + m->waits_left_out);
		else if (lane == VIEW_LANE_DEPTH)
			fprintf(out, ",\"most\":%" PRIu32,
				view_depth_most(m, v->from_ns, v->to_ns));
		else
			fprintf(out, ",\"commands\":%" PRIu32 ",\"device\":%" PRIu32,
				m->lanes[lane].count, m->lanes[lane].device);
		fprintf(out, ",\"y\":%g}", (r->y + r->height / 2 - pane->y) / pane->height);
	}
	putc(']', out);
	write_under(out, v);
}

static void write_notes(FILE *out, const struct view_notes *n)
{
	uint32_t i;

	fputs(",\"markers\":[", out);
	for (i = 0; i < 2; i++) {
		fputs(i ? "," : "", out);
		if (n->marker_set[i])
			fprintf(out, "%" PRIu64, n->marker_ns[i]);
		else
			fputs("null", out);
	}
	fputs("],\"bookmarks\":[", out);
	for (i = 0; i < n->count; i++) {
		fprintf(out, "%s{\"command\":%" PRIu64 ",\"text\":", i ? "," : "", n->notes[i].id);
		write_string(out, n->notes[i].text);
		putc('}', out);
	}
	putc(']', out);
}

static void write_prompt(FILE *out, const struct view *v)
{
	static const char *const names[] = { "", "search", "filter", "note" };
	static const char *const tabs[] = { "fields", "stages", "shaders", "hex" };
	static const char *const latency_tabs[] = { "numbers", "time", "stage", "findings",
						    "resources" };

	fputs(",\"prompt\":", out);
	if (v->prompt.kind == VIEW_PROMPT_NONE) {
		fputs("null", out);
	} else {
		fprintf(out, "{\"for\":\"%s\",\"text\":", names[v->prompt.kind]);
		write_string(out, v->prompt.text);
		fputs(",\"error\":", out);
		write_string(out, v->prompt.error.text);
		putc('}', out);
	}
	fputs(",\"message\":", out);
	write_string(out, v->message);
	fprintf(out, ",\"help\":%s,\"light\":%s,\"detail_tab\":\"%s\"", v->help ? "true" : "false",
		v->light ? "true" : "false", tabs[v->detail_tab]);
	fprintf(out, ",\"latency_tab\":\"%s\",\"scale\":%g", latency_tabs[v->latency_tab],
		v->scale);
}

static void write_view(struct view *v, FILE *out)
{
	const struct view_model *m = v->m;

	fputs("{\"schema_version\":1,\"trace\":", out);
	write_string(out, v->name);
	fprintf(out,
		",\"commands\":%" PRIu32 ",\"frames\":%" PRIu32 ",\"lost\":%" PRIu64
		",\"cut\":%s,\"start_ns\":%" PRIu64 ",\"first_ns\":%" PRIu64
		",\"last_ns\":%" PRIu64,
		m->command_count, m->frame_count, m->lost, m->cut ? "true" : "false", m->start_ns,
		m->first_ns, m->last_ns);
	fprintf(out, ",\"shown\":{\"from_ns\":%" PRIu64 ",\"to_ns\":%" PRIu64 "},\"marked\":",
		v->from_ns, v->to_ns);
	if (v->marked)
		fprintf(out, "{\"from_ns\":%" PRIu64 ",\"to_ns\":%" PRIu64 "}", v->mark_from_ns,
			v->mark_to_ns);
	else
		fputs("null", out);
	fputs(",\"frame\":", out);
	write_frame(out, v);
	fputs(",\"command\":", out);
	write_command(out, v);
	fprintf(out,
		",\"span\":{\"from_ns\":%" PRIu64 ",\"to_ns\":%" PRIu64 ",\"commands\":%" PRIu64
		",\"frames\":%" PRIu64 ",",
		v->latency.from_ns, v->latency.to_ns, v->latency.commands, v->latency.frames);
	write_series(out, "interval", &v->latency.interval);
	fputs(",\"latency\":", out);
	write_latency(out, v);
	putc('}', out);
	write_find(out, "search", v->search);
	write_find(out, "filter", v->filter);
	write_look(out, v);
	write_stages(out, v);
	write_findings(out, v);
	write_resources(out, v);
	write_shaders(out, v);
	write_lanes(out, v);
	write_notes(out, &v->notes);
	write_prompt(out, v);
	fputs(",\"other\":", out);
	if (v->other)
		write_view(v->other, out);
	else
		fputs("null", out);
	putc('}', out);
}

int view_write_state(struct view *v, FILE *out)
{
	int ret = view_prepare(v);

	if (!ret && v->other)
		ret = view_pair_follow(v);
	if (ret)
		return ret;
	write_view(v, out);
	putc('\n', out);
	return ferror(out) ? -EIO : 0;
}
