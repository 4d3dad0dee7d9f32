// SPDX-License-Identifier: Apache-2.0
/* Open files and their data, which is in the page cache */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define SMALL 4096
#define LARGE (128 << 10)

static int fd;
static char buffer[LARGE];
static volatile char *mapped;

static void open_file(void)
{
	fd = must(open(FILE_PATH, O_RDWR), FILE_PATH);
}

static void close_file(void)
{
	close(fd);
}

static void call_open_close(void)
{
	close(must(open(FILE_PATH, O_RDONLY), FILE_PATH));
}

static void call_pread_4k(void)
{
	must(pread(fd, buffer, SMALL, 0), FILE_PATH);
}

static void call_pwrite_4k(void)
{
	must(pwrite(fd, buffer, SMALL, 0), FILE_PATH);
}

static void call_pread_128k(void)
{
	must(pread(fd, buffer, LARGE, 0), FILE_PATH);
}

static void call_pwrite_128k(void)
{
	must(pwrite(fd, buffer, LARGE, 0), FILE_PATH);
}

static void map(void)
{
	void *address = mmap(NULL, SMALL, PROT_READ, MAP_SHARED, fd, 0);

	must(address == MAP_FAILED ? -1 : 0, FILE_PATH);
	mapped = address;
}

static void call_mmap_fault(void)
{
	(void)mapped[0];
}

static void unmap(void)
{
	munmap((void *)mapped, SMALL);
}

static void call_fsync(void)
{
	must(fsync(fd), FILE_PATH);
}

const struct bench_case data_cases[] = {
	{ "open-close", .call = call_open_close },
	{ "pread-4k", .set_up = open_file, .call = call_pread_4k, .tear_down = close_file },
	{ "pwrite-4k", .set_up = open_file, .call = call_pwrite_4k, .tear_down = close_file },
	{ "pread-128k", .set_up = open_file, .call = call_pread_128k, .tear_down = close_file },
	{ "pwrite-128k", .set_up = open_file, .call = call_pwrite_128k, .tear_down = close_file },
	{ "mmap-fault", .set_up = open_file, .before = map, .call = call_mmap_fault, .after = unmap,
	  .tear_down = close_file },
	{ "fsync", .set_up = open_file, .call = call_fsync, .tear_down = close_file },
	{}
};
