// SPDX-License-Identifier: Apache-2.0
/* Names: made, moved, removed, followed */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define NEW DIRECTORY "/new"
#define MOVED DIRECTORY "/moved"
#define ELSEWHERE DIRECTORY "/elsewhere"

static void create_close(void)
{
	close(must(open(NEW, O_CREAT | O_EXCL | O_WRONLY, 0644), NEW));
}

static void call_create_write_close(void)
{
	int fd = must(open(NEW, O_CREAT | O_EXCL | O_WRONLY, 0644), NEW);

	must(write(fd, "x", 1), NEW);
	close(fd);
}

static void call_unlink(void)
{
	must(unlink(NEW), NEW);
}

static void call_link(void)
{
	must(link(FILE_PATH, NEW), NEW);
}

static void call_link_unlink(void)
{
	call_link();
	call_unlink();
}

/* Over a file that is known, as editors do; FUSE asks for the name of a target each time. */
static void call_rename(void)
{
	must(rename(NEW, MOVED), MOVED);
}

/* To a name that is not there: whether it is has to be asked first. */
static void call_rename_to_missing(void)
{
	static int there;

	if (there)
		must(rename(ELSEWHERE, MOVED), MOVED);
	else
		must(rename(MOVED, ELSEWHERE), ELSEWHERE);
	there ^= 1;
}

static void move_back(void)
{
	if (!access(ELSEWHERE, F_OK))
		call_rename_to_missing();
}

static void call_mkdir_rmdir(void)
{
	must(mkdir(NEW, 0755), NEW);
	must(rmdir(NEW), NEW);
}

static void call_readlink(void)
{
	char text[64];

	must(readlink(DIRECTORY "/symlink", text, sizeof(text)), DIRECTORY "/symlink");
}

const struct bench_case name_cases[] = {
	{ "readlink", .call = call_readlink },
	{ "create-write-close", .call = call_create_write_close, .after = call_unlink },
	{ "unlink", .before = create_close, .call = call_unlink },
	{ "link", .call = call_link, .after = call_unlink },
	{ "link-unlink", .call = call_link_unlink },
	{ "rename", .before = create_close, .call = call_rename },
	{ "rename-to-missing", .call = call_rename_to_missing, .tear_down = move_back },
	{ "mkdir-rmdir", .call = call_mkdir_rmdir },
	{}
};
