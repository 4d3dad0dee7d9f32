// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that programs give by heart: names (K3), whose lookup counts stay as
 * they are and whose attributes are nobody's; attributes (K4), which the kernel
 * may know better; the rest of what a cache holds.
 */
#include "cache.h"
#include "insn.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

/* -------------------------------------------------------- names (K3) --- */

FIXTURE(name) {
	struct env env;
	struct fuse_entry_out out;
};

static int use(struct env *env, struct prog *p)
{
	int prog = prog_load(p);
	int err = prog < 0 ? prog : bpf_link_update(env->link, prog);

	close(prog);
	daemon_forget_seen(&env->daemon);
	return err;
}

static int use_nothing(struct env *env)
{
	struct prog p;

	prog_begin(&p);
	return use(env, &p);
}

/* Every name that is looked up in the root is @out. */
static int use_entry(struct env *env, const struct fuse_entry_out *out,
		     uint32_t len)
{
	unsigned int skip;
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_LOOKUP, FUSE_BPF_REQUEST);
	EMIT(&p, LOAD(BPF_DW, R1, R6, CTX(nodeid)));
	skip = p.nr;
	EMIT(&p, JUMP_IMM(BPF_JNE, R1, FUSE_ROOT_ID, 0));
	prog_store(&p, 0, out, len);
	prog_return(&p, FUSE_BPF_REPLY);
	p.insns[skip].off = p.nr - skip - 1;
	prog_rule_end(&p);
	return use(env, &p);
}

FIXTURE_SETUP(name)
{
	const char *why = bpf_why_not();
	struct prog p;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_start(&self->env, &daemon_default));
	ASSERT_EQ(0, write_file(LOWER("file"), "lower"));
	ASSERT_EQ(0, link(LOWER("file"), LOWER("hard")));
	ASSERT_EQ(0, write_file(LOWER("other"), "other file"));
	ASSERT_EQ(0, mkdir(LOWER("dir"), 0755));
	ASSERT_EQ(0, mkdir(LOWER("dir/sub"), 0755));
	ASSERT_EQ(0, env_maps(&self->env));
	prog_begin(&p);
	ASSERT_EQ(0, env_attach_prog(&self->env, prog_load(&p)));
}

FIXTURE_TEARDOWN(name)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

/* What the daemon would say of the object at @lower, which the kernel knows */
static struct fuse_entry_out entry_of(struct env *env, const char *lower)
{
	const struct daemon_node *node;
	struct fuse_entry_out out = {};
	struct stat st;

	node = daemon_node_by_ino(&env->daemon, lower_ino(lower));
	if (!node || lstat(lower, &st))
		return out;
	out.nodeid = node->nodeid;
	out.generation = node->generation;
	out.attr.ino = st.st_ino;
	out.attr.mode = st.st_mode;
	out.attr.nlink = st.st_nlink;
	out.attr.size = st.st_size;
	return out;
}

static uint64_t lookups_of(struct env *env, const char *lower)
{
	const struct daemon_node *node;

	node = daemon_node_by_ino(&env->daemon, lower_ino(lower));
	return node ? node->lookups : 0;
}

static uint64_t ino_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_ino;
}

/* Node id 0: there is no such name, for as long as the reply says */
TEST_F(name, negative)
{
	struct fuse_entry_out out = { .entry_valid = 1000 };
	struct stat st;

	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(-1, lstat(MNT("none"), &st));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(1, COUNT(reply, FUSE_LOOKUP));

	/* the kernel has it now */
	ASSERT_EQ(0, use_nothing(&self->env));
	EXPECT_EQ(-1, lstat(MNT("none"), &st));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
}

TEST_F(name, negative_for_no_time)
{
	struct fuse_entry_out out = {};
	struct stat st;

	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(-1, lstat(MNT("none"), &st));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	ASSERT_EQ(0, use_nothing(&self->env));
	EXPECT_EQ(-1, lstat(MNT("none"), &st));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));
}

/* Also of a name that was there */
TEST_F(name, negative_of_known_name)
{
	struct fuse_entry_out out = {};
	struct stat st;

	ASSERT_EQ(0, lstat(MNT("file"), &st));
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(-1, lstat(MNT("file"), &st));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	ASSERT_EQ(0, use_nothing(&self->env));
	EXPECT_EQ(0, lstat(MNT("file"), &st));
}

