/* SPDX-License-Identifier: MIT */
#include "pane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glyphs.h"
#include "png-save.h"

/* Before there is a picture; a small one gets whole multiples of its pixels up to this width. */
#define PANE_WIDTH  640u
#define PANE_HEIGHT 400u

static void pane_unmap(struct pane_memory *m)
{
	if (m->map)
		munmap((void *)(uintptr_t)m->map, m->size);
	*m = (struct pane_memory) { 0 };
}

/* The pixels of a picture of that size; NULL where the memory has them not. */
static const uint8_t *pane_pixels(struct pane_memory *m, const struct window_event *e, int fd)
{
	size_t size = (size_t)e->width * e->height * 4;
	struct stat st;

	if (fd >= 0) {
		pane_unmap(m);
		if (!fstat(fd, &st) && st.st_size > 0 &&
		    !window_memory_map(fd, (size_t)st.st_size, &m->map))
			m->size = (size_t)st.st_size;
		close(fd);
	}
	if (e->width > WINDOW_PIXELS_MAX || e->height > WINDOW_PIXELS_MAX || !size ||
	    size > m->size)
		return NULL;
	return m->map;
}

static SDL_Texture *pane_texture(const struct sdl *sdl, struct pane *p, SDL_Texture *old,
				 uint32_t old_width, uint32_t old_height,
				 const struct window_event *e)
{
	if (old && old_width == e->width && old_height == e->height)
		return old;
	if (old)
		sdl->DestroyTexture(old);
	return sdl->CreateTexture(p->renderer, SDL_PIXELFORMAT_RGBA32, SDL_TEXTUREACCESS_STREAMING,
				  (int)e->width, (int)e->height);
}

bool pane_open(const struct sdl *sdl, struct pane *p, const char *title)
{
	p->window = sdl->CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED,
				      PANE_WIDTH, PANE_HEIGHT,
				      SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (!p->window)
		return false;
	p->renderer = sdl->CreateRenderer(p->window, -1, 0);
	if (!p->renderer)
		p->renderer = sdl->CreateRenderer(p->window, -1, SDL_RENDERER_SOFTWARE);
	return p->renderer;
}

/* To the first picture's size; what comes then is the user's to choose. */
static void pane_size(const struct sdl *sdl, struct pane *p, const struct window_event *e)
{
	uint32_t times = e->width < PANE_WIDTH ? PANE_WIDTH / e->width : 1;
	int64_t width = (int64_t)e->width * times, height = (int64_t)e->height * times;
	SDL_Rect room;

	p->sized = true;
	if (!sdl->GetDisplayUsableBounds(0, &room) && (width > room.w || height > room.h)) {
		if (width * room.h > height * room.w) {
			height = height * room.w / width;
			width = room.w;
		} else {
			width = width * room.h / height;
			height = room.h;
		}
	}
	sdl->SetWindowSize(p->window, width > 0 ? (int)width : 1, height > 0 ? (int)height : 1);
}

static bool pane_picture(const struct sdl *sdl, struct pane *p, const struct window_event *e,
			 int fd, const char *title)
{
	const uint8_t *pixels = pane_pixels(&p->picture_memory, e, fd);

	if (pixels && !p->window && !pane_open(sdl, p, title))
		return false;
	if (pixels && !p->sized)
		pane_size(sdl, p, e);
	if (pixels) {
		p->picture = pane_texture(sdl, p, p->picture, p->width, p->height, e);
		if (!p->picture)
			return false;
		sdl->UpdateTexture(p->picture, NULL, pixels, (int)e->width * 4);
	}
	p->width = pixels ? e->width : 0;
	p->height = pixels ? e->height : 0;
	return true;
}

/* SDL blends colours that are not premultiplied. */
static uint8_t *pane_straight(const uint8_t *rgba, size_t pixels)
{
	uint8_t *out = malloc(pixels * 4);
	uint32_t c, value;
	size_t i;

	for (i = 0; out && i < pixels; i++) {
		for (c = 0; c < 3; c++) {
			value = rgba[i * 4 + 3] ? rgba[i * 4 + c] * 255u / rgba[i * 4 + 3] : 0;
			out[i * 4 + c] = value > 255 ? 255 : (uint8_t)value;
		}
		out[i * 4 + 3] = rgba[i * 4 + 3];
	}
	return out;
}

static void pane_cursor(const struct sdl *sdl, struct pane *p, const struct window_event *e, int fd)
{
	const uint8_t *pixels = pane_pixels(&p->cursor_memory, e, fd);
	uint8_t *straight = NULL;

	if (pixels && p->renderer && e->width <= VGPU_DEVICE_CURSOR_MAX &&
	    e->height <= VGPU_DEVICE_CURSOR_MAX)
		straight = pane_straight(pixels, (size_t)e->width * e->height);
	if (straight) {
		p->cursor = pane_texture(sdl, p, p->cursor, p->cursor_width, p->cursor_height, e);
		if (p->cursor) {
			sdl->UpdateTexture(p->cursor, NULL, straight, (int)e->width * 4);
			sdl->SetTextureBlendMode(p->cursor, SDL_BLENDMODE_BLEND);
		}
	}
	p->cursor_width = straight && p->cursor ? e->width : 0;
	p->cursor_height = straight && p->cursor ? e->height : 0;
	p->cursor_x = e->x;
	p->cursor_y = e->y;
	free(straight);
}

