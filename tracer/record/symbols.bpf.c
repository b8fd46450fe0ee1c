/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Run once, by hand: where some of the kernel's symbols are. It tells those whom /proc/kallsyms tells
 * too (CAP_SYSLOG, kernel.kptr_restrict), of modules as well.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

__u64 direct_map_at, vmemmap_at, fence_ops_address; /* 0: not there, or not told */

#define FIND(name, to)                                                             \
	do {                                                                       \
		static const char symbol[] = name;                                 \
		bpf_kallsyms_lookup_name(symbol, sizeof(symbol), 0, (void *)(to)); \
	} while (0)

SEC("syscall")
int find_symbols(void *ctx)
{
	FIND("page_offset_base", &direct_map_at);
	FIND("vmemmap_base", &vmemmap_at);
	FIND("virtio_gpu_fence_ops", &fence_ops_address);
	return 0;
}
