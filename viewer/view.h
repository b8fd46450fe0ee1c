/* SPDX-License-Identifier: MIT */
/*
 * What is shown, and what a user can do to it. No SDL and no drawing: the window, --export and the
 * tests all work on this.
 */
#ifndef VGPU_VIEW_VIEW_H
#define VGPU_VIEW_VIEW_H

#include <stdio.h>

#include "detail.h"
#include "find.h"
#include "findings.h"
#include "latency.h"
#include "layout.h"
#include "notes.h"
#include "pictures.h"
#include "resources.h"
#include "stages.h"

#define VIEW_BUDGET_NS 16666667u /* a frame at 60 a second */

/* A line that is being typed, and what for. */
enum view_prompt_kind {
	VIEW_PROMPT_NONE,
	VIEW_PROMPT_SEARCH,
	VIEW_PROMPT_FILTER,
	VIEW_PROMPT_NOTE, /* of the chosen command */
};

#define VIEW_PROMPT_MAX 512u
#define VIEW_LIST_ROWS  128u

struct view_prompt {
	enum view_prompt_kind kind;
	char text[VIEW_PROMPT_MAX]; /* UTF-8 */
	size_t length;
	struct vgpu_filter_error error; /* of the text as it was entered last; "": none */
};

/* What a click on a part of the picture does. */
enum view_link_kind {
	VIEW_LINK_LATENCY_TAB,
	VIEW_LINK_DETAIL_TAB,
	VIEW_LINK_COMMAND,  /* choose the one with that id */
	VIEW_LINK_MOMENT,   /* go to it: number of the moment */
	VIEW_LINK_RESOURCE, /* search for all about it, by its id; and show it in the list */
	VIEW_LINK_CTX,
	VIEW_LINK_FENCE,
	VIEW_LINK_PID,
};

enum view_latency_tab {
	VIEW_TAB_NUMBERS,
	VIEW_TAB_SCATTER,
	VIEW_TAB_BY_STAGE,
	VIEW_TAB_FINDINGS,
	VIEW_TAB_RESOURCES,
	VIEW_LATENCY_TABS
};

struct view_link {
	struct view_rect r;
	enum view_link_kind kind;
	uint64_t arg;
};

#define VIEW_LINKS 512u

enum view_detail_tab {
	VIEW_TAB_FIELDS,
	VIEW_TAB_STAGES,
	VIEW_TAB_SHADERS,
	VIEW_TAB_HEX,
	VIEW_DETAIL_TABS
};

/* Of the frames of each column of the bars the longest one. */
struct view_longest {
	const struct view_shown *shown;
	uint32_t count, columns; /* frames that it is of; values */
	uint64_t *ns;            /* NULL: not known yet */
	double most_ns;          /* nine in ten of them are not longer */
};

