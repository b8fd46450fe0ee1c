/* SPDX-License-Identifier: MIT */
/* The report's words and numbers. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgpu/protocol.h>

#include "json.h"
#include "loop.h"
#include "names.h"

static void tell(const char *what, uint64_t count)
{
	if (count)
		fprintf(stderr, "vgpu-replay: %" PRIu64 " %s\n", count, what);
}

bool report_problems(const struct report *r, const struct vgpu_trace_status *status)
{
	bool bad = r->failed || r->foreign || r->other_device || r->damaged || r->open_fences ||
		   r->late_fences || r->unreadable;
	const char *name;
	uint32_t i;

	tell("commands failed that did not fail when recorded", r->failed);
	if (r->foreign) {
		name = vgpu_dialect_value(r->dialect, VGPU_SET_CAPSET, r->foreign_capset);
		fprintf(stderr,
			"vgpu-replay: %" PRIu64
			" commands were not executed: contexts of capset %s "
			"work on memory that no command tells of\n",
			r->foreign, name ? name : "unknown");
	}
	tell("commands to another device were left out", r->other_device);
	tell("records are damaged", r->damaged);
	tell("fences did not signal", r->open_fences);
	tell("fences had not signalled when the guest saw them", r->late_fences);
	tell("frames could not be read", r->unreadable);
	if (!r->quiet) {
		tell("commands were left out", r->left_out);
		tell("commands were left out because their payload was not recorded whole",
		     r->snapped);
		tell("commands used resources from before the recording", r->unknown);
		tell("commands failed now and when recorded", r->failed_before);
		tell("commands failed when recorded, but not now", r->mended);
		tell("commands are answered otherwise than recorded", r->otherwise);
	}
	for (i = 0; i < 16; i++) {
		if (!r->lost[i])
			continue;
		name = vgpu_trace_loss_name(i);
		/* What came before the recording, or was not asked for, is no loss. */
		if (vgpu_trace_loss_is_meant(i) && r->quiet)
			continue;
		fprintf(stderr, "vgpu-replay: the trace lacks %" PRIu64 " × %s\n", r->lost[i],
			name ? name : "something unknown");
		bad |= !vgpu_trace_loss_is_meant(i);
	}
	if (status->lost_bytes || (status->damage_offset != UINT64_MAX && !status->cut)) {
		fprintf(stderr,
			"vgpu-replay: the trace is damaged at byte %" PRIu64 ", %" PRIu64
			" bytes gave nothing\n",
			status->damage_offset, status->lost_bytes);
		bad = true;
	}
	if (status->cut) {
		fputs("vgpu-replay: the trace was cut: its end is missing\n", stderr);
		bad = true;
	}
	return bad;
}

static double report_seconds(const struct report *r)
{
	uint64_t ns = r->end_ns - r->start_ns;

	return ns ? (double)ns / 1e9 : 1e-9;
}

void report_summary(const struct report *r)
{
	double s = report_seconds(r);

	fprintf(stderr,
		"vgpu-replay: %" PRIu64 " commands, %" PRIu64 " frames, %" PRIu64
		" failures, %.2f s (%.0f frames/s)\n",
		r->commands, r->frames, r->failed, s, (double)r->frames / s);
}

static int report_by_time(const void *a, const void *b)
{
	const struct report_type *x = a, *y = b;

	return x->ns > y->ns ? -1 : x->ns < y->ns;
}

