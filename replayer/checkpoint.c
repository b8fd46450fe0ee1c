/* SPDX-License-Identifier: MIT */
#include "checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/protocol.h>
#include <vgpu/remake.h>

#include "content-store.h"
#include "report.h"

#define CHECKPOINT_MEMORY   ((size_t)1 << 30)
#define CHECKPOINT_INTERVAL 250000000ull
/* Of the time, one part in so many may go into making them. */
#define CHECKPOINT_SHARE    4u

struct kept_point {
	struct checkpoint at;
	struct vgpu_remake_point *point;
};

struct checkpoints {
	struct vgpu_device *device;
	struct checkpoints_options options;
	struct vgpu_remake *remake;
	struct content_store *store;
	struct kept_point *list; /* by record */
	size_t room;
	uint64_t known; /* records that were followed: the next one's number */
	uint64_t since_ns, cost_ns;
	uint64_t interval_ns;
	struct checkpoints_stats stats;
	int error;
};

static uint64_t checkpoint_take(void *data, uint32_t resource_id)
{
	struct checkpoints *c = data;
	struct content_item *item = content_item_take(c->store, c->device, resource_id);

	c->stats.not_taken += !item;
	return (uintptr_t)item;
}

static void checkpoint_release(void *data, uint64_t token)
{
	struct checkpoints *c = data;

	content_item_free(c->store, (struct content_item *)(uintptr_t)token);
}

static int checkpoint_memory(void *data, uint64_t address, void *out, size_t size)
{
	struct checkpoints *c = data;

	return vgpu_device_read_memory(c->device, address, out, size);
}

static int checkpoint_record(void *data, const struct vgpu_trace_record *r)
{
	struct checkpoints *c = data;
	struct vgpu_device_result result;
	struct vgpu_trace_snapshot s;
	struct vgpu_trace_memory m;

	if (!vgpu_trace_parse_memory(r, &m))
		return vgpu_device_write_memory(c->device, m.address, m.bytes, m.size);
	if (!vgpu_trace_parse_snapshot(r, &s)) {
		vgpu_device_execute(c->device, s.request, s.request_size, &result);
		if (c->options.executed)
			c->options.executed(c->options.data, s.request, s.request_size);
	}
	return 0;
}

static int checkpoint_give(void *data, uint64_t token)
{
	struct checkpoints *c = data;

	return content_item_give(c->store, (const struct content_item *)(uintptr_t)token,
				 c->device);
}

int checkpoints_create(struct checkpoints **out, struct vgpu_device *device,
		       const struct checkpoints_options *options)
{
	struct checkpoints *c = calloc(1, sizeof(*c));
	struct vgpu_remake_source source = {
		.data = c,
		.take = checkpoint_take,
		.release = checkpoint_release,
		.memory = checkpoint_memory,
	};

	*out = c;
	if (!c)
		return -ENOMEM;
	c->device = device;
	c->options = *options;
	if (!c->options.memory)
		c->options.memory = CHECKPOINT_MEMORY;
	c->interval_ns = options->interval_ns ? options->interval_ns : CHECKPOINT_INTERVAL;
	c->since_ns = report_clock();
	c->store = content_store_create();
	/* Full is what checkpoints_full() says; the editor gives up for good. */
	if (c->store && !vgpu_remake_create(&c->remake, &source, c->options.memory * 2))
		return 0;
	checkpoints_destroy(c);
	*out = NULL;
	return -ENOMEM;
}

void checkpoints_destroy(struct checkpoints *c)
{
	size_t i;

	if (!c)
		return;
	for (i = 0; i < c->stats.count; i++)
		vgpu_remake_point_destroy(c->list[i].point);
	vgpu_remake_destroy(c->remake);
	content_store_destroy(c->store);
	free(c->list);
	free(c);
}

/* All records before the next one again: contexts turned out to be other than was thought. */
static int checkpoints_again(struct checkpoints *c)
{
	struct vgpu_trace_reader *reader = c->options.again;
	struct vgpu_trace_record r;
	int ret;

	if (!reader)
		return -ESPIPE;
	do {
		ret = vgpu_trace_reader_seek_record(reader, 0);
		while (!ret && vgpu_trace_reader_next(reader, &r) > 0 && r.number < c->known)
			ret = vgpu_remake_add(c->remake, &r);
	} while (ret == 1);
	return ret;
}

