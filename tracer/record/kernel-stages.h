/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* The moments on a command's way that --stages adds. */
#ifndef VGPU_TRACER_KERNEL_STAGES_H
#define VGPU_TRACER_KERNEL_STAGES_H

#include "kernel.h"

/* Of the ABI: the ioctl system call; its second argument and its own number in struct pt_regs; DRM's. */
#define SYSCALL_IOCTL 16
#define REGS_SECOND   104
#define REGS_SYSCALL  120
#define DRM_LETTER    'd'
#define DRM_WAIT      0x48 /* DRM_COMMAND_BASE + DRM_VIRTGPU_WAIT */

static __always_inline void moment(__u32 type, __u32 device, __u64 what, __u32 told)
{
	struct record_moment *m = bpf_ringbuf_reserve(&commands, sizeof(*m), 0);

	if (!m) {
		count(&counters.moments_lost, 1);
		return;
	}
	m->event.type = type;
	m->event.device = device;
	m->event.time_ns = bpf_ktime_get_ns();
	m->what = what;
	m->tid = bpf_get_current_pid_tgid();
	m->told = told;
	bpf_ringbuf_submit(m, wake(&commands, commands_high));
}

/* Where threads sleep until there is room in this virtqueue of ours. */
static __always_inline void learn_ring(const struct record_command *c)
{
	__u64 vdev = read64(c->queue_address + layout.vq_vdev);
	__u64 gpu = read64(read64(vdev + layout.vdev_priv) + layout.drm_private);
	__u64 room = gpu + layout.ring_waits[c->queue & 1];
	__u32 device = c->event.device;

	if (layout.has_rings && read64(gpu + layout.rings[c->queue & 1]) == c->queue_address)
		bpf_map_update_elem(&ring_waits, &room, &device, BPF_ANY);
}

/* What is known of the thread that queues, and whose interrupts and kicks to look at later. */
static __always_inline void fill_stages(struct record_command *c)
{
	__u32 tid = c->tid, device = c->event.device;
	struct ioctl *in;
	__u64 *full;

	in = bpf_map_lookup_elem(&ioctls, &tid);
	if (in) {
		c->ioctl_ns = in->since;
		in->told = 1;
	}
	full = bpf_map_lookup_elem(&waits_for_room, &tid);
	if (full) {
		c->full_ns = *full;
		bpf_map_delete_elem(&waits_for_room, &tid);
	}
	if (!bpf_map_lookup_elem(&queues, &c->queue_address)) {
		bpf_map_update_elem(&queues, &c->queue_address, &device, BPF_ANY);
		learn_ring(c);
	}
}

/*
 * Only of DRM devices, whose letter is in the ioctl's number. Two programs each for its beginning and
 * its end: Linux 7 preempts them, and as long as one is at work for a thread it is not run for another
 * on that processor. The second one finds nothing left to do, or takes the first one's place.
 */
static __always_inline int begin_ioctl(struct bpf_raw_tracepoint_args *ctx, __u64 how)
{
	struct ioctl in = {};
	__u64 request;
	__u32 tid;

	if (ctx->args[1] != SYSCALL_IOCTL)
		return 0;
	request = read64(ctx->args[0] + REGS_SECOND);
	if ((request >> 8 & 0xff) != DRM_LETTER)
		return 0;
	tid = bpf_get_current_pid_tgid();
	in.since = bpf_ktime_get_ns();
	in.number = request & 0xff;
	bpf_map_update_elem(&ioctls, &tid, &in, how);
	return 0;
}

SEC("raw_tp/sys_enter")
int on_ioctl(struct bpf_raw_tracepoint_args *ctx)
{
	return begin_ioctl(ctx, BPF_ANY);
}

SEC("raw_tp/sys_enter")
int on_ioctl_again(struct bpf_raw_tracepoint_args *ctx)
{
	return begin_ioctl(ctx, BPF_NOEXIST); /* the first one's time is the better one */
}

