/* SPDX-License-Identifier: MIT */
/* The lane of the control queue's depth: of each column the most commands that were in flight. */
#include "panes.h"

#include <math.h>
#include <stdlib.h>

void depth_draw(struct pen *p, const struct view *v, const struct view_rect *r, uint32_t most)
{
	uint32_t n = (uint32_t)r->width, i, *depth = malloc((n + 1) * sizeof(*depth));
	struct pen_column *drawn = calloc(n + 1, sizeof(*drawn));
	double one = (r->height - 1) / fmax(most, 1);

	if (!depth || !drawn || view_depth_columns(v->m, v->from_ns, v->to_ns, n, depth))
		goto out;
	for (i = 0; i < n; i++) {
		drawn[i].height[1] = depth[i] ? fmax(ceil(one * fmin(depth[i], most)), 1) : 0;
		drawn[i].color[1] = COLOR_QUERY;
	}
	pen_columns(p, r, drawn, n);
out:
	free(drawn);
	free(depth);
}
