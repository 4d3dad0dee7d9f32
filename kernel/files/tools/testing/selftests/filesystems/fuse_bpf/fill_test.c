// SPDX-License-Identifier: GPL-2.0
/*
 * Fills that race with what makes them untrue (C1). The daemon makes its answer
 * at one moment and sends it at a later one; in between, something changes.
 */
#include "cache.h"
#include "notify.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(fill) {
	struct env env;
	struct cache cache;
};

/* Changes are given as functions, which know the fixture through this. */
static struct env *racing;
static const struct cache *racing_cache;
static int file_fd;

static int make_tree(void)
{
	return write_file(LOWER("file"), "lower") ?:
	       write_file(LOWER("target"), "target") ?:
	       mkdir(LOWER("dir"), 0755) ?: symlink("file", LOWER("link")) ?:
	       link(LOWER("file"), LOWER("dir/hard")) ?:
	       setxattr(LOWER("file"), "user.a", "old", 3, 0);
}

/* Names are known from here on, so that no lock is held while they are asked. */
static int know_names(void)
{
	return cache_ask(MNT("file"), FUSE_GETATTR, NULL) ?:
	       cache_ask(MNT("target"), FUSE_GETATTR, NULL) ?:
	       cache_ask(MNT("dir"), FUSE_GETATTR, NULL) ?:
	       cache_ask(MNT("link"), FUSE_GETATTR, NULL);
}

/* The daemon checks permissions, so that only what is asked for is asked. */
static int start_daemon(struct env *env)
{
	struct daemon_config config = daemon_default;

	config.own_permissions = true;
	/* one name of a directory is looked up while another one is */
	config.init_flags |= FUSE_PARALLEL_DIROPS;
	return env_start(env, &config) ?: make_tree() ?: know_names();
}

FIXTURE_SETUP(fill)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start_daemon(&self->env));
	ASSERT_EQ(0, cache_start(&self->env, &self->cache));
	file_fd = open(MNT("file"), O_RDWR);
	ASSERT_LE(0, file_fd);
	racing = &self->env;
	racing_cache = &self->cache;
	cache_clear(racing_cache);
}

FIXTURE_TEARDOWN(fill)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON	(&self->env.daemon)

struct request {
	const char *path;
	uint32_t kind;
	const char *name;
};

static int ask(void *arg)
{
	const struct request *r = arg;
	int err = cache_ask(r->path, r->kind, r->name);

	errno = -err;
	return err ? -1 : 0;
}

/*
 * What the fill by the answer to @r returns if @change happens after the answer
 * is made and before it is sent
 */
static int64_t race(const struct request *r, int (*change)(void))
{
	struct daemon *d = &racing->daemon;
	struct task task;
	bool changed;

	cache_forget_filled(racing_cache);
	daemon_delay(d, r->kind);
	if (task_start(&task, ask, (void *)r))
		return -EIO;
	changed = daemon_wait_delayed(d, 1) && !change();
	daemon_send_delayed(d);
	task_end(&task);
	return changed ? cache_filled(racing_cache, r->kind) : -EIO;
}

#define RACE(PATH, KIND, NAME, CHANGE)					\
	race(&(const struct request){ PATH, KIND, NAME }, CHANGE)

static int nothing(void)
{
	return 0;
}

static const struct request requests[] = {
	{ ENV_MNT, FUSE_LOOKUP, "file" },
	{ MNT("file"), FUSE_GETATTR, NULL },
	{ MNT("file"), FUSE_GETXATTR, "user.a" },
	{ MNT("file"), FUSE_LISTXATTR, NULL },
	{ MNT("file"), FUSE_ACCESS, NULL },
	{ MNT("link"), FUSE_READLINK, NULL },
	{ ENV_MNT, FUSE_STATFS, NULL },
};

/* What waits for long is not refused for that. */
TEST_F(fill, no_race)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		cache_clear(racing_cache);
		EXPECT_EQ(0, race(&requests[i], nothing)) {
			TH_LOG("kind %u", requests[i].kind);
		}
	}
}

static int write_other_file(void)
{
	return write_file(MNT("target"), "more than before");
}

/* Another node's change is none of this one's. */
TEST_F(fill, other_node)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(requests); i++) {
		if (requests[i].kind == FUSE_STATFS)
			continue;
		cache_clear(racing_cache);
		EXPECT_EQ(0, race(&requests[i], write_other_file)) {
			TH_LOG("kind %u", requests[i].kind);
		}
	}
}

