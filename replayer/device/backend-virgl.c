/* SPDX-License-Identifier: MIT */
/*
 * virglrenderer, headless: EGL without a surface, so no window, no display server and no DRM
 * device are needed; or on a render node that is named. Compiled against 0.10.4's header and able to run with 1.x: what only newer
 * libraries have is looked up at run time, and structs that have grown get room to spare.
 */
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <virglrenderer.h>

#define GL_RENDERER_NAME 0x1f01
#define GL_VERSION_NAME  0x1f02

/* linux/major.h does not have it; Documentation/admin-guide/devices.txt does. */
#define DRM_MAJOR        226

struct virgl {
	char renderer[128], version[128], library[128];
	int gpu;
};

/* The library is global, and its fence and log callbacks of 0.10 carry no usable cookie. */
static struct vgpu_device *virgl_device;

static void virgl_write_fence(void *cookie, uint32_t fence)
{
	fences_signal(cookie, fence);
}

/* The library's messages: one that tells of an error is a verdict on the command at hand. */
static void virgl_message(const char *text)
{
	static const char mark[] = "context error reported ";
	struct vgpu_device *d = virgl_device;
	const char *at;
	size_t length;

	at = strstr(text, mark);
	if (!at || !d)
		return;
	/* <function>: context error reported <ctx> "<name>" <what> <value>: the end says it. */
	at += sizeof(mark) - 1;
	if (strchr(at, '"'))
		at = strrchr(at, '"') + 1;
	at += strspn(at, " ");
	length = strcspn(at, "\n");
	device_refuse(d, EINVAL, VGPU_RESP_ERR_UNSPEC, "%.*s", (int)length, at);
}

static void virgl_debug(const char *format, va_list args)
{
	char text[512];

	/* Only two messages are of interest; printing the others would cost time for nothing. */
	if (!strstr(format, "context error reported") && strcmp(format, "%s"))
		return;
	vsnprintf(text, sizeof(text), format, args);
	virgl_message(text);
}

static void virgl_log(int level, const char *message, void *data)
{
	(void)level;
	(void)data;
	virgl_message(message);
}

static void virgl_listen(void)
{
	void (*set_log)(void (*)(int, const char *, void *), void *, void (*)(void *));

	*(void **)&set_log = dlsym(RTLD_DEFAULT, "virgl_set_log_callback");
	if (set_log)
		set_log(virgl_log, NULL, NULL);
	else
		virgl_set_debug_callback(virgl_debug);
}

/* Names of GL and of the library; what cannot be had stays empty. */
static void virgl_identify(struct virgl *v)
{
	void *(*get_proc)(const char *);
	const char *(*get_string)(unsigned int);
	const char *s;
	char *path;
	Dl_info info;
	void *egl;

	if (dladdr((void *)(uintptr_t)virgl_renderer_init, &info) && info.dli_fname) {
		path = realpath(info.dli_fname, NULL);
		s = path ? strrchr(path, '/') : NULL;
		/* The library does not tell its version; this call came with 1.0. */
		snprintf(v->library, sizeof(v->library), "%s (%s)", s ? s + 1 : info.dli_fname,
			 dlsym(RTLD_DEFAULT, "virgl_set_log_callback") ? "1.0 or newer"
								       : "before 1.0");
		free(path);
	}
	egl = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!egl)
		return;
	*(void **)&get_proc = dlsym(egl, "eglGetProcAddress");
	virgl_renderer_force_ctx_0();
	if (get_proc) {
		*(void **)&get_string = get_proc("glGetString");
		s = get_string ? get_string(GL_RENDERER_NAME) : NULL;
		snprintf(v->renderer, sizeof(v->renderer), "%s", s ? s : "");
		s = get_string ? get_string(GL_VERSION_NAME) : NULL;
		snprintf(v->version, sizeof(v->version), "%s", s ? s : "");
	}
	dlclose(egl);
}

/* Only a DRM device will do: on anything else Mesa would quietly render in software. */
static int virgl_open_gpu(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISCHR(st.st_mode) && major(st.st_rdev) == DRM_MAJOR)
		return fd;
	close(fd);
	return -ENXIO;
}

/* The library takes the descriptor over. */
static int virgl_drm_fd(void *cookie)
{
	const struct vgpu_device *d = cookie;
	const struct virgl *v = d->data;

	return v->gpu;
}

