// SPDX-License-Identifier: GPL-2.0
/*
 * Ends, in any order and under load (K9): applications get ENOTCONN, everything
 * is let go of once, and the lower file system can be unmounted.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(life) {
	struct env env;
};

static int start(struct env *env)
{
	struct daemon_config config = daemon_default;
	int err;

	config.entry_valid = 1000;
	err = env_start(env, &config);
	err = err ?: write_file(FILE_LOWER, "lower");
	return err ?: env_attach(env);
}

FIXTURE_SETUP(life)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(&self->env));
}

FIXTURE_TEARDOWN(life)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)

#define EXPECT_ENOTCONN(CALL)						\
	do {								\
		errno = 0;						\
		EXPECT_EQ(-1, (long)(CALL));				\
		EXPECT_EQ(ENOTCONN, errno);				\
	} while (0)

/* Everything that a file which an extension backs can be asked */
static void expect_dead(struct __test_metadata *_metadata, int fd)
{
	int in[2], out[2];
	loff_t off = 0;
	char c = 'x';

	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ(1, write(in[1], "x", 1));
	EXPECT_ENOTCONN(pread(fd, &c, 1, 0));
	EXPECT_ENOTCONN(pwrite(fd, &c, 1, 0));
	EXPECT_ENOTCONN(splice(fd, &off, out[1], NULL, 1, 0));
	EXPECT_ENOTCONN(splice(in[0], NULL, fd, &off, 1, 0));
	EXPECT_ENOTCONN(fsync(fd));
	EXPECT_ENOTCONN(mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_ENOTCONN(mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0));
}

/* ------------------------------------------------- death of the daemon --- */

TEST_F(life, daemon_dies)
{
	struct stat st;
	char *map;
	int fd;

	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));

	daemon_kill(DAEMON);
	expect_dead(_metadata, fd);
	EXPECT_ENOTCONN(open(FILE_MNT, O_RDONLY));
	EXPECT_ENOTCONN(stat(FILE_MNT, &st));
	EXPECT_ENOTCONN(access(ENV_MNT "/new", F_OK));
	/* a mapping that exists lives on */
	EXPECT_EQ(0, memcmp(map, "lower", 5));
	map[0] = 'L';
	EXPECT_TRUE(file_is(FILE_LOWER, "Lower"));

	EXPECT_EQ(0, munmap(map, 5));
	close(fd);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* The handle of a CREATE ends in the same way. */
TEST_F(life, daemon_dies_after_create)
{
	int fd = open(ENV_MNT "/new", O_CREAT | O_RDWR, 0600);

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(fd, "x", 1, 0));
	daemon_kill(DAEMON);
	expect_dead(_metadata, fd);
	close(fd);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* And one of the daemon's that has joined */
TEST_F(life, daemon_dies_after_joining)
{
	int first = open(FILE_MNT, O_RDWR), second;

	ASSERT_LE(0, first);
	ASSERT_EQ(0, bpf_link_detach(self->env.link));
	second = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, second);
	ASSERT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	daemon_kill(DAEMON);
	expect_dead(_metadata, first);
	expect_dead(_metadata, second);
	close(first);
	close(second);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