/* A known node under the name that it is known by */
TEST_F(name, revalidated)
{
	struct fuse_entry_out out;
	uint64_t lookups;
	unsigned int i;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	lookups = lookups_of(&self->env, LOWER("file"));
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(out.attr.ino, ino_of(MNT("file")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(3, COUNT(reply, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(refused, FUSE_LOOKUP));
	EXPECT_EQ(lookups, lookups_of(&self->env, LOWER("file")));
}

/* For as long as the reply says, the program is not asked either. */
TEST_F(name, revalidated_for_a_time)
{
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	out.entry_valid = 1000;
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(out.attr.ino, ino_of(MNT("file")));
	EXPECT_EQ(out.attr.ino, ino_of(MNT("file")));
	EXPECT_EQ(1, COUNT(reply, FUSE_LOOKUP));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
}

/* A known node under another name */
TEST_F(name, new_name)
{
	struct fuse_entry_out out;
	uint64_t lookups;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	lookups = lookups_of(&self->env, LOWER("file"));
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(out.attr.ino, ino_of(MNT("hard")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(1, COUNT(reply, FUSE_LOOKUP));
	EXPECT_EQ(lookups, lookups_of(&self->env, LOWER("file")));
}

/* A name that goes to another known node */
TEST_F(name, other_node)
{
	struct fuse_entry_out out;
	uint64_t lookups;

	ASSERT_NE(0, ino_of(MNT("file")));
	ASSERT_NE(0, ino_of(MNT("other")));
	lookups = lookups_of(&self->env, LOWER("other"));
	out = entry_of(&self->env, LOWER("other"));
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	EXPECT_EQ(out.attr.ino, ino_of(MNT("file")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	/* the node that has lost its only name is forgotten, once */
	EXPECT_TRUE(daemon_wait_forgotten(DAEMON, lower_ino(LOWER("file"))));
	EXPECT_EQ(lookups, lookups_of(&self->env, LOWER("other")));
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/* What was granted is forgotten, no more and no less, however often served. */
TEST_F(name, forgets)
{
	uint64_t ino = lower_ino(LOWER("file"));
	struct fuse_entry_out out;
	unsigned int i;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(ino, ino_of(MNT("file")));
		ASSERT_EQ(ino, ino_of(MNT("hard")));
	}
	ASSERT_EQ(0, use_nothing(&self->env));
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	EXPECT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/* Refused: the daemon is asked, and its answer counts. */
static void expect_refused(struct __test_metadata *_metadata,
			   FIXTURE_DATA(name) *self,
			   const struct fuse_entry_out *out, uint32_t len,
			   const char *name)
{
	char upper[64], lower[64];
	struct counters before;

	snprintf(upper, sizeof(upper), ENV_MNT "/%s", name);
	snprintf(lower, sizeof(lower), ENV_LOWER "/%s", name);
	before = env_count(&self->env, FUSE_LOOKUP);
	ASSERT_EQ(0, use_entry(&self->env, out, len));
	EXPECT_EQ(lower_ino(lower), ino_of(upper));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(before.refused + 1, COUNT(refused, FUSE_LOOKUP));
	EXPECT_EQ(before.reply, COUNT(reply, FUSE_LOOKUP));
}

#define EXPECT_REFUSED(OUT, NAME)					\
	expect_refused(_metadata, self, OUT, sizeof(*(OUT)), NAME)

TEST_F(name, part_of_a_reply)
{
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	expect_refused(_metadata, self, &out, sizeof(out) - 1, "file");
}

TEST_F(name, unknown_node)
{
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	out.nodeid = 4711;
	EXPECT_REFUSED(&out, "other");
}

/* Forgotten is as good as never known. */
TEST_F(name, forgotten_node)
{
	uint64_t ino = lower_ino(LOWER("file"));
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_REFUSED(&out, "file");
}

TEST_F(name, other_generation)
{
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	out.generation++;
	EXPECT_REFUSED(&out, "file");
	EXPECT_REFUSED(&out, "hard");
}

TEST_F(name, other_type)
{
	struct fuse_entry_out out;

	ASSERT_NE(0, ino_of(MNT("file")));
	out = entry_of(&self->env, LOWER("file"));
	out.attr.mode = S_IFDIR | 0755;
	EXPECT_REFUSED(&out, "file");
	EXPECT_REFUSED(&out, "hard");
}

/* The root is nobody's child. */
TEST_F(name, root)
{
	struct fuse_entry_out out;

	out = entry_of(&self->env, ENV_LOWER);
	ASSERT_EQ(FUSE_ROOT_ID, out.nodeid);
	EXPECT_REFUSED(&out, "dir");
}

/* What is in a reply about the file is not seen of it. */
TEST_F(name, attributes)
{
	struct fuse_entry_out out;
	struct statx stx;
	struct stat st;

	ASSERT_EQ(0, lstat(MNT("file"), &st));
	out = entry_of(&self->env, LOWER("file"));
	out.attr_valid = 1000;
	out.attr.size = 4711;
	out.attr.uid = 17;
	out.attr.mode = S_IFREG | 0777;
	out.attr.mtime = 1;
	ASSERT_EQ(0, use_entry(&self->env, &out, sizeof(out)));
	ASSERT_EQ(0, syscall(__NR_statx, AT_FDCWD, MNT("file"),
			     AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &stx));
	EXPECT_EQ(1, COUNT(reply, FUSE_LOOKUP));
	EXPECT_EQ(5, stx.stx_size);
	EXPECT_EQ(0, stx.stx_uid);
	EXPECT_EQ(S_IFREG | 0644, stx.stx_mode);
	EXPECT_EQ(st.st_mtime, stx.stx_mtime.tv_sec);

	/* nor are they fresh now */
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_GETATTR));
	EXPECT_EQ(5, st.st_size);
}

/* -------------------------------------------------- from the cache --- */

FIXTURE(serve) {
	struct env env;
	struct cache cache;
};

static int start(FIXTURE_DATA(serve) *self, uint32_t flags)
{
	struct daemon_config config = daemon_default;
	struct cache *c = &self->cache;

	config.own_permissions = true;
	return env_start(&self->env, &config) ?:
	       write_file(LOWER("file"), "lower") ?:
	       mkdir(LOWER("dir"), 0755) ?: symlink("file", LOWER("link")) ?:
	       setxattr(LOWER("file"), "user.a", "value", 5, 0) ?:
	       cache_create(c, 64) ?:
	       cache_attach(&self->env, c, cache_prog(c, HOUR), -1, HOUR,
			    flags);
}

FIXTURE_SETUP(serve)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(serve)
{
	daemon_kill(&self->env.daemon);
}

/* The second answer is silent, and the same as the first. */
TEST_F(serve, readlink)
{
	char text[64];
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 3; i++) {
		memset(text, 'x', sizeof(text));
		EXPECT_EQ(4, readlink(MNT("link"), text, sizeof(text)));
		EXPECT_EQ(0, memcmp(text, "filex", 5));
	}
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READLINK));
	EXPECT_TRUE(file_is(MNT("link"), "lower"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READLINK));
}

/* An attribute's size, its value, and that there is none: three answers */
TEST_F(serve, xattrs)
{
	char value[64];
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(5, getxattr(MNT("file"), "user.a", NULL, 0));
		EXPECT_EQ(5, getxattr(MNT("file"), "user.a", value, 64));
		EXPECT_EQ(0, memcmp(value, "value", 5));
		EXPECT_EQ(-1, getxattr(MNT("file"), "user.b", value, 64));
		EXPECT_EQ(ENODATA, errno);
		EXPECT_EQ(-1, getxattr(MNT("file"), "user.a", value, 2));
		EXPECT_EQ(ERANGE, errno);
	}
	EXPECT_EQ(4, daemon_seen(DAEMON, FUSE_GETXATTR));
}

TEST_F(serve, listxattr)
{
	char list[64];
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(7, listxattr(MNT("file"), NULL, 0));
		EXPECT_EQ(7, listxattr(MNT("file"), list, sizeof(list)));
		EXPECT_EQ(0, memcmp(list, "user.a", 7));
	}
	EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_LISTXATTR));
}

