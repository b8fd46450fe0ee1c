/* SPDX-License-Identifier: MIT */
/*
 * Reading kernel memory on demand: a BPF program that is run by hand and copies what it is told to.
 * Needs no more privilege than recording does, unlike /proc/kcore.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "record.h"
#include "record.skel.h"

/* Address 0 asks for our own task's. */
static int run(struct record_session *s, uint64_t address, uint64_t size)
{
	uint64_t args[2] = { address, size };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	if (bpf_prog_test_run_opts(bpf_program__fd(s->skel->progs.on_peek), &opts))
		return -errno;
	return opts.retval ? -EFAULT : 0;
}

int record_peek(struct record_session *s, uint64_t address, void *out, size_t size)
{
	uint8_t *to = out;
	size_t part;
	int error;

	for (; size; size -= part, address += part, to += part) {
		part = size < sizeof(s->skel->bss->peeked) ? size : sizeof(s->skel->bss->peeked);
		error = address ? run(s, address, part) : -EFAULT;
		if (error)
			return error;
		memcpy(to, (const void *)s->skel->bss->peeked, part);
	}
	return 0;
}

uint64_t record_peek64(struct record_session *s, uint64_t address)
{
	uint64_t value;

	return record_peek(s, address, &value, sizeof(value)) ? 0 : value;
}

uint32_t record_peek32(struct record_session *s, uint64_t address)
{
	uint32_t value;

	return record_peek(s, address, &value, sizeof(value)) ? 0 : value;
}

uint64_t record_peek_task(struct record_session *s)
{
	uint64_t task;

	if (run(s, 0, sizeof(task)))
		return 0;
	memcpy(&task, (const void *)s->skel->bss->peeked, sizeof(task));
	return task;
}
