/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files, without a fuzzer: a regression test over its corpus.
 * usage: fuzz-NAME.reg FILE|FOLDER ...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX (16u << 20)

static unsigned int passed, failed;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data = NULL;
	size_t size;

	if (!f || fstat(fileno(f), &st) || st.st_size > INPUT_MAX)
		goto bad;
	/* Exactly as large as the input, so that a sanitizer sees a read too far. */
	size = (size_t)st.st_size;
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, f) != size)
		goto bad;
	LLVMFuzzerTestOneInput(data, size);
	passed++;
	goto out;
bad:
	fprintf(stderr, "FAIL: %s cannot be read\n", path);
	failed++;
out:
	free(data);
	if (f)
		fclose(f);
}

static void run_path(const char *path)
{
	char below[4096];
	struct dirent *e;
	DIR *d = opendir(path);

	if (!d) {
		run_file(path);
		return;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, e->d_name) <
		    sizeof(below))
			run_file(below);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%u passed, %u failed, 0 skipped\n", passed, failed);
	return failed || !passed;
}
