// SPDX-License-Identifier: GPL-2.0
/*
 * Locks of a connection that has consented are the kernel's (K5), whoever has
 * opened the files; a daemon that asked for them hears nothing.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(lock) {
	struct env env;
	int first;
	int second;
};

/* Who has opened the two handles of the file */
FIXTURE_VARIANT(lock) {
	bool first_by_daemon;
	bool second_by_daemon;
};

FIXTURE_VARIANT_ADD(lock, redirected) {
	.first_by_daemon = false, .second_by_daemon = false,
};

FIXTURE_VARIANT_ADD(lock, mixed) {
	.first_by_daemon = false, .second_by_daemon = true,
};

FIXTURE_VARIANT_ADD(lock, daemons) {
	.first_by_daemon = true, .second_by_daemon = true,
};

static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

static int open_by(struct env *env, bool by_daemon)
{
	int prog = by_daemon ? pass_prog() : env->prog;

	if (prog < 0 || bpf_link_update(env->link, prog))
		return -1;
	return open(FILE_MNT, O_RDWR | O_CLOEXEC);
}

static int start(struct env *env, uint64_t drop_flags)
{
	struct daemon_config config = daemon_default;
	int err;

	config.entry_valid = 1000;
	config.init_flags |= FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS;
	config.init_flags &= ~drop_flags;
	err = env_start(env, &config);
	return err ?: write_file(FILE_LOWER, "lower");
}

FIXTURE_SETUP(lock)
{
	const char *why = bpf_why_not();
	struct env *env = &self->env;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(env, 0));
	ASSERT_EQ(0, env_attach_full(env));
	self->first = open_by(env, variant->first_by_daemon);
	self->second = open_by(env, variant->second_by_daemon);
	ASSERT_LE(0, self->first);
	ASSERT_LE(0, self->second);
	ASSERT_EQ(variant->first_by_daemon + variant->second_by_daemon,
		  daemon_seen(&env->daemon, FUSE_OPEN));
	daemon_forget_seen(&env->daemon);
}

FIXTURE_TEARDOWN(lock)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON		(&self->env.daemon)

static unsigned int locks_seen(const struct daemon *d)
{
	return daemon_seen(d, FUSE_GETLK) + daemon_seen(d, FUSE_SETLK) +
	       daemon_seen(d, FUSE_SETLKW);
}

/* 0 or an errno */
static int set_lock(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = start,
		.l_len = len,
	};

	return fcntl(fd, cmd, &lock) ? errno : 0;
}