struct view {
	const struct view_model *m;
	struct view_pictures *pictures; /* NULL: none are made */
	struct view_detail *detail;     /* NULL: commands have no text */
	struct view *other;             /* pair.h: what this one is compared with; NULL: nothing */
	uint32_t other_frame;           /* our chosen one when the other's was chosen like it */
	bool paired;                    /* it is one of two beside each other */
	const char *name;               /* of the trace, as shown */
	double width, height;           /* logical pixels */
	double scale, first_scale;      /* pixels of window or picture for one; as at the begin */
	struct view_layout layout;
	uint32_t lanes_above;              /* of contexts, scrolled away */
	uint64_t from_ns, to_ns;           /* the span of time in the lanes */
	bool marked;                       /* a part of it is marked: */
	uint64_t mark_from_ns, mark_to_ns; /* from … until before; to > from */
	uint32_t command, frame;           /* chosen ones, or VIEW_NONE */
	uint64_t budget_ns;
	bool light, help, playing;
	const char *path;         /* of the trace, to be read again; NULL: it cannot be */
	struct view_find *search; /* NULL: none; what it means is marked everywhere */
	struct view_find *filter; /* NULL: none; only what it means is listed, and counts */
	struct view_prompt prompt;
	struct view_notes notes;
	uint32_t worst, worst_frame; /* steps of view_worst_frame(), and where the last one went */
	char message[160];           /* about what was done last, or "" */
	uint32_t scroll[VIEW_PANES]; /* lines, in LATENCY and DETAIL */
	bool pointed;                /* the pointer is in the window: */
	double pointer_x, pointer_y;
	double picture_zoom;               /* pixels of the screen for one; 0: as fits */
	double picture_x, picture_y;       /* then: this point of the picture is in the middle */
	bool show_difference, show_damage; /* to the frame before; what the flush named */
	bool no_cursor;
	uint32_t differing;                    /* pixels, as counted last */
	uint32_t pixel_x, pixel_y;             /* under the pointer, as drawn last */
	struct view_rect picture_at, scrubber; /* as drawn last; no width: not drawn */
	uint32_t picture_width, picture_height;
	unsigned int detail_tab;          /* VIEW_TAB_ */
	unsigned int latency_tab;         /* as well */
	struct view_stages *stages;       /* NULL until the tab asks for them */
	struct view_findings *findings;   /* as well */
	uint32_t findings_commands;       /* that there were when they were asked for */
	struct view_resources *resources; /* as well */
	uint16_t asked;                   /* times that stages or findings were begun */
	uint32_t picked;                  /* resource that a link led to, by id; 0: none */
	bool reveal_picked;               /* it is to be brought into sight */
	bool followed;                    /* `moment` was gone to: */
	uint32_t moment;                  /* number of one of the chosen command's */
	uint32_t link_count;              /* as drawn last */
	struct view_link links[VIEW_LINKS];
	struct view_longest longest;
	uint32_t rows, row_command[VIEW_LIST_ROWS]; /* of the list, as drawn last */
	struct view_latency latency;                /* as measured last */
	bool measured;
	uint32_t measured_news;       /* of the filter, then */
	uint32_t measured_commands;   /* that the model had then */
	struct view_latency_job *job; /* the next ones; NULL: nothing is being measured */
	const struct view_find *job_filter;
	uint32_t job_commands, job_news;
	/* As long as the user has not asked for another: */
	bool fitted; /* the whole trace is shown */
	bool default_frame;
	uint32_t seen_commands, seen_lanes, seen_permille; /* of the model */
};

/* Of `scale`. */
#define VIEW_SCALE_MIN 0.5
#define VIEW_SCALE_MAX 4.0

/*
 * The whole trace; its last frame, or else its first command, chosen. All pointers must outlive the
 * view.
 */
void view_init(struct view *v, const struct view_model *m, double width, double height);
/* What the view itself made: search, filter, notes, numbers that were not taken yet. */
void view_finish(struct view *v);

void view_resize(struct view *v, double width, double height);
/* Contexts' lanes that have no room come into sight, so many further down, or up. */
void view_scroll_lanes(struct view *v, int64_t lanes);

/* Show a span; it is kept within the trace and not shorter than a microsecond. */
void view_show(struct view *v, uint64_t from_ns, uint64_t to_ns);
void view_fit(struct view *v);
/* Move what is shown, without a change of scale, so that a point of time is in it. */
void view_reveal(struct view *v, uint64_t time_ns);
/* factor < 1 goes closer; what is at x stays there. */
void view_zoom(struct view *v, double factor, double x);
/* By a part of what is shown: 0.5 is half of it, to the right. */
void view_pan(struct view *v, double part);

void view_choose_command(struct view *v, uint32_t command);
void view_choose_frame(struct view *v, uint32_t frame);
/* To the next (+1) or the one before (-1). */
void view_step_command(struct view *v, int64_t step);
void view_step_frame(struct view *v, int64_t step);
/* To the last one; of a trace that is still coming in, to each newest one from now on. */
void view_last_frame(struct view *v);
/* Play: to the frame that is shown `ns` after the chosen one; stops at the last. */
void view_play(struct view *v, uint64_t ns);

/* The numbers of v->stages are asked for: begin, when they are of another span. */
void view_want_stages(struct view *v);
/* And v->findings: begin, or once more when the trace has become longer. */
void view_want_findings(struct view *v);
/* And v->resources: those at the chosen command. */
void view_want_resources(struct view *v);

void view_mark(struct view *v, uint64_t from_ns, uint64_t to_ns);
void view_unmark(struct view *v);

/*
 * Search for, or show only, what an expression means; "" ends it. False when the expression is wrong
 * (*error tells how), and nothing changes.
 */
bool view_search(struct view *v, const char *expression, struct vgpu_filter_error *error);
bool view_filter(struct view *v, const char *expression, struct vgpu_filter_error *error);
/* To the next match of the search (+1), or the one before (-1); from the last on to the first. */
void view_step_match(struct view *v, int step);

/* To the frame of the chosen one's scanout that took longest, and from there to the next shorter one. */
void view_worst_frame(struct view *v);
/* To the command of the span that took longest. */
void view_worst_command(struct view *v);

