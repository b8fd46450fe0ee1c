/* SPDX-License-Identifier: MIT */
/*
 * The trace file: records, their bodies, the writer and the reader.
 * Normative text: formats/trace-format.md.
 */
#ifndef VGPU_TRACE_H
#define VGPU_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define VGPU_TRACE_VERSION_MAJOR 1
#define VGPU_TRACE_VERSION_MINOR 0

/* A record's whole length may not pass this; MEMORY is split by the writer's caller. */
#define VGPU_TRACE_RECORD_MAX    (16u << 20)

/* VGPU_TRACE_<name>: record types, stages, causes of loss, sources. */
enum vgpu_trace_type {
#define VGPU_TRACE_RECORD(number, name, text) VGPU_TRACE_##name = (number),
#include <vgpu/trace.def>
};

enum vgpu_trace_stage_id {
#define VGPU_TRACE_STAGE_ID(number, name, text) VGPU_TRACE_STAGE_##name = (number),
#include <vgpu/trace.def>
};

enum vgpu_trace_loss {
#define VGPU_TRACE_LOSS(number, name, text) VGPU_TRACE_LOST_##name = (number),
#include <vgpu/trace.def>
};

/* "COMMAND", "fence signal", …; NULL for a number that has no name. Static strings. */
const char *vgpu_trace_type_name(unsigned int type);
const char *vgpu_trace_stage_name(unsigned int stage);
const char *vgpu_trace_loss_name(unsigned int what);
/* What LOST tells of was not to be recorded, or was before the recording: nothing went wrong. */
bool vgpu_trace_loss_is_meant(unsigned int what);

/* A record as it stands in the uncompressed stream. */
struct vgpu_trace_record {
	uint16_t type;
	uint16_t flags;
	uint64_t time_ns;
	const uint8_t *body; /* owned by the reader, until its next call */
	size_t body_size;    /* bytes */
	uint64_t number;     /* of the record, from 0 */
	uint64_t offset;     /* of the record in the uncompressed stream, bytes */
};

/*
 * Bodies. Pointers into a parsed body live as long as the record. `text` fields are lists of
 * "key=value" strings, each ending in a NUL, `text_size` bytes in all.
 */
struct vgpu_trace_header {
	uint16_t major, minor; /* of the format; the writer sets them itself */
	uint32_t clock;        /* clockid_t of every time_ns: 1 is CLOCK_MONOTONIC */
	uint8_t file_id[16];
	uint64_t realtime_ns; /* CLOCK_REALTIME when time_ns of this record was taken */
	const char *text;     /* source=guest-ebpf, recorder=, options=, kernel=, machine=, … */
	size_t text_size;
};

struct vgpu_trace_device {
	uint32_t device;  /* index of the device in this trace, from 0 */
	const char *text; /* bus=, pci=, driver=, features=, … */
	size_t text_size;
};

struct vgpu_trace_process {
	uint32_t pid, tid; /* pid: the process (kernel's tgid) */
	char comm[16];     /* NUL-terminated */
	const char *command_line;
	size_t command_line_size; /* arguments, each ending in a NUL */
};

struct vgpu_trace_context {
	uint32_t ctx_id, pid, tid;
	uint32_t capset;  /* context_init & 0xff */
	const char *name; /* debug name, not terminated */
	size_t name_size;
};

struct vgpu_trace_command {
	uint64_t id;            /* number of the command in this trace, from 1, over all queues */
	uint32_t device, queue; /* queue 0: control, 1: cursor */
	uint32_t seqno;         /* the driver's own number; 0: not known */
	uint32_t free_slots;    /* of the ring, after queueing; UINT32_MAX: not known */
	uint32_t pid, tid;      /* who queued it; 0: not known */
	uint32_t response_size; /* bytes of room for the response; 0: none is expected */
	const uint8_t *request; /* what the device reads, all descriptors in order */
	size_t request_size;
};

struct vgpu_trace_response {
	uint64_t id; /* of the command */
	const uint8_t *response;
	size_t response_size;
};

struct vgpu_trace_stage {
	uint64_t id; /* of the command */
	uint32_t stage;
	uint32_t tid;
};

struct vgpu_trace_memory {
	uint64_t space;   /* 0: the address space of ATTACH_BACKING */
	uint64_t address; /* of the first byte */
	const uint8_t *bytes;
	size_t size;
};

/* What the device wrote into the guest's memory, for the guest to read. */
struct vgpu_trace_readback {
	uint64_t id;      /* of the command */
	uint64_t space;   /* 0: the address space of ATTACH_BACKING */
	uint64_t address; /* of the first byte */
	const uint8_t *bytes;
	size_t size;
};

