/* SPDX-License-Identifier: MIT */
/*
 * What the BPF programs hand to user space, through two ring buffers. Shared by both sides: only
 * fixed-size integers, natural alignment, no pointers.
 *
 * `commands` carries commands, responses and fence signals in the order in which they happened.
 * `pages` carries guest memory (and the rare bytes of a request that do not fit a command event).
 * A command or response event comes after everything of its own that is in `pages`, and says up to
 * which position of `pages` that reaches.
 */
#ifndef VGPU_TRACER_EVENTS_H
#define VGPU_TRACER_EVENTS_H

#ifndef VGPU_BPF
#include <stdint.h>
#endif

#define RECORD_PAGE_SHIFT   12
#define RECORD_PAGE_SIZE    (1u << RECORD_PAGE_SHIFT)

/* Request bytes in a command event; the sizes are powers of two because the verifier likes masks. */
#define RECORD_HEAD_MAX     4096u        /* first descriptor; Linux has at most 96 bytes there */
#define RECORD_DATA_MAX     (512u << 10) /* second descriptor; Mesa's streams end at 260 KiB */
#define RECORD_RESPONSE_MAX (16u << 10)

#define RECORD_FORMATS      512 /* entries of the format table, as a power of two */

enum record_event_type {
	RECORD_COMMAND = 1,
	RECORD_RESPONSE,
	RECORD_FENCE,
	RECORD_IOCTL_EXIT, /* of an ioctl that queued something; struct record_moment */
	RECORD_INTERRUPT,  /* of a virtqueue */
	RECORD_WAIT_BEGIN, /* for a fence; struct record_wait */
	RECORD_WAIT_END,
	RECORD_KICK, /* of a virtqueue: what is queued is where the device finds it */
	RECORD_KICK_END,
	RECORD_DEQUEUE, /* of a command that has no response */
};

struct record_event {
	uint32_t type;
	uint32_t device;  /* N of virtioN */
	uint64_t time_ns; /* CLOCK_MONOTONIC */
};

struct record_command {
	struct record_event event;
	uint64_t queue_address; /* of the kernel's virtqueue: another one after a rebind */
	uint64_t page_pos;      /* producer position of `pages` behind this command's own */
	uint64_t key;           /* the response's buffer, which the response event repeats */
	uint32_t queue;
	uint32_t seqno;      /* 0: this driver has none */
	uint32_t free_slots; /* of the ring */
	uint32_t pid, tid;
	uint32_t response_size; /* bytes */
	uint32_t head_size;     /* bytes of the first descriptor, as the driver says */
	uint32_t data_size;     /* bytes of what follows it, as the driver says */
	uint32_t head_captured; /* bytes of the first descriptor in this event */
	uint32_t data_captured; /* bytes behind them in this event */
	uint32_t tail_captured; /* bytes that follow through `pages`, kind RECORD_PAGE_REQUEST */
	uint32_t pages_full;    /* pages that found no room */
	uint32_t pages_unread;  /* pages that were not found or could not be read */
	uint32_t reserved;
	uint64_t bytes_full, bytes_unread;
	uint64_t bytes_cut; /* of memory, beyond what was asked for */
	uint64_t ioctl_ns;  /* when the thread entered the ioctl that queues it; 0: not known */
	uint64_t full_ns;   /* since when it waited for room in the virtqueue; 0: it did not */
	char comm[16];
	/* head_captured + data_captured bytes follow */
};

/* Bytes of the largest event. */
#define RECORD_EVENT_MAX (sizeof(struct record_command) + RECORD_HEAD_MAX + RECORD_DATA_MAX)

struct record_response {
	struct record_event event;
	uint64_t key;
	uint64_t page_pos; /* as a command's, behind what the device wrote; 0: nothing of it */
	uint64_t readbacks_lost; /* pages of it that found no room, or could not be read */
	uint32_t size;           /* bytes of room that the driver gave */
	uint32_t captured;       /* bytes that follow */
};

