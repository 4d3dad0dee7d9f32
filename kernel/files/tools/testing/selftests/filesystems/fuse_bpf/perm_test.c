// SPDX-License-Identifier: GPL-2.0
/*
 * Callers of several kinds: what the lender may do, the caller may only if
 * FUSE's own check lets him, by the attributes and ACLs that the object has.
 */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(perm) {
	struct env env;
};

FIXTURE_VARIANT(perm) {
	uint64_t init_flags;
};

FIXTURE_VARIANT_ADD(perm, plain) {
	.init_flags = 0,
};

FIXTURE_VARIANT_ADD(perm, posix_acl) {
	.init_flags = FUSE_POSIX_ACL,
};

static int make(struct env *env, const struct daemon_config *config)
{
	struct stat st;
	int err;

	err = env_start(env, config);
	err = err ?: write_file(LOWER("file"), "file");
	err = err ?: write_file(LOWER("own"), "own");
	if (err || chmod(ENV_LOWER, 0755) || chown(LOWER("own"), USER, USER) ||
	    mkdir(LOWER("dir"), 0755) || mkdir(LOWER("sticky"), 01777) ||
	    mkdir(LOWER("group"), 0777) ||
	    chown(LOWER("group"), 0, OTHER_GROUP) ||
	    chmod(LOWER("group"), 02777) ||
	    write_file(LOWER("sticky/file"), "file") ||
	    write_file(LOWER("sticky/own"), "own") ||
	    chown(LOWER("sticky/own"), USER, USER))
		return -EIO;
	err = env_attach_full(env);
	if (!err && (stat(MNT("file"), &st) || stat(MNT("own"), &st) ||
		     stat(MNT("dir"), &st) || stat(MNT("group"), &st) ||
		     stat(MNT("sticky/file"), &st) ||
		     stat(MNT("sticky/own"), &st)))
		err = -errno;
	daemon_forget_seen(&env->daemon);
	return err;
}

FIXTURE_SETUP(perm)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	config.init_flags |= variant->init_flags;
	ASSERT_EQ(0, make(&self->env, &config));
}

FIXTURE_TEARDOWN(perm)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

#define EXPECT_ERRNO(ERRNO, CALL)					\
	do {								\
		errno = 0;						\
		EXPECT_EQ(-1, AS_USER(USER, CALL));			\
		EXPECT_EQ(ERRNO, errno);				\
	} while (0)

#define EXPECT_DONE(CALL)	EXPECT_EQ(0, AS_USER(USER, CALL))

/* Nothing of this kind has reached the daemon. */
#define EXPECT_SILENT(OPCODE)	EXPECT_EQ(0, daemon_seen(DAEMON, OPCODE))

static struct stat lower_stat(const char *path)
{
	struct stat st = {};

	lstat(path, &st);
	return st;
}

static const struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };

/* ---------------------------------------------------- whose file it is --- */

