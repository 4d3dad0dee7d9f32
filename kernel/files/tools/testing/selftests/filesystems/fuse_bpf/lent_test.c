// SPDX-License-Identifier: GPL-2.0
/*
 * A descriptor gives no more than who has opened it could do without it (K7):
 * O_PATH needs no right, so nothing can be done with what it lends but what its
 * opener may. The caller here is root, who has no right missing of his own; the
 * daemon is asked instead, and does it.
 */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(lent) {
	struct env env;
};

/*
 * All of it is the mounter's, or root's and closed to him; what is known of it
 * is lent by the mounter, who has opened each object with O_PATH.
 */
FIXTURE_VARIANT(lent) {
	uid_t owner;
	bool redirected;
};

FIXTURE_VARIANT_ADD(lent, of_root) {
	.owner = 0, .redirected = false,
};

FIXTURE_VARIANT_ADD(lent, of_the_lender) {
	.owner = USER, .redirected = true,
};

static const char * const names[] = { "", "/file", "/dir", "/dir/deep" };

static int lend_all(struct env *env)
{
	char lower[64], upper[64];
	unsigned int i;
	struct stat st;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(names) && !err; i++) {
		snprintf(lower, sizeof(lower), ENV_LOWER "%s", names[i]);
		snprintf(upper, sizeof(upper), ENV_MNT "%s", names[i]);
		if (stat(upper, &st))
			return -errno;
		err = user_lend(USER, env->map, env_nodeid(env, lower), lower);
		/* an entry belongs to its node from the first use on */
		if (!err && stat(upper, &st))
			err = -errno;
	}
	return err;
}

/* Everything can be reached by the lender, and is closed to him afterwards. */
static int give_to(uid_t owner)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), ENV_LOWER "%s", names[i]);
		if (chown(path, owner, owner) ||
		    chmod(path, strcmp(names[i], "/file") ? 0711 : 0600))
			return -errno;
	}
	return 0;
}

FIXTURE_SETUP(lent)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct env *env = &self->env;
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.user_id = USER;
	config.group_id = USER;
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(env, &config));
	ASSERT_EQ(0, write_file(LOWER("file"), "file"));
	ASSERT_EQ(0, mkdir(LOWER("dir"), 0755));
	ASSERT_EQ(0, write_file(LOWER("dir/deep"), "deep"));
	ASSERT_EQ(0, setxattr(LOWER("file"), "user.a", "a", 1, 0));
	ASSERT_EQ(0, give_to(variant->owner));
	ASSERT_EQ(0, env_attach_full(env));
	ASSERT_EQ(0, lend_all(env));
	env->daemon.shared->negative_valid = 1000;
	ASSERT_EQ(-1, stat(MNT("new"), &st));
	env->daemon.shared->negative_valid = 0;
	daemon_forget_seen(&env->daemon);
}

FIXTURE_TEARDOWN(lent)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* Whether @OPCODE was performed below, or passed as one that is refused */
#define EXPECT_SETTLED(OPCODE)						\
	do {								\
		EXPECT_EQ(variant->redirected,				\
			  COUNT(redirect, OPCODE));			\
		EXPECT_EQ(!variant->redirected, COUNT(refused, OPCODE)); \
		EXPECT_EQ(!variant->redirected,				\
			  daemon_seen(DAEMON, OPCODE));			\
	} while (0)

TEST_F(lent, read)
{
	EXPECT_TRUE(file_is(MNT("file"), "file"));
	EXPECT_SETTLED(FUSE_OPEN);
}