/* --------------------------------------------------------------- names --- */

static int unlink_file(void)
{
	return unlink(MNT("file"));
}

TEST_F(fill, lookup_against_unlink)
{
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file", unlink_file));
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "file"));
}

static int move_file(void)
{
	return rename(MNT("file"), MNT("dir/file"));
}

TEST_F(fill, lookup_against_rename)
{
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file", move_file));
	EXPECT_EQ(-ENOENT, cache_ask(ENV_MNT, FUSE_LOOKUP, "file"));
	EXPECT_EQ(0, cache_ask(MNT("dir"), FUSE_LOOKUP, "file"));
}

static int replace_target(void)
{
	return rename(MNT("file"), MNT("target"));
}

/* The name stays, and is another node's. */
TEST_F(fill, lookup_against_replacement)
{
	struct stat st;

	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "target",
				replace_target));
	ASSERT_EQ(0, lstat(MNT("target"), &st));
	EXPECT_EQ(lower_ino(LOWER("target")), st.st_ino);
}

static int exchange(void)
{
	return renameat2(AT_FDCWD, MNT("file"), AT_FDCWD, MNT("target"),
			 RENAME_EXCHANGE);
}

TEST_F(fill, lookup_against_exchange)
{
	struct stat st;

	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file", exchange));
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_EQ(lower_ino(LOWER("file")), st.st_ino);
}

static int invalidate_name(void)
{
	return notify_inval_entry(&racing->daemon, FUSE_ROOT_ID, "file");
}

static int expire_name(void)
{
	return notify_expire_entry(&racing->daemon, FUSE_ROOT_ID, "file");
}

static int announce_deletion(void)
{
	return notify_delete(&racing->daemon, FUSE_ROOT_ID,
			     env_nodeid(racing, LOWER("file")), "file");
}

TEST_F(fill, lookup_against_notifications)
{
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file", expire_name));
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file",
				invalidate_name));
	ASSERT_EQ(0, know_names());
	cache_clear(racing_cache);
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_LOOKUP, "file",
				announce_deletion));
}

static int tell_of_new_name(void *arg)
{
	return notify_inval_entry(arg, FUSE_ROOT_ID, "none");
}

/* A missing name is asked for under a lock for which the notification waits. */
TEST_F(fill, negative_lookup_against_notification)
{
	const struct request r = { ENV_MNT, FUSE_LOOKUP, "none" };
	struct task lookup, notify;

	daemon_delay(DAEMON, FUSE_LOOKUP);
	ASSERT_EQ(0, task_start(&lookup, ask, (void *)&r));
	ASSERT_TRUE(daemon_wait_delayed(DAEMON, 1));
	ASSERT_EQ(0, task_start(&notify, tell_of_new_name, DAEMON));
	daemon_send_delayed(DAEMON);
	EXPECT_EQ(-ENOENT, task_end(&lookup));
	task_end(&notify);
	EXPECT_FALSE(cache_knows(racing, racing_cache, FUSE_LOOKUP, ENV_LOWER,
				 "none"));
}

/* ---------------------------------------------------------- attributes --- */

static int write_to_file(void)
{
	return pwrite(file_fd, "longer than it was", 18, 0) == 18 ? 0 : -1;
}

TEST_F(fill, getattr_against_write)
{
	struct stat st;

	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL,
				write_to_file));
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_EQ(18, st.st_size);
}

static int chmod_file(void)
{
	return fchmod(file_fd, 0604);
}

TEST_F(fill, getattr_against_setattr)
{
	struct stat st;

	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL, chmod_file));
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_EQ(S_IFREG | 0604, st.st_mode);
}

static int read_file(void)
{
	char c;

	return pread(file_fd, &c, 1, 0) == 1 ? 0 : -1;
}

/* Reading moves the access time. */
TEST_F(fill, getattr_against_read)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL, read_file));
}

static int look_up_again(void)
{
	cache_clear(racing_cache);
	return cache_ask(ENV_MNT, FUSE_LOOKUP, "file");
}

/* Attributes that came later are newer. */
TEST_F(fill, getattr_against_other_reply)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL,
				look_up_again));
}

