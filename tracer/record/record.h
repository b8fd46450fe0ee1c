/* SPDX-License-Identifier: MIT */
/* Private to `vgpu-trace record`: what its parts offer each other; drain.h has the rest of it. */
#ifndef VGPU_TRACER_RECORD_H
#define VGPU_TRACER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "drain.h"

/* Of the thread that empties the rings; of those that compress only when much waits for them. */
#define RECORD_READER_NICE (-20)

/* --- types.c: types of BTF by name. --------------------------------------------------------- */

struct btf;
struct record_types;

struct record_type_name {
	const char *name; /* must stay; may repeat, with the same kind */
	uint32_t kind;    /* BTF_KIND_STRUCT or BTF_KIND_ENUM */
};

/* Looks for these. 0 or -ENOMEM. */
int record_types_create(struct record_types **out, const struct btf *btf,
			const struct record_type_name *names, size_t count);
void record_types_destroy(struct record_types *types);
/* Its id; 0: there is none, or it was not looked for. */
uint32_t record_types_find(const struct record_types *types, const char *name);
/* In bytes; 0: there is none. */
uint32_t record_types_size(const struct record_types *types, const char *name);
/* The byte offset of "base.pages" in a struct; -1: not there. */
int64_t record_types_member(const struct record_types *types, const char *type, const char *path);
/* Whether an enum has this one. */
bool record_types_has_value(const struct record_types *types, const char *name, const char *value);

/* --- layout.c, symbols.c, attach.c: the kernel side. -------------------------------- */

/* Offsets in what the driver knows of its device. */
struct record_hardware_layout {
	uint32_t device_private, scanout_count, outputs, output_size, output_info;
	uint32_t capsets, capset_count, capset_size, capset_id, capset_max_version, capset_max_size;
	uint32_t cache, cached_list, cached_id, cached_version, cached_size, cached_valid;
	uint32_t cached_bytes;
	const char *missing;
};

/* Offsets on the way from a file descriptor of ours to what the driver has alive. */
struct record_state_layout {
	uint32_t task_files, files_table, table_files, file_data;
	uint32_t drm_file_minor, drm_file_list, drm_file_driver, drm_file_pid, pid_number;
	uint32_t minor_device, device_files, device_framebuffers, device_crtcs;
	uint32_t fb_list, fb_format, fb_pitches, fb_offsets, fb_width, fb_height, fb_objects;
	uint32_t format_fourcc;
	uint32_t object_gem, object_dumb, object_guest_blob;
	uint32_t crtc_list, crtc_index, crtc_primary, crtc_cursor;
	uint32_t plane_state, state_fb, state_src_x, state_src_y, state_src_w, state_src_h;
	uint32_t state_crtc_x, state_crtc_y;
	uint32_t private_ctx_id, private_ctx_init, private_ctx_created;
	struct record_hardware_layout hardware;
	const char *missing; /* a member that this kernel does not have; NULL: all is known */
};

/* 0, or -1 with one line in `why` that says what is missing and what to do. */
int record_layout_find(struct record_layout *out, struct record_state_layout *state,
		       const char *module_path, char *why, size_t why_size);
/* The same from BTF that was read already: the driver's, or the kernel's with the driver in it. */
int record_layout_read(const struct btf *btf, struct record_layout *out,
		       struct record_state_layout *state, char *why, size_t why_size);
/* Needs the privilege to load BPF programs; the same. */
int record_layout_symbols(struct record_layout *out, char *why, size_t why_size);

/* A device that is open. */
struct record_node {
	uint32_t number; /* of virtioN */
	int fd;          /* stays open where only we have it, so that our closing is no event; -1 */
	uint64_t device; /* address of its struct drm_device */
};

struct record_session {
	struct record_bpf *skel;
	struct record_layout layout;
	struct record_state_layout state_layout;
	struct record_ring commands, pages;
	const struct record_counters *counters;
	volatile uint32_t *sleeping;
	uint64_t high[2]; /* wake-up marks of the two rings, bytes */
	bool no_memory, stages;
	bool kicks, ring_waits; /* of the stages: what this kernel lets us see */
	struct record_node nodes[RECORD_DEVICES_MAX];
	uint32_t node_count;
};

