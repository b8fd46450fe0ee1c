/* SPDX-License-Identifier: MIT */
/* Error codes of both libraries, and a text for each. The table is errors.def. */
#ifndef VGPU_ERROR_H
#define VGPU_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* All negative; 0 is success. Functions that touch the system may also return -errno. */
enum vgpu_error {
#define VGPU_ERROR(name, value, text) VGPU_ERR_##name = (value),
#include <vgpu/errors.def>
#undef VGPU_ERROR
};

/*
 * The text for one of the codes above ("the message ends before the field does").
 * Never NULL; a code that is not one of them (0 and -errno too) gives "unknown error".
 * The string is static. Tools that also meet -errno call strerror() for codes > -4096.
 */
const char *vgpu_strerror(int error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
