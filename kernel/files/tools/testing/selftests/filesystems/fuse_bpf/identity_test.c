// SPDX-License-Identifier: GPL-2.0
/*
 * A redirected UNLINK, RMDIR, RENAME or LINK acts on the object that the node
 * is bound to, by the name it has there, on one lower mount (K11). Where the
 * lower tree has changed behind the mount's back, the daemon is asked and
 * nothing else is touched.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mount.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(identity) {
	struct env env;
};

/* Everything is known and bound; the daemon refuses to change names. */
FIXTURE_SETUP(identity)
{
	static const uint32_t opcodes[] = {
		FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME, FUSE_RENAME2, FUSE_LINK,
	};
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	unsigned int i;
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(LOWER("file"), "file"));
	ASSERT_EQ(0, write_file(LOWER("second"), "second"));
	ASSERT_EQ(0, mkdir(LOWER("dir"), 0755));
	ASSERT_EQ(0, mkdir(LOWER("other"), 0755));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, stat(MNT("file"), &st));
	ASSERT_EQ(0, stat(MNT("second"), &st));
	ASSERT_EQ(0, stat(MNT("dir"), &st));
	ASSERT_EQ(0, stat(MNT("other"), &st));
	self->env.daemon.shared->negative_valid = 1000;
	ASSERT_EQ(-1, stat(MNT("new"), &st));
	ASSERT_EQ(-1, stat(MNT("dir/new"), &st));
	self->env.daemon.shared->negative_valid = 0;
	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		self->env.daemon.shared->refuse[opcodes[i]] = EREMCHG;
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(identity)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* The call was passed to the daemon, which has refused it. */
#define EXPECT_PASSED(OPCODE, CALL)					\
	do {								\
		daemon_forget_seen(DAEMON);				\
		errno = 0;						\
		EXPECT_EQ(-1, (long)(CALL));				\
		EXPECT_EQ(EREMCHG, errno);				\
		EXPECT_EQ(1, daemon_seen(DAEMON, OPCODE));		\
		EXPECT_EQ(0, COUNT(redirect, OPCODE));			\
	} while (0)

static int rename2(const char *from, const char *to, unsigned int flags)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

/*
 * A name that is created or replaced is always looked up first. These make that
 * LOOKUP tell what was true before.
 */
static void still_there(struct env *env, const char *path)
{
	env->daemon.shared->lookup_as = env_nodeid(env, path);
}

static void still_free(struct env *env)
{
	env->daemon.shared->refuse[FUSE_LOOKUP] = ENOENT;
}

/* Put another object in the place of @path; the first is "moved". */
static int swap_file(const char *path)
{
	return rename(path, LOWER("moved")) ? -errno :
	       write_file(path, "intruder");
}

/* ----------------------------------------------- the name is another's --- */

TEST_F(identity, unlink)
{
	ASSERT_EQ(0, swap_file(LOWER("file")));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	EXPECT_TRUE(file_is(LOWER("file"), "intruder"));
	EXPECT_TRUE(file_is(LOWER("moved"), "file"));
}

TEST_F(identity, rmdir)
{
	ASSERT_EQ(0, rename(LOWER("dir"), LOWER("moved")));
	ASSERT_EQ(0, mkdir(LOWER("dir"), 0700));
	EXPECT_PASSED(FUSE_RMDIR, rmdir(MNT("dir")));
	EXPECT_EQ(0, access(LOWER("dir"), F_OK));
	EXPECT_EQ(0, access(LOWER("moved"), F_OK));
}

TEST_F(identity, rename_source)
{
	ASSERT_EQ(0, swap_file(LOWER("file")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("dir/new")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("second")));
	EXPECT_TRUE(file_is(LOWER("file"), "intruder"));
	EXPECT_TRUE(file_is(LOWER("second"), "second"));
	EXPECT_EQ(-1, access(LOWER("dir/new"), F_OK));
}

