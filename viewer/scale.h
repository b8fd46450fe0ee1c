/* SPDX-License-Identifier: MIT */
#ifndef VGPU_VIEW_SCALE_H
#define VGPU_VIEW_SCALE_H

#include <SDL.h>

/*
 * Pixels of the window's screen that everything is to be drawn with for one, where SDL does not tell:
 * under X that is what the desktop has set for fonts (Xft.dpi, 96 is 1), else GDK_SCALE; 1 where nothing is set.
 */
double view_screen_scale(SDL_Window *window);

#endif
