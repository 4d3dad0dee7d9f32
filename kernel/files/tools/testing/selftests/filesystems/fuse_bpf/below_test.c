// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE below FUSE: files are opened on it and flushed, names and attributes
 * are not changed there but by the daemon.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REAL		ENV_TMP "/real"
#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(below) {
	struct env env;
	struct daemon inner;
};

/* Bound by hand: names on FUSE are not kept by a bind. */
static int put_all(struct env *env)
{
	struct stat st;
	int err;

	if (stat(FILE_MNT, &st) || stat(ENV_MNT "/dir", &st))
		return -errno;
	err = env_put(env, env_nodeid(env, FILE_LOWER), FILE_LOWER);
	return err ?: env_put(env, env_nodeid(env, ENV_LOWER "/dir"),
			      ENV_LOWER "/dir");
}

/* @attr_valid is for how long the file system below keeps attributes. */
static int start(struct env *env, struct daemon *inner, uint64_t attr_valid)
{
	struct daemon_config config = daemon_default;
	int err;

	err = env_namespace();
	if (!err && (mkdir(REAL, 0755) || mkdir(REAL "/dir", 0755)))
		err = -errno;
	err = err ?: write_file(REAL "/file", "real");
	config.max_stack_depth = 0;
	config.attr_valid = attr_valid;
	err = err ?: daemon_start(inner, REAL, ENV_LOWER, &config);
	config = daemon_default;
	config.entry_valid = 1000;
	err = err ?: daemon_start(&env->daemon, ENV_LOWER, ENV_MNT, &config);
	err = err ?: env_attach_full(env);
	err = err ?: put_all(env);
	daemon_forget_seen(&env->daemon);
	daemon_forget_seen(inner);
	return err;
}

FIXTURE_SETUP(below)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(&self->env, &self->inner, 0));
}

FIXTURE_TEARDOWN(below)
{
	daemon_kill(&self->env.daemon);
	daemon_kill(&self->inner);
}

#define DAEMON			(&self->env.daemon)
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* close(2) flushes the backing file (close-to-open file systems need it). */
TEST_F(below, flush)
{
	int fd = open(FILE_MNT, O_RDONLY), copy;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_TRUE(fd_is(fd, "real"));
	copy = dup(fd);
	EXPECT_EQ(0, close(copy));
	EXPECT_EQ(1, daemon_seen(&self->inner, FUSE_FLUSH));
	self->inner.shared->refuse[FUSE_FLUSH] = EDQUOT;
	EXPECT_EQ(-1, close(fd));
	EXPECT_EQ(EDQUOT, errno);
	EXPECT_EQ(2, daemon_seen(&self->inner, FUSE_FLUSH));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_FLUSH));
}

/* What locks inodes on either side is the daemon's. */
TEST_F(below, writing_passes)
{
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(4, pwrite(fd, "REAL", 4, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(REAL "/file", "REAL"));
	fd = open(ENV_MNT "/dir", O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPENDIR));
	EXPECT_EQ(0, close(fd));
}

static int statx_errno(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME,
		     &stx) ? errno : 0;
}

/*
 * ENOSYS from below is no statement about the daemon: it must not switch the
 * opcode off for the whole connection (K2).
 */
TEST_F(below, enosys)
{
	int fd = open(FILE_MNT, O_RDONLY);
	struct stat st;

	ASSERT_LE(0, fd);
	self->inner.shared->refuse[FUSE_GETATTR] = ENOSYS;
	self->inner.shared->refuse[FUSE_STATX] = ENOSYS;
	EXPECT_EQ(-1, fstat(fd, &st));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(EOPNOTSUPP, statx_errno(fd));
	EXPECT_EQ(1, COUNT(redirect, FUSE_STATX));
	self->inner.shared->refuse[FUSE_GETATTR] = 0;
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, statx_errno(fd));
	EXPECT_EQ(2, COUNT(redirect, FUSE_STATX));
	EXPECT_EQ(0, close(fd));
}

/* What changes something is the daemon's. */
TEST_F(below, changes_pass)
{
	static const uint32_t opcodes[] = {
		FUSE_SETATTR, FUSE_SETXATTR, FUSE_REMOVEXATTR, FUSE_RENAME,
		FUSE_UNLINK, FUSE_RMDIR, FUSE_LINK,
	};
	unsigned int i;

	EXPECT_EQ(0, chmod(FILE_MNT, 0600));
	EXPECT_EQ(0, setxattr(FILE_MNT, "user.a", "1", 1, 0));
	EXPECT_EQ(0, removexattr(FILE_MNT, "user.a"));
	EXPECT_EQ(0, link(FILE_MNT, ENV_MNT "/link"));
	EXPECT_EQ(0, rename(FILE_MNT, ENV_MNT "/new"));
	EXPECT_EQ(0, unlink(ENV_MNT "/new"));
	EXPECT_EQ(0, rmdir(ENV_MNT "/dir"));
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		EXPECT_EQ(1, daemon_seen(DAEMON, opcodes[i])) {
			TH_LOG("opcode %u", opcodes[i]);
		}
		EXPECT_EQ(0, COUNT(redirect, opcodes[i])) {
			TH_LOG("opcode %u", opcodes[i]);
		}
	}
	EXPECT_EQ(-1, access(REAL "/file", F_OK));
	EXPECT_TRUE(file_is(REAL "/link", "real"));
}

/* --------------------------------- below, attributes are kept for long --- */

FIXTURE(cached) {
	struct env env;
	struct daemon inner;
};

FIXTURE_SETUP(cached)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(&self->env, &self->inner, 1000));
}

FIXTURE_TEARDOWN(cached)
{
	daemon_kill(&self->env.daemon);
	daemon_kill(&self->inner);
}

/* Who demands fresh attributes does not get those that are kept below. */
TEST_F(cached, demanded_fresh)
{
	static const unsigned int masks[] = {
		STATX_BASIC_STATS, STATX_BASIC_STATS | STATX_BTIME,
	};
	int fd = open(FILE_MNT, O_RDONLY);
	struct statx stx;
	unsigned int i;

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH, masks[i], &stx));
		ASSERT_EQ(0, chmod(REAL "/file", 0600 + i));
		ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH, masks[i], &stx));
		EXPECT_NE(S_IFREG | (0600 + i), stx.stx_mode);
		ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
				   masks[i], &stx));
		EXPECT_EQ(S_IFREG | (0600 + i), stx.stx_mode);
	}
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_GETATTR));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_STATX));
}

TEST_HARNESS_MAIN