/*
 * Follow the chosen command to its next moment (+1), or the one before: from the ioctl that brought it
 * to its fence's signal. What is shown moves there. view_go_to_moment() goes to one by its number.
 */
void view_follow(struct view *v, int step);
void view_go_to_moment(struct view *v, uint32_t moment);
/* Search for all that is about the same resource, or where there is none context, or fence. */
void view_related(struct view *v);

/* Used while drawing: a click in `r` will do that. */
void view_link(struct view *v, const struct view_rect *r, enum view_link_kind kind, uint64_t arg);
/* Do it. */
void view_use_link(struct view *v, enum view_link_kind kind, uint64_t arg);

/* One of the two markers (0, 1), at a time; forget both; show one. */
void view_set_marker(struct view *v, unsigned int marker, uint64_t time_ns);
void view_forget_markers(struct view *v);
void view_show_marker(struct view *v, unsigned int marker);
/* Mark the span between the two markers. */
void view_mark_between(struct view *v);

/* Bookmark the chosen command; with text NULL no longer. */
void view_bookmark(struct view *v, const char *text);
void view_step_bookmark(struct view *v, int step);

/* Open the line to type in; type; take the last letter away; do what was typed; or not. */
void view_ask(struct view *v, enum view_prompt_kind kind);
void view_type(struct view *v, const char *text);
void view_erase(struct view *v, bool all);
void view_enter(struct view *v);
void view_cancel(struct view *v);

/* Closer (factor > 1) to the picture or away from it, to where it fits; what is at x, y stays. */
void view_zoom_picture(struct view *v, double factor, double x, double y);
void view_move_picture(struct view *v, double dx, double dy);
/* The pixel of the picture at a point of the window; false when there is none. */
bool view_pixel_at(const struct view *v, double x, double y, uint32_t *px, uint32_t *py);
/* The frame before the chosen one on its scanout, or VIEW_NONE. */
uint32_t view_frame_before(const struct view *v);
/* To the frame shown by then on the next scanout that shows any. */
void view_next_scanout(struct view *v);
/* The chosen frame by a point of the scrubber. */
void view_scrub(struct view *v, double x);
/* What the chosen frame's flush named, pixels of its resource; false when that is not at hand. */
bool view_damage(const struct view *v, struct view_rect *out);

/* Lines of a table or a text, down (> 0) or up. */
void view_scroll(struct view *v, enum view_pane pane, int64_t lines);

/* A click: chooses what is there. */
void view_click(struct view *v, double x, double y);
/* What is under a point of the lanes. */
struct view_under {
	uint32_t lane;    /* VIEW_LANE_, or the model's lane */
	uint32_t command; /* the one that is waited for, in the lane of waits */
	uint32_t wait;    /* number of the wait there, which is */
	struct view_wait waited;
};
/* False when there is no command; numbers that mean nothing are VIEW_NONE. */
bool view_under(const struct view *v, double x, double y, struct view_under *out);
/* The frame under a point of the bars (the worst of its column), or VIEW_NONE. */
uint32_t view_frame_at(const struct view *v, double x, double y);

/* The span that the numbers are about: the marked one, else the one shown. */
void view_span(const struct view *v, uint64_t *from_ns, uint64_t *to_ns);

/*
 * What must be brought up to date before drawing: the numbers and the command's text. 0 or -ENOMEM.
 */
int view_prepare(struct view *v);

/*
 * The same, but for numbers that take longer than about `ms` milliseconds: 1 when they are still of
 * another span, or of what was loaded earlier; it goes on with the next call.
 */
int view_prepare_within(struct view *v, unsigned int ms);

/* Take in what has been loaded since the last call. True when there is something new to see. */
bool view_grow_with_model(struct view *v);

/* Frees what was measured and not taken; the view can still be used. */
void view_finish(struct view *v);

/* What is shown, as one JSON object; measures first. 0, -ENOMEM or -EIO. */
int view_write_state(struct view *v, FILE *out);

/*
 * What times are told from: the trace's start, as vgpu-trace tells them; where two traces are beside each
 * other, the first command of each.
 */
static inline uint64_t view_zero_ns(const struct view *v)
{
	return v->paired ? v->m->first_ns : v->m->start_ns;
}

/* From then on, ns; 0 for what is before. */
static inline uint64_t view_since(const struct view *v, uint64_t time_ns)
{
	return time_ns > view_zero_ns(v) ? time_ns - view_zero_ns(v) : 0;
}

#endif
