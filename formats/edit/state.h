/* SPDX-License-Identifier: MIT */
/*
 * The device's state as trim sees it: for each part of it, the node of the command that made it
 * what it is. `edit_*` functions take a record's effects to it.
 */
#ifndef FORMATS_EDIT_STATE_H
#define FORMATS_EDIT_STATE_H

#include <vgpu/protocol.h>
#include <vgpu/trace.h>
#include <vgpu/transfer.h>
#include <vgpu/virgl.h>

#include "content.h"
#include "graph.h"
#include "map.h"

#define EDIT_SCANOUTS  16
#define EDIT_SHADERS   6  /* stages: VGPU_SHADER_… */
#define EDIT_VIEWS     32 /* a stage; the host takes no more */
#define EDIT_TARGETS   8  /* colour buffers */
#define EDIT_STREAMOUT 16
#define EDIT_BUFFERS   32 /* vertex, uniform, shader, atomic; images */

struct edit_range {
	uint64_t address, size; /* bytes */
};

struct edit_resource {
	uint32_t id, refs;
	uint32_t serial; /* ids may be used again, these are not */
	node_t create, attach;
	node_t params; /* who set the texture's own parameters, through a view */
	node_t noted;  /* the last TRANSFER_TO_HOST_2D, which a device may execute later; if kept */
	bool is_2d, blob, alive;
	bool in_memory; /* its pixels are its backing, or are copied from and to it unasked */
	bool plain;     /* pixels that a transfer writes as they are: colours, one sample */
	uint32_t target, width, height, layers, levels;
	struct vgpu_shape shape;
	uint8_t planes;
	bool attached;
	struct edit_range *backing;
	uint32_t n_backing;
	uint64_t backing_size;
	struct spans bytes;   /* of a buffer */
	struct pieces texels; /* of anything else */
};

struct edit_attachment {
	struct edit_resource *resource;
	node_t node;
};

/* An object of a sub context. */
struct edit_object {
	uint32_t handle, serial;
	uint8_t type;
	node_t node;
	node_t state; /* of a query or stream output target: what drawing made of it */
	struct edit_resource *resource;
	uint32_t level, first_layer, last_layer; /* of a surface */
	bool depth, stencil;                     /* a DSA object tests or writes them */
};

struct edit_surface {
	struct edit_resource *resource;
	uint32_t level, first_layer, last_layer;
};

struct edit_view {
	uint32_t serial; /* of the object; 0: none */
	node_t node;
	struct edit_resource *resource;
};

/* Bound state whose cells need nothing but the node. */
enum edit_slot {
	SLOT_BLEND,
	SLOT_RASTERIZER,
	SLOT_DSA,
	SLOT_VERTEX_ELEMENTS,
	SLOT_FRAMEBUFFER,
	SLOT_FRAMEBUFFER_SIZE,
	SLOT_VERTEX_BUFFERS,
	SLOT_INDEX_BUFFER,
	SLOT_STENCIL_REF,
	SLOT_BLEND_COLOR,
	SLOT_STIPPLE,
	SLOT_CLIP,
	SLOT_SAMPLE_MASK,
	SLOT_MIN_SAMPLES,
	SLOT_STREAMOUT,
	SLOT_CONDITION,
	SLOT_TESS,
	SLOT_TEXTURE_BARRIER,
	SLOT_VIEWPORT,
	SLOT_SCISSOR = SLOT_VIEWPORT + 16,
	SLOT_BARRIER = SLOT_SCISSOR + 16, /* by flag */
	SLOT_SHADER = SLOT_BARRIER + 32,  /* by stage, from here on */
	SLOT_CONSTANTS = SLOT_SHADER + EDIT_SHADERS,
	SLOT_VIEW_COUNT = SLOT_CONSTANTS + EDIT_SHADERS,
	SLOT_SAMPLER_COUNT = SLOT_VIEW_COUNT + EDIT_SHADERS,
	SLOT_SAMPLERS = SLOT_SAMPLER_COUNT + EDIT_SHADERS, /* by stage and index, from here on */
	SLOT_UNIFORMS = SLOT_SAMPLERS + EDIT_SHADERS * EDIT_BUFFERS,
	SLOT_STORAGE = SLOT_UNIFORMS + EDIT_SHADERS * EDIT_BUFFERS,
	SLOT_IMAGES = SLOT_STORAGE + EDIT_SHADERS * EDIT_BUFFERS,
	SLOT_ATOMICS = SLOT_IMAGES + EDIT_SHADERS * EDIT_BUFFERS,
	SLOT_COUNT = SLOT_ATOMICS + EDIT_BUFFERS,
};

