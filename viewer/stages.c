/* SPDX-License-Identifier: MIT */
#include "stages.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Answers and stages come after their command: so much more than the span is read. */
#define BEHIND_NS 10000000000u

struct view_stages {
	char *path;
	uint64_t from_ns, to_ns;
	const struct view_find *only;
	uint32_t news; /* of `only`, when this began */
	struct vgpu_profile *profile;
	pthread_t thread;
	atomic_bool stop, done;
};

static int read_span(struct view_stages *s, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_command c;
	struct vgpu_trace_record r;
	uint32_t number = 0;
	bool counted;
	int ret = 0;

	vgpu_trace_reader_set_types(reader, ~((uint64_t)1 << VGPU_TRACE_MEMORY));
	/* A filter's matches are numbers of commands: then they are counted from the begin. */
	if (!s->only)
		ret = vgpu_trace_reader_seek_time(reader, s->from_ns);
	while (!ret && !atomic_load(&s->stop) && vgpu_trace_reader_next(reader, &r) > 0) {
		if (r.time_ns > s->to_ns && r.time_ns - s->to_ns > BEHIND_NS)
			break;
		counted = true;
		if (r.type == VGPU_TRACE_COMMAND) {
			if (vgpu_trace_parse_command(&r, &c))
				continue;
			counted = r.time_ns >= s->from_ns && r.time_ns < s->to_ns &&
				  (!s->only || view_find_has(s->only, number));
			number++;
		}
		ret = vgpu_profile_add(s->profile, &r, counted);
	}
	return ret;
}

static void *run(void *data)
{
	struct vgpu_trace_reader *reader;
	struct view_stages *s = data;

	if (!vgpu_trace_reader_open(&reader, s->path)) {
		read_span(s, reader);
		vgpu_trace_reader_close(reader);
	}
	vgpu_profile_finish(s->profile);
	atomic_store(&s->done, true);
	return NULL;
}

struct view_stages *view_stages_create(const char *path, uint64_t from_ns, uint64_t to_ns,
				       const struct view_find *only)
{
	struct vgpu_profile_options options = { .by = VGPU_PROFILE_BY_TYPE };
	struct view_stages *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->path = strdup(path);
	s->from_ns = from_ns;
	s->to_ns = to_ns;
	s->only = only;
	s->news = view_find_news(only);
	s->profile = vgpu_profile_create(&options);
	if (s->path && s->profile && !pthread_create(&s->thread, NULL, run, s))
		return s;
	vgpu_profile_destroy(s->profile);
	free(s->path);
	free(s);
	return NULL;
}

void view_stages_destroy(struct view_stages *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	pthread_join(s->thread, NULL);
	vgpu_profile_destroy(s->profile);
	free(s->path);
	free(s);
}

bool view_stages_done(const struct view_stages *s)
{
	return s && atomic_load(&s->done);
}

bool view_stages_is(const struct view_stages *s, uint64_t from_ns, uint64_t to_ns,
		    const struct view_find *only)
{
	return s && s->from_ns == from_ns && s->to_ns == to_ns && s->only == only &&
	       s->news == view_find_news(only);
}

bool view_stages_row(const struct view_stages *s, size_t index, struct vgpu_profile_row *out)
{
	return view_stages_done(s) && vgpu_profile_row(s->profile, index, out);
}