static int virgl_start(struct vgpu_device *d, const char *gpu)
{
	static struct virgl_renderer_callbacks callbacks = {
		.version = 2,
		.write_fence = virgl_write_fence,
	};
	int flags = VIRGL_RENDERER_USE_EGL, ret;
	struct virgl *v;

	if (virgl_device)
		return -EBUSY;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	d->data = v;
	callbacks.get_drm_fd = gpu ? virgl_drm_fd : NULL;
	if (gpu) {
		v->gpu = virgl_open_gpu(gpu);
		if (v->gpu < 0) {
			ret = v->gpu;
			free(v);
			return ret;
		}
	} else {
		flags |= VIRGL_RENDERER_USE_SURFACELESS;
	}
	virgl_listen();
	if (virgl_renderer_init(d, flags, &callbacks)) {
		free(v);
		return -ENODEV;
	}
	virgl_device = d;
	virgl_identify(v);
	return 0;
}

static void virgl_stop(struct vgpu_device *d)
{
	virgl_renderer_cleanup(d);
	virgl_device = NULL;
	free(d->data);
}

static void virgl_reset(struct vgpu_device *d)
{
	(void)d;
	virgl_renderer_reset();
}

static void virgl_begin(struct vgpu_device *d)
{
	(void)d;
	virgl_renderer_force_ctx_0();
}

static void virgl_about(struct vgpu_device *d, struct vgpu_device_about *out)
{
	const struct virgl *v = d->data;

	out->renderer = v->renderer;
	out->version = v->version;
	out->library = v->library;
}

static int virgl_resource_create(struct vgpu_device *d, struct resource *r)
{
	struct virgl_renderer_resource_create_args args = {
		.handle = r->node.id,
		.target = r->target,
		.format = r->format,
		.bind = r->bind,
		.width = r->width,
		.height = r->height,
		.depth = r->depth,
		.array_size = r->array_size,
		.last_level = r->last_level,
		.nr_samples = r->nr_samples,
		.flags = r->flags,
	};

	(void)d;
	return virgl_renderer_resource_create(&args, NULL, 0);
}

static int virgl_blob_create(struct vgpu_device *d, struct resource *r,
			     const struct vgpu_resource_create_blob *c)
{
	struct virgl_renderer_resource_create_blob_args args = {
		.res_handle = r->node.id,
		.ctx_id = c->hdr.ctx_id,
		.blob_mem = c->blob_mem,
		.blob_flags = c->blob_flags,
		.blob_id = c->blob_id,
		.size = c->size,
		.iovecs = r->backing.iov,
		.num_iovs = r->backing.count,
	};

	(void)d;
	return virgl_renderer_resource_create_blob(&args);
}

static void virgl_detach(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	virgl_renderer_resource_detach_iov((int)r->node.id, NULL, NULL);
}

static void virgl_resource_destroy(struct vgpu_device *d, struct resource *r)
{
	/* A blob's pieces are known to the library too; they are freed after this. */
	virgl_detach(d, r);
	virgl_renderer_resource_unref(r->node.id);
}

static int virgl_attach(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	return virgl_renderer_resource_attach_iov((int)r->node.id, r->backing.iov,
						  (int)r->backing.count);
}

static int virgl_transfer_2d(struct vgpu_device *d, struct resource *r,
			     const struct vgpu_rect *rect, uint64_t offset)
{
	struct vgpu_box box = {
		.x = rect->x, .y = rect->y, .w = rect->width, .h = rect->height, .d = 1
	};

	(void)d;
	return virgl_renderer_transfer_write_iov(r->node.id, 0, 0, 0, 0, (struct virgl_box *)&box,
						 offset, NULL, 0);
}

static int virgl_transfer_3d(struct vgpu_device *d, struct resource *r,
			     const struct vgpu_transfer_host_3d *c, bool to_host)
{
	struct vgpu_box box = c->box;

	(void)d;
	if (to_host)
		return virgl_renderer_transfer_write_iov(r->node.id, c->hdr.ctx_id, (int)c->level,
							 c->stride, c->layer_stride,
							 (struct virgl_box *)&box, c->offset, NULL,
							 0);
	return virgl_renderer_transfer_read_iov(r->node.id, c->hdr.ctx_id, c->level, c->stride,
						c->layer_stride, (struct virgl_box *)&box,
						c->offset, NULL, 0);
}

static int virgl_context_create(struct vgpu_device *d, const struct vgpu_ctx_create *c)
{
	const char *name = (const char *)c->debug_name;

	(void)d;
	if (c->context_init)
		return virgl_renderer_context_create_with_flags(c->hdr.ctx_id, c->context_init,
								c->nlen, name);
	return virgl_renderer_context_create(c->hdr.ctx_id, c->nlen, name);
}

static void virgl_context_destroy(struct vgpu_device *d, uint32_t ctx_id)
{
	(void)d;
	virgl_renderer_context_destroy(ctx_id);
}

