/* SPDX-License-Identifier: MIT */
#include "pictures.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contents.h"
#include "device.h"
#include "shader-cache.h"
#include "spool.h"
#include "worker.h"

#define FULL_MAX    16u /* pictures kept, but for the two used last */
#define FULL_BYTES  (64u << 20)
#define TEXT_MAX    256u
#define STARTS_MAX  3u /* children in a row that died */
#define CHUNK_BYTES 65536u

struct full {
	struct view_picture picture;
	struct view_cursor cursor; /* its pixels are behind the picture's */
	uint32_t frame;
	uint64_t used;
	bool filled;
};

struct view_pictures {
	const struct view_model *m;
	char *path;
	const struct view_spool *spool; /* the follower's */
	struct view_pictures *follower; /* NULL: none */
	bool growing;
	const char *backend; /* NULL: by the trace */
	bool needs_3d;       /* as the child was started */
	pid_t child;         /* 0: none */
	int socket;
	enum view_pictures_state state;
	char about[TEXT_MAX];
	uint32_t starts; /* children that died without a picture */
	uint32_t stride;
	struct view_picture thumbs[VIEW_THUMBS_MAX]; /* of frame i × stride */
	struct full full[FULL_MAX];
	uint32_t full_count;
	size_t full_bytes;
	uint64_t clock;
	uint32_t wanted, asked; /* frames; VIEW_NONE: none */
	struct view_contents contents;
	struct shader_cache shaders; /* of all children; none of a trace that grows */
	/* The message that is coming in. */
	struct view_message message;
	size_t head, got; /* bytes of it and of what follows */
	uint8_t *payload;
	bool news;
};

/* In the child: keep only the socket and, where the path names one, the trace's descriptor. */
static void close_others(const char *path, int socket)
{
	int keep = -1, fd, last = (int)sysconf(_SC_OPEN_MAX);

	sscanf(path, "/proc/self/fd/%d", &keep);
	if (last < 0 || last > 65536)
		last = 65536;
	for (fd = STDERR_FILENO + 1; fd < last; fd++) {
		if (fd != keep && fd != socket)
			close(fd);
	}
}

static _Noreturn void child_main(struct view_pictures *p, int socket, uint32_t wanted)
{
	struct view_worker_options o = {
		.path = p->path,
		.backend = p->backend    ? p->backend
			   : p->needs_3d ? "virgl"
					 : "soft2d",
		.wanted = wanted,
		.socket = socket,
		.spool = p->spool,
		.growing = p->growing,
		.shaders = &p->shaders,
	};
	int null = open("/dev/null", O_RDWR), i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* A crash here is the child's own: no handler of the parent's may see it. */
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	/* Renderers chatter; what counts comes over the socket. */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (!getenv("VGPU_VIEW_DEBUG"))
		dup2(null, STDERR_FILENO);
	close_others(p->path, socket);
	for (i = 0; i < (int)VIEW_THUMBS_MAX && p->thumbs[i].pixels; i++)
		o.thumbs_from += p->stride;
	_exit(view_worker_run(&o));
}