struct record_setup {
	size_t command_bytes, page_bytes; /* of the rings, from record_ring_size() */
	const char *btf;                  /* NULL: the kernel's own */
	uint32_t only_device;             /* N of virtioN; UINT32_MAX: all */
	bool no_memory, stages, no_wait, debug;
	uint64_t snap; /* bytes of memory of one command; 0: all */
};

/* Whether what libbpf and the verifier say goes to stderr; else nowhere. */
void record_show_libbpf(bool show);
/* 0, or -1 with one line in `why`; these two are what open begins with. */
int record_check_driver(char *why, size_t why_size);
int record_check_privilege(char *why, size_t why_size);
int record_session_open(struct record_session *s, const struct record_setup *setup, char *why,
			size_t why_size);
int record_session_attach(struct record_session *s, char *why, size_t why_size);
/* Never fails: a kernel before 5.12 misses nothing. */
void record_session_missed(const struct record_session *s, struct record_missed *out);
/* After this nothing new comes; the rings still hold what came. */
void record_session_detach(struct record_session *s);
void record_session_close(struct record_session *s);
/* Tells the kernel side of a resource that it has not seen being made. 0 or -errno. */
int record_session_shape(struct record_session *s, uint32_t device, uint32_t resource,
			 const struct vgpu_shape *shape);

/* --- peek.c: kernel memory on demand. ------------------------------------------------------ */

/* Copies `size` bytes from a kernel address. 0, -EFAULT, or -errno of the kernel. */
int record_peek(struct record_session *s, uint64_t address, void *out, size_t size);
/* 0 for what cannot be read. */
uint64_t record_peek64(struct record_session *s, uint64_t address);
uint32_t record_peek32(struct record_session *s, uint64_t address);
/* The address of our own task_struct. */
uint64_t record_peek_task(struct record_session *s);

/* --- hardware.c: what the driver has been told of its device, as keys of DEVICE. ------------ */

/* A record_describe_fn for a session. */
void record_hardware_describe(void *session, uint32_t number, struct record_text *out);

/* --- state.c: what the driver has alive when the recording begins. ------------------------- */

#define RECORD_PLANES_MAX 32

/* A framebuffer's memory: a 2D resource, or a blob of guest memory. */
struct record_object {
	uint32_t resource;
	uint32_t width, height, format; /* pixels, enum vgpu_format */
	uint64_t size;                  /* bytes */
	uint64_t pages;                 /* address of its array of struct page * */
	bool blob;
};

/* A plane that shows one. */
struct record_plane {
	uint32_t resource, scanout;
	uint32_t x, y, width, height; /* of the resource, pixels */
	uint32_t fb_width, fb_height, format, stride, offset;
	int32_t at_x, at_y; /* on the screen; the cursor's place */
	bool cursor;
};

struct record_owner {
	uint32_t ctx_id, pid, capset;
};

struct record_state {
	struct record_object *objects;
	struct record_owner *owners;
	uint32_t object_count, owner_count, plane_count;
	uint32_t files;   /* open on the device, ours too */
	uint32_t unknown; /* shown resources whose contents only the device has */
	struct record_plane planes[RECORD_PLANES_MAX];
};

/* The address of virtioN's struct drm_device; 0 with one line in `why`. */
uint64_t record_state_device(struct record_session *s, uint32_t number, char *why, size_t why_size);
/*
 * Looks through the driver's own lists, without its locks: what changes meanwhile may be missed.
 * `number` is the N of virtioN. 0, or -1 with one line in `why`; the state is to be finished in
 * both cases.
 */
int record_state_read(struct record_session *s, uint32_t number, struct record_state *out,
		      char *why, size_t why_size);
void record_state_finish(struct record_state *state);

/* snapshot.c: writes it. 0 or a writer's error. */
int record_snapshot(struct record_drain *d, struct record_session *s, uint32_t device,
		    struct record_state *state);

/* --- probe.c: so that the driver binds when the recorder is there. -------------------------- */

