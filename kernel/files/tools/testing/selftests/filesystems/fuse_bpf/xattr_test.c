// SPDX-License-Identifier: GPL-2.0
/* Extended attributes and ACLs on the backing object */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define DIR_LOWER	ENV_LOWER "/dir"
#define DIR_MNT		ENV_MNT "/dir"

#define ACL_ACCESS	"system.posix_acl_access"
#define ACL_DEFAULT	"system.posix_acl_default"

/* u::rw-, u:USER:rw-, g::r--, m::rw-, o::--- */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 6, 0, USER & 0xff, USER >> 8, 0, 0,
	0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
};

FIXTURE(xattr) {
	struct env env;
};

FIXTURE_VARIANT(xattr) {
	uint64_t init_flags;
};

FIXTURE_VARIANT_ADD(xattr, plain) {
	.init_flags = 0,
};

FIXTURE_VARIANT_ADD(xattr, posix_acl) {
	.init_flags = FUSE_POSIX_ACL,
};

FIXTURE_SETUP(xattr)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	config.init_flags |= variant->init_flags;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, mkdir(DIR_LOWER, 0755));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	ASSERT_EQ(0, stat(DIR_MNT, &st));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(xattr)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

#define EXPECT_ERRNO(ERRNO, CALL)					\
	do {								\
		errno = 0;						\
		EXPECT_EQ(-1, (long)(CALL));				\
		EXPECT_EQ(ERRNO, errno);				\
	} while (0)

static bool has_value(const char *path, const char *name, const void *want,
		      size_t len)
{
	char value[4096];
	ssize_t n = lgetxattr(path, name, value, sizeof(value));

	return n == (ssize_t)len && !memcmp(value, want, len);
}

/* Whether the list of @path has @name */
static bool lists(const char *path, const char *name)
{
	char list[4096];
	ssize_t n = llistxattr(path, list, sizeof(list));
	char *at;

	for (at = list; n > 0 && at < list + n; at += strlen(at) + 1) {
		if (!strcmp(at, name))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------- by name --- */

static const char * const names[] = {
	"user.a", "trusted.a", "security.a",
};

TEST_F(xattr, set_and_remove)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, setxattr(FILE_MNT, names[i], "one", 3, 0));
		EXPECT_TRUE(has_value(FILE_LOWER, names[i], "one", 3));
		EXPECT_TRUE(has_value(FILE_MNT, names[i], "one", 3));
		ASSERT_EQ(0, setxattr(FILE_MNT, names[i], "", 0, 0));
		EXPECT_TRUE(has_value(FILE_LOWER, names[i], "", 0));
		ASSERT_EQ(0, removexattr(FILE_MNT, names[i]));
		EXPECT_ERRNO(ENODATA, getxattr(FILE_LOWER, names[i], NULL, 0));
		EXPECT_ERRNO(ENODATA, getxattr(FILE_MNT, names[i], NULL, 0));
	}
	EXPECT_EQ(2 * ARRAY_SIZE(names), COUNT(redirect, FUSE_SETXATTR));
	EXPECT_EQ(ARRAY_SIZE(names), COUNT(redirect, FUSE_REMOVEXATTR));
	EXPECT_SILENT();
}

TEST_F(xattr, flags)
{
	EXPECT_ERRNO(ENODATA, setxattr(FILE_MNT, "user.a", "1", 1,
				       XATTR_REPLACE));
	EXPECT_EQ(0, setxattr(FILE_MNT, "user.a", "1", 1, XATTR_CREATE));
	EXPECT_ERRNO(EEXIST, setxattr(FILE_MNT, "user.a", "2", 1,
				      XATTR_CREATE));
	EXPECT_EQ(0, setxattr(FILE_MNT, "user.a", "3", 1, XATTR_REPLACE));
	EXPECT_TRUE(has_value(FILE_LOWER, "user.a", "3", 1));
	EXPECT_ERRNO(ENODATA, removexattr(FILE_MNT, "user.b"));
	EXPECT_SILENT();
}

