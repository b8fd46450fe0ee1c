/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vgpu/error.h>
#include <vgpu/scanouts.h>

#include "device.h"
#include "pictures.h"
#include "sandbox.h"
#include "spool.h"

#define VIEW_DEVICES 16u /* of a trace, of which one can be replayed */

/* A picture that waits for the parent to ask. */
struct waiting {
	struct view_message head;
	uint32_t *pixels; /* NULL: there is none */
};

struct worker {
	const struct view_worker_options *o;
	int fd; /* the trace: opened before the sandbox */
	struct vgpu_trace_reader *reader;
	struct vgpu_device *device;
	struct vgpu_scanouts scanouts;
	uint32_t frame;                /* the next one's number */
	uint32_t thumb;                /* frames before have theirs */
	uint32_t wanted;               /* VIEW_NONE: none */
	uint32_t command;              /* the next one's number */
	struct view_wish contents;     /* count 0: none are wanted */
	bool chosen;                   /* the device that is replayed: the first that is used */
	uint32_t device_index;         /* its index */
	uint64_t spaces[VIEW_DEVICES]; /* that each device's backing lies in */
	bool elsewhere;                /* the last command was another device's */
	bool begun, closed, ended;
	bool through;     /* it was at the end once: there is no thumbnail left to make */
	uint32_t *pixels; /* of a picture */
	size_t room;
	/* A follower's; a thread of its own hears the parent. */
	pthread_mutex_t mutex;
	bool asked; /* the next frame is to be sent at once */
	struct waiting newest[VGPU_MAX_SCANOUTS];
};

static void send_bytes(struct worker *w, const void *bytes, size_t size)
{
	const char *p = bytes;
	ssize_t n;

	while (size && !w->closed) {
		n = write(w->o->socket, p, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->closed = true;
			return;
		}
		p += n;
		size -= (size_t)n;
	}
}

static void send_text(struct worker *w, uint32_t kind, const char *text)
{
	struct view_message message = { .kind = kind, .size = strlen(text) };

	send_bytes(w, &message, sizeof(message));
	send_bytes(w, text, message.size);
}

static void send_picture(struct worker *w, struct view_message message)
{
	message.size = view_message_pixels(&message);
	send_bytes(w, &message, sizeof(message));
	send_bytes(w, w->pixels, message.size);
}

