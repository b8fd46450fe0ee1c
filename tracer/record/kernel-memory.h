/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The guest memory that a command makes the device read: found by walking its stream, taken page
 * by page from the object behind the resource. One bpf_loop does all of it, a small step a round.
 */
#ifndef VGPU_TRACER_KERNEL_MEMORY_H
#define VGPU_TRACER_KERNEL_MEMORY_H

#include "kernel.h"

static __always_inline void range_unread(struct work *w)
{
	w->mode = NEXT_COMMAND;
	/* What the device writes there cannot be seen from here. */
	if (w->from_host)
		return;
	w->pages_unread++;
	if (w->end != UINT64_MAX)
		w->bytes_unread += w->end - w->begin;
}

/*
 * The page ring is full. What is lost cannot be had again, so the command waits for the reader, but
 * not for long, and after a wait in vain not again for a while: the reader may need this very CPU.
 */
static __always_inline bool wait_for_room(struct work *w)
{
	__u64 now = bpf_ktime_get_ns();

	if (!w->wait_since) {
		if (!wait_ns || now < no_wait_until)
			return false;
		w->wait_since = now;
	}
	if (now - w->wait_since < wait_ns)
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

/*
 * The page ring fills faster than it is read. Each command waits while there is room yet, the longer the
 * less there is: the reader may need this very CPU, and has it when the command is through.
 */
static __always_inline void hold_back(struct work *w)
{
	__u64 now = bpf_ktime_get_ns(), unread = bpf_ringbuf_query(&pages, BPF_RB_AVAIL_DATA);

	if (!w->wait_since)
		w->wait_since = now;
	if (unread > pages_crowded &&
	    now - w->wait_since < wait_ns * (unread - pages_crowded) / pages_crowded * 3)
		return;
	wait_over(w);
	w->mode = w->held;
}

static __always_inline void advance(struct work *w, __u64 size)
{
	w->begin += size;
	w->taken += size;
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
	if (w->taken >= snap) {
		w->bytes_cut += w->end - w->begin;
		w->mode = NEXT_COMMAND;
		return;
	}
	if (size > snap - w->taken)
		size = snap - w->taken;

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
	p->kind = w->kind;
	p->key = w->key;
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
	p->key = 0;
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

/* What the device will have written there is taken when it answers. */
static __always_inline void keep_span(struct work *w)
{
	__u32 i = w->back.count;
	struct span *s;

	w->mode = NEXT_COMMAND;
	if (i >= SPANS_MAX) {
		w->back.lost++;
		return;
	}
	w->back.count = i + 1;
	s = &w->back.spans[i & (SPANS_MAX - 1)];
	s->backing = w->backing;
	s->begin = w->begin;
	s->end = w->end;
	s->resource = w->resource;
	s->reserved = 0;
}

/* Returns 1 behind the last one. */
static __always_inline int next_span(struct work *w)
{
	const struct span *s;

	if (w->next >= w->back.count)
		return 1;
	s = &w->back.spans[w->next & (SPANS_MAX - 1)];
	w->next++;
	w->backing = s->backing;
	w->begin = s->begin;
	w->end = s->end;
	w->resource = s->resource;
	w->mode = COPY_PAGE;
	return 0;
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
	else if (w->from_host)
		keep_span(w);
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
		if (bpf_probe_read_kernel(p, TRANSFER3D_SIZE * 4, (void *)at))
			return;
		w->from_host = p[12] != DIRECTION_TO_HOST;
		t.resource_id = p[0];
		t.offset = p[11];
	} else {
		if (bpf_probe_read_kernel(p, COPY_TRANSFER3D_SIZE * 4, (void *)at))
			return;
		w->from_host = p[13] & COPY_FROM_HOST;
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

	if (w->kind == RECORD_PAGE_READBACK)
		return next_span(w);
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

static long step(__u32 round, void *data)
{
	__u32 which = *(const __u32 *)data;
	struct work *w = bpf_map_lookup_elem(&works, &which);

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
	case HOLD_BACK:
		hold_back(w);
		return 0;
	}
	return next_command(w);
}

/* All that is to be done for a request or an answer: enum work_of. */
__noinline int do_work(__u32 which)
{
	return (int)bpf_loop(STEPS_MAX, step, &which, 0);
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

static __always_inline void transfer_3d(struct work *w, const void *request, bool from_host)
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
	w->from_host = from_host;
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

/* Where the kernel has its pages, and what they hold. */
static __always_inline void find_memory(struct work *w)
{
	w->vmemmap = layout.vmemmap_at ? read64(layout.vmemmap_at) : layout.vmemmap;
	w->direct_map = layout.direct_map_at ? read64(layout.direct_map_at) : layout.direct_map;
}

/* Sets up the work for the request in this CPU's draft; returns whether there is any. */
__noinline int begin_work(void)
{
	__u32 which = WORK_OF_REQUEST, cpu = bpf_get_smp_processor_id();
	struct draft *d = bpf_map_lookup_elem(&drafts, &cpu);
	struct work *w = bpf_map_lookup_elem(&works, &which);
	const struct virtio_gpu_ctrl_hdr *hdr;
	struct name name;

	if (!w || !d)
		return 0;
	hdr = (const void *)d->request;
	name.device = w->device;
	name.id = hdr->ctx_id;
	switch (hdr->type) {
	case VIRTIO_GPU_CMD_SUBMIT_3D:
		if (!bpf_map_lookup_elem(&foreign, &name))
			w->size = d->c.data_size;
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D:
		transfer_2d(w, d->request);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_TO_HOST_3D:
		transfer_3d(w, d->request, false);
		break;
	case VIRTIO_GPU_CMD_TRANSFER_FROM_HOST_3D:
		transfer_3d(w, d->request, true);
		break;
	case VIRTIO_GPU_CMD_RESOURCE_FLUSH:
		flush(w, d->request);
		break;
	}
	return w->size || w->mode != NEXT_COMMAND;
}

/* Copies what the device wrote for the command that is answered with `key`. Returns pages lost. */
static __always_inline __u64 take_readback(__u64 key, __u32 device, const struct readback *back)
{
	__u32 which = WORK_OF_ANSWER;
	struct work *w = bpf_map_lookup_elem(&works, &which);

	if (!w)
		return back->count;
	w->back = *back;
	w->device = device;
	w->key = key;
	w->kind = RECORD_PAGE_READBACK;
	w->mode = NEXT_COMMAND;
	w->from_host = 0;
	w->next = 0;
	w->wait_since = 0;
	w->pages_full = 0;
	w->pages_unread = 0;
	w->taken = 0;
	find_memory(w);
	do_work(WORK_OF_ANSWER);
	return w->pages_full + w->pages_unread + w->back.lost;
}

#endif
