/* SPDX-License-Identifier: MIT */
/*
 * For every finding of lint: a trace that has it, and one that nearly has it and stays silent, in
 * the language of script.h.
 */
#ifndef TESTS_LINT_CASES_H
#define TESTS_LINT_CASES_H

#include <vgpu/lint.h>

#define R2D(id)    "RESOURCE_CREATE_2D resource_id=" #id " format=1 width=64 height=64;"
#define BACKED(id) R2D(id) "RESOURCE_ATTACH_BACKING resource_id=" #id " entries=8192,8192;"
#define R3D(id, more)                                                                          \
	"RESOURCE_CREATE_3D resource_id=" #id " target=2 format=1 width=64 height=32 depth=1 " \
	"array_size=1 last_level=2 " more ";"                                                  \
	"RESOURCE_ATTACH_BACKING resource_id=" #id " entries=8192;"
#define CTX(id)       "CTX_CREATE ctx_id=" #id ";"
#define USES(ctx, id) "CTX_ATTACH_RESOURCE ctx_id=" #ctx " resource_id=" #id ";"
#define BLOB(id, more)                                                                         \
	CTX(9)                                                                                 \
	"RESOURCE_CREATE_BLOB ctx_id=9 resource_id=" #id " blob_mem=2 blob_flags=1 blob_id=1 " \
	"size=16384 " more ";"
#define GUEST_BLOB(id) \
	"RESOURCE_CREATE_BLOB resource_id=" #id " blob_mem=1 blob_flags=1 size=8192 entries=8192;"
#define SHOW_BLOB(more) \
	"SET_SCANOUT_BLOB resource_id=3 format=2 width=32 height=32 r.width=32 r.height=32 " more
#define CAPSETS                                                               \
	"GET_CAPSET_INFO -> OK_CAPSET_INFO capset_id=2 capset_max_version=2 " \
	"capset_max_size=1376;"                                               \
	"GET_CAPSET_INFO capset_index=1 -> OK_CAPSET_INFO capset_id=4 capset_max_size=160;"
#define SUBMIT_ONLY(dwords)    "SUBMIT_3D ctx_id=1 stream=" dwords
#define SUBMIT(capset, dwords) "CTX_CREATE ctx_id=1 context_init=" #capset ";" SUBMIT_ONLY(dwords)
/* A context of capset DRM, of the driver with that number. */
#define DRIVER(n)              "@driver=" #n "; CTX_CREATE ctx_id=1 context_init=6;"
#define MSM(dwords)            DRIVER(1) SUBMIT_ONLY(dwords)
#define RING                   "flags=3 ring_idx=1 "

