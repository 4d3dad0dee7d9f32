// SPDX-License-Identifier: GPL-2.0
/*
 * SETATTR and STATX on the backing object: what is changed, what is seen
 * afterwards, for how long it is kept.
 */
#include "env.h"
#include "insn.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define DIR_LOWER	ENV_LOWER "/dir"
#define DIR_MNT		ENV_MNT "/dir"
#define LINK_LOWER	ENV_LOWER "/link"
#define LINK_MNT	ENV_MNT "/link"

FIXTURE(attr) {
	struct env env;
};

FIXTURE_SETUP(attr)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, mkdir(DIR_LOWER, 0755));
	ASSERT_EQ(0, symlink("file", LINK_LOWER));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, lstat(FILE_MNT, &st));
	ASSERT_EQ(0, lstat(DIR_MNT, &st));
	ASSERT_EQ(0, lstat(LINK_MNT, &st));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(attr)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* Both tell the same of an object. */
static void expect_same(struct __test_metadata *_metadata, const char *lower,
			const char *upper)
{
	struct stat a, b;

	ASSERT_EQ(0, lstat(lower, &a));
	ASSERT_EQ(0, lstat(upper, &b));
	EXPECT_EQ(a.st_ino, b.st_ino);
	EXPECT_EQ(a.st_mode, b.st_mode);
	EXPECT_EQ(a.st_nlink, b.st_nlink);
	EXPECT_EQ(a.st_uid, b.st_uid);
	EXPECT_EQ(a.st_gid, b.st_gid);
	EXPECT_EQ(a.st_size, b.st_size);
	EXPECT_EQ(a.st_blocks, b.st_blocks);
	EXPECT_EQ(a.st_atim.tv_sec, b.st_atim.tv_sec);
	EXPECT_EQ(a.st_atim.tv_nsec, b.st_atim.tv_nsec);
	EXPECT_EQ(a.st_mtim.tv_sec, b.st_mtim.tv_sec);
	EXPECT_EQ(a.st_mtim.tv_nsec, b.st_mtim.tv_nsec);
	EXPECT_EQ(a.st_ctim.tv_sec, b.st_ctim.tv_sec);
	EXPECT_EQ(a.st_ctim.tv_nsec, b.st_ctim.tv_nsec);
}

#define EXPECT_SAME(LOWER, UPPER)	expect_same(_metadata, LOWER, UPPER)

static struct stat lower_stat(const char *path)
{
	struct stat st = {};

	lstat(path, &st);
	return st;
}

/* ------------------------------------------------- what can be changed --- */

TEST_F(attr, chmod)
{
	ASSERT_EQ(0, chmod(FILE_MNT, 0604));
	EXPECT_EQ(S_IFREG | 0604, lower_stat(FILE_LOWER).st_mode);
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_EQ(1, COUNT(redirect, FUSE_SETATTR));
	EXPECT_SILENT();
}

TEST_F(attr, chmod_directory)
{
	ASSERT_EQ(0, chmod(DIR_MNT, 01700));
	EXPECT_EQ(S_IFDIR | 01700, lower_stat(DIR_LOWER).st_mode);
	EXPECT_SAME(DIR_LOWER, DIR_MNT);
	EXPECT_EQ(1, COUNT(redirect, FUSE_SETATTR));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_SETATTR));
}

TEST_F(attr, chown)
{
	ASSERT_EQ(0, chown(FILE_MNT, USER, OTHER_GROUP));
	EXPECT_EQ(USER, lower_stat(FILE_LOWER).st_uid);
	EXPECT_EQ(OTHER_GROUP, lower_stat(FILE_LOWER).st_gid);
	ASSERT_EQ(0, chown(FILE_MNT, -1, USER));
	EXPECT_EQ(USER, lower_stat(FILE_LOWER).st_uid);
	EXPECT_EQ(USER, lower_stat(FILE_LOWER).st_gid);
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_SILENT();
}

