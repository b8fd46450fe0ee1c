/* SPDX-License-Identifier: MIT */
/* vgpu-trace info: what was gathered, and the two ways to print it. */
#ifndef TRACER_INFO_INFO_H
#define TRACER_INFO_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgpu/stats.h>

#define INFO_LOSSES 32 /* causes that are looked for */

struct info {
	const char *path;
	bool json, full, quiet;
	bool summary; /* the records were not read */
	bool has_header;
	struct vgpu_trace_header header; /* its text is the copy below */
	char *text;
	uint64_t start_ns;
	char *devices; /* text lists, each with an empty string behind it */
	size_t devices_size;
	struct vgpu_stats *stats;
	struct vgpu_stats_totals t;
	struct vgpu_trace_status status;
	int error;
};

/* A value of the trace's header, or NULL. */
const char *info_text(const struct info *info, const char *key);
double info_seconds(const struct info *info);
const char *info_date(uint64_t realtime_ns, char out[32]);
double info_ratio(const struct info *info); /* bytes of records per byte of file */

/* Of the device's list that begins there, without the empty string behind it. */
size_t info_device_size(const struct info *info, size_t at);

/* device.c: a device's list as lines; what is long in it is told by what it means. */
void info_print_device(size_t number, const char *text, size_t size);
void info_print_text(const struct info *info);
void info_print_json(const struct info *info);

#endif