TEST_F(perm, of_another)
{
	EXPECT_ERRNO(EPERM, chmod(MNT("file"), 0666));
	EXPECT_ERRNO(EPERM, chown(MNT("file"), USER, USER));
	EXPECT_ERRNO(EPERM, utimensat(AT_FDCWD, MNT("file"), past, 0));
	EXPECT_ERRNO(EACCES, truncate(MNT("file"), 0));
	EXPECT_ERRNO(EACCES, open(MNT("file"), O_WRONLY));
	EXPECT_ERRNO(EACCES, open(MNT("file"), O_RDONLY | O_TRUNC));
	EXPECT_ERRNO(EACCES, setxattr(MNT("file"), "user.a", "1", 1, 0));
	EXPECT_ERRNO(EACCES, unlink(MNT("file")));
	EXPECT_ERRNO(EACCES, rename(MNT("file"), MNT("new")));
	EXPECT_ERRNO(EACCES, link(MNT("own"), MNT("new")));
	EXPECT_ERRNO(EACCES, rmdir(MNT("dir")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_EQ(S_IFREG | 0644, lower_stat(LOWER("file")).st_mode);
	EXPECT_EQ(0, COUNT(redirect, FUSE_SETATTR));
	EXPECT_EQ(0, COUNT(redirect, FUSE_UNLINK));
	EXPECT_SILENT(FUSE_SETATTR);
	EXPECT_SILENT(FUSE_UNLINK);
}

TEST_F(perm, ones_own)
{
	EXPECT_DONE(chmod(MNT("own"), 0600));
	EXPECT_DONE(utimensat(AT_FDCWD, MNT("own"), past, 0));
	EXPECT_DONE(truncate(MNT("own"), 1));
	EXPECT_DONE(setxattr(MNT("own"), "user.a", "1", 1, 0));
	EXPECT_DONE(chown(MNT("own"), -1, USER));
	EXPECT_ERRNO(EPERM, chown(MNT("own"), OTHER_USER, -1));
	EXPECT_ERRNO(EPERM, chown(MNT("own"), -1, OTHER_GROUP));
	EXPECT_EQ(1, lower_stat(LOWER("own")).st_size);
	EXPECT_EQ(USER, lower_stat(LOWER("own")).st_uid);
	EXPECT_SILENT(FUSE_SETATTR);
	EXPECT_SILENT(FUSE_SETXATTR);
}

/* Who may write may set the times to now, and only to now. */
TEST_F(perm, times_of_another)
{
	ASSERT_EQ(0, chmod(LOWER("file"), 0666));
	EXPECT_ERRNO(EPERM, utimensat(AT_FDCWD, MNT("file"), past, 0));
	EXPECT_DONE(utimensat(AT_FDCWD, MNT("file"), NULL, 0));
	EXPECT_SILENT(FUSE_SETATTR);
}

/* Rights withdrawn below, or by the owner on the mount, count at once. */
TEST_F(perm, changed_mode)
{
	int fd;

	ASSERT_EQ(0, chmod(LOWER("file"), 0666));
	fd = AS_USER(USER, open(MNT("file"), O_RDWR));
	EXPECT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
	ASSERT_EQ(0, chmod(LOWER("file"), 0600));
	EXPECT_ERRNO(EACCES, open(MNT("file"), O_RDONLY));
	EXPECT_ERRNO(EACCES, truncate(MNT("file"), 0));
	ASSERT_EQ(0, chmod(MNT("file"), 0666));
	EXPECT_DONE(truncate(MNT("file"), 0));
	EXPECT_SILENT(FUSE_SETATTR);
	EXPECT_SILENT(FUSE_OPEN);
}

/* --------------------------------------------------------- directories --- */

TEST_F(perm, sticky_directory)
{
	EXPECT_ERRNO(EPERM, unlink(MNT("sticky/file")));
	EXPECT_ERRNO(EPERM, rename(MNT("sticky/file"), MNT("sticky/new")));
	EXPECT_ERRNO(EPERM, rename(MNT("sticky/own"), MNT("sticky/file")));
	EXPECT_TRUE(file_is(LOWER("sticky/file"), "file"));
	EXPECT_DONE(rename(MNT("sticky/own"), MNT("sticky/new")));
	EXPECT_DONE(unlink(MNT("sticky/new")));
	EXPECT_EQ(-1, access(LOWER("sticky/new"), F_OK));
	EXPECT_SILENT(FUSE_UNLINK);
	EXPECT_SILENT(FUSE_RENAME);
}

/* A lower name that became another's is not removed in its owner's stead. */
TEST_F(perm, sticky_and_swapped)
{
	ASSERT_EQ(0, rename(LOWER("sticky/own"), LOWER("moved")));
	ASSERT_EQ(0, rename(LOWER("file"), LOWER("sticky/own")));
	DAEMON->shared->refuse[FUSE_UNLINK] = EREMCHG;
	EXPECT_ERRNO(EREMCHG, unlink(MNT("sticky/own")));
	EXPECT_TRUE(file_is(LOWER("sticky/own"), "file"));
	EXPECT_EQ(0, COUNT(redirect, FUSE_UNLINK));
}

/* What is made in a set-gid directory is of its group, and is seen so. */
TEST_F(perm, set_gid_directory)
{
	struct stat st;
	int fd;

	fd = AS_USER(USER, open(MNT("group/new"), O_CREAT | O_RDWR, 0644));
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(USER, st.st_uid);
	EXPECT_EQ(OTHER_GROUP, st.st_gid);
	EXPECT_EQ(0, close(fd));
	EXPECT_DONE(mkdir(MNT("group/dir"), 0755));
	ASSERT_EQ(0, stat(MNT("group/dir"), &st));
	EXPECT_EQ(OTHER_GROUP, st.st_gid);
	EXPECT_EQ(S_IFDIR | 02755, st.st_mode);
	/* who moves or links a file there does not change its group */
	ASSERT_EQ(0, chmod(LOWER(""), 0777));
	EXPECT_DONE(link(MNT("own"), MNT("group/link")));
	EXPECT_DONE(rename(MNT("own"), MNT("group/own")));
	EXPECT_EQ(USER, lower_stat(LOWER("group/own")).st_gid);
	EXPECT_EQ(2, lower_stat(LOWER("group/link")).st_nlink);
	EXPECT_SILENT(FUSE_LINK);
	EXPECT_SILENT(FUSE_RENAME);
}

/* Nobody sets the set-gid bit of a group that he is not in. */
TEST_F(perm, set_gid_of_another_group)
{
	ASSERT_EQ(0, chown(MNT("own"), USER, OTHER_GROUP));
	EXPECT_DONE(chmod(MNT("own"), 02755));
	EXPECT_EQ(S_IFREG | 0755, lower_stat(LOWER("own")).st_mode);
	ASSERT_EQ(0, chown(MNT("own"), USER, USER));
	EXPECT_DONE(chmod(MNT("own"), 02755));
	EXPECT_EQ(S_IFREG | 02755, lower_stat(LOWER("own")).st_mode);
	EXPECT_SILENT(FUSE_SETATTR);
}

/* ---------------------------------------------------------------- ACLs --- */

/* u::rw-, u:USER:rw-, g::---, m::rw-, o::--- */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 6, 0, USER & 0xff, USER >> 8, 0, 0,
	0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
};

/* They count where the daemon has agreed to them, and then for all. */
TEST_F(perm, acl)
{
	const bool counts = variant->init_flags & FUSE_POSIX_ACL;
	int fd;

	ASSERT_EQ(0, chmod(LOWER("file"), 0600));
	EXPECT_ERRNO(EACCES, open(MNT("file"), O_RDWR));
	ASSERT_EQ(0, setxattr(MNT("file"), "system.posix_acl_access", acl,
			      sizeof(acl), 0));
	fd = AS_USER(USER, open(MNT("file"), O_RDWR));
	EXPECT_EQ(counts, fd >= 0);
	EXPECT_EQ(counts ? 0 : -1, AS_USER(USER, truncate(MNT("file"), 1)));
	EXPECT_EQ(-1, AS_USER(OTHER_USER, open(MNT("file"), O_RDWR)));
	EXPECT_EQ(counts ? 1 : 4, lower_stat(LOWER("file")).st_size);
	EXPECT_SILENT(FUSE_OPEN);
	EXPECT_SILENT(FUSE_SETATTR);
	EXPECT_SILENT(FUSE_GETXATTR);
	EXPECT_SILENT(FUSE_SETXATTR);
}

/* ------------------------------------------------ options of the mount --- */

FIXTURE(mount) {
	struct env env;
};

FIXTURE_SETUP(mount)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(mount)
{
	daemon_kill(&self->env.daemon);
}

/* Without allow_other nobody but the mounter gets in, by whatever way. */
TEST_F(mount, private)
{
	struct daemon_config config = daemon_default;
	struct stat st;

	config.private = true;
	config.entry_valid = 1000;
	ASSERT_EQ(0, make(&self->env, &config));
	EXPECT_EQ(0, stat(MNT("own"), &st));
	EXPECT_ERRNO(EACCES, stat(MNT("own"), &st));
	EXPECT_ERRNO(EACCES, open(MNT("own"), O_RDWR));
	EXPECT_ERRNO(EACCES, chmod(MNT("own"), 0600));
	EXPECT_ERRNO(EACCES, truncate(MNT("own"), 0));
	EXPECT_ERRNO(EACCES, unlink(MNT("sticky/own")));
	EXPECT_ERRNO(EACCES, setxattr(MNT("own"), "user.a", "1", 1, 0));
	EXPECT_TRUE(file_is(LOWER("own"), "own"));
	EXPECT_EQ(0, daemon_seen_all(DAEMON));
}

/* Without default_permissions the daemon checks, so that it must be asked. */
TEST_F(mount, own_permissions)
{
	static const uint32_t opcodes[] = {
		FUSE_OPEN, FUSE_SETATTR, FUSE_SETXATTR, FUSE_UNLINK,
		FUSE_RENAME, FUSE_LINK, FUSE_OPENDIR,
	};
	struct daemon_config config = daemon_default;
	unsigned int i;
	int fd;

	config.own_permissions = true;
	config.entry_valid = 1000;
	ASSERT_EQ(0, make(&self->env, &config));
	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		DAEMON->shared->refuse[opcodes[i]] = EACCES;
	EXPECT_EQ(-1, open(MNT("file"), O_RDONLY));
	EXPECT_EQ(-1, chmod(MNT("file"), 0600));
	EXPECT_EQ(-1, setxattr(MNT("file"), "user.a", "1", 1, 0));
	EXPECT_EQ(-1, unlink(MNT("file")));
	EXPECT_EQ(-1, rename(MNT("file"), MNT("dir/file")));
	EXPECT_EQ(-1, link(MNT("file"), MNT("dir/file")));
	fd = open(MNT("dir"), O_RDONLY | O_DIRECTORY);
	EXPECT_EQ(-1, fd);
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		EXPECT_EQ(0, COUNT(redirect, opcodes[i]));
		EXPECT_EQ(1, daemon_seen(DAEMON, opcodes[i])) {
			TH_LOG("opcode %u", opcodes[i]);
		}
	}
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

/* Such a mount cannot be mounted again with other ids. */
TEST_F(mount, idmapped)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	struct daemon_config config = daemon_default;
	int userns, tree;

	ASSERT_EQ(0, make(&self->env, &config));
	userns = userns_create("0 1000 1");
	if (userns < 0)
		SKIP(return, "no user namespaces");
	attr.userns_fd = userns;
	tree = syscall(__NR_open_tree, AT_FDCWD, ENV_MNT,
		       OPEN_TREE_CLONE | O_CLOEXEC);
	ASSERT_LE(0, tree);
	EXPECT_EQ(-1, syscall(__NR_mount_setattr, tree, "", AT_EMPTY_PATH,
			      &attr, sizeof(attr)));
	EXPECT_TRUE(errno == EINVAL || errno == EPERM);
}

TEST_HARNESS_MAIN
