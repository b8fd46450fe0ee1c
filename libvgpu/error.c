/* SPDX-License-Identifier: MIT */
#include <vgpu/error.h>

const char *vgpu_strerror(int error)
{
	switch (error) {
#define VGPU_ERROR(name, value, text) \
	case VGPU_ERR_##name:         \
		return text;
#include <vgpu/errors.def>
#undef VGPU_ERROR
	}
	return "unknown error";
}
