/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <cairo-svg.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "export.h"
#include "pen.h"

#define WORST_COMMANDS 20u
#define WORST_FRAMES   6u
#define FRAMES_SHOWN   12u /* over the whole span */

static const char style[] =
	"body{font:14px/1.5 system-ui,'DejaVu Sans',sans-serif;color:#1a1d23;background:#eceef1;"
	"margin:0 auto;max-width:1280px;padding:24px}"
	"h1{font-size:22px;margin:0}h2{font-size:16px;margin:28px 0 8px}"
	"p{margin:4px 0;color:#505865}.bad{color:#d55e00;font-weight:bold}"
	"table{border-collapse:collapse;background:#fff;border:1px solid #d5d9e0;border-radius:5px}"
	"th,td{padding:3px 12px;text-align:right;border-bottom:1px solid #eceef1;"
	"font-variant-numeric:tabular-nums}"
	"th{color:#858d99;font-weight:normal;font-size:12px}"
	"td:first-child,th:first-child,td.text,th.text{text-align:left}"
	"td.text{font:12px 'DejaVu Sans Mono',monospace;white-space:nowrap;overflow:hidden;"
	"max-width:640px;text-overflow:ellipsis}"
	"img{max-width:100%;display:block;margin:0 0 8px}"
	".frames{display:flex;flex-wrap:wrap;gap:12px}figure{margin:0;width:192px}"
	"figcaption{font-size:12px;color:#505865}";

struct page {
	FILE *out;
	uint8_t carry[3]; /* of base64 */
	unsigned int carried;
};

/* Names in a trace may be any bytes. */
static void escaped(FILE *out, const char *any)
{
	char *valid = g_utf8_make_valid(any, -1);
	const char *text;

	for (text = valid; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
		}
	}
	g_free(valid);
}

static void put_base64(struct page *p)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = (uint32_t)p->carry[0] << 16 | (uint32_t)p->carry[1] << 8 | p->carry[2];
	unsigned int i;

	for (i = 0; i < 4; i++)
		putc(i > p->carried ? '=' : letters[bits >> (18 - 6 * i) & 63], p->out);
	memset(p->carry, 0, sizeof(p->carry));
	p->carried = 0;
}

