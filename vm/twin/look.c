// SPDX-License-Identifier: Apache-2.0
/* What can be seen of a file, as text that can be compared. */
#include "twin.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_NAMES	64

struct entry {
	uint64_t ino, off;
	uint16_t length;
	uint8_t type;
	char name[];
};

/* FNV-1a */
uint64_t hash_bytes(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325;

	while (size--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

unsigned int comparable_mode(unsigned int mode)
{
	if (S_ISREG(mode) && !(mode & S_IXGRP) && known("mode:setgid-alone"))
		return mode & ~S_ISGID;
	return mode;
}

/* A directory's size is its file system's affair. */
void look_stat(int dirfd, const char *path, int flags, struct outcome *out)
{
	struct statx st;

	out->ret = statx(dirfd, path ?: "", path ? flags : AT_EMPTY_PATH,
			 STATX_BASIC_STATS | STATX_BTIME, &st);
	out->err = out->ret ? errno : 0;
	if (out->ret)
		return;
	snprintf(out->text, sizeof(out->text),
		 "mode %o nlink %u uid %u gid %u size %lld btime %d",
		 comparable_mode(st.stx_mode),
		 st.stx_nlink, st.stx_uid, st.stx_gid,
		 S_ISDIR(st.stx_mode) ? 0 : (long long)st.stx_size,
		 !!(st.stx_mask & STATX_BTIME));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void join_sorted(char **texts, size_t n, struct outcome *out)
{
	size_t i, at = 0;

	qsort(texts, n, sizeof(*texts), by_text);
	for (i = 0; i < n; i++) {
		if (at < sizeof(out->text))
			at += snprintf(out->text + at, sizeof(out->text) - at,
				       "%s ", texts[i]);
		free(texts[i]);
	}
}

/* libfuse's high-level interface renames what is removed and still open. */
static bool is_left_out(const char *name)
{
	return known("list:hidden") &&
	       !strncmp(name, ".fuse_hidden", strlen(".fuse_hidden"));
}

struct names {
	char *text[MAX_NAMES];
	size_t n;
	uint64_t hash;		/* of what was read since it was last 0 */
	off_t next;		/* position after the last of them */
};

/* One buffer full. Returns what getdents64() does. */
static long read_some(int fd, uint32_t room, bool keep, struct names *names)
{
	char buffer[512] __attribute__((aligned(8)));
	struct entry *entry;
	long got, at;

	got = syscall(SYS_getdents64, fd, buffer, room);
	for (at = 0; at < got; at += entry->length) {
		entry = (struct entry *)(buffer + at);
		names->next = entry->off;
		if (is_left_out(entry->name))
			continue;
		names->hash = names->hash * 31 +
			      hash_bytes(entry->name, strlen(entry->name));
		if (keep && names->n < MAX_NAMES &&
		    asprintf(&names->text[names->n++], "%s:%u", entry->name,
			     entry->type) < 0)
			abort();
	}
	return got;
}

static long read_rest(int fd, uint32_t room, bool keep, struct names *names)
{
	long got;

	names->hash = 0;
	while ((got = read_some(fd, room, keep, names)) > 0)
		;
	return got;
}

/* All names; then again what came after the first buffer: telldir, seekdir. */
void look_list(int fd, uint32_t room, struct outcome *out)
{
	struct names names = { .n = 0 };
	uint64_t hash;
	off_t second;
	long got;

	got = read_some(fd, room, true, &names);
	second = names.next;
	if (got > 0)
		got = read_rest(fd, room, true, &names);
	out->ret = got;
	out->err = got ? errno : 0;
	hash = names.hash;
	join_sorted(names.text, names.n, out);
	if (got || !second || lseek(fd, second, SEEK_SET) != second)
		return;

	read_rest(fd, room, false, &names);
	if (names.hash != hash)
		snprintf(out->text, sizeof(out->text), "seekdir led elsewhere");
}

void look_xattrs(int fd, const char *path, struct outcome *out)
{
	char list[4096], value[512], where[64], *names[MAX_NAMES], *name;
	long length, got;
	size_t n = 0;

	snprintf(where, sizeof(where), "/proc/self/fd/%d/%s", fd, path);
	length = llistxattr(where, list, sizeof(list));
	out->ret = length < 0 ? -1 : 0;
	out->err = length < 0 ? errno : 0;
	for (name = list; length > 0 && name < list + length && n < MAX_NAMES;
	     name += strlen(name) + 1) {
		got = lgetxattr(where, name, value, sizeof(value));
		if (asprintf(&names[n++], "%s=%llx", name, got < 0 ? 0ULL :
			     (unsigned long long)hash_bytes(value, got)) < 0)
			abort();
	}
	join_sorted(names, n, out);
}