TEST_F(xattr, through_a_file)
{
	int fd = open(FILE_MNT, O_RDWR);
	char value[8];

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fsetxattr(fd, "user.a", "one", 3, 0));
	EXPECT_EQ(3, fgetxattr(fd, "user.a", value, sizeof(value)));
	EXPECT_LT(0, flistxattr(fd, NULL, 0));
	EXPECT_EQ(0, fremovexattr(fd, "user.a"));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

TEST_F(xattr, long_value)
{
	static char value[4000];

	memset(value, 'v', sizeof(value));
	ASSERT_EQ(0, setxattr(FILE_MNT, "trusted.a", value, sizeof(value), 0));
	EXPECT_TRUE(has_value(FILE_LOWER, "trusted.a", value, sizeof(value)));
	EXPECT_TRUE(has_value(FILE_MNT, "trusted.a", value, sizeof(value)));
	EXPECT_SILENT();
}

TEST_F(xattr, directory)
{
	ASSERT_EQ(0, setxattr(DIR_MNT, "user.a", "dir", 3, 0));
	EXPECT_TRUE(has_value(DIR_LOWER, "user.a", "dir", 3));
	EXPECT_TRUE(lists(DIR_MNT, "user.a"));
	EXPECT_SILENT();
}

/* What is stored goes into ctime. */
TEST_F(xattr, changes_ctime)
{
	struct stat before, lower, upper;

	ASSERT_EQ(0, stat(FILE_MNT, &before));
	do {
		ASSERT_EQ(0, setxattr(FILE_MNT, "user.a", "1", 1, 0));
		ASSERT_EQ(0, stat(FILE_LOWER, &lower));
	} while (lower.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
	ASSERT_EQ(0, stat(FILE_MNT, &upper));
	EXPECT_EQ(lower.st_ctim.tv_nsec, upper.st_ctim.tv_nsec);
	EXPECT_SILENT();
}

/* --------------------------------------------------------------- lists --- */

TEST_F(xattr, list)
{
	char lower[256], upper[256];
	unsigned int i;
	ssize_t n;

	EXPECT_EQ(listxattr(FILE_LOWER, NULL, 0),
		  listxattr(FILE_MNT, NULL, 0));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		ASSERT_EQ(0, setxattr(FILE_LOWER, names[i], "1", 1, 0));
	n = listxattr(FILE_LOWER, lower, sizeof(lower));
	ASSERT_LT(0, n);
	EXPECT_EQ(n, listxattr(FILE_MNT, NULL, 0));
	EXPECT_EQ(n, listxattr(FILE_MNT, upper, sizeof(upper)));
	EXPECT_EQ(0, memcmp(lower, upper, n));
	EXPECT_EQ(n, listxattr(FILE_MNT, upper, n));
	EXPECT_ERRNO(ERANGE, listxattr(FILE_MNT, upper, n - 1));
	EXPECT_EQ(5, COUNT(redirect, FUSE_LISTXATTR));
	EXPECT_SILENT();
}

/* trusted.* is shown to who has CAP_SYS_ADMIN, whoever lends the object. */
TEST_F(xattr, trusted_is_hidden)
{
	char list[256];
	ssize_t n;

	ASSERT_EQ(0, setxattr(FILE_LOWER, "user.a", "1", 1, 0));
	ASSERT_EQ(0, setxattr(FILE_LOWER, "trusted.a", "1", 1, 0));
	EXPECT_TRUE(lists(FILE_MNT, "trusted.a"));
	EXPECT_TRUE(AS_USER(USER, lists(FILE_MNT, "user.a")));
	EXPECT_FALSE(AS_USER(USER, lists(FILE_MNT, "trusted.a")));
	n = AS_USER(USER, listxattr(FILE_MNT, list, sizeof(list)));
	EXPECT_EQ(n, AS_USER(USER, listxattr(FILE_LOWER, list, sizeof(list))));
	/* nor can it be read or written */
	EXPECT_ERRNO(ENODATA, AS_USER(USER, getxattr(FILE_MNT, "trusted.a",
						     list, 8)));
	EXPECT_ERRNO(EPERM, AS_USER(USER, setxattr(FILE_MNT, "trusted.a", "2",
						   1, 0)));
	EXPECT_TRUE(has_value(FILE_LOWER, "trusted.a", "1", 1));
	EXPECT_SILENT();
}

/* ---------------------------------------------------------------- ACLs --- */

static mode_t mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 07777;
}

