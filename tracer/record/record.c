/* SPDX-License-Identifier: MIT */
/* vgpu-trace record: set-up, the loop, and an orderly end whatever ends it. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "record.h"
#include "tool.h"

#define MIB           (1ull << 20)
#define WAIT_MS       100 /* between looks at the rings; a filling ring wakes us before */
#define MISSED_NS     1000000000ull
#define LINGER_NS     250000000ull /* for what comes behind a last answer: fences, exits of ioctls */
#define LINGER_MAX_NS 5000000000ull /* for answers to the file before */
#define GRACE_NS      300000000ull  /* for the last responses */
#define CHILD_END_NS  3000000000ull /* for a command that was told to end */

#define WHY_MAX       (RECORD_NAME_MAX + 256)

struct recorder {
	struct record_options options;
	struct record_session session;
	struct record_drain drain;
	struct record_child child;
	struct record_choice *choice;
	struct record_keeper *keeper; /* of a ring of files */
	struct record_status status;
	struct record_probe probe;
	struct vgpu_trace_writer *writer;
	int fd, epoll, signals;
	int last_fd; /* of the drain's last file */
	int argc;
	char **argv;
	uint32_t queue_bytes;
	struct record_missed missed;
	uint64_t missed_ns; /* when that was asked for */
	uint64_t file_ns;   /* when this file was begun */
	uint8_t file_id[16];
	bool told;       /* that the next file cannot be made */
	uint64_t end_ns; /* UINT64_MAX: nobody has said */
	bool asked;      /* to end, by a signal */
	int child_status;
	bool child_ended;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* Signals become readable, for this thread and those that the writer makes. */
static int catch_signals(struct recorder *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? -errno : 0;
}

static void add_id(struct record_text *text, const char *key, const uint8_t id[16])
{
	char hex[33];

	for (unsigned int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	record_text_add(text, key, "%s", hex);
}

static int write_header(struct recorder *r, struct vgpu_trace_writer *writer, uint64_t now)
{
	struct vgpu_trace_header header = { .clock = CLOCK_MONOTONIC };
	struct record_text text = { .size = 0 };
	char line[1024] = "";
	struct utsname name;
	size_t used = 0;

	for (int i = 1; i < r->argc && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s", i > 1 ? " " : "",
					 r->argv[i]);
	header.realtime_ns = clock_ns(CLOCK_REALTIME);
	if (getrandom(header.file_id, sizeof(header.file_id), 0) != sizeof(header.file_id))
		memcpy(header.file_id, &header.realtime_ns, sizeof(header.realtime_ns));
	record_text_add(&text, "source", "guest-ebpf");
	record_text_add(&text, "recorder", "vgpu-trace " VGPU_VERSION);
	record_text_add(&text, "options", "%s", line);
	if (!uname(&name)) {
		record_text_add(&text, "kernel", "%s %s %s", name.sysname, name.release,
				name.version);
		record_text_add(&text, "machine", "%s", name.machine);
	}
	record_text_add(&text, "seqno", "%s", r->session.layout.has_seqno ? "yes" : "no");
	record_text_add(&text, "fences", "%s", r->session.layout.fence_ops_address ? "yes" : "no");
	record_text_add(&text, "stages", "%s", r->options.stages ? "yes" : "no");
	if (r->options.stages) {
		record_text_add(&text, "kicks", "%s", r->session.kicks ? "yes" : "no");
		record_text_add(&text, "ring-waits", "%s", r->session.ring_waits ? "yes" : "no");
	}
	record_text_add(&text, "memory", "%s", r->options.no_memory ? "no" : "yes");
	if (r->options.snap)
		record_text_add(&text, "snap", "%llu", (unsigned long long)r->options.snap);
	if (r->options.filter.expression)
		record_text_add(&text, "filter", "%s", r->options.filter.expression);
	if (r->options.pid)
		record_text_add(&text, "tree", "%u", r->options.pid);
	if (record_files_are_many(&r->options.files)) {
		record_text_add(&text, "file-number", "%u", r->options.files.number);
		if (r->options.files.number > 1)
			add_id(&text, "file-before", r->file_id);
	}
	memcpy(r->file_id, header.file_id, sizeof(r->file_id));
	header.text = text.bytes;
	header.text_size = text.size;
	return vgpu_trace_write_header(writer, now, &header);
}

/* What is there already; without it a recording is poorer, not wrong. */
static int write_state(struct recorder *r, char *why, size_t why_size)
{
	struct record_state state;
	int error = 0;

	for (uint32_t i = 0; i < r->drain.device_count && !error; i++) {
		if (record_state_read(&r->session, r->drain.devices[i].number, &state, why,
				      why_size)) {
			if (!r->options.quiet)
				fprintf(stderr,
					"vgpu-trace: what was there before the recording stays "
					"unknown: %s\n",
					why);
		} else {
			error = record_snapshot(&r->drain, &r->session, i, &state);
		}
		record_state_finish(&state);
	}
	if (error)
		snprintf(why, why_size, "%s: %s", r->options.files.name, tool_strerror(error));
	return error ? -1 : 0;
}

/* From here on everything is written down. */
static int begin(struct recorder *r, uint64_t memory, char *why, size_t why_size)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int error;

	/* Only then is it known what can be recorded. Events wait in the rings. */
	if (record_session_attach(&r->session, why, why_size))
		return -1;
	error = record_files_are_many(&r->options.files)
			? record_keeper_create(&r->keeper, clamp(memory / 8, 32 * MIB, 1024 * MIB))
			: 0;
	if (!error)
		error = record_files_writer(&r->writer, r->fd, r->queue_bytes, r->keeper);
	if (!error)
		error = record_drain_init(&r->drain, r->writer, &r->session.commands,
					  &r->session.pages,
					  clamp(memory / 8, 32 * MIB, 2048 * MIB));
	r->drain.with_stages = r->options.stages;
	r->drain.with_kicks = r->session.kicks;
	r->drain.snap = r->options.snap;
	if (!error && (r->options.filter.filter || r->options.pid))
		error = record_choice_create(&r->choice, r->options.filter.filter, r->options.pid);
	r->drain.choice = r->choice;
	r->drain.keeper = r->keeper;
	if (!error)
		error = write_header(r, r->writer, now);
	if (!error && record_files_are_many(&r->options.files))
		error = record_turns_begin(&r->drain);
	if (!error)
		error = record_drain_devices(&r->drain, record_hardware_describe, &r->session, now);
	if (error) {
		snprintf(why, why_size, "%s: %s", r->options.files.name, tool_strerror(error));
		return -1;
	}
	if (r->options.stages && !r->options.quiet && !(r->session.kicks && r->session.ring_waits))
		fprintf(stderr, "vgpu-trace: without %s%s%s: %s\n", r->session.kicks ? "" : "kicks",
			r->session.kicks || r->session.ring_waits ? "" : " and ",
			r->session.ring_waits ? "" : "waits for room in the ring",
			"this kernel, or these privileges, do not let BPF see the functions "
			"(CAP_SYS_ADMIN where virtio is a module)");
	/* Behind the attaching, so that nothing can happen between the two. */
	return write_state(r, why, why_size) || record_probe_release(&r->probe, why, why_size) ? -1
											       : 0;
}

/* The last things that need privilege are done: become somebody else, and tell who waits. */
static int settle(struct recorder *r, char *why, size_t why_size)
{
	const char *name = r->options.user;
	struct passwd *user = name ? getpwnam(name) : NULL;
	int error;

	if (name && !user) {
		snprintf(why, why_size, "%s: there is no such user", name);
		return -1;
	}
	/* The file is theirs then, as it would have been had they begun the recording. */
	if (user &&
	    (fchown(r->fd, user->pw_uid, user->pw_gid) || initgroups(user->pw_name, user->pw_gid) ||
	     setgid(user->pw_gid) || setuid(user->pw_uid))) {
		snprintf(why, why_size, "cannot become %s: %s", name, strerror(errno));
		return -1;
	}
	/* Who waits in vain is worse off than the recording. */
	error = record_tell_ready(r->options.ready);
	if (error)
		fprintf(stderr, "vgpu-trace: telling that the recording has begun: %s\n",
			strerror(-error));
	return 0;
}

static void watch(struct recorder *r, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void end_at(struct recorder *r, uint64_t ns)
{
	if (r->end_ns > ns)
		r->end_ns = ns;
}

static void take_signals(struct recorder *r)
{
	struct signalfd_siginfo info;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			if (r->child.pid &&
			    waitpid(r->child.pid, &r->child_status, WNOHANG) == r->child.pid) {
				r->child.pid = 0;
				r->child_ended = true;
				end_at(r, now + GRACE_NS);
			}
			continue;
		}
		if (r->child.pid && !r->asked) {
			/* From the terminal the command has got it as well. */
			if (info.ssi_code != SI_KERNEL)
				kill(r->child.pid, (int)info.ssi_signo);
			end_at(r, now + CHILD_END_NS);
		} else {
			end_at(r, now);
		}
		r->asked = true;
	}
}