/* False when it has not gone. */
static bool tell(const struct view_pictures *p, const struct view_wish *wish)
{
	return send(p->socket, wish, sizeof(*wish), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	       (ssize_t)sizeof(*wish);
}

static bool ask_frame(const struct view_pictures *p, uint32_t frame)
{
	return tell(p, &(struct view_wish) { .kind = VIEW_WISH_FRAME, .number = frame });
}

static int start(struct view_pictures *p, uint32_t wanted)
{
	int pair[2];

	p->needs_3d = p->m->needs_3d;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	p->child = fork();
	if (p->child < 0) {
		p->child = 0;
		close(pair[0]);
		close(pair[1]);
		return -errno;
	}
	if (!p->child) {
		close(pair[0]);
		child_main(p, pair[1], wanted);
	}
	close(pair[1]);
	p->socket = pair[0];
	p->state = VIEW_PICTURES_WORKING;
	p->head = 0;
	p->got = 0;
	p->asked = wanted;
	p->starts++;
	if (p->contents.due)
		tell(p, &p->contents.wish);
	return 0;
}

/* The child is gone, or is to go. `why` is taken when it did not tell itself. */
static void stop(struct view_pictures *p, const char *why)
{
	int status = 0;

	close(p->socket);
	p->socket = -1;
	if (why)
		kill(p->child, SIGKILL);
	while (waitpid(p->child, &status, 0) < 0 && errno == EINTR)
		;
	p->child = 0;
	free(p->payload);
	p->payload = NULL;
	if (WIFSIGNALED(status) && !why)
		snprintf(p->about, sizeof(p->about), "the renderer crashed: %s",
			 strsignal(WTERMSIG(status)));
	else if (why)
		snprintf(p->about, sizeof(p->about), "%s", why);
	p->state = VIEW_PICTURES_FAILED;
	p->news = true;
}

static int create(struct view_pictures **out, const char *path, const struct view_spool *spool,
		  const struct view_model *m, const char *backend)
{
	struct view_pictures *p = calloc(1, sizeof(*p));
	int ret = -ENOMEM;

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->m = m;
	p->backend = backend;
	p->spool = spool;
	p->socket = -1;
	p->wanted = VIEW_NONE;
	p->stride = 1;
	p->path = strdup(path);
	shader_cache_open(&p->shaders, spool ? NULL : path);
	if (p->path)
		ret = start(p, VIEW_NONE);
	if (ret)
		view_pictures_destroy(p);
	else
		*out = p;
	return ret;
}

int view_pictures_create(struct view_pictures **out, const char *path, const struct view_model *m,
			 const char *backend)
{
	return create(out, path, NULL, m, backend);
}

int view_pictures_create_live(struct view_pictures **out, const struct view_spool *spool,
			      const struct view_model *m, const char *backend)
{
	struct view_pictures *p = calloc(1, sizeof(*p));
	int ret = -ENOMEM;

	*out = NULL;
	if (!p)
		return ret;
	/* Without a child until an older frame is asked for. */
	p->m = m;
	p->backend = backend;
	p->socket = -1;
	p->wanted = p->asked = VIEW_NONE;
	p->stride = 1;
	p->growing = true;
	p->state = VIEW_PICTURES_IDLE;
	p->path = strdup(view_spool_path(spool));
	if (p->path)
		ret = create(&p->follower, view_spool_path(spool), spool, m, backend);
	if (ret)
		view_pictures_destroy(p);
	else
		*out = p;
	return ret;
}

void view_pictures_destroy(struct view_pictures *p)
{
	uint32_t i;

	if (!p)
		return;
	view_pictures_destroy(p->follower);
	if (p->child)
		stop(p, "closed");
	shader_cache_close(&p->shaders);
	for (i = 0; i < VIEW_THUMBS_MAX; i++)
		free(p->thumbs[i].pixels);
	for (i = 0; i < FULL_MAX; i++)
		free(p->full[i].picture.pixels);
	view_contents_finish(&p->contents);
	free(p->path);
	free(p);
}

static struct full *find_full(const struct view_pictures *p, uint32_t frame)
{
	uint32_t i;

	for (i = 0; i < FULL_MAX; i++) {
		if (p->full[i].filled && p->full[i].frame == frame)
			return (struct full *)&p->full[i];
	}
	return NULL;
}

static struct full *oldest_full(struct view_pictures *p)
{
	struct full *oldest = NULL;
	uint32_t i;

	for (i = 0; i < FULL_MAX; i++) {
		if (p->full[i].filled && (!oldest || p->full[i].used < oldest->used))
			oldest = &p->full[i];
	}
	return oldest;
}

static size_t bytes_of(const struct view_picture *picture)
{
	return (size_t)picture->width * picture->height * 4;
}

static void forget_full(struct view_pictures *p, struct full *f)
{
	p->full_bytes -= bytes_of(&f->picture);
	p->full_count--;
	free(f->picture.pixels);
	*f = (struct full) { 0 };
}

static void keep_full(struct view_pictures *p, const struct view_message *m,
		      struct view_picture picture)
{
	uint32_t frame = m->frame;
	struct full *f = find_full(p, frame);
	uint32_t i = 0;

	if (f)
		forget_full(p, f);
	/* The two used last stay: one is being looked at, the other is compared with it. */
	while (p->full_count == FULL_MAX ||
	       (p->full_count > 1 && p->full_bytes + bytes_of(&picture) > FULL_BYTES))
		forget_full(p, oldest_full(p));
	while (p->full[i].filled)
		i++;
	p->full[i] = (struct full) {
		.picture = picture,
		.frame = frame,
		.used = ++p->clock,
		.filled = true,
		.cursor = { m->cursor_x, m->cursor_y, m->cursor_width, m->cursor_height,
			    picture.pixels + (size_t)picture.width * picture.height },
	};
	p->full_bytes += bytes_of(&picture);
	p->full_count++;
}

/* Of longer traces fewer frames have one; those between go when it turns out. */
static void keep_thumb(struct view_pictures *p, uint32_t frame, struct view_picture picture)
{
	uint32_t stride = view_thumb_stride(frame), i;

	for (; p->stride < stride; p->stride *= 2) {
		for (i = 1; i < VIEW_THUMBS_MAX; i++) {
			if (i % 2)
				free(p->thumbs[i].pixels);
			else
				p->thumbs[i / 2] = p->thumbs[i];
		}
		for (i = VIEW_THUMBS_MAX / 2; i < VIEW_THUMBS_MAX; i++)
			p->thumbs[i] = (struct view_picture) { 0 };
	}
	if (frame % p->stride) {
		free(picture.pixels);
		return;
	}
	free(p->thumbs[frame / p->stride].pixels);
	p->thumbs[frame / p->stride] = picture;
}

/* A whole message is there. Takes the payload when it keeps it. */
static void take(struct view_pictures *p)
{
	const struct view_message *m = &p->message;
	struct view_picture picture = { m->width, m->height, (uint32_t *)p->payload };
	size_t n;

	switch (m->kind) {
	case VIEW_MESSAGE_ABOUT:
	case VIEW_MESSAGE_ERROR:
		n = m->size < TEXT_MAX ? m->size : TEXT_MAX - 1;
		memcpy(p->about, p->payload, n);
		p->about[n] = '\0';
		break;
	case VIEW_MESSAGE_THUMB:
		keep_thumb(p, m->frame, picture);
		p->payload = NULL;
		p->starts = 0;
		break;
	case VIEW_MESSAGE_FULL:
		keep_full(p, m, picture);
		if (p->spool)
			ask_frame(p, m->frame);
		p->payload = NULL;
		p->starts = 0;
		if (m->frame == p->wanted)
			p->wanted = VIEW_NONE;
		if (m->frame == p->asked)
			p->asked = VIEW_NONE;
		break;
	case VIEW_MESSAGE_CONTENT:
		picture.pixels = m->size ? picture.pixels : NULL;
		p->payload = m->size ? NULL : p->payload;
		view_contents_keep(&p->contents, m->frame, m->resource_id, picture);
		p->starts = 0;
		break;
	case VIEW_MESSAGE_IDLE:
		if (p->wanted == VIEW_NONE && !p->contents.due)
			p->state = VIEW_PICTURES_IDLE;
		break;
	}
	free(p->payload);
	p->payload = NULL;
	p->head = 0;
	p->got = 0;
	p->news = true;
}

/* The child runs code that may be broken: believe nothing that it says about sizes. */
static bool message_is_sane(const struct view_message *m)
{
	bool pixels = m->kind == VIEW_MESSAGE_THUMB || m->kind == VIEW_MESSAGE_FULL ||
		      m->kind == VIEW_MESSAGE_CONTENT;

	if (!pixels)
		return m->size <= TEXT_MAX;
	return m->cursor_width <= VGPU_DEVICE_CURSOR_MAX &&
	       m->cursor_height <= VGPU_DEVICE_CURSOR_MAX && m->size == view_message_pixels(m) &&
	       (uint64_t)m->width * m->height <= VIEW_PIXELS_MAX;
}

/* Read once. False when nothing is there. */
static bool receive(struct view_pictures *p)
{
	struct view_message *m = &p->message;
	ssize_t n;

	if (p->head < sizeof(*m)) {
		n = recv(p->socket, (char *)m + p->head, sizeof(*m) - p->head, MSG_DONTWAIT);
		if (n > 0)
			p->head += (size_t)n;
		if (n > 0 && p->head == sizeof(*m)) {
			p->payload = message_is_sane(m) ? malloc(m->size + 1) : NULL;
			if (!p->payload) {
				stop(p, "the renderer sent nonsense");
				return false;
			}
		}
	} else {
		n = recv(p->socket, p->payload + p->got, m->size - p->got, MSG_DONTWAIT);
		if (n > 0)
			p->got += (size_t)n;
	}
	if (!n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		stop(p, NULL);
		return false;
	}
	if (n < 0)
		return errno == EINTR;
	if (p->head == sizeof(*m) && p->got == m->size)
		take(p);
	return true;
}

static bool update(struct view_pictures *p, int timeout_ms)
{
	struct pollfd fd;

	if (!p->child)
		return false;
	p->news = false;
	shader_cache_bound(&p->shaders);
	/* It has turned out while the trace is loaded. */
	if (!p->backend && p->m->needs_3d != p->needs_3d) {
		stop(p, "");
		start(p, p->wanted);
		return true;
	}
	fd = (struct pollfd) { .fd = p->socket, .events = POLLIN };
	if (poll(&fd, 1, timeout_ms) > 0) {
		while (p->child && receive(p))
			;
	}
	return p->news;
}

bool view_pictures_update(struct view_pictures *p, int timeout_ms)
{
	bool news;

	if (!p)
		return false;
	news = p->follower && update(p->follower, 0);
	return update(p, news ? 0 : timeout_ms) || news;
}

/* The number behind the newest that came; 0: none has. */
static uint32_t newest_full(const struct view_pictures *p)
{
	uint32_t i, newest = 0;

	for (i = 0; i < FULL_MAX; i++) {
		if (p->full[i].filled && p->full[i].frame >= newest)
			newest = p->full[i].frame + 1;
	}
	return newest;
}

uint32_t view_pictures_newest(const struct view_pictures *p, uint32_t scanout)
{
	const struct view_pictures *live = p ? p->follower : NULL;
	uint32_t i, newest = VIEW_NONE;
	const struct full *f;

	for (i = 0; live && i < FULL_MAX; i++) {
		f = &live->full[i];
		if (f->filled && f->frame < p->m->frame_count &&
		    view_model_frame(p->m, f->frame).scanout == scanout &&
		    (newest == VIEW_NONE || f->frame > newest))
			newest = f->frame;
	}
	return newest;
}

const struct view_picture *view_pictures_full(struct view_pictures *p, uint32_t frame)
{
	struct full *f;

	if (!p || frame >= p->m->frame_count)
		return NULL;
	f = find_full(p, frame);
	if (!f && p->follower)
		f = find_full(p->follower, frame);
	if (f) {
		f->used = ++p->clock;
		return f->picture.pixels && f->picture.width ? &f->picture : NULL;
	}
	/* It is coming by itself. */
	if (p->follower && p->follower->child && frame >= newest_full(p->follower))
		return NULL;
	p->wanted = frame;
	if (p->asked == frame)
		return NULL;
	if (p->child) {
		p->asked = frame;
		p->state = VIEW_PICTURES_WORKING;
		if (!ask_frame(p, frame))
			p->asked = VIEW_NONE;
	} else if (p->starts < STARTS_MAX) {
		start(p, frame);
	}
	return NULL;
}

const struct view_cursor *view_pictures_cursor(const struct view_pictures *p, uint32_t frame)
{
	const struct full *f = p ? find_full(p, frame) : NULL;

	if (!f && p && p->follower)
		f = find_full(p->follower, frame);
	return f && f->cursor.width && f->cursor.height ? &f->cursor : NULL;
}

const struct view_picture *view_pictures_thumb(const struct view_pictures *p, uint32_t frame)
{
	uint32_t i;

	if (!p || frame >= p->m->frame_count)
		return NULL;
	if (p->follower)
		p = p->follower;
	i = frame / p->stride;
	for (i = i < VIEW_THUMBS_MAX ? i + 1 : VIEW_THUMBS_MAX; i--;) {
		if (p->thumbs[i].pixels)
			return &p->thumbs[i];
	}
	return NULL;
}

const struct view_picture *view_pictures_content(struct view_pictures *p, uint32_t command,
						 uint32_t resource_id, bool *exact)
{
	*exact = false;
	return p ? view_contents_get(&p->contents, command, resource_id, exact) : NULL;
}

void view_pictures_want_contents(struct view_pictures *p, uint32_t command,
				 const uint32_t *resource_ids, uint32_t n)
{
	if (!p || !view_contents_wish(&p->contents, command, resource_ids, n))
		return;
	if (p->child) {
		p->state = VIEW_PICTURES_WORKING;
		if (!tell(p, &p->contents.wish))
			p->contents.due = 0;
	} else if (p->starts < STARTS_MAX) {
		start(p, VIEW_NONE);
	}
}

bool view_pictures_have_contents(const struct view_pictures *p)
{
	return !p || !p->child || !p->contents.due;
}

bool view_pictures_missing(const struct view_pictures *p, uint32_t frame)
{
	const struct full *f;

	if (!p || frame >= p->m->frame_count)
		return true;
	f = find_full(p, frame);
	if (!f && p->follower)
		f = find_full(p->follower, frame);
	if (!f && p->follower && frame >= newest_full(p->follower))
		return !p->follower->child;
	return f ? !f->picture.pixels || !f->picture.width : !p->child;
}

enum view_pictures_state view_pictures_state(const struct view_pictures *p)
{
	return p ? p->state : VIEW_PICTURES_FAILED;
}

const char *view_pictures_about(const struct view_pictures *p)
{
	if (p && p->follower && !p->about[0])
		p = p->follower;
	return p ? p->about : "";
}