/* An ACL sets the mode as well, and both are seen at once. */
TEST_F(xattr, access_acl)
{
	ASSERT_EQ(0, chmod(FILE_LOWER, 0644));
	ASSERT_EQ(0, setxattr(FILE_MNT, ACL_ACCESS, acl, sizeof(acl), 0));
	EXPECT_TRUE(has_value(FILE_LOWER, ACL_ACCESS, acl, sizeof(acl)));
	EXPECT_TRUE(has_value(FILE_MNT, ACL_ACCESS, acl, sizeof(acl)));
	EXPECT_EQ(0660, mode_of(FILE_LOWER));
	EXPECT_EQ(0660, mode_of(FILE_MNT));
	EXPECT_TRUE(lists(FILE_MNT, ACL_ACCESS));

	ASSERT_EQ(0, removexattr(FILE_MNT, ACL_ACCESS));
	EXPECT_ERRNO(ENODATA, getxattr(FILE_LOWER, ACL_ACCESS, NULL, 0));
	EXPECT_ERRNO(ENODATA, getxattr(FILE_MNT, ACL_ACCESS, NULL, 0));
	EXPECT_FALSE(lists(FILE_MNT, ACL_ACCESS));
	EXPECT_SILENT();
}

TEST_F(xattr, default_acl)
{
	ASSERT_EQ(0, setxattr(DIR_MNT, ACL_DEFAULT, acl, sizeof(acl), 0));
	EXPECT_TRUE(has_value(DIR_LOWER, ACL_DEFAULT, acl, sizeof(acl)));
	EXPECT_TRUE(has_value(DIR_MNT, ACL_DEFAULT, acl, sizeof(acl)));
	EXPECT_EQ(0755, mode_of(DIR_MNT));
	ASSERT_EQ(0, removexattr(DIR_MNT, ACL_DEFAULT));
	EXPECT_ERRNO(ENODATA, getxattr(DIR_LOWER, ACL_DEFAULT, NULL, 0));
	EXPECT_ERRNO(EACCES, setxattr(FILE_MNT, ACL_DEFAULT, acl, sizeof(acl),
				      0));
	EXPECT_SILENT();
}

/* chmod changes the mask, and the ACL that is read afterwards shows it. */
TEST_F(xattr, chmod_of_acl)
{
	unsigned char want[sizeof(acl)];

	memcpy(want, acl, sizeof(acl));
	want[4 + 3 * 8 + 2] = 4;	/* the mask's permissions */
	ASSERT_EQ(0, setxattr(FILE_MNT, ACL_ACCESS, acl, sizeof(acl), 0));
	ASSERT_EQ(0, chmod(FILE_MNT, 0640));
	EXPECT_TRUE(has_value(FILE_LOWER, ACL_ACCESS, want, sizeof(want)));
	EXPECT_TRUE(has_value(FILE_MNT, ACL_ACCESS, want, sizeof(want)));
	EXPECT_SILENT();
}

/* One changed below is seen on the mount, as no timeout promises otherwise. */
TEST_F(xattr, acl_changed_below)
{
	EXPECT_ERRNO(ENODATA, getxattr(FILE_MNT, ACL_ACCESS, NULL, 0));
	ASSERT_EQ(0, setxattr(FILE_LOWER, ACL_ACCESS, acl, sizeof(acl), 0));
	EXPECT_EQ(0660, mode_of(FILE_MNT));
	EXPECT_TRUE(has_value(FILE_MNT, ACL_ACCESS, acl, sizeof(acl)));
	EXPECT_SILENT();
}

