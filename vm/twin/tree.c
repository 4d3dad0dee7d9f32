// SPDX-License-Identifier: Apache-2.0
/* Compare two trees, name by name. */
#include "twin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS	512

/* Objects of several names, in the order in which they are met */
struct links {
	uint64_t numbers[MAX_LINKS];
	size_t n;
};

struct walk {
	int one, other;		/* roots */
	bool same_objects;	/* then numbers and times are the same too */
	struct links links[2];
	char *what;
	size_t size;
};

static bool differ(struct walk *walk, const char *path, const char *aspect,
		   const char *one, const char *other)
{
	if (!strcmp(one, other))
		return false;
	snprintf(walk->what, walk->size, "%s of %s: %s | %s", aspect, path, one,
		 other);
	return true;
}

static bool stat_text(int root, const char *path, bool exactly, int sync,
		      char *to, size_t size)
{
	struct statx st;

	if (statx(root, path, AT_SYMLINK_NOFOLLOW | sync, STATX_BASIC_STATS,
		  &st)) {
		snprintf(to, size, "%s", strerror(errno));
		return false;
	}
	snprintf(to, size, "mode %o nlink %u uid %u gid %u device %u:%u size %lld",
		 exactly ? st.stx_mode : comparable_mode(st.stx_mode),
		 st.stx_nlink, st.stx_uid, st.stx_gid,
		 st.stx_rdev_major, st.stx_rdev_minor,
		 S_ISDIR(st.stx_mode) ? 0 : (long long)st.stx_size);
	if (exactly)
		snprintf(to + strlen(to), size - strlen(to),
			 " ino %llu mtime %lld.%09u ctime %lld.%09u",
			 known("stat:number") ? 0 : st.stx_ino, st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec,
			 st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec);
	return S_ISDIR(st.stx_mode);
}

static void content_text(int root, const char *path, char *to, size_t size)
{
	char buffer[8192];
	struct stat st;
	uint64_t hash = 0;
	long got;
	int fd;

	*to = '\0';
	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISLNK(st.st_mode)) {
		got = readlinkat(root, path, to, size - 1);
		to[got < 0 ? 0 : got] = '\0';
	}
	if (!S_ISREG(st.st_mode))
		return;
	fd = openat(root, path, O_RDONLY);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		hash = hash * 31 + hash_bytes(buffer, got);
	snprintf(to, size, "%016llx %s", (unsigned long long)hash,
		 got < 0 ? strerror(errno) : "");
	close(fd);
}

static void list_text(int root, const char *path, struct outcome *out)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY);

	look_list(fd, 512, out);
	if (fd >= 0)
		close(fd);
}

/* Which of the objects met so far this is another name of */
static size_t link_group(struct links *links, int root, const char *path)
{
	struct stat st;
	size_t i;

	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) ||
	    S_ISDIR(st.st_mode) || st.st_nlink == 1)
		return 0;
	for (i = 0; i < links->n; i++)
		if (links->numbers[i] == st.st_ino)
			return i + 1;
	if (links->n < MAX_LINKS)
		links->numbers[links->n++] = st.st_ino;
	return links->n;
}

static bool links_differ(struct walk *walk, const char *path)
{
	char one[32], other[32];

	snprintf(one, sizeof(one), "object %zu",
		 link_group(&walk->links[0], walk->one, path));
	snprintf(other, sizeof(other), "object %zu",
		 link_group(&walk->links[1], walk->other, path));
	return differ(walk, path, "hard links", one, other);
}

static bool compare(struct walk *walk, const char *path);

static bool compare_children(struct walk *walk, const char *path)
{
	struct outcome one = {}, other = {};
	char child[1024], *name, *save;

	list_text(walk->one, path, &one);
	list_text(walk->other, path, &other);
	if (differ(walk, path, "names", one.text, other.text))
		return true;
	for (name = strtok_r(one.text, " ", &save); name;
	     name = strtok_r(NULL, " ", &save)) {
		*strrchr(name, ':') = '\0';
		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, name);
		if (compare(walk, child))
			return true;
	}
	return false;
}

static bool compare(struct walk *walk, const char *path)
{
	struct outcome xattrs[2] = {};
	char one[4096], other[4096];
	bool directory;

	/* As the server or the file system below has it now, not as cached */
	directory = stat_text(walk->one, path, walk->same_objects,
			      AT_STATX_FORCE_SYNC, one, sizeof(one));
	stat_text(walk->other, path, walk->same_objects, AT_STATX_FORCE_SYNC,
		  other, sizeof(other));
	if (differ(walk, path, "stat", one, other))
		return true;
	if (links_differ(walk, path))
		return true;
	look_xattrs(walk->one, path, &xattrs[0]);
	look_xattrs(walk->other, path, &xattrs[1]);
	if (differ(walk, path, "xattrs", xattrs[0].text, xattrs[1].text))
		return true;
	content_text(walk->one, path, one, sizeof(one));
	content_text(walk->other, path, other, sizeof(other));
	if (differ(walk, path, "content", one, other))
		return true;
	return directory && compare_children(walk, path);
}

bool tree_differs(int one, int other, bool same_objects, char *what,
		  size_t size)
{
	struct walk walk = {
		.one = one, .other = other, .same_objects = same_objects,
		.what = what, .size = size,
	};

	return compare(&walk, ".");
}

bool object_differs(int mount, int lower, const char *path, char *what,
		    size_t size)
{
	struct walk walk = { .what = what, .size = size };
	char one[512], other[512];

	stat_text(mount, path, true, 0, one, sizeof(one));
	stat_text(lower, path, true, 0, other, sizeof(other));
	return differ(&walk, path, "stat", one, other);
}