TEST_F(serve, access)
{
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, access(MNT("file"), R_OK));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_ACCESS));
	/* another question */
	EXPECT_EQ(0, access(MNT("file"), R_OK | W_OK));
	EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_ACCESS));
}

TEST_F(serve, names_and_attributes)
{
	struct stat st;
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, lstat(MNT("file"), &st));
		EXPECT_EQ(5, st.st_size);
		EXPECT_EQ(-1, lstat(MNT("none"), &st));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_GETATTR));
}

/* ---------------------------------------------------- attributes (K4) --- */

/* GETATTRs that reach the daemon when the file's attributes are asked for */
static unsigned int getattrs(struct env *env)
{
	unsigned int before = daemon_seen(&env->daemon, FUSE_GETATTR);
	struct stat st;

	if (lstat(MNT("file"), &st))
		return ~0U;
	return daemon_seen(&env->daemon, FUSE_GETATTR) - before;
}

/* Reading has moved the access time; who knows it is the daemon. */
TEST_F(serve, access_time)
{
	char c;
	int fd;

	ASSERT_EQ(0, start(self, 0));
	fd = open(MNT("file"), O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, getattrs(&self->env));
	EXPECT_EQ(0, getattrs(&self->env));
	ASSERT_EQ(1, pread(fd, &c, 1, 0));
	EXPECT_EQ(1, getattrs(&self->env));
	EXPECT_EQ(0, getattrs(&self->env));
}