static bool filling(const struct record_ring *ring, uint64_t high)
{
	return record_ring_produced(ring) - record_ring_consumed(ring) >= high;
}

/* Until a ring fills, a signal comes, a little time has gone, or all of it. */
static void wait_events(struct recorder *r, uint64_t now)
{
	uint64_t left_ms = (r->end_ns - now) / 1000000 + 1;
	int wait_ms = left_ms < WAIT_MS ? (int)left_ms : WAIT_MS;
	struct epoll_event events[4];
	bool full, signalled = false;
	int n;

	*r->session.sleeping = 1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	full = filling(&r->session.commands, r->session.high[0]) ||
	       filling(&r->session.pages, r->session.high[1]);
	n = epoll_wait(r->epoll, events, 4, full ? 0 : wait_ms);
	*r->session.sleeping = 0;
	for (int i = 0; i < n; i++)
		signalled |= events[i].data.fd == r->signals;
	if (signalled)
		take_signals(r);
}

/* Begins the next file. 0 also when that cannot be done now; or an error of the writer. */
static int turn(struct recorder *r, uint64_t now)
{
	struct vgpu_trace_writer *writer;
	char why[WHY_MAX];
	int fd, error;

	fd = record_files_open(&r->options.files, why, sizeof(why));
	if (fd < 0) {
		/* Not recording would be worse than a file that is too large. */
		if (!r->told) {
			record_status_clear(&r->status);
			fprintf(stderr, "vgpu-trace: %s; the file before goes on\n", why);
		}
		r->told = true;
		r->file_ns = now;
		return 0;
	}
	error = record_files_writer(&writer, fd, r->queue_bytes, r->keeper);
	if (error) {
		close(fd);
		return error;
	}
	r->last_fd = r->fd;
	r->fd = fd;
	r->writer = writer;
	r->file_ns = now;
	/* What each file begins with is known to who keeps it. */
	record_keeper_listen(r->keeper, false);
	error = write_header(r, writer, now);
	if (!error)
		error = record_turns_next(&r->drain, writer, now);
	record_keeper_listen(r->keeper, true);
	return error;
}

