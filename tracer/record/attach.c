/* SPDX-License-Identifier: MIT */
/* Loading and attaching the BPF programs, and saying in one line why that cannot be done. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vgpu/format.h>
#include <vgpu/transfer.h>

#include "record.h"
#include "record.skel.h"

#define PAGE_WAIT_NS 100000000ull

static bool debug_output;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debug_output ? vfprintf(stderr, format, args) : 0;
}

void record_show_libbpf(bool show)
{
	debug_output = show;
	libbpf_set_print(print_libbpf);
}

/* Effective capabilities of this process, bit by bit; all of them when they cannot be read. */
static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return UINT64_MAX;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

#define HAS(caps, cap) ((caps) >> (cap)&1)

int record_check_privilege(char *why, size_t why_size)
{
	uint64_t caps = effective_capabilities();

	if (HAS(caps, CAP_SYS_ADMIN) || (HAS(caps, CAP_BPF) && HAS(caps, CAP_PERFMON)))
		return 0;
	snprintf(why, why_size,
		 "no privilege to load BPF programs: run as root, or give the program its "
		 "capabilities (setcap cap_bpf,cap_perfmon,cap_syslog+ep)");
	return -1;
}

int record_check_driver(char *why, size_t why_size)
{
	if (access("/sys/module/virtio_gpu", F_OK) &&
	    access("/sys/bus/virtio/drivers/virtio_gpu", F_OK)) {
		snprintf(why, why_size,
			 "the virtio_gpu driver is not there: load the virtio_gpu module first "
			 "(modprobe virtio_gpu)");
		return -1;
	}
	return 0;
}

static void fill_constants(struct record_session *s, size_t commands, size_t pages)
{
	size_t count;
	const struct vgpu_block *blocks = vgpu_format_blocks(&count);

	if (count > RECORD_FORMATS)
		count = RECORD_FORMATS;
	memcpy((void *)&s->skel->rodata->layout, &s->layout, sizeof(s->layout));
	memcpy((void *)s->skel->rodata->formats, blocks, count * sizeof(*blocks));
	/* An eighth is left for what happens while the reader wakes up, seven for a burst. */
	s->skel->rodata->commands_high = commands / 8;
	s->skel->rodata->pages_high = pages / 8;
	s->skel->rodata->pages_crowded = pages / 4 * 3;
	s->high[0] = commands / 8;
	s->high[1] = pages / 8;
	bpf_map__set_max_entries(s->skel->maps.commands, (uint32_t)commands);
	bpf_map__set_max_entries(s->skel->maps.pages, (uint32_t)pages);
	bpf_map__set_max_entries(s->skel->maps.drafts, (uint32_t)libbpf_num_possible_cpus());
}

/* Type information of a module's function is for CAP_SYS_ADMIN only; without it there is none. */
static bool can_trace(struct bpf_program *program, const char *function)
{
	bool can = !bpf_program__set_attach_target(program, 0, function);

	bpf_program__set_autoload(program, can);
	bpf_program__set_autoattach(program, false);
	return can;
}

static void choose_stages(struct record_session *s, bool stages)
{
	struct bpf_program *traced[] = {
		s->skel->progs.on_kick,
		s->skel->progs.on_kick_end,
		s->skel->progs.on_ring_wait,
	};

	bpf_program__set_autoload(s->skel->progs.on_ioctl, stages);
	bpf_program__set_autoload(s->skel->progs.on_ioctl_again, stages);
	bpf_program__set_autoload(s->skel->progs.on_ioctl_exit, stages);
	bpf_program__set_autoload(s->skel->progs.on_ioctl_exit_again, stages);
	bpf_program__set_autoload(s->skel->progs.on_interrupt, stages);
	bpf_program__set_autoload(s->skel->progs.on_wait_begin, stages);
	bpf_program__set_autoload(s->skel->progs.on_wait_end, stages);
	for (size_t i = 0; i < sizeof(traced) / sizeof(traced[0]); i++)
		bpf_program__set_autoload(traced[i], false);
	if (!stages)
		return;
	s->kicks = can_trace(traced[0], "virtqueue_kick_prepare") &&
		   can_trace(traced[1], "virtqueue_notify");
	bpf_program__set_autoload(traced[0], s->kicks);
	s->ring_waits = s->layout.has_rings && can_trace(traced[2], "prepare_to_wait_event");
}

