// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache may keep and for how long (C3): as the daemon's reply says, or
 * the administrator; for whom (C4); and who is not answered from it at all.
 */
#include "cache.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME
#define MSEC		1000000ULL

/* One request of each kind */
static const struct {
	const char *path;
	uint32_t kind;
	const char *name;
} requests[] = {
	{ ENV_MNT, FUSE_LOOKUP, "file" },
	{ MNT("file"), FUSE_GETATTR, NULL },
	{ MNT("link"), FUSE_READLINK, NULL },
	{ ENV_MNT, FUSE_STATFS, NULL },
	{ MNT("file"), FUSE_GETXATTR, "user.a" },
	{ MNT("file"), FUSE_LISTXATTR, NULL },
	{ MNT("file"), FUSE_ACCESS, NULL },
};

static int ask(unsigned int i)
{
	return cache_ask(requests[i].path, requests[i].kind, requests[i].name);
}

/* ACCESS is sent only where the daemon checks permissions. */
static bool is_sent(unsigned int i, bool own_permissions)
{
	return own_permissions || requests[i].kind != FUSE_ACCESS;
}

static int start_daemon(struct env *env, const struct daemon_config *config)
{
	return env_start(env, config) ?: write_file(LOWER("file"), "lower") ?:
	       symlink("file", LOWER("link")) ?:
	       setxattr(LOWER("file"), "user.a", "value", 5, 0);
}

/* Programs ask for @ttl, the administrator grants @cache_ttl. */
static int start_cache(struct env *env, struct cache *c, uint64_t ttl,
		       uint64_t cache_ttl)
{
	int err = cache_create(c, 64);

	return err ?: cache_attach(env, c, cache_prog(c, ttl), -1, cache_ttl,
				   0);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* --------------------------------------------------- for how long (C3) --- */

FIXTURE(grant) {
	struct env env;
	struct cache cache;
	struct daemon_config config;
};

FIXTURE_SETUP(grant)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	self->config = daemon_default;
	self->config.own_permissions = true;
}

FIXTURE_TEARDOWN(grant)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON	(&self->env.daemon)

static int start(FIXTURE_DATA(grant) *self, uint64_t ttl, uint64_t cache_ttl)
{
	return start_daemon(&self->env, &self->config) ?:
	       start_cache(&self->env, &self->cache, ttl, cache_ttl);
}

/* The daemon says 0 or nothing, and nobody else says more. */
TEST_F(grant, nothing)
{
	unsigned int i;

	ASSERT_EQ(0, start(self, HOUR, 0));
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(0, ask(i));
		EXPECT_EQ(-EACCES, cache_filled(&self->cache,
						requests[i].kind)) {
			TH_LOG("kind %u", requests[i].kind);
		}
	}
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "none"));
	EXPECT_EQ(-EACCES, cache_filled(&self->cache, FUSE_LOOKUP));
	EXPECT_EQ(0, cache_count(&self->cache));
}

TEST_F(grant, administrator)
{
	unsigned int i;

	ASSERT_EQ(0, start(self, HOUR, HOUR));
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(0, ask(i));
		EXPECT_EQ(0, cache_filled(&self->cache, requests[i].kind)) {
			TH_LOG("kind %u", requests[i].kind);
		}
	}
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "none"));
	daemon_forget_seen(DAEMON);
	for (i = 0; i < ARRAY_SIZE(requests); i++)
		EXPECT_EQ(0, ask(i));
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "none"));
	EXPECT_EQ(0, daemon_seen_all(DAEMON));
}

/* What the daemon itself gives is for the replies that it gives it with. */
TEST_F(grant, daemon)
{
	unsigned int i;

	self->config.entry_valid = 1000;
	self->config.attr_valid = 1000;
	ASSERT_EQ(0, start(self, HOUR, 0));
	ASSERT_EQ(0, write_file(LOWER("late"), "late"));
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		EXPECT_EQ(0, ask(i));
		if (requests[i].kind == FUSE_LOOKUP ||
		    requests[i].kind == FUSE_GETATTR)
			continue;
		EXPECT_EQ(-EACCES, cache_filled(&self->cache,
						requests[i].kind)) {
			TH_LOG("kind %u", requests[i].kind);
		}
	}
	EXPECT_EQ(0, cache_filled(&self->cache, FUSE_LOOKUP));
	/* an error carries no time */
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "none"));
	EXPECT_EQ(-EACCES, cache_filled(&self->cache, FUSE_LOOKUP));
	/* node id 0 does */
	DAEMON->shared->negative_valid = 1000;
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "missing"));
	EXPECT_EQ(0, cache_filled(&self->cache, FUSE_LOOKUP));
}

