// SPDX-License-Identifier: GPL-2.0
#include "kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

static const struct {
	const char *what;
	const char *path;	/* below the mount */
	uint32_t kind;
	const char *name;
} entries[KEPT_ENTRIES] = {
	[FILE_NAME]   = { "the file's name", "/dir", FUSE_LOOKUP, "file" },
	[FILE_ATTR]   = { "the file's attributes", "/dir/file", FUSE_GETATTR },
	[FILE_VALUE]  = { "the file's xattr", "/dir/file", FUSE_GETXATTR,
			  "user.a" },
	[FILE_LIST]   = { "the file's xattrs", "/dir/file", FUSE_LISTXATTR },
	[FILE_ACCESS] = { "access to the file", "/dir/file", FUSE_ACCESS },
	[PEER_ATTR]   = { "its peer's attributes", "/dir/peer", FUSE_GETATTR },
	[PEER_VALUE]  = { "its peer's xattr", "/dir/peer", FUSE_GETXATTR,
			  "user.a" },
	[PEER_LIST]   = { "its peer's xattrs", "/dir/peer", FUSE_LISTXATTR },
	[PEER_ACCESS] = { "access to its peer", "/dir/peer", FUSE_ACCESS },
	[TARGET_NAME] = { "the target's name", "/other", FUSE_LOOKUP,
			  "target" },
	[TARGET_ATTR] = { "the target's attributes", "/other/target",
			  FUSE_GETATTR },
	[LINK_ATTR]   = { "the link's attributes", "/dir/link", FUSE_GETATTR },
	[LINK_TEXT]   = { "the link's text", "/dir/link", FUSE_READLINK },
	[DIR_ATTR]    = { "the directory's attributes", "/dir", FUSE_GETATTR },
	[SUB_NAME]    = { "the subdirectory's name", "/dir", FUSE_LOOKUP,
			  "sub" },
	[SUB_ATTR]    = { "the subdirectory's attributes", "/dir/sub",
			  FUSE_GETATTR },
	[SUB_LIST]    = { "the subdirectory's xattrs", "/dir/sub",
			  FUSE_LISTXATTR },
	[OTHER_ATTR]  = { "the other directory's attributes", "/other",
			  FUSE_GETATTR },
	[NEW_NAME]    = { "a missing name", "/dir", FUSE_LOOKUP, "new" },
	[OTHER_NEW_NAME] = { "a name missing elsewhere", "/other", FUSE_LOOKUP,
			     "new" },
	[SUB_NEW_NAME] = { "a name missing in the subdirectory", "/dir/sub",
			   FUSE_LOOKUP, "new" },
	[SPACE]       = { "the space", "", FUSE_STATFS },
};

static int make_tree(void)
{
	return mkdir(LOWER("dir"), 0755) ?: mkdir(LOWER("dir/sub"), 0755) ?:
	       mkdir(LOWER("other"), 0755) ?:
	       write_file(LOWER("dir/file"), "lower") ?:
	       write_file(LOWER("dir/peer"), "peer") ?:
	       write_file(LOWER("other/target"), "target") ?:
	       symlink("file", LOWER("dir/link")) ?:
	       setxattr(LOWER("dir/file"), "user.a", "1", 1, 0) ?:
	       setxattr(LOWER("dir/peer"), "user.a", "1", 1, 0);
}

int kept_serve(struct kept *k, struct env *env,
	       const struct daemon_config *config)
{
	k->env = env;
	k->all = B(KEPT_ENTRIES) - 1;
	if (!config->own_permissions)
		k->all &= ~(B(FILE_ACCESS) | B(PEER_ACCESS));
	return env_start(env, config) ?: make_tree();
}

int kept_open(struct kept *k)
{
	k->file = open(MNT("dir/file"), O_RDWR | O_CLOEXEC);
	k->peer = open(MNT("dir/peer"), O_RDWR | O_CLOEXEC);
	k->target = open(MNT("other/target"), O_RDWR | O_CLOEXEC);
	return k->file < 0 || k->peer < 0 || k->target < 0 ? -errno : 0;
}

int kept_start(struct kept *k, struct env *env,
	       const struct daemon_config *config)
{
	return kept_serve(k, env, config) ?: cache_start(env, &k->cache) ?:
	       kept_open(k) ?: kept_fill(k);
}

static int ask(unsigned int i)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), ENV_MNT "%s", entries[i].path);
	err = cache_ask(path, entries[i].kind, entries[i].name);
	return err == -ENOENT && B(i) & MISSING ? 0 : err;
}

int kept_ask(unsigned int which)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < KEPT_ENTRIES && !err; i++) {
		if (which & B(i))
			err = ask(i);
	}
	return err;
}

static unsigned int known(const struct kept *k)
{
	unsigned int i, mask = 0;

	for (i = 0; i < KEPT_ENTRIES; i++) {
		if (cache_has(&k->cache, &k->keys[i]))
			mask |= B(i);
	}
	return mask;
}

int kept_fill(struct kept *k)
{
	char lower[64];
	unsigned int i;
	int err = kept_ask(k->all);

	for (i = 0; i < KEPT_ENTRIES; i++) {
		snprintf(lower, sizeof(lower), ENV_LOWER "%s",
			 entries[i].path);
		k->keys[i] = cache_key(env_nodeid(k->env, lower),
				       entries[i].kind, entries[i].name);
	}
	return err ?: known(k) == k->all ? 0 : -ENODATA;
}

const char *kept_wrong(const struct kept *k, unsigned int some,
		       unsigned int want)
{
	unsigned int i, wrong = ((known(k) ^ want) & some) & k->all;
	static char text[1024];
	size_t len = 0;

	for (i = 0; i < KEPT_ENTRIES; i++) {
		if (wrong & B(i))
			len += snprintf(text + len, sizeof(text) - len,
					"%s%s %s", len ? ", " : "",
					entries[i].what,
					want & B(i) ? "is gone" : "is there");
	}
	return wrong ? text : NULL;
}
