/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_LIBDISPLAY_INFO
#include <libdisplay-info/edid.h>
#include <libdisplay-info/info.h>
#endif

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "edid.h"

#define BLOCK 128 /* bytes; the count of those that follow the first is its last but one */

#ifdef HAVE_LIBDISPLAY_INFO
/* The display's own words: nothing in them may reach the terminal's ear. */
static void print_text(const char *name, char *text, const char *before, const char *after)
{
	if (!text)
		return;
	printf("%s%s: ", before, name);
	for (const char *p = text; *p; p++)
		putchar(*p >= 0x20 && *p < 0x7f ? *p : '?');
	fputs(after, stdout);
	free(text);
}

static void print_mode(const struct di_edid_detailed_timing_def *t, const char *before,
		       const char *after)
{
	double pixels = (t->horiz_video + t->horiz_blank) * (double)(t->vert_video + t->vert_blank);

	printf("%smode: %d x %d pixels", before, t->horiz_video, t->vert_video);
	if (pixels > 0)
		printf(" at %.2f Hz", (double)t->pixel_clock_hz / pixels);
	fputs(after, stdout);
}

static void print_display(const uint8_t *bytes, size_t size, const char *before, const char *after)
{
	const struct di_edid_detailed_timing_def *const *modes;
	struct di_info *info = di_info_parse_edid(bytes, size);
	const struct di_edid_screen_size *screen;
	const struct di_edid *edid;

	if (!info) {
		printf("%slibdisplay-info does not read it%s", before, after);
		return;
	}
	edid = di_info_get_edid(info);
	printf("%sversion: %d.%d%s", before, di_edid_get_version(edid), di_edid_get_revision(edid),
	       after);
	print_text("make", di_info_get_make(info), before, after);
	print_text("model", di_info_get_model(info), before, after);
	print_text("serial", di_info_get_serial(info), before, after);
	screen = di_edid_get_screen_size(edid);
	if (screen->width_cm > 0 && screen->height_cm > 0)
		printf("%sscreen: %d x %d cm%s", before, screen->width_cm, screen->height_cm,
		       after);
	for (modes = di_edid_get_detailed_timing_defs(edid); *modes; modes++)
		print_mode(*modes, before, after);
	di_info_destroy(info);
}
#endif

void edid_print(const uint8_t *edid, size_t size, const char *before, const char *after)
{
	if (size >= BLOCK && size > BLOCK * (1 + (size_t)edid[BLOCK - 2]))
		size = BLOCK * (1 + (size_t)edid[BLOCK - 2]);
	printf("%sEDID: %zu bytes, XXH64 %016" PRIx64 "%s", before, size,
	       (uint64_t)XXH64(edid, size, 0), after);
#ifdef HAVE_LIBDISPLAY_INFO
	print_display(edid, size, before, after);
#endif
}