static const struct {
	enum vgpu_lint_code code;
	const char *has, *nearly;
} cases[] = {
	/* messages */
	{ VGPU_LINT_REQUEST_TRUNCATED, "RESOURCE_CREATE_2D bytes=36",
	  "RESOURCE_CREATE_2D bytes=36 cut -> none;" R2D(1) "@end-is-lost" },
	{ VGPU_LINT_REQUEST_TRUNCATED, "GET_DISPLAY_INFO bytes=20", "GET_DISPLAY_INFO bytes=24" },
	{ VGPU_LINT_REQUEST_TRUNCATED,
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=1,2 bytes=63",
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=1,2 bytes=64" },
	{ VGPU_LINT_REQUEST_TRUNCATED, CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0 bytes=36",
	  CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0 bytes=36 cut" },
	{ VGPU_LINT_REQUEST_PADDED, "GET_DISPLAY_INFO bytes=4096", "GET_DISPLAY_INFO" },
	{ VGPU_LINT_COMMAND_UNKNOWN, "0x1206", "GET_DISPLAY_INFO" },
	{ VGPU_LINT_WRONG_QUEUE, "GET_DISPLAY_INFO queue=1", "GET_DISPLAY_INFO queue=0" },
	{ VGPU_LINT_WRONG_QUEUE, "MOVE_CURSOR queue=0", "MOVE_CURSOR queue=1" },
	{ VGPU_LINT_FLAG_UNKNOWN, "GET_DISPLAY_INFO flags=4",
	  "GET_DISPLAY_INFO flags=1 fence_id=1" },
	{ VGPU_LINT_FEATURE_MISSING, "@features=0x1; GET_EDID", "@features=0x2; GET_EDID" },
	{ VGPU_LINT_FEATURE_MISSING, "@features=0x1; CTX_CREATE ctx_id=1 context_init=4",
	  "@features=0x11; CTX_CREATE ctx_id=1 context_init=4" },
	{ VGPU_LINT_FEATURE_MISSING, "@features=0x1; GET_DISPLAY_INFO " RING "fence_id=1",
	  "@features=0x10; GET_DISPLAY_INFO " RING "fence_id=1" },
	{ VGPU_LINT_FEATURE_MISSING,
	  "@features=0x8; @before; RESOURCE_CREATE_BLOB resource_id=1 size=1 blob_mem=2 ctx_id=1",
	  "@features=0x8;" GUEST_BLOB(1) },
	{ VGPU_LINT_FEATURE_REFUSED,
	  "@features=0x2; GET_EDID -> ERR_UNSPEC; GET_EDID -> ERR_UNSPEC",
	  "@features=0x2; GET_EDID -> ERR_UNSPEC; GET_EDID" },
	{ VGPU_LINT_RESPONSE_ROOM, "GET_DISPLAY_INFO room=24", "GET_DISPLAY_INFO room=408" },
	{ VGPU_LINT_RESPONSE_UNASKED, "GET_DISPLAY_INFO; later 1",
	  "GET_DISPLAY_INFO -> none; later 1" },
	{ VGPU_LINT_RESPONSE_UNASKED, "MOVE_CURSOR; later 1", "@before; MOVE_CURSOR; later 1" },
	{ VGPU_LINT_RESPONSE_SHORT, "GET_DISPLAY_INFO -> OK_DISPLAY_INFO bytes=407",
	  "GET_DISPLAY_INFO -> OK_DISPLAY_INFO bytes=408" },
	{ VGPU_LINT_RESPONSE_SHORT, R2D(1) "RESOURCE_UNREF resource_id=1 -> OK_NODATA bytes=0",
	  R2D(1) "RESOURCE_UNREF resource_id=1 -> OK_NODATA bytes=24" },
	{ VGPU_LINT_RESPONSE_TYPE, "GET_DISPLAY_INFO -> OK_NODATA",
	  "GET_DISPLAY_INFO -> OK_DISPLAY_INFO" },
	{ VGPU_LINT_RESPONSE_TYPE, "GET_DISPLAY_INFO -> 0x11ff",
	  "GET_DISPLAY_INFO -> OK_DISPLAY_INFO" },
	{ VGPU_LINT_COMMAND_REFUSED, "GET_DISPLAY_INFO -> ERR_UNSPEC", "GET_DISPLAY_INFO" },
	{ VGPU_LINT_UNANSWERED, "GET_DISPLAY_INFO -> none", "GET_DISPLAY_INFO -> none; later 1" },
	{ VGPU_LINT_UNANSWERED, "GET_DISPLAY_INFO -> none; @reset",
	  "GET_DISPLAY_INFO -> none; @between" },

	/* fences */
	{ VGPU_LINT_FENCE_ID_WITHOUT_FLAG, "GET_DISPLAY_INFO fence_id=5",
	  "GET_DISPLAY_INFO fence_id=5 flags=1" },
	{ VGPU_LINT_FENCE_ID_ZERO, "GET_DISPLAY_INFO flags=1", "GET_DISPLAY_INFO flags=0" },
	{ VGPU_LINT_FENCE_NOT_RISING,
	  "GET_DISPLAY_INFO flags=1 fence_id=5; GET_DISPLAY_INFO flags=1 fence_id=5",
	  "GET_DISPLAY_INFO flags=1 fence_id=5; GET_DISPLAY_INFO flags=1 fence_id=6" },
	{ VGPU_LINT_FENCE_NOT_RISING,
	  "GET_DISPLAY_INFO " RING "fence_id=5; GET_DISPLAY_INFO " RING "fence_id=4",
	  "GET_DISPLAY_INFO " RING "fence_id=5; GET_DISPLAY_INFO flags=3 ring_idx=2 fence_id=4" },
	{ VGPU_LINT_FENCE_NOT_ECHOED,
	  "GET_DISPLAY_INFO flags=1 fence_id=5 -> OK_DISPLAY_INFO flags=0",
	  "GET_DISPLAY_INFO flags=1 fence_id=5 -> OK_DISPLAY_INFO" },
	{ VGPU_LINT_FENCE_NOT_ECHOED,
	  "GET_DISPLAY_INFO flags=1 fence_id=5 -> OK_DISPLAY_INFO fence_id=6",
	  "GET_DISPLAY_INFO -> OK_DISPLAY_INFO fence_id=6" },
	{ VGPU_LINT_FENCE_ORDER,
	  "GET_DISPLAY_INFO " RING "fence_id=1 -> none; GET_DISPLAY_INFO " RING
	  "fence_id=2; later 1",
	  "GET_DISPLAY_INFO " RING "fence_id=1 -> none;"
	  "GET_DISPLAY_INFO flags=3 ring_idx=2 fence_id=2; later 1" },
	{ VGPU_LINT_FENCE_UNANSWERED,
	  "GET_DISPLAY_INFO flags=1 fence_id=1 -> none; GET_DISPLAY_INFO flags=1 fence_id=2",
	  "GET_DISPLAY_INFO flags=1 fence_id=1 -> none; GET_DISPLAY_INFO flags=1 fence_id=2;"
	  "@between" },
	{ VGPU_LINT_RING_RANGE, "GET_DISPLAY_INFO flags=3 fence_id=1 ring_idx=64",
	  "GET_DISPLAY_INFO flags=3 fence_id=1 ring_idx=63" },
	{ VGPU_LINT_RING_WITHOUT_FLAG, "GET_DISPLAY_INFO ring_idx=1",
	  "GET_DISPLAY_INFO " RING "fence_id=1" },

	/* resources */
	{ VGPU_LINT_RESOURCE_ID_ZERO, "RESOURCE_FLUSH resource_id=0",
	  BACKED(1) "SET_SCANOUT resource_id=0" },
	{ VGPU_LINT_RESOURCE_ID_ZERO, "RESOURCE_CREATE_2D resource_id=0 format=1 width=1 height=1",
	  R2D(1) },
	{ VGPU_LINT_RESOURCE_UNKNOWN, "RESOURCE_FLUSH resource_id=7",
	  R2D(7) "RESOURCE_FLUSH resource_id=7" },
	{ VGPU_LINT_RESOURCE_UNKNOWN, "RESOURCE_ASSIGN_UUID resource_id=7",
	  "@before; RESOURCE_ASSIGN_UUID resource_id=7" },
	{ VGPU_LINT_RESOURCE_UNKNOWN, R2D(7) "@reset; RESOURCE_UNREF resource_id=7",
	  "@between;" R2D(7) "RESOURCE_UNREF resource_id=7" },
	{ VGPU_LINT_RESOURCE_DESTROYED,
	  R2D(7) "RESOURCE_UNREF resource_id=7; RESOURCE_FLUSH resource_id=7",
	  R2D(7) "RESOURCE_UNREF resource_id=7;" R2D(7) "RESOURCE_FLUSH resource_id=7" },
	{ VGPU_LINT_RESOURCE_DESTROYED,
	  "@before;" R2D(7) "RESOURCE_UNREF resource_id=7; RESOURCE_FLUSH resource_id=7",
	  R2D(7) "RESOURCE_UNREF resource_id=7; @between; RESOURCE_FLUSH resource_id=7" },
	{ VGPU_LINT_RESOURCE_ID_TAKEN, R2D(7) R2D(7), R2D(7) R2D(8) },
	{ VGPU_LINT_RESOURCE_ID_TAKEN, R2D(7) R3D(7, ""), R2D(7) "@between;" R2D(7) },
	{ VGPU_LINT_RESOURCE_EMPTY, "RESOURCE_CREATE_2D resource_id=1 format=1 width=1",
	  "RESOURCE_CREATE_2D resource_id=1 format=1 width=1 height=1" },
	{ VGPU_LINT_RESOURCE_EMPTY, R3D(1, "array_size=0"), R3D(1, "") },
	{ VGPU_LINT_FORMAT_NOT_2D, "RESOURCE_CREATE_2D resource_id=1 format=5 width=1 height=1",
	  "RESOURCE_CREATE_2D resource_id=1 format=134 width=1 height=1" },
	{ VGPU_LINT_FORMAT_UNKNOWN, R3D(1, "format=481"), R3D(1, "format=5") },
	{ VGPU_LINT_TARGET_UNKNOWN, R3D(1, "target=9"), R3D(1, "target=8") },
	{ VGPU_LINT_ATTACH_TWICE, BACKED(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=1",
	  BACKED(1) "RESOURCE_DETACH_BACKING resource_id=1;"
		    "RESOURCE_ATTACH_BACKING resource_id=1 entries=1" },
	{ VGPU_LINT_DETACH_NONE, R2D(1) "RESOURCE_DETACH_BACKING resource_id=1",
	  BACKED(1) "RESOURCE_DETACH_BACKING resource_id=1" },
	{ VGPU_LINT_ENTRIES_NONE, R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1",
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=1" },
	{ VGPU_LINT_ENTRIES_LIMIT,
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 nr_entries=16385 cut",
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 nr_entries=16384 cut" },
	{ VGPU_LINT_ENTRY_EMPTY, R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=8,0",
	  R2D(1) "RESOURCE_ATTACH_BACKING resource_id=1 entries=8,1" },
	{ VGPU_LINT_UNREF_SHOWN,
	  BACKED(1) "SET_SCANOUT resource_id=1 r.width=64 r.height=64; RESOURCE_UNREF "
		    "resource_id=1",
	  BACKED(1) "SET_SCANOUT resource_id=1 r.width=64 r.height=64; SET_SCANOUT;"
		    "RESOURCE_UNREF resource_id=1" },
	{ VGPU_LINT_UNREF_MAPPED,
	  BLOB(3, "") "RESOURCE_MAP_BLOB resource_id=3; RESOURCE_UNREF resource_id=3",
	  BLOB(3, "") "RESOURCE_MAP_BLOB resource_id=3; RESOURCE_UNMAP_BLOB resource_id=3;"
		      "RESOURCE_UNREF resource_id=3" },

	/* transfers */
	{ VGPU_LINT_TRANSFER_NO_BACKING,
	  R2D(1) "TRANSFER_TO_HOST_2D resource_id=1 r.width=64 r.height=64",
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 r.width=64 r.height=64" },
	{ VGPU_LINT_BOX_OUTSIDE,
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 x=1 width=64 height=1",
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 x=1 width=63 height=1" },
	{ VGPU_LINT_BOX_OUTSIDE,
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 x=0xffffffff width=2 height=1",
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 x=62 width=2 height=1" },
	{ VGPU_LINT_BOX_OUTSIDE, R2D(1) "RESOURCE_FLUSH resource_id=1 y=1 width=1 height=64",
	  R2D(1) "RESOURCE_FLUSH resource_id=1 y=1 width=1 height=63" },
	{ VGPU_LINT_BOX_OUTSIDE,
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 level=1 w=33 h=1 d=1",
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 level=1 w=32 h=1 d=1" },
	{ VGPU_LINT_BOX_OUTSIDE,
	  R3D(1, "target=3 depth=4") "TRANSFER_TO_HOST_3D resource_id=1 z=3 w=1 h=1 d=2",
	  R3D(1, "target=7 array_size=4") "TRANSFER_TO_HOST_3D resource_id=1 z=3 w=1 h=1 d=1" },
	{ VGPU_LINT_BOX_OUTSIDE,
	  R3D(1, "target=0 format=64") "TRANSFER_TO_HOST_3D resource_id=1 x=1 w=64 h=1 d=1",
	  R3D(1, "target=0 format=64") "TRANSFER_TO_HOST_3D resource_id=1 x=1 w=63 h=1 d=1" },
	{ VGPU_LINT_BEYOND_BACKING,
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 offset=4 width=64 height=64",
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 offset=0 width=64 height=64" },
	{ VGPU_LINT_BEYOND_BACKING,
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 stride=512 w=64 h=17 d=1",
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 stride=512 w=64 h=16 d=1" },
	{ VGPU_LINT_STRIDE_SMALL,
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 stride=255 w=64 h=2 d=1",
	  R3D(1, "") "TRANSFER_TO_HOST_3D resource_id=1 stride=256 w=64 h=2 d=1" },
	{ VGPU_LINT_LEVEL_RANGE,
	  R3D(1, "") "TRANSFER_FROM_HOST_3D resource_id=1 level=3 w=1 h=1 d=1",
	  R3D(1, "") "TRANSFER_FROM_HOST_3D resource_id=1 level=2 w=1 h=1 d=1" },
	{ VGPU_LINT_NOT_ATTACHED,
	  CTX(2) R3D(1, "") "TRANSFER_TO_HOST_3D ctx_id=2 resource_id=1 w=1 h=1 d=1",
	  CTX(2) R3D(1, "") USES(2, 1) "TRANSFER_TO_HOST_3D ctx_id=2 resource_id=1 w=1 h=1 d=1" },
	{ VGPU_LINT_NOT_ATTACHED,
	  CTX(2) R3D(1, "") "SUBMIT_3D ctx_id=2 stream=0xd002b,1,0,0,0,0,0,0,0,1,1,1,0,1",
	  CTX(2) R3D(1, "")
		  USES(2, 1) "SUBMIT_3D ctx_id=2 stream=0xd002b,1,0,0,0,0,0,0,0,1,1,1,0,1" },
	{ VGPU_LINT_BEYOND_BACKING,
	  CTX(2) R3D(1, "") USES(2, 1) "SUBMIT_3D ctx_id=2 stream=0,"
				       "0xd002b,1,0,0,0,0,0,0,0,1,1,1,8189,1",
	  CTX(2) R3D(1, "") USES(2, 1) "SUBMIT_3D ctx_id=2 stream=0,"
				       "0xd002b,1,0,0,0,0,0,0,0,1,1,1,8188,1" },
	/* a copy reads the staging resource's backing in the other one's shape */
	{ VGPU_LINT_BEYOND_BACKING,
	  CTX(2) R3D(1, "") R3D(4, "target=0 format=64 width=9999") USES(2, 1)
		  USES(2, 4) "SUBMIT_3D ctx_id=2 stream=0xe002d,1,0,0,0,0,0,0,0,2,1,1,4,8188,0",
	  CTX(2) R3D(1, "") R3D(4, "target=0 format=64 width=9999") USES(2, 1)
		  USES(2, 4) "SUBMIT_3D ctx_id=2 stream=0xe002d,1,0,0,0,0,0,0,0,2,1,1,4,8184,0" },

	/* scanouts, cursor */
	{ VGPU_LINT_SCANOUT_RANGE, "SET_SCANOUT scanout_id=16", "SET_SCANOUT scanout_id=15" },
	{ VGPU_LINT_SCANOUT_RANGE, "@scanouts=1; GET_EDID scanout=1",
	  "@scanouts=2; GET_EDID scanout=1" },
	{ VGPU_LINT_SCANOUT_OUTSIDE, BACKED(1) "SET_SCANOUT resource_id=1 x=1 width=64 height=64",
	  BACKED(1) "SET_SCANOUT resource_id=1 x=1 width=63 height=64" },
	{ VGPU_LINT_SCANOUT_SMALL, BACKED(1) "SET_SCANOUT resource_id=1 width=15 height=64",
	  BACKED(1) "SET_SCANOUT resource_id=1 width=16 height=64" },
	{ VGPU_LINT_SCANOUT_NO_BACKING, R2D(1) "SET_SCANOUT resource_id=1 width=64 height=64",
	  BACKED(1) "SET_SCANOUT resource_id=1 width=64 height=64" },
	{ VGPU_LINT_SCANOUT_NOT_BLOB, BACKED(3) SHOW_BLOB("strides[0]=128"),
	  GUEST_BLOB(3) SHOW_BLOB("strides[0]=128") },
	{ VGPU_LINT_SCANOUT_BEYOND_BLOB, GUEST_BLOB(3) SHOW_BLOB("strides[0]=261"),
	  GUEST_BLOB(3) SHOW_BLOB("strides[0]=260") },
	{ VGPU_LINT_SCANOUT_BEYOND_BLOB, GUEST_BLOB(3) SHOW_BLOB("strides[0]=128 offsets[0]=4100"),
	  GUEST_BLOB(3) SHOW_BLOB("strides[0]=128 offsets[0]=4096") },
	{ VGPU_LINT_STRIDE_SMALL, GUEST_BLOB(3) SHOW_BLOB("strides[0]=127"),
	  GUEST_BLOB(3) SHOW_BLOB("strides[0]=128") },
	{ VGPU_LINT_FORMAT_NOT_2D, GUEST_BLOB(3) SHOW_BLOB("strides[0]=128 format=0"),
	  GUEST_BLOB(3) SHOW_BLOB("strides[0]=128 format=3") },
	{ VGPU_LINT_CURSOR_SIZE,
	  "RESOURCE_CREATE_2D resource_id=1 format=1 width=64 height=32; UPDATE_CURSOR "
	  "resource_id=1",
	  R2D(1) "UPDATE_CURSOR resource_id=1" },
	{ VGPU_LINT_CURSOR_NOT_READY,
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 width=64 height=64 -> none;"
		    "UPDATE_CURSOR resource_id=1; later 3",
	  BACKED(1) "TRANSFER_TO_HOST_2D resource_id=1 width=64 height=64 -> none;"
		    "later 3; UPDATE_CURSOR resource_id=1" },
	{ VGPU_LINT_CURSOR_REFUSED, "MOVE_CURSOR room=24 -> ERR_UNSPEC",
	  "MOVE_CURSOR room=24 -> OK_NODATA" },

	/* blobs */
	{ VGPU_LINT_BLOB_MEM, "RESOURCE_CREATE_BLOB resource_id=1 size=1 blob_mem=4",
	  GUEST_BLOB(1) },
	{ VGPU_LINT_BLOB_FLAGS, BLOB(1, "blob_flags=8"), BLOB(1, "blob_flags=7") },
	{ VGPU_LINT_RESOURCE_EMPTY, BLOB(1, "size=0"), BLOB(1, "size=1") },
	{ VGPU_LINT_BLOB_ENTRIES, BLOB(1, "entries=16384"), BLOB(1, "blob_mem=3 entries=16384") },
	{ VGPU_LINT_BLOB_BACKING_SHORT, BLOB(1, "blob_mem=3 entries=16383"),
	  BLOB(1, "blob_mem=3 entries=16383,1") },
	{ VGPU_LINT_BLOB_UNALIGNED, "@features=0x39; @alignment=16384;" BLOB(1, "size=20480"),
	  "@features=0x39; @alignment=16384;" BLOB(1, "size=32768") },
	{ VGPU_LINT_BLOB_UNALIGNED,
	  "@features=0x39; @alignment=16384;" BLOB(
		  1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=4096",
	  "@features=0x19; @alignment=16384;" BLOB(
		  1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=4096" },
	{ VGPU_LINT_BLOB_NO_CONTEXT, "RESOURCE_CREATE_BLOB resource_id=1 size=1 blob_mem=2",
	  BLOB(1, "") },
	{ VGPU_LINT_MAP_NOT_BLOB, R2D(1) "RESOURCE_MAP_BLOB resource_id=1",
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1" },
	{ VGPU_LINT_MAP_NOT_BLOB, GUEST_BLOB(1) "RESOURCE_MAP_BLOB resource_id=1",
	  BLOB(1, "blob_mem=3 entries=16384") "RESOURCE_MAP_BLOB resource_id=1" },
	{ VGPU_LINT_MAP_NOT_MAPPABLE, BLOB(1, "blob_flags=2") "RESOURCE_MAP_BLOB resource_id=1",
	  BLOB(1, "blob_flags=3") "RESOURCE_MAP_BLOB resource_id=1" },
	{ VGPU_LINT_MAP_TWICE,
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1; RESOURCE_MAP_BLOB resource_id=1",
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1; RESOURCE_UNMAP_BLOB resource_id=1;"
		      "RESOURCE_MAP_BLOB resource_id=1" },
	{ VGPU_LINT_MAP_OVERLAP,
	  BLOB(1,
	       "") "RESOURCE_MAP_BLOB resource_id=1;"
		   "RESOURCE_CREATE_BLOB ctx_id=9 resource_id=2 blob_mem=2 blob_flags=1 size=4096;"
		   "RESOURCE_MAP_BLOB resource_id=2 offset=12288",
	  BLOB(1,
	       "") "RESOURCE_MAP_BLOB resource_id=1;"
		   "RESOURCE_CREATE_BLOB ctx_id=9 resource_id=2 blob_mem=2 blob_flags=1 size=4096;"
		   "RESOURCE_MAP_BLOB resource_id=2 offset=16384" },
	{ VGPU_LINT_MAP_WRAPS,
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=0xffffffffffffd000",
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=0xffffffffffffb000" },
	{ VGPU_LINT_MAP_UNALIGNED, BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=2048",
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1 offset=4096" },
	{ VGPU_LINT_UNMAP_NONE, BLOB(1, "") "RESOURCE_UNMAP_BLOB resource_id=1",
	  BLOB(1, "") "RESOURCE_MAP_BLOB resource_id=1; RESOURCE_UNMAP_BLOB resource_id=1" },

	/* contexts */
	{ VGPU_LINT_CONTEXT_ID_ZERO, "CTX_CREATE ctx_id=0", CTX(1) },
	{ VGPU_LINT_CONTEXT_ID_ZERO, "SUBMIT_3D ctx_id=0", CTX(1) "SUBMIT_3D ctx_id=1" },
	{ VGPU_LINT_CONTEXT_UNKNOWN, "SUBMIT_3D ctx_id=1", "@before; SUBMIT_3D ctx_id=1" },
	{ VGPU_LINT_CONTEXT_DESTROYED, CTX(1) "CTX_DESTROY ctx_id=1; SUBMIT_3D ctx_id=1",
	  CTX(1) "CTX_DESTROY ctx_id=1;" CTX(1) "SUBMIT_3D ctx_id=1" },
	{ VGPU_LINT_CONTEXT_ID_TAKEN, CTX(1) CTX(1), CTX(1) CTX(2) },
	{ VGPU_LINT_CONTEXT_NAME_LONG, "CTX_CREATE ctx_id=1 nlen=65",
	  "CTX_CREATE ctx_id=1 nlen=64" },
	{ VGPU_LINT_CONTEXT_INIT_BITS, "CTX_CREATE ctx_id=1 context_init=0x104",
	  "CTX_CREATE ctx_id=1 context_init=0x4" },
	{ VGPU_LINT_CONTEXT_LEAK, CTX(1) R2D(2) USES(1, 2) "CTX_DESTROY ctx_id=1",
	  CTX(1) R2D(2)
		  USES(1, 2) "CTX_DETACH_RESOURCE ctx_id=1 resource_id=2; CTX_DESTROY ctx_id=1" },
	{ VGPU_LINT_CONTEXT_LEAK, CTX(1) R2D(2) USES(1, 2) "CTX_DESTROY ctx_id=1",
	  CTX(1) R2D(2) USES(1, 2) "RESOURCE_UNREF resource_id=2; CTX_DESTROY ctx_id=1" },
	{ VGPU_LINT_CTX_ATTACH_TWICE, CTX(1) R2D(2) USES(1, 2) USES(1, 2),
	  CTX(1) CTX(3) R2D(2) USES(1, 2) USES(3, 2) },
	{ VGPU_LINT_CTX_DETACH_NONE, CTX(1) R2D(2) "CTX_DETACH_RESOURCE ctx_id=1 resource_id=2",
	  CTX(1) R2D(2) "@between; CTX_DETACH_RESOURCE ctx_id=1 resource_id=2" },
	{ VGPU_LINT_CAPSET_NOT_OFFERED, CAPSETS "CTX_CREATE ctx_id=1 context_init=5",
	  CAPSETS "CTX_CREATE ctx_id=1 context_init=4" },
	{ VGPU_LINT_CAPSET_NOT_OFFERED, CAPSETS "GET_CAPSET capset_id=1 -> OK_CAPSET bytes=300",
	  "GET_CAPSET capset_id=1 -> OK_CAPSET bytes=300" },
	{ VGPU_LINT_CAPSET_VERSION,
	  CAPSETS "GET_CAPSET capset_id=2 capset_version=3 -> OK_CAPSET bytes=1400",
	  CAPSETS "GET_CAPSET capset_id=2 capset_version=2 -> OK_CAPSET bytes=1400" },
	{ VGPU_LINT_CAPSET_SIZE, CAPSETS "GET_CAPSET capset_id=2 -> OK_CAPSET bytes=1399",
	  CAPSETS "GET_CAPSET capset_id=2 -> OK_CAPSET bytes=1400" },
	{ VGPU_LINT_EDID_SIZE, "GET_EDID -> OK_EDID size=1152", "GET_EDID" },
	{ VGPU_LINT_STREAM_ODD, CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0 size=6 bytes=38",
	  "CTX_CREATE ctx_id=1 context_init=7; SUBMIT_3D ctx_id=1 stream=0,0 size=6 bytes=38" },
	{ VGPU_LINT_STREAM_OPCODE, CTX(1) "SUBMIT_3D ctx_id=1 stream=64",
	  CTX(1) "SUBMIT_3D ctx_id=1 stream=0" },
	{ VGPU_LINT_STREAM_OPCODE, CTX(1) "SUBMIT_3D ctx_id=1 stream=0x10c01,0",
	  CTX(1) "SUBMIT_3D ctx_id=1 stream=0x10c02,0" },
	{ VGPU_LINT_STREAM_LENGTH, CTX(1) "SUBMIT_3D ctx_id=1 stream=7",
	  CTX(1) "SUBMIT_3D ctx_id=1 stream=0x80007,0,0,0,0,0,0,0,0" },
	{ VGPU_LINT_STREAM_OVERRUN, CTX(1) "SUBMIT_3D ctx_id=1 stream=0x80007,0,0,0,0,0,0,0",
	  "CTX_CREATE ctx_id=1 context_init=7;"
	  "SUBMIT_3D ctx_id=1 stream=0x80007,0,0,0,0,0,0,0" },

	/* dialects: each by its own rules; 1 chromium, 2 libkrun, 3 celadon, 4 rvgpu */
	{ VGPU_LINT_COMMAND_UNKNOWN, "0x10f bytes=48 -> ERR_UNSPEC",
	  "@dialect=3; 0x10f bytes=48 -> OK_NODATA" },
	{ VGPU_LINT_REQUEST_TRUNCATED, "@dialect=3; 0x10f bytes=44 -> OK_NODATA",
	  "@dialect=3; 0x10f bytes=48 -> OK_NODATA" },
	{ VGPU_LINT_FEATURE_MISSING, "@dialect=3; @features=0x20; 0x10f bytes=48 -> OK_NODATA",
	  "@dialect=3; @features=0x40; 0x10f bytes=48 -> OK_NODATA" },
	{ VGPU_LINT_FLAG_UNKNOWN, "@dialect=2; GET_DISPLAY_INFO flags=5 fence_id=1",
	  "@dialect=1; GET_DISPLAY_INFO flags=5 fence_id=1" },
	{ VGPU_LINT_RING_WITHOUT_FLAG, "@dialect=1; GET_DISPLAY_INFO flags=4 ring_idx=2",
	  "@dialect=4; GET_DISPLAY_INFO flags=4 ring_idx=2" },
	{ VGPU_LINT_BLOB_FLAGS,
	  "RESOURCE_CREATE_BLOB resource_id=1 blob_mem=1 blob_flags=8 size=4096 entries=4096",
	  "@dialect=2;"
	  "RESOURCE_CREATE_BLOB resource_id=1 blob_mem=1 blob_flags=8 size=4096 entries=4096" },
	{ VGPU_LINT_RESPONSE_TYPE, "@dialect=1; GET_DISPLAY_INFO -> 0x11ff bytes=72",
	  "@dialect=1; RESOURCE_CREATE_3D resource_id=1 target=2 format=1 width=4 height=4 "
	  "depth=1 array_size=1 -> 0x11ff bytes=72" },
	{ VGPU_LINT_RESPONSE_SHORT,
	  "@dialect=1; RESOURCE_CREATE_3D resource_id=1 target=2 format=1 width=4 height=4 "
	  "depth=1 array_size=1 -> 0x1104 bytes=71",
	  "@dialect=1; RESOURCE_CREATE_3D resource_id=1 target=2 format=1 width=4 height=4 "
	  "depth=1 array_size=1 -> 0x1104 bytes=72" },
	{ VGPU_LINT_REQUEST_TRUNCATED,
	  "@dialect=1;" CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0,0 size=4 padding=2",
	  "@dialect=1;" CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0,0 size=4 padding=1" },
	{ VGPU_LINT_STREAM_OPCODE,
	  "@dialect=1;" CTX(1) "SUBMIT_3D ctx_id=1 stream=0,0,64 size=4 padding=1",
	  "@dialect=1;" CTX(1) "SUBMIT_3D ctx_id=1 stream=64,0,0 size=4 padding=1" },

	/* context_init is padding without its feature: such a context speaks virgl */
	{ VGPU_LINT_STREAM_OPCODE,
	  "@features=0x1; CTX_CREATE ctx_id=1 context_init=4; SUBMIT_3D ctx_id=1 stream=64",
	  "@features=0x11; CTX_CREATE ctx_id=1 context_init=7; SUBMIT_3D ctx_id=1 stream=64" },

	/* other streams: cmd len seqno rsp_off */
	{ VGPU_LINT_DRM_ODD, MSM("1,16,1,0,0"), MSM("1,16,1,0") },
	{ VGPU_LINT_DRM_COMMAND, MSM("12,16,1,0"), MSM("11,24,1,0,0,0") },
	{ VGPU_LINT_DRM_COMMAND, MSM("0,16,1,0"), SUBMIT(6, "0,16,1,0") },
	{ VGPU_LINT_DRM_LENGTH, MSM("1,12,1,0"), MSM("1,20,1,0,5") },
	{ VGPU_LINT_DRM_LENGTH, MSM("1,18,1,0,0"), MSM("1,20,1,0,0") },
	{ VGPU_LINT_DRM_LENGTH, DRIVER(2) SUBMIT_ONLY("6,20,1,0,7"),
	  DRIVER(2) SUBMIT_ONLY("6,24,1,0,7,0") },
	{ VGPU_LINT_DRM_LENGTH, MSM("2,24,1,0,0xc0086440,0"), MSM("2,28,1,0,0xc0086440,0,0") },
	{ VGPU_LINT_DRM_LENGTH, DRIVER(4) SUBMIT_ONLY("5,32,1,0,1,8,1,0"),
	  DRIVER(4) SUBMIT_ONLY("5,36,1,0,1,8,1,0,0") },
	{ VGPU_LINT_DRM_FIELDS, MSM("6,28,1,0,7,5,0"), MSM("6,28,1,0,7,4,0") },
	{ VGPU_LINT_DRM_FIELDS, DRIVER(5) SUBMIT_ONLY("1,36,1,0,0,0,0,2,7"),
	  DRIVER(5) SUBMIT_ONLY("1,36,1,0,0,0,0,1,7") },
	{ VGPU_LINT_DRM_OVERRUN, MSM("1,20,1,0"), MSM("1,16,1,0") },
	{ VGPU_LINT_DRM_OVERRUN, MSM("3,40,1,0,0,0,0"),
	  DRIVER(1) "SUBMIT_3D ctx_id=1 stream=3,40,1,0,0,0,0 cut" },
	/* cmd | ring_idx << 8 | cmd_size << 16, pad */
	{ VGPU_LINT_CROSS_DOMAIN_ODD, SUBMIT(5, "0x80003,0,3"), SUBMIT(5, "0x80003,0,0x80003,0") },
	{ VGPU_LINT_CROSS_DOMAIN_COMMAND, SUBMIT(5, "0x8000e,0"), SUBMIT(5, "0x80003,0") },
	{ VGPU_LINT_CROSS_DOMAIN_COMMAND, SUBMIT(5, "0x180006,0,1,0,0,0"),
	  SUBMIT(5, "0x180007,0,1,0,0,0") },
	{ VGPU_LINT_CROSS_DOMAIN_LENGTH, SUBMIT(5, "0x3,0"), SUBMIT(5, "0x80003,0") },
	{ VGPU_LINT_CROSS_DOMAIN_LENGTH, SUBMIT(5, "0x180001,0,1,1,1,0"),
	  SUBMIT(5, "0x140001,0,1,1,1") },
	{ VGPU_LINT_CROSS_DOMAIN_FIELDS, SUBMIT(5, "0x180007,0,1,0,1,0"),
	  SUBMIT(5, "0x1c0007,0,1,0,1,0,0") },
	{ VGPU_LINT_CROSS_DOMAIN_OVERRUN, SUBMIT(5, "0x100003,0"), SUBMIT(5, "0x80003,0") },
	{ VGPU_LINT_GFXSTREAM_OPERATION, SUBMIT(3, "0x1004,1"), SUBMIT(3, "0x1003,1") },
	{ VGPU_LINT_GFXSTREAM_SHORT, SUBMIT(3, "0x1001"), SUBMIT(3, "0x1001,1") },
	{ VGPU_LINT_GFXSTREAM_SHORT, SUBMIT(8, "0xa004,0,1"), SUBMIT(9, "0xa004,0,1,0") },
	{ VGPU_LINT_GFXSTREAM_SURPLUS, SUBMIT(3, "0x1002,1,0"), SUBMIT(3, "0x1002,1") },
	/* vkNotifyRingMESA; vkDestroyInstance with an allocator; vkCmdDraw */
	{ VGPU_LINT_VENUS_ODD, SUBMIT(4, "190,0,1,0,2,0,190"), SUBMIT(4, "190,0,1,0,2,0") },
	{ VGPU_LINT_VENUS_COMMAND, SUBMIT(4, "195,0"), SUBMIT(4, "0,0") },
	{ VGPU_LINT_VENUS_INVALID, SUBMIT(4, "1,0,1,0,1,0"), SUBMIT(4, "1,0,1,0,0,0") },
	{ VGPU_LINT_VENUS_OVERRUN, SUBMIT(4, "106,0,1,0,3,1,0"), SUBMIT(4, "106,0,1,0,3,1,0,0") },
};

#endif
