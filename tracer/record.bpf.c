/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The kernel side of `vgpu-trace record`. Runs under the queue's spinlock, so: look, copy, leave.
 *
 * Raw tracepoints, because their arguments are plain scalars on every kernel (the typed ones are
 * "trusted or null" since 6.12 and refuse arithmetic). No type of the kernel is named here: user
 * space reads the offsets from BTF and hands them over as constants, which needs no more than
 * CAP_BPF and CAP_PERFMON. State lives in per-CPU maps and not on the stack, because verifiers up
 * to 6.6 look at one round of a bpf_loop only and would take the stack's first values for ever.
 */
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

#define WAIT_NS              100000000ull /* for room in the page ring, per command */
#define NO_WAIT_NS           50000000ull

/* One round is one page, one object looked at, or one command of a stream. */
#define STEPS_MAX            (1u << 23)

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile struct record_layout layout;
const volatile struct vgpu_block formats[RECORD_FORMATS];
/* Above this many unread bytes a sleeping reader is woken. */
const volatile __u64 commands_high, pages_high;

struct record_counters counters;
volatile __u64 no_wait_until;
volatile __u32 sleeping; /* set by the reader before it sleeps */

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
	COPY_TAIL
};

/* The guest memory that one command makes the device read. */
struct work {
	__u64 vbuf[RECORD_VBUF_MAX / 8];
	__u32 payload[COPY_TRANSFER3D_SIZE + 2];
	__u32 mode;
	__u32 device;
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
	/* Request bytes that do not fit the event. */
	__u64 tail, tail_size;
	__u32 tail_captured;
	__u32 pages_full, pages_unread;
	__u64 bytes_full, bytes_unread;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
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

static __always_inline void range_unread(struct work *w)
{
	w->pages_unread++;
	if (w->end != UINT64_MAX)
		w->bytes_unread += w->end - w->begin;
	w->mode = NEXT_COMMAND;
}

/*
 * The page ring is full. What is lost cannot be had again, so the command waits for the reader, but
 * not for long, and after a wait in vain not again for a while: the reader may need this very CPU.
 */
static __always_inline bool wait_for_room(struct work *w)
{
	__u64 now = bpf_ktime_get_ns();

	if (!w->wait_since) {
		if (now < no_wait_until)
			return false;
		w->wait_since = now;
	}
	if (now - w->wait_since < WAIT_NS)
		return true;
	no_wait_until = now + NO_WAIT_NS;
	return false;
}

static __always_inline void wait_over(struct work *w)
{
	if (!w->wait_since)
		return;
	count(&counters.waited_ns, bpf_ktime_get_ns() - w->wait_since);
	w->wait_since = 0;
}

static __always_inline void advance(struct work *w, __u64 size)
{
	w->begin += size;
	if (w->begin >= w->end)
		w->mode = NEXT_COMMAND;
}

static __always_inline void copy_page(struct work *w)
{
	__u64 offset = w->begin & (RECORD_PAGE_SIZE - 1);
	__u64 size = RECORD_PAGE_SIZE - offset;
	__u64 index = w->begin >> RECORD_PAGE_SHIFT;
	struct record_page *p;
	__u64 page, from;

	if (size > w->end - w->begin)
		size = w->end - w->begin;

	p = bpf_ringbuf_reserve(&pages, sizeof(*p), 0);
	if (!p) {
		if (wait_for_room(w))
			return; /* the next round looks again */
		wait_over(w);
		advance(w, size);
		w->pages_full++;
		w->bytes_full += size;
		return;
	}
	/* Nothing after this may ask for p again: verifiers to 6.1 would not know the answer. */
	wait_over(w);
	advance(w, size);

	page = read64(w->backing + index * 8);
	from = w->direct_map + offset +
	       ((page - w->vmemmap) / layout.page_struct << RECORD_PAGE_SHIFT);
	p->kind = RECORD_PAGE_MEMORY;
	p->device = w->device;
	p->resource = w->resource;
	p->page = index;
	p->begin = offset;
	p->size = size;
	BOUND(size, RECORD_PAGE_SIZE);
	if (page < w->vmemmap || bpf_probe_read_kernel(p->bytes, size, (void *)from)) {
		w->pages_unread++;
		w->bytes_unread += size;
		bpf_ringbuf_discard(p, BPF_RB_NO_WAKEUP);
		return;
	}
	bpf_ringbuf_submit(p, wake(&pages, pages_high));
}

static __always_inline void copy_tail(struct work *w)
{
	__u64 size = w->tail_size < RECORD_PAGE_SIZE ? w->tail_size : RECORD_PAGE_SIZE;
	struct record_page *p;

	p = bpf_ringbuf_reserve(&pages, sizeof(*p), 0);
	if (!p) {
		/* A hole in the middle would shift the rest: stop here. */
		w->mode = NEXT_COMMAND;
		return;
	}
	p->kind = RECORD_PAGE_REQUEST;
	p->device = w->device;
	p->resource = 0;
	p->page = 0;
	p->begin = 0;
	p->size = size;
	BOUND(size, RECORD_PAGE_SIZE);
	if (bpf_probe_read_kernel(p->bytes, size, (void *)w->tail)) {
		bpf_ringbuf_discard(p, BPF_RB_NO_WAKEUP);
		w->mode = NEXT_COMMAND;
		return;
	}
	bpf_ringbuf_submit(p, wake(&pages, pages_high));
	w->tail += size;
	w->tail_size -= size;
	w->tail_captured += size;
	if (!w->tail_size)
		w->mode = NEXT_COMMAND;
}

static __always_inline void find_object(struct work *w)
{
	__u64 object, size;

	if (w->next >= w->count) {
		range_unread(w);
		return;
	}
	object = read64(w->objs + layout.array_objs + (__u64)w->next * 8);
	w->next++;
	if (!object || read32(object + layout.object_handle) != w->resource)
		return;
	w->backing = read64(object + layout.object_pages);
	size = read64(object + layout.object_size);
	if (w->end > size)
		w->end = size;
	if (w->begin >= w->end)
		w->mode = NEXT_COMMAND;
	else if (!w->backing) /* imported, or in video memory */
		range_unread(w);
	else
		w->mode = COPY_PAGE;
}

/* Looks for the object whose bytes begin .. end - 1 the device reads. */
static __always_inline void begin_range(struct work *w, __u32 resource,
					const struct vgpu_extent *extent)
{
	struct name name = { w->device, resource };

	if (extent->begin >= extent->end)
		return;
	/*
	 * A resource from before the recording has no known addresses, so that nothing could be
	 * made of its bytes: the console's would cost a whole screen per line of text.
	 */
	if (!counters.shapes_full && !bpf_map_lookup_elem(&shapes, &name))
		return;
	w->resource = resource;
	w->begin = extent->begin;
	w->end = extent->end;
	w->next = 0;
	w->mode = FIND_OBJECT;
}

/* `shape_of`: the resource whose format counts; a staging resource has none of its own. */
static __always_inline void begin_transfer(struct work *w, const struct vgpu_transfer *t,
					   __u32 shape_of)
{
	struct name name = { w->device, shape_of };
	struct vgpu_extent extent = { t->offset, UINT64_MAX };
	struct vgpu_shape *shape;

	shape = bpf_map_lookup_elem(&shapes, &name);
	if (shape)
		vgpu_transfer_extent(shape, t, &extent);
	begin_range(w, t->resource_id, &extent);
}

static __always_inline void stream_transfer(struct work *w, __u32 opcode, __u64 at)
{
	struct vgpu_transfer t = {};
	__u32 *p = w->payload;
	__u32 shape_of;

	if (opcode == VIRGL_TRANSFER3D) {
		if (bpf_probe_read_kernel(p, TRANSFER3D_SIZE * 4, (void *)at) ||
		    p[12] != DIRECTION_TO_HOST)
			return;
		t.resource_id = p[0];
		t.offset = p[11];
	} else {
		if (bpf_probe_read_kernel(p, COPY_TRANSFER3D_SIZE * 4, (void *)at) ||
		    (p[13] & COPY_FROM_HOST))
			return;
		t.resource_id = p[11];
		t.offset = p[12];
	}
	shape_of = p[0];
	t.level = p[1];
	t.stride = p[3];
	t.layer_stride = p[4];
	t.x = p[5];
	t.y = p[6];
	t.z = p[7];
	t.w = p[8];
	t.h = p[9];
	t.d = p[10];
	begin_transfer(w, &t, shape_of);
}

/* Returns 1 at the end of the stream. */
static __always_inline int next_command(struct work *w)
{
	__u32 header, opcode, length;
	__u64 at;

	if (w->pos + 4 > w->size)
		return 1;
	at = w->stream + w->pos;
	header = read32(at);
	opcode = header & 0xff;
	length = header >> 16;
	w->pos += 4 + length * 4;
	if (w->pos > w->size) /* the host refuses it as well */
		return 1;
	if ((opcode == VIRGL_TRANSFER3D && length >= TRANSFER3D_SIZE) ||
	    (opcode == VIRGL_COPY_TRANSFER3D && length >= COPY_TRANSFER3D_SIZE))
		stream_transfer(w, opcode, at + 4);
	return 0;
}

static long step(__u32 round, void *nothing)
{
	__u32 zero = 0;
	struct work *w = bpf_map_lookup_elem(&works, &zero);

	if (!w)
		return 1;
	switch (w->mode) {
	case COPY_PAGE:
		copy_page(w);
		return 0;
	case FIND_OBJECT:
		find_object(w);
		return 0;
	case COPY_TAIL:
		copy_tail(w);
		return 0;
	}
	return next_command(w);
}

static __always_inline void transfer_2d(struct work *w, const void *request)
{
	const struct virtio_gpu_transfer_to_host_2d *c = request;
	struct name name = { w->device, c->resource_id };
	struct vgpu_extent extent = { c->offset, UINT64_MAX };
	struct vgpu_shape *shape;

	shape = bpf_map_lookup_elem(&shapes, &name);
	if (shape)
		vgpu_transfer_extent_2d(shape->width, shape->height, c->r.x, c->r.y, c->r.width,
					c->r.height, c->offset, &extent);
	begin_range(w, c->resource_id, &extent);
}

static __always_inline void transfer_3d(struct work *w, const void *request)
{
	const struct virtio_gpu_transfer_host_3d *c = request;
	struct vgpu_transfer t = {};

	t.resource_id = c->resource_id;
	t.level = c->level;
	t.stride = c->stride;
	t.layer_stride = c->layer_stride;
	t.x = c->box.x;
	t.y = c->box.y;
	t.z = c->box.z;
	t.w = c->box.w;
	t.h = c->box.h;
	t.d = c->box.d;
	t.offset = c->offset;
	begin_transfer(w, &t, t.resource_id);
}

/* A guest blob that is shown is read as a whole; only for these a flush names its object. */
static __always_inline void flush(struct work *w, const void *request)
{
	struct name name = { w->device,
			     ((const struct virtio_gpu_resource_flush *)request)->resource_id };
	struct vgpu_extent extent = { 0, UINT64_MAX };
	struct vgpu_shape *shape;

	shape = bpf_map_lookup_elem(&shapes, &name);
	if (w->objs && shape && shape->target == TARGET_BLOB)
		begin_range(w, name.id, &extent);
}

/* Sets up the work for a request; returns true when there is any. */
static __always_inline bool begin_work(struct work *w, const struct draft *d)
{
	const struct virtio_gpu_ctrl_hdr *hdr = (const void *)d->request;
	struct name name = { d->c.event.device, hdr->ctx_id };

	switch (hdr->type) {
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		if (!bpf_map_lookup_elem(&foreign, &name))
			w->size = d->c.data_size;
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		transfer_2d(w, d->request);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
		transfer_3d(w, d->request);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		flush(w, d->request);
		break;
	}
	return w->size || w->mode != NEXT_COMMAND;
}

/* Remembers what later commands need to be understood. */
static __always_inline void learn(const struct draft *d)
{
	const struct virtio_gpu_ctrl_hdr *hdr = (const void *)d->request;
	struct name name = { d->c.event.device, 0 };
	struct vgpu_shape shape = {};
	__u32 format, capset;

	switch (hdr->type) {
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_2D: {
		const struct virtio_gpu_resource_create_2d *c = (const void *)d->request;

		name.id = c->resource_id;
		format = c->format;
		shape.target = PIPE_TEXTURE_2D;
		shape.width = c->width;
		shape.height = c->height;
		break;
	}
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_3D: {
		const struct virtio_gpu_resource_create_3d *c = (const void *)d->request;

		name.id = c->resource_id;
		format = c->format;
		shape.target = c->target;
		shape.width = c->width;
		shape.height = c->height;
		break;
	}
	case VIRTIO_GPU_CMD_RESOURCE_CREATE_BLOB: {
		const struct virtio_gpu_resource_create_blob *c = (const void *)d->request;

		name.id = c->resource_id;
		format = RECORD_FORMATS;
		shape.target = TARGET_BLOB;
		if (c->blob_mem == VIRTIO_GPU_BLOB_MEM_HOST3D)
			return;
		break;
	}
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		name.id = ((const struct virtio_gpu_resource_unref *)d->request)->resource_id;
		bpf_map_delete_elem(&shapes, &name);
		return;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		name.id = hdr->ctx_id;
		/* uapi headers before 5.16 call it padding: named by position. */
		capset = *(const __u32 *)(d->request + sizeof(*hdr) + 4) & 0xff;
		if (capset > CAPSET_VIRGL2)
			bpf_map_update_elem(&foreign, &name, &capset, BPF_ANY);
		else
			bpf_map_delete_elem(&foreign, &name);
		return;
	default:
		return;
	}
	if (format < RECORD_FORMATS) {
		shape.block.width = formats[format].width;
		shape.block.height = formats[format].height;
		shape.block.bytes = formats[format].bytes;
	}
	if (bpf_map_update_elem(&shapes, &name, &shape, BPF_ANY))
		count(&counters.shapes_full, 1);
}

/* The members that are read as 32 bits stand at multiples of 8: user space has checked. */
#define VBUF(member) (w->vbuf[(layout.member / 8) % (RECORD_VBUF_MAX / 8)])

static __always_inline void fill_head(struct draft *d, const struct work *w, __u64 vq, __u64 now)
{
	struct record_command *c = &d->c;
	__u64 ids = bpf_get_current_pid_tgid();

	c->event.type = RECORD_COMMAND;
	c->event.device = read32(read64(vq + layout.vq_vdev) + layout.vdev_index);
	c->event.time_ns = now;
	c->queue_address = vq;
	c->queue = read32(vq + layout.vq_index);
	c->free_slots = read32(vq + layout.vq_free);
	c->seqno = layout.has_seqno ? (__u32)VBUF(vbuf_seqno) : 0;
	c->pid = ids >> 32;
	c->tid = ids;
	bpf_get_current_comm(c->comm, sizeof(c->comm));
	c->key = VBUF(vbuf_resp);
	c->response_size = VBUF(vbuf_resp_len);
	c->head_size = VBUF(vbuf_len);
	c->data_size = VBUF(vbuf_data) ? VBUF(vbuf_data_len) : 0;
	c->reserved = 0;
}

static __always_inline void reset_work(struct work *w, const struct record_command *c)
{
	w->device = c->event.device;
	w->mode = NEXT_COMMAND;
	w->stream = VBUF(vbuf_data);
	w->pos = 0;
	w->size = 0;
	w->objs = VBUF(vbuf_objs);
	w->count = w->objs ? read32(w->objs + layout.array_count) : 0;
	w->tail_captured = 0;
	w->wait_since = 0;
	w->pages_full = 0;
	w->pages_unread = 0;
	w->bytes_full = 0;
	w->bytes_unread = 0;
}

SEC("raw_tp/virtio_gpu_cmd_queue")
int on_queue(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 vq = ctx->args[0], hdr = ctx->args[1], now = bpf_ktime_get_ns();
	__u32 zero = 0, cpu = bpf_get_smp_processor_id();
	struct record_command *c;
	struct waiting waits;
	__u64 head, data, got;
	struct draft *d;
	struct work *w;

	w = bpf_map_lookup_elem(&works, &zero);
	d = bpf_map_lookup_elem(&drafts, &cpu);
	if (!w || !d)
		return 0;
	c = &d->c;
	count(&counters.commands, 1);
	if (bpf_probe_read_kernel(w->vbuf, sizeof(w->vbuf), (void *)(hdr - layout.vbuf_size)) ||
	    VBUF(vbuf_buf) != hdr) {
		count(&counters.commands_bad, 1);
		return 0;
	}
	fill_head(d, w, vq, now);
	reset_work(w, c);

	if (c->response_size) {
		waits.device = c->event.device;
		waits.size = c->response_size;
		bpf_map_update_elem(&waiting, &c->key, &waits, BPF_ANY);
	}

	/* Decoding looks at fixed places: nothing of the last command may be left there. */
	__builtin_memset(d->request, 0, 128);
	head = c->head_size;
	if (head > RECORD_HEAD_MAX)
		head = RECORD_HEAD_MAX;
	got = 0;
	if (head) {
		BOUND(head, RECORD_HEAD_MAX);
		if (!bpf_probe_read_kernel(d->request, head, (void *)hdr))
			got = head;
	}
	c->head_captured = got;
	learn(d);

	data = c->data_size;
	if (data > RECORD_DATA_MAX)
		data = RECORD_DATA_MAX;
	c->data_captured = 0;
	if (data && got) {
		BOUND(data, RECORD_DATA_MAX);
		BOUND(got, RECORD_HEAD_MAX);
		if (!bpf_probe_read_kernel(d->request + got, data, (void *)w->stream)) {
			c->data_captured = data;
			got += data;
		}
	}
	w->tail_size = 0;
	if (c->data_captured == RECORD_DATA_MAX && c->data_size > RECORD_DATA_MAX) {
		w->tail = w->stream + RECORD_DATA_MAX;
		w->tail_size = c->data_size - RECORD_DATA_MAX;
		w->mode = COPY_TAIL;
		bpf_loop(STEPS_MAX, step, (void *)0, 0);
		w->mode = NEXT_COMMAND;
	}
	if (begin_work(w, d)) {
		w->vmemmap = layout.vmemmap_at ? read64(layout.vmemmap_at) : layout.vmemmap;
		w->direct_map = layout.direct_map_at ? read64(layout.direct_map_at)
						     : layout.direct_map;
		bpf_loop(STEPS_MAX, step, (void *)0, 0);
		c->page_pos = bpf_ringbuf_query(&pages, BPF_RB_PROD_POS);
	} else {
		c->page_pos = w->tail_captured ? bpf_ringbuf_query(&pages, BPF_RB_PROD_POS) : 0;
	}
	c->tail_captured = w->tail_captured;
	c->pages_full = w->pages_full;
	c->pages_unread = w->pages_unread;
	c->bytes_full = w->bytes_full;
	c->bytes_unread = w->bytes_unread;
	if (w->pages_full)
		count(&counters.pages_full, w->pages_full);
	if (w->pages_unread)
		count(&counters.pages_unread, w->pages_unread);

	got += sizeof(*c);
	if (got > sizeof(*d))
		return 0;
	if (bpf_ringbuf_output(&commands, d, got, wake(&commands, commands_high)))
		count(&counters.commands_lost, 1);
	return 0;
}

SEC("raw_tp/virtio_gpu_cmd_response")
int on_response(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 key = ctx->args[1], now = bpf_ktime_get_ns(), size;
	struct {
		struct record_response r;
		__u8 bytes[64];
	} * small;
	struct {
		struct record_response r;
		__u8 bytes[RECORD_RESPONSE_MAX];
	} * large;
	struct waiting *waits;
	__u32 full, device;

	waits = bpf_map_lookup_elem(&waiting, &key);
	if (!waits) {
		/* Since 6.3 the cursor queue's too, which have no buffer; else from before us. */
		count(&counters.responses_unknown, 1);
		return 0;
	}
	device = waits->device;
	full = waits->size;
	bpf_map_delete_elem(&waiting, &key);
	size = full;

	/* Two sizes of record, since a reservation has to be a constant; most are 24 bytes. */
#define FILL(record, max)                                                        \
	do {                                                                     \
		(record) = bpf_ringbuf_reserve(&commands, sizeof(*(record)), 0); \
		if (!(record)) {                                                 \
			count(&counters.responses_lost, 1);                      \
			return 0;                                                \
		}                                                                \
		(record)->r.event.type = RECORD_RESPONSE;                        \
		(record)->r.event.device = device;                               \
		(record)->r.event.time_ns = now;                                 \
		(record)->r.key = key;                                           \
		(record)->r.size = full;                                         \
		(record)->r.captured = size;                                     \
		BOUND(size, max);                                                \
		if (bpf_probe_read_kernel((record)->bytes, size, (void *)key))   \
			(record)->r.captured = 0;                                \
		bpf_ringbuf_submit((record), wake(&commands, commands_high));    \
	} while (0)

	if (size <= 64) {
		FILL(small, 64);
	} else {
		if (size > RECORD_RESPONSE_MAX)
			size = RECORD_RESPONSE_MAX;
		FILL(large, RECORD_RESPONSE_MAX);
	}
	return 0;
}

/* Every driver's fences come by here: one comparison, then out. */
SEC("raw_tp/dma_fence_signaled")
int on_fence(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 fence = ctx->args[0];
	struct record_fence *f;

	if (!layout.fence_ops_address ||
	    read64(fence + layout.fence_ops) != layout.fence_ops_address)
		return 0;
	f = bpf_ringbuf_reserve(&commands, sizeof(*f), 0);
	if (!f) {
		count(&counters.fences_lost, 1);
		return 0;
	}
	f->event.type = RECORD_FENCE;
	f->event.device = 0;
	f->event.time_ns = bpf_ktime_get_ns();
	f->fence_id = read64(fence + layout.fence_seqno);
	f->context = read64(fence + layout.fence_context);
	f->tid = bpf_get_current_pid_tgid();
	f->reserved = 0;
	bpf_ringbuf_submit(f, wake(&commands, commands_high));
	return 0;
}
