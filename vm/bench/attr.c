// SPDX-License-Identifier: Apache-2.0
/* Attributes */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench.h"

static int fd;

static void open_file(void)
{
	fd = must(open(FILE_PATH, O_RDWR), FILE_PATH);
}

static void close_file(void)
{
	close(fd);
}

/* Cached attributes of the file are untrue from here on, those of its directories are not. */
static void expire(void)
{
	must(pwrite(fd, "x", 1, 0), FILE_PATH);
}

static void call_stat(void)
{
	struct stat st;

	must(stat(FILE_PATH, &st), FILE_PATH);
}

static void call_stat_missing(void)
{
	struct stat st;

	if (!stat(DIRECTORY "/missing", &st) || errno != ENOENT)
		must(-1, "stat of a missing name");
}

static void call_fstat_after_write(void)
{
	struct stat st;

	must(pwrite(fd, "x", 1, 0), FILE_PATH);
	must(fstat(fd, &st), FILE_PATH);
}

static void call_access(void)
{
	must(access(FILE_PATH, R_OK), FILE_PATH);
}

static void call_statfs(void)
{
	struct statvfs st;

	must(statvfs(FILE_PATH, &st), FILE_PATH);
}

static void call_chmod(void)
{
	static mode_t mode;

	mode ^= 0111;
	must(chmod(FILE_PATH, 0644 ^ mode), FILE_PATH);
}

static void call_utimes(void)
{
	static struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	times[1].tv_sec++;
	must(utimensat(AT_FDCWD, FILE_PATH, times, 0), FILE_PATH);
}

/* Within the same page: what is left of the file is not what this is about. */
static void call_truncate(void)
{
	static int less;

	less ^= 1;
	must(truncate(DIRECTORY "/moved", 2 + less), DIRECTORY "/moved");
}

const struct bench_case attr_cases[] = {
	{ "stat", .set_up = open_file, .before = expire, .call = call_stat, .tear_down = close_file },
	{ "stat-cached", .call = call_stat },
	{ "stat-all-expired", .call = call_stat },	/* on a mount without timeouts */
	{ "stat-missing", .call = call_stat_missing },
	{ "fstat-after-write", .set_up = open_file, .call = call_fstat_after_write, .tear_down = close_file },
	{ "access", .call = call_access },
	{ "statfs", .call = call_statfs },
	{ "chmod", .call = call_chmod },
	{ "utimes", .call = call_utimes },
	{ "truncate", .call = call_truncate },
	{}
};
