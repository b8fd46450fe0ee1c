/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int view_pair_open(struct view_pair *pair, struct view *v, const char *path, bool pictures,
		   const char *backend)
{
	struct view *b = &pair->v;
	int ret;

	memset(pair, 0, sizeof(*pair));
	ret = view_model_load(&pair->m, path);
	if (ret)
		return ret;
	view_init(b, pair->m, v->width, v->height);
	b->path = path;
	b->name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	b->budget_ns = v->budget_ns;
	b->detail = view_detail_create(path, pair->m);
	ret = b->detail ? 0 : -ENOMEM;
	/* The viewer is of use without them. */
	if (!ret && pictures && pair->m->frame_count)
		view_pictures_create(&b->pictures, path, pair->m, backend);
	if (ret)
		return ret;
	v->other = b;
	v->paired = b->paired = true;
	view_resize(v, v->width, v->height);
	view_pair_choose(b, v);
	return 0;
}

void view_pair_close(struct view_pair *pair)
{
	if (!pair->m)
		return;
	view_pictures_destroy(pair->v.pictures);
	view_detail_destroy(pair->v.detail);
	view_finish(&pair->v);
	view_model_destroy(pair->m);
	pair->m = NULL;
}

/* From one trace's clock to the other's. */
static uint64_t shift(const struct view *from, const struct view *to, uint64_t time_ns)
{
	uint64_t first = from->m->first_ns, at = to->m->first_ns;

	if (time_ns >= first)
		return time_ns - first < UINT64_MAX - at ? at + (time_ns - first) : UINT64_MAX;
	return first - time_ns < at ? at - (first - time_ns) : 0;
}

int view_pair_follow(struct view *v)
{
	struct view *b = v->other;

	b->from_ns = shift(v, b, v->from_ns);
	b->to_ns = shift(v, b, v->to_ns);
	/* At the begin of a clock there may be no room for what is before. */
	if (b->to_ns <= b->from_ns)
		b->to_ns = b->from_ns + 1;
	b->marked = v->marked;
	b->mark_from_ns = shift(v, b, v->mark_from_ns);
	b->mark_to_ns = shift(v, b, v->mark_to_ns);
	b->light = v->light;
	b->budget_ns = v->budget_ns;
	b->pointed = v->pointed;
	b->pointer_x = v->pointer_x;
	b->pointer_y = v->pointer_y;
	if (v->frame != v->other_frame)
		view_pair_choose(b, v);
	v->other_frame = v->frame;
	return view_prepare(b);
}

void view_pair_choose(struct view *v, const struct view *like)
{
	const struct view_shown *shown;
	struct view_frame f;
	uint32_t scanout = v->m->main_scanout;

	if (like->frame == VIEW_NONE || v->frame == VIEW_NONE)
		return;
	f = view_model_frame(like->m, like->frame);
	if (v->m->shown[f.scanout].count)
		scanout = f.scanout;
	shown = &v->m->shown[scanout];
	view_choose_frame(v, view_shown_item(shown,
					     f.place < shown->count ? f.place : shown->count - 1));
}

void view_pair_layout(struct view *v)
{
	view_layout_pair(&v->layout, v->m, &v->other->layout, v->other->m, v->width, v->height);
	v->other->width = v->width;
	v->other->height = v->height;
}