int record_session_open(struct record_session *s, const struct record_setup *setup, char *why,
			size_t why_size)
{
	size_t commands = setup->command_bytes, pages = setup->page_bytes;
	int error;

	memset(s, 0, sizeof(*s));
	s->no_memory = setup->no_memory;
	s->stages = setup->stages;
	record_show_libbpf(setup->debug);
	if (record_check_driver(why, why_size) ||
	    record_layout_find(&s->layout, &s->state_layout, setup->btf, why, why_size) ||
	    record_check_privilege(why, why_size) ||
	    record_layout_symbols(&s->layout, why, why_size))
		return -1;
	s->skel = record_bpf__open();
	if (!s->skel) {
		snprintf(why, why_size, "cannot read the embedded BPF object: %s", strerror(errno));
		return -1;
	}
	fill_constants(s, commands, pages);
	s->skel->rodata->no_memory = setup->no_memory;
	s->skel->rodata->stages = setup->stages;
	if (!setup->no_wait && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		s->skel->rodata->wait_ns = PAGE_WAIT_NS;
	choose_stages(s, setup->stages);
	if (setup->snap)
		s->skel->rodata->snap = setup->snap;
	s->skel->rodata->only_device = setup->only_device;
	bpf_program__set_autoattach(s->skel->progs.on_peek, false);
	bpf_program__set_autoattach(s->skel->progs.on_queue, false);
	error = record_bpf__load(s->skel);
	if (error == -EPERM)
		snprintf(
			why, why_size,
			"the kernel does not allow it: kernel lockdown in confidentiality mode, or "
			"a container without CAP_BPF, CAP_PERFMON and CAP_SYSLOG");
	else if (error == -ENOMEM)
		snprintf(why, why_size,
			 "no memory for rings of %zu and %zu MiB: make them smaller "
			 "(--buffer-size)",
			 commands >> 20, pages >> 20);
	else if (error)
		snprintf(why, why_size,
			 "the kernel refuses the BPF programs: %s (--debug says why)",
			 strerror(-error));
	if (!error) {
		error = record_ring_init(&s->commands, bpf_map__fd(s->skel->maps.commands),
					 commands);
		if (!error)
			error = record_ring_init(&s->pages, bpf_map__fd(s->skel->maps.pages),
						 pages);
		if (error)
			snprintf(why, why_size, "cannot map the rings: %s", strerror(-error));
	}
	if (error) {
		record_session_close(s);
		return -1;
	}
	s->counters = (const void *)&s->skel->bss->counters;
	s->sleeping = (volatile uint32_t *)&s->skel->bss->sleeping;
	return 0;
}

/* What cannot be attached (no trampolines, a function that was inlined) is not recorded. */
static void attach_traced(struct record_session *s)
{
	if (s->kicks) {
		s->skel->links.on_kick_end = bpf_program__attach(s->skel->progs.on_kick_end);
		s->skel->links.on_kick = bpf_program__attach(s->skel->progs.on_kick);
		s->kicks = s->skel->links.on_kick && s->skel->links.on_kick_end;
	}
	if (s->ring_waits) {
		s->skel->links.on_ring_wait = bpf_program__attach(s->skel->progs.on_ring_wait);
		s->ring_waits = s->skel->links.on_ring_wait;
	}
}

int record_session_attach(struct record_session *s, char *why, size_t why_size)
{
	int error;

	if (s->stages)
		attach_traced(s);
	error = record_bpf__attach(s->skel);
	/* Last what tells of commands, so that none is seen without the rest of its life. */
	if (!error) {
		s->skel->links.on_queue = bpf_program__attach(s->skel->progs.on_queue);
		error = s->skel->links.on_queue ? 0 : -errno;
	}
	if (error == -ENOENT)
		snprintf(why, why_size,
			 "the kernel has no virtio_gpu tracepoints: load the "
			 "virtio_gpu module first, and CONFIG_TRACEPOINTS is needed");
	else if (error)
		snprintf(why, why_size, "cannot attach to the virtio_gpu tracepoints: %s",
			 strerror(-error));
	return error ? -1 : 0;
}

static uint64_t missed(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(program);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.recursion_misses;
}

void record_session_missed(const struct record_session *s, struct record_missed *out)
{
	out->responses = missed(s->skel->progs.on_response);
	out->stages = missed(s->skel->progs.on_fence);
	if (s->stages)
		out->stages +=
			missed(s->skel->progs.on_wait_begin) + missed(s->skel->progs.on_wait_end);
}

void record_session_detach(struct record_session *s)
{
	/* First what tells of commands; the others may take a while, each. */
	bpf_link__destroy(s->skel->links.on_queue);
	s->skel->links.on_queue = NULL;
	record_bpf__detach(s->skel);
}

void record_session_close(struct record_session *s)
{
	record_ring_finish(&s->commands);
	record_ring_finish(&s->pages);
	for (uint32_t i = 0; i < s->node_count; i++)
		if (s->nodes[i].fd >= 0)
			close(s->nodes[i].fd);
	record_bpf__destroy(s->skel);
	s->skel = NULL;
}

int record_session_shape(struct record_session *s, uint32_t device, uint32_t resource,
			 const struct vgpu_shape *shape)
{
	const uint32_t key[2] = { device, resource };

	return bpf_map__update_elem(s->skel->maps.shapes, key, sizeof(key), shape, sizeof(*shape),
				    BPF_ANY);
}
