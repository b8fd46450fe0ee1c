/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include <vgpu/protocol.h>

#include "units.h"

/* Three digits that count. */
static void print(char out[32], double value, const char *unit)
{
	snprintf(out, 32, "%.*f %s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, unit);
}

const char *unit_bytes(uint64_t n, char out[32])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n / 1024;
	unsigned int unit = 0;

	if (n < 1024) {
		snprintf(out, 32, "%" PRIu64 " B", n);
		return out;
	}
	for (; value >= 1023.95 && unit < 3; unit++)
		value /= 1024;
	print(out, value, units[unit]);
	return out;
}

const char *unit_duration(uint64_t ns, char out[32])
{
	static const char *const units[] = { "us", "ms", "s" };
	double value = (double)ns / 1000;
	unsigned int unit = 0;

	if (ns < 1000) {
		snprintf(out, 32, "%" PRIu64 " ns", ns);
		return out;
	}
	for (; value >= 999.5 && unit < 2; unit++)
		value /= 1000;
	print(out, value, units[unit]);
	return out;
}

const char *unit_capset(uint32_t capset, char out[32])
{
	const char *name = vgpu_capset_name(capset);

	if (name)
		snprintf(out, 32, "%s", name);
	else if (!capset)
		snprintf(out, 32, "VIRGL by default");
	else
		snprintf(out, 32, "capset %" PRIu32, capset);
	return out;
}

const char *unit_scanout(uint32_t device, uint32_t scanout, char out[32])
{
	if (device)
		snprintf(out, 32, "%" PRIu32 ":%" PRIu32, device, scanout);
	else
		snprintf(out, 32, "%" PRIu32, scanout);
	return out;
}
