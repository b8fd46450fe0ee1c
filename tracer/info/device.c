/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/protocol.h>
#include <vgpu/trace.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "edid.h"
#include "info.h"

#define BYTES_MAX 16384u /* of a value */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* What has a line of its own. */
static bool is_own_line(const char *pair)
{
	return begins(pair, "scanout-") || begins(pair, "edid-") || begins(pair, "capset-");
}

static void print_features(const char *value)
{
	unsigned long long bits = strtoull(value, NULL, 16);
	const char *name;

	if (!begins(value, "0x"))
		return;
	printf("  features   ");
	for (uint32_t bit = 0; bit < 64; bit++) {
		name = vgpu_feature_name(bit);
		if (!name)
			name = vgpu_value_name(VGPU_SET_VIRTIO_F, bit);
		if (bits >> bit & 1 && name)
			printf(" %s", name);
		else if (bits >> bit & 1)
			printf(" %" PRIu32, bit);
	}
	putchar('\n');
}

static void print_capset(const char *key, const char *value)
{
	unsigned int id, version, size;
	uint8_t bytes[BYTES_MAX];
	const char *name;
	size_t n;

	if (sscanf(key, "capset-%u-v%u=", &id, &version) == 2) {
		n = vgpu_trace_text_bytes(value, bytes, sizeof(bytes));
		if (n && n <= sizeof(bytes))
			printf("              version %u: %zu bytes, XXH64 %016" PRIx64 "\n",
			       version, n, (uint64_t)XXH64(bytes, n, 0));
	} else if (sscanf(key, "capset-%u=%u %u", &id, &version, &size) == 3) {
		name = vgpu_capset_name(id);
		printf("  capset %-4u %s, to version %u, %u bytes\n", id, name ? name : "?",
		       version, size);
	}
}

static void print_own_line(const char *pair)
{
	const char *value = strchr(pair, '=');
	uint8_t bytes[BYTES_MAX];
	unsigned int number;
	size_t n;

	if (!value++)
		return;
	if (sscanf(pair, "scanout-%u=", &number) == 1) {
		printf("  scanout %-3u %s\n", number, value);
	} else if (sscanf(pair, "edid-%u=", &number) == 1) {
		n = vgpu_trace_text_bytes(value, bytes, sizeof(bytes));
		if (n && n <= sizeof(bytes)) {
			printf("  scanout %u's display\n", number);
			edid_print(bytes, n, "    ", "\n");
		}
	} else {
		print_capset(pair, value);
	}
}

void info_print_device(size_t number, const char *text, size_t size)
{
	const char *features = vgpu_trace_text_get(text, size, "features");
	size_t n;

	printf("Device %-5zu", number);
	for (size_t at = 0; at < size; at += n) {
		n = strnlen(text + at, size - at) + 1;
		if (n > 1 && at + n <= size && !is_own_line(text + at))
			printf(" %s", text + at);
	}
	putchar('\n');
	if (features)
		print_features(features);
	for (size_t at = 0; at < size; at += n) {
		n = strnlen(text + at, size - at) + 1;
		if (at + n <= size && is_own_line(text + at))
			print_own_line(text + at);
	}
}