/* Closes the file before once its answers are there, and begins the next one when this is full. */
static int care_for_files(struct recorder *r, uint64_t now, uint64_t bytes)
{
	struct record_drain *d = &r->drain;
	uint64_t age = now - r->file_ns;

	if (d->last && age >= LINGER_NS && (!d->last_waiting || age >= LINGER_MAX_NS) &&
	    !record_files_closing(&r->options.files)) {
		record_files_close(&r->options.files, d->last, r->last_fd, now);
		d->last = NULL;
	}
	if (!record_files_due(&r->options.files, bytes, age) || !record_turns_possible(d))
		return 0;
	if (record_files_all(&r->options.files)) {
		end_at(r, now);
		return 0;
	}
	return turn(r, now);
}

static int tell_losses(struct recorder *r, uint64_t now, bool final)
{
	/* The kernel has to be asked for these. */
	if (final || now - r->missed_ns >= MISSED_NS) {
		record_session_missed(&r->session, &r->missed);
		r->missed_ns = now;
	}
	return record_drain_losses(&r->drain, r->session.counters, &r->missed, now, final);
}

/* Returns 0, or the writer's error. */
static int loop(struct recorder *r)
{
	struct vgpu_trace_writer_stats stats;
	uint64_t now, bytes;
	int error;

	for (;;) {
		error = record_drain_run(&r->drain);
		if (error < 0)
			return error;
		now = clock_ns(CLOCK_MONOTONIC);
		error = tell_losses(r, now, false);
		if (!error)
			error = vgpu_trace_writer_tick(r->writer);
		if (!error && r->drain.last)
			error = vgpu_trace_writer_tick(r->drain.last);
		if (error)
			return error;
		vgpu_trace_writer_stats(r->writer, &stats);
		bytes = stats.file_bytes;
		if (!record_files_closing(&r->options.files))
			bytes += r->options.files.closed_bytes;
		record_status_update(&r->status, now, r->drain.id, bytes, r->drain.lost);
		if (r->options.max_bytes && bytes >= r->options.max_bytes)
			return 0;
		error = care_for_files(r, now, stats.file_bytes);
		if (error)
			return error;
		/* After the command's end only until its last responses are here. */
		if (now >= r->end_ns || (r->child_ended && !r->drain.waiting.count))
			return 0;
		wait_events(r, now);
	}
}