static int invalidate_attributes(void)
{
	return notify_inval_attr(&racing->daemon,
				 env_nodeid(racing, LOWER("file")));
}

static int store_data(void)
{
	return notify_store(&racing->daemon,
			    env_nodeid(racing, LOWER("file")), "stored");
}

TEST_F(fill, getattr_against_notifications)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL,
				invalidate_attributes));
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETATTR, NULL, store_data));
}

TEST_F(fill, access_against_setattr)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_ACCESS, NULL, chmod_file));
}

TEST_F(fill, statfs_against_write)
{
	EXPECT_EQ(-ESTALE, RACE(ENV_MNT, FUSE_STATFS, NULL, write_to_file));
}

static int invalidate_link(void)
{
	return notify_inval_inode(&racing->daemon,
				  env_nodeid(racing, LOWER("link")));
}

TEST_F(fill, readlink_against_notification)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("link"), FUSE_READLINK, NULL,
				invalidate_link));
}

/* -------------------------------------------------------------- xattrs --- */

static int set_xattr(void)
{
	return fsetxattr(file_fd, "user.a", "new", 3, 0);
}

static int remove_xattr(void)
{
	return fremovexattr(file_fd, "user.a");
}

TEST_F(fill, getxattr_against_setxattr)
{
	char value[64];

	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETXATTR, "user.a",
				set_xattr));
	ASSERT_EQ(3, getxattr(MNT("file"), "user.a", value, sizeof(value)));
	EXPECT_EQ(0, memcmp("new", value, 3));
}

TEST_F(fill, getxattr_against_removexattr)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETXATTR, "user.a",
				remove_xattr));
	EXPECT_EQ(-ENODATA, cache_ask(MNT("file"), FUSE_GETXATTR, "user.a"));
}

/* "There is none" is an answer as well. */
TEST_F(fill, absence_against_setxattr)
{
	ASSERT_EQ(0, remove_xattr());
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETXATTR, "user.a",
				set_xattr));
	EXPECT_EQ(0, cache_ask(MNT("file"), FUSE_GETXATTR, "user.a"));
}

/*
 * Changed where the kernel does not see it, and asked for once more, later by
 * the clock: that is another node's change
 */
static int set_below_and_ask(void)
{
	return setxattr(LOWER("file"), "user.a", "new", 3, 0) ?:
	       write_other_file() ?: cache_ask(MNT("file"), FUSE_GETXATTR, "user.a");
}

/* Of two answers to one question the one to whoever asked last is kept. */
TEST_F(fill, getxattr_against_later_answer)
{
	char value[64];

	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETXATTR, "user.a",
				set_below_and_ask));
	daemon_forget_seen(DAEMON);
	ASSERT_EQ(3, getxattr(MNT("file"), "user.a", value, sizeof(value)));
	EXPECT_EQ(0, memcmp("new", value, 3));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_GETXATTR));
}

TEST_F(fill, listxattr_against_removexattr)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_LISTXATTR, NULL,
				remove_xattr));
}

/* --------------------------------------------- nodes that come and go --- */

/* A daemon uses a number again for what it finds under another name. */
static int reuse_node(void)
{
	struct daemon_shared *shared = racing->daemon.shared;

	shared->next_nodeid = env_nodeid(racing, LOWER("file"));
	return write_file(LOWER("fresh"), "fresh") ?:
	       cache_ask(ENV_MNT, FUSE_LOOKUP, "fresh");
}

/* What was said of the former bearer of a number is not true of the next. */
TEST_F(fill, reused_node)
{
	EXPECT_EQ(-ESTALE, RACE(MNT("file"), FUSE_GETXATTR, "user.a",
				reuse_node));
	EXPECT_EQ(-ENODATA, cache_ask(MNT("fresh"), FUSE_GETXATTR, "user.a"));
}

/* Attributes in the answer to a LOOKUP are kept as the node's own. */
static int keep_attributes_of_lookups(struct env *env, const struct cache *c)
{
	struct prog p;

	prog_begin(&p);
	cache_fill_child_rule(&p, c, HOUR);
	cache_fill_rule(&p, c, FUSE_LOOKUP, HOUR);
	return bpf_link_update(env->link, prog_load(&p));
}