static void virgl_context_attach(struct vgpu_device *d, uint32_t ctx_id, struct resource *r,
				 bool attach)
{
	(void)d;
	if (attach)
		virgl_renderer_ctx_attach_resource((int)ctx_id, (int)r->node.id);
	else
		virgl_renderer_ctx_detach_resource((int)ctx_id, (int)r->node.id);
}

static int virgl_submit(struct vgpu_device *d, uint32_t ctx_id, void *stream, uint32_t dwords)
{
	(void)d;
	return virgl_renderer_submit_cmd(stream, (int)ctx_id, (int)dwords);
}

static int virgl_map(struct vgpu_device *d, struct resource *r, uint32_t *info)
{
	uint64_t size;
	void *map;
	int ret;

	(void)d;
	ret = virgl_renderer_resource_map(r->node.id, &map, &size);
	if (!ret)
		virgl_renderer_resource_get_map_info(r->node.id, info);
	return ret;
}

static int virgl_unmap(struct vgpu_device *d, struct resource *r)
{
	(void)d;
	return virgl_renderer_resource_unmap(r->node.id);
}

static void virgl_capset_info(struct vgpu_device *d, uint32_t id, uint32_t *version, uint32_t *size)
{
	(void)d;
	virgl_renderer_get_cap_set(id, version, size);
}

static void virgl_capset(struct vgpu_device *d, uint32_t id, uint32_t version, void *out)
{
	(void)d;
	virgl_renderer_fill_caps(id, version, out);
}

/*
 * Leaves the backing alone. Rows come in the guest's order also for Y_0_TOP, where the texture
 * is upside down: the picture is the one that QEMU's window shows.
 */
static int virgl_read(struct vgpu_device *d, struct resource *r, const struct vgpu_rect *rect,
		      uint8_t *out, uint32_t stride)
{
	struct vgpu_box box = {
		.x = rect->x, .y = rect->y, .w = rect->width, .h = rect->height, .d = 1
	};
	struct iovec iov = { .iov_base = out, .iov_len = (size_t)stride * rect->height };

	(void)d;
	return virgl_renderer_transfer_read_iov(r->node.id, 0, 0, stride, 0,
						(struct virgl_box *)&box, 0, &iov, 1);
}

/* What cannot be drawn to is read as a whole, with all its layers, and wants room for them. */
static int virgl_read_content(struct vgpu_device *d, struct resource *r, uint32_t level,
			      uint32_t layer, const struct vgpu_device_content *content,
			      uint8_t *out, size_t room)
{
	struct vgpu_box box = { .z = layer, .w = content->width, .h = content->height, .d = 1 };
	struct iovec iov = { .iov_base = out, .iov_len = room };

	(void)d;
	return virgl_renderer_transfer_read_iov(r->node.id, 0, level, content->stride, 0,
						(struct virgl_box *)&box, 0, &iov, 1);
}

static int virgl_write_content(struct vgpu_device *d, struct resource *r, uint32_t level,
			       uint32_t layer, const struct vgpu_device_content *content,
			       const uint8_t *bytes)
{
	struct vgpu_box box = { .z = layer, .w = content->width, .h = content->height, .d = 1 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = content->size };

	(void)d;
	return virgl_renderer_transfer_write_iov(r->node.id, 0, (int)level, content->stride, 0,
						 (struct virgl_box *)&box, 0, &iov, 1);
}

static int virgl_fence(struct vgpu_device *d, uint32_t number)
{
	(void)d;
	return virgl_renderer_create_fence((int)number, 0);
}

static void virgl_poll(struct vgpu_device *d)
{
	(void)d;
	virgl_renderer_poll();
}

const struct backend backend_virgl = {
	.name = "virgl",
	.profile = "qemu",
	.pictures = true,
	.contexts = true,
	.start = virgl_start,
	.stop = virgl_stop,
	.reset = virgl_reset,
	.begin = virgl_begin,
	.about = virgl_about,
	.resource_create = virgl_resource_create,
	.blob_create = virgl_blob_create,
	.resource_destroy = virgl_resource_destroy,
	.attach = virgl_attach,
	.detach = virgl_detach,
	.transfer_2d = virgl_transfer_2d,
	.transfer_3d = virgl_transfer_3d,
	.context_create = virgl_context_create,
	.context_destroy = virgl_context_destroy,
	.context_attach = virgl_context_attach,
	.submit = virgl_submit,
	.map = virgl_map,
	.unmap = virgl_unmap,
	.capset_info = virgl_capset_info,
	.capset = virgl_capset,
	.read = virgl_read,
	.read_content = virgl_read_content,
	.write_content = virgl_write_content,
	.fence = virgl_fence,
	.poll = virgl_poll,
};