/* The sandbox knows read(), but no recv(). False: the parent has gone. */
static bool read_wish(const struct worker *w, struct view_wish *out)
{
	size_t got = 0;
	ssize_t n;

	while (got < sizeof(*out)) {
		n = read(w->o->socket, (char *)out + got, sizeof(*out) - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

/* Take the parent's wishes; of each kind only the last one counts. */
static void listen_to(struct worker *w, int timeout_ms)
{
	struct pollfd fd = { .fd = w->o->socket, .events = POLLIN };
	struct view_wish wish;

	while (!w->closed && poll(&fd, 1, timeout_ms) > 0) {
		if (!read_wish(w, &wish))
			w->closed = true;
		else if (wish.kind == VIEW_WISH_FRAME)
			w->wanted = wish.number;
		else
			w->contents = wish;
		timeout_ms = 0;
	}
}

static bool room_for(struct worker *w, size_t pixels)
{
	uint32_t *p;

	if (pixels > VIEW_PIXELS_MAX)
		return false;
	if (pixels <= w->room)
		return true;
	p = realloc(w->pixels, pixels * sizeof(*p));
	if (!p)
		return false;
	w->pixels = p;
	w->room = pixels;
	return true;
}

/* Each pixel of the small picture is the mean of those that it covers. */
static bool shrink(struct worker *w, const struct vgpu_device_picture *in, uint32_t *width,
		   uint32_t *height)
{
	uint32_t x, y, i, j, x0, x1, y0, y1, n, sum[3];
	const uint8_t *p;

	*width = in->width;
	*height = in->height;
	if (*width > VIEW_THUMB_WIDTH) {
		*height = (uint32_t)((uint64_t)*height * VIEW_THUMB_WIDTH / *width);
		*width = VIEW_THUMB_WIDTH;
	}
	if (*height > VIEW_THUMB_HEIGHT) {
		*width = (uint32_t)((uint64_t)*width * VIEW_THUMB_HEIGHT / *height);
		*height = VIEW_THUMB_HEIGHT;
	}
	*width += !*width;
	*height += !*height;
	if (!room_for(w, (size_t)*width * *height))
		return false;
	for (y = 0; y < *height; y++) {
		y0 = (uint32_t)((uint64_t)y * in->height / *height);
		y1 = (uint32_t)((uint64_t)(y + 1) * in->height / *height);
		for (x = 0; x < *width; x++) {
			x0 = (uint32_t)((uint64_t)x * in->width / *width);
			x1 = (uint32_t)((uint64_t)(x + 1) * in->width / *width);
			memset(sum, 0, sizeof(sum));
			for (j = y0, n = 0; j < y1; j++) {
				for (i = x0; i < x1; i++, n++) {
					p = in->rgba + ((size_t)j * in->width + i) * 4;
					sum[0] += p[0];
					sum[1] += p[1];
					sum[2] += p[2];
				}
			}
			n += !n;
			w->pixels[(size_t)y * *width + x] = 0xff000000u | sum[0] / n << 16 |
							    sum[1] / n << 8 | sum[2] / n;
		}
	}
	return true;
}

/* Behind the picture's pixels, when it is so small that the device keeps it. */
static void add_cursor(struct worker *w, uint32_t scanout, struct view_message *m)
{
	size_t i, at = (size_t)m->width * m->height, n;
	struct vgpu_device_cursor c;
	const uint8_t *p;

	if (!vgpu_device_cursor(w->device, scanout, &c) || !c.rgba || !c.resource_id)
		return;
	n = (size_t)c.width * c.height;
	if (!room_for(w, at + n))
		return;
	for (i = 0, p = c.rgba; i < n; i++, p += 4)
		w->pixels[at + i] = (uint32_t)p[3] << 24 | (uint32_t)p[0] << 16 |
				    (uint32_t)p[1] << 8 | p[2];
	m->cursor_x = c.x;
	m->cursor_y = c.y;
	m->cursor_width = c.width;
	m->cursor_height = c.height;
}

static bool unpack(struct worker *w, const struct vgpu_device_picture *in, uint32_t scanout,
		   struct view_message *m)
{
	size_t i, n = (size_t)in->width * in->height;
	const uint8_t *p = in->rgba;

	if (!room_for(w, n))
		return false;
	for (i = 0; i < n; i++, p += 4)
		w->pixels[i] = 0xff000000u | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
	m->width = in->width;
	m->height = in->height;
	add_cursor(w, scanout, m);
	return true;
}

static void send_thumb(struct worker *w, uint32_t frame, const struct vgpu_device_picture *in)
{
	struct view_message m = { .kind = VIEW_MESSAGE_THUMB, .frame = frame };

	if (shrink(w, in, &m.width, &m.height))
		send_picture(w, m);
}

/* The newest frame, now or when the parent has taken the one before. */
static void follow_frame(struct worker *w, uint32_t frame, uint32_t scanout, uint32_t shown,
			 bool thumb)
{
	struct view_message m = { .kind = VIEW_MESSAGE_FULL, .frame = frame };
	struct vgpu_device_picture picture;

	if (!(shown >> scanout & 1) || vgpu_device_read(w->device, scanout, &picture) ||
	    !unpack(w, &picture, scanout, &m))
		return;
	pthread_mutex_lock(&w->mutex);
	if (w->asked) {
		w->asked = false;
		send_picture(w, m);
	} else {
		free(w->newest[scanout].pixels);
		w->newest[scanout].pixels = w->pixels;
		m.size = view_message_pixels(&m);
		w->newest[scanout].head = m;
		w->pixels = NULL;
		w->room = 0;
	}
	if (thumb)
		send_thumb(w, frame, &picture);
	pthread_mutex_unlock(&w->mutex);
}

/* Of the newest ones of all scanouts. */
static struct waiting *oldest_waiting(struct worker *w)
{
	struct waiting *oldest = NULL;

	for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
		if (w->newest[i].pixels &&
		    (!oldest || w->newest[i].head.frame < oldest->head.frame))
			oldest = &w->newest[i];
	}
	return oldest;
}

static void *hear_parent(void *data)
{
	struct worker *w = data;
	struct view_wish wish;
	struct waiting *oldest;

	while (read_wish(w, &wish)) {
		pthread_mutex_lock(&w->mutex);
		oldest = oldest_waiting(w);
		w->asked = !oldest;
		if (oldest) {
			send_bytes(w, &oldest->head, sizeof(oldest->head));
			send_bytes(w, oldest->pixels, oldest->head.size);
			free(oldest->pixels);
			oldest->pixels = NULL;
		}
		pthread_mutex_unlock(&w->mutex);
	}
	/* It has gone; the one that executes waits for what may never come. */
	_exit(0);
}

/* The frame's flush was just executed. */
static void show(struct worker *w, uint32_t frame, uint32_t scanout, uint32_t shown)
{
	bool wanted = w->wanted == frame;
	bool thumb = frame >= w->thumb && !(frame % view_thumb_stride(frame));
	struct view_message m = { .kind = VIEW_MESSAGE_FULL, .frame = frame };
	struct vgpu_device_picture picture;

	if (w->o->spool) {
		follow_frame(w, frame, scanout, shown, thumb);
		return;
	}
	if (frame >= w->thumb)
		w->thumb = frame + 1;
	if (wanted)
		w->wanted = VIEW_NONE;
	if (!wanted && !thumb)
		return;
	if (!(shown >> scanout & 1) || vgpu_device_read(w->device, scanout, &picture)) {
		if (wanted)
			send_picture(w, m);
		return;
	}
	if (wanted && unpack(w, &picture, scanout, &m))
		send_picture(w, m);
	if (thumb)
		send_thumb(w, frame, &picture);
}

static void send_content(struct worker *w, uint32_t resource_id)
{
	struct view_message m = { .kind = VIEW_MESSAGE_CONTENT,
				  .frame = w->contents.number,
				  .resource_id = resource_id };
	struct vgpu_device_content content;
	struct vgpu_device_picture picture;

	if (w->elsewhere || vgpu_device_read_content(w->device, resource_id, 0, 0, &content) ||
	    vgpu_device_content_picture(w->device, &content, &picture) ||
	    !shrink(w, &picture, &m.width, &m.height))
		m.width = m.height = 0;
	send_picture(w, m);
}

/* The command behind which contents are wanted was just executed, or it does not come. */
static void send_contents(struct worker *w)
{
	uint32_t i;

	for (i = 0; i < w->contents.count && i < VIEW_CONTENTS_WANTED; i++)
		send_content(w, w->contents.resource_ids[i]);
	w->contents.count = 0;
}

/* The others' frames are left out, as the model does. */
static bool is_replayed(struct worker *w, uint32_t device)
{
	if (!w->chosen)
		w->device_index = device;
	w->chosen = true;
	return device == w->device_index;
}

static void learn_space(struct worker *w, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_device d;
	const char *space;

	if (vgpu_trace_parse_device(r, &d) || d.device >= VIEW_DEVICES)
		return;
	space = vgpu_trace_text_get(d.text, d.text_size, "space");
	w->spaces[d.device] = space ? strtoull(space, NULL, 10) : 0;
}

static uint64_t space_of(const struct worker *w)
{
	return w->chosen && w->device_index < VIEW_DEVICES ? w->spaces[w->device_index] : 0;
}

static void execute(struct worker *w, const struct vgpu_trace_record *r)
{
	struct vgpu_device_result result = { 0 };
	struct vgpu_trace_command c;
	uint32_t mask;

	if (vgpu_trace_parse_command(r, &c))
		return;
	w->command++;
	w->elsewhere = !is_replayed(w, c.device);
	if (w->elsewhere)
		return;
	vgpu_device_execute(w->device, c.request, c.request_size, &result);
	mask = vgpu_scanouts_request(&w->scanouts, c.request, c.request_size);
	for (uint32_t i = 0; mask >> i; i++) {
		if (mask >> i & 1)
			show(w, w->frame++, i, result.shown);
	}
}

static void record(struct worker *w, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_snapshot snapshot;
	struct vgpu_device_result result;
	struct vgpu_trace_memory memory;
	struct vgpu_trace_epoch epoch;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		if (w->begun) {
			vgpu_device_reset(w->device);
			vgpu_device_clear_memory(w->device);
		}
		w->begun = true;
		w->chosen = false;
		w->scanouts = (struct vgpu_scanouts) { 0 };
		return;
	case VGPU_TRACE_DEVICE:
		learn_space(w, r);
		return;
	case VGPU_TRACE_EPOCH:
		if (vgpu_trace_parse_epoch(r, &epoch) ||
		    (w->chosen && epoch.device != w->device_index))
			return;
		vgpu_device_reset(w->device);
		w->scanouts = (struct vgpu_scanouts) { 0 };
		return;
	case VGPU_TRACE_MEMORY:
		/* What does not fit is missing in the picture, no more. */
		if (!vgpu_trace_parse_memory(r, &memory) && memory.space == space_of(w))
			vgpu_device_write_memory(w->device, memory.address, memory.bytes,
						 memory.size);
		return;
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &snapshot) || !is_replayed(w, snapshot.device))
			return;
		vgpu_device_execute(w->device, snapshot.request, snapshot.request_size, &result);
		vgpu_scanouts_request(&w->scanouts, snapshot.request, snapshot.request_size);
		return;
	case VGPU_TRACE_COMMAND:
		execute(w, r);
		return;
	default:
		return;
	}
}