TEST_F(xattr, broken_acl)
{
	unsigned char bad[sizeof(acl)];

	memcpy(bad, acl, sizeof(acl));
	bad[0] = 1;
	EXPECT_ERRNO(EOPNOTSUPP, setxattr(FILE_MNT, ACL_ACCESS, bad,
					  sizeof(bad), 0));
	EXPECT_ERRNO(EINVAL, setxattr(FILE_MNT, ACL_ACCESS, acl,
				      sizeof(acl) - 8, 0));
	EXPECT_EQ(0644, mode_of(FILE_LOWER));
}

/* Only the owner sets an ACL. */
TEST_F(xattr, acl_by_a_stranger)
{
	EXPECT_ERRNO(EPERM, AS_USER(USER, setxattr(FILE_MNT, ACL_ACCESS, acl,
						   sizeof(acl), 0)));
	EXPECT_ERRNO(ENODATA, getxattr(FILE_LOWER, ACL_ACCESS, NULL, 0));
	EXPECT_SILENT();
}

/*
 * Who is not in a file's group loses its set-gid bit with an ACL. The lender
 * would keep it, so that it is for the daemon to do.
 */
TEST_F(xattr, acl_of_set_gid_file)
{
	ASSERT_EQ(0, chown(FILE_MNT, USER, OTHER_GROUP));
	ASSERT_EQ(0, chmod(FILE_MNT, 02664));
	EXPECT_EQ(0, AS_USER(USER, setxattr(FILE_MNT, ACL_ACCESS, acl,
					    sizeof(acl), 0)));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETXATTR));
	EXPECT_EQ(0, COUNT(redirect, FUSE_SETXATTR));
	/* who is in it keeps the bit */
	ASSERT_EQ(0, chown(FILE_MNT, USER, USER));
	ASSERT_EQ(0, chmod(FILE_MNT, 02664));
	EXPECT_EQ(0, AS_USER(USER, setxattr(FILE_MNT, ACL_ACCESS, acl,
					    sizeof(acl), 0)));
	EXPECT_EQ(1, COUNT(redirect, FUSE_SETXATTR));
	EXPECT_EQ(02660, mode_of(FILE_LOWER));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETXATTR));
}

/* ---------------------------------------------------- daemon, errors --- */

TEST_F(xattr, without_entry)
{
	ASSERT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env, FILE_LOWER)));
	EXPECT_EQ(0, setxattr(FILE_MNT, "user.a", "1", 1, 0));
	EXPECT_TRUE(lists(FILE_MNT, "user.a"));
	EXPECT_EQ(0, removexattr(FILE_MNT, "user.a"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_SETXATTR));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LISTXATTR));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_REMOVEXATTR));
}

/*
 * What the object below does not have is no reason to stop asking the daemon
 * for other nodes (K2).
 */
TEST_F(xattr, unsupported_below)
{
	ASSERT_EQ(0, symlink("file", ENV_LOWER "/link"));
	ASSERT_EQ(0, write_file(ENV_LOWER "/unbound", "unbound"));
	EXPECT_ERRNO(EPERM, lsetxattr(ENV_MNT "/link", "user.a", "1", 1, 0));
	EXPECT_ERRNO(EOPNOTSUPP, setxattr(FILE_MNT, "nothing.a", "1", 1, 0));
	EXPECT_EQ(0, access(ENV_MNT "/unbound", F_OK));
	ASSERT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env,
					       ENV_LOWER "/unbound")));
	EXPECT_EQ(0, setxattr(ENV_MNT "/unbound", "user.a", "1", 1, 0));
	EXPECT_TRUE(has_value(ENV_LOWER "/unbound", "user.a", "1", 1));
}

TEST_F(xattr, read_only_below)
{
	ASSERT_EQ(0, env_set_lower_read_only(true));
	EXPECT_ERRNO(EROFS, setxattr(FILE_MNT, "user.a", "1", 1, 0));
	EXPECT_ERRNO(EROFS, removexattr(FILE_MNT, "user.a"));
	EXPECT_ERRNO(EROFS, setxattr(FILE_MNT, ACL_ACCESS, acl, sizeof(acl),
				     0));
}

TEST_HARNESS_MAIN
