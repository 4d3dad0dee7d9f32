// SPDX-License-Identifier: GPL-2.0
/*
 * What makes entries untrue without an operation on a node (C2): the daemon says
 * so, the node goes, newer attributes come, and data reaches a file by itself.
 */
#include "kept.h"
#include "notify.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(stale) {
	struct env env;
	struct kept kept;
	struct daemon_config config;
};

static int start(FIXTURE_DATA(stale) *self)
{
	return kept_start(&self->kept, &self->env, &self->config);
}

FIXTURE_SETUP(stale)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	self->config = daemon_default;
	self->config.own_permissions = true;
}

FIXTURE_TEARDOWN(stale)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)
#define KEPT		(&self->kept)
#define NODE(NAME)	env_nodeid(&self->env, LOWER(NAME))

/* -------------------------------------------------------- notifications --- */

TEST_F(stale, inval_inode)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_inval_inode(DAEMON, NODE("dir/file")));
	EXPECT_GONE(KEPT, FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL | B(DIR_ATTR) | B(FILE_NAME));
	EXPECT_EQ(0, notify_inval_inode(DAEMON, NODE("dir/link")));
	EXPECT_GONE(KEPT, B(LINK_ATTR) | B(LINK_TEXT));
}

/* Without a range of data it is about attributes; xattrs are among them. */
TEST_F(stale, inval_attributes)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_inval_attr(DAEMON, NODE("dir/file")));
	EXPECT_GONE(KEPT, FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL);
}

/* Names in it are what a directory is about. */
TEST_F(stale, inval_directory)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_inval_inode(DAEMON, NODE("dir")));
	EXPECT_GONE(KEPT, B(DIR_ATTR) | B(FILE_NAME) | B(SUB_NAME) |
		    B(NEW_NAME));
	EXPECT_THERE(KEPT, FILE_ALL | B(TARGET_NAME) | B(OTHER_NEW_NAME));
}

TEST_F(stale, store)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_store(DAEMON, NODE("dir/file"), "stored"));
	EXPECT_GONE(KEPT, FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL);
}

TEST_F(stale, inval_entry)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_inval_entry(DAEMON, NODE("dir"), "file"));
	EXPECT_GONE(KEPT, B(FILE_NAME) | B(DIR_ATTR) | FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL | B(SUB_NAME) | B(NEW_NAME));
}

TEST_F(stale, expire_entry)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_expire_entry(DAEMON, NODE("dir"), "file"));
	EXPECT_GONE(KEPT, B(FILE_NAME) | B(DIR_ATTR) | FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL | B(SUB_NAME) | B(NEW_NAME));
}

TEST_F(stale, delete)
{
	ASSERT_EQ(0, start(self));
	EXPECT_EQ(0, notify_delete(DAEMON, NODE("dir"), NODE("dir/file"),
				   "file"));
	EXPECT_GONE(KEPT, B(FILE_NAME) | B(DIR_ATTR) | FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL | B(SUB_NAME) | B(NEW_NAME));
}

/* A name that the VFS does not have, while the cache has it as missing */
TEST_F(stale, inval_unknown_entry)
{
	uint64_t dir;
	int fd;

	ASSERT_EQ(0, start(self));
	dir = NODE("dir");
	fd = open(MNT("dir"), O_PATH);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	EXPECT_THERE(KEPT, B(NEW_NAME) | B(DIR_ATTR));
	notify_inval_entry(DAEMON, dir, "new");
	EXPECT_GONE(KEPT, B(NEW_NAME) | B(DIR_ATTR));
	close(fd);
}

/* Another name of a node, which the VFS does not have */
TEST_F(stale, delete_unknown_entry)
{
	ASSERT_EQ(0, start(self));
	notify_delete(DAEMON, NODE("other"), NODE("dir/file"), "hard");
	EXPECT_GONE(KEPT, B(OTHER_ATTR) | FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL | B(FILE_NAME) | B(OTHER_NEW_NAME));
}

/* A name may be longer than any that is kept. */
TEST_F(stale, inval_long_name)
{
	char name[200];

	ASSERT_EQ(0, start(self));
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	notify_inval_entry(DAEMON, NODE("dir"), name);
	EXPECT_THERE(KEPT, B(FILE_NAME) | B(NEW_NAME) | FILE_ALL);
}

/* -------------------------------------------------- the node is no more --- */

TEST_F(stale, evicted)
{
	uint64_t ino;

	ASSERT_EQ(0, start(self));
	ino = lower_ino(LOWER("dir/sub"));
	EXPECT_THERE(KEPT, B(SUB_ATTR));
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_GONE(KEPT, B(SUB_ATTR) | B(LINK_ATTR) | B(LINK_TEXT));
	/* held by open files */
	EXPECT_THERE(KEPT, B(FILE_VALUE) | B(PEER_VALUE));
}

