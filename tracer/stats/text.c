/* SPDX-License-Identifier: MIT */
/* Statistics for people, and the table of latencies as CSV. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <vgpu/format.h>
#include <vgpu/protocol.h>

#include "stats.h"
#include "units.h"

const char *stats_stage(uint32_t stage, char room[32])
{
	const char *name = stage == VGPU_PROFILE_RESPONSE ? "response"
							  : vgpu_trace_stage_name(stage);

	if (name)
		return name;
	snprintf(room, 32, "stage %" PRIu32, stage);
	return room;
}

const char *stats_type(uint32_t type, char room[32])
{
	const char *name = vgpu_cmd_name(type);

	if (name)
		return name;
	snprintf(room, 32, "0x%" PRIx32, type);
	return room;
}

/* Names come from the traced programs: nothing in them may reach the terminal's ear. */
static const char *plain_name(const char *name, char room[32])
{
	size_t i = 0;

	for (; name[i] && i < 31; i++)
		room[i] = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '?';
	room[i] = '\0';
	return room;
}

static const char *queue_name(uint32_t queue)
{
	return queue ? "cursor" : "control";
}

/* What tells a row from the others: "SUBMIT_3D ctx 2 kmscube:172". */
static void print_key(const struct stats *s, const struct vgpu_profile_row *r, char out[96])
{
	char room[32], name[32];
	size_t used = 0;

#define ADD(...)                                                        \
	do {                                                            \
		int n = snprintf(out + used, 96 - used, __VA_ARGS__);   \
		used += n > 0 && (size_t)n < 96 - used ? (size_t)n : 0; \
	} while (0)
	out[0] = '\0';
	if (r->others) {
		ADD("others");
		return;
	}
	if (s->by & VGPU_PROFILE_BY_QUEUE)
		ADD("%s ", queue_name(r->queue));
	if (s->by & VGPU_PROFILE_BY_TYPE)
		ADD("%s ", stats_type(r->type, room));
	if (s->by & VGPU_PROFILE_BY_CTX)
		ADD("ctx %" PRIu32 " ", r->ctx_id);
	if (s->by & VGPU_PROFILE_BY_PROCESS)
		ADD("%s%s%" PRIu32 " ", plain_name(r->process, name), r->process[0] ? ":" : "",
		    r->pid);
#undef ADD
	if (!used)
		snprintf(out, 96, "all");
	else
		out[used - 1] = '\0';
}

static const char *stage_and_fence(const struct vgpu_profile_row *r, char room[64])
{
	char name[32];

	snprintf(room, 64, "%s%s", r->fenced ? "fenced " : "unfenced ",
		 stats_stage(r->stage, name));
	return room;
}

static int key_width(const struct stats *s)
{
	struct vgpu_profile_row r;
	int width = 24;
	char key[96];

	for (size_t i = 0; vgpu_profile_row(s->profile, i, &r); i++) {
		print_key(s, &r, key);
		if ((int)strlen(key) > width)
			width = (int)strlen(key);
	}
	return width;
}

static void print_latencies(const struct stats *s)
{
	int width = key_width(s);
	struct vgpu_profile_row r;
	char key[96], how[64], a[7][32];

	if (!s->totals.commands)
		return;
	printf("\n%-*s %-21s %8s %8s %8s %8s %8s %8s %8s %8s\n", width, "Latency", "", "count",
	       "min", "mean", "p50", "p90", "p99", "p99.9", "max");
	for (size_t i = 0; vgpu_profile_row(s->profile, i, &r); i++) {
		const struct vgpu_stats_series *l = &r.latency;

		print_key(s, &r, key);
		if (!l->count) {
			printf("%-*s %-21s %8" PRIu64 " no answers\n", width, key,
			       r.fenced ? "fenced" : "unfenced", r.commands);
			continue;
		}
		printf("%-*s %-21s %8" PRIu64 " %8s %8s %8s %8s %8s %8s %8s\n", width, key,
		       stage_and_fence(&r, how), l->count, unit_duration(l->min, a[0]),
		       unit_duration(l->mean, a[1]), unit_duration(l->p50, a[2]),
		       unit_duration(l->p90, a[3]), unit_duration(l->p99, a[4]),
		       unit_duration(l->p999, a[5]), unit_duration(l->max, a[6]));
	}
}

