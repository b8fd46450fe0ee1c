/* SPDX-License-Identifier: MIT */
#ifndef TRACER_EDID_H
#define TRACER_EDID_H

#include <stddef.h>
#include <stdint.h>

/*
 * What an EDID says, on stdout, each line between `before` and `after`: through libdisplay-info where
 * that was there when this was built, else its size and XXH64. Bytes that its own count of
 * extensions does not cover are left out: devices give room for 1024.
 */
void edid_print(const uint8_t *edid, size_t size, const char *before, const char *after);

#endif
