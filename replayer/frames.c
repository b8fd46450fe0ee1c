/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/error.h>
#include <vgpu/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "json.h"

void frame_list_init(struct frame_list *f)
{
	*f = (struct frame_list) { .high = UINT64_MAX };
}

void frame_list_finish(struct frame_list *f)
{
	if (f->out && f->out != stdout)
		fclose(f->out);
	if (f->reference)
		fclose(f->reference);
	free(f->line);
	frame_list_init(f);
}

int frame_list_write_to(struct frame_list *f, const char *path,
			const struct vgpu_device_about *about)
{
	f->out = strcmp(path, "-") ? fopen(path, "w") : stdout;
	if (!f->out)
		return -errno;
	/* A renderer may crash at any time: what it showed before is worth having. */
	setvbuf(f->out, NULL, _IOLBF, BUFSIZ);
	fputs("{\"schema_version\":1,\"kind\":\"frames\",\"backend\":", f->out);
	json_write_string(f->out, about->backend);
	fputs(",\"renderer\":", f->out);
	json_write_string(f->out, about->renderer);
	fputs(",\"gl_version\":", f->out);
	json_write_string(f->out, about->version);
	fputs(",\"virglrenderer\":", f->out);
	json_write_string(f->out, about->library);
	fputs("}\n", f->out);
	return ferror(f->out) ? -EIO : 0;
}

void frame_list_range(struct frame_list *f, uint64_t first, uint64_t last)
{
	f->low = first;
	f->high = last;
}

/* A line that tells of no frame of the range. */
static bool frame_list_skip(const struct frame_list *f)
{
	uint64_t number;

	return f->line[0] == '\n' || (json_find_number(f->line, "frame", &number) &&
				      (number < f->low || number > f->high));
}

/* The next line of the reference that counts; false at its end. */
static bool frame_list_line(struct frame_list *f)
{
	ssize_t n;

	do {
		n = getline(&f->line, &f->line_room, f->reference);
	} while (n > 0 && frame_list_skip(f));
	if (n < 0)
		f->ended = true;
	return !f->ended;
}

int frame_list_compare_with(struct frame_list *f, const char *path,
			    const struct vgpu_device_about *about, bool *other_renderer)
{
	char renderer[256];
	uint64_t version;

	f->reference = fopen(path, "r");
	if (!f->reference)
		return -errno;
	if (!frame_list_line(f) || !json_find_number(f->line, "schema_version", &version) ||
	    version != 1)
		return VGPU_ERR_INVALID;
	*other_renderer = json_find_string(f->line, "renderer", renderer, sizeof(renderer)) &&
			  strcmp(renderer, about->renderer);
	return 0;
}

void frame_list_hash(const struct vgpu_device_picture *picture, char out[FRAMES_HASH_SIZE])
{
	XXH128_canonical_t canonical;
	size_t i;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(picture->rgba, picture->size));
	for (i = 0; i < sizeof(canonical.digest); i++)
		snprintf(out + i * 2, 3, "%02x", canonical.digest[i]);
}

static void frame_list_write(struct frame_list *f, const struct frame *frame)
{
	const char *format = vgpu_format_name(frame->format);

	fprintf(f->out,
		"{\"frame\":%" PRIu64 ",\"scanout\":%" PRIu32 ",\"resource\":%" PRIu32
		",\"width\":%" PRIu32 ",\"height\":%" PRIu32 ",\"format\":",
		frame->number, frame->scanout, frame->resource_id, frame->width, frame->height);
	if (format)
		json_write_string(f->out, format);
	else
		fprintf(f->out, "%" PRIu32, frame->format);
	fprintf(f->out,
		",\"time_ns\":%" PRIu64 ",\"command\":%" PRIu64 ",\"hash\":", frame->time_ns,
		frame->command);
	if (frame->hash[0])
		fprintf(f->out, "\"%s\"}\n", frame->hash);
	else
		fputs("null}\n", f->out);
}

static void frame_list_compare(struct frame_list *f, const struct frame *frame)
{
	char hash[FRAMES_HASH_SIZE] = "";
	uint64_t width = 0, height = 0;

	if (f->ended || !frame_list_line(f)) {
		f->extra++;
		return;
	}
	f->compared++;
	json_find_number(f->line, "width", &width);
	json_find_number(f->line, "height", &height);
	json_find_string(f->line, "hash", hash, sizeof(hash));
	if (width == frame->width && height == frame->height && hash[0] &&
	    !strcmp(hash, frame->hash))
		return;
	if (!f->differ++)
		snprintf(f->first, sizeof(f->first),
			 "frame %" PRIu64 " (command %" PRIu64 ", scanout %" PRIu32
			 "): expected %s (%" PRIu64 "x%" PRIu64 "), got %s (%" PRIu32 "x%" PRIu32
			 ")",
			 frame->number, frame->command, frame->scanout, hash[0] ? hash : "no hash",
			 width, height, frame->hash[0] ? frame->hash : "no picture", frame->width,
			 frame->height);
}

int frame_list_add(struct frame_list *f, const struct frame *frame)
{
	if (f->reference)
		frame_list_compare(f, frame);
	if (!f->out)
		return 0;
	frame_list_write(f, frame);
	return ferror(f->out) ? -EIO : 0;
}

int frame_list_end(struct frame_list *f)
{
	uint64_t missing = 0, got;

	if (f->reference) {
		while (!f->ended && frame_list_line(f))
			missing++;
		got = f->compared + f->extra;
		if ((missing || f->extra) && !f->differ)
			snprintf(f->first, sizeof(f->first),
				 "expected %" PRIu64 " frames, got %" PRIu64, f->compared + missing,
				 got);
		f->differ += missing + f->extra;
	}
	if (f->out && (fflush(f->out) || ferror(f->out)))
		return errno ? -errno : -EIO;
	return 0;
}