/* The file lives on without a name; with its last user it goes. */
TEST_F(stale, removed_and_closed)
{
	char value[64];
	uint64_t ino;

	ASSERT_EQ(0, start(self));
	ino = lower_ino(LOWER("dir/file"));
	ASSERT_EQ(0, unlink(MNT("dir/file")));
	ASSERT_EQ(1, fgetxattr(KEPT->file, "user.a", value, sizeof(value)));
	EXPECT_THERE(KEPT, B(FILE_VALUE));
	close(KEPT->file);
	ASSERT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_GONE(KEPT, FILE_ALL);
}

static void set_type(struct daemon *d, uint64_t nodeid, uint32_t type)
{
	unsigned int i;

	for (i = 0; i < DAEMON_NODES; i++) {
		if (d->shared->nodes[i].nodeid == nodeid)
			d->shared->nodes[i].lie_type = type;
	}
}

/* A node that has changed its type is served no more. */
TEST_F(stale, bad)
{
	ASSERT_EQ(0, start(self));
	set_type(DAEMON, NODE("dir/file"), S_IFDIR);
	ASSERT_EQ(0, bpf_map_delete(KEPT->cache.map, &KEPT->keys[FILE_ATTR]));
	EXPECT_EQ(-EIO, kept_ask(B(FILE_ATTR)));
	EXPECT_GONE(KEPT, FILE_ALL);
	EXPECT_THERE(KEPT, PEER_ALL);
}

/* -------------------------------------------------------- newer answers --- */

/* The daemon's own tree changes, and it tells so by the way. */
TEST_F(stale, attributes_from_lookup)
{
	struct stat st;

	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, chmod(LOWER("dir/file"), 0604));
	EXPECT_EQ(0, bpf_map_delete(KEPT->cache.map, &KEPT->keys[FILE_NAME]));
	ASSERT_EQ(0, lstat(MNT("dir/file"), &st));
	EXPECT_EQ(S_IFREG | 0604, st.st_mode);
	EXPECT_THERE(KEPT, B(PEER_ATTR) | B(FILE_VALUE));
}

/* A name that the kernel has not heard of, of a node that it knows */
TEST_F(stale, attributes_from_new_name)
{
	struct stat st;

	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, link(LOWER("dir/file"), LOWER("dir/hard")));
	ASSERT_EQ(0, chmod(LOWER("dir/file"), 0604));
	ASSERT_EQ(0, lstat(MNT("dir/hard"), &st));
	EXPECT_EQ(S_IFREG | 0604, st.st_mode);
	EXPECT_EQ(2, st.st_nlink);
}

TEST_F(stale, attributes_from_readdirplus)
{
	struct stat st;
	DIR *dir;

	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, chmod(LOWER("dir/file"), 0604));
	dir = opendir(MNT("dir"));
	ASSERT_NE(NULL, dir);
	while (readdir(dir))
		;
	closedir(dir);
	ASSERT_LE(1, daemon_seen(DAEMON, FUSE_READDIRPLUS));
	ASSERT_EQ(0, lstat(MNT("dir/file"), &st));
	EXPECT_EQ(S_IFREG | 0604, st.st_mode);
}

/* ----------------------------------------------- data that finds its way --- */

static int sync_mapping(void *map)
{
	return msync(map, 4096, MS_SYNC);
}

/* Pages are written back by requests that nobody waits for by name. */
TEST_F(stale, mapped_writes)
{
	struct task task;
	char *map;

	ASSERT_EQ(0, start(self));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, KEPT->file,
		   0);
	ASSERT_NE(MAP_FAILED, map);

	/* first, as pages may be written back before they are told to be */
	DAEMON->shared->hold[FUSE_WRITE] = 1;
	map[0] = 'L';
	ASSERT_EQ(0, task_start(&task, sync_mapping, map));
	ASSERT_TRUE(daemon_wait_held(DAEMON, 1));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
	EXPECT_EQ(0, kept_ask(FILE_ALL | B(SPACE)));
	EXPECT_THERE(KEPT, FILE_ALL | B(SPACE));
	daemon_go_on(DAEMON, FUSE_WRITE);
	EXPECT_EQ(0, task_end(&task));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
	EXPECT_THERE(KEPT, PEER_ALL);
}

static int write_direct(void *arg)
{
	return pwrite(((struct kept *)arg)->file, "direct", 6, 0) == 6 ? 0 : -1;
}

/* Writes that leave out the page cache */
TEST_F(stale, direct_writes)
{
	struct task task;

	self->config.open_flags = FOPEN_DIRECT_IO;
	ASSERT_EQ(0, start(self));
	DAEMON->shared->hold[FUSE_WRITE] = 1;
	ASSERT_EQ(0, task_start(&task, write_direct, KEPT));
	ASSERT_TRUE(daemon_wait_held(DAEMON, 1));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
	EXPECT_EQ(0, kept_ask(FILE_ALL | B(SPACE)));
	EXPECT_THERE(KEPT, FILE_ALL | B(SPACE));
	daemon_go_on(DAEMON, FUSE_WRITE);
	EXPECT_EQ(0, task_end(&task));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
}

