/* SPDX-License-Identifier: MIT */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

void view_contents_finish(struct view_contents *c)
{
	uint32_t i;

	for (i = 0; i < VIEW_CONTENTS_MAX; i++)
		free(c->kept[i].picture.pixels);
}

static struct view_content *find(struct view_contents *c, uint32_t command, uint32_t resource_id)
{
	struct view_content *p;

	for (p = c->kept; p < c->kept + VIEW_CONTENTS_MAX; p++) {
		if (p->used && p->command == command && p->resource_id == resource_id)
			return p;
	}
	return NULL;
}

const struct view_picture *view_contents_get(struct view_contents *c, uint32_t command,
					     uint32_t resource_id, bool *exact)
{
	struct view_content *p = find(c, command, resource_id), *other;

	*exact = p;
	for (other = c->kept; !*exact && other < c->kept + VIEW_CONTENTS_MAX; other++) {
		if (other->used && other->resource_id == resource_id &&
		    (!p || other->used > p->used))
			p = other;
	}
	if (!p)
		return NULL;
	p->used = ++c->clock;
	return &p->picture;
}

bool view_contents_wish(struct view_contents *c, uint32_t command, const uint32_t *resource_ids,
			uint32_t n)
{
	struct view_wish wish = { .kind = VIEW_WISH_CONTENTS, .number = command };
	uint32_t i;

	for (i = 0; i < n && wish.count < VIEW_CONTENTS_WANTED; i++) {
		if (!find(c, command, resource_ids[i]))
			wish.resource_ids[wish.count++] = resource_ids[i];
	}
	if (!wish.count)
		return false;
	/* While the first ones come in, what is still missing is a part of what was asked for. */
	if (c->due && c->wish.number == command && wish.count == c->due &&
	    !memcmp(wish.resource_ids, c->wish.resource_ids + (c->wish.count - c->due),
		    c->due * sizeof(*wish.resource_ids)))
		return false;
	c->wish = wish;
	c->due = wish.count;
	return true;
}

void view_contents_keep(struct view_contents *c, uint32_t command, uint32_t resource_id,
			struct view_picture picture)
{
	struct view_content *p = find(c, command, resource_id), *other;

	if (!p) {
		p = c->kept;
		for (other = c->kept; other < c->kept + VIEW_CONTENTS_MAX; other++)
			p = other->used < p->used ? other : p;
	}
	free(p->picture.pixels);
	*p = (struct view_content) { command, resource_id, picture, ++c->clock };
	if (c->due && command == c->wish.number &&
	    resource_id == c->wish.resource_ids[c->wish.count - c->due])
		c->due--;
}