TEST_F(fill, attributes_of_lookup)
{
	ASSERT_EQ(0, keep_attributes_of_lookups(racing, racing_cache));
	EXPECT_EQ(0, RACE(ENV_MNT, FUSE_LOOKUP, "file", nothing));
	EXPECT_EQ(0, cache_filled(racing_cache, CACHE_CHILD));
	EXPECT_TRUE(cache_knows(racing, racing_cache, FUSE_GETATTR,
				LOWER("file"), NULL));
}

/* The name is still true, the attributes are not. */
TEST_F(fill, attributes_of_lookup_against_write)
{
	ASSERT_EQ(0, keep_attributes_of_lookups(racing, racing_cache));
	EXPECT_EQ(0, RACE(ENV_MNT, FUSE_LOOKUP, "file", write_to_file));
	EXPECT_EQ(-ESTALE, cache_filled(racing_cache, CACHE_CHILD));
}

static int fresh_fd;

/* The same, told by the answer to a later request */
static int tell_attributes(void)
{
	struct stat st;

	return chmod(LOWER("fresh"), 0604) ?: write_other_file() ?:
	       fstat(fresh_fd, &st);
}

/* Also of a node of which nothing is kept yet */
TEST_F(fill, attributes_of_lookup_against_getattr)
{
	struct prog pass;
	struct stat st;

	prog_begin(&pass);
	ASSERT_EQ(0, bpf_link_update(racing->link, prog_load(&pass)));
	ASSERT_EQ(0, write_file(LOWER("fresh"), "fresh"));
	fresh_fd = open(MNT("fresh"), O_RDONLY);
	ASSERT_LE(0, fresh_fd);

	ASSERT_EQ(0, keep_attributes_of_lookups(racing, racing_cache));
	EXPECT_EQ(0, RACE(ENV_MNT, FUSE_LOOKUP, "fresh", tell_attributes));
	EXPECT_EQ(-ESTALE, cache_filled(racing_cache, CACHE_CHILD));
	ASSERT_EQ(0, lstat(MNT("fresh"), &st));
	EXPECT_EQ(S_IFREG | 0604, st.st_mode);
}

/* The node comes by its other name, changes, and goes. */
static int change_and_evict(void)
{
	uint64_t ino = lower_ino(LOWER("file"));

	if (write_file(MNT("dir/hard"), "changed") ||
	    daemon_node_by_ino(&racing->daemon, ino)->lookups < 2)
		return -1;
	if (!daemon_wait_released(&racing->daemon) ||
	    write_file("/proc/sys/vm/drop_caches", "2"))
		return -1;
	/* but for the one that was granted by the answer that waits */
	return daemon_wait_lookups(&racing->daemon, ino, 1) ? 0 : -1;
}

/* Attributes of lookups are kept, and the kernel does not know the file. */
static int forget_file(struct env *e)
{
	uint64_t ino = lower_ino(LOWER("file"));

	close(file_fd);
	if (!daemon_wait_released(&e->daemon) ||
	    keep_attributes_of_lookups(racing, racing_cache) ||
	    write_file("/proc/sys/vm/drop_caches", "2"))
		return -EIO;
	cache_clear(racing_cache);
	return daemon_wait_forgotten(&e->daemon, ino) ? 0 : -ETIMEDOUT;
}

/* A node that comes with the answer has no past. */
TEST_F(fill, attributes_of_first_lookup)
{
	ASSERT_EQ(0, forget_file(racing));
	EXPECT_EQ(0, RACE(ENV_MNT, FUSE_LOOKUP, "file", nothing));
	EXPECT_EQ(0, cache_filled(racing_cache, CACHE_CHILD));
}

/* One that has been there meanwhile has had one that it does not remember. */
TEST_F(fill, attributes_of_lookup_against_eviction)
{
	struct stat st;

	ASSERT_EQ(0, forget_file(racing));
	EXPECT_NE(-EIO, RACE(ENV_MNT, FUSE_LOOKUP, "file", change_and_evict));
	EXPECT_EQ(-ESTALE, cache_filled(racing_cache, CACHE_CHILD));
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_EQ(7, st.st_size);
}

/* ---------------------------------------------------------- the attach --- */

