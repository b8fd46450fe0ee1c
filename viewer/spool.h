/* SPDX-License-Identifier: MIT */
/*
 * A trace is read several times, a pipe only once: what comes is copied into a file without a name,
 * by a thread. Whoever wants to see it as it comes follows the file.
 */
#ifndef VGPU_VIEW_SPOOL_H
#define VGPU_VIEW_SPOOL_H

struct view_spool;
struct view_feed;

/* Copy what comes from `fd`, which stays the caller's. 0 or -errno. */
int view_spool_create(struct view_spool **out, int fd);
/* Stops the copying. Feeds must have ended before. NULL is fine. */
void view_spool_destroy(struct view_spool *s);

/* Names the file as long as the spool is there. */
const char *view_spool_path(const struct view_spool *s);

/* Wait for the end of what comes. 0, or the -errno that ended it. */
int view_spool_wait(struct view_spool *s);

/*
 * A pipe that gives all that came and will come, as it comes; *fd is its end to read from, the
 * caller's. Also in a child of the process, as long as it has the file's descriptor. 0 or -errno.
 */
int view_feed_create(struct view_feed **out, const struct view_spool *s, int *fd);
/* The pipe ends. NULL is fine. */
void view_feed_destroy(struct view_feed *f);

#endif
