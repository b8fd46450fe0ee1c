/* SPDX-License-Identifier: MIT */
/* Scripts that a tracker follows; "@reset", "@before" and "@between" are told to it. */
#ifndef TESTS_TRACK_SCRIPT_H
#define TESTS_TRACK_SCRIPT_H

#include "script.h"

static inline void feed_request(void *data, const struct vgpu_track_message *m)
{
	vgpu_track_request(data, m);
}

static inline void feed_response(void *data, const struct vgpu_track_message *m)
{
	vgpu_track_response(data, m);
}

static inline void other(void *data, const char *word)
{
	if (!strcmp(word, "reset"))
		vgpu_track_reset(data);
	else
		vgpu_track_missing(data, !strcmp(word, "before"));
}

static inline struct script script_for(struct vgpu_track *t)
{
	return (struct script) { feed_request, feed_response, other, t, 0, { { 0 } } };
}

static inline struct vgpu_track *run(const char *text)
{
	struct vgpu_track *t;
	struct script s;

	assert_int_equal(vgpu_track_create(&t, NULL), 0);
	s = script_for(t);
	script_run(&s, text);
	return t;
}

#endif
