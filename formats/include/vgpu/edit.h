/* SPDX-License-Identifier: MIT */
/*
 * Editing traces: a part of one that replays like the whole, one without what was private in it,
 * what is left of a damaged one, several as one. None changes what it reads.
 */
#ifndef VGPU_EDIT_H
#define VGPU_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/trace.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What first and last of a range count. */
enum vgpu_trim_unit {
	VGPU_TRIM_FRAMES,   /* frames shown, from 1, as the replayer numbers them: a flush of a
			       resource counts once for each scanout that shows it */
	VGPU_TRIM_COMMANDS, /* ids of commands, as in the trace */
	VGPU_TRIM_TIME,     /* nanoseconds from the time of the trace's HEADER */
};

/* One level and layer of a resource: rows of blocks without padding. */
struct vgpu_trim_part {
	const uint8_t *bytes; /* good until the source is asked again */
	size_t size;
	uint32_t width, height;  /* of this level, pixels; bytes and 1 of a buffer */
	uint32_t stride;         /* bytes from row to row */
	uint32_t levels, layers; /* that the resource has, layers at this level */
};

/*
 * A device that executes the trace: the new one then begins with what resources held there, and not
 * with the commands that drew it.
 */
struct vgpu_trim_source {
	void *data;
	/* Execute all records before number `record`. Called once; the device stays there. 0 or an
	   error, which vgpu_trace_trim() returns. */
	int (*go)(void *data, uint64_t record);
	/* Can what the resource holds be read, and be put back without loss? */
	bool (*gives)(void *data, uint32_t resource_id);
	int (*read)(void *data, uint32_t resource_id, uint32_t level, uint32_t layer,
		    struct vgpu_trim_part *out);
	int (*memory)(void *data, uint64_t address, void *out, size_t size);
	const char *name; /* of the renderer, for HEADER's text */
};

struct vgpu_trim_options {
	enum vgpu_trim_unit unit;
	uint64_t first, last; /* both are part of the range */
	size_t memory_max;    /* bytes for what depends on what; 0: 1 GiB */
	bool whole_streams;   /* do not look into SUBMIT_3D: all or nothing of a context is kept */
	const struct vgpu_trim_source *source; /* NULL: there is no device at hand */
};

#define VGPU_TRIM_UNSEEN_IDS 16

/* Ids that commands of the range name, but no record before made or has any more. */
struct vgpu_trim_unseen {
	uint64_t count;
	uint32_t ids[VGPU_TRIM_UNSEEN_IDS]; /* the first of them, in the order of their use */
};

/* How much was kept. "Before" is what stands before the range in the trace. */
struct vgpu_trim_report {
	uint64_t commands_before, commands_kept; /* kept wholly or in part */
	uint64_t stream_before, stream_kept;     /* bytes of SUBMIT_3D's streams */
	uint64_t memory_before, memory_kept;     /* bytes in MEMORY records */
	uint64_t commands;                       /* of the range */
	uint64_t first_frame, last_frame; /* that the range shows; last < first: it shows none */
	uint64_t opaque_contexts; /* whose streams were kept whole: not virgl, damaged or refused */
	uint64_t given, given_bytes; /* resources whose contents are the source's */
	size_t memory;               /* bytes held at most for what depends on what */
	bool all; /* memory_max was reached: everything before the range is kept */
	/*
	 * Recording began late, or the guest is mistaken: this nobody can give back. Who replays the
	 * new trace or the whole leaves out the commands that name it, or sees them fail.
	 */
	struct vgpu_trim_unseen unseen_contexts, unseen_resources;
	uint64_t unseen_commands;
};

/*
 * Write the range and, before it, whatever of the records before it must be executed so that the
 * range makes the same pictures as in the whole trace. Ids of commands count from 1 again; HEADER
 * says what was cut (formats/trace-format.md).
 *
 * That the pictures are the same rests on the renderer executing the streams without an error:
 * what it refuses without a word in the response is not known here.
 *
 * `fd` is read three times or more, from its beginning: it must be seekable (-ESPIPE). The writer is
 * new; the caller finishes it, with the time that is put into *end_ns. `report` is filled also on
 * an error.
 *
 * 0; VGPU_ERR_INVALID: the range is empty, or reaches over two traces put together; VGPU_ERR_…
 * and -errno of reader and writer. Damage of the input is no error: *status says how it ended.
 */
int vgpu_trace_trim(int fd, struct vgpu_trace_writer *w, const struct vgpu_trim_options *options,
		    struct vgpu_trim_report *report, struct vgpu_trace_status *status,
		    uint64_t *end_ns);

/*
 * What vgpu_strip_record() leaves as it is. Without any of them a trace keeps its numbers, sizes and
 * times, but holds no pixel, no text and no data of the guest's.
 */
