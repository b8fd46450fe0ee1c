/* SPDX-License-Identifier: MIT */
/*
 * SDL2, loaded when a window is opened and not before: a replay without one needs no SDL, and what
 * SDL links to never reaches the process that executes a trace.
 */
#ifndef VGPU_REPLAY_WINDOW_SDL_H
#define VGPU_REPLAY_WINDOW_SDL_H

#include <SDL.h>
#include <stdbool.h>

#define SDL_FUNCTIONS(X)          \
	X(CreateRenderer)         \
	X(CreateTexture)          \
	X(CreateWindow)           \
	X(DestroyRenderer)        \
	X(DestroyTexture)         \
	X(DestroyWindow)          \
	X(GetDisplayUsableBounds) \
	X(GetError)               \
	X(GetRendererOutputSize)  \
	X(GetScancodeFromName)    \
	X(GetWindowFlags)         \
	X(GetWindowFromID)        \
	X(GetWindowSize)          \
	X(Init)                   \
	X(PollEvent)              \
	X(Quit)                   \
	X(RenderClear)            \
	X(RenderCopy)             \
	X(RenderFillRect)         \
	X(RenderFillRects)        \
	X(RenderPresent)          \
	X(SetHint)                \
	X(SetRenderDrawBlendMode) \
	X(SetRenderDrawColor)     \
	X(SetTextureBlendMode)    \
	X(SetTextureScaleMode)    \
	X(SetWindowFullscreen)    \
	X(SetWindowSize)          \
	X(UpdateTexture)

struct sdl {
	void *library;
#define X(name) __typeof__(SDL_##name) *name;
	SDL_FUNCTIONS(X)
#undef X
};

/* NULL, or what is wrong. */
const char *sdl_load(struct sdl *sdl);

#endif
