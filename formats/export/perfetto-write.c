/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perfetto.pb-c.h"
#include "perfetto-write.h"

#define NAMES_MAX 1024 /* interned; others are written out */
#define NAME_SIZE 64

enum {
	CLOCK_REALTIME_ID = 1,
	CLOCK_MONOTONIC_ID = 3,
	SEQUENCE = 1,
	STATE_CLEARED = 1,
	STATE_NEEDED = 2,
	TYPE_COUNTER = 4,
	UNIT_COUNT = 2,
};

static const char *const categories[PF_CATEGORIES] = {
	[PF_COMMAND] = "command", [PF_CONTEXT] = "context", [PF_FENCE] = "fence",
	[PF_FRAME] = "frame",     [PF_STAGE] = "stage",     [PF_QUEUED] = "queued",
	[PF_LOSS] = "loss",
};

static const char *const args[PF_ARGS] = {
	[PF_ARG_COMMAND] = "command",
	[PF_ARG_CTX_ID] = "ctx_id",
	[PF_ARG_RESOURCE_ID] = "resource_id",
	[PF_ARG_FENCE_ID] = "fence_id",
	[PF_ARG_SIZE] = "request_size",
	[PF_ARG_PID] = "pid",
	[PF_ARG_SEQNO] = "seqno",
	[PF_ARG_RESPONSE] = "response",
	[PF_ARG_COUNT] = "count",
	[PF_ARG_BYTES] = "bytes",
};

struct pf_writer {
	FILE *file;
	uint8_t *buffer;
	size_t room;
	int error;
	bool began;
	unsigned int count;
	char names[NAMES_MAX][NAME_SIZE]; /* a hash table; iid is the place, from 1 */
};

int pf_create(struct pf_writer **out, FILE *file)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->file = file;
	return 0;
}

void pf_destroy(struct pf_writer *w)
{
	if (w)
		free(w->buffer);
	free(w);
}

int pf_error(const struct pf_writer *w)
{
	return w->error;
}

/* A trace is a message whose field 1 is each packet: written one by one, it can be any length. */
static void put(struct pf_writer *w, Pf__Packet *p)
{
	Pf__Trace trace = PF__TRACE__INIT;
	size_t size;

	p->has_trusted_packet_sequence_id = 1;
	p->trusted_packet_sequence_id = SEQUENCE;
	trace.n_packet = 1;
	trace.packet = &p;
	size = pf__trace__get_packed_size(&trace);
	if (size > w->room) {
		uint8_t *buffer = realloc(w->buffer, 2 * size);

		if (!buffer) {
			w->error = -ENOMEM;
			return;
		}
		w->buffer = buffer;
		w->room = 2 * size;
	}
	pf__trace__pack(&trace, w->buffer);
	if (fwrite(w->buffer, 1, size, w->file) != size && !w->error)
		w->error = -(errno ? errno : EIO);
}

/* The first packet: names of categories and arguments, which never change. */
static void begin(struct pf_writer *w)
{
	Pf__InternedData data = PF__INTERNED_DATA__INIT;
	Pf__Packet p = PF__PACKET__INIT;
	Pf__Interned names[PF_CATEGORIES + PF_ARGS];
	Pf__Interned *pointers[PF_CATEGORIES + PF_ARGS];

	for (unsigned int i = 0; i < PF_CATEGORIES + PF_ARGS; i++) {
		bool category = i < PF_CATEGORIES;

		pf__interned__init(&names[i]);
		names[i].has_iid = 1;
		names[i].iid = category ? i + 1 : i - PF_CATEGORIES + 1;
		names[i].name = (char *)(category ? categories[i] : args[i - PF_CATEGORIES]);
		pointers[i] = &names[i];
	}
	data.n_event_categories = PF_CATEGORIES;
	data.event_categories = pointers;
	data.n_debug_annotation_names = PF_ARGS;
	data.debug_annotation_names = pointers + PF_CATEGORIES;
	p.interned_data = &data;
	p.has_sequence_flags = 1;
	p.sequence_flags = STATE_CLEARED;
	w->began = true;
	put(w, &p);
}

