/* SPDX-License-Identifier: MIT */
/*
 * Where things are in this kernel: offsets from BTF.
 *
 * BTF is read here and not by libbpf's relocation, because for types of a module that one lists
 * all BTF objects of the system, which needs CAP_SYS_ADMIN and breaks on any broken one of them.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

#define BTF_VMLINUX  "/sys/kernel/btf/vmlinux"
#define BTF_MODULE   "/sys/kernel/btf/virtio_gpu"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct wanted {
	size_t to; /* in struct record_layout, or record_state_layout */
	const char *type, *path;
};

#define WANT(member, type, path)                                   \
	{                                                          \
		offsetof(struct record_layout, member), type, path \
	}
#define WANT_STATE(member, type, path)                                   \
	{                                                                \
		offsetof(struct record_state_layout, member), type, path \
	}

static const struct wanted wanted[] = {
	WANT(vbuf_buf, "virtio_gpu_vbuffer", "buf"),
	WANT(vbuf_len, "virtio_gpu_vbuffer", "size"),
	WANT(vbuf_data, "virtio_gpu_vbuffer", "data_buf"),
	WANT(vbuf_data_len, "virtio_gpu_vbuffer", "data_size"),
	WANT(vbuf_resp, "virtio_gpu_vbuffer", "resp_buf"),
	WANT(vbuf_resp_len, "virtio_gpu_vbuffer", "resp_size"),
	WANT(vbuf_objs, "virtio_gpu_vbuffer", "objs"),
	WANT(array_count, "virtio_gpu_object_array", "nents"),
	WANT(array_objs, "virtio_gpu_object_array", "objs"),
	WANT(object_handle, "virtio_gpu_object", "hw_res_handle"),
	WANT(object_pages, "virtio_gpu_object", "base.pages"),
	WANT(object_size, "virtio_gpu_object", "base.base.size"),
	WANT(vq_index, "virtqueue", "index"),
	WANT(vq_free, "virtqueue", "num_free"),
	WANT(vq_vdev, "virtqueue", "vdev"),
	WANT(vdev_index, "virtio_device", "index"),
	WANT(fence_ops, "dma_fence", "ops"),
	WANT(fence_seqno, "dma_fence", "seqno"),
	WANT(fence_context, "dma_fence", "context"),
	WANT(irq_data, "irqaction", "dev_id"),
};

/* For the state that is there before the recording: from our own file descriptor to the device's. */
static const struct wanted wanted_state[] = {
	WANT_STATE(task_files, "task_struct", "files"),
	WANT_STATE(files_table, "files_struct", "fdt"),
	WANT_STATE(table_files, "fdtable", "fd"),
	WANT_STATE(file_data, "file", "private_data"),
	WANT_STATE(drm_file_minor, "drm_file", "minor"),
	WANT_STATE(drm_file_list, "drm_file", "lhead"),
	WANT_STATE(drm_file_driver, "drm_file", "driver_priv"),
	WANT_STATE(drm_file_pid, "drm_file", "pid"),
	WANT_STATE(pid_number, "pid", "numbers"),
	WANT_STATE(minor_device, "drm_minor", "dev"),
	WANT_STATE(device_files, "drm_device", "filelist"),
	WANT_STATE(device_framebuffers, "drm_device", "mode_config.fb_list"),
	WANT_STATE(device_crtcs, "drm_device", "mode_config.crtc_list"),
	WANT_STATE(fb_list, "drm_framebuffer", "head"),
	WANT_STATE(fb_format, "drm_framebuffer", "format"),
	WANT_STATE(fb_pitches, "drm_framebuffer", "pitches"),
	WANT_STATE(fb_offsets, "drm_framebuffer", "offsets"),
	WANT_STATE(fb_width, "drm_framebuffer", "width"),
	WANT_STATE(fb_height, "drm_framebuffer", "height"),
	WANT_STATE(fb_objects, "drm_framebuffer", "obj"),
	WANT_STATE(format_fourcc, "drm_format_info", "format"),
	WANT_STATE(object_gem, "virtio_gpu_object", "base.base"),
	WANT_STATE(object_dumb, "virtio_gpu_object", "dumb"),
	WANT_STATE(object_guest_blob, "virtio_gpu_object", "guest_blob"),
	WANT_STATE(crtc_list, "drm_crtc", "head"),
	WANT_STATE(crtc_index, "drm_crtc", "index"),
	WANT_STATE(crtc_primary, "drm_crtc", "primary"),
	WANT_STATE(crtc_cursor, "drm_crtc", "cursor"),
	WANT_STATE(plane_state, "drm_plane", "state"),
	WANT_STATE(state_fb, "drm_plane_state", "fb"),
	WANT_STATE(state_src_x, "drm_plane_state", "src_x"),
	WANT_STATE(state_src_y, "drm_plane_state", "src_y"),
	WANT_STATE(state_src_w, "drm_plane_state", "src_w"),
	WANT_STATE(state_src_h, "drm_plane_state", "src_h"),
	WANT_STATE(state_crtc_x, "drm_plane_state", "crtc_x"),
	WANT_STATE(state_crtc_y, "drm_plane_state", "crtc_y"),
	WANT_STATE(private_ctx_id, "virtio_gpu_fpriv", "ctx_id"),
	WANT_STATE(private_ctx_init, "virtio_gpu_fpriv", "context_init"),
	WANT_STATE(private_ctx_created, "virtio_gpu_fpriv", "context_created"),
};

