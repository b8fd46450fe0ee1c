/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a trace that vgpu-replay executes. First byte: backend, profile and what is asked
 * for; the others are the uncompressed stream. It comes to its end, whatever the bytes are.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "replay.h"

static int memory = -1, silence = -1, said = -1;
static char path[32];

static void begin(void)
{
	memory = memfd_create("trace", 0);
	silence = open("/dev/null", O_WRONLY);
	said = dup(STDERR_FILENO);
	REQUIRE(memory >= 0 && silence >= 0 && said >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct child_progress progress;
	struct replay_options o;
	int status;

	if (memory < 0)
		begin();
	if (!size)
		return 0;
	REQUIRE(!ftruncate(memory, 0) && !lseek(memory, 0, SEEK_SET));
	REQUIRE(write(memory, data + 1, size - 1) == (ssize_t)(size - 1));
	options_default(&o);
	o.trace = path;
	o.backend = *data & 1 ? "null" : "soft2d";
	o.profile = vgpu_profile_at((size_t)(*data >> 1 & 7) % 5);
	o.no_sandbox = true;
	o.quiet = *data & 0x20;
	o.verbose = *data & 0x40;
	o.cursors = true;
	/* Fuzzers like huge displays, which only cost time. */
	o.only_frames.ranges = (struct choice_range[]) { { 1, 3 } };
	o.only_frames.count = 1;
	if (!(*data & 1))
		o.frames = "/dev/null";
	if (*data & 0x80) {
		o.files.path[FILE_STATE] = "/dev/null";
		o.resources.resources = o.only_frames;
	}
	memset(&progress, 0, sizeof(progress));
	dup2(silence, STDERR_FILENO);
	status = replay_execute(&o, &progress);
	dup2(said, STDERR_FILENO);
	REQUIRE(status == REPLAY_OK || status == REPLAY_FAILED || status == REPLAY_DIFFERS);
	REQUIRE(progress.begun_ns == 0);
	return 0;
}
