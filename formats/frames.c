/* SPDX-License-Identifier: MIT */
/*
 * A data frame that is wholly there and not too large is decoded and verified before a byte of it
 * is handed out. Larger ones (a trace compressed again by other tools) are handed out in pieces;
 * so are the whole blocks of a frame that the end of the file cuts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vgpu/error.h>

#include "body.h"
#include "frames.h"
#include "plain.h"
#include "scan.h"
#include "wire.h"

#define FRAME_IN_MAX     (24u << 20) /* compressed bytes of a frame kept until it is verified */
#define FRAME_OUT_MAX    (32u << 20) /* … and decoded ones */
#define AHEAD_MAX        (9u << 20)  /* … of frames decoded ahead: larger ones hold one record */
#define FRAME_HEADER_MAX 18          /* of zstd's own, RFC 8878, 3.1.1.1 */
#define SKIPPABLE_MAX    (48u << 20) /* larger than any that we write */
#define HEAD_SEARCH      (2u << 20)  /* how far to look for a first frame, when there is none */
#define WORK_MIN         (64u << 20) /* so much may be looked at in vain, whatever the file's size */
#define NOWHERE          SIZE_MAX

static void note_damage(struct frames *f, uint64_t offset)
{
	if (f->damage_offset == UINT64_MAX)
		f->damage_offset = offset;
	if (f->gap_offset == UINT64_MAX)
		f->gap_offset = offset;
}

void frames_damage(struct frames *f, uint64_t offset)
{
	note_damage(f, offset);
	f->gap = true;
	f->broken = true;
	f->have_anchor = false;
	f->out_start = f->out_end = 0; /* at most the beginning of a record, now without its end */
}

static void lose(struct frames *f, size_t size)
{
	input_skip(&f->in, size);
	f->lost_bytes += size;
}

static int out_reserve(struct frames *f, size_t size)
{
	size_t used = f->out_end - f->out_start, room = f->out_room ? f->out_room : 256u << 10;
	uint8_t *p;

	if (f->out_start == f->out_end)
		f->out_start = f->out_end = 0;
	if (f->out_room - f->out_end >= size)
		return 0;
	if (f->out_start) {
		memmove(f->out, f->out + f->out_start, used);
		f->out_start = 0;
		f->out_end = used;
		if (f->out_room - used >= size)
			return 0;
	}
	while (room - used < size)
		room *= 2;
	p = realloc(f->out, room);
	if (!p)
		return -ENOMEM;
	f->out = p;
	f->out_room = room;
	return 0;
}

/* What a whole frame holds at most. `known`: exactly that. False: it lies. */
static bool content_size(const uint8_t *p, const struct scan *s, unsigned long long *size,
			 bool *known)
{
	*size = ZSTD_getFrameContentSize(p, s->size);
	*known = *size != ZSTD_CONTENTSIZE_UNKNOWN;
	if (*size == ZSTD_CONTENTSIZE_ERROR || (*known && *size > s->bound))
		return false; /* before it can make us allocate */
	if (!*known)
		*size = s->bound;
	return true;
}

/* Decode a frame that is wholly in the window. 1: done; 0: too large for that; < 0. */
static int decode_whole(struct frames *f, size_t at, const struct scan *s)
{
	const uint8_t *p = input_data(&f->in) + at;
	unsigned long long size;
	bool known;
	size_t n;
	int err;

	if (!content_size(p, s, &size, &known))
		return VGPU_ERR_CORRUPT;
	if (size > FRAME_OUT_MAX)
		return 0;
	if (f->ahead && f->out_start == f->out_end &&
	    ahead_take(f->ahead, f->in.offset + at, s->size, &f->out, &f->out_room, &n)) {
		f->out_start = f->out_end = 0;
	} else {
		err = out_reserve(f, (size_t)size);
		if (err)
			return err;
		n = ZSTD_decompressDCtx(f->dctx, f->out + f->out_end, (size_t)size, p, s->size);
	}
	if (ZSTD_isError(n) || (known && n != size))
		return VGPU_ERR_CORRUPT;
	f->out_end += n;
	return 1;
}