/* Without these nobody is seen who waits for room in a full ring. */
static const struct wanted wanted_rings[] = {
	WANT(vdev_priv, "virtio_device", "priv"),
	WANT(drm_private, "drm_device", "dev_private"),
	WANT(rings[0], "virtio_gpu_device", "ctrlq.vq"),
	WANT(rings[1], "virtio_gpu_device", "cursorq.vq"),
	WANT(ring_waits[0], "virtio_gpu_device", "ctrlq.ack_queue"),
	WANT(ring_waits[1], "virtio_gpu_device", "cursorq.ack_queue"),
};

#define WANT_HARDWARE(member, type, path)                                   \
	{                                                                   \
		offsetof(struct record_hardware_layout, member), type, path \
	}

static const struct wanted wanted_hardware[] = {
	WANT_HARDWARE(device_private, "drm_device", "dev_private"),
	WANT_HARDWARE(scanout_count, "virtio_gpu_device", "num_scanouts"),
	WANT_HARDWARE(outputs, "virtio_gpu_device", "outputs"),
	WANT_HARDWARE(output_info, "virtio_gpu_output", "info"),
	WANT_HARDWARE(capsets, "virtio_gpu_device", "capsets"),
	WANT_HARDWARE(capset_count, "virtio_gpu_device", "num_capsets"),
	WANT_HARDWARE(capset_id, "virtio_gpu_drv_capset", "id"),
	WANT_HARDWARE(capset_max_version, "virtio_gpu_drv_capset", "max_version"),
	WANT_HARDWARE(capset_max_size, "virtio_gpu_drv_capset", "max_size"),
	WANT_HARDWARE(cache, "virtio_gpu_device", "cap_cache"),
	WANT_HARDWARE(cached_list, "virtio_gpu_drv_cap_cache", "head"),
	WANT_HARDWARE(cached_id, "virtio_gpu_drv_cap_cache", "id"),
	WANT_HARDWARE(cached_version, "virtio_gpu_drv_cap_cache", "version"),
	WANT_HARDWARE(cached_size, "virtio_gpu_drv_cap_cache", "size"),
	WANT_HARDWARE(cached_valid, "virtio_gpu_drv_cap_cache", "is_valid"),
	WANT_HARDWARE(cached_bytes, "virtio_gpu_drv_cap_cache", "caps_cache"),
};

#define TABLE(table)                 \
	{                            \
		table, COUNT(table), \
	}
static const struct {
	const struct wanted *wanted;
	size_t count;
} tables[] = { TABLE(wanted), TABLE(wanted_state), TABLE(wanted_rings), TABLE(wanted_hardware) };

/* Also the kernel's list of what its BPF can do: a number with a name for each. */
#define HELPERS "bpf_func_id"
#define NAMES_MAX \
	(2 + COUNT(wanted) + COUNT(wanted_state) + COUNT(wanted_rings) + COUNT(wanted_hardware))

/* Fills the struct at `out`. The first member that this kernel does not have, or NULL. */
static const struct wanted *fill(const struct record_types *types, const struct wanted *table,
				 size_t count, void *out)
{
	int64_t offset;

	for (size_t i = 0; i < count; i++) {
		offset = record_types_member(types, table[i].type, table[i].path);
		if (offset < 0)
			return &table[i];
		*(uint32_t *)((char *)out + table[i].to) = (uint32_t)offset;
	}
	return NULL;
}

/* Without these nothing is told of a device that was there before, but what sysfs knows. */
static void layout_fill_hardware(const struct record_types *types,
				 struct record_hardware_layout *out)
{
	const struct wanted *missing = fill(types, wanted_hardware, COUNT(wanted_hardware), out);

	if (missing) {
		out->missing = missing->path;
		return;
	}
	out->output_size = record_types_size(types, "virtio_gpu_output");
	out->capset_size = record_types_size(types, "virtio_gpu_drv_capset");
	if (!out->output_size || !out->capset_size)
		out->missing = "outputs";
}

