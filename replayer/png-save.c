/* SPDX-License-Identifier: MIT */
#include "png-save.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>

/* libpng leaves by longjmp: nothing in here may be changed between setjmp and a failure. */
static int png_stream(FILE *file, const uint8_t *rgba, uint32_t width, uint32_t height)
{
	png_structp png;
	png_infop info;
	uint32_t y;

	png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	if (!png)
		return -ENOMEM;
	info = png_create_info_struct(png);
	if (!info) {
		png_destroy_write_struct(&png, NULL);
		return -ENOMEM;
	}
	if (setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return errno ? -errno : -EIO;
	}
	png_init_io(png, file);
	/* Thousands of pictures: time counts more than size. */
	png_set_compression_level(png, 2);
	png_set_filter(png, 0, PNG_FILTER_SUB);
	png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	png_set_filler(png, 0, PNG_FILLER_AFTER);
	for (y = 0; y < height; y++)
		png_write_row(png, rgba + (size_t)y * width * 4);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	return 0;
}

int png_save(const struct files *files, enum file_place place, const char *name,
	     const uint8_t *rgba, uint32_t width, uint32_t height)
{
	FILE *file;
	int ret;

	ret = files_open(files, place, name, &file);
	if (ret)
		return ret;
	errno = 0;
	ret = png_stream(file, rgba, width, height);
	if (fclose(file) && !ret)
		ret = -errno;
	if (ret)
		files_remove(files, place, name);
	return ret;
}