struct vgpu_trace_lost {
	uint32_t what;         /* enum vgpu_trace_loss */
	uint32_t queue;        /* UINT32_MAX: any */
	uint64_t count, bytes; /* bytes 0: not known */
	uint64_t first_ns, last_ns;
	uint64_t id; /* command it belongs to; 0: none */
};

struct vgpu_trace_snapshot {
	uint32_t device;
	const uint8_t *request;
	size_t request_size;
};

struct vgpu_trace_epoch {
	uint32_t device;
	uint32_t reason; /* 0: device bound, 1: unbound, 2: reset */
};

struct vgpu_trace_end {
	uint64_t commands, responses, memory_bytes, lost;
};

/*
 * Parse a record's body. 0, VGPU_ERR_TRUNCATED when the body is too short, or VGPU_ERR_INVALID when
 * the record is of another type.
 */
int vgpu_trace_parse_header(const struct vgpu_trace_record *r, struct vgpu_trace_header *out);
int vgpu_trace_parse_device(const struct vgpu_trace_record *r, struct vgpu_trace_device *out);
int vgpu_trace_parse_process(const struct vgpu_trace_record *r, struct vgpu_trace_process *out);
int vgpu_trace_parse_context(const struct vgpu_trace_record *r, struct vgpu_trace_context *out);
int vgpu_trace_parse_command(const struct vgpu_trace_record *r, struct vgpu_trace_command *out);
int vgpu_trace_parse_response(const struct vgpu_trace_record *r, struct vgpu_trace_response *out);
int vgpu_trace_parse_stage(const struct vgpu_trace_record *r, struct vgpu_trace_stage *out);
int vgpu_trace_parse_memory(const struct vgpu_trace_record *r, struct vgpu_trace_memory *out);
int vgpu_trace_parse_readback(const struct vgpu_trace_record *r, struct vgpu_trace_readback *out);
int vgpu_trace_parse_lost(const struct vgpu_trace_record *r, struct vgpu_trace_lost *out);
int vgpu_trace_parse_snapshot(const struct vgpu_trace_record *r, struct vgpu_trace_snapshot *out);
int vgpu_trace_parse_epoch(const struct vgpu_trace_record *r, struct vgpu_trace_epoch *out);
int vgpu_trace_parse_end(const struct vgpu_trace_record *r, struct vgpu_trace_end *out);

/* The value for `key` in a text list, or NULL; points into the text. */
const char *vgpu_trace_text_get(const char *text, size_t text_size, const char *key);
/*
 * The bytes of a hexadecimal value, which ends in a NUL: those that fit into out[0 .. room - 1].
 * Returns how many there are in all; 0 when it is not hexadecimal.
 */
size_t vgpu_trace_text_bytes(const char *value, uint8_t *out, size_t room);

/*
 * Writer. Not thread-safe: one thread at a time calls it. Compression and writing happen in a
 * thread of its own; when that is behind by more than `queue_bytes`, calls block: nothing is ever
 * dropped, and memory stays bounded by the queue and a few frames.
 * The first record written must be the header, the last (by finish) is END.
 */
struct vgpu_trace_writer;

struct vgpu_trace_writer_options {
	int level; /* zstd's; 0: 3, or about 11 while less than 6 MiB of records come a second */
	uint32_t frame_bytes; /* uncompressed bytes per zstd frame, and of its window; 0: 8 MiB */
	uint32_t frame_ms;    /* longest time a zstd frame stays open; 0: 8000 ms */
	uint32_t flush_ms;    /* longest time a record waits in memory; 0: 250 ms */
	uint32_t queue_bytes; /* uncompressed bytes waiting for compression; 0: 32 MiB */
	/* Sees each record as it is taken, in the caller's thread; may be NULL. Its number and offset
	   are 0, its body lives until the call returns. */
	void (*tap)(void *data, const struct vgpu_trace_record *record);
	void *tap_data;
	/* Rather a larger file than a caller who waits, or who needs the processor. About level 11 only
	   as long as the writer's thread takes no more than 4 % of one for all it does. With a
	   quarter of the queue full a frame is ended, and the next one compressed little; with three
	   quarters, hardly at all. */
	bool hurry;
	/* The writer's thread's nice value (setpriority(2)) while it hurries, where the process may set
	   it; 0: as it is. */
	int hurry_nice;
};

/* What has been written so far. All counts since create. */
struct vgpu_trace_writer_stats {
	uint64_t records;
	uint64_t raw_bytes, file_bytes; /* uncompressed, compressed: those that are in the file */
	uint64_t commands, responses, memory_bytes, lost;
	int error; /* first -errno of writing; 0: none */
};

