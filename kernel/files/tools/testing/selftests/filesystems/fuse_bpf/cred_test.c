// SPDX-License-Identifier: GPL-2.0
/*
 * Whose rights a redirected request has (K7): those of the descriptor's opener,
 * if that is the maker of the entry or the mounter, and never more.
 */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MOUNTER		1000

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(cred) {
	struct env env;
};

FIXTURE_SETUP(cred)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.user_id = MOUNTER;
	config.group_id = MOUNTER;
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, chmod(ENV_LOWER, 0755));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_attach(&self->env));
}

FIXTURE_TEARDOWN(cred)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)

/* Open @path with the credentials of @id, which the descriptor keeps. */
static int open_as(uid_t id, const char *path, int flags)
{
	int fd = AS_USER(id, open(path, flags | O_CLOEXEC));

	return fd < 0 ? -errno : fd;
}

static int keep_caps(uint32_t low, uint32_t high)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = low, .permitted = low },
		{ .effective = high, .permitted = high },
	};

	return syscall(__NR_capset, &head, data);
}

#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* The file is known, and not bound any more */
static uint64_t known_node(struct env *env)
{
	struct stat st;
	uint64_t node;

	if (stat(FILE_MNT, &st))
		return 0;
	node = env_nodeid(env, FILE_LOWER);
	backing_delete(env->map, node);
	daemon_forget_seen(&env->daemon);
	return node;
}

/* -------------------------------------------------- who makes an entry --- */

TEST_F(cred, update_needs_cap_sys_admin)
{
	int loose = backing_create(4);
	int fd = open(FILE_LOWER, O_PATH);

	EXPECT_EQ(0, backing_put(loose, 1, fd));
	EXPECT_EQ(0, backing_put(self->env.map, 99, fd));
	ASSERT_EQ(0, keep_caps(0xffffffff & ~(1U << CAP_SYS_ADMIN),
			       1U << (CAP_BPF - 32)));
	EXPECT_EQ(-EPERM, backing_put(loose, 2, fd));
	EXPECT_EQ(-EPERM, backing_put(self->env.map, 98, fd));
}

/* A descriptor that somebody else has opened and passed on lends nothing. */
TEST_F(cred, foreign_descriptor)
{
	int loose = backing_create(4);

	EXPECT_EQ(-EACCES, user_lend(USER, self->env.map, 99, FILE_LOWER));
	EXPECT_EQ(-EACCES, user_lend(USER, loose, 99, FILE_LOWER));
	EXPECT_EQ(0, backing_count(loose));
}

/* The mounter's is fine where the connection is his. */
TEST_F(cred, mounters_descriptor)
{
	int loose = backing_create(4);

	EXPECT_EQ(0, user_lend(MOUNTER, self->env.map, 99, FILE_LOWER));
	EXPECT_EQ(-EACCES, user_lend(MOUNTER, loose, 99, FILE_LOWER));
}

/* The mounter's user id with another group is not the mounter. */
TEST_F(cred, mounters_user_other_group)
{
	int fd;

	ASSERT_EQ(0, setegid(USER));
	ASSERT_EQ(0, seteuid(MOUNTER));
	fd = open(FILE_LOWER, O_PATH);
	ASSERT_EQ(0, seteuid(0));
	ASSERT_EQ(0, setegid(0));
	EXPECT_EQ(-EACCES, backing_put(self->env.map, 99, fd));
}

/* More capabilities than the maker of the entry has are not his own. */
TEST_F(cred, stronger_descriptor)
{
	int strong = open(FILE_LOWER, O_PATH);
	int weak;

	ASSERT_EQ(0, keep_caps(1U << CAP_SYS_ADMIN, 1U << (CAP_BPF - 32)));
	weak = open(FILE_LOWER, O_PATH);
	EXPECT_EQ(-EACCES, backing_put(self->env.map, 99, strong));
	EXPECT_EQ(0, backing_put(self->env.map, 99, weak));
}

/* ------------------------------------------------------ what it may do --- */