int checkpoints_follow(struct checkpoints *c, const struct vgpu_trace_record *r,
		       const struct vgpu_device_result *result)
{
	struct vgpu_trace_command command;
	int ret;

	if (c->error || r->number < c->known)
		return c->error;
	c->known = r->number + 1;
	ret = vgpu_remake_add(c->remake, r);
	if (!ret && result && result->verdict && result->type == VGPU_CMD_SUBMIT_3D &&
	    !vgpu_trace_parse_command(r, &command))
		ret = vgpu_remake_refused(c->remake, command.device, result->ctx_id);
	if (ret == 1)
		ret = checkpoints_again(c);
	c->error = ret;
	return ret;
}

/* Every second one goes, but not the last: what follows rests on it least. */
static void checkpoints_thin(struct checkpoints *c)
{
	size_t i, n = 0;

	for (i = 0; i < c->stats.count; i++) {
		if (i % 2 || i + 1 == c->stats.count)
			c->list[n++] = c->list[i];
		else
			vgpu_remake_point_destroy(c->list[i].point);
	}
	c->stats.count = n;
	c->interval_ns *= 2;
}

/* Points hold contents, and guest memory and streams of their time. */
static bool checkpoints_full(const struct checkpoints *c)
{
	return content_store_size(c->store) + vgpu_remake_size(c->remake) > c->options.memory;
}

static int checkpoints_add(struct checkpoints *c, const struct checkpoint *here)
{
	struct kept_point *list;
	size_t room;
	int ret;

	if (c->stats.count == c->room) {
		room = c->room ? c->room * 2 : 16;
		list = realloc(c->list, room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		c->list = list;
		c->room = room;
	}
	c->stats.not_taken = 0;
	ret = vgpu_remake_point_create(c->remake, here->device, &c->list[c->stats.count].point);
	if (!ret)
		c->list[c->stats.count++].at = *here;
	return ret;
}

int checkpoints_keep(struct checkpoints *c, const struct checkpoint *here, bool always)
{
	uint64_t now = report_clock(), cost;

	/* Only where it is known how the state came to be, and in order. */
	if (c->error || here->record != c->known ||
	    (c->stats.count && c->list[c->stats.count - 1].at.record >= here->record))
		return c->error;
	if (!always && (now - c->since_ns < c->interval_ns ||
			now - c->since_ns < c->cost_ns * CHECKPOINT_SHARE))
		return 0;
	c->error = checkpoints_add(c, here);
	if (c->error)
		return c->error;
	cost = report_clock() - now;
	c->cost_ns = cost;
	c->since_ns = now + cost;
	c->stats.made++;
	c->stats.made_ns += cost;
	if (cost > c->stats.made_ns_max)
		c->stats.made_ns_max = cost;
	if (checkpoints_full(c) && c->stats.count > 2)
		checkpoints_thin(c);
	return 0;
}

/* The last one before both: frames and commands rise together. */
static bool checkpoints_before(const struct checkpoints *c, uint64_t frame, uint64_t command,
			       struct checkpoint *out)
{
	size_t low = 0, high = c->stats.count, middle;
	const struct checkpoint *at;

	while (low < high) {
		middle = low + (high - low) / 2;
		at = &c->list[middle].at;
		if (at->frames < frame && at->command < command)
			low = middle + 1;
		else
			high = middle;
	}
	if (low)
		*out = c->list[low - 1].at;
	return low > 0;
}

bool checkpoints_find(const struct checkpoints *c, uint64_t frame, struct checkpoint *out)
{
	return checkpoints_before(c, frame, UINT64_MAX, out);
}

bool checkpoints_find_command(const struct checkpoints *c, uint64_t command, struct checkpoint *out)
{
	return checkpoints_before(c, UINT64_MAX, command, out);
}

int checkpoints_restore(struct checkpoints *c, const struct checkpoint *where)
{
	struct vgpu_remake_sink sink = { .data = c,
					 .record = checkpoint_record,
					 .give = checkpoint_give };
	size_t i;

	for (i = 0; where && i < c->stats.count && c->list[i].at.record != where->record; i++)
		;
	if (where && i == c->stats.count)
		return -ENOENT;
	vgpu_device_clear_memory(c->device);
	return where ? vgpu_remake_point_play(c->list[i].point, &sink) : 0;
}

void checkpoints_stats(const struct checkpoints *c, struct checkpoints_stats *out)
{
	*out = c->stats;
	out->bytes = content_store_size(c->store);
}
