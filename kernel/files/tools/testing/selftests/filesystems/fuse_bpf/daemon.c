// SPDX-License-Identifier: GPL-2.0
#include "daemon.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS	10000

const struct daemon_config daemon_default = {
	.init_flags = FUSE_INIT_EXT | FUSE_BPF | FUSE_PASSTHROUGH |
		      FUSE_DO_READDIRPLUS | FUSE_BIG_WRITES |
		      FUSE_ATOMIC_O_TRUNC,
	.minor = FUSE_KERNEL_MINOR_VERSION,
	.max_stack_depth = 1,
};

int daemon_mount(struct daemon *d, const char *mnt,
		 const struct daemon_config *config)
{
	char options[128];
	int err;

	memset(d, 0, sizeof(*d));
	d->wake = -1;
	d->dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (d->dev < 0)
		return -errno;

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u%s%s",
		 d->dev, config->user_id, config->group_id,
		 config->private ? "" : ",allow_other",
		 config->own_permissions ? "" : ",default_permissions");
	if (mount("fuse_bpf", mnt, "fuse", 0, options)) {
		err = -errno;
		close(d->dev);
		d->dev = -1;
		return err;
	}
	return 0;
}

/* Keep nothing of the test's but what the server needs. */
static void daemon_child(struct daemon *d, int root,
			 const struct daemon_config *config)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(d->dev, 100);
	dup2(root, 101);
	dup2(d->wake, 102);
	syscall(__NR_close_range, 3, 99, 0);
	syscall(__NR_close_range, 103, ~0U, 0);
	umask(0);
	server_run(d->shared, config, 100, 101, 102);
	_exit(0);
}

static bool wait_until(const uint32_t *value, uint32_t least)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (__atomic_load_n(value, __ATOMIC_SEQ_CST) < least) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((now.tv_sec - start.tv_sec) * 1000 +
		    (now.tv_nsec - start.tv_nsec) / 1000000 > DEADLINE_MS)
			return false;
		nanosleep(&tick, NULL);
	}
	return true;
}

int daemon_serve(struct daemon *d, const char *lower,
		 const struct daemon_config *config)
{
	int root;

	root = open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC);
	d->wake = eventfd(0, EFD_CLOEXEC);
	d->shared = mmap(NULL, sizeof(*d->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (root < 0 || d->wake < 0 || d->shared == MAP_FAILED)
		return -errno;
	d->shared->open_flags = config->open_flags;

	fflush(NULL);
	d->pid = fork();
	if (!d->pid)
		daemon_child(d, root, config);
	close(root);
	if (d->pid < 0)
		return -errno;

	return wait_until(&d->shared->initialized, 1) ? 0 : -ETIMEDOUT;
}

int daemon_start(struct daemon *d, const char *lower, const char *mnt,
		 const struct daemon_config *config)
{
	int err;

	err = daemon_mount(d, mnt, config);
	return err ?: daemon_serve(d, lower, config);
}

void daemon_kill(struct daemon *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	if (d->dev >= 0)
		close(d->dev);
	d->pid = 0;
	d->dev = -1;
}

unsigned int daemon_seen(const struct daemon *d, uint32_t opcode)
{
	return __atomic_load_n(&d->shared->seen[opcode], __ATOMIC_SEQ_CST);
}

unsigned int daemon_seen_all(const struct daemon *d)
{
	unsigned int i, sum = 0;

	for (i = 0; i < DAEMON_OPCODES; i++) {
		if (i != FUSE_FORGET && i != FUSE_BATCH_FORGET &&
		    i != FUSE_INTERRUPT && i != FUSE_INIT)
			sum += daemon_seen(d, i);
	}
	return sum;
}

void daemon_forget_seen(struct daemon *d)
{
	memset(d->shared->seen, 0, sizeof(d->shared->seen));
}

const struct daemon_node *daemon_node_by_ino(const struct daemon *d,
					     uint64_t ino)
{
	unsigned int i;

	for (i = 0; i < DAEMON_NODES; i++) {
		const struct daemon_node *node = &d->shared->nodes[i];

		if (node->nodeid && node->ino == ino)
			return node;
	}
	return NULL;
}

bool daemon_wait_seen(const struct daemon *d, uint32_t opcode, unsigned int nr)
{
	return wait_until(&d->shared->seen[opcode], nr);
}

bool daemon_wait_forgotten(const struct daemon *d, uint64_t ino)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	unsigned int ms;

	for (ms = 0; ms < DEADLINE_MS && daemon_node_by_ino(d, ino); ms++)
		nanosleep(&tick, NULL);
	return !daemon_node_by_ino(d, ino);
}

bool daemon_wait_lookups(const struct daemon *d, uint64_t ino, uint64_t nr)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	const struct daemon_node *node = NULL;
	unsigned int ms;

	for (ms = 0; ms < DEADLINE_MS; ms++) {
		node = daemon_node_by_ino(d, ino);
		if (node && node->lookups == nr)
			return true;
		nanosleep(&tick, NULL);
	}
	return false;
}

static bool handles_are_open(const struct daemon *d)
{
	return __atomic_load_n(&d->shared->open_handles, __ATOMIC_SEQ_CST);
}

/* A RELEASE is seen before it is done. */
bool daemon_wait_released(const struct daemon *d)
{
	const struct timespec tick = { .tv_nsec = 1000000 };
	unsigned int ms;

	for (ms = 0; ms < DEADLINE_MS && handles_are_open(d); ms++)
		nanosleep(&tick, NULL);
	return !handles_are_open(d);
}

bool daemon_wait_held(const struct daemon *d, unsigned int nr)
{
	return wait_until(&d->shared->held, nr);
}

static void wake(struct daemon *d)
{
	const uint64_t one = 1;

	if (write(d->wake, &one, sizeof(one)) < 0)
		perror("# eventfd");
}

void daemon_go_on(struct daemon *d, uint32_t opcode)
{
	d->shared->hold[opcode] = 0;
	wake(d);
}

void daemon_delay(struct daemon *d, uint32_t opcode)
{
	d->shared->delay[opcode] = 1;
}

bool daemon_wait_delayed(const struct daemon *d, unsigned int nr)
{
	return wait_until(&d->shared->delayed, nr);
}

void daemon_send_delayed(struct daemon *d)
{
	d->shared->send_delayed = 1;
	wake(d);
}