TEST_F(grant, daemon_attributes)
{
	self->config.attr_valid = 1000;
	ASSERT_EQ(0, start(self, HOUR, 0));
	ASSERT_EQ(0, cache_ask(ENV_MNT, FUSE_GETATTR, NULL));
	EXPECT_EQ(0, cache_filled(&self->cache, FUSE_GETATTR));
	ASSERT_EQ(0, cache_ask(ENV_MNT, FUSE_LOOKUP, "file"));
	EXPECT_EQ(-EACCES, cache_filled(&self->cache, FUSE_LOOKUP));
}

static bool knows_root(FIXTURE_DATA(grant) *self)
{
	return cache_knows(&self->env, &self->cache, FUSE_GETATTR, ENV_LOWER,
			   NULL);
}

/* How long the attributes of the root are kept from now on, in ns */
static uint64_t kept_for(FIXTURE_DATA(grant) *self)
{
	const struct timespec tick = { .tv_nsec = MSEC };
	uint64_t start = now();

	if (cache_ask(ENV_MNT, FUSE_GETATTR, NULL) || !knows_root(self))
		return 0;
	while (knows_root(self) && now() - start < 20 * SECOND)
		nanosleep(&tick, NULL);
	return now() - start;
}

/* However long the program asks for */
TEST_F(grant, cut_to_the_daemons)
{
	uint64_t kept;

	self->config.attr_valid = 1;
	ASSERT_EQ(0, start(self, HOUR, 0));
	kept = kept_for(self);
	EXPECT_LT(SECOND / 2, kept);
	EXPECT_GT(10 * SECOND, kept);
}

TEST_F(grant, cut_to_the_administrators)
{
	uint64_t kept;

	ASSERT_EQ(0, start(self, HOUR, SECOND));
	kept = kept_for(self);
	EXPECT_LT(SECOND / 2, kept);
	EXPECT_GT(10 * SECOND, kept);
}

/* The longer of the two counts, whoever gives it. */
TEST_F(grant, longer_than_the_daemons)
{
	uint64_t kept;

	self->config.attr_valid = 1;
	ASSERT_EQ(0, start(self, HOUR, 3 * SECOND));
	kept = kept_for(self);
	EXPECT_LT(3 * SECOND / 2, kept);
	EXPECT_GT(15 * SECOND, kept);
}

TEST_F(grant, longer_than_the_administrators)
{
	uint64_t kept;

	self->config.attr_valid = 3;
	ASSERT_EQ(0, start(self, HOUR, SECOND));
	kept = kept_for(self);
	EXPECT_LT(3 * SECOND / 2, kept);
	EXPECT_GT(15 * SECOND, kept);
}

TEST_F(grant, shorter_than_granted)
{
	uint64_t kept;

	self->config.attr_valid = 1000;
	ASSERT_EQ(0, start(self, SECOND, HOUR));
	kept = kept_for(self);
	EXPECT_LT(SECOND / 2, kept);
	EXPECT_GT(10 * SECOND, kept);
}

/* --------------------------------------------- who wants to know it now --- */

/* All is kept, and the daemon has been asked nothing since. */
static int start_filled(FIXTURE_DATA(grant) *self)
{
	int err = start(self, HOUR, HOUR);

	err = err ?: cache_ask(MNT("file"), FUSE_GETATTR, NULL) ?:
	      cache_ask(MNT("file"), FUSE_GETATTR, NULL);
	if (!err && cache_ask(ENV_MNT, FUSE_LOOKUP, "none") != -ENOENT)
		err = -EEXIST;
	daemon_forget_seen(&self->env.daemon);
	return err;
}

/* After ESTALE the kernel looks each name up again. */
TEST_F(grant, lookup_reval)
{
	ASSERT_EQ(0, start_filled(self));
	EXPECT_EQ(0, cache_ask(MNT("file"), FUSE_GETATTR, NULL));
	EXPECT_EQ(0, daemon_seen_all(DAEMON));
	DAEMON->shared->refuse[FUSE_SETATTR] = ESTALE;
	EXPECT_EQ(-1, chmod(MNT("file"), 0600));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_LOOKUP));
}

/* Whoever makes a name wants to know whether it is there. */
TEST_F(grant, lookup_excl)
{
	ASSERT_EQ(0, start_filled(self));
	ASSERT_EQ(0, mkdir(LOWER("none"), 0755));
	EXPECT_EQ(-1, mkdir(MNT("none"), 0755));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));
}