TEST_F(life, abort)
{
	char path[64];
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), ENV_CTL "/%u/abort",
		 env_connection(&self->env));
	ASSERT_EQ(0, write_file(path, "1"));
	expect_dead(_metadata, fd);
	EXPECT_EQ(0, backing_count(self->env.map));
	close(fd);
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* While a request waits for the daemon, its death answers it. */
TEST_F(life, daemon_dies_in_a_request)
{
	int status;
	pid_t pid;

	DAEMON->shared->drop[FUSE_LOOKUP] = 1;
	pid = fork();
	if (!pid) {
		close(DAEMON->dev);
		_exit(open(ENV_MNT "/other", O_RDONLY) < 0 ? errno : 0);
	}
	ASSERT_TRUE(daemon_wait_seen(DAEMON, FUSE_LOOKUP, 1));
	daemon_kill(DAEMON);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_TRUE(WEXITSTATUS(status) == ECONNABORTED ||
		    WEXITSTATUS(status) == ENOTCONN);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* ---------------------------------------------------------------- umount */

/* An open file keeps a detached mount, and nothing else, until it is closed. */
TEST_F(life, lazy_umount)
{
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, umount(ENV_MNT));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, umount2(ENV_MNT, MNT_DETACH));
	EXPECT_EQ(5, pwrite(fd, "UPPER", 5, 0));
	EXPECT_TRUE(file_is(FILE_LOWER, "UPPER"));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, backing_count(self->env.map));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* An end while the file system is used as ever leaves no reference. */
TEST_F(life, umount)
{
	struct stat st;

	ASSERT_EQ(0, stat(FILE_MNT, &st));
	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	ASSERT_EQ(0, umount(ENV_MNT));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* Detached, the link's and the map's descriptors hold nothing of the mount. */
TEST_F(life, detach_and_umount)
{
	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	ASSERT_EQ(0, bpf_link_detach(self->env.link));
	ASSERT_EQ(0, umount(ENV_MNT));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* The link holds its maps when nobody else does any more. */
TEST_F(life, map_descriptor_closed)
{
	struct stat st;

	close(self->env.map);
	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
	close(self->env.link);
	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* A mount point can be used again after the daemon's death. */
TEST_F(life, mount_again)
{
	struct daemon again;

	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	daemon_kill(DAEMON);
	ASSERT_EQ(0, umount(ENV_MNT));
	ASSERT_EQ(0, daemon_start(&again, ENV_LOWER, ENV_MNT,
				  &daemon_default));
	self->env.daemon = again;
	env_close_bpf(&self->env);
	ASSERT_EQ(0, env_attach(&self->env));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
}

/* ----------------------------------------------------------- under load */

#define WORKERS	2

struct load {
	uint32_t rounds;
	uint32_t error;			/* one that nobody should see */
};

static bool expected(int error, bool ends)
{
	return ends && (error == ENOTCONN || error == ECONNABORTED ||
			error == ENOENT || error == ENODEV);
}

/* Open, read, write, create, remove until killed. */
static void work(struct load *load, unsigned int nr, bool ends)
{
	char name[64], buf[64];
	struct stat st;
	int fd, made;

	snprintf(name, sizeof(name), ENV_MNT "/made%u", nr);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		fd = open(FILE_MNT, O_RDWR);
		made = open(name, O_CREAT | O_RDWR, 0644);
		if (fd < 0 || made < 0 || pread(fd, buf, 64, 0) < 0 ||
		    pwrite(fd, "x", 1, 0) < 0 || write(made, "y", 1) < 0 ||
		    stat(FILE_MNT, &st) || unlink(name)) {
			if (!expected(errno, ends))
				load->error = errno;
		}
		if (fd >= 0)
			close(fd);
		if (made >= 0)
			close(made);
		__atomic_fetch_add(&load->rounds, 1, __ATOMIC_SEQ_CST);
	}
}

static struct load *start_load(struct env *env, pid_t *pids, bool ends)
{
	struct load *loads;
	unsigned int i;

	loads = mmap(NULL, WORKERS * sizeof(*loads), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (loads == MAP_FAILED)
		return NULL;
	for (i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		/* only the daemon and the test hold the connection */
		close(env->daemon.dev);
		env_close_bpf(env);
		work(&loads[i], i, ends);
	}
	return loads;
}

static void stop_load(pid_t *pids)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < WORKERS; i++)
		waitpid(pids[i], NULL, 0);
}

static bool wait_rounds(struct load *loads, uint32_t nr)
{
	unsigned int i, ms;

	for (i = 0; i < WORKERS; i++) {
		for (ms = 0; loads[i].rounds < nr; ms++) {
			if (ms > 10000)
				return false;
			usleep(1000);
		}
	}
	return true;
}

static void end_detach(struct env *env)
{
	bpf_link_detach(env->link);
}

static void end_umount(struct env *env)
{
	(void)env;
	umount2(ENV_MNT, MNT_DETACH);
}

static void end_daemon(struct env *env)
{
	daemon_kill(&env->daemon);
}

static void end_descriptors(struct env *env)
{
	env_close_bpf(env);
}

static void (*const ends[])(struct env *env) = {
	end_detach, end_umount, end_daemon, end_descriptors,
};

/* The @nr-th order of four */
static void order_of(unsigned int nr, unsigned int order[4])
{
	unsigned int left[4] = { 0, 1, 2, 3 };
	unsigned int i, j, at;

	for (i = 4; i; i--) {
		at = nr % i;
		nr /= i;
		order[4 - i] = left[at];
		for (j = at; j + 1 < i; j++)
			left[j] = left[j + 1];
	}
}

/* Under load, end everything in the @nr-th order; then nothing is left. */
static void one_end(struct __test_metadata *_metadata, unsigned int nr)
{
	unsigned int i, order[4];
	pid_t pids[WORKERS];
	struct load *loads;
	struct env env;

	ASSERT_EQ(0, start(&env));
	loads = start_load(&env, pids, true);
	ASSERT_NE(NULL, loads);
	EXPECT_TRUE(wait_rounds(loads, 2));
	order_of(nr, order);
	for (i = 0; i < 4; i++)
		ends[order[i]](&env);
	stop_load(pids);
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, loads[i].error);
	EXPECT_EQ(0, umount(ENV_LOWER)) {
		TH_LOG("order %u %u %u %u", order[0], order[1], order[2],
		       order[3]);
	}
	munmap(loads, WORKERS * sizeof(*loads));
}

