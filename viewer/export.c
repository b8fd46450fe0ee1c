/* SPDX-License-Identifier: MIT */
#include "export.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draw.h"

enum kind {
	KIND_PNG,
	KIND_SVG,
	KIND_PDF,
	KIND_NONE
};

static enum kind kind_of(const char *path)
{
	static const char *const ends[] = { ".png", ".svg", ".pdf" };
	size_t length = strlen(path);
	unsigned int i;

	for (i = 0; i < KIND_NONE; i++) {
		if (length > 4 && !strcasecmp(path + length - 4, ends[i]))
			break;
	}
	return (enum kind)i;
}

bool view_export_knows(const char *path)
{
	return kind_of(path) != KIND_NONE;
}

static cairo_status_t write_file(void *closure, const unsigned char *data, unsigned int size)
{
	return fwrite(data, 1, size, closure) == size ? CAIRO_STATUS_SUCCESS
						      : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *surface_for(enum kind kind, const struct view *v, FILE *out)
{
	switch (kind) {
	case KIND_SVG:
		return cairo_svg_surface_create_for_stream(write_file, out, v->width, v->height);
	case KIND_PDF:
		return cairo_pdf_surface_create_for_stream(write_file, out, v->width, v->height);
	default:
		return cairo_image_surface_create(CAIRO_FORMAT_RGB24,
						  (int)lround(v->width * v->scale),
						  (int)lround(v->height * v->scale));
	}
}

int view_end_file(FILE *out, const char *path, int ret)
{
	struct stat st;
	bool plain = !fstat(fileno(out), &st) && S_ISREG(st.st_mode);

	errno = 0;
	/* What drawing could not tell is told when it is tried again. */
	if (ferror(out) && (!ret || ret == -EIO))
		ret = fflush(out) && errno ? -errno : -EIO;
	if (fclose(out) && !ret)
		ret = -errno;
	if (ret && plain)
		unlink(path);
	return ret;
}

int view_export(struct view *v, const char *path)
{
	enum kind kind = kind_of(path);
	cairo_surface_t *surface;
	cairo_status_t status;
	cairo_t *cr;
	FILE *out;
	int ret;

	if (kind == KIND_NONE)
		return -EINVAL;
	ret = view_prepare(v);
	if (ret)
		return ret;
	out = fopen(path, "wb");
	if (!out)
		return -errno;
	errno = 0;
	surface = surface_for(kind, v, out);
	cr = cairo_create(surface);
	if (kind == KIND_PNG)
		cairo_scale(cr, v->scale, v->scale);
	view_draw(v, cr, NULL);
	status = cairo_status(cr);
	cairo_destroy(cr);
	if (!status && kind == KIND_PNG)
		status = cairo_surface_write_to_png_stream(surface, write_file, out);
	cairo_surface_finish(surface);
	if (!status)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (status)
		ret = errno ? -errno : status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
	return view_end_file(out, path, ret);
}
