/* SPDX-License-Identifier: MIT */
/* The thread that reads a trace into a model, and who may look at the model meanwhile. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vgpu/error.h>
#include <vgpu/stats.h>

#include "load.h"
#include "spool.h"

#define PROGRESS_RECORDS 4096u

struct view_loading_thread {
	pthread_t thread;
	pthread_mutex_t mutex;
	/* Those who want to look come before the thread's next record. */
	atomic_int waiting;
	atomic_bool stop;
	bool running;
	struct vgpu_trace_reader *reader;
	struct view_loader loader;
	uint64_t file_bytes;    /* 0: not known */
	struct view_feed *feed; /* live: */
	int feed_fd;            /* -1: none */
};

void view_model_lock(const struct view_model *m)
{
	atomic_fetch_add(&m->thread->waiting, 1);
	pthread_mutex_lock(&m->thread->mutex);
	atomic_fetch_sub(&m->thread->waiting, 1);
}

void view_model_unlock(const struct view_model *m)
{
	pthread_mutex_unlock(&m->thread->mutex);
}

static void progress(struct view_model *m)
{
	struct view_loading_thread *t = m->thread;
	struct vgpu_trace_status status;

	if (!t->file_bytes)
		return;
	vgpu_trace_reader_status(t->reader, &status);
	m->permille = (uint32_t)((double)status.file_bytes / (double)t->file_bytes * 999);
	if (m->permille > 999)
		m->permille = 999;
}

/* The beginning may be long in coming. */
static int begin_live(struct view_loading_thread *t)
{
	int ret = vgpu_trace_reader_open_fd(&t->reader, t->feed_fd);

	if (!ret)
		vgpu_trace_reader_set_live(t->reader, true);
	return ret;
}

static void *read_all(void *data)
{
	struct view_model *m = data;
	struct view_loading_thread *t = m->thread;
	struct vgpu_trace_status status;
	struct vgpu_trace_record r;
	uint32_t n = 0;
	int ret = t->feed ? begin_live(t) : 0;

	while (!ret && !atomic_load(&t->stop) &&
	       (ret = vgpu_trace_reader_next(t->reader, &r)) > 0) {
		while (atomic_load(&t->waiting))
			sched_yield();
		pthread_mutex_lock(&t->mutex);
		ret = view_loader_add(&t->loader, &r);
		if (!(n++ % PROGRESS_RECORDS))
			progress(m);
		pthread_mutex_unlock(&t->mutex);
		if (ret)
			break;
	}
	if (!ret && !atomic_load(&t->stop))
		ret = view_loader_end(&t->loader);
	if (t->reader)
		vgpu_trace_reader_status(t->reader, &status);
	pthread_mutex_lock(&t->mutex);
	m->last_ns = t->loader.last_ns;
	m->cut = t->reader && (status.cut || status.lost_bytes);
	m->live = false;
	m->error = ret < 0 ? ret : 0;
	m->permille = 1000;
	m->loading = VIEW_LOADED;
	pthread_mutex_unlock(&t->mutex);
	return NULL;
}

/* What a whole file tells without being read. */
static void foretell(struct view_model *m, struct vgpu_trace_reader *reader)
{
	struct vgpu_trace_summary summary;
	struct vgpu_stats *stats = NULL;
	struct vgpu_stats_command row;
	const struct vgpu_cmd_info *info;
	size_t i;

	if (vgpu_trace_reader_summary(reader, &summary, &stats) != 1)
		return;
	m->start_ns = m->first_ns = summary.first_ns;
	m->last_ns = summary.last_ns;
	for (i = 0; vgpu_stats_command(stats, i, &row); i++) {
		info = vgpu_cmd_info(row.type);
		if (info && info->feature == VGPU_F_VIRGL)
			m->needs_3d = true;
	}
	vgpu_stats_destroy(stats);
}

static int start(struct view_model *m, const char *path)
{
	struct view_loading_thread *t = m->thread;
	struct stat st;
	int ret;

	ret = vgpu_trace_reader_open(&t->reader, path);
	if (ret)
		return ret;
	if (!stat(path, &st) && S_ISREG(st.st_mode))
		t->file_bytes = (uint64_t)st.st_size;
	foretell(m, t->reader);
	if (m->last_ns <= m->first_ns)
		m->last_ns = m->first_ns + 1;
	ret = -pthread_create(&t->thread, NULL, read_all, m);
	t->running = !ret;
	return ret;
}

static int start_live(struct view_model *m, const struct view_spool *spool)
{
	struct view_loading_thread *t = m->thread;
	int ret = view_feed_create(&t->feed, spool, &t->feed_fd);

	if (ret)
		return ret;
	m->live = true;
	m->last_ns = 1;
	ret = -pthread_create(&t->thread, NULL, read_all, m);
	t->running = !ret;
	return ret;
}

static int open_model(struct view_model **out, const char *path, const struct view_spool *spool)
{
	struct view_model *m = calloc(1, sizeof(*m));
	struct view_loading_thread *t = calloc(1, sizeof(*t));
	int ret = -ENOMEM;

	*out = NULL;
	if (!m || !t) {
		free(m);
		free(t);
		return -ENOMEM;
	}
	pthread_mutex_init(&t->mutex, NULL);
	m->thread = t;
	t->feed_fd = -1;
	view_loader_init(&t->loader, m);
	ret = spool ? start_live(m, spool) : start(m, path);
	if (ret)
		view_model_destroy(m);
	else
		*out = m;
	return ret;
}

int view_model_open(struct view_model **out, const char *path)
{
	return open_model(out, path, NULL);
}

int view_model_open_live(struct view_model **out, const struct view_spool *spool)
{
	return open_model(out, NULL, spool);
}

int view_model_wait(struct view_model *m)
{
	if (m->thread->running)
		pthread_join(m->thread->thread, NULL);
	m->thread->running = false;
	return m->error;
}

int view_model_load(struct view_model **out, const char *path)
{
	int ret = view_model_open(out, path);

	if (!ret)
		ret = view_model_wait(*out);
	if (ret) {
		view_model_destroy(*out);
		*out = NULL;
	}
	return ret;
}

void view_model_destroy(struct view_model *m)
{
	if (!m)
		return;
	atomic_store(&m->thread->stop, true);
	view_feed_destroy(m->thread->feed);
	view_model_wait(m);
	vgpu_trace_reader_close(m->thread->reader);
	if (m->thread->feed_fd >= 0)
		close(m->thread->feed_fd);
	pthread_mutex_destroy(&m->thread->mutex);
	free(m->thread);
	view_lanes_finish(m);
	view_fences_finish(m);
	free(m->commands);
	free(m->frames);
	free(m->ids);
	free(m->places);
	free(m->depths);
	free(m->depth_tops);
	free(m->losses);
	free(m);
}