TEST_F(grant, lookup_rename_target)
{
	ASSERT_EQ(0, start_filled(self));
	EXPECT_EQ(0, rename(MNT("file"), MNT("none")));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_LOOKUP));
}

static int stat_flags(const char *path, unsigned int flags)
{
	struct statx stx;

	return syscall(__NR_statx, AT_FDCWD, path,
		       AT_SYMLINK_NOFOLLOW | flags, STATX_BASIC_STATS, &stx);
}

TEST_F(grant, force_sync)
{
	ASSERT_EQ(0, start_filled(self));
	EXPECT_EQ(0, stat_flags(MNT("file"), 0));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_GETATTR));
	EXPECT_EQ(0, stat_flags(MNT("file"), AT_STATX_FORCE_SYNC));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_GETATTR));
}

/* -------------------------------------------------------- for whom (C4) --- */

FIXTURE(whose) {
	struct env env;
	struct cache cache;
};

FIXTURE_VARIANT(whose) {
	bool own_permissions;
};

FIXTURE_VARIANT_ADD(whose, kernel_checks) {
	.own_permissions = false,
};

FIXTURE_VARIANT_ADD(whose, daemon_checks) {
	.own_permissions = true,
};

FIXTURE_SETUP(whose)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.own_permissions = variant->own_permissions;
	ASSERT_EQ(0, start_daemon(&self->env, &config));
	ASSERT_EQ(0, chmod(ENV_LOWER, 0755));
	ASSERT_EQ(0, chown(LOWER("file"), USER, USER));
	ASSERT_EQ(0, start_cache(&self->env, &self->cache, HOUR, HOUR));
}

FIXTURE_TEARDOWN(whose)
{
	daemon_kill(&self->env.daemon);
}

/* User, group and one more group of the calls that follow; back to root */
struct caller {
	uid_t uid;
	gid_t gid;
	gid_t groups[2];
	unsigned int nr_groups;
};

static int become(const struct caller *c)
{
	return setgroups(c->nr_groups, c->groups) || setegid(c->gid) ||
	       seteuid(c->uid);
}

/* Requests that reach the daemon when @caller makes one of each kind but one */
static unsigned int ask_all_as(struct env *env, const struct caller *caller,
			       bool own_permissions, uint32_t but)
{
	unsigned int i, before = daemon_seen_all(&env->daemon);

	if (become(caller))
		return ~0U;
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		if (requests[i].kind != but && is_sent(i, own_permissions))
			ask(i);
	}
	if (seteuid(0) || setegid(0) || setgroups(0, NULL))
		return ~0U;
	return daemon_seen_all(&env->daemon) - before;
}

#define ASK_BUT(CALLER, KIND)						\
	ask_all_as(&self->env, CALLER, variant->own_permissions, KIND)
#define ASK_ALL(CALLER)	ASK_BUT(CALLER, 0)

static const struct caller user = { USER, USER, { OTHER_GROUP, 1 }, 2 };

/* Whether each of them has to ask the daemon where @user has been answered */
static const struct {
	const char *what;
	struct caller caller;
} others[] = {
	{ "other user", { OTHER_USER, USER, { OTHER_GROUP, 1 }, 2 } },
	{ "other group", { USER, OTHER_USER, { OTHER_GROUP, 1 }, 2 } },
	{ "fewer groups", { USER, USER, { OTHER_GROUP }, 1 } },
	{ "other groups", { USER, USER, { OTHER_GROUP, 2 }, 2 } },
	{ "no groups", { USER, USER, {}, 0 } },
	{ "root", { 0, 0, { OTHER_GROUP, 1 }, 2 } },
};

/* The second time is silent for whoever has asked before. */
TEST_F(whose, same_caller)
{
	EXPECT_LE(ARRAY_SIZE(requests) - 1, ASK_ALL(&user));
	EXPECT_EQ(0, ASK_ALL(&user));
}

/* What the kernel checks is for all; what the daemon checks, for who asked. */
TEST_F(whose, other_callers)
{
	unsigned int i, seen, sent = ARRAY_SIZE(requests) - 1;

	ASK_ALL(&user);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		seen = ASK_ALL(&others[i].caller);
		EXPECT_TRUE(variant->own_permissions ? seen >= sent : !seen) {
			TH_LOG("%s: %u requests", others[i].what, seen);
		}
	}
	/* each has an answer of its own; of attributes only the latest counts */
	for (i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(0, ASK_BUT(&others[i].caller, FUSE_GETATTR));
	EXPECT_EQ(0, ASK_BUT(&user, FUSE_GETATTR));
}