/* To the end of what comes, and then until the parent goes. */
static int follow(struct worker *w, int fd)
{
	struct vgpu_trace_record r;
	pthread_t thread;
	int ret;

	w->asked = true;
	pthread_mutex_init(&w->mutex, NULL);
	ret = -pthread_create(&thread, NULL, hear_parent, w);
	if (ret)
		return ret;
	ret = vgpu_trace_reader_open_fd(&w->reader, fd);
	if (!ret) {
		vgpu_trace_reader_set_live(w->reader, true);
		while (vgpu_trace_reader_next(w->reader, &r) > 0)
			record(w, &r);
	}
	pthread_mutex_lock(&w->mutex);
	send_bytes(w, &(struct view_message) { .kind = VIEW_MESSAGE_IDLE },
		   sizeof(struct view_message));
	pthread_mutex_unlock(&w->mutex);
	pthread_join(thread, NULL);
	return ret;
}

static int rewind_trace(struct worker *w)
{
	if (w->reader) {
		vgpu_trace_reader_close(w->reader);
		vgpu_device_reset(w->device);
		vgpu_device_clear_memory(w->device);
	}
	w->scanouts = (struct vgpu_scanouts) { 0 };
	w->frame = 0;
	w->command = 0;
	w->begun = false;
	w->chosen = false;
	w->ended = false;
	w->reader = NULL;
	if (lseek(w->fd, 0, SEEK_SET) < 0)
		return -errno;
	return vgpu_trace_reader_open_fd(&w->reader, w->fd);
}

