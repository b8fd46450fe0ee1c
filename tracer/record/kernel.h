/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* The BPF side's own types, constants, maps, and the smallest of its functions. */
#ifndef VGPU_TRACER_KERNEL_H
#define VGPU_TRACER_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <linux/virtio_gpu.h>
#include <bpf/bpf_helpers.h>

typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef _Bool bool;
#define true 1
#define false 0
#define UINT64_MAX (~0ULL)

#include <vgpu/transfer.h>
#include "events.h"

enum virgl {
#define VGPU_VIRGL_CMD(number, name, ...) VIRGL_##name = (number),
#include <vgpu/virgl.def>
#undef VGPU_VIRGL_CMD
};

/* Payload dwords, from the header dword on. */
#define TRANSFER_DWORDS      11 /* res level usage stride layer_stride x y z w h d */
#define TRANSFER3D_SIZE      13 /* + offset direction */
#define COPY_TRANSFER3D_SIZE 14 /* + source offset flags */
#define DIRECTION_TO_HOST    1
#define COPY_FROM_HOST       2

#define PIPE_TEXTURE_2D      2
#define TARGET_BLOB          (~0u) /* guest memory that the device shows directly */
#define CAPSET_VIRGL2        2

#define NO_WAIT_NS           50000000ull

/* One round is one page, one object looked at, or one command of a stream. */
#define STEPS_MAX            (1u << 23)

const volatile struct record_layout layout;
const volatile struct vgpu_block formats[RECORD_FORMATS];
/* Above this many unread bytes a sleeping reader is woken. */
const volatile __u64 commands_high, pages_high;
/* How long a command may wait for room in the page ring; 0: not asked for, or there is one CPU. */
const volatile __u64 wait_ns;
/* Above so many unread bytes, three quarters, one with memory waits before it takes any. */
const volatile __u64 pages_crowded;
const volatile bool no_memory;
const volatile bool stages;
/* Bytes of memory of one command; what is beyond is left out. */
const volatile __u64 snap = UINT64_MAX;
/* N of virtioN; UINT32_MAX: all of them. */
const volatile __u32 only_device = ~0u;

struct record_counters counters;
volatile __u64 no_wait_until;
volatile __u32 sleeping; /* set by the reader before it sleeps */
char peeked[RECORD_PAGE_SIZE] __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set before loading */
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set before loading */
} pages SEC(".maps");

/* Resources and contexts have numbers per device. */
struct name {
	__u32 device;
	__u32 id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 15);
	__type(key, struct name);
	__type(value, struct vgpu_shape);
} shapes SEC(".maps");

/* Contexts whose streams are not virgl's. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 10);
	__type(key, struct name);
	__type(value, __u32);
} foreign SEC(".maps");

/* Commands that wait for a response, by the response's buffer. */
struct waiting {
	__u32 device;
	__u32 size;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 13);
	__type(key, __u64);
	__type(value, struct waiting);
} waiting SEC(".maps");

/* Bytes of a resource's backing that the device writes. */
struct span {
	__u64 backing; /* struct page ** */
	__u64 begin, end;
	__u32 resource;
	__u32 reserved;
};

/* As many as a command has with Mesa: it waits for each of them. A power of two. */
#define SPANS_MAX 4

struct readback {
	__u32 count;
	__u32 lost; /* that are too many */
	struct span spans[SPANS_MAX];
};

/* Commands that make the device write, by the response's buffer: with it the bytes are there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 10);
	__type(key, __u64);
	__type(value, struct readback);
} readbacks SEC(".maps");

/* Threads in an ioctl of a DRM device. */
struct ioctl {
	__u64 since;
	__u32 told; /* it queued something, or waited: its end will be told */
	__u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, __u32);
	__type(value, struct ioctl);
} ioctls SEC(".maps");

/* Virtqueues of ours, so that their interrupts are known. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u32);
} queues SEC(".maps");

/* What a thread sleeps on until there is room in one of them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u32);
} ring_waits SEC(".maps");

/* Threads that sleep there, and since when. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 10);
	__type(key, __u32);
	__type(value, __u64);
} waits_for_room SEC(".maps");

/* Threads that wait for a fence of ours, and for which: signalled, it may not say any more whose. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, __u32);
	__type(value, __u64);
} fence_waits SEC(".maps");

/* A command event under construction; one per CPU (a per-CPU map stops at 32 KiB). */
struct draft {
	struct record_command c;
	__u8 request[RECORD_HEAD_MAX + RECORD_DATA_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs; set before loading */
	__type(key, __u32);
	__type(value, struct draft);
} drafts SEC(".maps");

enum mode {
	NEXT_COMMAND,
	FIND_OBJECT,
	COPY_PAGE,
	COPY_TAIL,
	HOLD_BACK
};

/* The guest memory that one command makes the device read, or has made it write. */
struct work {
	__u64 vbuf[RECORD_VBUF_MAX / 8];
	__u32 payload[COPY_TRANSFER3D_SIZE + 2];
	__u32 mode;
	__u32 kind; /* of the pages: enum record_page_kind */
	__u32 device;
	__u32 from_host; /* the transfer at hand goes to the guest */
	__u64 key;       /* of a readback */
	struct readback back;
	/* The stream, in kernel memory. */
	__u64 stream;
	__u32 pos, size; /* bytes */
	/* Objects of the command, and the one that is looked for. */
	__u64 objs;
	__u32 count, next;
	__u32 resource;
	/* Bytes of its backing. */
	__u64 backing; /* struct page ** */
	__u64 begin, end;
	__u64 direct_map, vmemmap;
	__u64 wait_since; /* 0: not waiting for room */
	__u32 held;       /* the mode behind HOLD_BACK */
	__u32 padding;
	/* Request bytes that do not fit the event. */
	__u64 tail, tail_size;
	__u32 tail_captured;
	__u32 pages_full, pages_unread;
	__u64 bytes_full, bytes_unread;
	__u64 taken, bytes_cut;
};

/* Linux 7 may preempt an answer's program, and then run a request's on the same processor. */
enum work_of {
	WORK_OF_REQUEST,
	WORK_OF_ANSWER,
	WORKS
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WORKS);
	__type(key, __u32);
	__type(value, struct work);
} works SEC(".maps");

/* 1 .. max for any n, in a form that every verifier follows; max is a power of two. */
#define BOUND(n, max)                            \
	do {                                     \
		(n) = (((n)-1) & ((max)-1)) + 1; \
		asm volatile("" : "+r"(n));      \
	} while (0)

static __always_inline void count(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline __u64 read64(__u64 address)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)address);
	return value;
}

static __always_inline __u32 read32(__u64 address)
{
	__u32 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)address);
	return value;
}

/* Waking costs ten times what a page does, so only for a reader that sleeps on a filling ring. */
static __always_inline __u64 wake(void *ring, __u64 high)
{
	if (!sleeping || bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < high)
		return BPF_RB_NO_WAKEUP;
	sleeping = 0;
	return BPF_RB_FORCE_WAKEUP;
}

#endif
