// SPDX-License-Identifier: Apache-2.0
/*
 * icount-calls stat|missing|getxattr PATH: what one such call costs in instructions, where the time stamp
 * counter counts them (QEMU's -icount with shift=0).
 * icount-calls flood DIRECTORY FROM TO: look for missing names.
 *
 * Cost is the least of several rounds: what is more was an interrupt's.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <x86intrin.h>

#define ROUNDS 15
#define CALLS 20

static void call_stat(const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		perror(path);
		exit(1);
	}
}

static void call_missing(const char *path)
{
	struct stat st;

	if (!stat(path, &st) || errno != ENOENT) {
		fprintf(stderr, "%s is there\n", path);
		exit(1);
	}
}

static void call_getxattr(const char *path)
{
	char value[64];

	if (getxattr(path, "user.some", value, sizeof(value)) < 0) {
		perror(path);
		exit(1);
	}
}

static uint64_t cost(void (*call)(const char *), const char *path)
{
	uint64_t least = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = __rdtsc();

		for (int i = 0; i < CALLS; i++)
			call(path);

		uint64_t spent = (__rdtsc() - start) / CALLS;

		if (spent < least)
			least = spent;
	}
	return least;
}

static void flood(const char *directory, long from, long to)
{
	char path[PATH_MAX];

	for (long i = from; i < to; i++) {
		snprintf(path, sizeof(path), "%s/missing%ld", directory, i);
		call_missing(path);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "flood")) {
		flood(argv[2], atol(argv[3]), atol(argv[4]));
	} else if (argc == 3 && !strcmp(argv[1], "stat")) {
		printf("%llu\n", (unsigned long long)cost(call_stat, argv[2]));
	} else if (argc == 3 && !strcmp(argv[1], "missing")) {
		printf("%llu\n", (unsigned long long)cost(call_missing, argv[2]));
	} else if (argc == 3 && !strcmp(argv[1], "getxattr")) {
		printf("%llu\n", (unsigned long long)cost(call_getxattr, argv[2]));
	} else {
		fprintf(stderr, "usage: icount-calls stat|missing|getxattr PATH, icount-calls flood DIRECTORY FROM TO\n");
		return 2;
	}
	return 0;
}