void report_bench(const struct report *r, struct loop *loop)
{
	struct report_type types[REPORT_TYPES];
	char room[NAME_ROOM];
	double s = report_seconds(r);
	uint64_t total = 0;
	uint32_t i;

	memcpy(types, r->types, sizeof(types));
	qsort(types, r->type_count, sizeof(*types), report_by_time);
	for (i = 0; i < r->type_count; i++)
		total += types[i].ns;
	printf("wall time        %12.3f s\n", s);
	printf("in the device    %12.3f s\n", (double)total / 1e9);
	printf("frames           %12" PRIu64 "  %12.1f /s\n", r->frames, (double)r->frames / s);
	printf("commands         %12" PRIu64 "  %12.1f /s\n\n", r->commands,
	       (double)r->commands / s);
	printf("%-24s %10s %12s %7s %10s %10s\n", "command", "count", "total ms", "share",
	       "mean us", "max us");
	for (i = 0; i < r->type_count; i++)
		printf("%-24s %10" PRIu64 " %12.3f %6.1f%% %10.2f %10.1f\n",
		       name_command(r->dialect, types[i].type, room), types[i].count,
		       (double)types[i].ns / 1e6,
		       total ? 100.0 * (double)types[i].ns / (double)total : 0.0,
		       (double)types[i].ns / 1e3 / (double)types[i].count,
		       (double)types[i].ns_max / 1e3);
	printf("\n%-24s %10s %12s %7s\n", "context", "count", "total ms", "share");
	for (i = 0; i < r->context_count; i++)
		printf("%-24" PRIu32 " %10" PRIu64 " %12.3f %6.1f%%\n", r->contexts[i].ctx_id,
		       r->contexts[i].count, (double)r->contexts[i].ns / 1e6,
		       total ? 100.0 * (double)r->contexts[i].ns / (double)total : 0.0);
	printf("\n%-24s %10s %10s %10s\n", "slowest", "command", "ctx", "us");
	for (i = 0; i < REPORT_SLOW && r->slow[i].ns; i++)
		printf("%-24s %10" PRIu64 " %10" PRIu32 " %10.1f\n",
		       name_command(r->dialect, r->slow[i].type, room), r->slow[i].id,
		       r->slow[i].ctx_id, (double)r->slow[i].ns / 1e3);
	if (loop->rounds)
		loop_bench(loop);
}

void report_json(const struct report *r, bool bench, const struct vgpu_device_about *about,
		 struct loop *loop)
{
	double s = report_seconds(r);
	char room[NAME_ROOM];
	uint32_t i;

	fputs("{\"schema_version\":1,\"kind\":\"replay\",\"backend\":", stdout);
	json_write_string(stdout, about->backend);
	fputs(",\"renderer\":", stdout);
	json_write_string(stdout, about->renderer);
	fputs(",\"gl_version\":", stdout);
	json_write_string(stdout, about->version);
	fputs(",\"virglrenderer\":", stdout);
	json_write_string(stdout, about->library);
	printf(",\"seconds\":%.6f,\"commands\":%" PRIu64 ",\"frames\":%" PRIu64
	       ",\"failed\":%" PRIu64 ",\"failed_before\":%" PRIu64 ",\"mended\":%" PRIu64
	       ",\"unknown\":%" PRIu64 ",\"otherwise\":%" PRIu64 ",\"late_fences\":%" PRIu64
	       ",\"foreign\":%" PRIu64 ",\"capsets_differ\":%" PRIu64 ",\"readbacks\":%" PRIu64
	       ",\"readback_bytes\":%" PRIu64 ",\"readbacks_differ\":%" PRIu64,
	       s, r->commands, r->frames, r->failed, r->failed_before, r->mended, r->unknown,
	       r->otherwise, r->late_fences, r->foreign, r->capsets_differ, r->readbacks,
	       r->readback_bytes, r->readbacks_differ);
	printf(",\"frames_per_second\":%.3f,\"commands_per_second\":%.3f", (double)r->frames / s,
	       (double)r->commands / s);
	if (bench) {
		fputs(",\"types\":[", stdout);
		for (i = 0; i < r->type_count; i++)
			printf("%s{\"type\":%" PRIu32 ",\"name\":\"%s\",\"count\":%" PRIu64
			       ",\"ns\":%" PRIu64 ",\"ns_max\":%" PRIu64 "}",
			       i ? "," : "", r->types[i].type,
			       name_command(r->dialect, r->types[i].type, room), r->types[i].count,
			       r->types[i].ns, r->types[i].ns_max);
		fputs("],\"contexts\":[", stdout);
		for (i = 0; i < r->context_count; i++)
			printf("%s{\"ctx\":%" PRIu32 ",\"count\":%" PRIu64 ",\"ns\":%" PRIu64 "}",
			       i ? "," : "", r->contexts[i].ctx_id, r->contexts[i].count,
			       r->contexts[i].ns);
		fputs("],\"slowest\":[", stdout);
		for (i = 0; i < REPORT_SLOW && r->slow[i].ns; i++)
			printf("%s{\"command\":%" PRIu64 ",\"name\":\"%s\",\"ctx\":%" PRIu32
			       ",\"ns\":%" PRIu64 "}",
			       i ? "," : "", r->slow[i].id,
			       name_command(r->dialect, r->slow[i].type, room), r->slow[i].ctx_id,
			       r->slow[i].ns);
		putchar(']');
		if (loop->rounds)
			loop_json(loop);
	}
	puts("}");
}