/*
 * A writer on `fd` (file or pipe; the caller keeps and closes it). `options` may be NULL.
 * 0 or -errno.
 */
int vgpu_trace_writer_create(struct vgpu_trace_writer **out, int fd,
			     const struct vgpu_trace_writer_options *options);

/*
 * Append one record. 0, or the first error met by the writing thread so far (-ENOSPC, -EPIPE, …),
 * after which nothing more is written and every whole frame before it stays valid.
 * VGPU_ERR_TOO_LARGE for a record longer than VGPU_TRACE_RECORD_MAX: nothing was written, and the
 * writer goes on. -EINVAL when the first record is not the header, for COLUMNS, which the writer
 * makes itself, and behind an END, which is for copying a trace as it is: finish then adds none.
 */
int vgpu_trace_write(struct vgpu_trace_writer *w, uint16_t type, uint16_t flags, uint64_t time_ns,
		     const void *body, size_t body_size);
int vgpu_trace_write_header(struct vgpu_trace_writer *w, uint64_t time_ns,
			    const struct vgpu_trace_header *h);
int vgpu_trace_write_device(struct vgpu_trace_writer *w, uint64_t time_ns,
			    const struct vgpu_trace_device *d);
int vgpu_trace_write_process(struct vgpu_trace_writer *w, uint64_t time_ns,
			     const struct vgpu_trace_process *p);
int vgpu_trace_write_context(struct vgpu_trace_writer *w, uint64_t time_ns,
			     const struct vgpu_trace_context *c);
int vgpu_trace_write_command(struct vgpu_trace_writer *w, uint64_t time_ns,
			     const struct vgpu_trace_command *c);
int vgpu_trace_write_response(struct vgpu_trace_writer *w, uint64_t time_ns,
			      const struct vgpu_trace_response *r);
int vgpu_trace_write_stage(struct vgpu_trace_writer *w, uint64_t time_ns,
			   const struct vgpu_trace_stage *s);
int vgpu_trace_write_memory(struct vgpu_trace_writer *w, uint64_t time_ns,
			    const struct vgpu_trace_memory *m);
int vgpu_trace_write_readback(struct vgpu_trace_writer *w, uint64_t time_ns,
			      const struct vgpu_trace_readback *b);
int vgpu_trace_write_lost(struct vgpu_trace_writer *w, uint64_t time_ns,
			  const struct vgpu_trace_lost *l);
int vgpu_trace_write_snapshot(struct vgpu_trace_writer *w, uint64_t time_ns,
			      const struct vgpu_trace_snapshot *s);
int vgpu_trace_write_epoch(struct vgpu_trace_writer *w, uint64_t time_ns,
			   const struct vgpu_trace_epoch *e);

/*
 * Write what has waited flush_ms, and close a frame that is frame_ms old, so that what was recorded
 * reaches the file although no further record comes. Call it now and then; cheap when there is
 * nothing to do.
 */
int vgpu_trace_writer_tick(struct vgpu_trace_writer *w);

/* Send what waits on its way now. Each call costs the file some bytes. 0 or the first error. */
int vgpu_trace_writer_flush(struct vgpu_trace_writer *w);

void vgpu_trace_writer_stats(struct vgpu_trace_writer *w, struct vgpu_trace_writer_stats *out);

/*
 * Write END with what was counted (unless there is one), the last frame, the summary and the seek
 * table, and wait until all is written.
 * Does not free. 0 or the first error. The caller closes the descriptor.
 */
int vgpu_trace_writer_finish(struct vgpu_trace_writer *w, uint64_t time_ns);

/* Free; without finish the file is left as if the program had been killed. NULL is fine. */
void vgpu_trace_writer_destroy(struct vgpu_trace_writer *w);

/*
 * Reader: from a file, memory or a pipe, compressed or not; forward, and in files and memory to any
 * place. Not thread-safe: one thread at a time calls it.
 */
struct vgpu_trace_reader;

/* How a trace ended; valid once next() has returned 0 or an error. */
struct vgpu_trace_status {
	bool ended;          /* an END record was read, and nothing follows it but whole traces */
	bool cut;            /* the file ends in the middle of a frame or without END */
	uint64_t lost_bytes; /* file bytes that gave no record */
	uint64_t damage_offset; /* in the file, of the first damage or cut; UINT64_MAX: none */
	uint64_t lost_records;  /* in damaged frames, as far as their index survived */
	uint64_t records;
	uint64_t raw_bytes;  /* uncompressed, read so far */
	uint64_t file_bytes; /* read so far */
};

