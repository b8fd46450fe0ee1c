/* SPDX-License-Identifier: MIT */
#include "png-load.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

/* No display is larger. */
#define PIXELS_MAX (1u << 28)

int png_load(const struct files *files, enum file_place place, const char *name,
	     struct png_picture *out)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	FILE *file;
	int ret;

	ret = files_open(files, place, name, &file);
	if (ret)
		return ret;
	ret = -EINVAL;
	if (!png_image_begin_read_from_stdio(&image, file))
		goto out;
	image.format = PNG_FORMAT_RGBA;
	if ((uint64_t)image.width * image.height > PIXELS_MAX)
		goto out;
	out->rgba = malloc(PNG_IMAGE_SIZE(image));
	ret = -ENOMEM;
	if (!out->rgba)
		goto out;
	out->width = image.width;
	out->height = image.height;
	ret = png_image_finish_read(&image, NULL, out->rgba, 0, NULL) ? 0 : -EINVAL;
	if (ret) {
		free(out->rgba);
		out->rgba = NULL;
	}
out:
	png_image_free(&image);
	fclose(file);
	return ret;
}