TEST_F_TIMEOUT(life, every_order_under_load, 600)
{
	unsigned int nr;

	for (nr = 0; nr < 24; nr++)
		one_end(_metadata, nr);
}

/* Attaching and detaching again and again, nobody notices (K10). */
TEST_F_TIMEOUT(life, attach_under_load, 600)
{
	pid_t pids[WORKERS];
	struct load *loads;
	unsigned int i;

	loads = start_load(&self->env, pids, false);
	ASSERT_NE(NULL, loads);
	for (i = 0; i < 100; i++) {
		if (i % 2)
			EXPECT_EQ(0, bpf_link_detach(self->env.link));
		env_close_bpf(&self->env);
		EXPECT_EQ(0, env_attach(&self->env));
		usleep(1000);
	}
	EXPECT_TRUE(wait_rounds(loads, 2));
	stop_load(pids);
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, loads[i].error);
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
	EXPECT_EQ(0, umount(ENV_MNT));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* The same while entries come and go */
TEST_F_TIMEOUT(life, entries_under_load, 600)
{
	pid_t pids[WORKERS];
	struct load *loads;
	uint64_t node;
	unsigned int i;

	ASSERT_TRUE(file_is(FILE_MNT, "lower"));
	node = env_nodeid(&self->env, FILE_LOWER);
	loads = start_load(&self->env, pids, false);
	ASSERT_NE(NULL, loads);
	for (i = 0; i < 1000; i++) {
		EXPECT_EQ(0, env_put(&self->env, node, FILE_LOWER));
		if (i % 3 == 1)
			backing_delete(self->env.map, node);
		if (i % 7 == 1) {
			backing_delete(self->env.map, FUSE_ROOT_ID);
			EXPECT_EQ(0, env_put(&self->env, FUSE_ROOT_ID,
					     ENV_LOWER));
		}
	}
	EXPECT_TRUE(wait_rounds(loads, 2));
	stop_load(pids);
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, loads[i].error);
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, backing_count(self->env.map));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

TEST_HARNESS_MAIN