struct edit_sub {
	uint32_t id;
	node_t node;
	struct map objects;
	node_t slots[SLOT_COUNT];
	/* Resources by slot, from SLOT_UNIFORMS on. */
	struct edit_resource *bound[SLOT_COUNT - SLOT_UNIFORMS];
	struct edit_view views[EDIT_SHADERS][EDIT_VIEWS];
	struct edit_resource *vertex[EDIT_BUFFERS], *index;
	struct edit_surface color[EDIT_TARGETS], zs;
	bool depth, stencil; /* the bound DSA object tests or writes them */
	struct edit_resource *streamout[EDIT_STREAMOUT];
	bool streamed;      /* stream output was used: its objects carry state from then on */
	uint32_t condition; /* handle of the query that drawing depends on; 0: none */
	struct map active;  /* queries that have begun, by handle */
};

struct edit_context {
	uint32_t id;
	uint32_t instance; /* the how manyth CTX_CREATE of the trace */
	bool opaque;       /* its streams are not looked into: each may do everything */
	node_t create;
	node_t chain; /* opaque: the last stream; else what holds for all sub contexts */
	node_t blobs; /* resources made in a stream for CREATE_BLOB to take */
	node_t current_node;
	struct edit_sub *current;
	struct map subs, attachments;
};

struct edit_scanout {
	node_t node;
	struct edit_resource *resource; /* NULL: off */
};

struct edit_device {
	struct map resources, contexts, asked;
	struct edit_scanout scanouts[EDIT_SCANOUTS];
	node_t cursors[EDIT_SCANOUTS], moves[EDIT_SCANOUTS];
};

#define EDIT_DEVICES 16
#define EDIT_RECENT  8192 /* commands whose answer is waited for */

/* What a node being built changes, once it stands. */
struct edit_write {
	struct edit_resource *resource; /* NULL: memory */
	struct box box;
	uint64_t begin, end; /* bytes of a buffer or of memory */
	uint8_t planes;
};

struct edit_state {
	struct graph graph;
	struct map memory; /* pages of the address space of ATTACH_BACKING */
	struct edit_device *devices[EDIT_DEVICES];
	struct map processes, names; /* cells: PROCESS by pid, CONTEXT by ctx_id */
	uint64_t record;             /* number of the record at hand */
	uint32_t whole_node;         /* NODE_WHOLE, or NODE_RECORD for a SNAPSHOT's request */
	uint32_t serial, instances;
	/* Contexts, by instance, that turned out to be unfit for looking into. */
	uint8_t *opaque;
	uint32_t n_opaque;
	bool found;     /* another one: begin again */
	bool whole;     /* look into none */
	uint32_t shown; /* frames that the command at hand shows */
	bool keep;      /* nodes have bytes; those of the record at hand: */
	const struct vgpu_trace_record *at;
	const struct vgpu_trace_command *command;
	const struct vgpu_virgl_cmd *part; /* in the command's stream, or NULL */
	struct {
		uint64_t id;
		uint32_t instance;
	} recent[EDIT_RECENT]; /* SUBMIT_3D commands, by id */
	/* Of the node being built. */
	struct edit_write *writes;
	uint32_t n_writes, writes_room;
	node_t **cells;
	uint32_t n_cells, cells_room;
};

void edit_state_init(struct edit_state *e, size_t memory_max);
/* Forget all but the contexts that must be opaque, for another pass. */
void edit_state_restart(struct edit_state *e);
void edit_state_finish(struct edit_state *e);
/* Another trace begins in the file. */
void edit_state_clear(struct edit_state *e);