static void wait_gone(const struct kept *k, unsigned int some)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	unsigned int ms;

	for (ms = 0; ms < 10000 && kept_wrong(k, some, 0); ms++)
		nanosleep(&tick, NULL);
}

/* Data that a daemon has kept back may reach the file with the last close. */
TEST_F(stale, release)
{
	int fd;

	ASSERT_EQ(0, start(self));
	/* no FLUSH, once this one has failed */
	DAEMON->shared->refuse[FUSE_FLUSH] = ENOSYS;
	ASSERT_EQ(0, close(dup(KEPT->peer)));
	fd = open(MNT("dir/file"), O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kept_fill(KEPT));

	DAEMON->shared->hold[FUSE_RELEASE] = 1;
	ASSERT_EQ(0, close(fd));
	ASSERT_TRUE(daemon_wait_held(DAEMON, 1));
	EXPECT_GONE(KEPT, B(FILE_ATTR) | B(SPACE));
	EXPECT_EQ(0, kept_ask(B(FILE_ATTR) | B(SPACE)));
	EXPECT_THERE(KEPT, B(FILE_ATTR) | B(SPACE));
	daemon_go_on(DAEMON, FUSE_RELEASE);
	wait_gone(KEPT, B(FILE_ATTR) | B(SPACE));
	EXPECT_GONE(KEPT, B(FILE_ATTR) | B(SPACE));
}

/* Whoever has only read has changed nothing. */
TEST_F(stale, release_of_a_reader)
{
	int fd;

	ASSERT_EQ(0, start(self));
	fd = open(MNT("dir/file"), O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kept_fill(KEPT));
	ASSERT_EQ(0, close(fd));
	ASSERT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASE, 1));
	EXPECT_THERE(KEPT, FILE_ALL);
}

/* But the last reader of a removed file gives its space back. */
TEST_F(stale, release_of_a_removed_file)
{
	int fd;

	ASSERT_EQ(0, start(self));
	ASSERT_EQ(0, write_file(LOWER("dir/gone"), "gone"));
	fd = open(MNT("dir/gone"), O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unlink(MNT("dir/gone")));
	ASSERT_EQ(0, kept_ask(B(SPACE)));
	EXPECT_THERE(KEPT, B(SPACE));
	ASSERT_EQ(0, close(fd));
	wait_gone(KEPT, B(SPACE));
	EXPECT_GONE(KEPT, B(SPACE));
}

/* ------------------------------------------------ mainline passthrough --- */

/* Files are backed by the daemon's own choice; nobody hears of writes. */
static int start_passthrough(FIXTURE_DATA(stale) *self)
{
	struct kept *k = &self->kept;
	int err;

	err = kept_serve(k, &self->env, &self->config);
	if (!err)
		self->env.daemon.shared->own_backing = 1;
	return err ?: cache_start(&self->env, &k->cache) ?: kept_open(k) ?:
	       kept_fill(k);
}

TEST_F(stale, passthrough_write)
{
	ASSERT_EQ(0, start_passthrough(self));
	ASSERT_EQ(4, pwrite(KEPT->file, "more", 4, 5));
	ASSERT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
	EXPECT_THERE(KEPT, PEER_ALL);
}

TEST_F(stale, passthrough_splice)
{
	int fds[2];

	ASSERT_EQ(0, start_passthrough(self));
	ASSERT_EQ(0, pipe(fds));
	ASSERT_EQ(4, write(fds[1], "more", 4));
	ASSERT_EQ(4, splice(fds[0], NULL, KEPT->file, NULL, 4, 0));
	ASSERT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));
	EXPECT_GONE(KEPT, FILE_ALL | B(SPACE));
	EXPECT_THERE(KEPT, PEER_ALL);
}

/* Stores are seen by nobody: attributes are not believed while they may come. */
TEST_F(stale, passthrough_mapping)
{
	struct stat upper, lower;
	char *map;

	ASSERT_EQ(0, start_passthrough(self));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, KEPT->file,
		   0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, kept_ask(B(FILE_ATTR)));
	map[0] = 'L';
	ASSERT_EQ(0, lstat(LOWER("dir/file"), &lower));
	ASSERT_EQ(0, lstat(MNT("dir/file"), &upper));
	EXPECT_EQ(lower.st_mtim.tv_sec, upper.st_mtim.tv_sec);
	EXPECT_EQ(lower.st_mtim.tv_nsec, upper.st_mtim.tv_nsec);
}

TEST_HARNESS_MAIN