bool pane_event(const struct sdl *sdl, struct pane *p, const struct window_event *e, int fd,
		const char *title)
{
	if (e->kind == WINDOW_PICTURE)
		return pane_picture(sdl, p, e, fd, title);
	pane_cursor(sdl, p, e, fd);
	return true;
}

/* Where the picture lies: all of it, as large as fits, in the middle; whole multiples stay sharp. */
static SDL_Rect pane_fit(const struct pane *p, int width, int height)
{
	int64_t w = p->width, h = p->height;
	SDL_Rect r;

	if (w * height > h * width) {
		r.w = width;
		r.h = (int)(h * width / w);
	} else {
		r.h = height;
		r.w = (int)(w * height / h);
	}
	r.x = (width - r.w) / 2;
	r.y = (height - r.h) / 2;
	return r;
}

static void pane_draw_picture(const struct sdl *sdl, struct pane *p, int width, int height)
{
	SDL_Rect r = pane_fit(p, width, height), c;
	bool whole = r.w % (int)p->width == 0 && r.h % (int)p->height == 0;

	sdl->SetTextureScaleMode(p->picture, whole ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
	sdl->RenderCopy(p->renderer, p->picture, NULL, &r);
	if (!p->cursor_width)
		return;
	c.x = r.x + (int)((int64_t)p->cursor_x * r.w / p->width);
	c.y = r.y + (int)((int64_t)p->cursor_y * r.h / p->height);
	c.w = (int)((int64_t)p->cursor_width * r.w / p->width);
	c.h = (int)((int64_t)p->cursor_height * r.h / p->height);
	sdl->RenderCopy(p->renderer, p->cursor, NULL, &c);
}

static void pane_draw_line(const struct sdl *sdl, struct pane *p, const char *text, int top,
			   int dot)
{
	SDL_Rect dots[GLYPH_WIDTH * GLYPH_HEIGHT];
	uint32_t x, y;
	int n, left;

	for (left = dot * 3; *text; text++, left += dot * (GLYPH_WIDTH + 1)) {
		n = 0;
		for (y = 0; y < GLYPH_HEIGHT; y++) {
			for (x = 0; x < GLYPH_WIDTH; x++) {
				if (glyph_dot(*text, x, y))
					dots[n++] = (SDL_Rect) { left + (int)x * dot,
								 top + (int)y * dot, dot, dot };
			}
		}
		sdl->RenderFillRects(p->renderer, dots, n);
	}
}

static void pane_draw_text(const struct sdl *sdl, struct pane *p, const struct pane_text *text,
			   int width)
{
	size_t longest = 0, length;
	int window_width, dot = 1, row;
	SDL_Rect back;
	uint32_t i;

	for (i = 0; i < text->count; i++) {
		length = strlen(text->lines[i]);
		longest = length > longest ? length : longest;
	}
	/* Two dots a pixel where there is room, and as many again where pixels are small. */
	sdl->GetWindowSize(p->window, &window_width, NULL);
	if (window_width >= 800)
		dot = 2;
	if (window_width > 0 && width > window_width)
		dot = dot * width / window_width;
	row = dot * (GLYPH_HEIGHT + 2);
	back = (SDL_Rect) { 0, 0, dot * ((int)longest * (GLYPH_WIDTH + 1) + 5),
			    row * (int)text->count + dot * 4 };
	sdl->SetRenderDrawBlendMode(p->renderer, SDL_BLENDMODE_BLEND);
	sdl->SetRenderDrawColor(p->renderer, 0, 0, 0, 176);
	sdl->RenderFillRect(p->renderer, &back);
	sdl->SetRenderDrawColor(p->renderer, 255, 255, 255, 255);
	for (i = 0; i < text->count; i++)
		pane_draw_line(sdl, p, text->lines[i], dot * 3 + row * (int)i, dot);
}

void pane_draw(const struct sdl *sdl, struct pane *p, const struct pane_text *text)
{
	int width, height;

	if (!p->renderer || sdl->GetRendererOutputSize(p->renderer, &width, &height))
		return;
	sdl->SetRenderDrawColor(p->renderer, 32, 32, 32, 255);
	sdl->RenderClear(p->renderer);
	if (p->width && p->picture)
		pane_draw_picture(sdl, p, width, height);
	if (text->count)
		pane_draw_text(sdl, p, text, width);
	sdl->RenderPresent(p->renderer);
}

int pane_save(const struct pane *p, const char *name)
{
	const struct files here = { .path[FILE_PNG] = ".", .socket = -1 };

	if (!p->width || (size_t)p->width * p->height * 4 > p->picture_memory.size)
		return -ENOENT;
	return png_save(&here, FILE_PNG, name, p->picture_memory.map, p->width, p->height);
}

void pane_finish(const struct sdl *sdl, struct pane *p)
{
	pane_unmap(&p->picture_memory);
	pane_unmap(&p->cursor_memory);
	if (p->picture)
		sdl->DestroyTexture(p->picture);
	if (p->cursor)
		sdl->DestroyTexture(p->cursor);
	if (p->renderer)
		sdl->DestroyRenderer(p->renderer);
	if (p->window)
		sdl->DestroyWindow(p->window);
}
