// SPDX-License-Identifier: GPL-2.0
/*
 * One inode, handles of several kinds (K10): whoever opens first settles the
 * mode, everybody else goes along, and nobody gets EIO.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(mode) {
	struct env env;
	int pass;			/* a program that only binds */
};

FIXTURE_VARIANT(mode) {
	uint32_t open_flags;		/* FOPEN_* of what the daemon answers */
};

FIXTURE_VARIANT_ADD(mode, plain) {
	.open_flags = 0,
};

FIXTURE_VARIANT_ADD(mode, keep_cache) {
	.open_flags = FOPEN_KEEP_CACHE,
};

FIXTURE_VARIANT_ADD(mode, direct_io) {
	.open_flags = FOPEN_DIRECT_IO,
};

FIXTURE_VARIANT_ADD(mode, direct_io_parallel) {
	.open_flags = FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES,
};

FIXTURE_VARIANT_ADD(mode, stream_nonseekable) {
	.open_flags = FOPEN_STREAM | FOPEN_NONSEEKABLE,
};

FIXTURE_VARIANT_ADD(mode, noflush) {
	.open_flags = FOPEN_NOFLUSH,
};

static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

FIXTURE_SETUP(mode)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	config.open_flags = variant->open_flags;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_attach(&self->env));
	self->pass = pass_prog();
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(mode)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)
#define LINK		(self->env.link)

/* pread(2), or read(2) where the daemon says that there is no seeking */
static bool reads(int fd, uint32_t open_flags, const char *text)
{
	char buf[64];
	ssize_t n;

	if (!(open_flags & (FOPEN_STREAM | FOPEN_NONSEEKABLE)))
		return fd_is(fd, text);
	n = read(fd, buf, sizeof(buf));
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

#define EXPECT_READS(FD, TEXT)	EXPECT_TRUE(reads(FD, variant->open_flags, TEXT))

/*
 * Open through the page cache, or past it, by the daemon: whatever an OPEN is
 * answered with then, all handles show the same file.
 */
TEST_F(mode, daemon_first)
{
	int first, second;

	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	ASSERT_EQ(0, bpf_link_update(LINK, self->env.prog));

	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(5, write(second, "UPPER", 5));
	EXPECT_READS(first, "UPPER");
	EXPECT_TRUE(file_is(FILE_LOWER, "UPPER"));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));

	/* with nobody left the next one is redirected */
	daemon_forget_seen(DAEMON);
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	EXPECT_TRUE(fd_is(first, "UPPER"));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
}

/* While the page cache is in use, the daemon is not bypassed. */
TEST_F(mode, page_cache_first)
{
	const bool cached = !(variant->open_flags & FOPEN_DIRECT_IO);
	char *map = NULL;
	int first, second;

	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	if (cached) {
		map = mmap(NULL, 5, PROT_READ, MAP_SHARED, first, 0);
		ASSERT_NE(MAP_FAILED, map);
		ASSERT_EQ('l', map[0]);
	}
	ASSERT_EQ(0, bpf_link_update(LINK, self->env.prog));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(cached ? 2 : 1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(5, write(second, "UPPER", 5));
	EXPECT_READS(first, "UPPER");
	if (cached) {
		EXPECT_EQ('U', map[0]);
		EXPECT_EQ(0, munmap(map, 5));
	}
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* The daemon's answer joins the mode, and keeps the handle it was given. */
TEST_F(mode, redirected_first)
{
	int first, second;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));

	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(5, pwrite(first, "UPPER", 5, 0));
	EXPECT_READS(second, "UPPER");
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));

	EXPECT_EQ(0, close(second));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASE, 1));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_TRUE(daemon_wait_released(DAEMON));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_RELEASE));
	EXPECT_EQ(variant->open_flags & FOPEN_NOFLUSH ? 0 : 1,
		  daemon_seen(DAEMON, FUSE_FLUSH));
}

/* The mode outlives the handle that settled it. */
TEST_F(mode, first_is_closed)
{
	int first, second, third;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));
	second = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, close(first));
	third = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, third);
	EXPECT_READS(second, "lower");
	EXPECT_READS(third, "lower");
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
	EXPECT_EQ(0, close(second));
	EXPECT_EQ(0, close(third));

	/* and ends with the last: the page cache is open to all again */
	first = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, first);
	EXPECT_READS(first, "lower");
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READ) ? 1 : 0);
	EXPECT_EQ(0, close(first));
}