/* Nobody has watched over what was asked before. */
TEST(before_the_attach)
{
	const char *why = bpf_why_not();
	struct cache cache;
	struct env env;
	unsigned int i;

	if (why)
		SKIP(return, "%s", why);
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		struct task task;

		ASSERT_EQ(0, start_daemon(&env));
		daemon_delay(&env.daemon, requests[i].kind);
		ASSERT_EQ(0, task_start(&task, ask, (void *)&requests[i]));
		ASSERT_TRUE(daemon_wait_delayed(&env.daemon, 1));
		ASSERT_EQ(0, cache_start(&env, &cache));
		daemon_send_delayed(&env.daemon);
		EXPECT_EQ(0, task_end(&task));
		EXPECT_EQ(-ESTALE, cache_filled(&cache, requests[i].kind)) {
			TH_LOG("kind %u", requests[i].kind);
		}
		daemon_kill(&env.daemon);
		env_close_bpf(&env);
	}
}

/* ------------------------------------------------------- what may enter --- */

/* A map of nobody's, or of another connection's */
TEST_F(fill, foreign_map)
{
	struct cache other;
	struct prog p;

	ASSERT_EQ(0, cache_create(&other, 8));
	other.record = racing_cache->record;
	prog_begin(&p);
	cache_fill_rule(&p, &other, FUSE_STATFS, HOUR);
	ASSERT_EQ(0, bpf_link_update(racing->link, prog_load(&p)));
	EXPECT_EQ(-EPERM, RACE(ENV_MNT, FUSE_STATFS, NULL, nothing));
	EXPECT_EQ(0, cache_count(&other));
}

/* Fill under @key in the reply stage of @r. */
static int64_t fill_under(const struct request *r, const struct cache_key *key)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, r->kind, FUSE_BPF_REPLIED);
	cache_fill_key(&p, racing_cache, key, HOUR, r->kind);
	prog_rule_end(&p);
	if (bpf_link_update(racing->link, prog_load(&p)))
		return -EIO;
	return race(r, nothing);
}

/* Under a name that is none, but for LOOKUP the right one */
static int64_t fill_as(const struct request *r, uint64_t nodeid, uint32_t kind)
{
	struct cache_key key = cache_key(nodeid, kind,
					 kind == FUSE_LOOKUP ? r->name : NULL);

	return fill_under(r, &key);
}

TEST_F(fill, other_kind_or_node)
{
	const struct request statfs = { ENV_MNT, FUSE_STATFS, NULL };
	const struct request lookup = { ENV_MNT, FUSE_LOOKUP, "file" };
	const uint64_t file = env_nodeid(racing, LOWER("file"));
	const uint64_t dir = env_nodeid(racing, LOWER("dir"));

	EXPECT_EQ(0, fill_as(&statfs, FUSE_ROOT_ID, FUSE_STATFS));
	EXPECT_EQ(-EINVAL, fill_as(&statfs, FUSE_ROOT_ID, FUSE_GETATTR));
	EXPECT_EQ(-EINVAL, fill_as(&statfs, file, FUSE_STATFS));
	EXPECT_EQ(-EINVAL, fill_as(&statfs, file, FUSE_GETATTR));

	EXPECT_EQ(0, fill_as(&lookup, file, FUSE_GETATTR));
	EXPECT_EQ(-EINVAL, fill_as(&lookup, dir, FUSE_GETATTR));
	EXPECT_EQ(-EINVAL, fill_as(&lookup, file, FUSE_READLINK));
	EXPECT_EQ(-EINVAL, fill_as(&lookup, FUSE_ROOT_ID, FUSE_GETATTR));
}

/* Under the name that was looked up, by which it is dropped, and no other */
TEST_F(fill, other_name)
{
	const struct request lookup = { ENV_MNT, FUSE_LOOKUP, "file" };
	struct cache_key own = cache_key(FUSE_ROOT_ID, FUSE_LOOKUP, "file");
	struct cache_key other = cache_key(FUSE_ROOT_ID, FUSE_LOOKUP, "elif");
	struct cache_key longer = own, shorter = own;

	longer.name_len++;
	shorter.name_len--;
	EXPECT_EQ(-EINVAL, fill_under(&lookup, &longer));
	EXPECT_EQ(-EINVAL, fill_under(&lookup, &shorter));
	EXPECT_EQ(0, cache_count(racing_cache));

	EXPECT_EQ(0, fill_under(&lookup, &other));
	EXPECT_FALSE(cache_has(racing_cache, &other));
	EXPECT_TRUE(cache_has(racing_cache, &own));
}

TEST_HARNESS_MAIN
