// SPDX-License-Identifier: GPL-2.0
/* READLINK and STATFS on the backing object */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <limits.h>
#include <sys/statfs.h>
#include <unistd.h>

#define LINK_LOWER	ENV_LOWER "/link"
#define LINK_MNT	ENV_MNT "/link"

FIXTURE(readlink) {
	struct env env;
};

FIXTURE_VARIANT(readlink) {
	uint64_t init_flags;
};

FIXTURE_VARIANT_ADD(readlink, plain) {
	.init_flags = 0,
};

FIXTURE_VARIANT_ADD(readlink, cached) {
	.init_flags = FUSE_CACHE_SYMLINKS,
};

FIXTURE_SETUP(readlink)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	config.init_flags |= variant->init_flags;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "lower"));
	ASSERT_EQ(0, symlink("file", LINK_LOWER));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, lstat(LINK_MNT, &st));
	ASSERT_EQ(0, lstat(ENV_MNT "/file", &st));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(readlink)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

static bool leads_to(const char *path, const char *want)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target));

	return n == (ssize_t)strlen(want) && !memcmp(target, want, n);
}

TEST_F(readlink, target)
{
	EXPECT_TRUE(leads_to(LINK_MNT, "file"));
	EXPECT_LE(1, COUNT(redirect, FUSE_READLINK));
	EXPECT_SILENT();
}

TEST_F(readlink, followed)
{
	EXPECT_TRUE(file_is(LINK_MNT, "lower"));
	EXPECT_LE(1, COUNT(redirect, FUSE_READLINK));
	EXPECT_SILENT();
}

/* The longest target that there is, byte by byte */
TEST_F(readlink, long_target)
{
	static char target[PATH_MAX];

	memset(target, 't', PATH_MAX - 1);
	ASSERT_EQ(0, symlink(target, ENV_LOWER "/long"));
	EXPECT_TRUE(leads_to(ENV_MNT "/long", target));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READLINK));
}

TEST_F(readlink, short_buffer)
{
	char target[3] = "xx";

	EXPECT_EQ(2, readlink(LINK_MNT, target, 2));
	EXPECT_STREQ("fi", target);
	EXPECT_SILENT();
}

TEST_F(readlink, without_entry)
{
	ASSERT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env, LINK_LOWER)));
	EXPECT_TRUE(leads_to(LINK_MNT, "file"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READLINK));
}

/* An object that is no link does not serve one. */
TEST_F(readlink, other_type)
{
	ASSERT_EQ(0, env_put(&self->env, env_nodeid(&self->env, LINK_LOWER),
			     ENV_LOWER "/file"));
	EXPECT_TRUE(leads_to(LINK_MNT, "file"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READLINK));
}

TEST_F(readlink, refused_by_the_program)
{
	struct prog p;
	char c;

	prog_begin(&p);
	prog_rule(&p, FUSE_READLINK, FUSE_BPF_REQUEST);
	prog_return(&p, -EACCES);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_EQ(-1, readlink(LINK_MNT, &c, 1));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READLINK));
}

/* The numbers are those below; the type is FUSE's. */
TEST_F(readlink, statfs)
{
	static const char * const names[][2] = {
		{ ENV_LOWER, ENV_MNT }, { ENV_LOWER "/file", ENV_MNT "/file" },
	};
	struct statfs lower, upper;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, statfs(names[i][0], &lower));
		ASSERT_EQ(0, statfs(names[i][1], &upper));
		EXPECT_EQ(0x65735546 /* FUSE_SUPER_MAGIC */, upper.f_type);
		EXPECT_EQ(lower.f_bsize, upper.f_bsize);
		EXPECT_EQ(lower.f_frsize, upper.f_frsize);
		EXPECT_EQ(lower.f_blocks, upper.f_blocks);
		EXPECT_EQ(lower.f_bfree, upper.f_bfree);
		EXPECT_EQ(lower.f_bavail, upper.f_bavail);
		EXPECT_EQ(lower.f_files, upper.f_files);
		EXPECT_EQ(lower.f_ffree, upper.f_ffree);
		EXPECT_EQ(lower.f_namelen, upper.f_namelen);
	}
	EXPECT_EQ(ARRAY_SIZE(names), COUNT(redirect, FUSE_STATFS));
	EXPECT_SILENT();
}

TEST_HARNESS_MAIN
