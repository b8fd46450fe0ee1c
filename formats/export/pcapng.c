/* SPDX-License-Identifier: MIT */
/*
 * Packets for Wireshark: pcapng, each message behind a header of our own that formats/export.md
 * describes, within Wireshark's "exported PDU", which names the dissector (LINKTYPE 252).
 * Sources: draft-ietf-opsawg-pcapng (blocks, options), Wireshark's wiretap/pcapng_module.h and
 * epan/exported_pdu.h (tags).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/codec.h>
#include <vgpu/describe.h>
#include <vgpu/track.h>

#include "export.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,

	OPTION_END = 0,
	OPTION_COMMENT = 1,
	SECTION_HARDWARE = 2,
	SECTION_OS = 3,
	SECTION_APPLICATION = 4,
	INTERFACE_NAME = 2,
	INTERFACE_TSRESOL = 9,
	PACKET_FLAGS = 2,

	LINKTYPE_WIRESHARK_UPPER_PDU = 252,
	TAG_DISSECTOR = 12,

	PACKET_INBOUND = 1,
	PACKET_OUTBOUND = 2,
};

/* What stands before a message. */
enum {
	KIND_REQUEST = 1,
	KIND_RESPONSE,
	KIND_STAGE,
	KIND_LOSS,
	HEADER_VERSION = 1,
	HEADER_SIZE = 64,
};

#define DISSECTOR  "virtio_gpu\0" /* filled to whole dwords */
#define TAGS_SIZE  (4 + sizeof(DISSECTOR) + 4)
#define PACKET_MAX (256u << 10) /* what Wireshark takes; more is cut */
#define ASKED_SIZE 16384        /* commands by the low bits of their number */
#define NAMES_SIZE 1024         /* processes by the low bits of their pid */

/* Of a command, for what follows it. */
struct asked {
	uint64_t id;
	uint32_t device, queue, pid, tid;
};

struct pcapng {
	FILE *file;
	struct vgpu_track *track; /* for the contexts' capsets */
	int64_t to_realtime;      /* ns to add to the trace's clock */
	bool in_section;
	struct asked asked[ASKED_SIZE];
	struct {
		uint32_t pid;
		char comm[16];
	} names[NAMES_SIZE];
};

static void put16(struct pcapng *p, uint32_t v)
{
	fputc(v & 0xff, p->file);
	fputc(v >> 8 & 0xff, p->file);
}

static void put32(struct pcapng *p, uint32_t v)
{
	put16(p, v);
	put16(p, v >> 16);
}

static void put64(struct pcapng *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p, (uint32_t)(v >> 32));
}

static size_t padding(size_t size)
{
	return -size & 3;
}

static void put_bytes(struct pcapng *p, const void *bytes, size_t size)
{
	if (size)
		fwrite(bytes, 1, size, p->file);
	for (size_t i = padding(size); i; i--)
		fputc(0, p->file);
}

static void put_option(struct pcapng *p, uint32_t code, const void *bytes, size_t size)
{
	put16(p, code);
	put16(p, (uint32_t)size);
	put_bytes(p, bytes, size);
}

/* Bytes of an option, and its text cut to what an option may hold; nothing for NULL. */
static size_t text_size(const char *text)
{
	size_t n = text ? strlen(text) : 0;

	return n < 4096 ? n : 4096;
}

static size_t option_size(const char *text)
{
	return text ? 4 + text_size(text) + padding(text_size(text)) : 0;
}

static void put_text(struct pcapng *p, uint32_t code, const char *text)
{
	if (text)
		put_option(p, code, text, text_size(text));
}

static void put_section(struct pcapng *p, const struct vgpu_trace_header *h)
{
	const char *machine = vgpu_trace_text_get(h->text, h->text_size, "machine");
	const char *kernel = vgpu_trace_text_get(h->text, h->text_size, "kernel");
	const char *recorder = vgpu_trace_text_get(h->text, h->text_size, "recorder");
	const char *options = vgpu_trace_text_get(h->text, h->text_size, "options");
	uint32_t size = (uint32_t)(28 + option_size(options) + option_size(machine) +
				   option_size(kernel) + option_size(recorder) + 4);

	put32(p, BLOCK_SECTION);
	put32(p, size);
	put32(p, 0x1a2b3c4d);
	put16(p, 1);
	put16(p, 0);
	put64(p, UINT64_MAX); /* its length is not told */
	put_text(p, OPTION_COMMENT, options);
	put_text(p, SECTION_HARDWARE, machine);
	put_text(p, SECTION_OS, kernel);
	put_text(p, SECTION_APPLICATION, recorder);
	put32(p, OPTION_END);
	put32(p, size);
}