/* A symbolic link itself, not what it leads to */
TEST_F(attr, lchown)
{
	ASSERT_EQ(0, lchown(LINK_MNT, USER, OTHER_GROUP));
	EXPECT_EQ(USER, lower_stat(LINK_LOWER).st_uid);
	EXPECT_EQ(0, lower_stat(FILE_LOWER).st_uid);
	EXPECT_SAME(LINK_LOWER, LINK_MNT);
	EXPECT_SILENT();
}

TEST_F(attr, times)
{
	const struct timespec both[2] = { { 1000, 1 }, { 2000, 2 } };
	const struct timespec only[2] = { { 0, UTIME_OMIT }, { 3000, 3 } };
	const struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	struct stat st;

	ASSERT_EQ(0, utimensat(AT_FDCWD, FILE_MNT, both, 0));
	st = lower_stat(FILE_LOWER);
	EXPECT_EQ(1000, st.st_atim.tv_sec);
	EXPECT_EQ(1, st.st_atim.tv_nsec);
	EXPECT_EQ(2000, st.st_mtim.tv_sec);
	EXPECT_EQ(2, st.st_mtim.tv_nsec);

	ASSERT_EQ(0, utimensat(AT_FDCWD, FILE_MNT, only, 0));
	st = lower_stat(FILE_LOWER);
	EXPECT_EQ(1000, st.st_atim.tv_sec);
	EXPECT_EQ(3000, st.st_mtim.tv_sec);

	ASSERT_EQ(0, utimensat(AT_FDCWD, FILE_MNT, now, 0));
	st = lower_stat(FILE_LOWER);
	EXPECT_LT(1000000, st.st_atim.tv_sec);
	EXPECT_EQ(3000, st.st_mtim.tv_sec);
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_SILENT();
}

TEST_F(attr, times_of_link)
{
	const struct timespec both[2] = { { 1000, 1 }, { 2000, 2 } };

	ASSERT_EQ(0, utimensat(AT_FDCWD, LINK_MNT, both, AT_SYMLINK_NOFOLLOW));
	EXPECT_EQ(2000, lower_stat(LINK_LOWER).st_mtim.tv_sec);
	EXPECT_NE(2000, lower_stat(FILE_LOWER).st_mtim.tv_sec);
	EXPECT_SAME(LINK_LOWER, LINK_MNT);
	EXPECT_SILENT();
}

/* Shrunk and grown: what comes back are zeros. */
TEST_F(attr, truncate)
{
	static const char grown[6] = "lo";
	char buf[8];
	int fd;

	ASSERT_EQ(0, truncate(FILE_MNT, 2));
	EXPECT_EQ(2, lower_stat(FILE_LOWER).st_size);
	EXPECT_TRUE(file_is(FILE_MNT, "lo"));
	ASSERT_EQ(0, truncate(FILE_MNT, sizeof(grown)));
	fd = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(sizeof(grown), pread(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(grown, buf, sizeof(grown)));
	EXPECT_EQ(0, close(fd));
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_EQ(2, COUNT(redirect, FUSE_SETATTR));
	EXPECT_SILENT();
}

/* -------------------------------------------------- through open files --- */

TEST_F(attr, redirected_handle)
{
	const struct timespec both[2] = { { 1000, 1 }, { 2000, 2 } };
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fchmod(fd, 0640));
	EXPECT_EQ(0, fchown(fd, USER, OTHER_GROUP));
	EXPECT_EQ(0, ftruncate(fd, 3));
	EXPECT_TRUE(fd_is(fd, "low"));
	EXPECT_EQ(0, futimens(fd, both));
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_EQ(S_IFREG | 0640, lower_stat(FILE_LOWER).st_mode);
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* A program that leaves everything to the daemon */
static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

/* Opened at the daemon, in its page cache; changed below it */
TEST_F(attr, daemons_handle)
{
	static const char grown[5] = "lo";
	char buf[8];
	int fd;

	ASSERT_EQ(0, bpf_link_update(self->env.link, pass_prog()));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	ASSERT_EQ(0, bpf_link_update(self->env.link, self->env.prog));
	EXPECT_EQ(0, ftruncate(fd, 2));
	EXPECT_TRUE(fd_is(fd, "lo"));
	EXPECT_EQ(0, ftruncate(fd, sizeof(grown)));
	EXPECT_EQ(sizeof(grown), pread(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(grown, buf, sizeof(grown)));
	EXPECT_EQ(0, fchmod(fd, 0640));
	EXPECT_SAME(FILE_LOWER, FILE_MNT);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_EQ(3, COUNT(redirect, FUSE_SETATTR));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

/* The object is still there for those who have it open. */
TEST_F(attr, unlinked_while_open)
{
	int fd = open(FILE_MNT, O_RDWR);
	struct stat st;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unlink(FILE_MNT));
	EXPECT_EQ(0, fchmod(fd, 0600));
	EXPECT_EQ(0, ftruncate(fd, 1));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
	EXPECT_EQ(1, st.st_size);
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_GETATTR));
}