/* Have the next data frame decoded while this one's records are handed out. */
static void decode_ahead(struct frames *f)
{
	unsigned long long bound;
	struct scan s;
	size_t at = 0;
	bool known;

	if (!f->ahead || f->live || !f->in.again) /* a pipe would keep us waiting */
		return;
	while (input_need(&f->in, at + SKIPPABLE_HEADER) >= at + SKIPPABLE_HEADER &&
	       (get32(input_data(&f->in) + at) & SKIPPABLE_MASK) == SKIPPABLE_MAGIC &&
	       get32(input_data(&f->in) + at + 4) < AHEAD_MAX - at)
		at += SKIPPABLE_HEADER + get32(input_data(&f->in) + at + 4);
	/* A frame that says how large it is need not be read to be passed over. */
	if (input_need(&f->in, at + FRAME_HEADER_MAX) >= at + FRAME_HEADER_MAX) {
		bound = ZSTD_getFrameContentSize(input_data(&f->in) + at, FRAME_HEADER_MAX);
		if (bound < ZSTD_CONTENTSIZE_ERROR && bound > AHEAD_MAX)
			goto out;
	}
	if (scan_frame(&f->in, at, AHEAD_MAX, &s) == SCAN_WHOLE &&
	    content_size(input_data(&f->in) + at, &s, &bound, &known) && bound <= AHEAD_MAX)
		ahead_begin(f->ahead, f->in.offset + at, input_data(&f->in) + at, s.size,
			    (size_t)bound);
out:
	f->in.error = 0; /* it is told when its turn comes: reading is tried again */
}

/* A file made to keep us searching is given up after a while. */
static bool searched_enough(const struct frames *f)
{
	return f->work > WORK_MIN + 16 * f->in.offset;
}

/* Does a frame that verifies begin `at` bytes into the window? */
static bool verifies(struct frames *f, size_t at)
{
	size_t out_end, available = input_need(&f->in, at + SKIPPABLE_HEADER);
	const uint8_t *p = input_data(&f->in) + at;
	struct scan s;
	bool ok;

	if (available < at + SKIPPABLE_HEADER)
		return false;
	if (get32(p) == OUR_SKIPPABLE) {
		size_t size = get32(p + 4);

		if (size > SKIPPABLE_MAX)
			return false;
		available = input_need(&f->in, at + SKIPPABLE_HEADER + size);
		f->work += size;
		p = input_data(&f->in) + at + SKIPPABLE_HEADER;
		return available >= at + SKIPPABLE_HEADER + size && content_sealed(p, size);
	}
	if (scan_frame(&f->in, at, FRAME_IN_MAX, &s) != SCAN_WHOLE) {
		f->work += s.size;
		return false;
	}
	f->work += s.size;
	out_end = f->out_end - f->out_start; /* decode for the check alone */
	ok = decode_whole(f, at, &s) == 1;
	f->work += f->out_end - f->out_start - out_end;
	f->out_end = f->out_start + out_end;
	return ok;
}

/*
 * How far from the window's start the next frame that verifies begins, not before `at`; NOWHERE
 * when there is none. With `drop` what lies before it is dropped as it is searched, and the result
 * is 0 or NOWHERE.
 */
static size_t search(struct frames *f, size_t at, bool drop)
{
	while (input_need(&f->in, at + 4) >= at + 4) {
		const uint8_t *p = input_data(&f->in) + at;
		size_t n = input_available(&f->in) - at - 3;
		uint32_t magic = 0;

		for (; n; n--, p++, at++) {
			magic = get32(p);
			if (magic == ZSTD_FRAME_MAGIC || magic == OUR_SKIPPABLE)
				break;
		}
		if (drop) {
			lose(f, at);
			at = 0;
		}
		if (!n)
			continue;
		if (verifies(f, at))
			return at;
		if (searched_enough(f))
			break;
		at++;
	}
	return NOWHERE;
}

