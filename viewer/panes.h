/* SPDX-License-Identifier: MIT */
/* The panes; each draws itself into its place of v->layout. */
#ifndef VGPU_VIEW_PANES_H
#define VGPU_VIEW_PANES_H

#include "pen.h"

void pane_header(struct pen *p, struct view *v);
void pane_bars(struct pen *p, struct view *v);
void pane_bars_hover(struct pen *p, struct view *v);
void pane_scanout(struct pen *p, struct view *v);
void pane_latency(struct pen *p, struct view *v);
void pane_lanes(struct pen *p, struct view *v);
void pane_lanes_hover(struct pen *p, struct view *v);
void pane_list(struct pen *p, struct view *v);
void pane_detail(struct pen *p, struct view *v);
void pane_help(struct pen *p, struct view *v);
/* What LATENCY shows by its tab. */
void pane_scatter(struct pen *p, struct view *v, const struct view_rect *r, uint32_t first_bin,
		  uint32_t last_bin);
void pane_stages(struct pen *p, struct view *v, const struct view_rect *r);
void pane_findings(struct pen *p, struct view *v, const struct view_rect *r);
void pane_resources(struct pen *p, struct view *v, const struct view_rect *r);
void pane_resources_hover(struct pen *p, struct view *v);
void pane_pair(struct pen *p, struct view *v);
void pane_prompt(struct pen *p, struct view *v);
void pane_message(struct pen *p, struct view *v);

/*
 * Tabs at the right of a pane's title, ended by a NULL; clicks on them are links of `kind` with the
 * tab's number. Returns the x that they begin at.
 */
double pane_tabs(struct pen *p, struct view *v, const struct view_rect *r, const char *const *names,
		 unsigned int chosen, enum view_link_kind kind);

/* pane-depth.c: in its lane; `most` fills it. */
void depth_draw(struct pen *p, const struct view *v, const struct view_rect *r, uint32_t most);
/* pane-waits.c: in their lane. */
void waits_draw(struct pen *p, const struct view *v, const struct view_rect *r);

/* pane-found.c: how many commands of a lane a search means, in each of n columns; to be freed. */
uint32_t *found_columns(const struct view *v, struct view_find *f, uint32_t lane, uint32_t n);
/* Where the search's matches are in a lane; what was marked by hand, over all lanes. */
void found_ticks(struct pen *p, const struct view *v, uint32_t lane, const struct view_rect *r);
void found_marks(struct pen *p, const struct view *v);

/* Paint a picture so that it fills `r` as far as its shape allows; returns where it lies. */
struct view_rect pane_picture(struct pen *p, const struct view_picture *picture,
			      const struct view_rect *r, bool enlarge);

#endif