/* ------------------------------------------------------------ timeouts --- */

/* Redirects @opcode and stores 16 bytes of @head before. */
static int timeout_prog(struct env *env, uint32_t opcode, const void *head)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, opcode, FUSE_BPF_REQUEST);
	prog_store(&p, 0, head, 16);
	prog_select_node(&p, env->map);
	prog_return_redirect(&p);
	prog_rule_end(&p);
	env_full_rules(&p, env->map);
	return prog_load(&p);
}

/* The timeout that the program stored counts, and none if it stored none. */
TEST_F(attr, setattr_timeout)
{
	const struct fuse_attr_out head = { .attr_valid = 1000 };
	int fd = open(FILE_MNT, O_RDONLY);
	struct env *env = &self->env;
	uint64_t before;
	struct stat st;

	/* by descriptor: a path asks for the attributes of directories, too */
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fchmod(fd, 0600));
	before = COUNT(redirect, FUSE_GETATTR);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_LT(before, COUNT(redirect, FUSE_GETATTR));

	ASSERT_EQ(0, bpf_link_update(env->link,
				     timeout_prog(env, FUSE_SETATTR, &head)));
	ASSERT_EQ(0, fchmod(fd, 0640));
	before = COUNT(redirect, FUSE_GETATTR);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(S_IFREG | 0640, st.st_mode);
	EXPECT_EQ(before, COUNT(redirect, FUSE_GETATTR));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

static int sys_statx(const char *path, int flags, struct statx *stx)
{
	return syscall(__NR_statx, AT_FDCWD, path,
		       AT_SYMLINK_NOFOLLOW | flags,
		       STATX_BASIC_STATS | STATX_BTIME, stx);
}

TEST_F(attr, statx)
{
	static const char * const names[][2] = {
		{ FILE_LOWER, FILE_MNT }, { DIR_LOWER, DIR_MNT },
		{ LINK_LOWER, LINK_MNT },
	};
	struct statx lower, upper;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, sys_statx(names[i][0], 0, &lower));
		ASSERT_EQ(0, sys_statx(names[i][1], 0, &upper));
		ASSERT_TRUE(lower.stx_mask & STATX_BTIME);
		EXPECT_TRUE(upper.stx_mask & STATX_BTIME);
		EXPECT_EQ(lower.stx_btime.tv_sec, upper.stx_btime.tv_sec);
		EXPECT_EQ(lower.stx_btime.tv_nsec, upper.stx_btime.tv_nsec);
		EXPECT_EQ(lower.stx_mode, upper.stx_mode);
		EXPECT_EQ(lower.stx_size, upper.stx_size);
		EXPECT_EQ(lower.stx_ino, upper.stx_ino);
		EXPECT_EQ(lower.stx_mtime.tv_nsec, upper.stx_mtime.tv_nsec);
	}
	EXPECT_EQ(ARRAY_SIZE(names), COUNT(redirect, FUSE_STATX));
	EXPECT_SILENT();
}