/* Step over damage that begins here; `from`: the bytes that are known to begin no frame. */
static void resync(struct frames *f, size_t from)
{
	frames_damage(f, f->in.offset);
	lose(f, from);
	if (search(f, 0, true) != NOWHERE)
		return;
	while (input_need(&f->in, 1))
		lose(f, input_available(&f->in));
}

/* The file ends within the frame that begins here: cut, or a size in it is damaged. */
static bool is_damage(struct frames *f)
{
	size_t next = search(f, 4, false);

	if (next == NOWHERE)
		return false;
	frames_damage(f, f->in.offset);
	lose(f, next);
	return true;
}

static void cut_here(struct frames *f)
{
	note_damage(f, f->in.offset);
	lose(f, input_available(&f->in));
	f->torn = true;
}

static void set_anchor(struct frames *f, uint64_t record, uint64_t raw)
{
	f->gap = false;
	f->have_anchor = true;
	f->anchor_record = record;
	f->anchor_raw = raw;
}

/*
 * Behind a gap, and the frame of `size` bytes at the window's start verifies: its own index tells
 * where in its trace it begins, before its records are handed out.
 */
static void look_ahead(struct frames *f, size_t size)
{
	size_t available = input_need(&f->in, size + INDEX_FRAME_MAX), content;
	const uint8_t *p = input_data(&f->in) + size;
	struct frame_index index;

	available -= size;
	if (available < SKIPPABLE_HEADER || get32(p) != OUR_SKIPPABLE)
		return;
	content = get32(p + 4);
	if (content <= available - SKIPPABLE_HEADER &&
	    index_decode(p + SKIPPABLE_HEADER, content, &index) && index.file_size == size)
		set_anchor(f, index.first_record, index.raw_offset);
}

/* 1: bytes were decoded; 0: none, go on; < 0. */
static int begin_frame(struct frames *f)
{
	struct scan s;
	enum scan_result result = scan_frame(&f->in, 0, f->live ? 1 : FRAME_IN_MAX, &s);
	int err;

	if (f->in.error)
		return f->in.error;
	f->frame_offset = f->in.offset;
	if (result == SCAN_WHOLE) {
		err = decode_whole(f, 0, &s);
		if (err == 1) {
			if (f->gap)
				look_ahead(f, s.size);
			input_skip(&f->in, s.size);
			decode_ahead(f);
			return f->out_end > f->out_start;
		}
		if (err == VGPU_ERR_CORRUPT)
			result = SCAN_BAD;
		else if (err < 0)
			return err;
	}
	if (result == SCAN_BAD) {
		resync(f, 4);
		return 0;
	}
	if (result == SCAN_TORN && is_damage(f))
		return 0;
	ZSTD_DCtx_reset(f->dctx, ZSTD_reset_session_only);
	f->in_frame = true;
	f->skip_frame = false;
	f->scanned = s.size;
	f->has_checksum = s.checksum;
	f->last = result == SCAN_WHOLE;
	f->torn_frame = result == SCAN_TORN;
	return 0;
}

static int end_frame(struct frames *f, bool good)
{
	f->in_frame = false;
	if (f->torn_frame)
		cut_here(f);
	else if (!good)
		resync(f, 0);
	return 0;
}