/* How many frames the record will show when it is added. */
uint32_t edit_state_shows(struct edit_state *e, const struct vgpu_trace_record *r);
/* Take a record. edit->shown says of a COMMAND how many frames it shows. */
void edit_state_add(struct edit_state *e, const struct vgpu_trace_record *r);
/* From now on what records need is marked: the range begins. */
void edit_state_mark(struct edit_state *e);

/* state.c: building a node */
void edit_begin(struct edit_state *e);
void edit_need(struct edit_state *e, node_t node);
void edit_set(struct edit_state *e, node_t *cell); /* the cell's value is the node */
/* The node is held for the caller, who drops it. */
node_t edit_end(struct edit_state *e, uint32_t offset);

void edit_queue(struct edit_state *e, const struct edit_write *write);

/* Contents: `box` NULL for all. A write that is not `over` all of it needs what was there. */
void edit_read(struct edit_state *e, struct edit_resource *r, const struct box *box);
void edit_write(struct edit_state *e, struct edit_resource *r, const struct box *box,
		uint8_t planes, bool over);
/* Bytes begin .. end - 1 of the backing; UINT64_MAX: to its end. */
void edit_read_backing(struct edit_state *e, struct edit_resource *r, uint64_t begin, uint64_t end);
void edit_write_backing(struct edit_state *e, struct edit_resource *r, uint64_t begin,
			uint64_t end);
/* A transfer between a resource and the backing of another, or its own. */
void edit_transfer(struct edit_state *e, struct edit_resource *r, struct edit_resource *backing,
		   const struct vgpu_transfer *t, bool to_host);

/* keep.c: the node has the bytes of what is at hand. */
void edit_keep(struct edit_state *e, node_t node, uint32_t offset);

/* resource.c */
struct edit_resource *edit_resource_new(struct edit_state *e);
struct edit_resource *edit_resource_hold(struct edit_resource *r); /* NULL is fine */
void edit_resource_drop(struct edit_state *e, struct edit_resource *r);
/* *cell = r, with holds. */
void edit_resource_set(struct edit_state *e, struct edit_resource **cell, struct edit_resource *r);
/* From the fields of a create command. */
void edit_resource_shape(struct edit_resource *r, const struct vgpu_resource_create_3d *c);
struct box edit_whole(const struct edit_resource *r);
/* The texels of layers first .. last of a level. */
struct box edit_layers(const struct edit_resource *r, uint32_t level, uint32_t first,
		       uint32_t last);
/* The box of a transfer or copy; false when it is not wholly inside the resource. */
bool edit_box(const struct edit_resource *r, uint32_t level, const struct vgpu_box *from,
	      struct box *out);

/* device.c, device-*.c */
void edit_command(struct edit_state *e, const struct vgpu_trace_command *c);
void edit_device_clear(struct edit_state *e, struct edit_device *d);
/* Scanouts that show what a RESOURCE_FLUSH flushes; 0 for other commands. */
uint32_t edit_shows(struct edit_state *e, const struct vgpu_trace_command *c);

/* context.c */
struct edit_attachment *edit_attached(const struct edit_context *ctx, uint32_t resource_id);
void edit_context_free(struct edit_state *e, struct edit_context *ctx);
struct edit_sub *edit_sub_new(struct edit_state *e, struct edit_context *ctx, uint32_t id);
void edit_sub_free(struct edit_state *e, struct edit_sub *sub);
void edit_object_free(struct edit_state *e, struct edit_object *o);
/* The context is to be opaque from its beginning: what was found of it is not right. */
void edit_context_give_up(struct edit_state *e, const struct edit_context *ctx);
/* A stream of SUBMIT_3D. `node` is the command's own. */
void edit_submit(struct edit_state *e, struct edit_context *ctx, const uint8_t *stream, size_t size,
		 node_t node);

/* virgl.c: one command of a stream; false when it cannot be understood */
bool edit_virgl(struct edit_state *e, struct edit_context *ctx, const struct vgpu_virgl_cmd *cmd,
		node_t submit);

#endif
