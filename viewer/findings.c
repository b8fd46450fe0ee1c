/* SPDX-License-Identifier: MIT */
#include "findings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/judge.h>

struct kept {
	struct vgpu_finding *list; /* VIEW_FINDINGS_MAX; NULL: there is none */
	_Atomic uint32_t there;    /* of them */
	_Atomic uint32_t count;
};

struct view_findings {
	char *path;
	enum vgpu_dialect dialect;
	pthread_t thread;
	atomic_bool stop, done;
	atomic_int error;
	struct kept kept[VIEW_SEVERITIES];
};

static void report(void *data, const struct vgpu_finding *finding)
{
	struct view_findings *f = data;
	struct kept *k = &f->kept[finding->severity];
	uint32_t n = atomic_load(&k->there);

	atomic_fetch_add(&k->count, 1);
	if (!k->list)
		k->list = calloc(VIEW_FINDINGS_MAX, sizeof(*k->list));
	if (!k->list || n == VIEW_FINDINGS_MAX)
		return;
	k->list[n] = *finding;
	k->list[n].text = strdup(finding->text);
	if (k->list[n].text)
		atomic_store(&k->there, n + 1);
}

static int look(struct view_findings *f, struct vgpu_trace_reader *reader)
{
	struct vgpu_lint_options options = { .report = report, .data = f, .dialect = f->dialect };
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	struct vgpu_judge *judge;
	int ret = vgpu_judge_create(&judge, &options, 0);

	if (ret)
		return ret;
	vgpu_trace_reader_set_types(reader, ~((uint64_t)1 << VGPU_TRACE_MEMORY));
	while (!ret && !atomic_load(&f->stop)) {
		ret = vgpu_trace_reader_next(reader, &r);
		if (ret <= 0)
			break;
		ret = vgpu_judge_record(judge, &r);
	}
	vgpu_trace_reader_status(reader, &status);
	if (!atomic_load(&f->stop))
		vgpu_judge_end(judge, status.cut || status.damage_offset != UINT64_MAX);
	vgpu_judge_destroy(judge);
	return ret;
}

static void *run(void *data)
{
	struct vgpu_trace_reader *reader;
	struct view_findings *f = data;
	int ret = vgpu_trace_reader_open(&reader, f->path);

	if (!ret) {
		ret = look(f, reader);
		vgpu_trace_reader_close(reader);
	}
	atomic_store(&f->error, ret);
	atomic_store(&f->done, true);
	return NULL;
}

struct view_findings *view_findings_create(const char *path, enum vgpu_dialect dialect)
{
	struct view_findings *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->path = strdup(path);
	f->dialect = dialect;
	if (f->path && !pthread_create(&f->thread, NULL, run, f))
		return f;
	free(f->path);
	free(f);
	return NULL;
}

void view_findings_destroy(struct view_findings *f)
{
	uint32_t i, n;

	if (!f)
		return;
	atomic_store(&f->stop, true);
	pthread_join(f->thread, NULL);
	for (i = 0; i < VIEW_SEVERITIES; i++) {
		for (n = atomic_load(&f->kept[i].there); n--;)
			free((char *)f->kept[i].list[n].text);
		free(f->kept[i].list);
	}
	free(f->path);
	free(f);
}

bool view_findings_done(const struct view_findings *f, int *error)
{
	bool done = f && atomic_load(&f->done);

	if (error)
		*error = done ? atomic_load(&f->error) : 0;
	return done;
}

uint32_t view_findings_count(const struct view_findings *f, enum vgpu_severity severity)
{
	return f ? atomic_load(&f->kept[severity].count) : 0;
}

bool view_findings_get(const struct view_findings *f, enum vgpu_severity severity, uint32_t index,
		       struct vgpu_finding *out)
{
	if (!f || index >= atomic_load(&f->kept[severity].there))
		return false;
	*out = f->kept[severity].list[index];
	return true;
}