struct record_probe {
	bool held;      /* drivers are not bound by themselves now */
	char autoprobe; /* as it was: '0' or '1' */
};

/* Loads the driver, unbound. 0, or -1 with one line in `why`. */
int record_probe_hold(struct record_probe *p, char *why, size_t why_size);
/* Binds its devices, all is as it was. Does nothing when not held. 0, or -1 with a line. */
int record_probe_release(struct record_probe *p, char *why, size_t why_size);

/* --- files.c: what is written, by name. ----------------------------------------------------- */

#define RECORD_NAME_MAX 4096

struct record_files {
	const char *pattern; /* "-": standard output; NULL: by date and time */
	bool force;
	uint64_t bytes;   /* of one file, then comes the next; 0: no matter */
	uint32_t seconds; /* the same, by time; strftime's conversions in the names count then */
	uint32_t count; /* of the files that are kept, or made when there are only seconds; 0: all */
	/* The rest begins as zero. */
	char name[RECORD_NAME_MAX]; /* of the last one */
	uint32_t number;            /* opened so far */
	char **names;               /* of the last `count` */
	/* The one that is being finished, in another thread; NULL: none. */
	struct vgpu_trace_writer *closing;
	pthread_t closer;
	int closing_fd;
	uint64_t closing_ns;
	bool closed;
	int error;             /* the first that finishing gave */
	uint64_t closed_bytes; /* of all that are finished */
};

bool record_files_are_many(const struct record_files *f);
/* Of file `number`, from 0, made at this time. 0 or -ENAMETOOLONG. */
int record_files_name(const struct record_files *f, uint32_t number, time_t now, char *out,
		      size_t size);
/* The next one, readable by its owner alone; its descriptor, or -1 with one line in `why`. */
int record_files_open(struct record_files *f, char *why, size_t why_size);
/* The file that was opened is of no use: it is removed, but for a pipe or device, which was there before. */
void record_files_remove(const struct record_files *f);
/*
 * A writer, of which `keeper` (NULL: nobody) hears, and whose threads run at the usual priority, whatever the caller's is. 0 or an error of
 * vgpu_trace_writer_create.
 */
int record_files_writer(struct vgpu_trace_writer **out, int fd, uint32_t queue_bytes,
			struct record_keeper *keeper);
/* A file of this size and age is full. */
bool record_files_due(const struct record_files *f, uint64_t bytes, uint64_t age_ns);
/* As many files were made as were asked for. */
bool record_files_all(const struct record_files *f);
/* Finishes and frees the writer and closes the file, in another thread; one at a time. */
void record_files_close(struct record_files *f, struct vgpu_trace_writer *writer, int fd,
			uint64_t now);
/* That is still going on. */
bool record_files_closing(struct record_files *f);
/* Waits for it. 0, or the first error of all that were closed. */
int record_files_finish(struct record_files *f);

/* --- child.c: the command after "--". ------------------------------------------------------ */

struct record_child {
	pid_t pid;  /* 0: none */
	int go;     /* write end: a byte lets it run */
	int failed; /* read end: errno when it could not be started */
};

/* Forks; the child waits. 0 or -errno. */
int record_child_create(struct record_child *child, char **command);
/* Lets it run. 0, or -errno of its exec. */
int record_child_go(struct record_child *child);

/* --- ready.c ------------------------------------------------------------------------------- */

/*
 * The recording has begun: a newline to `fd`, which is closed (-1: none), READY=1 to the socket that
 * NOTIFY_SOCKET names, where there is one (sd_notify(3)). 0 or -errno.
 */
int record_tell_ready(int fd);

/* --- status.c ------------------------------------------------------------------------------ */

struct record_status {
	bool live;
	uint64_t start_ns, last_ns;
};

void record_status_init(struct record_status *s, bool quiet, uint64_t now);
void record_status_update(struct record_status *s, uint64_t now, uint64_t commands,
			  uint64_t file_bytes, uint64_t lost);
/* Clears the live line, so that a message can follow. */
void record_status_clear(struct record_status *s);

#endif