void pf_clocks(struct pf_writer *w, uint64_t monotonic_ns, uint64_t realtime_ns)
{
	Pf__ClockSnapshot__Clock clocks[2];
	Pf__ClockSnapshot__Clock *pointers[] = { &clocks[0], &clocks[1] };
	Pf__ClockSnapshot snapshot = PF__CLOCK_SNAPSHOT__INIT;
	Pf__Packet p = PF__PACKET__INIT;

	for (unsigned int i = 0; i < 2; i++) {
		pf__clock_snapshot__clock__init(&clocks[i]);
		clocks[i].has_clock_id = clocks[i].has_timestamp = 1;
	}
	clocks[0].clock_id = CLOCK_MONOTONIC_ID;
	clocks[0].timestamp = monotonic_ns;
	clocks[1].clock_id = CLOCK_REALTIME_ID;
	clocks[1].timestamp = realtime_ns;
	snapshot.n_clocks = 2;
	snapshot.clocks = pointers;
	snapshot.has_primary_trace_clock = 1;
	snapshot.primary_trace_clock = CLOCK_MONOTONIC_ID;
	p.clock_snapshot = &snapshot;
	put(w, &p);
}

/* Texts of a protobuf are UTF-8; those of a trace are what the traced programs say. */
static char *clean(char out[NAME_SIZE], const char *text)
{
	size_t n = 0;

	for (; text[n] && n < NAME_SIZE - 1; n++)
		out[n] = (char)(text[n] >= 0x20 && text[n] < 0x7f ? text[n] : '?');
	out[n] = '\0';
	return out;
}

static void put_track(struct pf_writer *w, Pf__TrackDescriptor *track, uint64_t uuid,
		      uint64_t parent)
{
	Pf__Packet p = PF__PACKET__INIT;

	track->has_uuid = 1;
	track->uuid = uuid;
	track->has_parent_uuid = parent != 0;
	track->parent_uuid = parent;
	p.track_descriptor = track;
	put(w, &p);
}

void pf_track(struct pf_writer *w, uint64_t uuid, uint64_t parent, const char *name)
{
	Pf__TrackDescriptor track = PF__TRACK_DESCRIPTOR__INIT;
	char text[NAME_SIZE];

	track.name = clean(text, name);
	put_track(w, &track, uuid, parent);
}

void pf_counter_track(struct pf_writer *w, uint64_t uuid, uint64_t parent, const char *name)
{
	Pf__TrackDescriptor track = PF__TRACK_DESCRIPTOR__INIT;
	Pf__CounterDescriptor counter = PF__COUNTER_DESCRIPTOR__INIT;

	counter.has_unit = 1;
	counter.unit = UNIT_COUNT;
	track.counter = &counter;
	track.name = (char *)name;
	put_track(w, &track, uuid, parent);
}

void pf_process_track(struct pf_writer *w, uint64_t uuid, uint32_t pid, const char *name)
{
	Pf__TrackDescriptor track = PF__TRACK_DESCRIPTOR__INIT;
	Pf__ProcessDescriptor process = PF__PROCESS_DESCRIPTOR__INIT;
	char text[NAME_SIZE];

	process.has_pid = 1;
	process.pid = (int32_t)pid;
	process.process_name = clean(text, name);
	track.process = &process;
	put_track(w, &track, uuid, 0);
}

void pf_thread_track(struct pf_writer *w, uint64_t uuid, uint32_t pid, uint32_t tid,
		     const char *name)
{
	Pf__TrackDescriptor track = PF__TRACK_DESCRIPTOR__INIT;
	Pf__ThreadDescriptor thread = PF__THREAD_DESCRIPTOR__INIT;
	char text[NAME_SIZE];

	thread.has_pid = thread.has_tid = 1;
	thread.pid = (int32_t)pid;
	thread.tid = tid;
	thread.thread_name = clean(text, name);
	track.thread = &thread;
	put_track(w, &track, uuid, 0);
}

