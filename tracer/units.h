/* SPDX-License-Identifier: MIT */
/* Numbers for people. */
#ifndef TRACER_UNITS_H
#define TRACER_UNITS_H

#include <stdint.h>

/* "512 B", "91.7 KiB"; returns `out`. */
const char *unit_bytes(uint64_t n, char out[32]);
/* "950 ns", "40.1 us", "1.25 s" */
const char *unit_duration(uint64_t ns, char out[32]);

#endif