TEST_F(identity, rename_target)
{
	still_there(&self->env, LOWER("second"));
	ASSERT_EQ(0, swap_file(LOWER("second")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("second")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_TRUE(file_is(LOWER("second"), "intruder"));
	EXPECT_TRUE(file_is(LOWER("moved"), "second"));
}

/* A name that is free on the mount, and below no more */
TEST_F(identity, rename_target_appeared)
{
	still_free(&self->env);
	ASSERT_EQ(0, write_file(LOWER("new"), "intruder"));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("new"), "intruder"));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

/* One that is taken on the mount, and below free */
TEST_F(identity, rename_target_vanished)
{
	still_there(&self->env, LOWER("second"));
	ASSERT_EQ(0, unlink(LOWER("second")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("second")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

TEST_F(identity, exchange)
{
	ASSERT_EQ(0, swap_file(LOWER("second")));
	EXPECT_PASSED(FUSE_RENAME2, rename2(MNT("file"), MNT("second"),
					    RENAME_EXCHANGE));
	EXPECT_PASSED(FUSE_RENAME2, rename2(MNT("second"), MNT("file"),
					    RENAME_EXCHANGE));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_TRUE(file_is(LOWER("second"), "intruder"));
}

TEST_F(identity, whiteout)
{
	ASSERT_EQ(0, swap_file(LOWER("file")));
	EXPECT_PASSED(FUSE_RENAME2, rename2(MNT("file"), MNT("new"),
					    RENAME_WHITEOUT));
	EXPECT_TRUE(file_is(LOWER("file"), "intruder"));
}

/* A name that has gone altogether is not removed, nor another in its place. */
TEST_F(identity, vanished)
{
	ASSERT_EQ(0, rename(LOWER("file"), LOWER("moved")));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("moved"), "file"));
}

/* A new name that has appeared below is not overwritten by a link. */
TEST_F(identity, link_target_appeared)
{
	still_free(&self->env);
	ASSERT_EQ(0, write_file(LOWER("new"), "intruder"));
	EXPECT_EQ(-1, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(errno == EEXIST || errno == EREMCHG);
	EXPECT_TRUE(file_is(LOWER("new"), "intruder"));
}

/* Another link of the same object is the same object. */
TEST_F(identity, other_link)
{
	ASSERT_EQ(0, link(LOWER("file"), LOWER("moved")));
	ASSERT_EQ(0, unlink(LOWER("file")));
	ASSERT_EQ(0, link(LOWER("moved"), LOWER("file")));
	EXPECT_EQ(0, unlink(MNT("file")));
	EXPECT_EQ(-1, access(LOWER("file"), F_OK));
	EXPECT_TRUE(file_is(LOWER("moved"), "file"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_UNLINK));
}

/* ------------------------------------------------------------ unbound --- */

/* Nothing is acted on for a child that is bound to nothing. */
TEST_F(identity, unbound_child)
{
	ASSERT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env, LOWER("file"))));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("new")));
	EXPECT_PASSED(FUSE_LINK, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

TEST_F(identity, unbound_parent)
{
	ASSERT_EQ(0, backing_delete(self->env.map, FUSE_ROOT_ID));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	EXPECT_PASSED(FUSE_RMDIR, rmdir(MNT("dir")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("dir/new")));
	EXPECT_PASSED(FUSE_LINK, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

/* -------------------------------------------------------------- mounts --- */

/* What is a mount point below is not taken away from under the mount. */
TEST_F(identity, mount_point)
{
	struct env *env = &self->env;
	uint64_t dir = env_nodeid(env, LOWER("dir"));
	uint64_t file = env_nodeid(env, LOWER("file"));

	ASSERT_EQ(0, mount("on_dir", LOWER("dir"), "tmpfs", 0, NULL));
	ASSERT_EQ(0, write_file(ENV_TMP "/bound", "bound"));
	ASSERT_EQ(0, mount(ENV_TMP "/bound", LOWER("file"), NULL, MS_BIND,
			   NULL));
	EXPECT_PASSED(FUSE_RMDIR, rmdir(MNT("dir")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("dir"), MNT("new")));
	DAEMON->shared->lookup_as = dir;
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("other"), MNT("dir")));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	DAEMON->shared->lookup_as = file;
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("second"), MNT("file")));
	EXPECT_PASSED(FUSE_RENAME2, rename2(MNT("second"), MNT("file"),
					    RENAME_EXCHANGE));
	ASSERT_EQ(0, umount(LOWER("dir")));
	ASSERT_EQ(0, umount(LOWER("file")));
	EXPECT_EQ(0, access(LOWER("dir"), F_OK));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

/* Two lower mounts, of one file system even, are two. */
TEST_F(identity, two_mounts)
{
	struct env *env = &self->env;

	ASSERT_EQ(0, mkdir(ENV_TMP "/again", 0755));
	ASSERT_EQ(0, mount(ENV_LOWER, ENV_TMP "/again", NULL, MS_BIND, NULL));
	ASSERT_EQ(0, env_put(env, env_nodeid(env, LOWER("dir")),
			     ENV_TMP "/again/dir"));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("dir/new")));
	EXPECT_PASSED(FUSE_LINK, link(MNT("file"), MNT("dir/new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_EQ(-1, access(LOWER("dir/new"), F_OK));
}

TEST_F(identity, two_file_systems)
{
	struct env *env = &self->env;

	ASSERT_EQ(0, mkdir(ENV_TMP "/far", 0755));
	ASSERT_EQ(0, mount("far", ENV_TMP "/far", "tmpfs", 0, NULL));
	ASSERT_EQ(0, env_put(env, env_nodeid(env, LOWER("dir")),
			     ENV_TMP "/far"));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("dir/new")));
	EXPECT_PASSED(FUSE_LINK, link(MNT("file"), MNT("dir/new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
}

/* The child is bound on another mount than its directory. */
TEST_F(identity, child_elsewhere)
{
	struct env *env = &self->env;

	ASSERT_EQ(0, write_file(ENV_TMP "/loose", "loose"));
	ASSERT_EQ(0, env_put(env, env_nodeid(env, LOWER("file")),
			     ENV_TMP "/loose"));
	EXPECT_PASSED(FUSE_UNLINK, unlink(MNT("file")));
	EXPECT_PASSED(FUSE_RENAME, rename(MNT("file"), MNT("new")));
	EXPECT_PASSED(FUSE_LINK, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_TRUE(file_is(ENV_TMP "/loose", "loose"));
}

TEST_HARNESS_MAIN
