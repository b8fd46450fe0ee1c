/* SPDX-License-Identifier: MIT */
/*
 * Replays traces that were changed at random: mutants memory|virgl COUNT SEED FOLDER TRACE...
 * `memory` replays on soft2d and null within one process, to be built with sanitizers: whatever ends
 * it is a finding. `virgl` replays as vgpu-replay does, in its sandbox; there the renderer may crash,
 * and it is a finding if that is not contained, or not reported with its command. Mutant N of a
 * seed is always the same; findings are kept in FOLDER.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "replay.h"

#define BASES_MAX   64
#define BASE_SIZE   (192u << 10) /* of a trace its first records: speed is in small ones */
#define RECORDS_MAX 4096
#define HEAD        16u
#define SECONDS     20

struct base {
	uint8_t *bytes;
	size_t size, count;
	size_t at[RECORDS_MAX + 1]; /* where its records begin, and its end */
};

/* One for each worker, in memory that all see. */
struct tally {
	uint64_t next; /* mutant at hand */
	uint64_t done, failed, differ, crashed, hung, large, findings;
	uint64_t blamed; /* of those crashed: with a command */
};

static struct base bases[BASES_MAX];
static size_t base_count;
static const char *folder;
static uint64_t seed;

static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static size_t random_below(uint64_t *state, size_t n)
{
	return n ? (size_t)(random_next(state) % n) : 0;
}

/* The records as a plain stream, whatever the file packs them in. */
static bool base_read(struct base *b, const char *path)
{
	struct vgpu_trace_reader *reader;
	struct vgpu_trace_record r;
	uint32_t length;
	uint16_t type;

	if (vgpu_trace_reader_open(&reader, path))
		return false;
	b->bytes = malloc(BASE_SIZE);
	while (b->bytes && b->count < RECORDS_MAX && vgpu_trace_reader_next(reader, &r) > 0) {
		length = (uint32_t)(HEAD + r.body_size);
		if (length > BASE_SIZE - 8 - b->size)
			break;
		type = r.type;
		b->at[b->count++] = b->size;
		memset(b->bytes + b->size, 0, (length + 7u) & ~7u);
		memcpy(b->bytes + b->size, &type, 2);
		memcpy(b->bytes + b->size + 4, &length, 4);
		memcpy(b->bytes + b->size + 8, &r.time_ns, 8);
		memcpy(b->bytes + b->size + HEAD, r.body, r.body_size);
		b->size += (length + 7u) & ~7u;
	}
	b->at[b->count] = b->size;
	vgpu_trace_reader_close(reader);
	return b->count > 1;
}

static void mutate_dword(uint64_t *state, uint8_t *bytes, size_t size)
{
	static const uint32_t odd[] = { 0,       1,          2,          3,          7,
					16,      0x7f,       0xff,       0x100,      0xffff,
					0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	uint32_t value;
	uint8_t *at;

	if (size < 4)
		return;
	at = bytes + random_below(state, size / 4) * 4;
	memcpy(&value, at, 4);
	switch (random_below(state, 4)) {
	case 0:
		value = odd[random_below(state, sizeof(odd) / sizeof(*odd))];
		break;
	case 1:
		value ^= 1u << random_below(state, 32);
		break;
	case 2:
		value += (uint32_t)random_below(state, 33) - 16;
		break;
	default:
		/* A number from elsewhere: an id, a size, an opcode. */
		memcpy(&value, bytes + random_below(state, size / 4) * 4, 4);
	}
	memcpy(at, &value, 4);
}

/* The mutant at *out, BASE_SIZE + 1 bytes of room, its first byte fuzz-replay's choice. Its size. */
static size_t mutate(uint64_t number, uint8_t *out)
{
	uint64_t state = seed * 0x100000001u + number;
	const struct base *b = &bases[random_below(&state, base_count)];
	size_t i, n, from, size = 0, times;

	*out++ = (uint8_t)random_next(&state);
	/* Records left out, twice, or in another order, now and then. */
	for (i = 0; i < b->count; i++) {
		from = i;
		if (i && random_below(&state, 256) < 2)
			continue;
		if (i && random_below(&state, 256) == 0)
			from = random_below(&state, b->count);
		n = b->at[from + 1] - b->at[from];
		if (n > BASE_SIZE - size)
			break;
		memcpy(out + size, b->bytes + b->at[from], n);
		size += n;
	}
	times = 1 + random_below(&state, 8);
	for (i = 0; i < times; i++) {
		/* Most of it in one record, past its head; sometimes anywhere. */
		from = random_below(&state, b->count);
		if (random_below(&state, 8) && b->at[from + 1] <= size)
			mutate_dword(&state, out + b->at[from] + HEAD,
				     b->at[from + 1] - b->at[from] - HEAD);
		else
			mutate_dword(&state, out, size);
	}
	if (!random_below(&state, 16))
		size = random_below(&state, size);
	return size + 1;
}

static void keep(uint64_t number, const uint8_t *bytes, size_t size, const char *why)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/mutant-%" PRIu64, folder, number);
	f = fopen(path, "wb");
	if (f) {
		fwrite(bytes, 1, size, f);
		fclose(f);
	}
	fprintf(stderr, "mutants: FINDING %s: %s\n", path, why);
}

/* The messages of a replay say what they should of such an end; NULL: they do. */
static const char *judge(int status, const char *said, struct tally *t)
{
	t->failed += status == REPLAY_FAILED;
	t->differ += status == REPLAY_DIFFERS;
	t->hung += strstr(said, "did nothing for") != NULL;
	t->large += strstr(said, "held more than") != NULL;
	if (status != REPLAY_OK && status != REPLAY_DIFFERS && status != REPLAY_FAILED)
		return "an exit status that is none";
	if (status == REPLAY_FAILED && !strstr(said, "vgpu-replay: "))
		return "failed without a word";
	if (!strstr(said, "crashed ("))
		return NULL;
	t->crashed++;
	t->blamed += strstr(said, ") in command ") != NULL;
	return strstr(said, ") in command ") ? NULL : "a crash without its command";
}