static int continue_frame(struct frames *f)
{
	ZSTD_inBuffer in;
	ZSTD_outBuffer out;
	size_t left;
	int err;

	if (!f->scanned && !f->last && !f->torn_frame) {
		struct scan s = { .checksum = f->has_checksum };
		enum scan_result result = scan_blocks(&f->in, 0, f->live ? 1 : ZSTD_BLOCK_MAX, &s);

		if (f->in.error)
			return f->in.error;
		if (result == SCAN_BAD)
			return end_frame(f, false);
		f->scanned = s.size;
		f->last = result == SCAN_WHOLE;
		f->torn_frame = result == SCAN_TORN;
	}
	err = out_reserve(f, ZSTD_BLOCK_MAX);
	if (err)
		return err;
	in = (ZSTD_inBuffer) { input_data(&f->in), f->scanned, 0 };
	out = (ZSTD_outBuffer) { f->out + f->out_end, f->out_room - f->out_end, 0 };
	left = ZSTD_decompressStream(f->dctx, &out, &in);
	if (ZSTD_isError(left)) {
		if (!f->torn_frame)
			frames_damage(f, f->in.offset);
		return end_frame(f, false);
	}
	input_skip(&f->in, in.pos);
	f->scanned -= in.pos;
	if (!f->skip_frame)
		f->out_end += out.pos;
	if (left == 0)
		return end_frame(f, true), f->out_end > f->out_start;
	if (!out.pos && !in.pos && f->scanned == 0 && (f->last || f->torn_frame))
		return end_frame(f, false);
	return out.pos && !f->skip_frame;
}

static void take_index(struct frames *f, const uint8_t *content, size_t size)
{
	struct frame_index index;

	f->seen_index = true;
	if (!f->gap || !index_decode(content, size, &index))
		return;
	set_anchor(f, index.first_record + index.records, index.raw_offset + index.raw_size);
}

static void skippable(struct frames *f)
{
	size_t available = input_need(&f->in, SKIPPABLE_HEADER), size = 0;
	const uint8_t *p = input_data(&f->in);

	if (available >= SKIPPABLE_HEADER) {
		size = get32(p + 4);
		if (size > SKIPPABLE_MAX) {
			resync(f, 4);
			return;
		}
		available = input_need(&f->in, SKIPPABLE_HEADER + size);
		p = input_data(&f->in);
	}
	if (available < SKIPPABLE_HEADER + size) {
		if (!f->in.error && !is_damage(f))
			cut_here(f);
		return;
	}
	if (get32(p) == OUR_SKIPPABLE && size >= TAG_SIZE) {
		const uint8_t *content = p + SKIPPABLE_HEADER;
		bool ours = memcmp(content, INDEX_TAG, TAG_SIZE) == 0 ||
			    memcmp(content, SUMMARY_TAG, TAG_SIZE) == 0;

		if (ours && !content_sealed(content, size)) {
			resync(f, 4);
			return;
		}
		if (ours)
			take_index(f, content, size);
	}
	input_skip(&f->in, SKIPPABLE_HEADER + size);
}

static int pump_plain(struct frames *f)
{
	size_t n = input_need(&f->in, 1);
	int err;

	if (f->in.error)
		return f->in.error;
	if (!n) {
		f->ended = true;
		return 0;
	}
	err = out_reserve(f, n);
	if (err)
		return err;
	memcpy(f->out + f->out_end, input_data(&f->in), n);
	f->out_end += n;
	input_skip(&f->in, n);
	return 1;
}

int frames_pump(struct frames *f)
{
	if (f->plain && !f->ended)
		return pump_plain(f);
	while (!f->ended) {
		size_t available;
		int result = 0;

		if (f->in_frame) {
			result = continue_frame(f);
		} else {
			available = input_need(&f->in, 4);
			if (f->in.error)
				return f->in.error;
			if (!available)
				f->ended = true;
			else if (available < 4)
				cut_here(f);
			else if (get32(input_data(&f->in)) == ZSTD_FRAME_MAGIC)
				result = begin_frame(f);
			else if ((get32(input_data(&f->in)) & SKIPPABLE_MASK) == SKIPPABLE_MAGIC)
				skippable(f);
			else
				resync(f, 1);
		}
		if (f->in.error)
			return f->in.error;
		if (result)
			return result;
	}
	return 0;
}

