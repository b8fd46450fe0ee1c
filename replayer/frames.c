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

void frame_list_hash_bytes(const uint8_t *bytes, size_t size, char out[FRAMES_HASH_SIZE])
{
	XXH128_canonical_t canonical;
	size_t i;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, size));
	for (i = 0; i < sizeof(canonical.digest); i++)
		snprintf(out + i * 2, 3, "%02x", canonical.digest[i]);
}

void frame_list_hash(const struct vgpu_device_picture *picture, char out[FRAMES_HASH_SIZE])
{
	frame_list_hash_bytes(picture->rgba, picture->size, out);
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

bool frame_list_expect(struct frame_list *f, uint64_t number, bool skip, struct frame_listed *out)
{
	uint64_t listed = 0;

	*out = (struct frame_listed) { 0 };
	do {
		if (f->ended || (!f->kept && !frame_list_line(f)))
			return false;
		f->kept = false;
	} while (skip && json_find_number(f->line, "frame", &listed) && listed < number);
	if (skip && listed > number) {
		f->kept = true;
		return false;
	}
	json_find_number(f->line, "width", &out->width);
	json_find_number(f->line, "height", &out->height);
	json_find_string(f->line, "hash", out->hash, sizeof(out->hash));
	return true;
}

uint64_t frame_list_left(struct frame_list *f)
{
	uint64_t left = f->kept;

	while (!f->ended && frame_list_line(f))
		left++;
	return left;
}

int frame_list_add(struct frame_list *f, const struct frame *frame)
{
	if (!f->out)
		return 0;
	frame_list_write(f, frame);
	return ferror(f->out) ? -EIO : 0;
}

int frame_list_end(struct frame_list *f)
{
	if (f->out && (fflush(f->out) || ferror(f->out)))
		return errno ? -errno : -EIO;
	return 0;
}