static void put_interface(struct pcapng *p, const char *name)
{
	static const uint8_t nanoseconds = 9;
	uint32_t size = (uint32_t)(20 + option_size(name) + 8 + 4);

	put32(p, BLOCK_INTERFACE);
	put32(p, size);
	put16(p, LINKTYPE_WIRESHARK_UPPER_PDU);
	put16(p, 0);
	put32(p, 0); /* no limit */
	put_text(p, INTERFACE_NAME, name);
	put_option(p, INTERFACE_TSRESOL, &nanoseconds, 1);
	put32(p, OPTION_END);
	put32(p, size);
}

/* A trace without a header, damaged there, is a section all the same. */
static void begin_section(struct pcapng *p, const struct vgpu_trace_header *h)
{
	static const struct vgpu_trace_header none;

	put_section(p, h ? h : &none);
	put_interface(p, "control queue");
	put_interface(p, "cursor queue");
	p->in_section = true;
}

struct packet {
	uint32_t kind;
	uint64_t time_ns, id;
	uint32_t device, queue, pid, tid;
	uint32_t seqno, free_slots, room, capset;
	const void *message;
	size_t size;
};

static int put_packet(struct pcapng *p, const struct packet *k)
{
	uint64_t time = k->time_ns + (uint64_t)p->to_realtime;
	size_t before = TAGS_SIZE + HEADER_SIZE;
	size_t there = k->size < PACKET_MAX - before ? k->size : PACKET_MAX - before;
	uint32_t size = (uint32_t)(28 + before + there + padding(there) + 12 + 4);
	char comm[16] = { 0 };

	if (p->names[k->pid % NAMES_SIZE].pid == k->pid)
		memcpy(comm, p->names[k->pid % NAMES_SIZE].comm, sizeof(comm));
	if (!p->in_section)
		begin_section(p, NULL);
	put32(p, BLOCK_PACKET);
	put32(p, size);
	put32(p, k->queue ? 1 : 0);
	put32(p, (uint32_t)(time >> 32));
	put32(p, (uint32_t)time);
	put32(p, (uint32_t)(before + there));
	put32(p, (uint32_t)(before + (k->size < UINT32_MAX / 2 ? k->size : UINT32_MAX / 2)));

	/* Tags are big-endian. */
	fputc(0, p->file);
	fputc(TAG_DISSECTOR, p->file);
	fputc(0, p->file);
	fputc(sizeof(DISSECTOR), p->file);
	fwrite(DISSECTOR, 1, sizeof(DISSECTOR), p->file);
	put32(p, 0);

	fputc(HEADER_VERSION, p->file);
	fputc((int)k->kind, p->file);
	put16(p, HEADER_SIZE);
	put32(p, k->device);
	put64(p, k->id);
	put32(p, k->queue);
	put32(p, k->pid);
	put32(p, k->tid);
	put32(p, k->seqno);
	put32(p, k->free_slots);
	put32(p, k->room);
	put32(p, k->capset);
	put32(p, 0);
	fwrite(comm, 1, sizeof(comm), p->file);
	put_bytes(p, k->message, there);

	put16(p, PACKET_FLAGS);
	put16(p, 4);
	put32(p, k->kind == KIND_REQUEST ? PACKET_OUTBOUND : PACKET_INBOUND);
	put32(p, OPTION_END);
	put32(p, size);
	return ferror(p->file) ? -(errno ? errno : EIO) : 0;
}

static void take_state(struct pcapng *p, const uint8_t *request, size_t size)
{
	struct vgpu_track_message m = { .wire = request, .size = size };

	vgpu_track_request(p->track, &m);
}

static int take_command(struct pcapng *p, const struct vgpu_trace_record *r, bool chosen)
{
	struct packet k = { .kind = KIND_REQUEST, .capset = VGPU_CAPSET_UNKNOWN };
	const struct vgpu_track_context *context;
	struct vgpu_trace_command c;
	struct vgpu_ctrl_hdr hdr;

	if (vgpu_trace_parse_command(r, &c))
		return 0;
	if (vgpu_decode_ctrl_hdr(c.request, c.request_size, &hdr) == 0) {
		if (hdr.type == VGPU_CMD_CTX_CREATE || hdr.type == VGPU_CMD_CTX_DESTROY)
			take_state(p, c.request, c.request_size);
		context = vgpu_track_context(p->track, hdr.ctx_id);
		if (context)
			k.capset = context->capset;
	}
	if (!chosen)
		return 0;
	p->asked[c.id % ASKED_SIZE] = (struct asked) { c.id, c.device, c.queue, c.pid, c.tid };
	k.time_ns = r->time_ns;
	k.id = c.id;
	k.device = c.device;
	k.queue = c.queue;
	k.pid = c.pid;
	k.tid = c.tid;
	k.seqno = c.seqno;
	k.free_slots = c.free_slots;
	k.room = c.response_size;
	k.message = c.request;
	k.size = c.request_size;
	return put_packet(p, &k);
}

