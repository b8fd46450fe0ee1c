/* SPDX-License-Identifier: MIT */
/* As much JSON as a list of frames needs: flat objects, one a line. */
#ifndef VGPU_REPLAY_JSON_H
#define VGPU_REPLAY_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A quoted string; bytes that are not printable ASCII are escaped one by one. */
void json_write_string(FILE *out, const char *text);

/*
 * The value of a key of a flat object, wherever in the line it stands. False when it is not there
 * or of another kind; a string is not unescaped, and false when it does not fit.
 */
bool json_find_number(const char *line, const char *key, uint64_t *out);
bool json_find_string(const char *line, const char *key, char *out, size_t size);

#endif
