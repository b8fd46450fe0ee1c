/* SPDX-License-Identifier: MIT */
/* Numbers for people. All of these return `out`. */
#ifndef TRACER_UNITS_H
#define TRACER_UNITS_H

#include <stdint.h>

/* "512 B", "91.7 KiB" */
const char *unit_bytes(uint64_t n, char out[32]);
/* "950 ns", "40.1 us", "1.25 s" */
const char *unit_duration(uint64_t ns, char out[32]);
/* "VIRGL2"; "VIRGL by default" for 0, which drivers without CONTEXT_INIT say; "capset 99" */
const char *unit_capset(uint32_t capset, char out[32]);
/* "0" of the first device, "1:0" of the next one */
const char *unit_scanout(uint32_t device, uint32_t scanout, char out[32]);

#endif