/* A packet that belongs to a command: with the command's device, queue and process. */
static struct packet packet_of(const struct pcapng *p, const struct vgpu_trace_record *r,
			       uint32_t kind, uint64_t id)
{
	const struct asked *a = &p->asked[id % ASKED_SIZE];
	struct packet k = { .kind = kind,
			    .time_ns = r->time_ns,
			    .id = id,
			    .free_slots = UINT32_MAX,
			    .capset = VGPU_CAPSET_UNKNOWN };

	if (id && a->id == id) {
		k.device = a->device;
		k.queue = a->queue;
		k.pid = a->pid;
		k.tid = a->tid;
	}
	return k;
}

static int take_response(struct pcapng *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_response response;
	struct packet k;

	if (vgpu_trace_parse_response(r, &response))
		return 0;
	k = packet_of(p, r, KIND_RESPONSE, response.id);
	k.message = response.response;
	k.size = response.response_size;
	return put_packet(p, &k);
}

static int take_stage(struct pcapng *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_stage stage;
	char unknown[32];
	struct packet k;

	if (vgpu_trace_parse_stage(r, &stage))
		return 0;
	snprintf(unknown, sizeof(unknown), "stage %u", stage.stage);
	k = packet_of(p, r, KIND_STAGE, stage.id);
	k.tid = stage.tid;
	k.message = vgpu_trace_stage_name(stage.stage) ?: unknown;
	k.size = strlen(k.message);
	return put_packet(p, &k);
}

static int take_lost(struct pcapng *p, const struct vgpu_trace_record *r)
{
	struct vgpu_trace_lost lost;
	const char *name;
	char text[160];
	struct packet k;

	if (vgpu_trace_parse_lost(r, &lost))
		return 0;
	name = vgpu_trace_loss_name(lost.what);
	snprintf(text, sizeof(text), "%llu, %llu bytes: %s", (unsigned long long)lost.count,
		 (unsigned long long)lost.bytes, name ? name : "for an unknown reason");
	k = packet_of(p, r, KIND_LOSS, lost.id);
	k.message = text;
	k.size = strlen(text);
	return put_packet(p, &k);
}

static int pcapng_record(void *e, const struct vgpu_trace_record *r, bool chosen)
{
	struct pcapng *p = e;
	struct vgpu_trace_header header;
	struct vgpu_trace_process process;
	struct vgpu_trace_snapshot snapshot;

	switch (r->type) {
	case VGPU_TRACE_HEADER:
		vgpu_track_reset(p->track);
		memset(p->asked, 0, sizeof(p->asked));
		memset(p->names, 0, sizeof(p->names));
		if (vgpu_trace_parse_header(r, &header))
			return 0;
		p->to_realtime = (int64_t)(header.realtime_ns - r->time_ns);
		begin_section(p, &header);
		return 0;
	case VGPU_TRACE_EPOCH:
		vgpu_track_reset(p->track);
		return 0;
	case VGPU_TRACE_PROCESS:
		if (vgpu_trace_parse_process(r, &process) == 0 &&
		    (p->names[process.pid % NAMES_SIZE].pid != process.pid ||
		     process.pid == process.tid)) {
			p->names[process.pid % NAMES_SIZE].pid = process.pid;
			memcpy(p->names[process.pid % NAMES_SIZE].comm, process.comm,
			       sizeof(process.comm));
		}
		return 0;
	case VGPU_TRACE_COMMAND:
		return take_command(p, r, chosen);
	case VGPU_TRACE_SNAPSHOT:
		if (vgpu_trace_parse_snapshot(r, &snapshot) == 0)
			take_state(p, snapshot.request, snapshot.request_size);
		return 0;
	case VGPU_TRACE_RESPONSE:
		return chosen ? take_response(p, r) : 0;
	case VGPU_TRACE_STAGE:
		return chosen ? take_stage(p, r) : 0;
	case VGPU_TRACE_LOST:
		return take_lost(p, r);
	}
	return 0;
}

static void pcapng_destroy(void *e)
{
	struct pcapng *p = e;

	if (!p)
		return;
	vgpu_track_destroy(p->track);
	free(p);
}

static int pcapng_create(void **out, const struct export_target *target)
{
	struct pcapng *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return -ENOMEM;
	p->file = target->file;
	if (vgpu_track_create(&p->track, NULL)) {
		pcapng_destroy(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

/* A file without a packet is a file all the same. */
static int pcapng_finish(void *e)
{
	struct pcapng *p = e;

	if (!p->in_section)
		begin_section(p, NULL);
	return 0;
}

const struct exporter export_pcapng = {
	.name = "pcapng",
	.suffixes = ".pcapng",
	.text = "packets for Wireshark, with the dissector virtio_gpu.lua",
	.kind = EXPORT_STREAM,
	.create = pcapng_create,
	.record = pcapng_record,
	.finish = pcapng_finish,
	.destroy = pcapng_destroy,
};
