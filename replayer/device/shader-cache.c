/* SPDX-License-Identifier: MIT */
#include "shader-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* How often its parent looks at what was written. */
#define LOOK_NS     100000000u
#define SECRET_SIZE 192
#define NAME_SIZE   33 /* 128 bits in hex */
#define CHUNK       65536

enum tree_work {
	TREE_SUM,   /* bytes on the disk */
	TREE_BOUND, /* empty files that are too large: how many */
	TREE_REMOVE,
};

static uint64_t tree(const char *path, enum tree_work work)
{
	char *paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	uint64_t sum = 0;
	FTSENT *e;

	while (fts && (e = fts_read(fts))) {
		if (e->fts_info == FTS_DP && work == TREE_REMOVE)
			rmdir(e->fts_accpath);
		if (e->fts_info != FTS_F)
			continue;
		if (work == TREE_SUM)
			sum += (uint64_t)e->fts_statp->st_blocks * 512;
		else if (work == TREE_REMOVE)
			unlink(e->fts_accpath);
		else if (e->fts_statp->st_size > SHADER_CACHE_FILE)
			sum += !truncate(e->fts_accpath, 0);
	}
	if (fts)
		fts_close(fts);
	return sum;
}

/* Make the folder of all traces. False: there is none that is this user's alone. */
static bool root_make(struct shader_cache *c)
{
	static const char *const parts[] = { "", "/vgpu", "/shaders" };
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	size_t room = sizeof(c->root) - sizeof("/.cache/vgpu/shaders"), i;
	struct stat st;

	/* The XDG base directory specification: what is relative is to be ignored. */
	if (base && *base == '/' && strlen(base) < room)
		strcpy(c->root, base);
	else if (home && *home == '/' && strlen(home) < room)
		sprintf(c->root, "%s/.cache", home);
	else
		return false;
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		strcat(c->root, parts[i]);
		if (mkdir(c->root, 0700) && errno != EEXIST)
			return false;
	}
	return !lstat(c->root, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* What makes this user's names. Two that make it at once lose what one of them keeps, and no more. */
static bool secret_get(const struct shader_cache *c, uint8_t secret[SECRET_SIZE])
{
	char path[4096], made[4096];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/secret", c->root);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, secret, SECRET_SIZE);
		close(fd);
	}
	if (n == SECRET_SIZE)
		return true;
	if (getrandom(secret, SECRET_SIZE, 0) != SECRET_SIZE)
		return false;
	snprintf(made, sizeof(made), "%s/secret.%d", c->root, (int)getpid());
	fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	n = write(fd, secret, SECRET_SIZE);
	if (!close(fd) && n == SECRET_SIZE && !rename(made, path))
		return true;
	unlink(made);
	return false;
}

/* Hash a file of moderate size. */
static bool trace_hash(const char *trace, const uint8_t *secret, XXH128_hash_t *out)
{
	/* A pipe is neither waited for nor read. */
	int fd = open(trace, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint8_t *bytes = malloc(CHUNK);
	XXH3_state_t *state = XXH3_createState();
	uint64_t size = 0;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 || !bytes || !state || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size > SHADER_CACHE_TRACE ||
	    XXH3_128bits_reset_withSecret(state, secret, SECRET_SIZE) != XXH_OK)
		goto out;
	do {
		n = read(fd, bytes, CHUNK);
		size += n > 0 ? (uint64_t)n : 0;
		if (size > SHADER_CACHE_TRACE)
			n = -1;
		else if (n > 0)
			XXH3_128bits_update(state, bytes, (size_t)n);
	} while (n > 0);
	*out = XXH3_128bits_digest(state);
out:
	XXH3_freeState(state);
	free(bytes);
	if (fd >= 0)
		close(fd);
	return !n;
}

void shader_cache_open(struct shader_cache *c, const char *trace)
{
	uint8_t secret[SECRET_SIZE];
	XXH128_hash_t hash;

	*c = (struct shader_cache) { 0 };
	if (!trace || !strcmp(trace, "-") || !root_make(c) || !secret_get(c, secret) ||
	    !trace_hash(trace, secret, &hash))
		return;
	snprintf(c->path, sizeof(c->path), "%s/%016llx%016llx", c->root,
		 (unsigned long long)hash.high64, (unsigned long long)hash.low64);
	/* Its time is that of its last use. */
	c->made = !mkdir(c->path, 0700);
	if ((!c->made && errno != EEXIST) || utimensat(AT_FDCWD, c->path, NULL, 0))
		c->path[0] = '\0';
}

void shader_cache_use(const struct shader_cache *c)
{
	if (!c->path[0]) {
		setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
		return;
	}
	setenv("MESA_SHADER_CACHE_DIR", c->path, 1);
	/* Its other ways open a file for each shader, or open files again. */
	setenv("MESA_DISK_CACHE_SINGLE_FILE", "true", 1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void shader_cache_bound(struct shader_cache *c)
{
	uint64_t now;

	if (!c->path[0])
		return;
	now = now_ns();
	if (now - c->looked_ns < LOOK_NS)
		return;
	c->looked_ns = now;
	c->over |= tree(c->path, TREE_BOUND) > 0;
}

struct kept {
	char name[NAME_SIZE];
	struct timespec used;
};

/* The newest first. */
static int kept_compare(const void *a, const void *b)
{
	const struct timespec *x = &((const struct kept *)a)->used;
	const struct timespec *y = &((const struct kept *)b)->used;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

/* Folders of traces, in no order. */
static size_t kept_list(const struct shader_cache *c, struct kept **out)
{
	size_t count = 0, room = 0;
	struct kept *list = NULL, *more;
	struct dirent *e;
	struct stat st;
	DIR *dir;

	dir = opendir(c->root);
	while (dir && (e = readdir(dir))) {
		if (strspn(e->d_name, "0123456789abcdef") != NAME_SIZE - 1 ||
		    e->d_name[NAME_SIZE - 1] || fstatat(dirfd(dir), e->d_name, &st, 0))
			continue;
		if (count == room) {
			room = room ? 2 * room : 64;
			more = realloc(list, room * sizeof(*list));
			if (!more)
				break;
			list = more;
		}
		memcpy(list[count].name, e->d_name, NAME_SIZE);
		list[count++].used = st.st_mtim;
	}
	if (dir)
		closedir(dir);
	*out = list;
	return count;
}

void shader_cache_prune(const struct shader_cache *c, uint64_t bytes, size_t count)
{
	size_t kept, i;
	uint64_t sum = 0;
	struct kept *list;
	char path[4096];

	kept = kept_list(c, &list);
	if (kept)
		qsort(list, kept, sizeof(*list), kept_compare);
	for (i = 0; i < kept; i++) {
		snprintf(path, sizeof(path), "%s/%s", c->root, list[i].name);
		if (sum <= bytes)
			sum += tree(path, TREE_SUM);
		if (i >= count || sum > bytes)
			tree(path, TREE_REMOVE);
	}
	free(list);
}

void shader_cache_close(struct shader_cache *c)
{
	if (!c->path[0])
		return;
	c->looked_ns = 0;
	shader_cache_bound(c);
	if (c->over)
		tree(c->path, TREE_REMOVE);
	/* Where no renderer was at work. */
	rmdir(c->path);
	if (c->made)
		shader_cache_prune(c, SHADER_CACHE_BYTES, SHADER_CACHE_COUNT);
	c->path[0] = '\0';
}
