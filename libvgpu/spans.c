/* SPDX-License-Identifier: MIT */
#include <vgpu/spans.h>

#include "cursor.h"
#include "libc.h"
#include "tail.h"

void vgpu_spans_init(struct vgpu_spans *s, const struct vgpu_span *spans, size_t count)
{
	s->next = spans;
	s->end = count ? spans + count : spans;
	s->at = 0;
}

size_t vgpu_spans_left(const struct vgpu_spans *s)
{
	size_t left = 0;

	for (const struct vgpu_span *p = s->next; p != s->end; p++) {
		size_t n = p->size - (p == s->next ? s->at : 0);

		if (n > SIZE_MAX - left)
			return SIZE_MAX;
		left += n;
	}
	return left;
}

int vgpu_spans_read(struct vgpu_spans *s, void *out, size_t size)
{
	struct vgpu_spans to = *s;
	uint8_t *p = out;

	for (size_t want = size; want;) {
		size_t n;

		if (to.next == to.end) {
			if (out)
				memset(out, 0, size);
			return VGPU_ERR_TRUNCATED;
		}
		n = to.next->size - to.at;
		n = n < want ? n : want;
		if (p && n) {
			memcpy(p, (const uint8_t *)to.next->data + to.at, n);
			p += n;
		}
		want -= n;
		to.at += n;
		if (to.at == to.next->size) {
			to.next++;
			to.at = 0;
		}
	}
	*s = to;
	return 0;
}

/* The fixed part, its struct found by the header alone. */
static int decode(struct vgpu_spans *s, const struct vgpu_negotiated *n, const uint32_t *cmd_type,
		  union vgpu_any *out, struct vgpu_tail *tail)
{
	uint8_t wire[sizeof(union vgpu_any)];
	size_t left = vgpu_spans_left(s), size = left < sizeof(wire) ? left : sizeof(wire);
	struct vgpu_spans start = *s;
	int id;

	*tail = (struct vgpu_tail) { 0 };
	vgpu_spans_read(&start, wire, size);
	id = cmd_type ? vgpu_response_decode(n, *cmd_type, wire, size, out)
		      : vgpu_request_decode(n, wire, size, out);
	if (id < 0)
		return id;
	tail_measure(struct_desc((enum vgpu_struct_id)id), wire,
		     left - vgpu_struct_size((enum vgpu_struct_id)id), tail);
	vgpu_spans_read(s, NULL, vgpu_struct_size((enum vgpu_struct_id)id));
	return tail_is_cut(tail) ? VGPU_ERR_TRUNCATED : id;
}

int vgpu_spans_request(struct vgpu_spans *s, const struct vgpu_negotiated *n, union vgpu_any *out,
		       struct vgpu_tail *tail)
{
	return decode(s, n, NULL, out, tail);
}

int vgpu_spans_response(struct vgpu_spans *s, const struct vgpu_negotiated *n, uint32_t cmd_type,
			union vgpu_any *out, struct vgpu_tail *tail)
{
	return decode(s, n, &cmd_type, out, tail);
}

int vgpu_spans_fence(struct vgpu_spans *s, uint64_t *out)
{
	uint8_t wire[8];
	int err = vgpu_spans_read(s, wire, sizeof(wire));

	*out = load_le64(wire);
	return err;
}

int vgpu_spans_entry(struct vgpu_spans *s, struct vgpu_mem_entry *out)
{
	uint8_t wire[VGPU_MEM_ENTRY_SIZE];
	int err = vgpu_spans_read(s, wire, sizeof(wire));

	vgpu_decode_mem_entry(wire, sizeof(wire), out);
	return err;
}