/* The name's iid, and whether this is its first use; 0: there is no room. */
static uint64_t intern(struct pf_writer *w, const char *name, bool *first)
{
	uint32_t hash = 2166136261u;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	for (unsigned int i = 0; i < NAMES_MAX; i++) {
		char *at = w->names[(hash + i) % NAMES_MAX];

		*first = !*at;
		if (!*at && w->count < NAMES_MAX / 2) {
			w->count++;
			memcpy(at, name, strlen(name) + 1);
		}
		if (strcmp(at, name) == 0)
			return (hash + i) % NAMES_MAX + 1;
		if (!*at)
			return 0;
	}
	return 0;
}

static void put_event(struct pf_writer *w, Pf__Packet *p, Pf__TrackEvent *event, uint64_t time_ns,
		      uint64_t track)
{
	if (!w->began)
		begin(w);
	event->has_track_uuid = 1;
	event->track_uuid = track;
	event->has_type = 1;
	p->has_timestamp = 1;
	p->timestamp = time_ns;
	p->has_timestamp_clock_id = 1;
	p->timestamp_clock_id = CLOCK_MONOTONIC_ID;
	p->has_sequence_flags = 1;
	p->sequence_flags = STATE_NEEDED;
	p->track_event = event;
	put(w, p);
}

void pf_event(struct pf_writer *w, const struct pf_event *e)
{
	Pf__TrackEvent event = PF__TRACK_EVENT__INIT;
	Pf__DebugAnnotation values[PF_ARGS], *pointers[PF_ARGS];
	Pf__InternedData data = PF__INTERNED_DATA__INIT;
	Pf__Interned name = PF__INTERNED__INIT, *names = &name;
	Pf__Packet p = PF__PACKET__INIT;
	uint64_t category = (uint64_t)e->category + 1, flow = e->flow;
	char text[NAME_SIZE];
	bool first;

	for (unsigned int i = 0; i < PF_ARGS; i++) {
		Pf__DebugAnnotation *v = &values[event.n_debug_annotations];

		if (!(e->has & 1u << i))
			continue;
		pf__debug_annotation__init(v);
		v->has_name_iid = 1;
		v->name_iid = i + 1;
		v->has_uint_value = i != PF_ARG_RESPONSE;
		v->uint_value = e->args[i];
		if (i == PF_ARG_RESPONSE)
			v->string_value = (char *)e->response;
		pointers[event.n_debug_annotations++] = v;
	}
	event.debug_annotations = pointers;
	event.type = e->type;
	if (e->name) {
		event.n_category_iids = 1;
		event.category_iids = &category;
		event.name_iid = intern(w, clean(text, e->name), &first);
		event.has_name_iid = event.name_iid != 0;
		if (!event.name_iid)
			event.name = text;
		if (event.name_iid && first) {
			name.has_iid = 1;
			name.iid = event.name_iid;
			name.name = text;
			data.n_event_names = 1;
			data.event_names = &names;
			p.interned_data = &data;
		}
	}
	if (flow && e->flow_ends) {
		event.n_terminating_flow_ids = 1;
		event.terminating_flow_ids = &flow;
	} else if (flow) {
		event.n_flow_ids = 1;
		event.flow_ids = &flow;
	}
	put_event(w, &p, &event, e->time_ns, e->track);
}

void pf_counter(struct pf_writer *w, uint64_t time_ns, uint64_t track, int64_t value)
{
	Pf__TrackEvent event = PF__TRACK_EVENT__INIT;
	Pf__Packet p = PF__PACKET__INIT;

	event.type = TYPE_COUNTER;
	event.has_counter_value = 1;
	event.counter_value = value;
	put_event(w, &p, &event, time_ns, track);
}
