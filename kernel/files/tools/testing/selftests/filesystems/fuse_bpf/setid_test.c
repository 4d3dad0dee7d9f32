// SPDX-License-Identifier: GPL-2.0
/*
 * Set-user-ID, set-group-ID and file capabilities go when the caller's rights
 * demand it (K7), though the lender's would not, and though the daemon that
 * promised to see to it hears nothing.
 */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define CAPS		"security.capability"

FIXTURE(setid) {
	struct env env;
};

FIXTURE_VARIANT(setid) {
	uint64_t init_flags;
	bool full;			/* SETATTR is redirected, too */
};

FIXTURE_VARIANT_ADD(setid, kernel) {
	.init_flags = 0, .full = true,
};

FIXTURE_VARIANT_ADD(setid, handle_killpriv) {
	.init_flags = FUSE_HANDLE_KILLPRIV, .full = true,
};

FIXTURE_VARIANT_ADD(setid, handle_killpriv_v2) {
	.init_flags = FUSE_HANDLE_KILLPRIV_V2, .full = true,
};

FIXTURE_VARIANT_ADD(setid, daemons_setattr) {
	.init_flags = FUSE_HANDLE_KILLPRIV_V2, .full = false,
};

FIXTURE_SETUP(setid)
{
	static const struct vfs_cap_data cap = {
		.magic_etc = VFS_CAP_REVISION_2,
		.data[0].permitted = 1 << CAP_CHOWN,
	};
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.init_flags |= variant->init_flags;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, chmod(FILE_LOWER, 06777));
	ASSERT_EQ(0, setxattr(FILE_LOWER, CAPS, &cap, sizeof(cap), 0));
	ASSERT_EQ(0, variant->full ? env_attach_full(&self->env) :
		  env_attach(&self->env));
}

FIXTURE_TEARDOWN(setid)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

static bool has_caps(void)
{
	return getxattr(FILE_LOWER, CAPS, NULL, 0) > 0;
}

/* No trace is left of either, below or on the mount. */
#define EXPECT_CLEARED()						\
	do {								\
		EXPECT_EQ(0777, mode_of(FILE_LOWER));			\
		EXPECT_EQ(0777, mode_of(FILE_MNT));			\
		EXPECT_FALSE(has_caps());				\
		EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));		\
		EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));		\
		if (variant->full)					\
			EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_SETATTR)); \
	} while (0)

TEST_F(setid, write)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(5, AS_USER(USER, pwrite(fd, "UPPER", 5, 0)));
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
	EXPECT_TRUE(file_is(FILE_LOWER, "UPPER"));
}

TEST_F(setid, splice)
{
	int fd = open(FILE_MNT, O_WRONLY);
	int pipes[2];
	loff_t off = 0;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(5, write(pipes[1], "UPPER", 5));
	EXPECT_EQ(5, AS_USER(USER, splice(pipes[0], NULL, fd, &off, 5, 0)));
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
}

TEST_F(setid, copy_file_range)
{
	loff_t in = 0, out = 2;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(2, AS_USER(USER, copy_file_range(fd, &in, fd, &out, 2, 0)));
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
	EXPECT_TRUE(file_is(FILE_LOWER, "lolor"));
}

TEST_F(setid, fallocate)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, AS_USER(USER, fallocate(fd, 0, 0, 8192)));
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
}

TEST_F(setid, truncate)
{
	EXPECT_EQ(0, AS_USER(USER, truncate(FILE_MNT, 1)));
	EXPECT_CLEARED();
}

TEST_F(setid, ftruncate)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, AS_USER(USER, ftruncate(fd, 1)));
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
}

TEST_F(setid, truncating_open)
{
	int fd;

	fd = AS_USER(USER, open(FILE_MNT, O_WRONLY | O_TRUNC));
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
	EXPECT_CLEARED();
}

/* A change of owner clears them whoever makes it. */
TEST_F(setid, chown)
{
	ASSERT_EQ(0, chown(FILE_MNT, USER, USER));
	EXPECT_CLEARED();
}

TEST_F(setid, chown_by_owner)
{
	ASSERT_EQ(0, chown(FILE_LOWER, USER, USER));
	ASSERT_EQ(0, chmod(FILE_LOWER, 06777));
	EXPECT_EQ(0, AS_USER(USER, chown(FILE_MNT, -1, USER)));
	EXPECT_CLEARED();
}

/* Who has CAP_FSETID keeps the bits, and no capability survives a write. */
TEST_F(setid, write_by_root)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(5, pwrite(fd, "UPPER", 5, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(06777, mode_of(FILE_LOWER));
	EXPECT_EQ(06777, mode_of(FILE_MNT));
	EXPECT_FALSE(has_caps());
}

/* Set-gid without group execution means something else, and is left alone. */
TEST_F(setid, not_executable)
{
	int fd;

	ASSERT_EQ(0, chown(FILE_LOWER, 0, USER));
	ASSERT_EQ(0, chmod(FILE_LOWER, 02666));
	fd = open(FILE_MNT, O_WRONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(5, AS_USER(USER, pwrite(fd, "UPPER", 5, 0)));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(02666, mode_of(FILE_LOWER));
}

TEST_HARNESS_MAIN