static cairo_status_t write_base64(void *closure, const unsigned char *data, unsigned int size)
{
	struct page *p = closure;
	unsigned int i;

	for (i = 0; i < size; i++) {
		p->carry[p->carried++] = data[i];
		if (p->carried == 3)
			put_base64(p);
	}
	return ferror(p->out) ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void end_base64(struct page *p)
{
	if (p->carried)
		put_base64(p);
}

/* A pane of the view, as a picture that can be enlarged. */
static int graph(struct page *p, struct view *v, enum view_pane pane, const char *name)
{
	const struct view_rect *r = &v->layout.pane[pane];
	cairo_surface_t *surface;
	cairo_status_t status;
	cairo_t *cr;

	if (r->height <= 0)
		return 0;
	fprintf(p->out, "<img alt=\"%s\" width=\"%.0f\" src=\"data:image/svg+xml;base64,", name,
		r->width + 2);
	surface = cairo_svg_surface_create_for_stream(write_base64, p, r->width + 2, r->height + 2);
	cr = cairo_create(surface);
	cairo_translate(cr, 1 - r->x, 1 - r->y);
	view_draw_pane(v, cr, pane);
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (!status)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	end_base64(p);
	fputs("\">\n", p->out);
	return !status ? 0 : status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
}

static void frame(struct page *p, struct view *v, uint32_t n)
{
	const struct view_picture *picture = view_pictures_thumb(v->pictures, n);
	struct view_frame f = view_model_frame(v->m, n);
	cairo_surface_t *surface;
	char a[24], b[24];

	fputs("<figure>", p->out);
	if (picture) {
		fprintf(p->out, "<img alt=\"frame %" PRIu32 "\" src=\"data:image/png;base64,",
			n + 1);
		surface = cairo_image_surface_create_for_data(
			(unsigned char *)picture->pixels, CAIRO_FORMAT_RGB24, (int)picture->width,
			(int)picture->height, (int)picture->width * 4);
		cairo_surface_write_to_png_stream(surface, write_base64, p);
		cairo_surface_destroy(surface);
		end_base64(p);
		fputs("\">", p->out);
	}
	fprintf(p->out, "<figcaption>frame %" PRIu32 " at %s, %s</figcaption></figure>\n", n + 1,
		pen_duration(a, view_since(v, f.time_ns)),
		f.interval_ns ? pen_duration(b, f.interval_ns) : "the first");
}

/* Places of the frames of the span: first … last - 1 of `shown`. */
static const struct view_shown *frames_of_span(const struct view *v, uint32_t *first,
					       uint32_t *last)
{
	const struct view_shown *shown = &v->m->shown[v->latency.scanout];
	uint64_t from_ns, to_ns;
	struct view_frame f;

	view_span(v, &from_ns, &to_ns);
	for (*first = 0; *first < shown->count; ++*first) {
		f = view_model_frame(v->m, view_shown_item(shown, *first));
		if (f.time_ns >= from_ns)
			break;
	}
	for (*last = *first; *last < shown->count; ++*last) {
		f = view_model_frame(v->m, view_shown_item(shown, *last));
		if (f.time_ns >= to_ns)
			break;
	}
	return shown;
}

static uint64_t interval(const struct view *v, uint32_t n)
{
	return view_model_frame(v->m, n).interval_ns;
}

static void frames(struct page *p, struct view *v)
{
	uint32_t first, last, i, k, at, worst[WORST_FRAMES], n = 0;
	const struct view_shown *shown = frames_of_span(v, &first, &last);

	if (first == last)
		return;
	fputs("<h2>Frames</h2><div class=\"frames\">\n", p->out);
	k = last - first < FRAMES_SHOWN ? last - first : FRAMES_SHOWN;
	for (i = 0; i < k; i++) {
		at = first + (uint32_t)((uint64_t)(last - first - 1) * i / (k > 1 ? k - 1 : 1));
		frame(p, v, view_shown_item(shown, at));
	}
	fputs("</div>\n<h2>Longest frames</h2><div class=\"frames\">\n", p->out);
	for (i = first; i < last; i++) {
		at = view_shown_item(shown, i);
		for (k = n; k && interval(v, worst[k - 1]) < interval(v, at); k--) {
			if (k < WORST_FRAMES)
				worst[k] = worst[k - 1];
		}
		if (k < WORST_FRAMES) {
			worst[k] = at;
			n += n < WORST_FRAMES;
		}
	}
	for (i = 0; i < n; i++)
		frame(p, v, worst[i]);
	fputs("</div>\n", p->out);
}

static void series(struct page *p, const char *name, const char *kind,
		   const struct vgpu_stats_series *s)
{
	const uint64_t values[] = { s->min, s->mean, s->p50, s->p90, s->p99, s->p999, s->max };
	char text[24];
	unsigned int i;

	if (!s->count)
		return;
	fputs("<tr><td>", p->out);
	escaped(p->out, name);
	fprintf(p->out, "</td><td>%s</td><td>%" PRIu64 "</td>", kind, s->count);
	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		fprintf(p->out, "<td>%s</td>", pen_duration(text, values[i]));
	fputs("</tr>\n", p->out);
}

static void numbers(struct page *p, const struct view *v)
{
	const struct view_latency *l = &v->latency;
	char name[16];
	uint32_t i;

	fputs("<h2>Numbers</h2><table><tr><th></th><th></th><th>count</th><th>min</th><th>mean</th>"
	      "<th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th></tr>\n",
	      p->out);
	series(p, "frame time", "", &l->interval);
	for (i = 0; i < l->row_count; i++) {
		const struct vgpu_stats_command *c = &l->rows[i].stats;

		view_type_name(v->m, c->type, name, sizeof(name));
		series(p, view_type_name(v->m, c->type, name, sizeof(name)), "fenced",
		       &c->fenced_latency);
		series(p, view_type_name(v->m, c->type, name, sizeof(name)), "unfenced",
		       &c->unfenced_latency);
	}
	fputs("</table><p>Latency is from being queued to the answer. An unfenced command may be "
	      "answered before it is executed.</p>\n",
	      p->out);
}

static void command(struct page *p, struct view *v, uint32_t n)
{
	struct view_command c = view_model_command(v->m, n);
	const char *line = NULL;
	char name[16], text[24];

	if (v->detail && !view_detail_fetch(v->detail, n))
		line = view_detail_line(v->detail, n);
	fprintf(p->out, "<tr><td>%" PRIu64 "</td><td>%.6f s</td><td>%s</td><td>%s</td>", c.id,
		(double)view_since(v, c.queue_ns) / 1e9,
		pen_duration(text, view_command_latency(&c)),
		c.flags & VIEW_FENCED ? "fenced" : "unfenced");
	fputs(c.flags & VIEW_FAILED ? "<td class=\"text bad\">" : "<td class=\"text\">", p->out);
	escaped(p->out, line ? line : view_type_name(v->m, c.type, name, sizeof(name)));
	fputs("</td></tr>\n", p->out);
}

static uint64_t latency(const struct view *v, uint32_t n)
{
	struct view_command c = view_model_command(v->m, n);

	return view_command_latency(&c);
}

static void commands(struct page *p, struct view *v)
{
	const struct view_lane *all = &v->m->all;
	uint32_t place, last, i, k, worst[WORST_COMMANDS], n = 0;
	uint64_t from_ns, to_ns;

	view_span(v, &from_ns, &to_ns);
	last = view_index_lower(&all->index, to_ns);
	for (place = view_index_lower(&all->index, from_ns); place < last; place++) {
		i = view_lane_item(all, place);
		if (v->filter && !view_find_has(v->filter, i))
			continue;
		for (k = n; k && latency(v, worst[k - 1]) < latency(v, i); k--) {
			if (k < WORST_COMMANDS)
				worst[k] = worst[k - 1];
		}
		if (k < WORST_COMMANDS) {
			worst[k] = i;
			n += n < WORST_COMMANDS;
		}
	}
	fputs("<h2>Slowest commands</h2><table><tr><th>number</th><th>time</th><th>latency</th>"
	      "<th></th><th class=\"text\">command</th></tr>\n",
	      p->out);
	for (i = 0; i < n; i++)
		command(p, v, worst[i]);
	fputs("</table>\n", p->out);
}

static void head(struct page *p, const struct view *v)
{
	const struct view_model *m = v->m;
	uint64_t from_ns, to_ns;
	char a[24], b[24];

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", p->out);
	escaped(p->out, v->name);
	fprintf(p->out, "</title><style>%s</style></head><body>\n<h1>", style);
	escaped(p->out, v->name);
	fputs("</h1>\n<p>", p->out);
	escaped(p->out, m->about);
	fprintf(p->out,
		"</p>\n<p>%" PRIu32 " commands, %" PRIu32 " frames in %s; vgpu-view " VGPU_VERSION
		"</p>\n",
		m->command_count, m->frame_count, pen_duration(a, m->last_ns - m->first_ns));
	if (m->lost)
		fprintf(p->out, "<p class=\"bad\">%" PRIu64 " lost while it was recorded</p>\n",
			m->lost);
	if (m->cut)
		fputs("<p class=\"bad\">The file is cut or damaged.</p>\n", p->out);
	view_span(v, &from_ns, &to_ns);
	if (from_ns > m->first_ns || to_ns < m->last_ns)
		fprintf(p->out, "<p>What follows is about %s, from %s on.</p>\n",
			pen_duration(a, to_ns - from_ns), pen_duration(b, view_since(v, from_ns)));
	if (v->filter) {
		fputs("<p>Only commands that are meant by: ", p->out);
		escaped(p->out, view_find_expression(v->filter));
		fputs("</p>\n", p->out);
	}
}

static int body(struct page *p, struct view *v)
{
	int ret;

	head(p, v);
	fputs("<h2>Where the time went</h2>\n", p->out);
	ret = graph(p, v, VIEW_PANE_BARS, "frame times");
	if (!ret)
		ret = graph(p, v, VIEW_PANE_LATENCY, "latency");
	if (!ret)
		ret = graph(p, v, VIEW_PANE_LANES, "timeline");
	if (ret)
		return ret;
	numbers(p, v);
	frames(p, v);
	commands(p, v);
	fputs("</body></html>\n", p->out);
	return 0;
}

int view_report(struct view *v, const char *path)
{
	struct page p = { 0 };
	bool light = v->light;
	int ret = view_prepare(v);

	if (ret)
		return ret;
	p.out = fopen(path, "wb");
	if (!p.out)
		return -errno;
	/* It is printed, and put beside other pages. */
	v->light = true;
	ret = body(&p, v);
	v->light = light;
	return view_end_file(p.out, path, ret);
}