/*
 * Open a path; "-" is standard input. 0, -errno, VGPU_ERR_NOT_A_TRACE or VGPU_ERR_VERSION.
 * An empty file, or one cut within its header, opens and is told as cut. *out is NULL after an
 * error, but not after VGPU_ERR_VERSION: then it can be asked for its version, and is to be closed.
 */
int vgpu_trace_reader_open(struct vgpu_trace_reader **out, const char *path);
/* The same on a descriptor, which the caller keeps. */
int vgpu_trace_reader_open_fd(struct vgpu_trace_reader **out, int fd);
/* The same on `size` bytes at `data`, which stay the caller's until the reader is closed. */
int vgpu_trace_reader_open_memory(struct vgpu_trace_reader **out, const void *data, size_t size);

/*
 * The next record. 1: *r is filled; 0: the end, whole or cut (ask status); < 0: the file cannot be
 * read (-errno). Damage is skipped up to the next whole frame and told by status.
 */
int vgpu_trace_reader_next(struct vgpu_trace_reader *reader, struct vgpu_trace_record *r);

/* What the writer of a whole file left at its end. */
struct vgpu_trace_summary {
	uint64_t records, raw_bytes, file_bytes;
	uint64_t first_ns, last_ns; /* of all records */
	uint64_t lost, shown;       /* sum of LOST counts; frames shown */
	uint64_t counts[32];        /* of records, by type */
};

struct vgpu_stats; /* <vgpu/stats.h> */

/*
 * The summary of a file or memory that holds one whole trace, and the statistics in it (unless
 * `stats` is NULL), which the caller destroys: they can be asked, but not added to. The records are
 * neither read nor checked: damage among them is not noticed. The place of reading does not change.
 * 1: filled; 0: there is none, all must be read; < 0: -errno.
 */
int vgpu_trace_reader_summary(struct vgpu_trace_reader *reader, struct vgpu_trace_summary *out,
			      struct vgpu_stats **stats);

/*
 * From here on hand out only records of some types: bit n of `types` stands for type n, bit 63 for
 * all from 63 on, those unknown to this library too. UINT64_MAX: all. Numbers, offsets and status
 * stay those of the whole trace.
 */
void vgpu_trace_reader_set_types(struct vgpu_trace_reader *reader, uint64_t types);

/*
 * Go to a place: next() goes on with the first record in the file that has that number or a larger
 * one; the first COMMAND with that id or a larger one; the first record but HEADER with that time or
 * a later one; at the end when there is none. If that one is of a type that is not wanted, next()
 * goes on behind it.
 *
 * In a whole file this reads the summary and one frame, in others everything before that place. A
 * pipe can only be gone through forward: what was handed out does not come again.
 *
 * 0, -errno, VGPU_ERR_VERSION; -ESPIPE for a number that a pipe has passed. What status tells (bytes
 * and records read, damage) is of all that was read since open, some of it perhaps several times.
 */
int vgpu_trace_reader_seek_record(struct vgpu_trace_reader *reader, uint64_t number);
int vgpu_trace_reader_seek_command(struct vgpu_trace_reader *reader, uint64_t id);
int vgpu_trace_reader_seek_time(struct vgpu_trace_reader *reader, uint64_t time_ns);

/*
 * For traces that are still being written, from a pipe: hand out the records of a frame as its blocks
 * arrive, a quarter of a second behind the writer. Otherwise (and so it is after open) a frame of up
 * to 24 MiB gives its records only when it is whole, up to 8 s later, and its checksum is right.
 * What a checksum then finds to be wrong has been handed out already, and status tells of it.
 */
void vgpu_trace_reader_set_live(struct vgpu_trace_reader *reader, bool live);

/*
 * Decode the next frame in a thread of its own while the records of this one are handed out, for up to
 * 48 MiB more. Off after open. What is read, in which order, and what status tells stays the same.
 * Pipes and uncompressed traces are read as without it, and so are frames whose records or compressed
 * bytes are more than 16 MiB. 0, or -errno when there can be no thread: then it stays off.
 */
int vgpu_trace_reader_set_ahead(struct vgpu_trace_reader *reader, bool ahead);

/* The format's version in the last header met, 0.0 before one; either pointer may be NULL. */
void vgpu_trace_reader_version(const struct vgpu_trace_reader *reader, unsigned int *major,
			       unsigned int *minor);

void vgpu_trace_reader_status(const struct vgpu_trace_reader *reader,
			      struct vgpu_trace_status *out);

/* NULL is fine. */
void vgpu_trace_reader_close(struct vgpu_trace_reader *reader);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