/* Without these a recording begins without the state before it; `missing` says which one. */
static void layout_fill_state(const struct record_types *types, struct record_state_layout *out)
{
	const struct wanted *missing = fill(types, wanted_state, COUNT(wanted_state), out);

	if (missing)
		out->missing = missing->path;
}

static int layout_fill(const struct record_types *types, struct record_layout *out, char *why,
		       size_t why_size)
{
	const struct wanted *missing = fill(types, wanted, COUNT(wanted), out);
	int64_t offset;

	if (missing) {
		snprintf(why, why_size,
			 "this kernel's BTF has no member %s in struct %s: its virtio_gpu driver "
			 "is of a kind that this program does not know",
			 missing->path, missing->type);
		return -1;
	}
	out->vbuf_size = record_types_size(types, "virtio_gpu_vbuffer");
	out->page_struct = record_types_size(types, "page");
	offset = record_types_member(types, "virtio_gpu_vbuffer", "seqno");
	out->has_seqno = offset >= 0;
	out->vbuf_seqno = offset >= 0 ? (uint32_t)offset : 0;
	/* The BPF side reads the struct as an array of 64-bit words. */
	if ((out->vbuf_buf | out->vbuf_len | out->vbuf_data | out->vbuf_data_len | out->vbuf_resp |
	     out->vbuf_resp_len | out->vbuf_objs | out->vbuf_seqno) &
		    7 ||
	    !out->vbuf_size || out->vbuf_size > RECORD_VBUF_MAX || !out->page_struct) {
		snprintf(why, why_size,
			 "this kernel's struct virtio_gpu_vbuffer has a layout that "
			 "this program does not know");
		return -1;
	}
	return 0;
}

static int read_types(const struct record_types *types, struct record_layout *out,
		      struct record_state_layout *state, char *why, size_t why_size)
{
	if (!record_types_has_value(types, HELPERS, "BPF_FUNC_loop")) {
		snprintf(why, why_size,
			 "this kernel's BPF has no bpf_loop, which came with Linux 5.17: record on "
			 "the host, or with a newer kernel");
		return -1;
	}
	if (!record_types_find(types, "virtio_gpu_vbuffer")) {
		snprintf(why, why_size,
			 "%s is missing: the kernel must be built with "
			 "CONFIG_DEBUG_INFO_BTF_MODULES=y, and virtio_gpu with it; or give its "
			 "BTF with --btf, or record on the host",
			 BTF_MODULE);
		return -1;
	}
	if (layout_fill(types, out, why, why_size))
		return -1;
	layout_fill_state(types, state);
	layout_fill_hardware(types, &state->hardware);
	out->has_rings = !fill(types, wanted_rings, COUNT(wanted_rings), out);
	return 0;
}

int record_layout_read(const struct btf *btf, struct record_layout *out,
		       struct record_state_layout *state, char *why, size_t why_size)
{
	struct record_type_name names[NAMES_MAX] = { { HELPERS, BTF_KIND_ENUM },
						     { "page", BTF_KIND_STRUCT } };
	size_t count = 2;
	struct record_types *types;
	int result;

	for (size_t i = 0; i < COUNT(tables); i++)
		for (size_t k = 0; k < tables[i].count; k++)
			names[count++] = (struct record_type_name) { tables[i].wanted[k].type,
								     BTF_KIND_STRUCT };
	if (record_types_create(&types, btf, names, count)) {
		snprintf(why, why_size, "no memory for the kernel's types");
		return -1;
	}
	result = read_types(types, out, state, why, why_size);
	record_types_destroy(types);
	return result;
}

int record_layout_find(struct record_layout *out, struct record_state_layout *state,
		       const char *module_path, char *why, size_t why_size)
{
	const char *path = module_path ? module_path : BTF_MODULE;
	struct btf *base, *module = NULL;
	int result;

	base = btf__parse(BTF_VMLINUX, NULL);
	if (!base) {
		snprintf(why, why_size,
			 "%s: %s: the kernel must be built with "
			 "CONFIG_DEBUG_INFO_BTF=y",
			 BTF_VMLINUX, strerror(errno));
		return -1;
	}
	if (module_path || !access(path, F_OK)) {
		module = btf__parse_split(path, base);
		if (!module) {
			snprintf(why, why_size, "%s: no BTF of a module of this kernel", path);
			btf__free(base);
			return -1;
		}
	}
	result = record_layout_read(module ? module : base, out, state, why, why_size);
	btf__free(module);
	btf__free(base);
	return result;
}
