/* SPDX-License-Identifier: MIT */
/* vgpu-trace explain: what a capset's bytes say. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/capset.h>
#include <vgpu/codec.h>
#include <vgpu/describe.h>

#include "explain.h"

static uint32_t dword(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void print_formats(const uint8_t *p)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < 512; i++)
		count += dword(p + i / 32 * 4) >> (i % 32) & 1;
	printf("%u formats", count);
	for (unsigned int i = 0; i < 512; i++) {
		if (!(dword(p + i / 32 * 4) >> (i % 32) & 1))
			continue;
		if (vgpu_format_name(i))
			printf(" %s", vgpu_format_name(i));
		else
			printf(" %u", i);
	}
}

static void print_flags(enum vgpu_capset_type type, uint32_t flags)
{
	printf("0x%08x", flags);
	for (unsigned int bit = 0; bit < 32; bit++) {
		const char *name = vgpu_capset_flag_name(type, bit);

		if (!(flags >> bit & 1))
			continue;
		if (name)
			printf(" %s", name);
		else
			printf(" bit %u", bit);
	}
}

static void print_virgl_value(const struct vgpu_capset_field *f, const uint8_t *p)
{
	float real;

	switch (f->type) {
	case VGPU_CAPSET_TEXT:
		for (uint32_t i = 0; i < f->size && p[i]; i++)
			putchar(isprint(p[i]) ? p[i] : '?');
		return;
	case VGPU_CAPSET_FORMATS:
		print_formats(p);
		return;
	case VGPU_CAPSET_FLAGS_BSET:
	case VGPU_CAPSET_FLAGS_CAP:
	case VGPU_CAPSET_FLAGS_CAP_V2:
		print_flags(f->type, dword(p));
		return;
	default:
		break;
	}
	for (uint32_t i = 0; i < f->count; i++) {
		uint32_t value = dword(p + (size_t)i * 4);

		memcpy(&real, &value, sizeof(real));
		if (f->type == VGPU_CAPSET_F32)
			printf("%s%g", i ? " " : "", (double)real);
		else if (f->type == VGPU_CAPSET_I32)
			printf("%s%d", i ? " " : "", (int32_t)value);
		else
			printf("%s%u", i ? " " : "", value);
	}
}

static bool is_zero(const uint8_t *p, size_t size)
{
	while (size--)
		if (*p++)
			return false;
	return true;
}

static void print_virgl(uint32_t id, const uint8_t *bytes, size_t size)
{
	struct vgpu_capset_field f;
	size_t end = 0;

	for (size_t i = 0; !vgpu_capset_field(id, i, &f); i++) {
		if (f.offset + f.size > size)
			break;
		end = f.offset + f.size;
		if (f.count > 16 && is_zero(bytes + f.offset, f.size))
			continue;
		printf("  %s: ", f.name);
		print_virgl_value(&f, bytes + f.offset);
		putchar('\n');
	}
	if (end < size)
		printf("  %zu bytes more, of a newer renderer than this program knows\n",
		       size - end);
}

static void print_names(const struct vgpu_field *f)
{
	printf("0x%" PRIx64, f->value);
	for (unsigned int bit = 0; bit < 32; bit++)
		if (f->value >> bit & 1 && vgpu_value_name(f->set, 1u << bit))
			printf(" %s", vgpu_value_name(f->set, 1u << bit));
}

static void print_value(const struct vgpu_field *f)
{
	switch (f->type) {
	case VGPU_FIELD_HEX:
		printf("0x%" PRIx64, f->value);
		break;
	case VGPU_FIELD_ENUM:
		printf("%" PRIu64 " (%s)", f->value, f->text ? f->text : "not known");
		break;
	case VGPU_FIELD_FLAGS:
		print_names(f);
		break;
	case VGPU_FIELD_TEXT:
		for (size_t i = 0; i < f->size && f->data[i]; i++)
			putchar(isprint(f->data[i]) ? f->data[i] : '?');
		break;
	default:
		printf("%" PRIu64, f->value);
		break;
	}
}

/* One line a field; the elements of an array on one, and none where all are zero. */
static int print_field(void *data, const struct vgpu_field *f)
{
	bool *array = data;

	if (f->type == VGPU_FIELD_PADDING || f->type == VGPU_FIELD_OBJECT)
		return 0;
	if (f->event == VGPU_FIELD_END) {
		if (*array)
			putchar('\n');
		*array = false;
	} else if (f->event == VGPU_FIELD_BEGIN) {
		*array = f->size && !is_zero(f->data, f->size);
		if (*array)
			printf("  %s:", f->name);
	} else if (f->name) {
		printf("  %s: ", f->name);
		print_value(f);
		putchar('\n');
	} else if (*array) {
		putchar(' ');
		print_value(f);
	}
	return 0;
}

static void print_struct(uint32_t id, const uint8_t *bytes, size_t size)
{
	struct vgpu_capset_drm drm = { 0 };
	enum vgpu_struct_id contents;
	bool array = false;

	if (id == VGPU_CAPSET_DRM)
		vgpu_struct_decode(VGPU_STRUCT_CAPSET_DRM, bytes, size, &drm);
	contents = vgpu_capset_struct(id, drm.context_type);
	if (vgpu_struct_visit(contents, bytes, size, print_field, &array))
		printf("  and no more: it has %zu bytes, where %zu are known\n", size,
		       vgpu_struct_size(contents));
	else if (size > vgpu_struct_size(contents))
		printf("  %zu bytes more, of a newer renderer than this program knows\n",
		       size - vgpu_struct_size(contents));
}

bool explain_capset_known(uint32_t id)
{
	return id == VGPU_CAPSET_VIRGL || id == VGPU_CAPSET_VIRGL2 ||
	       vgpu_capset_struct(id, 0) != VGPU_STRUCT_NONE;
}

void explain_capset(uint32_t id, const uint8_t *bytes, size_t size)
{
	/* 8 and 9 are rutabaga's. */
	const char *name = vgpu_dialect_value(VGPU_DIALECT_CHROMIUM, VGPU_SET_CAPSET, id);

	printf("capset %u (%s), %zu bytes\n", id, name, size);
	if (vgpu_capset_struct(id, 0) == VGPU_STRUCT_NONE)
		print_virgl(id, bytes, size);
	else
		print_struct(id, bytes, size);
}