static __always_inline int end_ioctl(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct ioctl *in = bpf_map_lookup_elem(&ioctls, &tid);

	if (!in)
		return 0;
	/* Where the ioctl's own end was not told (see record_missed), the next call's is not its. */
	if (in->told && read64(ctx->args[0] + REGS_SYSCALL) == SYSCALL_IOCTL)
		moment(RECORD_IOCTL_EXIT, 0, 0, 0);
	bpf_map_delete_elem(&ioctls, &tid);
	return 0;
}

SEC("raw_tp/sys_exit")
int on_ioctl_exit(struct bpf_raw_tracepoint_args *ctx)
{
	return end_ioctl(ctx);
}

SEC("raw_tp/sys_exit")
int on_ioctl_exit_again(struct bpf_raw_tracepoint_args *ctx)
{
	return end_ioctl(ctx);
}

/* A virtqueue with an interrupt of its own is that interrupt's data. */
SEC("raw_tp/irq_handler_entry")
int on_interrupt(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 queue = read64(ctx->args[1] + layout.irq_data);
	__u32 *device = bpf_map_lookup_elem(&queues, &queue);

	if (device)
		moment(RECORD_INTERRUPT, *device, queue, 0);
	return 0;
}

static __always_inline bool is_ours(__u64 fence)
{
	return layout.fence_ops_address &&
	       read64(fence + layout.fence_ops) == layout.fence_ops_address;
}

SEC("raw_tp/dma_fence_wait_start")
int on_wait_begin(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 ids = bpf_get_current_pid_tgid();
	__u64 fence = ctx->args[0];
	struct record_wait *w;
	struct ioctl *in;
	__u32 tid = ids;

	if (!is_ours(fence))
		return 0;
	bpf_map_update_elem(&fence_waits, &tid, &fence, BPF_ANY);
	w = bpf_ringbuf_reserve(&commands, sizeof(*w), 0);
	if (!w) {
		count(&counters.moments_lost, 1);
		return 0;
	}
	w->event.type = RECORD_WAIT_BEGIN;
	w->event.device = 0;
	w->event.time_ns = bpf_ktime_get_ns();
	w->fence_id = read64(fence + layout.fence_seqno);
	w->pid = ids >> 32;
	w->tid = tid;
	w->ioctl_ns = 0;
	in = bpf_map_lookup_elem(&ioctls, &tid);
	if (in && in->number == DRM_WAIT) {
		w->ioctl_ns = in->since;
		in->told = 1;
	}
	bpf_get_current_comm(w->comm, sizeof(w->comm));
	bpf_ringbuf_submit(w, wake(&commands, commands_high));
	return 0;
}

SEC("raw_tp/dma_fence_wait_end")
int on_wait_end(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 *fence = bpf_map_lookup_elem(&fence_waits, &tid);

	if (!fence || *fence != ctx->args[0])
		return 0;
	bpf_map_delete_elem(&fence_waits, &tid);
	moment(RECORD_WAIT_END, 0, read64(ctx->args[0] + layout.fence_seqno), 0);
	return 0;
}

/*
 * The driver has no tracepoint where it tells the device. Both functions are the virtio core's and
 * exported, so they are there as functions on every kernel; all virtio drivers come by.
 */
SEC("fexit/virtqueue_kick_prepare")
int on_kick(__u64 *ctx)
{
	__u64 queue = ctx[0];
	__u32 *device = bpf_map_lookup_elem(&queues, &queue);

	if (device)
		moment(RECORD_KICK, *device, queue, (__u8)ctx[1]);
	return 0;
}

SEC("fexit/virtqueue_notify")
int on_kick_end(__u64 *ctx)
{
	__u64 queue = ctx[0];
	__u32 *device = bpf_map_lookup_elem(&queues, &queue);

	if (device)
		moment(RECORD_KICK_END, *device, queue, 0);
	return 0;
}

/* Where wait_event() begins to sleep, of everybody; the first time counts when it does so again. */
SEC("fentry/prepare_to_wait_event")
int on_ring_wait(__u64 *ctx)
{
	__u64 room = ctx[0], now;
	__u32 tid;

	if (!bpf_map_lookup_elem(&ring_waits, &room))
		return 0;
	tid = bpf_get_current_pid_tgid();
	now = bpf_ktime_get_ns();
	bpf_map_update_elem(&waits_for_room, &tid, &now, BPF_NOEXIST);
	return 0;
}

#endif