/* Whatever is in the rings, the totals, the end. */
static int finish(struct recorder *r)
{
	uint64_t now;
	int error, end;

	record_session_detach(&r->session);
	do
		error = record_drain_run(&r->drain);
	while (error > 0);
	now = clock_ns(CLOCK_MONOTONIC);
	if (error >= 0)
		error = tell_losses(r, now, true);
	if (!error)
		error = record_drain_flush(&r->drain);
	record_files_finish(&r->options.files);
	if (r->drain.last)
		record_files_close(&r->options.files, r->drain.last, r->last_fd, now);
	r->drain.last = NULL;
	if (!error)
		error = vgpu_trace_writer_finish(r->writer, now);
	end = record_files_finish(&r->options.files);
	return error ? error : end;
}

static void summary(struct recorder *r)
{
	struct vgpu_trace_writer_stats stats;

	record_status_clear(&r->status);
	if (r->child_ended && WIFSIGNALED(r->child_status))
		fprintf(stderr, "vgpu-trace: the command was ended by signal %d (%s)\n",
			WTERMSIG(r->child_status), strsignal(WTERMSIG(r->child_status)));
	else if (r->child_ended && WEXITSTATUS(r->child_status))
		fprintf(stderr, "vgpu-trace: the command ended with status %d\n",
			WEXITSTATUS(r->child_status));
	if (r->options.quiet && !r->drain.lost)
		return;
	vgpu_trace_writer_stats(r->writer, &stats);
	fprintf(stderr,
		"vgpu-trace: %" PRIu64 " commands, %.1f MB, %" PRIu64 " lost: ", r->drain.id,
		(double)(stats.file_bytes + r->options.files.closed_bytes) / 1e6, r->drain.lost);
	if (r->drain.left_out)
		fprintf(stderr, "%" PRIu64 " others left out, ", r->drain.left_out);
	if (r->options.files.number > 1)
		fprintf(stderr, "%u files, the last is ", r->options.files.number);
	fprintf(stderr, "%s\n", r->options.files.name);
	if (r->session.counters->waited_ns)
		fprintf(stderr,
			"vgpu-trace: the guest was held back for %.2f s in all, so that nothing is "
			"lost\n",
			(double)r->session.counters->waited_ns / 1e9);
}

/* Sizes of the rings. 0, or -1 with one line in `why`. */
static int choose_buffers(struct record_options *o, uint64_t memory, char *why, size_t why_size)
{
	if (!o->command_ring)
		o->command_ring = o->buffers ? clamp(o->buffers / 4, MIB, 256 * MIB)
					     : clamp(memory / 128, 4 * MIB, 64 * MIB);
	if (!o->page_ring)
		o->page_ring = o->buffers > o->command_ring + MIB
				       ? clamp(o->buffers - o->command_ring, MIB, 1024 * MIB)
				       : clamp(memory / 16, 8 * MIB, 256 * MIB);
	o->command_ring = record_ring_size(o->command_ring);
	o->page_ring = record_ring_size(o->page_ring);
	if (o->command_ring + o->page_ring <= memory / 2)
		return 0;
	snprintf(why, why_size,
		 "buffers of %zu and %zu MiB are more than half of this machine's %" PRIu64
		 " MiB: make them smaller (--buffer-size)",
		 o->command_ring >> 20, o->page_ring >> 20, memory >> 20);
	return -1;
}

static int record(struct recorder *r)
{
	int error, end;

	if (r->child.pid) {
		error = record_child_go(&r->child);
		if (error) {
			fprintf(stderr, "vgpu-trace: %s: %s\n", r->options.command[0],
				strerror(-error));
			finish(r);
			record_files_remove(&r->options.files);
			return TOOL_FAILED;
		}
	}
	error = loop(r);
	end = finish(r);
	if (!error)
		error = end;
	if (error) {
		record_status_clear(&r->status);
		fprintf(stderr, "vgpu-trace: %s: %s; what is there can be read\n",
			r->options.files.name, tool_strerror(error));
		return TOOL_FAILED;
	}
	summary(r);
	return r->drain.lost ? TOOL_LOSSY : TOOL_OK;
}