/* The same in a process of its own */
static int set_lock_elsewhere(int fd, int cmd, short type, off_t start,
			      off_t len)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(set_lock(fd, cmd, type, start, len));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(lock, flock)
{
	EXPECT_EQ(0, flock(self->first, LOCK_EX | LOCK_NB));
	EXPECT_EQ(-1, flock(self->second, LOCK_SH | LOCK_NB));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_EQ(0, flock(self->first, LOCK_SH | LOCK_NB));
	EXPECT_EQ(0, flock(self->second, LOCK_SH | LOCK_NB));
	/* closing gives back */
	EXPECT_EQ(0, close(self->first));
	EXPECT_EQ(0, flock(self->second, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

TEST_F(lock, posix)
{
	EXPECT_EQ(0, set_lock(self->first, F_SETLK, F_WRLCK, 0, 10));
	/* of one process, whatever the handle */
	EXPECT_EQ(0, set_lock(self->second, F_SETLK, F_WRLCK, 5, 10));
	EXPECT_EQ(EAGAIN, set_lock_elsewhere(self->second, F_SETLK, F_RDLCK,
					     0, 1));
	EXPECT_EQ(EAGAIN, set_lock_elsewhere(self->first, F_SETLK, F_RDLCK,
					     14, 1));
	EXPECT_EQ(0, set_lock_elsewhere(self->second, F_SETLK, F_WRLCK, 15,
					1));
	EXPECT_EQ(0, set_lock(self->first, F_SETLK, F_UNLCK, 0, 0));
	EXPECT_EQ(0, set_lock_elsewhere(self->second, F_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

/* Closing any handle gives all of the process' back, as POSIX has it. */
TEST_F(lock, posix_ends_with_a_close)
{
	EXPECT_EQ(0, set_lock(self->first, F_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(EAGAIN, set_lock_elsewhere(self->first, F_SETLK, F_WRLCK, 0,
					     0));
	EXPECT_EQ(0, close(self->second));
	EXPECT_EQ(0, set_lock_elsewhere(self->first, F_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

/* Who holds a lock is told. */
TEST_F(lock, getlk)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pid_t parent = getpid(), pid;
	int status;

	EXPECT_EQ(0, set_lock(self->first, F_SETLK, F_WRLCK, 3, 4));
	pid = fork();
	if (!pid)
		_exit(fcntl(self->second, F_GETLK, &lock) ||
		      lock.l_type != F_WRLCK || lock.l_start != 3 ||
		      lock.l_len != 4 || lock.l_pid != parent);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, locks_seen(DAEMON));
}

TEST_F(lock, ofd)
{
	EXPECT_EQ(0, set_lock(self->first, F_OFD_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(EAGAIN, set_lock(self->second, F_OFD_SETLK, F_RDLCK, 0, 1));
	EXPECT_EQ(EAGAIN, set_lock(self->second, F_SETLK, F_RDLCK, 0, 1));
	/* of the open file, whatever the process */
	EXPECT_EQ(0, set_lock_elsewhere(self->first, F_OFD_SETLK, F_RDLCK, 0,
					0));
	EXPECT_EQ(0, set_lock(self->second, F_OFD_SETLK, F_RDLCK, 0, 1));
	EXPECT_EQ(0, close(self->first));
	EXPECT_EQ(0, set_lock(self->second, F_OFD_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

/* Who waits is woken by the death of who holds. */
TEST_F(lock, wait_for_a_death)
{
	int ready[2], status;
	pid_t holder;
	char c;

	ASSERT_EQ(0, pipe(ready));
	holder = fork();
	if (!holder) {
		if (set_lock(self->first, F_SETLK, F_WRLCK, 0, 0) ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	EXPECT_EQ(EAGAIN, set_lock(self->second, F_SETLK, F_WRLCK, 0, 0));
	ASSERT_EQ(0, kill(holder, SIGKILL));
	EXPECT_EQ(0, set_lock(self->second, F_SETLKW, F_WRLCK, 0, 0));
	ASSERT_EQ(holder, waitpid(holder, &status, 0));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

/* A lock on the mount is not one below, nor the other way round. */
TEST_F(lock, not_below)
{
	int lower = open(FILE_LOWER, O_RDWR);

	ASSERT_LE(0, lower);
	EXPECT_EQ(0, flock(self->first, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, flock(lower, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, close(lower));
}

/* ------------------------------------------------------------- consent --- */

FIXTURE(consent) {
	struct env env;
};

FIXTURE_SETUP(consent)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(consent)
{
	daemon_kill(&self->env.daemon);
}

/* Consent alone settles it: there need not be a link. */
TEST_F(consent, without_a_link)
{
	int fd;

	ASSERT_EQ(0, start(&self->env, 0));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_lock(fd, F_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(0, flock(fd, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, locks_seen(DAEMON));
}

/* A daemon that has not consented is asked for each lock, as ever. */
TEST_F(consent, none)
{
	int fd;

	ASSERT_EQ(0, start(&self->env, FUSE_BPF));
	ASSERT_EQ(0, env_maps(&self->env));
	self->env.link = bpf_link_create(pass_prog(), DAEMON->dev,
					 &self->env.map, 1);
	ASSERT_LE(0, self->env.link);
	DAEMON->shared->refuse[FUSE_SETLK] = EDEADLK;
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(EDEADLK, set_lock(fd, F_SETLK, F_WRLCK, 0, 0));
	EXPECT_EQ(-1, flock(fd, LOCK_EX | LOCK_NB));
	EXPECT_EQ(EDEADLK, errno);
	EXPECT_EQ(2, daemon_seen(DAEMON, FUSE_SETLK));
}

TEST_HARNESS_MAIN