enum vgpu_strip_keep {
	VGPU_STRIP_KEEP_MEMORY = 1 << 0,  /* guest memory and pixels in streams: textures, vertices,
					       framebuffers */
	VGPU_STRIP_KEEP_SHADERS = 1 << 1, /* their text */
	VGPU_STRIP_KEEP_CONSTANTS = 1 << 2, /* uniforms, colours and other floating point */
	VGPU_STRIP_KEEP_NAMES = 1 << 3,     /* of processes with their arguments, of contexts, and
					       markers */
	VGPU_STRIP_KEEP_HOST = 1 << 4,      /* the recorder's command line, the monitor's EDID */
};

/* "memory", "shaders", …; NULL for what is none of these bits. Static strings. */
const char *vgpu_strip_keep_name(unsigned int bit);

struct vgpu_strip;

/* `keep`: bits of vgpu_strip_keep, 0 keeps none. 0 or -ENOMEM. */
int vgpu_strip_create(struct vgpu_strip **out, unsigned int keep);
void vgpu_strip_destroy(struct vgpu_strip *s); /* NULL is fine */

/*
 * *out is the record without what is private in it, as long as it was (HEADER and DEVICE may be
 * shorter or longer); its body lives until the next call. What is not known to be safe is zero:
 * payload of commands that are not known, streams that are not virgl, padding. HEADER gets another
 * file_id and says what was taken (formats/trace-format.md). Give all records, in order; write no
 * END, the writer does.
 *
 * 1; VGPU_ERR_UNKNOWN for a type of record that is not known, END among them, and for a READBACK
 * unless memory is kept; VGPU_ERR_CORRUPT for
 * a record that cannot be parsed: leave those out; -ENOMEM.
 */
int vgpu_strip_record(struct vgpu_strip *s, const struct vgpu_trace_record *in,
		      struct vgpu_trace_record *out);

/* What a file does not give back, between two records or at its end. */
struct vgpu_gap {
	uint64_t offset, bytes; /* in the file, what gave no record; bytes may be 0: see `end` */
	uint64_t records;       /* missing, as far as indexes tell */
	bool unsure;            /* there may be more of them */
	bool header;            /* HEADER is among them: the records behind it get one made up */
	bool end;               /* the END of the trace before it is */
	uint64_t first_ns;      /* time of the record before; 0: there is none */
	uint64_t last_ns;       /* of the one behind; 0: there is none */
};

typedef void vgpu_recover_gap(void *data, const struct vgpu_gap *gap);

struct vgpu_recover;

/*
 * All that a reader still gives of a cut or damaged file, as whole traces. `reader`, from which
 * nothing has been read, and what `data` points to outlive the new object. `gap` is called during
 * vgpu_recover_next(), once for each gap; NULL is fine. 0 or -ENOMEM.
 */
int vgpu_recover_create(struct vgpu_recover **out, struct vgpu_trace_reader *reader,
			vgpu_recover_gap *gap, void *data);
void vgpu_recover_destroy(struct vgpu_recover *v); /* NULL is fine */

/*
 * The next record, in order; its body lives until the next call. Each trace begins with a HEADER,
 * that says of which file it is what is left and has another file_id (formats/trace-format.md), and
 * ends with an END, whose counts and, where it was lost, time are those of what is there. A LOST
 * stands where records are missing and others follow. All else is as it was; ids of commands keep
 * their gaps. Number and offset are not set.
 *
 * 1; 0: the end, without any record before it when the file gives none; -errno of the reader;
 * VGPU_ERR_VERSION for a later trace in the file that is too new.
 */
int vgpu_recover_next(struct vgpu_recover *v, struct vgpu_trace_record *out);

#define VGPU_MERGE_MAX 16

struct vgpu_merge_input {
	struct vgpu_trace_reader *reader; /* from which nothing has been read */
	int64_t offset_ns;                /* added to its times */
};

/*
 * Write the records of several traces into one, by time. Their clocks are set by CLOCK_REALTIME as
 * each HEADER has it, and by the offset; the first one's is the new trace's. Each keeps its own
 * devices, processes and address spaces: those of the second and later ones get numbers of their own
 * (formats/trace-format.md says which). Ids of commands count from 1 again.
 *
 * Memory goes with the number of inputs (2 MiB each), not with their length. The writer is new; the
 * caller finishes it, with the time that is put into *end_ns. How an input ended is its reader's to
 * say.
 *
 * 0; VGPU_ERR_TOO_LARGE: no input, more than VGPU_MERGE_MAX, or too many devices;
 * VGPU_ERR_NOT_A_TRACE: no header; VGPU_ERR_INVALID: several traces in one file; -errno. *which is
 * the input that an error is about, `count` when it is the output.
 */
int vgpu_trace_merge(const struct vgpu_merge_input *inputs, unsigned int count,
		     struct vgpu_trace_writer *w, unsigned int *which, uint64_t *end_ns);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
