/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The kernel side of `vgpu-trace record`. Runs under the queue's spinlock, so: look, copy, leave.
 *
 * Raw tracepoints, because their arguments are plain scalars on every kernel (the typed ones are
 * "trusted or null" since 6.12 and refuse arithmetic). No type of the kernel is named here: user
 * space reads the offsets from BTF and hands them over as constants, which needs no more than
 * CAP_BPF and CAP_PERFMON. State lives in per-CPU maps and not on the stack, because verifiers up
 * to 6.6 look at one round of a bpf_loop only and would take the stack's first values for ever.
 * What is not static is looked at by the verifier once, whatever is known where it is called: that
 * makes a ninth of the work, and most of the time until a recording can begin.
 */
#include "kernel.h"
#include "kernel-memory.h"
#include "kernel-stages.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Remembers of the request in this CPU's draft what later commands need to be understood. */
__noinline int learn(void)
{
	__u32 cpu = bpf_get_smp_processor_id(), format, capset;
	struct draft *d = bpf_map_lookup_elem(&drafts, &cpu);
	const struct virtio_gpu_ctrl_hdr *hdr;
	struct vgpu_shape shape = {};
	struct name name = {};

	if (!d)
		return 0;
	hdr = (const void *)d->request;
	name.device = d->c.event.device;
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
			return 0;
		break;
	}
	case VIRTIO_GPU_CMD_RESOURCE_UNREF:
		name.id = ((const struct virtio_gpu_resource_unref *)d->request)->resource_id;
		bpf_map_delete_elem(&shapes, &name);
		return 0;
	case VIRTIO_GPU_CMD_CTX_CREATE:
		name.id = hdr->ctx_id;
		/* uapi headers before 5.16 call it padding: named by position. */
		capset = *(const __u32 *)(d->request + sizeof(*hdr) + 4) & 0xff;
		if (capset > CAPSET_VIRGL2)
			bpf_map_update_elem(&foreign, &name, &capset, BPF_ANY);
		else
			bpf_map_delete_elem(&foreign, &name);
		return 0;
	default:
		return 0;
	}
	if (format < RECORD_FORMATS) {
		shape.block.width = formats[format].width;
		shape.block.height = formats[format].height;
		shape.block.bytes = formats[format].bytes;
	}
	if (bpf_map_update_elem(&shapes, &name, &shape, BPF_ANY))
		count(&counters.shapes_full, 1);
	return 0;
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
	c->ioctl_ns = 0;
	c->full_ns = 0;
}

static __always_inline void reset_work(struct work *w, const struct record_command *c)
{
	w->device = c->event.device;
	w->mode = NEXT_COMMAND;
	w->kind = RECORD_PAGE_MEMORY;
	w->from_host = 0;
	w->key = 0;
	w->back.count = 0;
	w->back.lost = 0;
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
	w->taken = 0;
	w->bytes_cut = 0;
}

SEC("raw_tp/virtio_gpu_cmd_queue")
int on_queue(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 vq = ctx->args[0], hdr = ctx->args[1], now = bpf_ktime_get_ns();
	__u32 which = WORK_OF_REQUEST, cpu = bpf_get_smp_processor_id();
	struct record_command *c;
	struct waiting waits;
	__u64 head, data, got;
	struct draft *d;
	struct work *w;

	w = bpf_map_lookup_elem(&works, &which);
	d = bpf_map_lookup_elem(&drafts, &cpu);
	if (!w || !d)
		return 0;
	c = &d->c;
	if (bpf_probe_read_kernel(w->vbuf, sizeof(w->vbuf), (void *)(hdr - layout.vbuf_size)) ||
	    VBUF(vbuf_buf) != hdr) {
		count(&counters.commands_bad, 1);
		return 0;
	}
	fill_head(d, w, vq, now);
	if (only_device != ~0u && c->event.device != only_device)
		return 0;
	count(&counters.commands, 1);
	reset_work(w, c);
	if (stages)
		fill_stages(c);

	/* Since 6.3, with the numbers, the driver tells of cursor commands too that it is through. */
	if (c->response_size || (stages && layout.has_seqno)) {
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
	learn();

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
		do_work(WORK_OF_REQUEST);
		w->mode = NEXT_COMMAND;
	}
	if (!no_memory && begin_work()) {
		find_memory(w);
		if (wait_ns && bpf_ringbuf_query(&pages, BPF_RB_AVAIL_DATA) > pages_crowded) {
			w->held = w->mode;
			w->mode = HOLD_BACK;
		}
		do_work(WORK_OF_REQUEST);
		c->page_pos = bpf_ringbuf_query(&pages, BPF_RB_PROD_POS);
		if (w->back.count && c->response_size)
			bpf_map_update_elem(&readbacks, &c->key, &w->back, BPF_ANY);
	} else {
		c->page_pos = w->tail_captured ? bpf_ringbuf_query(&pages, BPF_RB_PROD_POS) : 0;
	}
	c->tail_captured = w->tail_captured;
	c->pages_full = w->pages_full;
	c->pages_unread = w->pages_unread;
	c->bytes_full = w->bytes_full;
	c->bytes_unread = w->bytes_unread;
	c->bytes_cut = w->bytes_cut;
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
	__u64 page_pos = 0, readbacks_lost = 0;
	struct readback *back;
	struct waiting *waits;
	__u32 full, device;

	waits = bpf_map_lookup_elem(&waiting, &key);
	if (!waits) {
		/* The cursor queue's, without stages; else from before us. */
		count(&counters.responses_unknown, 1);
		return 0;
	}
	device = waits->device;
	full = waits->size;
	bpf_map_delete_elem(&waiting, &key);
	if (!full) {
		moment(RECORD_DEQUEUE, device, key, 0);
		return 0;
	}
	size = full;
	back = bpf_map_lookup_elem(&readbacks, &key);
	if (back) {
		readbacks_lost = take_readback(key, device, back);
		bpf_map_delete_elem(&readbacks, &key);
		page_pos = bpf_ringbuf_query(&pages, BPF_RB_PROD_POS);
	}

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
		(record)->r.page_pos = page_pos;                                 \
		(record)->r.readbacks_lost = readbacks_lost;                     \
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

/* Run by hand, never attached: copies kernel memory for user space; address 0 is our own task. */
SEC("raw_tp")
int on_peek(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 address = ctx->args[0], size = ctx->args[1];

	if (!address) {
		*(volatile __u64 *)peeked = bpf_get_current_task();
		return 0;
	}
	BOUND(size, RECORD_PAGE_SIZE);
	return bpf_probe_read_kernel((void *)peeked, size, (void *)address) != 0;
}