static int may_read(uid_t uid)
{
	return AS_USER(uid, cache_ask(MNT("file"), FUSE_ACCESS, NULL));
}

/* Who is refused stays so, and takes nobody else's answer away. */
TEST_F(grant, access)
{
	unsigned int i;

	ASSERT_EQ(0, start(self, HOUR, HOUR));
	ASSERT_EQ(0, chmod(ENV_LOWER, 0755));
	ASSERT_EQ(0, chown(LOWER("file"), USER, USER));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, may_read(USER));
		EXPECT_EQ(-EACCES, may_read(OTHER_USER));
		EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_ACCESS));
	}
	/* the owner changes, and both answers with him */
	EXPECT_EQ(0, chown(MNT("file"), OTHER_USER, OTHER_USER));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EACCES, may_read(USER));
		EXPECT_EQ(0, may_read(OTHER_USER));
		EXPECT_EQ(4, daemon_seen(DAEMON, FUSE_ACCESS));
	}
}

static mode_t mode_for(const struct caller *caller, int fd)
{
	struct stat st = {};

	if (become(caller) || fstat(fd, &st) || seteuid(0) || setegid(0) ||
	    setgroups(0, NULL))
		return 0;
	return st.st_mode;
}

/* What the daemon has told one caller is newer than what it told another. */
TEST_F(grant, attributes_told_to_another)
{
	static const struct caller root = {};
	int fd;

	ASSERT_EQ(0, start(self, HOUR, HOUR));
	fd = open(MNT("file"), O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(S_IFREG | 0644, mode_for(&user, fd));
	ASSERT_EQ(0, chmod(LOWER("file"), 0604));
	EXPECT_EQ(S_IFREG | 0644, mode_for(&user, fd));
	EXPECT_EQ(S_IFREG | 0604, mode_for(&root, fd));
	EXPECT_EQ(S_IFREG | 0604, mode_for(&user, fd));
}

/* As many as keep an answer of their own to one request */
#define CALLERS		32

/* Requests that reach the daemon when caller number @n asks for the space */
static unsigned int space_as(struct env *env, unsigned int n)
{
	const struct caller caller = { USER, USER, { 1000 + n }, 1 };
	unsigned int before = daemon_seen(&env->daemon, FUSE_STATFS);

	if (become(&caller) || cache_ask(ENV_MNT, FUSE_STATFS, NULL) ||
	    seteuid(0) || setegid(0) || setgroups(0, NULL))
		return ~0U;
	return daemon_seen(&env->daemon, FUSE_STATFS) - before;
}

/* One user can have many groups; he takes the room of his own answers alone. */
TEST_F(grant, many_callers)
{
	struct cache_counters counters;
	unsigned int i;

	ASSERT_EQ(0, start(self, HOUR, HOUR));
	ASSERT_EQ(0, chmod(ENV_LOWER, 0755));
	for (i = 0; i < CALLERS + 8; i++)
		EXPECT_EQ(1, space_as(&self->env, i));
	ASSERT_EQ(0, cache_counters(&self->env, &self->cache, &counters));
	EXPECT_EQ(CALLERS, counters.entries);
	EXPECT_EQ(8, counters.evicted);
	/* the latest ones stay */
	for (i = 8; i < CALLERS + 8; i++)
		EXPECT_EQ(0, space_as(&self->env, i));
	EXPECT_EQ(1, space_as(&self->env, 0));
}

/* ------------------------------------------------- of whose connection --- */

/* The same program for two connections, of which one owns the map */
TEST_F(grant, other_connection)
{
	struct daemon other;
	int link;

	ASSERT_EQ(0, start(self, HOUR, HOUR));
	ASSERT_EQ(0, mkdir(ENV_TMP "/other", 0755));
	ASSERT_EQ(0, mkdir(ENV_TMP "/other_lower", 0755));
	ASSERT_EQ(0, write_file(ENV_TMP "/other_lower/none", "is there"));
	ASSERT_EQ(0, daemon_start(&other, ENV_TMP "/other_lower",
				  ENV_TMP "/other", &self->config));
	link = bpf_link_create(self->env.prog, other.dev, NULL, 0);
	ASSERT_LE(0, link);

	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "none"));
	EXPECT_EQ(0, cache_filled(&self->cache, FUSE_LOOKUP));
	EXPECT_EQ(0, cache_ask(ENV_TMP "/other", FUSE_LOOKUP, "none"));
	EXPECT_EQ(-EPERM, cache_filled(&self->cache, FUSE_LOOKUP));
	close(link);
	daemon_kill(&other);
}

TEST_HARNESS_MAIN
