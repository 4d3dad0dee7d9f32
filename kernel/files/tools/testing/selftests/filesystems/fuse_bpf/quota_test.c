// SPDX-License-Identifier: GPL-2.0
/*
 * The owner's quota holds for what is written through a mount, though root has
 * lent the object: CAP_SYS_RESOURCE, which is above quotas, is not lent (K7).
 */
#include "env.h"
#include "image.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

#define BLOCKS		64		/* of 1 KiB */
#define CHUNK		(4 * BLOCKS * 1024)

FIXTURE(quota) {
	struct env env;
	const char *missing;
};

/* No more than BLOCKS for USER */
static int limit_user(const char *dir)
{
	struct if_dqblk limit = {
		.dqb_bhardlimit = BLOCKS, .dqb_bsoftlimit = BLOCKS,
		.dqb_valid = QIF_BLIMITS,
	};
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	int err;

	err = syscall(__NR_quotactl_fd, fd, QCMD(Q_SETQUOTA, USRQUOTA), USER,
		      &limit) ? -errno : 0;
	close(fd);
	return err;
}

FIXTURE_SETUP(quota)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_namespace());
	self->env.daemon.dev = -1;
	self->missing = image_mount(ENV_LOWER,
				    "-O quota -E quotatype=usrquota",
				    "usrquota");
	if (self->missing)
		SKIP(return, "%s", self->missing);
	if (limit_user(ENV_LOWER)) {
		self->missing = "needs CONFIG_QUOTA";
		SKIP(return, "%s", self->missing);
	}
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, chown(FILE_LOWER, USER, USER));
	ASSERT_EQ(0, daemon_start(&self->env.daemon, ENV_LOWER, ENV_MNT,
				  &daemon_default));
	ASSERT_EQ(0, env_attach_full(&self->env));
}

FIXTURE_TEARDOWN(quota)
{
	if (!self->missing)
		daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)

static char data[CHUNK];

/* Root below is above quotas: that the test means anything. */
TEST_F(quota, root_below)
{
	int fd = open(FILE_LOWER, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(CHUNK, pwrite(fd, data, CHUNK, 0));
	EXPECT_EQ(0, close(fd));
}

TEST_F(quota, write)
{
	ssize_t n;
	int fd;

	fd = AS_USER(USER, open(FILE_MNT, O_WRONLY));
	ASSERT_LE(0, fd);
	n = AS_USER(USER, pwrite(fd, data, CHUNK, 0));
	EXPECT_GT(CHUNK, n);
	n = AS_USER(USER, pwrite(fd, data, CHUNK, n > 0 ? n : 0));
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EDQUOT, errno);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));
}

TEST_F(quota, fallocate)
{
	int fd;

	fd = AS_USER(USER, open(FILE_MNT, O_WRONLY));
	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, AS_USER(USER, fallocate(fd, 0, 0, CHUNK)));
	EXPECT_EQ(EDQUOT, errno);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_FALLOCATE));
}

/* A gift that does not fit */
TEST_F(quota, chown)
{
	int fd;

	ASSERT_EQ(0, chown(FILE_LOWER, 0, 0));
	fd = open(FILE_LOWER, O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(CHUNK, pwrite(fd, data, CHUNK, 0));
	ASSERT_EQ(0, fsync(fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(-1, chown(FILE_MNT, USER, USER));
	EXPECT_EQ(EDQUOT, errno);
}

TEST_HARNESS_MAIN