static bool behind_contents(const struct worker *w)
{
	return w->contents.count && w->command > w->contents.number;
}

/* Up to the next frame, or to where contents are wanted. */
static void go_on(struct worker *w)
{
	struct vgpu_trace_record r;
	uint32_t frame = w->frame;

	while (!w->closed && w->frame == frame && !w->ended && !behind_contents(w)) {
		if (vgpu_trace_reader_next(w->reader, &r) > 0)
			record(w, &r);
		else
			w->ended = w->through = true;
	}
}

static int work(struct worker *w)
{
	bool again = false; /* it was read once more for what is wanted */

	while (!w->closed) {
		/* Nothing to do, or all that can be done is: wait for a wish. */
		if (w->wanted == VIEW_NONE && !w->contents.count && (w->ended || w->through)) {
			send_bytes(w, &(struct view_message) { .kind = VIEW_MESSAGE_IDLE },
				   sizeof(struct view_message));
			listen_to(w, -1);
			continue;
		}
		if (((w->wanted != VIEW_NONE && w->wanted < w->frame) ||
		     (w->contents.count && w->command > w->contents.number + 1)) &&
		    rewind_trace(w))
			return -EIO;
		go_on(w);
		if (behind_contents(w))
			send_contents(w);
		/* There may be more than when it was read. */
		if (w->ended && (w->wanted != VIEW_NONE || w->contents.count) && w->o->growing &&
		    !again) {
			if (rewind_trace(w))
				return -EIO;
			again = true;
			continue;
		}
		again = false;
		if (w->ended && w->wanted != VIEW_NONE) {
			send_picture(w, (struct view_message) { .kind = VIEW_MESSAGE_FULL,
								.frame = w->wanted });
			w->wanted = VIEW_NONE;
		}
		if (w->ended)
			send_contents(w);
		listen_to(w, 0);
	}
	return 0;
}

int view_worker_run(const struct view_worker_options *o)
{
	struct vgpu_device_options d = { .backend = o->backend,
					 .scanouts = VGPU_MAX_SCANOUTS,
					 .cursors = true };
	struct worker w = { .o = o, .wanted = o->wanted, .thumb = o->thumbs_from };
	struct vgpu_device_about about;
	struct view_feed *feed = NULL;
	char text[256];
	int ret;

	if (!o->spool)
		w.fd = open(o->path, O_RDONLY | O_CLOEXEC);
	else if (view_feed_create(&feed, o->spool, &w.fd))
		return 1;
	shader_cache_use(o->shaders);
	ret = vgpu_device_create(&w.device, &d);
	if (ret) {
		snprintf(text, sizeof(text), "renderer %s cannot start: %s", o->backend,
			 strerror(-ret));
		send_text(&w, VIEW_MESSAGE_ERROR, text);
		return 1;
	}
	vgpu_device_about(w.device, &about);
	snprintf(text, sizeof(text), "%s%s%s", about.backend, about.renderer[0] ? " · " : "",
		 about.renderer);
	send_text(&w, VIEW_MESSAGE_ABOUT, text);
	/* The trace is a stranger's, and the renderer was not made to be attacked. */
	ret = sandbox_enter();
	if (ret) {
		snprintf(text, sizeof(text), "no sandbox can be had: %s", strerror(-ret));
		send_text(&w, VIEW_MESSAGE_ERROR, text);
		goto out;
	}
	if (feed)
		ret = follow(&w, w.fd);
	else
		ret = w.fd < 0 ? -EIO : rewind_trace(&w);
	if (!ret && !feed)
		ret = work(&w);
	if (ret)
		send_text(&w, VIEW_MESSAGE_ERROR, "the trace cannot be read again");
out:
	vgpu_device_destroy(w.device);
	vgpu_trace_reader_close(w.reader);
	if (w.fd >= 0)
		close(w.fd);
	free(w.pixels);
	return ret ? 1 : 0;
}
