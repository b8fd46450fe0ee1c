/* SPDX-License-Identifier: MIT */
#include "content-store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define STORE_BUCKETS 4096u
/* Speed is what counts: a replay waits for it. */
#define STORE_LEVEL   1
/* Levels and layers of one resource: a hostile one has 2^32. */
#define STORE_PARTS   65536u

/* Bytes of one level and layer. */
struct blob {
	struct blob *next;
	XXH128_hash_t hash;
	uint32_t refs;
	size_t size, packed; /* packed == size: they are stored as they are */
	uint8_t bytes[];
};

struct content_item {
	uint32_t resource_id;
	size_t count;
	struct content_part {
		uint32_t level, layer;
		struct blob *blob;
	} * parts;
};

struct content_store {
	struct blob *buckets[STORE_BUCKETS];
	size_t size;
	uint8_t *scratch;
	size_t room;
};

struct content_store *content_store_create(void)
{
	return calloc(1, sizeof(struct content_store));
}

void content_store_destroy(struct content_store *s)
{
	if (!s)
		return;
	free(s->scratch);
	free(s);
}

size_t content_store_size(const struct content_store *s)
{
	return s->size;
}

static uint8_t *store_scratch(struct content_store *s, size_t size)
{
	if (size > s->room) {
		free(s->scratch);
		s->scratch = malloc(size);
		s->room = s->scratch ? size : 0;
	}
	return s->scratch;
}

static struct blob *blob_get(struct content_store *s, const uint8_t *bytes, size_t size)
{
	XXH128_hash_t hash = XXH3_128bits(bytes, size);
	struct blob **bucket = &s->buckets[hash.low64 % STORE_BUCKETS], *b;
	size_t packed;
	uint8_t *to;

	for (b = *bucket; b; b = b->next) {
		if (b->size == size && XXH128_isEqual(b->hash, hash)) {
			b->refs++;
			return b;
		}
	}
	to = store_scratch(s, ZSTD_compressBound(size));
	if (!to)
		return NULL;
	packed = ZSTD_compress(to, s->room, bytes, size, STORE_LEVEL);
	if (ZSTD_isError(packed) || packed >= size) {
		packed = size;
		to = NULL;
	}
	b = malloc(sizeof(*b) + packed);
	if (!b)
		return NULL;
	*b = (struct blob) {
		.next = *bucket, .hash = hash, .refs = 1, .size = size, .packed = packed
	};
	memcpy(b->bytes, to ? to : bytes, packed);
	*bucket = b;
	s->size += sizeof(*b) + packed;
	return b;
}

static void blob_put(struct content_store *s, struct blob *b)
{
	struct blob **at = &s->buckets[b->hash.low64 % STORE_BUCKETS];

	if (--b->refs)
		return;
	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	s->size -= sizeof(*b) + b->packed;
	free(b);
}

static int item_add(struct content_store *s, struct content_item *item, uint32_t level,
		    uint32_t layer, const struct vgpu_device_content *c)
{
	struct content_part *parts = item->parts;
	struct blob *blob;

	/* A power of two: it is full. */
	if (!(item->count & (item->count - 1))) {
		parts = realloc(parts, (item->count ? item->count * 2 : 1) * sizeof(*parts));
		if (!parts)
			return -ENOMEM;
		item->parts = parts;
	}
	blob = blob_get(s, c->bytes, c->size);
	if (!blob)
		return -ENOMEM;
	parts[item->count++] = (struct content_part) { level, layer, blob };
	s->size += sizeof(*parts);
	return 0;
}

struct content_item *content_item_take(struct content_store *s, struct vgpu_device *device,
				       uint32_t resource_id)
{
	struct content_item *item;
	struct vgpu_device_content c;
	uint32_t level = 0, layer = 0;

	if (!vgpu_device_gives_back(device, resource_id))
		return NULL;
	item = calloc(1, sizeof(*item));
	if (!item)
		return NULL;
	item->resource_id = resource_id;
	s->size += sizeof(*item);
	/* A backend without pictures has none to lose. */
	if (vgpu_device_is_blind(device))
		return item;
	do {
		if (item->count == STORE_PARTS ||
		    vgpu_device_read_content(device, resource_id, level, layer, &c) ||
		    item_add(s, item, level, layer, &c)) {
			content_item_free(s, item);
			return NULL;
		}
		if (++layer == c.layers) {
			layer = 0;
			level++;
		}
	} while (level < c.levels);
	return item;
}

int content_item_give(struct content_store *s, const struct content_item *item,
		      struct vgpu_device *device)
{
	struct vgpu_device_content c = { 0 };
	const struct blob *b;
	size_t i, n;
	int ret = 0;

	for (i = 0; i < item->count && !ret; i++) {
		b = item->parts[i].blob;
		c.bytes = b->bytes;
		c.size = b->size;
		if (b->packed < b->size) {
			c.bytes = store_scratch(s, b->size);
			if (!c.bytes)
				return -ENOMEM;
			n = ZSTD_decompress(s->scratch, b->size, b->bytes, b->packed);
			if (ZSTD_isError(n) || n != b->size)
				return -EIO;
		}
		ret = vgpu_device_write_content(device, item->resource_id, item->parts[i].level,
						item->parts[i].layer, &c);
	}
	return ret;
}

void content_item_free(struct content_store *s, struct content_item *item)
{
	size_t i;

	for (i = 0; i < item->count; i++)
		blob_put(s, item->parts[i].blob);
	s->size -= sizeof(*item) + item->count * sizeof(*item->parts);
	free(item->parts);
	free(item);
}