TEST_F(lent, write)
{
	int fd = open(MNT("file"), O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(4, pwrite(fd, "FILE", 4, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(LOWER("file"), "FILE"));
	EXPECT_SETTLED(FUSE_OPEN);
}

TEST_F(lent, truncate)
{
	EXPECT_EQ(0, truncate(MNT("file"), 1));
	EXPECT_TRUE(file_is(LOWER("file"), "f"));
	EXPECT_SETTLED(FUSE_SETATTR);
}

TEST_F(lent, chmod)
{
	struct stat st;

	EXPECT_EQ(0, chmod(MNT("file"), 0640));
	EXPECT_SETTLED(FUSE_SETATTR);
	ASSERT_EQ(0, stat(LOWER("file"), &st));
	EXPECT_EQ(S_IFREG | 0640, st.st_mode);
}

/* No ordinary user gives files away. */
TEST_F(lent, chown)
{
	struct stat st;

	EXPECT_EQ(0, chown(MNT("file"), OTHER_USER, -1));
	EXPECT_EQ(0, COUNT(redirect, FUSE_SETATTR));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETATTR));
	ASSERT_EQ(0, stat(LOWER("file"), &st));
	EXPECT_EQ(OTHER_USER, st.st_uid);
}

TEST_F(lent, utimes)
{
	const struct timespec both[2] = { { 1000, 0 }, { 1000, 0 } };

	EXPECT_EQ(0, utimensat(AT_FDCWD, MNT("file"), both, 0));
	EXPECT_SETTLED(FUSE_SETATTR);
}

TEST_F(lent, setxattr)
{
	EXPECT_EQ(0, setxattr(MNT("file"), "user.b", "b", 1, 0));
	EXPECT_EQ(1, getxattr(LOWER("file"), "user.b", NULL, 0));
	EXPECT_SETTLED(FUSE_SETXATTR);
}

TEST_F(lent, removexattr)
{
	EXPECT_EQ(0, removexattr(MNT("file"), "user.a"));
	EXPECT_EQ(-1, getxattr(LOWER("file"), "user.a", NULL, 0));
	EXPECT_SETTLED(FUSE_REMOVEXATTR);
}

/* What needs a capability is not an ordinary user's, whoever owns the file. */
TEST_F(lent, set_trusted_xattr)
{
	EXPECT_EQ(0, setxattr(MNT("file"), "trusted.a", "a", 1, 0));
	EXPECT_EQ(1, getxattr(LOWER("file"), "trusted.a", NULL, 0));
	EXPECT_EQ(0, COUNT(redirect, FUSE_SETXATTR));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETXATTR));
}

static unsigned int list(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

TEST_F(lent, list)
{
	EXPECT_EQ(3, list(MNT("dir")));
	EXPECT_SETTLED(FUSE_OPENDIR);
}

TEST_F(lent, unlink)
{
	EXPECT_EQ(0, unlink(MNT("file")));
	EXPECT_EQ(-1, access(LOWER("file"), F_OK));
	EXPECT_SETTLED(FUSE_UNLINK);
}

TEST_F(lent, rmdir)
{
	ASSERT_EQ(0, unlink(LOWER("dir/deep")));
	EXPECT_EQ(0, rmdir(MNT("dir")));
	EXPECT_EQ(-1, access(LOWER("dir"), F_OK));
	EXPECT_SETTLED(FUSE_RMDIR);
}

TEST_F(lent, rename)
{
	EXPECT_EQ(0, rename(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	EXPECT_SETTLED(FUSE_RENAME);
}

TEST_F(lent, exchange)
{
	EXPECT_EQ(0, renameat2(AT_FDCWD, MNT("file"), AT_FDCWD, MNT("dir"),
			       2 /* RENAME_EXCHANGE */));
	EXPECT_TRUE(file_is(LOWER("dir"), "file"));
	EXPECT_SETTLED(FUSE_RENAME2);
}

TEST_F(lent, link)
{
	EXPECT_EQ(0, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	EXPECT_SETTLED(FUSE_LINK);
}

/* Attributes are no secret to who can reach the object. */
TEST_F(lent, stat)
{
	struct stat st;

	EXPECT_EQ(0, stat(MNT("file"), &st));
	EXPECT_EQ(variant->owner, st.st_uid);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_GETATTR));
}

TEST_HARNESS_MAIN