TEST_F(attr, statx_timeout)
{
	const struct fuse_statx_out head = { .attr_valid = 1000 };
	struct env *env = &self->env;
	struct statx stx;
	uint64_t before;

	ASSERT_EQ(0, bpf_link_update(env->link,
				     timeout_prog(env, FUSE_STATX, &head)));
	ASSERT_EQ(0, sys_statx(FILE_MNT, AT_STATX_FORCE_SYNC, &stx));
	before = COUNT(redirect, FUSE_STATX);
	EXPECT_EQ(1, before);
	ASSERT_EQ(0, sys_statx(FILE_MNT, 0, &stx));
	EXPECT_EQ(before, COUNT(redirect, FUSE_STATX));
	EXPECT_TRUE(stx.stx_mask & STATX_BTIME);
	/* who demands fresh attributes gets them */
	ASSERT_EQ(0, chmod(FILE_LOWER, 0611));
	ASSERT_EQ(0, sys_statx(FILE_MNT, AT_STATX_FORCE_SYNC, &stx));
	EXPECT_EQ(S_IFREG | 0611, stx.stx_mode);
	EXPECT_EQ(before + 1, COUNT(redirect, FUSE_STATX));
	EXPECT_SILENT();
}

/* --------------------------------------------- what stays the daemon's --- */

TEST_F(attr, without_entry)
{
	ASSERT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env, FILE_LOWER)));
	EXPECT_EQ(0, chmod(FILE_MNT, 0600));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_EQ(S_IFREG | 0600, lower_stat(FILE_LOWER).st_mode);
}

TEST_F(attr, other_type)
{
	struct statx stx;

	ASSERT_EQ(0, env_put(&self->env, env_nodeid(&self->env, FILE_LOWER),
			     DIR_LOWER));
	EXPECT_EQ(0, chmod(FILE_MNT, 0600));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_EQ(S_IFREG | 0600, lower_stat(FILE_LOWER).st_mode);
	EXPECT_EQ(S_IFDIR | 0755, lower_stat(DIR_LOWER).st_mode);
	EXPECT_EQ(0, sys_statx(FILE_MNT, 0, &stx));
	EXPECT_TRUE(S_ISREG(stx.stx_mode));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_STATX));
}

/* What the object refuses, the caller is refused. */
TEST_F(attr, immutable)
{
	int flags = FS_IMMUTABLE_FL;
	int fd = open(FILE_LOWER, O_RDONLY);

	ASSERT_LE(0, fd);
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags))
		SKIP(return, "this tmpfs has no immutable files");
	EXPECT_EQ(-1, chmod(FILE_MNT, 0600));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, truncate(FILE_MNT, 0));
	EXPECT_EQ(EPERM, errno);
	EXPECT_TRUE(file_is(FILE_LOWER, "lower"));
	flags = 0;
	EXPECT_EQ(0, ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

/* So it is where the file system below is read-only. */
TEST_F(attr, read_only_below)
{
	ASSERT_EQ(0, env_set_lower_read_only(true));
	EXPECT_EQ(-1, chmod(FILE_MNT, 0600));
	EXPECT_EQ(EROFS, errno);
	EXPECT_EQ(-1, truncate(FILE_MNT, 0));
	EXPECT_EQ(EROFS, errno);
	ASSERT_EQ(0, env_set_lower_read_only(false));
	EXPECT_EQ(0, chmod(FILE_MNT, 0600));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower"));
}

/* ------------------------------------------------- an error of its own --- */

/* A handler may refuse, and nothing is done. */
TEST_F(attr, refused_by_the_program)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_SETATTR, FUSE_BPF_REQUEST);
	prog_return(&p, -EDQUOT);
	prog_rule_end(&p);
	env_full_rules(&p, self->env.map);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_EQ(-1, truncate(FILE_MNT, 0));
	EXPECT_EQ(EDQUOT, errno);
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_SILENT();
}

TEST_HARNESS_MAIN
