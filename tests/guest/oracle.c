// SPDX-License-Identifier: MIT
/*
 * Preloaded into QEMU 7.2: logs what its virtio-gpu device takes from and puts into its queues.
 *
 * It is the judge of the recorder, so it shares nothing with it: the bytes are read in the
 * device, through the device's own mapping, at the moment when the device takes them.
 *
 * The device is a module which QEMU loads with dlopen. virtqueue_pop() and virtqueue_push() are
 * defined in the executable, which comes before any preloaded library in symbol lookup, so they
 * cannot be interposed. Instead the module's relocations for them are rewritten once it is there.
 *
 * Output, to $VGPU_ORACLE: struct entry and its bytes, again and again (oracle_read.py).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ENTRY_MAGIC 0x43524f56u /* "VORC" */

enum {
	ENTRY_POP = 1,
	ENTRY_PUSH = 2,
	ENTRY_RESET = 3
};

struct entry {
	uint32_t magic;
	uint32_t kind;
	uint32_t queue;   /* 0 control, 1 cursor */
	uint32_t len;     /* of the bytes that follow */
	uint64_t id;      /* the same for an element's pop and push */
	uint64_t time_ns; /* CLOCK_MONOTONIC of the host */
};

/* VirtQueueElement, include/hw/virtio/virtio.h of QEMU 7.2 (the same in 6.0 to 9.0) */
struct element {
	unsigned int index;
	unsigned int len;
	unsigned int ndescs;
	unsigned int out_num;
	unsigned int in_num;
	uint64_t *in_addr;
	uint64_t *out_addr;
	struct iovec *in_sg;
	struct iovec *out_sg;
};

static int log_fd = -1;
static uint64_t next_id = 1;
/* An element's index is unique in its queue while the device has it. */
static uint64_t ids[2][65536];

static struct element *(*real_pop)(void *vq, size_t size);
static void (*real_push)(void *vq, const struct element *elem, unsigned int len);
static void (*real_reset)(void *device);
static void (*real_reset_scanout)(void *device);
static int (*queue_index)(void *vq);
static void *(*main_context)(void);
static void (*schedule)(void *context, void (*fn)(void *), void *arg, const char *name);
static void (*lock_qemu)(const char *file, int line);
static void (*unlock_qemu)(void);

static void give_up(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	_exit(97);
}

/* One write per entry: whatever becomes of QEMU, the log ends after a whole entry. */
static void log_entry(uint32_t kind, uint32_t queue, uint64_t id, const struct iovec *sg,
		      unsigned int num, size_t limit)
{
	static unsigned char *buf;
	static size_t room;
	struct timespec now;
	size_t len = 0;

	if (log_fd < 0)
		return;
	for (unsigned int i = 0; i < num; i++)
		len += sg[i].iov_len;
	if (len > limit)
		len = limit;
	if (sizeof(struct entry) + len > room) {
		room = 2 * (sizeof(struct entry) + len);
		buf = realloc(buf, room);
		if (!buf)
			give_up("out of memory");
	}

	clock_gettime(CLOCK_MONOTONIC, &now);
	struct entry head = {
		.magic = ENTRY_MAGIC,
		.kind = kind,
		.queue = queue,
		.len = (uint32_t)len,
		.id = id,
		.time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
	};
	size_t at = sizeof(head), end = sizeof(head) + len;

	memcpy(buf, &head, sizeof(head));
	for (unsigned int i = 0; i < num && at < end; i++) {
		size_t n = sg[i].iov_len < end - at ? sg[i].iov_len : end - at;

		memcpy(buf + at, sg[i].iov_base, n);
		at += n;
	}
	if (write(log_fd, buf, end) != (ssize_t)end)
		give_up("cannot write the log");
}

/* QEMU holds its big lock whenever it calls these, so they need none. */
static struct element *log_pop(void *vq, size_t size)
{
	struct element *elem = real_pop(vq, size);
	int queue = queue_index(vq);

	if (elem && queue >= 0 && queue < 2) {
		uint64_t id = next_id++;

		ids[queue][elem->index & 0xffff] = id;
		log_entry(ENTRY_POP, (uint32_t)queue, id, elem->out_sg, elem->out_num, SIZE_MAX);
	}
	return elem;
}

static void log_push(void *vq, const struct element *elem, unsigned int len)
{
	int queue = queue_index(vq);

	if (queue >= 0 && queue < 2)
		log_entry(ENTRY_PUSH, (uint32_t)queue, ids[queue][elem->index & 0xffff],
			  elem->in_sg, elem->in_num, len);
	real_push(vq, elem, len);
}

/*
 * QEMU before 8.2 resets the device in the thread of the virtual CPU that asked for it, and so
 * calls GL without a context: it crashes when the driver is unbound. Upstream's cure (a41e2d97,
 * "virtio-gpu: reset gfx resources in main thread") is applied from outside here.
 */