/* A detach leaves open files as they are, and later ones go along. */
TEST_F(mode, detach_while_open)
{
	int first, second;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, bpf_link_detach(LINK));
	EXPECT_EQ(0, backing_count(self->env.map));
	EXPECT_EQ(5, pwrite(first, "UPPER", 5, 0));
	EXPECT_TRUE(fd_is(first, "UPPER"));

	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_READS(second, "UPPER");
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
	EXPECT_TRUE(file_is(FILE_LOWER, "UPPER"));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASE, 1));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

/* Detached, attached again with a new map: the same object, another entry */
TEST_F(mode, attach_again_while_open)
{
	struct stat st;
	int first, second;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	env_close_bpf(&self->env);
	ASSERT_EQ(0, env_attach(&self->env));
	ASSERT_EQ(0, env_put(&self->env, env_nodeid(&self->env, FILE_LOWER),
			     FILE_LOWER));
	ASSERT_EQ(0, fstat(first, &st));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(5, pwrite(first, "UPPER", 5, 0));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* An entry is replaced: who is open, and who joins, stays with the old object */
TEST_F(mode, entry_replaced_while_open)
{
	uint64_t node = env_nodeid(&self->env, FILE_LOWER);
	int first, second;

	ASSERT_EQ(0, write_file(ENV_LOWER "/other", "other"));
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, env_put(&self->env, node, ENV_LOWER "/other"));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_TRUE(fd_is(first, "lower"));
	EXPECT_TRUE(fd_is(second, "lower"));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
	EXPECT_TRUE(file_is(FILE_MNT, "other"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
}

TEST_F(mode, entry_deleted_while_open)
{
	uint64_t node = env_nodeid(&self->env, FILE_LOWER);
	int first, second;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, backing_delete(self->env.map, node));
	EXPECT_TRUE(fd_is(first, "lower"));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_READS(second, "lower");
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* An OPEN that truncates joins, too. */
TEST_F(mode, truncated_while_open)
{
	struct stat st;
	int first, second;

	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	second = open(FILE_MNT, O_RDWR | O_TRUNC);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(0, fstat(first, &st));
	EXPECT_EQ(0, st.st_size);
	EXPECT_EQ(1, write(second, "z", 1));
	EXPECT_TRUE(fd_is(first, "z"));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* ----------------------------------------- mainline passthrough beside --- */

/* The daemon's own backing file comes first: redirected opens join it. */
TEST_F(mode, mainline_first)
{
	int first, second;

	DAEMON->shared->own_backing = 1;
	DAEMON->shared->open_flags = 0;
	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, bpf_link_update(LINK, self->env.prog));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(5, pwrite(first, "UPPER", 5, 0));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));
	EXPECT_EQ(0, close(first));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	EXPECT_EQ(0, close(second));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASE, 1));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

/* The extension comes first: a backing file of the daemon's joins it. */
TEST_F(mode, mainline_second)
{
	int first, second;

	DAEMON->shared->own_backing = 1;
	DAEMON->shared->open_flags = 0;
	first = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, bpf_link_update(LINK, self->pass));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	EXPECT_EQ(5, pwrite(first, "UPPER", 5, 0));
	EXPECT_TRUE(fd_is(second, "UPPER"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READ));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
}

/* --------------------------------------------------------------- load --- */

struct load {
	bool stop;
	unsigned long rounds;
	int error;
};

static void *open_loop(void *arg)
{
	struct load *load = arg;
	char buf[8];
	int fd;

	while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
		fd = open(FILE_MNT, O_RDWR);
		if (fd < 0 || read(fd, buf, sizeof(buf)) < 0) {
			load->error = errno;
			break;
		}
		close(fd);
		load->rounds++;
	}
	return NULL;
}

/* Redirected and not, all at once: no open and no read ever fails. */
TEST_F(mode, both_under_load)
{
	struct load loads[2] = {};
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, open_loop,
					    &loads[i]));
	for (i = 0; i < 200; i++) {
		EXPECT_EQ(0, bpf_link_update(LINK, i % 2 ? self->env.prog :
					     self->pass));
		usleep(500);
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		__atomic_store_n(&loads[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, loads[i].error);
		EXPECT_LT(0, loads[i].rounds);
	}
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

TEST_HARNESS_MAIN