/* Whoever does not mind an old access time asks nobody. */
TEST_F(serve, lazy_access_time)
{
	char c;
	int fd;

	ASSERT_EQ(0, start(self, FUSE_BPF_LAZY_ATIME));
	fd = open(MNT("file"), O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, getattrs(&self->env));
	ASSERT_EQ(1, pread(fd, &c, 1, 0));
	EXPECT_EQ(0, getattrs(&self->env));
	/* all other times count */
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(1, getattrs(&self->env));
	EXPECT_EQ(0, getattrs(&self->env));
}

/* The daemon has told the size by the way: attributes from before are older. */
TEST_F(serve, size_from_a_short_read)
{
	char buf[4096];
	struct stat st;
	int fd;

	/* or reading alone would be a reason to ask the daemon */
	ASSERT_EQ(0, start(self, FUSE_BPF_LAZY_ATIME));
	ASSERT_EQ(0, truncate(LOWER("file"), 2 * sizeof(buf)));
	fd = open(MNT("file"), O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	ASSERT_EQ(2 * sizeof(buf), st.st_size);
	ASSERT_EQ(0, truncate(LOWER("file"), 100));
	EXPECT_EQ(0, getattrs(&self->env));
	EXPECT_EQ(100, pread(fd, buf, sizeof(buf), 0));
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_EQ(100, st.st_size);
}

#define CHANGES		2000

struct asking {
	pthread_mutex_t lock;	/* while a request is on its way */
	int fd;
	bool stop;
	unsigned int times;
};

static int ask_attributes(void *arg)
{
	struct asking *asking = arg;
	struct stat st;
	int err = 0;

	while (!err && !__atomic_load_n(&asking->stop, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&asking->lock);
		err = fstat(asking->fd, &st);
		pthread_mutex_unlock(&asking->lock);
		asking->times++;
	}
	return err;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* Attributes by heart, whatever the daemon says */
static int attributes_by_heart(struct env *env)
{
	struct fuse_attr_out out = {};
	struct stat st;
	struct prog p;

	if (lstat(LOWER("file"), &st))
		return -errno;
	out.attr.ino = st.st_ino;
	out.attr.mode = st.st_mode;
	out.attr.nlink = st.st_nlink;
	out.attr.size = st.st_size;
	prog_begin(&p);
	prog_rule(&p, FUSE_GETATTR, FUSE_BPF_REQUEST);
	prog_store(&p, 0, &out, sizeof(out));
	prog_return(&p, FUSE_BPF_REPLY);
	prog_rule_end(&p);
	return bpf_link_update(env->link, prog_load(&p));
}

/* Whether the daemon is asked for the attributes, as none are believed */
static bool daemon_is_asked(struct env *env, int fd, unsigned int before)
{
	const uint64_t start = now();
	struct stat st;

	while (!fstat(fd, &st) && now() - start < SECOND) {
		if (daemon_seen(&env->daemon, FUSE_GETATTR) != before)
			return true;
	}
	return false;
}

/*
 * Attributes that become invalid while a program's are being applied stay so
 * until the daemon has told newer ones.
 */
TEST_F(serve, attributes_invalidated_meanwhile)
{
	struct asking asking = { PTHREAD_MUTEX_INITIALIZER };
	unsigned int i, before;
	struct task task;
	struct stat st;

	ASSERT_EQ(0, start(self, 0));
	asking.fd = open(MNT("file"), O_RDWR);
	ASSERT_LE(0, asking.fd);
	ASSERT_EQ(0, attributes_by_heart(&self->env));
	ASSERT_EQ(0, task_start(&task, ask_attributes, &asking));
	for (i = 0; i < CHANGES; i++) {
		/* no answer of the daemon's is on its way */
		pthread_mutex_lock(&asking.lock);
		ASSERT_EQ(0, fstat(asking.fd, &st));
		before = daemon_seen(DAEMON, FUSE_GETATTR);
		pthread_mutex_unlock(&asking.lock);
		ASSERT_EQ(0, fsetxattr(asking.fd, "user.a", &i, sizeof(i), 0));
		if (!daemon_is_asked(&self->env, asking.fd, before))
			break;
	}
	__atomic_store_n(&asking.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, task_end(&task));
	EXPECT_EQ(CHANGES, i);
	EXPECT_LE(CHANGES, asking.times);
}

TEST_F(serve, unknown_flags)
{
	int prog;

	ASSERT_EQ(0, start(self, 0));
	prog = dup(self->env.prog);
	env_close_bpf(&self->env);
	EXPECT_EQ(-EINVAL, cache_attach(&self->env, &self->cache, prog, -1,
					HOUR, FUSE_BPF_CONSENT << 1));
	EXPECT_EQ(-EINVAL, cache_attach(&self->env, &self->cache, prog, -1,
					HOUR, 1U << 31));
	EXPECT_EQ(0, cache_attach(&self->env, &self->cache, prog, -1, HOUR,
				  FUSE_BPF_LAZY_ATIME));
}

/* ------------------------------------------------------------ counters --- */

TEST_F(serve, counters)
{
	struct cache_counters before, after;
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, cache_counters(&self->env, &self->cache, &before));
	EXPECT_EQ(64, before.max_entries);
	EXPECT_EQ(0, before.entries);
	EXPECT_EQ(0, before.fills);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, cache_ask(ENV_MNT, FUSE_STATFS, NULL));
	ASSERT_EQ(0, cache_counters(&self->env, &self->cache, &after));
	EXPECT_EQ(1, after.entries);
	EXPECT_EQ(1, after.fills);
	EXPECT_EQ(2, after.hits);
	EXPECT_EQ(1, after.misses);
	EXPECT_EQ(0, after.refused);
	EXPECT_EQ(0, after.evicted);
}

