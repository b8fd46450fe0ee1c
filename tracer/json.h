/* SPDX-License-Identifier: MIT */
/*
 * JSON on stdout, as libvgpu writes it: numbers up to 2^53 - 1 as numbers, above as strings; bytes
 * outside printable ASCII in strings as \u00XX. Commas are put where they belong. What is written
 * reaches stdout by json_line().
 */
#ifndef TRACER_JSON_H
#define TRACER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <vgpu/describe.h>

/* What may stand before a value: `key` is NULL within arrays. */
void json_begin(const char *key, char bracket); /* '{' or '[' */
void json_end(char bracket);                    /* '}' or ']' */
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);
void json_real(const char *key, double value);
void json_null(const char *key);
void json_string(const char *key, const char *text); /* NULL: null */
void json_chars(const char *key, const char *text, size_t size);
void json_hex(const char *key, const uint8_t *bytes, size_t size);
void json_line(void); /* ends the line, and the first-member state */

/* Lines go to `to` from here on, NULL: to stdout; returns where they went. Between lines only. */
FILE *json_to(FILE *to);

/* A key whose value libvgpu writes into the sink. */
const struct vgpu_sink *json_value(const char *key);

/* {"key": "value", ...} from a trace's text list; [...] from a list of strings. */
void json_pairs(const char *key, const char *text, size_t size);
void json_strings(const char *key, const char *text, size_t size);

#endif
