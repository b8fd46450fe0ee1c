/* SPDX-License-Identifier: MIT */
#include "scale.h"

#include <SDL_syswm.h>
#include <math.h>
#include <stdlib.h>

#include "view.h"

#if defined(SDL_VIDEO_DRIVER_X11) && __has_include(<X11/Xlib.h>)
/* Of the X library that SDL has loaded; 0: it tells of none. */
static double font_dpi(SDL_Window *window)
{
	char *(*get_default)(Display *, const char *, const char *);
	SDL_SysWMinfo info;
	const char *dpi;
	double value;
	void *xlib;

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(window, &info) || info.subsystem != SDL_SYSWM_X11)
		return 0;
	xlib = SDL_LoadObject("libX11.so.6");
	if (!xlib)
		return 0;
	*(void **)&get_default = SDL_LoadFunction(xlib, "XGetDefault");
	dpi = get_default ? get_default(info.info.x11.display, "Xft", "dpi") : NULL;
	value = dpi ? strtod(dpi, NULL) : 0;
	SDL_UnloadObject(xlib);
	return value;
}
#else
static double font_dpi(SDL_Window *window)
{
	(void)window;
	return 0;
}
#endif

double view_screen_scale(SDL_Window *window)
{
	const char *driver = SDL_GetCurrentVideoDriver(), *gdk = getenv("GDK_SCALE");
	double scale;

	if (!driver || strcmp(driver, "x11"))
		return 1;
	scale = font_dpi(window) / 96;
	if (!(scale > 0) && gdk)
		scale = strtod(gdk, NULL);
	/* In quarters, as desktops offer it; smaller letters are nobody's wish. */
	return scale > 1 ? fmin(round(scale * 4) / 4, VIEW_SCALE_MAX) : 1;
}