struct job {
	void (*fn)(void *device);
	void *device;
	sem_t done;
};

static void run_job(void *arg)
{
	struct job *job = arg;

	job->fn(job->device);
	sem_post(&job->done);
}

static void in_main_thread(void (*fn)(void *device), void *device)
{
	struct job job = { .fn = fn, .device = device };

	if (gettid() == getpid()) {
		fn(device);
		return;
	}
	sem_init(&job.done, 0, 0);
	schedule(main_context(), run_job, &job, "reset");
	unlock_qemu();
	while (sem_wait(&job.done))
		;
	lock_qemu(__FILE__, __LINE__);
	sem_destroy(&job.done);
}

static void reset(void *device)
{
	log_entry(ENTRY_RESET, 0, 0, NULL, 0, 0);
	in_main_thread(real_reset, device);
}

static void reset_scanout(void *device)
{
	in_main_thread(real_reset_scanout, device);
}

static const struct {
	const char *name;
	void *wrapper;
	void **real;
} hooks[] = {
	{ "virtqueue_pop", (void *)log_pop, (void **)&real_pop },
	{ "virtqueue_push", (void *)log_push, (void **)&real_push },
	{ "virtio_gpu_reset", (void *)reset, (void **)&real_reset },
	{ "virtio_gpu_virgl_reset_scanout", (void *)reset_scanout, (void **)&real_reset_scanout },
};

static void *find(void *module, const char *name)
{
	void *p = dlsym(RTLD_DEFAULT, name);

	if (!p)
		p = dlsym(module, name);
	if (!p)
		give_up(name);
	return p;
}

static void hook_table(void *module, ElfW(Addr) base, const ElfW(Rela) * rela, size_t size,
		       const ElfW(Sym) * symbols, const char *strings)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < size / sizeof(*rela); i++) {
		const char *name = strings + symbols[ELF64_R_SYM(rela[i].r_info)].st_name;
		uint64_t type = ELF64_R_TYPE(rela[i].r_info);
		void **slot = (void **)(base + rela[i].r_offset);

		if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT)
			continue;
		for (size_t h = 0; h < sizeof(hooks) / sizeof(*hooks); h++) {
			if (strcmp(name, hooks[h].name))
				continue;
			*hooks[h].real = find(module, name);
			/* RELRO; nothing minds that the page stays writable */
			if (mprotect((void *)((uintptr_t)slot & ~(page - 1)), page,
				     PROT_READ | PROT_WRITE))
				give_up("mprotect");
			*slot = hooks[h].wrapper;
		}
	}
}

static void hook_module(void *module, const struct link_map *map)
{
	const ElfW(Rela) *rela = NULL, *plt = NULL;
	const ElfW(Sym) *symbols = NULL;
	const char *strings = NULL;
	size_t rela_size = 0, plt_size = 0;

	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++) {
		switch (d->d_tag) {
		case DT_RELA:
			rela = (const void *)d->d_un.d_ptr;
			break;
		case DT_RELASZ:
			rela_size = d->d_un.d_val;
			break;
		case DT_JMPREL:
			plt = (const void *)d->d_un.d_ptr;
			break;
		case DT_PLTRELSZ:
			plt_size = d->d_un.d_val;
			break;
		case DT_SYMTAB:
			symbols = (const void *)d->d_un.d_ptr;
			break;
		case DT_STRTAB:
			strings = (const void *)d->d_un.d_ptr;
			break;
		}
	}
	queue_index = (int (*)(void *))find(module, "virtio_get_queue_index");
	main_context = (void *(*)(void))find(module, "qemu_get_aio_context");
	schedule = (void (*)(void *, void (*)(void *), void *,
			     const char *))find(module, "aio_bh_schedule_oneshot_full");
	lock_qemu = (void (*)(const char *, int))find(module, "qemu_mutex_lock_iothread_impl");
	unlock_qemu = (void (*)(void))find(module, "qemu_mutex_unlock_iothread");
	hook_table(module, map->l_addr, rela, rela_size, symbols, strings);
	hook_table(module, map->l_addr, plt, plt_size, symbols, strings);
}

__attribute__((visibility("default"))) void *dlopen(const char *name, int flags)
{
	static void *(*real_dlopen)(const char *, int);
	const char *path = getenv("VGPU_ORACLE");
	struct link_map *map;
	void *module;

	if (!real_dlopen)
		real_dlopen = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	module = real_dlopen(name, flags);
	if (!module || !name || !strstr(name, "/hw-display-virtio-gpu"))
		return module;
	if (log_fd < 0 && path) {
		log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (log_fd < 0)
			give_up(path);
	}
	if (!dlinfo(module, RTLD_DI_LINKMAP, &map))
		hook_module(module, map);
	return module;
}