static void lose_plain(struct frames *f, size_t size)
{
	f->out_start += size;
	f->lost_bytes += size;
}

/* To the next place where an uncompressed stream can be read again, or to its end. */
static void resync_plain(struct frames *f)
{
	bool found = false;

	note_damage(f, f->in.offset - (f->out_end - f->out_start));
	f->gap = f->broken = true;
	lose_plain(f, f->out_end > f->out_start); /* or the same would be found again */
	while (!found) {
		lose_plain(f, plain_search(f->out + f->out_start, f->out_end - f->out_start,
					   f->ended, &found, &f->work));
		if (found || (f->ended && f->out_start == f->out_end))
			return;
		if (searched_enough(f)) {
			lose_plain(f, f->out_end - f->out_start);
			while (input_need(&f->in, 1))
				lose(f, input_available(&f->in));
		}
		if (!f->ended && pump_plain(f) < 0)
			return; /* it will be told when more is asked for */
	}
}

void frames_reject(struct frames *f)
{
	if (f->plain) {
		resync_plain(f);
		return;
	}
	f->lost_bytes += f->in.offset - f->frame_offset;
	frames_damage(f, f->frame_offset);
	f->frame_offset = f->in.offset;
	f->skip_frame = f->in_frame;
}

/* Do the first bytes of the file look like an uncompressed trace, as far as there are any? */
static bool looks_plain(const uint8_t *p, size_t n)
{
	static const uint8_t type[2] = { VGPU_TRACE_HEADER, 0 };

	return memcmp(p, type, n < 2 ? n : 2) == 0 &&
	       (n <= RECORD_HEADER_SIZE ||
		memcmp(p + RECORD_HEADER_SIZE, RECORD_MAGIC,
		       n - RECORD_HEADER_SIZE < RECORD_MAGIC_SIZE ? n - RECORD_HEADER_SIZE
								  : RECORD_MAGIC_SIZE) == 0);
}

/* A damaged beginning is still a trace's, when one of our frames follows soon. */
static bool found_soon(struct frames *f)
{
	size_t n = input_need(&f->in, HEAD_SEARCH);

	for (size_t at = 0; at + SKIPPABLE_HEADER + TAG_SIZE <= n && at < HEAD_SEARCH; at++) {
		if (get32(input_data(&f->in) + at) == OUR_SKIPPABLE && verifies(f, at))
			return true;
	}
	return false;
}

bool frames_ours(struct frames *f)
{
	return f->seen_index || found_soon(f);
}

int frames_seek(struct frames *f, uint64_t offset)
{
	int err = input_seek(&f->in, offset);

	if (err)
		return err;
	f->out_start = f->out_end = 0;
	f->in_frame = f->ended = f->torn = false;
	f->gap = f->have_anchor = false;
	f->broken = true;
	return 0;
}

int frames_init(struct frames *f)
{
	static const uint8_t zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	const uint8_t *p;
	size_t n;

	f->damage_offset = f->gap_offset = UINT64_MAX;
	f->dctx = ZSTD_createDCtx();
	if (!f->dctx)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(f->dctx, ZSTD_d_windowLogMax, 27);

	n = input_need(&f->in, RECORD_HEADER_SIZE + RECORD_MAGIC_SIZE);
	p = input_data(&f->in);
	if (f->in.error)
		return f->in.error;
	if (n == 0)
		return 0;
	if (memcmp(p, zstd_magic, n < 4 ? n : 4) == 0)
		return 0;
	if (n >= 4 && (get32(p) & SKIPPABLE_MASK) == SKIPPABLE_MAGIC)
		return 0;
	f->plain = looks_plain(p, n);
	if (f->plain || found_soon(f))
		return 0;
	return VGPU_ERR_NOT_A_TRACE;
}

void frames_finish(struct frames *f)
{
	ahead_destroy(f->ahead);
	ZSTD_freeDCtx(f->dctx);
	input_finish(&f->in);
	free(f->out);
}
