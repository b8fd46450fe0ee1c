/* SPDX-License-Identifier: MIT */
/*
 * Addresses of this kernel: of symbols from the kernel itself, which takes a hundredth of what
 * reading its list of a hundred thousand does, or of memory regions from kcore.
 */
#include <bpf/bpf.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"
#include "symbols.skel.h"

/* Addresses stay 0 where they are hidden or not listed. */
static void ask_kernel(struct record_layout *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	struct symbols_bpf *skel = symbols_bpf__open_and_load();

	if (!skel)
		return;
	if (!bpf_prog_test_run_opts(bpf_program__fd(skel->progs.find_symbols), &run)) {
		out->direct_map_at = skel->bss->direct_map_at;
		out->vmemmap_at = skel->bss->vmemmap_at;
		out->fence_ops_address = skel->bss->fence_ops_address;
	}
	symbols_bpf__destroy(skel);
}

#ifdef __x86_64__
#define VMALLOC_MIN (1ull << 40)          /* its one segment is far larger than any other */
#define REGIONS_END 0xfffffc0000000000ull /* behind vmemmap: ESPFIX, EFI, the kernel, modules */
#define REGION_STEP (1ull << 30)          /* KASLR moves whole regions by this */

/*
 * The segments of the kernel's own core file: memory has its physical address with it, the others
 * have none, and among these vmemmap is what follows vmalloc.
 */
static void read_kcore(struct record_layout *out)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	uint64_t vmalloc_end = 0, vmemmap = 0, direct = 0;
	Elf64_Phdr *segments = NULL;
	Elf64_Ehdr header;
	size_t size;

	if (fd < 0)
		return;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_phentsize != sizeof(*segments))
		goto out;
	size = header.e_phnum * sizeof(*segments);
	segments = calloc(header.e_phnum, sizeof(*segments));
	if (!segments || pread(fd, segments, size, (off_t)header.e_phoff) != (ssize_t)size)
		goto out;
	for (unsigned int i = 0; i < header.e_phnum; i++)
		if (segments[i].p_type == PT_LOAD && segments[i].p_paddr == UINT64_MAX &&
		    segments[i].p_memsz >= VMALLOC_MIN)
			vmalloc_end = segments[i].p_vaddr + segments[i].p_memsz;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type != PT_LOAD || s->p_vaddr >= REGIONS_END)
			continue;
		if (s->p_paddr != UINT64_MAX)
			direct = s->p_vaddr - s->p_paddr;
		else if (vmalloc_end && s->p_vaddr >= vmalloc_end &&
			 (!vmemmap || s->p_vaddr < vmemmap))
			vmemmap = s->p_vaddr;
	}
	out->direct_map = direct;
	out->vmemmap = vmemmap & ~(REGION_STEP - 1);
out:
	free(segments);
	close(fd);
}
#endif

int record_layout_symbols(struct record_layout *out, char *why, size_t why_size)
{
#ifdef __x86_64__
	ask_kernel(out);
	if (out->direct_map_at && out->vmemmap_at)
		return 0;
	out->direct_map_at = out->vmemmap_at = 0;
	read_kcore(out);
	if (out->direct_map && out->vmemmap)
		return 0;
	snprintf(why, why_size,
		 "cannot find the kernel's memory map: give CAP_SYSLOG with "
		 "kernel.kptr_restrict at most 1, or access to /proc/kcore");
	return -1;
#else
	(void)ask_kernel;
	(void)out;
	snprintf(why, why_size,
		 "recording guest memory is only known for x86-64 so far (arm64 is "
		 "to come): record on the host, or in an x86-64 guest");
	return -1;
#endif
}