int tool_record(int argc, char **argv)
{
	struct recorder r = {
		.fd = -1,
		.last_fd = -1,
		.epoll = -1,
		.signals = -1,
		.end_ns = UINT64_MAX,
		.argc = argc,
		.argv = argv,
	};
	struct record_setup setup = { .only_device = UINT32_MAX };
	uint64_t memory = record_machine_memory(), now;
	char why[WHY_MAX];
	int result = TOOL_FAILED;
	bool created = false;

	record_options_parse(&r.options, argc, argv);
	if (r.options.from_probe && record_probe_hold(&r.probe, why, sizeof(why)))
		goto fail;
	if (r.options.device) {
		setup.only_device = record_device_named(r.options.device);
		if (setup.only_device == UINT32_MAX) {
			snprintf(why, sizeof(why), "%s: the driver has no such device",
				 r.options.device);
			goto fail;
		}
	}
	if (choose_buffers(&r.options, memory, why, sizeof(why)))
		goto fail;
	if (catch_signals(&r) || (r.epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) {
		snprintf(why, sizeof(why), "cannot wait for events: %s", strerror(errno));
		goto fail;
	}
	setup.command_bytes = r.options.command_ring;
	setup.page_bytes = r.options.page_ring;
	setup.btf = r.options.btf;
	setup.no_memory = r.options.no_memory;
	setup.stages = r.options.stages;
	setup.no_wait = r.options.no_wait;
	setup.snap = r.options.snap;
	setup.debug = r.options.debug;
	if (record_session_open(&r.session, &setup, why, sizeof(why)))
		goto fail;
	r.queue_bytes = (uint32_t)clamp(r.options.buffers ? r.options.buffers : memory / 64,
					8 * MIB, 64 * MIB);
	r.fd = record_files_open(&r.options.files, why, sizeof(why));
	if (r.fd < 0)
		goto fail;
	created = true;
	if (r.options.command && record_child_create(&r.child, r.options.command)) {
		snprintf(why, sizeof(why), "%s: %s", r.options.command[0], strerror(errno));
		goto fail;
	}
	if (begin(&r, memory, why, sizeof(why)))
		goto fail;
	r.file_ns = now = clock_ns(CLOCK_MONOTONIC);
	if (r.options.duration > 0)
		r.end_ns = now + (uint64_t)(r.options.duration * 1e9);
	record_status_init(&r.status, r.options.quiet, now);
	watch(&r, r.signals, EPOLLIN);
	/* Edges: what wakes us is the kernel side's decision, not that there is something. */
	watch(&r, r.session.commands.fd, EPOLLIN | EPOLLET);
	watch(&r, r.session.pages.fd, EPOLLIN | EPOLLET);
	/* Only this thread, which empties the rings; compressing may wait. Needs no success. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), RECORD_READER_NICE);
	if (settle(&r, why, sizeof(why)))
		goto fail;
	created = false;
	result = record(&r);
	goto out;

fail:
	fprintf(stderr, "vgpu-trace: %s\n", why);
	if (created)
		record_files_remove(&r.options.files);
out:
	/* Whatever went wrong, the machine keeps its screen. */
	if (record_probe_release(&r.probe, why, sizeof(why)))
		fprintf(stderr, "vgpu-trace: %s\n", why);
	vgpu_trace_writer_destroy(r.drain.last);
	record_drain_finish(&r.drain);
	record_choice_destroy(r.choice);
	record_keeper_destroy(r.keeper);
	filter_options_finish(&r.options.filter);
	vgpu_trace_writer_destroy(r.writer);
	if (r.session.skel)
		record_session_close(&r.session);
	if (r.fd >= 0 && close(r.fd) && result != TOOL_FAILED) {
		fprintf(stderr, "vgpu-trace: %s: %s\n", r.options.files.name, strerror(errno));
		result = TOOL_FAILED;
	}
	if (r.epoll >= 0)
		close(r.epoll);
	if (r.signals >= 0)
		close(r.signals);
	return result;
}
