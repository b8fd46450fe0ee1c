/* SPDX-License-Identifier: MIT */
#include "range.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vgpu/edit.h>
#include <vgpu/error.h>

/* The replay could not go on: it has said why. */
#define RANGE_STOPPED (-ECANCELED)

static int range_go(void *data, uint64_t record)
{
	return replay_up_to(data, record) ? RANGE_STOPPED : 0;
}

static bool range_gives(void *data, uint32_t resource_id)
{
	const struct replay *p = data;

	return !vgpu_device_is_blind(p->device) && vgpu_device_gives_back(p->device, resource_id);
}

static int range_read(void *data, uint32_t resource_id, uint32_t level, uint32_t layer,
		      struct vgpu_trim_part *out)
{
	const struct replay *p = data;
	struct vgpu_device_content c;
	int ret = vgpu_device_read_content(p->device, resource_id, level, layer, &c);

	*out = (struct vgpu_trim_part) {
		.bytes = c.bytes,
		.size = c.size,
		.width = c.width,
		.height = c.height,
		.stride = c.stride,
		.levels = c.levels,
		.layers = c.layers,
	};
	return ret;
}

static int range_memory(void *data, uint64_t address, void *out, size_t size)
{
	const struct replay *p = data;

	return vgpu_device_read_memory(p->device, address, out, size);
}

static void range_tell(const struct replay *p, const struct vgpu_trim_report *r)
{
	fprintf(stderr,
		"vgpu-replay: frames %" PRIu64 " to %" PRIu64 ": %" PRIu64 " commands, %" PRIu64
		" of the %" PRIu64 " before them, and what %" PRIu64 " resources hold (%.1f KiB)\n",
		p->range_low, p->range_high, r->commands, r->commands_kept, r->commands_before,
		r->given, (double)r->given_bytes / 1024);
}

/* One way to make it, into a file of its own. */
static int range_write(const struct replay *p, int fd, const struct vgpu_trim_options *trim,
		       struct vgpu_trim_report *report)
{
	struct vgpu_trace_writer *w = NULL;
	struct vgpu_trace_status status;
	uint64_t end_ns = 0;
	int ret;

	ret = vgpu_trace_writer_create(&w, fd, NULL);
	if (!ret)
		ret = vgpu_trace_trim(p->range_fd, w, trim, report, &status, &end_ns);
	if (!ret)
		ret = vgpu_trace_writer_finish(w, end_ns);
	vgpu_trace_writer_destroy(w);
	return ret;
}

static int range_copy(int from, int to)
{
	char bytes[65536];
	ssize_t n, m, done;

	if (lseek(from, 0, SEEK_SET) || lseek(to, 0, SEEK_SET) || ftruncate(to, 0))
		return -errno;
	while ((n = read(from, bytes, sizeof(bytes))) > 0) {
		for (done = 0; done < n; done += m) {
			m = write(to, bytes + done, (size_t)(n - done));
			if (m < 0)
				return -errno;
		}
	}
	return n ? -errno : 0;
}

/*
 * What drew the pictures may be smaller than the pictures: a few commands from the beginning on,
 * instead of what resources held. Then the file becomes that.
 */
static int range_shorten(const struct replay *p, int fd, struct vgpu_trim_options trim,
			 struct vgpu_trim_report *report)
{
	struct vgpu_trim_report other;
	off_t size = lseek(fd, 0, SEEK_END);
	int spare = memfd_create("range", MFD_CLOEXEC), ret = 0;

	trim.source = NULL;
	/* It is only a second way. */
	if (spare >= 0 && !range_write(p, spare, &trim, &other) &&
	    lseek(spare, 0, SEEK_END) < size) {
		ret = range_copy(spare, fd);
		*report = other;
	}
	if (spare >= 0)
		close(spare);
	return ret;
}

int range_save(struct replay *p, const struct vgpu_device_about *about)
{
	const struct replay_options *o = p->options;
	const char *path = o->files.path[FILE_RANGE];
	const struct vgpu_trim_source source = {
		.data = p,
		.go = range_go,
		.gives = range_gives,
		.read = range_read,
		.memory = range_memory,
		.name = about->renderer[0] ? about->renderer : about->backend,
	};
	struct vgpu_trim_options trim = { .unit = VGPU_TRIM_FRAMES, .source = &source };
	struct vgpu_trim_report report;
	FILE *out;
	int ret;

	/* HEADER tells how frames are numbered. */
	if (replay_up_to(p, 1))
		return REPLAY_FAILED;
	trim.first = o->range_first - p->frames_before;
	trim.last = o->range_last - p->frames_before;
	ret = files_open(&o->files, FILE_RANGE, NULL, &out);
	if (ret)
		return replay_complain(path, ret);
	ret = range_write(p, fileno(out), &trim, &report);
	if (!ret && !o->range_given)
		ret = range_shorten(p, fileno(out), trim, &report);
	if (fclose(out) && !ret)
		ret = -errno;
	if (!ret) {
		/* All that its first and its last flush show. */
		p->range_low = p->frames_before + report.first_frame;
		p->range_high = p->frames_before + report.last_frame;
	}
	if (!ret && !o->quiet)
		range_tell(p, &report);
	if (ret == VGPU_ERR_INVALID)
		fprintf(stderr, "vgpu-replay: %s: there are no such frames\n", o->trace);
	else if (ret && ret != RANGE_STOPPED)
		replay_complain(path, ret);
	if (ret)
		files_remove(&o->files, FILE_RANGE, NULL);
	return ret ? REPLAY_FAILED : 0;
}

/* What was written, beside the list of the frames that it was made of. */
static int range_compare(const struct replay_options *options, const char *frames)
{
	struct replay_options o = *options;
	enum file_place place;

	for (place = 0; place < FILE_PLACES; place++)
		o.files.path[place] = NULL;
	o.trace = options->files.path[FILE_RANGE];
	o.range_first = o.range_last = 0;
	o.frames = NULL;
	o.verify = frames;
	o.report = o.times = o.timeline = NULL;
	o.breaks = (struct break_options) { 0 };
	o.bench = o.json = o.verbose = false;
	o.quiet = true;
	return replay_run(&o);
}

int range_run(struct replay_options *options)
{
	struct replay_options o = *options;
	int fd, status, again = 0;
	char path[64];

	fd = memfd_create("frames", 0);
	if (fd < 0)
		return replay_complain("frames", -errno);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!o.frames)
		o.frames = path;
	status = replay_run(&o);
	/* Without pictures there is nothing to compare, and a list on a pipe cannot be read. */
	if (status != REPLAY_FAILED && status != REPLAY_USAGE && strcmp(o.frames, "-"))
		again = range_compare(&o, o.frames);
	/* Commands before the range may rest on what no trace tells; what was read back does not. */
	if (again == REPLAY_DIFFERS && !o.range_given) {
		fprintf(stderr, "vgpu-replay: %s is made again, of what resources held\n",
			o.files.path[FILE_RANGE]);
		o.range_given = true;
		status = replay_run(&o);
		again = status == REPLAY_FAILED ? REPLAY_OK : range_compare(&o, o.frames);
	}
	if (again == REPLAY_DIFFERS)
		fprintf(stderr, "vgpu-replay: %s does not replay like the frames it was made of\n",
			o.files.path[FILE_RANGE]);
	close(fd);
	return status == REPLAY_FAILED || again == REPLAY_OK ? status : again;
}