struct record_fence {
	struct record_event event;
	uint64_t fence_id;
	uint64_t context;
	uint32_t tid;
	uint32_t reserved;
};

/* What else happens on a command's way; only with --stages. */
struct record_moment {
	struct record_event event;
	uint64_t what; /* the virtqueue; of a dequeue: the key; of a wait's end: the fence's id */
	uint32_t tid;
	uint32_t told; /* of a kick: the device asked to be told, and will be */
};

struct record_wait {
	struct record_event event;
	uint64_t fence_id;
	uint64_t ioctl_ns; /* when the thread entered DRM_IOCTL_VIRTGPU_WAIT; 0: it is not in it */
	uint32_t pid, tid;
	char comm[16];
};

enum record_page_kind {
	RECORD_PAGE_MEMORY = 1,
	RECORD_PAGE_REQUEST,
	RECORD_PAGE_READBACK, /* that the device wrote */
};

struct record_page {
	uint64_t key; /* of a readback: that of its response */
	uint32_t kind;
	uint32_t device;
	uint32_t resource;
	uint32_t page;  /* index in the resource's backing */
	uint32_t begin; /* of the bytes, inside the page */
	uint32_t size;  /* bytes */
	uint8_t bytes[RECORD_PAGE_SIZE];
};

/* Counted in the kernel, only ever growing; read by user space while it runs. */
struct record_counters {
	uint64_t commands;      /* seen */
	uint64_t commands_lost; /* the command ring was full */
	uint64_t commands_bad;  /* the buffer was not found behind the tracepoint's pointer */
	uint64_t responses_lost;
	uint64_t responses_unknown; /* their command came before the recorder */
	uint64_t fences_lost;
	uint64_t moments_lost;
	uint64_t pages_full;
	uint64_t pages_unread;
	uint64_t waited_ns; /* for room in the page ring: time that the guest was held back */
	uint64_t shapes_full; /* resources whose shape found no room: read to their end from then on */
};

/*
 * What the kernel did not call us for, counted by itself. Linux 7 may preempt our programs, and leaves
 * out one that is to run on a processor where it is at work already. (System calls have two programs
 * each for that, as they are everybody's, and nothing would tell which of them were ours.)
 */
struct record_missed {
	uint64_t responses, stages;
};

/* Offsets in the kernel's structs, from its BTF. */
struct record_layout {
	uint32_t vbuf_size; /* sizeof(struct virtio_gpu_vbuffer) */
	uint32_t vbuf_buf, vbuf_len, vbuf_data, vbuf_data_len, vbuf_resp, vbuf_resp_len, vbuf_objs;
	uint32_t vbuf_seqno, has_seqno;
	uint32_t vq_index, vq_free, vq_vdev;
	uint32_t vdev_index;
	uint32_t array_count, array_objs;     /* struct virtio_gpu_object_array */
	uint32_t object_handle, object_pages; /* struct virtio_gpu_object */
	uint32_t object_size;                 /* its drm_gem_object's */
	uint32_t page_struct;                 /* sizeof(struct page) */
	uint32_t fence_ops, fence_seqno, fence_context;
	uint32_t irq_data; /* struct irqaction: whose interrupt it is */
	/* From a virtqueue to what waits for room in it; has_rings: all of these are known. */
	uint32_t vdev_priv, drm_private, has_rings;
	uint32_t rings[2], ring_waits[2];   /* struct virtio_gpu_device, by queue */
	uint64_t fence_ops_address;         /* 0: not known, no fences then */
	uint64_t direct_map_at, vmemmap_at; /* addresses of the kernel's variables; 0: see below */
	uint64_t direct_map, vmemmap;       /* their values where the variables were not found */
};

#define RECORD_VBUF_MAX 128u /* bytes of struct virtio_gpu_vbuffer that are looked at */

#endif