TEST_F(serve, counters_of_fills_in_vain)
{
	struct cache_counters counters;

	ASSERT_EQ(0, start(self, 0));
	env_close_bpf(&self->env);
	/* nobody grants any time */
	ASSERT_EQ(0, cache_create(&self->cache, 4));
	ASSERT_EQ(0, cache_attach(&self->env, &self->cache,
				  cache_prog(&self->cache, HOUR), -1, 0, 0));
	EXPECT_EQ(0, cache_ask(ENV_MNT, FUSE_STATFS, NULL));
	EXPECT_EQ(0, cache_ask(ENV_MNT, FUSE_STATFS, NULL));
	ASSERT_EQ(0, cache_counters(&self->env, &self->cache, &counters));
	EXPECT_EQ(0, counters.entries);
	EXPECT_EQ(0, counters.fills);
	EXPECT_EQ(2, counters.refused);
	EXPECT_EQ(2, counters.misses);
}

TEST_F(serve, counters_of_a_full_cache)
{
	struct cache_counters counters;
	char name[16];
	unsigned int i;

	ASSERT_EQ(0, start(self, 0));
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "none%u", i);
		EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, name));
	}
	ASSERT_EQ(0, cache_counters(&self->env, &self->cache, &counters));
	EXPECT_EQ(200, counters.fills);
	EXPECT_GE(64, counters.entries);
	EXPECT_EQ(200, counters.entries + counters.evicted);
}

/* ------------------------------------------------------------ the link --- */

/* A cache is one connection's, and is left empty. */
TEST_F(serve, detach)
{
	ASSERT_EQ(0, start(self, 0));
	EXPECT_EQ(0, cache_ask(MNT("file"), FUSE_GETATTR, NULL));
	EXPECT_LE(2, cache_count(&self->cache));
	EXPECT_EQ(0, bpf_link_detach(self->env.link));
	EXPECT_EQ(0, cache_count(&self->cache));
	close(self->env.link);
	ASSERT_EQ(0, cache_attach(&self->env, &self->cache, self->env.prog, -1,
				  HOUR, 0));
	EXPECT_EQ(0, cache_count(&self->cache));
	EXPECT_EQ(0, cache_ask(MNT("file"), FUSE_GETATTR, NULL));
	EXPECT_LE(2, cache_count(&self->cache));
}

TEST_F(serve, daemons_death)
{
	ASSERT_EQ(0, start(self, 0));
	EXPECT_EQ(0, cache_ask(MNT("file"), FUSE_GETATTR, NULL));
	daemon_kill(DAEMON);
	EXPECT_EQ(-ENOTCONN, cache_ask(MNT("file"), FUSE_GETATTR, NULL));
	EXPECT_EQ(0, cache_count(&self->cache));
}

TEST_F(serve, one_connection_a_cache)
{
	struct daemon other;
	struct env env;

	ASSERT_EQ(0, start(self, 0));
	ASSERT_EQ(0, mkdir(ENV_TMP "/other", 0755));
	ASSERT_EQ(0, daemon_start(&other, ENV_LOWER, ENV_TMP "/other",
				  &daemon_default));
	env.daemon = other;
	EXPECT_EQ(-EBUSY, cache_attach(&env, &self->cache, self->env.prog, -1,
				       HOUR, 0));
	daemon_kill(&other);
}

TEST_HARNESS_MAIN
