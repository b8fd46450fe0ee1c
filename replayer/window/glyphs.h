/* SPDX-License-Identifier: MIT */
/* Letters for the overlay: a window must not need a font, nor what renders one. */
#ifndef VGPU_REPLAY_WINDOW_GLYPHS_H
#define VGPU_REPLAY_WINDOW_GLYPHS_H

#include <stdbool.h>
#include <stdint.h>

/* Dots; the next letter begins one dot behind, the next line two below. */
#define GLYPH_WIDTH  5
#define GLYPH_HEIGHT 7

/* Is the dot set? Small letters look like capitals; what has no form is a box. */
bool glyph_dot(char letter, uint32_t x, uint32_t y);

#endif