/* O_PATH needs no right, so having it gives none. */
TEST_F(cred, o_path_is_no_right)
{
	uint64_t node;

	ASSERT_EQ(0, chmod(FILE_LOWER, 0600));
	node = known_node(&self->env);
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, node, FILE_LOWER));
	/* the caller is root, the lender is not */
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(1, COUNT(refused, FUSE_OPEN));
	EXPECT_EQ(0, COUNT(redirect, FUSE_OPEN));
}

/* Reading is not writing. */
TEST_F(cred, readable_is_not_writable)
{
	uint64_t node;
	int fd;

	ASSERT_EQ(0, chmod(FILE_LOWER, 0644));
	node = known_node(&self->env);
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, node, FILE_LOWER));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(5, pwrite(fd, "UPPER", 5, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "UPPER"));
}

/* The right is asked for at each open, as of now. */
TEST_F(cred, right_withdrawn)
{
	uint64_t node;

	node = known_node(&self->env);
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, node, FILE_LOWER));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	ASSERT_EQ(0, chmod(FILE_LOWER, 0600));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
}

/* A handle that may not be backed works beside one that is (K10). */
TEST_F(cred, unbacked_beside_backed)
{
	uint64_t node = known_node(&self->env);
	int first, second;

	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, node, FILE_LOWER));
	first = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, first);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(5, pwrite(second, "UPPER", 5, 0));
	EXPECT_TRUE(fd_is(first, "UPPER"));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	/* a mapping of it would need the page cache, which is out of use */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 5, PROT_READ, MAP_SHARED, second, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, close(first));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	EXPECT_EQ(0, close(second));
}

/* A bound child inherits what its directory's entry lends. */
TEST_F(cred, children_inherit)
{
	ASSERT_EQ(0, write_file(ENV_LOWER "/secret", "secret"));
	ASSERT_EQ(0, chmod(ENV_LOWER "/secret", 0600));
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, FUSE_ROOT_ID, ENV_LOWER));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_TRUE(file_is(ENV_MNT "/secret", "secret"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(2, COUNT(bound, FUSE_LOOKUP));
}

/* What the lender cannot look up is not bound. */
TEST_F(cred, directory_without_search_right)
{
	ASSERT_EQ(0, mkdir(ENV_LOWER "/closed", 0700));
	ASSERT_EQ(0, write_file(ENV_LOWER "/closed/file", "closed"));
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, FUSE_ROOT_ID, ENV_LOWER));
	EXPECT_TRUE(file_is(ENV_MNT "/closed/file", "closed"));
	EXPECT_EQ(1, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(1, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
}

/* Attributes that need a capability need it of the lender. */
TEST_F(cred, trusted_xattr)
{
	uint64_t node;
	char value[8];

	ASSERT_EQ(0, setxattr(FILE_LOWER, "trusted.t", "t", 1, 0));
	EXPECT_EQ(1, getxattr(FILE_MNT, "trusted.t", value, sizeof(value)));
	node = known_node(&self->env);
	ASSERT_EQ(0, user_lend(MOUNTER, self->env.map, node, FILE_LOWER));
	EXPECT_EQ(-1, getxattr(FILE_MNT, "trusted.t", value, sizeof(value)));
	EXPECT_EQ(ENODATA, errno);
}

/* ---------------------------------------------------- and the caller's --- */

/* FUSE's own check comes first: the lender's right is not the caller's. */
TEST_F(cred, caller_is_checked)
{
	ASSERT_EQ(0, chmod(FILE_LOWER, 0640));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	daemon_forget_seen(DAEMON);
	EXPECT_EQ(-EACCES, open_as(USER, FILE_MNT, O_RDONLY));
	EXPECT_EQ(-EACCES, open_as(USER, FILE_MNT, O_RDWR));
	/* by the attributes that the object has now */
	ASSERT_EQ(0, chmod(FILE_LOWER, 0644));
	EXPECT_LE(0, open_as(USER, FILE_MNT, O_RDONLY));
	EXPECT_EQ(-EACCES, open_as(USER, FILE_MNT, O_RDWR));
	EXPECT_EQ(0, daemon_seen_all(DAEMON));
}

TEST_HARNESS_MAIN
