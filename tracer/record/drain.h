/* SPDX-License-Identifier: MIT */
/* Private to `vgpu-trace record`: from the kernel side's events to the trace. */
#ifndef VGPU_TRACER_RECORD_DRAIN_H
#define VGPU_TRACER_RECORD_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/filter.h>
#include <vgpu/trace.h>
#include <vgpu/transfer.h>

#include "events.h"

/* --- map.c: u64 -> u64, open addressing, grows; key 0 is fine. -------------------------- */

struct record_map_slot {
	uint64_t key, value;
	bool used;
};

struct record_map {
	struct record_map_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

void record_map_finish(struct record_map *map);
/* NULL when the key is not there; the pointer lives until the next put or remove. */
uint64_t *record_map_get(const struct record_map *map, uint64_t key);
/* 0 or -ENOMEM; replaces. */
int record_map_put(struct record_map *map, uint64_t key, uint64_t value);
/* Returns whether the key was there; *value (may be NULL) is what it had. */
bool record_map_remove(struct record_map *map, uint64_t key, uint64_t *value);

static inline uint64_t record_key(uint32_t device, uint32_t id)
{
	return (uint64_t)device << 32 | id;
}

/* --- ring.c: reader of a BPF ring buffer that can look before it takes. ----------------- */

struct record_ring {
	int fd; /* owned by the BPF object; becomes readable for epoll when the kernel side wakes us */
	size_t size;
	unsigned long *consumer;
	const unsigned long *producer;
	const uint8_t *data;
	uint8_t *torn; /* RECORD_EVENT_MAX bytes, for a record that goes over the ring's end */
	const void *peeked;
	unsigned long peeked_end;
};

/* A size that a ring can have, not less than `bytes`. */
size_t record_ring_size(size_t bytes);
/* `size` as given to the map. 0 or -errno. */
int record_ring_init(struct record_ring *ring, int fd, size_t size);
void record_ring_finish(struct record_ring *ring);
/*
 * The oldest record, in place, and its size; NULL when there is none or when its writer has not
 * finished it. Stays until record_ring_pop.
 */
const void *record_ring_peek(struct record_ring *ring, size_t *size);
void record_ring_pop(struct record_ring *ring);
/* Looks at all records up to the first unfinished one, oldest first, and takes none; none is peeked. */
void record_ring_each(const struct record_ring *ring,
		      void (*visit)(void *data, const void *record, size_t size), void *data);
/* Positions in bytes since the ring was made. */
uint64_t record_ring_consumed(const struct record_ring *ring);
uint64_t record_ring_produced(const struct record_ring *ring);

/* --- shadow.c: what the reader of the trace has in memory, page by page. ---------------- */

struct record_shadow;

/* Called for each run of bytes that the trace must get. 0 or a negative error, which is returned. */
typedef int record_emit_fn(void *data, uint64_t space, uint64_t address, const uint8_t *bytes,
			   size_t size);

/* At most `max_bytes` of guest memory are mirrored; what falls out is sent again. */
int record_shadow_create(struct record_shadow **out, size_t max_bytes);
void record_shadow_destroy(struct record_shadow *shadow);
/*
 * The device is about to read these bytes, which lie in one page: emits those that the trace does
 * not have there yet.
 */
int record_shadow_update(struct record_shadow *shadow, uint64_t space, uint64_t address,
			 const uint8_t *bytes, size_t size, record_emit_fn *emit, void *data);
/* The device may have written here, or the memory is no longer backing. */
void record_shadow_forget(struct record_shadow *shadow, uint64_t space, uint64_t address,
			  uint64_t size);
void record_shadow_forget_all(struct record_shadow *shadow);
size_t record_shadow_pages(const struct record_shadow *shadow);
/*
 * For a new reader, who has nothing: emits all that is known in a range, and nothing twice. When all
 * ranges are through, forget_rest drops what was in none of them.
 */
int record_shadow_repeat(struct record_shadow *shadow, uint64_t space, uint64_t address,
			 uint64_t size, record_emit_fn *emit, void *data);
void record_shadow_forget_rest(struct record_shadow *shadow);

/* --- backing.c: which device addresses back a resource. --------------------------------- */

struct record_range {
	uint64_t address;
	uint64_t start; /* bytes into the resource */
	uint32_t size;
};

struct record_backing {
	uint32_t count;
	bool unstable; /* the device writes there at times that no command tells */
	struct record_range ranges[];
};

struct record_backings {
	struct record_map map; /* record_key -> struct record_backing * */
};

void record_backings_finish(struct record_backings *b);
/* `entries`: struct virtio_gpu_mem_entry on the wire, `size` bytes. Replaces. 0 or -ENOMEM. */
int record_backings_set(struct record_backings *b, uint32_t device, uint32_t resource,
			const uint8_t *entries, size_t size);
struct record_backing *record_backings_get(const struct record_backings *b, uint32_t device,
					   uint32_t resource);
void record_backings_drop(struct record_backings *b, uint32_t device, uint32_t resource);
void record_backings_drop_device(struct record_backings *b, uint32_t device);
/*
 * The address of byte `offset` of a resource into *address; returns how many bytes from there on
 * lie at consecutive addresses, 0 past the end.
 */
uint64_t record_backing_find(const struct record_backing *backing, uint64_t offset,
			     uint64_t *address);

/* --- readback.c: pages that the device wrote, until their answers come. ------------------ */

struct record_readbacks {
	struct record_page *pages;
	size_t count, room;
	uint64_t lost; /* not told of yet */
};

void record_readbacks_finish(struct record_readbacks *b);
int record_readbacks_page(struct record_readbacks *b, const struct record_page *p);

/* --- devices.c: what sysfs and the kernel say of themselves. ----------------------------- */

struct record_text {
	char bytes[32 << 10];
	size_t size;
};

/* Appends "key=value\0"; drops what has no room. */
void record_text_add(struct record_text *text, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The N of a virtioN given by this name or by the PCI address of its device; UINT32_MAX: none. */
uint32_t record_device_named(const char *name);
/* Fills numbers[] with the N of each virtioN that the driver has; returns how many, at most max. */
size_t record_devices_find(uint32_t *numbers, size_t max);
void record_device_describe(uint32_t number, struct record_text *out);
/* The directory of its DRM card in sysfs, which the connectors' are in; false: it has none. */
bool record_device_card(uint32_t number, char *out, size_t size);
/* Bytes of memory of this machine. */
uint64_t record_machine_memory(void);

/* --- drain.c, pages.c: events to records. ------------------------------------------------ */

#define RECORD_DEVICES_MAX 16
/* Bytes of guest memory in one record: four of them fit a chunk of the writer. */
#define RECORD_RUN_MAX     (60u << 10)

/* stages.c: which command a moment belongs to. */
#define RECORD_IOCTLS_MAX  64 /* threads in an ioctl at a time */
#define RECORD_QUEUED_MAX  64 /* commands that one queues, or waits for, and that get their exit */
#define RECORD_KICKS_MAX   1024 /* commands that the device has not been told of */

struct record_ioctl {
	uint32_t tid, count; /* count 0: free */
	bool waits;          /* it is DRM_IOCTL_VIRTGPU_WAIT */
	uint64_t ids[RECORD_QUEUED_MAX];
};

/* A command that is queued; once kicked, only until the thread that does it is through. */
struct record_kick {
	uint64_t id, queue_address;
	uint32_t tid; /* 0: not kicked yet */
};

struct record_stages {
	struct record_ioctl ioctls[RECORD_IOCTLS_MAX];
	struct record_kick kicks[RECORD_KICKS_MAX]; /* oldest first */
	uint32_t kick_count;
	struct record_map queued; /* command id -> when it was queued, until it is answered */
	struct record_map silent; /* key -> id of a command that has no response */
	struct record_map waits;  /* tid -> command id */
};

struct record_device {
	uint32_t number; /* of virtioN */
	uint64_t queue_address[2];
	uint64_t interrupt_ns[2]; /* the last one */
	uint32_t seqno[2];        /* last seen; 0: none yet */
	uint64_t time_ns[2];
};

/* Adds what is known of virtioN beside what sysfs says. */
typedef void record_describe_fn(void *data, uint32_t number, struct record_text *out);

struct record_drain {
	struct vgpu_trace_writer *writer;
	uint64_t begun; /* id of the last command in the files before this one */
	/* The file before, while it waits for answers to its commands; NULL: there is none. */
	struct vgpu_trace_writer *last;
	uint64_t last_begun;
	size_t last_waiting;          /* commands of it without an answer */
	record_describe_fn *describe; /* may be NULL */
	void *describe_data;
	struct record_turns *turns;       /* NULL: one file for all */
	struct record_keeper *keeper;     /* NULL: none; owned by the caller */
	struct record_choice *choice;     /* NULL: every command is recorded; owned by the caller */
	uint64_t snap;                    /* bytes of a stream that are recorded; 0: all */
	uint64_t left_out, told_left_out; /* commands that were not chosen */
	uint32_t skipping; /* 1 + number of the device whose memory is not wanted just now */
	bool ahead;        /* memory was taken whose command is not here yet */
	struct record_ring *commands, *pages;
	struct record_shadow *shadow;
	struct record_backings backings;
	struct record_readbacks readbacks;
	struct record_map waiting; /* response buffer -> command id */
	struct record_map fences;  /* fence id -> command id */
	struct record_map threads; /* tid -> hash of its name */
	struct record_stages stages;
	bool with_stages, with_kicks;
	struct record_map foreign; /* record_key of a context -> its capset, where not virgl */
	struct record_device devices[RECORD_DEVICES_MAX];
	uint32_t device_count;
	uint64_t id; /* of the last command */
	uint64_t time_ns;
	uint64_t first_ns;
	uint64_t checked_ns; /* when the kernel side's counters were last looked at */
	/* A run of guest memory under construction. */
	uint8_t *run;
	size_t run_size;
	uint64_t run_space, run_address;
	/* Request bytes that came through the page ring. */
	uint8_t *request;
	size_t request_room, tail_size, tail_room;
	uint8_t *tail;
	/* What is missing, beside what the kernel side counts. */
	uint64_t lost, gaps, reported_commands;
	uint64_t reported_responses, reported_stages;
	uint64_t before;
	uint64_t responses;
};

int record_drain_init(struct record_drain *d, struct vgpu_trace_writer *writer,
		      struct record_ring *commands, struct record_ring *pages, size_t shadow_bytes);
void record_drain_finish(struct record_drain *d);
/*
 * DEVICE records for what is there; later ones come by themselves, described by what the driver
 * asks. `describe` may be NULL. 0 or a writer's error.
 */
int record_drain_devices(struct record_drain *d, record_describe_fn *describe, void *data,
			 uint64_t now);
/* What is in the rings, or much of it. Returns how many events there were, or a writer's error. */
int record_drain_run(struct record_drain *d);
/* The index in the trace of virtioN, of which a DEVICE record is written when it is new; or an error. */
int record_drain_device(struct record_drain *d, uint32_t number, uint64_t now);
/* Takes pages up to a position of their ring. `wait`: for those that are still being written. */
int record_drain_pages(struct record_drain *d, uint64_t limit, bool wait);
/* A record_emit_fn for a drain: runs that follow each other become one record. */
int record_drain_emit(void *drain, uint64_t space, uint64_t address, const uint8_t *bytes,
		      size_t size);
/* Writes what is held back, so that another record may follow. */
int record_drain_flush(struct record_drain *d);
/* A DEVICE record; `told`: with what the driver has been told of it. */
int record_drain_describe(struct record_drain *d, uint32_t index, bool told, uint64_t now);
/* The file that a command is in, NULL when it is closed; *id becomes its number there. */
struct vgpu_trace_writer *record_drain_file(const struct record_drain *d, uint64_t *id);

/* A PROCESS record when the thread, or its name (16 bytes), is new. */
int record_drain_process(struct record_drain *d, uint64_t time_ns, uint32_t pid, uint32_t tid,
			 const char *comm);

/*
 * losses.c: LOST records. 0 or a writer's error. This one: `number` of VGPU_TRACE_LOST_*, `bytes` in
 * all; `id` is that of the command which lacks them, 0: of no one command.
 */
int record_drain_lost(struct record_drain *d, uint32_t what, uint32_t queue, uint64_t number,
		      uint64_t bytes, uint64_t id, uint64_t first_ns);
/* For commands that were not chosen since the last one that was. */
int record_drain_left_out(struct record_drain *d);
/* Losses that only the kernel side counted; `final` also those that a later event might explain. */
int record_drain_losses(struct record_drain *d, const struct record_counters *counters,
			const struct record_missed *missed, uint64_t now, bool final);

/*
 * What waits for this answer to a command of the trace's device `device`, into the command's file;
 * `writer` NULL: it is forgotten. 0 or a writer's error.
 */
int record_readbacks_answer(struct record_drain *d, const struct record_response *r,
			    uint32_t device, struct vgpu_trace_writer *writer, uint64_t id);

/* stages.c; 0 or an error. */
int record_stages_command(struct record_drain *d, const struct record_command *c, uint64_t id);
int record_stages_write(struct record_drain *d, uint64_t time_ns, uint64_t id, uint32_t stage,
			uint32_t tid);
/* Before the response's own record. */
int record_stages_response(struct record_drain *d, uint32_t device, uint32_t queue, uint64_t id);
int record_stages_moment(struct record_drain *d, const struct record_moment *m);
int record_stages_wait(struct record_drain *d, const struct record_wait *w);
/* The device was bound anew: what waits in its queues will not be kicked. */
void record_stages_epoch(struct record_drain *d);
void record_stages_finish(struct record_stages *s);

/*
 * turns.c: a ring of files. Each begins with what is known by then, so that it stands alone; what
 * still belongs to the file before goes there. 0 or an error.
 */
int record_turns_begin(struct record_drain *d);
void record_turns_finish(struct record_drain *d);
int record_turns_command(struct record_drain *d, uint32_t device, const struct record_command *c,
			 const uint8_t *request, size_t size);
/* A request that was made up, for state from before the recording. */
int record_turns_snapshot(struct record_drain *d, uint32_t device, const uint8_t *request,
			  size_t size);
void record_turns_response(struct record_drain *d, uint32_t number, uint64_t id,
			   const uint8_t *response, size_t size);
/* Who has a context that was there before the recording. */
int record_turns_owner(struct record_drain *d, uint32_t device,
		       const struct vgpu_trace_context *context);
void record_turns_epoch(struct record_drain *d, uint32_t device);
void record_turns_missing(struct record_drain *d, uint32_t device);
/* Nothing is half done, and the last file is closed. */
bool record_turns_possible(const struct record_drain *d);
/* `writer` has HEADER only; the one before becomes d->last. */
int record_turns_next(struct record_drain *d, struct vgpu_trace_writer *writer, uint64_t now);

/* choice.c: which commands are recorded. */
struct record_choice;

/*
 * Those that the filter fits (NULL: all) and that are the process's or one's that it began (0:
 * anyone's): queued by it, for its contexts, or naming its resources. What makes and unmakes contexts,
 * resources and scanouts is chosen always, so that the rest can be understood. The filter stays the
 * caller's. 0 or -ENOMEM.
 */
int record_choice_create(struct record_choice **out, const struct vgpu_filter *filter,
			 uint32_t pid);
void record_choice_destroy(struct record_choice *choice);
/* 1: it is; 0; or -ENOMEM. */
int record_choose(struct record_choice *choice, uint32_t device, const struct record_command *c,
		  uint64_t number);
/* A context that was there before the recording is this process's. 0 or -ENOMEM. */
int record_choice_owner(struct record_choice *choice, uint32_t device, uint32_t ctx_id,
			uint32_t pid);

/*
 * keeper.c: what a device must execute to be in its state, of what was written so far; at most
 * `memory_max` bytes of it, beyond which nothing is kept any more. 0 or -ENOMEM.
 */
struct record_keeper;
struct vgpu_remake_point;

int record_keeper_create(struct record_keeper **out, size_t memory_max);
void record_keeper_destroy(struct record_keeper *keeper); /* NULL is fine */
/* For the writer's options: `tap`. */
void record_keeper_add(void *keeper, const struct vgpu_trace_record *record);
/* Whether what is written from now on is news. NULL is fine. */
void record_keeper_listen(struct record_keeper *keeper, bool listen);
/* The first device's state; NULL: it is not known. vgpu_remake_point_destroy() it. */
struct vgpu_remake_point *record_keeper_point(struct record_keeper *keeper);
/* Writes it into the file at hand, of which nobody has any memory yet. 0 or a writer's error. */
int record_keeper_play(struct record_drain *d, struct vgpu_remake_point *point);

/* effects.c: what a command changes for the ones behind it. 0 or an error. */
int record_effects(struct record_drain *d, uint32_t device, uint64_t id, const uint8_t *request,
		   size_t size);

#endif
