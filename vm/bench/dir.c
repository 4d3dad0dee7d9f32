// SPDX-License-Identifier: Apache-2.0
/* Listings: open, read all, close */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench.h"

static void list(const char *path, int entries, int with_stat)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;
	int found = -2;		/* . and .. */

	must(dir ? 0 : -1, path);
	while ((entry = readdir(dir))) {
		if (with_stat)
			must(fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW), entry->d_name);
		found++;
	}
	closedir(dir);
	must(found == entries ? 0 : -1, path);
}

static void call_readdir_100(void)
{
	list("short", SHORT_DIR_ENTRIES, 0);
}

static void call_readdir_10000(void)
{
	list("long", LONG_DIR_ENTRIES, 0);
}

static void call_readdir_stat_100(void)
{
	list("short", SHORT_DIR_ENTRIES, 1);
}

const struct bench_case dir_cases[] = {
	{ "readdir-100", .call = call_readdir_100, .calls = 4 },
	{ "readdir-10000", .call = call_readdir_10000, .calls = 1 },
	{ "readdir-stat-100", .call = call_readdir_stat_100, .calls = 2 },
	{}
};