static double per_second(uint64_t ns)
{
	return ns ? 1e9 / (double)ns : 0;
}

static void print_frames(const struct stats *s)
{
	struct vgpu_profile_frames f;
	char a[7][32];

	for (size_t i = 0; vgpu_profile_frames(s->profile, i, &f); i++) {
		const struct vgpu_stats_series *l = &f.interval;

		printf("\nScanout %-5s%" PRIu64 " frames, %" PRIu64 " page flips",
		       unit_scanout(f.device, f.scanout, a[0]), f.frames, f.flips);
		if (!l->count) {
			putchar('\n');
			continue;
		}
		printf(", %.1f/s\n", per_second(l->mean));
		printf("  interval   min %s, mean %s, p50 %s, p90 %s, p99 %s, p99.9 %s, max %s\n",
		       unit_duration(l->min, a[0]), unit_duration(l->mean, a[1]),
		       unit_duration(l->p50, a[2]), unit_duration(l->p90, a[3]),
		       unit_duration(l->p99, a[4]), unit_duration(l->p999, a[5]),
		       unit_duration(l->max, a[6]));
		printf("  1 %% low    average %.1f/s (%s), integral %.1f/s (%s)\n",
		       per_second(f.low1_average), unit_duration(f.low1_average, a[0]),
		       per_second(f.low1_integral), unit_duration(f.low1_integral, a[1]));
		printf("  pacing     %s from one interval to the next\n",
		       unit_duration(f.pacing, a[0]));
		printf("  stutters   %" PRIu64 ", %.1f %% of the time\n", f.stutters,
		       100 * (double)f.stutter_ns / ((double)l->mean * (double)l->count + 1));
	}
}

static void print_stalls(const struct stats *s)
{
	struct vgpu_profile_stalls stalls;
	char a[2][32];

	vgpu_profile_stalls(s->profile, &stalls);
	printf("\nStalls       %" PRIu64, stalls.count);
	if (stalls.count)
		printf(", %s in all", unit_duration(stalls.total_ns, a[0]));
	putchar('\n');
	for (unsigned int i = 0; i < stalls.n_longest && i < s->top; i++)
		printf("  %-10s until the answer to command %" PRIu64 "\n",
		       unit_duration(stalls.longest[i].length_ns, a[0]), stalls.longest[i].id);
	if (stalls.full)
		printf("  %" PRIu64 " commands left no slot of their ring free\n", stalls.full);
}

static void print_depths(const struct stats *s)
{
	struct vgpu_profile_depth d;

	for (size_t i = 0; vgpu_profile_depth(s->profile, i, &d); i++)
		printf("%-12s %" PRIu64 " commands, waiting: mean %.2f, p50 %" PRIu32
		       ", p90 %" PRIu32 ", p99 %" PRIu32 ", max %" PRIu32 "\n",
		       d.queue ? "Cursor queue" : "Queue", d.commands, d.mean, d.p50, d.p90, d.p99,
		       d.max);
}

static void print_resources(const struct stats *s)
{
	struct vgpu_profile_resource r;
	char a[2][32];

	if (s->top && vgpu_profile_resource(s->profile, 0, &r))
		printf("\n%-12s %9s %10s %10s\n", "Resources", "transfers", "to host", "from host");
	for (size_t i = 0; i < s->top && vgpu_profile_resource(s->profile, i, &r); i++) {
		const char *format = vgpu_format_name(r.format);

		if (r.others)
			printf("  %-10s", "others");
		else
			printf("  %-10" PRIu32, r.resource_id);
		printf(" %9" PRIu64 " %10s %10s", r.transfers, unit_bytes(r.to_host, a[0]),
		       unit_bytes(r.from_host, a[1]));
		if (r.width)
			printf("  %" PRIu32 "x%" PRIu32 "%s%s", r.width, r.height,
			       format ? " " : "", format ? format : "");
		if (r.unknown)
			printf("  (%" PRIu64 " of unknown size)", r.unknown);
		putchar('\n');
	}
}

