/* SPDX-License-Identifier: MIT */
#include "sdl.h"

#include <dlfcn.h>

const char *sdl_load(struct sdl *sdl)
{
	sdl->library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
	if (!sdl->library)
		return dlerror();
#define X(name)                                                   \
	*(void **)&sdl->name = dlsym(sdl->library, "SDL_" #name); \
	if (!sdl->name)                                           \
		return "libSDL2-2.0.so.0 is older than 2.0.12";
	SDL_FUNCTIONS(X)
#undef X
	return NULL;
}
