// SPDX-License-Identifier: Apache-2.0
/* The tree that the cases work on */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bench.h"

#define FILE_SIZE (1 << 20)

static void make_file(const char *path, size_t size)
{
	static char block[FILE_SIZE];
	int fd = must(open(path, O_CREAT | O_EXCL | O_WRONLY, 0644), path);

	memset(block, 'x', size);
	must(write(fd, block, size), path);
	close(fd);
}

static void make_long_directory(const char *name, int entries)
{
	char path[64];

	must(mkdir(name, 0755), name);
	for (int i = 0; i < entries; i++) {
		snprintf(path, sizeof(path), "%s/file%05d", name, i);
		make_file(path, 0);
	}
}

void make_tree(const char *directory)
{
	must(chdir(directory), directory);
	must(mkdir("dir", 0755), "dir");
	make_file("dir/file", FILE_SIZE);
	must(setxattr("dir/file", "user.some", "value", 5, 0), "dir/file");
	make_file("dir/moved", 1);
	must(symlink("file", "dir/symlink"), "dir/symlink");
	make_long_directory("short", SHORT_DIR_ENTRIES);
	make_long_directory("long", LONG_DIR_ENTRIES);
}
