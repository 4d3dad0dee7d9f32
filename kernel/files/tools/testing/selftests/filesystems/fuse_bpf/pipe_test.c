// SPDX-License-Identifier: GPL-2.0
/*
 * splice(2) into a file that has handles of both kinds: nobody keeps the inode
 * locked while he waits for a pipe.
 */
#include "env.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define ROUNDS		3000

FIXTURE(pipe) {
	struct env env;
	int redirected;
	int served;			/* by the daemon, past the page cache */
	int in;				/* the pipe's ends */
	int out;
};

static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

FIXTURE_SETUP(pipe)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	int ends[2];

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	config.open_flags = FOPEN_DIRECT_IO;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_attach(&self->env));
	self->redirected = open(FILE_MNT, O_WRONLY);
	ASSERT_LE(0, self->redirected);
	ASSERT_EQ(0, daemon_seen(&self->env.daemon, FUSE_OPEN));
	ASSERT_EQ(0, bpf_link_update(self->env.link, pass_prog()));
	self->served = open(FILE_MNT, O_WRONLY);
	ASSERT_LE(0, self->served);
	ASSERT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));
	ASSERT_EQ(0, pipe(ends));
	self->out = ends[0];
	self->in = ends[1];
}

FIXTURE_TEARDOWN(pipe)
{
	daemon_kill(&self->env.daemon);
}

struct drain {
	struct task task;
	int pipe;
	int file;
	pid_t tid;
};

/* Splices until nobody writes any more; returns how many bytes. */
static int drain(void *arg)
{
	struct drain *d = arg;
	int n, sum = 0;

	__atomic_store_n(&d->tid, gettid(), __ATOMIC_RELEASE);
	do {
		loff_t off = 0;

		n = splice(d->pipe, NULL, d->file, &off, 1, 0);
		if (n < 0)
			return -1;
		sum += n;
	} while (n);
	return sum;
}

static int drain_start(struct drain *d, int pipe, int file)
{
	*d = (struct drain) { .pipe = pipe, .file = file };
	return task_start(&d->task, drain, d);
}

/* Wait until the pipe is all that it has to wait for. */
static void drain_sleeps(const struct drain *d)
{
	char path[64], stat[256], *state;
	ssize_t n;
	pid_t tid;
	int fd;

	do {
		usleep(1000);
		tid = __atomic_load_n(&d->tid, __ATOMIC_ACQUIRE);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, stat, sizeof(stat) - 1);
		close(fd);
		stat[n > 0 ? n : 0] = 0;
		state = strrchr(stat, ')');
	} while (!tid || !state || state[2] != 'S');
}

static int write_both(void *arg)
{
	const FIXTURE_DATA(pipe) *self = arg;

	return pwrite(self->served, "UPPER", 5, 0) == 5 &&
	       pwrite(self->redirected, "up", 2, 0) == 2 &&
	       !ftruncate(self->redirected, 4) ? 0 : -1;
}

static bool ends_within(struct task *task, unsigned int seconds)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += seconds;
	return !pthread_timedjoin_np(task->thread, NULL, &deadline);
}

TEST_F(pipe, others_write_meanwhile)
{
	struct task others;
	struct drain d;

	ASSERT_EQ(0, drain_start(&d, self->out, self->redirected));
	drain_sleeps(&d);
	ASSERT_EQ(0, task_start(&others, write_both, self));
	ASSERT_TRUE(ends_within(&others, 10));
	EXPECT_TRUE(file_is(FILE_LOWER, "upPE"));
	EXPECT_EQ(1, write(self->in, "U", 1));
	EXPECT_EQ(0, close(self->in));
	EXPECT_EQ(1, task_end(&d.task));
	EXPECT_TRUE(file_is(FILE_LOWER, "UpPE"));
}

/* Had they waited for each other, nothing could part them again. */
TEST_F(pipe, one_for_both)
{
	struct drain first, second;
	int i;

	ASSERT_EQ(0, drain_start(&first, self->out, self->redirected));
	ASSERT_EQ(0, drain_start(&second, self->out, self->served));
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(2, write(self->in, "ab", 2));
	EXPECT_EQ(0, close(self->in));
	EXPECT_EQ(2 * ROUNDS, task_end(&first.task) + task_end(&second.task));
}

TEST_HARNESS_MAIN