static void print_talkers(const struct stats *s, const char *title,
			  bool (*get)(const struct vgpu_profile *p, size_t index,
				      struct vgpu_profile_talker *out))
{
	struct vgpu_profile_talker t;
	char a[2][32], name[32];

	if (s->top && get(s->profile, 0, &t))
		printf("\n%-12s %9s %10s %10s\n", title, "commands", "requests", "waited");
	for (size_t i = 0; i < s->top && get(s->profile, i, &t); i++) {
		if (t.others)
			printf("  %-10s", "others");
		else
			printf("  %-10" PRIu32, t.id);
		printf(" %9" PRIu64 " %10s %10s%s%s\n", t.commands, unit_bytes(t.bytes, a[0]),
		       unit_duration(t.waited_ns, a[1]), t.name[0] ? "  " : "",
		       plain_name(t.name, name));
	}
}

void stats_print_text(const struct stats *s)
{
	const struct vgpu_profile_totals *t = &s->totals;
	char a[2][32];

	printf("Commands     %" PRIu64 ", of them %" PRIu64 " answered, %" PRIu64
	       " with an error, %" PRIu64 " without an answer\n",
	       t->commands, t->responses, t->errors, t->unanswered);
	printf("Requests     %s in %s\n", unit_bytes(t->request_bytes, a[0]),
	       unit_duration(t->last_ns - t->first_ns, a[1]));
	if (s->filter.expression)
		printf("Filter       %s\n", s->filter.expression);
	if (t->lost)
		printf("Lost         %" PRIu64 " while it was recorded: `vgpu-trace info` tells\n",
		       t->lost);
	print_latencies(s);
	print_frames(s);
	print_stalls(s);
	print_depths(s);
	print_resources(s);
	print_talkers(s, "Processes", vgpu_profile_process);
	print_talkers(s, "Contexts", vgpu_profile_context);
}

/* RFC 4180: quotes doubled. */
static void csv_name(const char *name)
{
	putchar('"');
	for (; *name; name++) {
		if (*name == '"')
			putchar('"');
		putchar(*name >= 0x20 && *name < 0x7f ? *name : '?');
	}
	putchar('"');
}

void stats_print_csv(const struct stats *s)
{
	struct vgpu_profile_row r;
	char room[32];

	puts("queue,type,ctx,pid,process,fenced,stage,commands,bytes,errors,count,min_ns,mean_ns,"
	     "p50_ns,p90_ns,p99_ns,p999_ns,max_ns");
	for (size_t i = 0; vgpu_profile_row(s->profile, i, &r); i++) {
		const struct vgpu_stats_series *l = &r.latency;

		if (s->by & VGPU_PROFILE_BY_QUEUE && !r.others)
			fputs(queue_name(r.queue), stdout);
		putchar(',');
		if (r.others)
			fputs("others", stdout);
		else if (s->by & VGPU_PROFILE_BY_TYPE)
			fputs(stats_type(r.type, room), stdout);
		putchar(',');
		if (s->by & VGPU_PROFILE_BY_CTX && !r.others)
			printf("%" PRIu32, r.ctx_id);
		putchar(',');
		if (s->by & VGPU_PROFILE_BY_PROCESS && !r.others)
			printf("%" PRIu32, r.pid);
		putchar(',');
		if (s->by & VGPU_PROFILE_BY_PROCESS && !r.others)
			csv_name(r.process);
		printf(",%d,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, r.fenced,
		       stats_stage(r.stage, room), r.commands, r.bytes, r.errors, l->count);
		printf(",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		       ",%" PRIu64 "\n",
		       l->min, l->mean, l->p50, l->p90, l->p99, l->p999, l->max);
	}
}