static void virgl_one(uint64_t number, const uint8_t *bytes, size_t size, struct tally *t)
{
	static int trace = -1, said = -1, loud = -1;
	static char path[32], text[1 << 16];
	struct replay_options o;
	const char *why;
	ssize_t n;
	int status;

	if (trace < 0) {
		trace = memfd_create("trace", 0);
		said = memfd_create("said", 0);
		loud = dup(STDERR_FILENO);
		REQUIRE(trace >= 0 && said >= 0 && loud >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", trace);
	}
	REQUIRE(!ftruncate(trace, 0) && !ftruncate(said, 0));
	REQUIRE(pwrite(trace, bytes + 1, size - 1, 0) == (ssize_t)(size - 1));
	REQUIRE(lseek(said, 0, SEEK_SET) == 0);
	options_default(&o);
	o.trace = path;
	o.backend = "virgl";
	o.force = true;
	o.frames = "/dev/null";
	o.limits.seconds = SECONDS;
	o.limits.memory = 2ull << 30;
	dup2(said, STDERR_FILENO);
	status = replay_run(&o);
	dup2(loud, STDERR_FILENO);
	n = pread(said, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	why = judge(status, text, t);
	if (why) {
		t->findings++;
		keep(number, bytes, size, why);
	}
}

static void work(bool virgl, uint64_t count, uint64_t step, struct tally *t)
{
	const struct itimerval limit = { .it_value.tv_sec = SECONDS };
	uint8_t *bytes = malloc(BASE_SIZE + 16), *exact;
	size_t size;

	REQUIRE(bytes);
	for (; t->next < count; t->next += step) {
		size = mutate(t->next, bytes);
		if (virgl) {
			virgl_one(t->next, bytes, size, t);
		} else {
			/* No longer than it is, so that a sanitizer sees a read too far. */
			exact = malloc(size);
			REQUIRE(exact);
			memcpy(exact, bytes, size);
			/* By its own time: others may keep the machine busy. */
			setitimer(ITIMER_PROF, &limit, NULL);
			LLVMFuzzerTestOneInput(exact, size);
			free(exact);
		}
		t->done++;
	}
	free(bytes);
	exit(0);
}

/* A worker that ended badly: its mutant is a finding, the next worker goes on behind it. */
static void mourn(int status, uint64_t step, struct tally *t)
{
	static uint8_t bytes[BASE_SIZE + 16];
	char why[64];

	snprintf(why, sizeof(why), WIFSIGNALED(status) ? "signal %d" : "exit status %d",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	keep(t->next, bytes, mutate(t->next, bytes), why);
	t->findings++;
	t->done++;
	t->next += step;
}

static pid_t start(bool virgl, uint64_t count, uint64_t step, struct tally *t)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		work(virgl, count, step, t);
	return pid;
}

int main(int argc, char **argv)
{
	uint64_t count, workers = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN), i, living = 0;
	struct tally *tallies, sum = { 0 };
	struct timespec began, ended;
	pid_t pids[64], pid;
	bool virgl;
	int status;

	if (argc < 6 || (strcmp(argv[1], "memory") && strcmp(argv[1], "virgl"))) {
		fputs("usage: mutants memory|virgl COUNT SEED FOLDER TRACE...\n", stderr);
		return 2;
	}
	virgl = !strcmp(argv[1], "virgl");
	count = strtoull(argv[2], NULL, 10);
	seed = strtoull(argv[3], NULL, 10);
	folder = argv[4];
	for (i = 5; i < (uint64_t)argc && base_count < BASES_MAX; i++) {
		if (!base_read(&bases[base_count], argv[i])) {
			fprintf(stderr, "mutants: %s: not a trace\n", argv[i]);
			return 2;
		}
		base_count++;
	}
	workers = workers < 64 ? workers : 64;
	tallies = mmap(NULL, workers * sizeof(*tallies), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(tallies != MAP_FAILED);
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (i = 0; i < workers; i++) {
		tallies[i].next = i;
		pids[i] = start(virgl, count, workers, &tallies[i]);
		living++;
	}
	while (living && (pid = wait(&status)) > 0) {
		for (i = 0; i < workers && pids[i] != pid; i++)
			;
		if (i == workers)
			continue;
		if (WIFEXITED(status) && !WEXITSTATUS(status)) {
			living--;
			continue;
		}
		mourn(status, workers, &tallies[i]);
		pids[i] = start(virgl, count, workers, &tallies[i]);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	for (i = 0; i < workers; i++) {
		sum.done += tallies[i].done;
		sum.failed += tallies[i].failed;
		sum.differ += tallies[i].differ;
		sum.crashed += tallies[i].crashed;
		sum.blamed += tallies[i].blamed;
		sum.hung += tallies[i].hung;
		sum.large += tallies[i].large;
		sum.findings += tallies[i].findings;
	}
	printf("%" PRIu64 " mutants on %s in %ld s: %" PRIu64 " findings\n", sum.done, argv[1],
	       (long)(ended.tv_sec - began.tv_sec), sum.findings);
	if (virgl)
		printf("%" PRIu64 " failed, %" PRIu64 " differ; the renderer crashed %" PRIu64
		       " times, %" PRIu64 " with its command, hung %" PRIu64
		       " times, was too large %" PRIu64 " times\n",
		       sum.failed, sum.differ, sum.crashed, sum.blamed, sum.hung, sum.large);
	return sum.findings != 0;
}
