// SPDX-License-Identifier: GPL-2.0
/*
 * Node ids that a daemon uses again, with the generation that they had. What was
 * kept of a name names one incarnation of the node, and none that comes later.
 */
#include "cache.h"
#include "insn.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(reuse) {
	struct env env;
	struct cache cache;
	uint64_t nodeid;	/* the file's, until it was forgotten */
};

#define DAEMON	(&self->env.daemon)

/* The file has been looked up, and the daemon has heard FORGET. */
static int look_up_and_forget(FIXTURE_DATA(reuse) *self)
{
	const uint64_t ino = lower_ino(LOWER("file"));
	int fd = open(MNT("file"), O_PATH);

	if (fd < 0)
		return -errno;
	self->nodeid = env_nodeid(&self->env, LOWER("file"));
	close(fd);
	/* whoever is named next gets the id; generations start over */
	DAEMON->shared->next_nodeid = self->nodeid;
	return write_file("/proc/sys/vm/drop_caches", "2") ?:
	       daemon_wait_forgotten(DAEMON, ino) ? 0 : -ETIMEDOUT;
}

FIXTURE_SETUP(reuse)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	/* two names of a directory are looked up at the same time */
	config.init_flags |= FUSE_PARALLEL_DIROPS;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(LOWER("file"), "the file"));
	ASSERT_EQ(0, write_file(LOWER("other"), "another file"));
	ASSERT_EQ(0, cache_start(&self->env, &self->cache));
	ASSERT_EQ(0, look_up_and_forget(self));
}

FIXTURE_TEARDOWN(reuse)
{
	daemon_kill(&self->env.daemon);
}

/* The kept name would lead to whoever has the id now. */
TEST_F(reuse, name_of_a_former_node)
{
	int fd = open(MNT("other"), O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(self->nodeid, env_nodeid(&self->env, LOWER("other")));
	EXPECT_TRUE(file_is(MNT("file"), "the file"));
	EXPECT_NE(self->nodeid, env_nodeid(&self->env, LOWER("file")));
	EXPECT_TRUE(fd_is(fd, "another file"));
}

/* ------------------------------------------- while the program decides --- */

/* Numbers of the record */
enum { ARRIVED, GO_ON };

/* Start of a loop that the verifier lets run for long */
#define MAY_GOTO(OFF)	INSN(BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, OFF, 0)

/* R9 becomes the address of a number of the record. */
static void address(struct prog *p, int record, uint32_t index)
{
	EMIT(p, STORE_IMM(BPF_W, FP, -4, index),
	     MAP_FD(R1, record), MOV_REG(R2, FP), ADD_IMM(R2, -4),
	     CALL(map_lookup_elem),
	     JUMP_IMM(BPF_JNE, R0, 0, 2),
	     MOV_IMM(R0, FUSE_BPF_PASS),
	     EXIT(),
	     MOV_REG(R9, R0));
}

/*
 * The name of four bytes is answered with @out, but not before somebody says so.
 * Other names are the daemon's.
 */
static int use_slow_entry(struct env *env, int record,
			  const struct fuse_entry_out *out)
{
	unsigned int skip;
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_LOOKUP, FUSE_BPF_REQUEST);
	EMIT(&p, LOAD(BPF_W, R1, R6, CTX(in_len)));
	skip = p.nr;
	EMIT(&p, JUMP_IMM(BPF_JNE, R1, sizeof("file"), 0));
	address(&p, record, ARRIVED);
	EMIT(&p, STORE_IMM(BPF_DW, R9, 0, 1));
	address(&p, record, GO_ON);
	/* the clock is asked for the time that it takes */
	EMIT(&p, MAY_GOTO(4),
	     CALL(ktime_get_ns),
	     LOAD(BPF_DW, R1, R9, 0),
	     JUMP_IMM(BPF_JNE, R1, 0, 1),
	     INSN(BPF_JMP | BPF_JA, 0, 0, -5, 0));
	prog_store(&p, 0, out, sizeof(*out));
	prog_return(&p, FUSE_BPF_REPLY);
	p.insns[skip].off = p.nr - skip - 1;
	prog_rule_end(&p);
	return bpf_link_update(env->link, prog_load(&p));
}

static int pin_to(pid_t pid, unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return sched_setaffinity(pid, sizeof(cpus), &cpus) ? -errno : 0;
}

/* On a CPU of its own, which the program does not give away meanwhile */
static int read_file(void *arg)
{
	if (pin_to(0, 1))
		return -1;
	return file_is(MNT("file"), "the file");
}

static bool wait_arrived(int record)
{
	const struct timespec tick = { .tv_nsec = 100000 };
	unsigned int i;

	for (i = 0; i < 100000 && !record_get(record, ARRIVED); i++)
		nanosleep(&tick, NULL);
	return record_get(record, ARRIVED);
}

/* A node that has come since the request is not the one that was meant. */
TEST_F(reuse, name_of_a_younger_node)
{
	const uint32_t go_on = GO_ON;
	const int64_t yes = 1;
	struct fuse_entry_out out = {
		.nodeid = self->nodeid,
		.generation = 1,
		.attr.mode = S_IFREG | 0644,
	};
	int record = record_create(), fd;
	struct task task;

	if (pin_to(0, 0) || pin_to(DAEMON->pid, 0) || pin_to(0, 1) ||
	    pin_to(0, 0))
		SKIP(return, "needs two CPUs");
	ASSERT_EQ(0, use_slow_entry(&self->env, record, &out));
	ASSERT_EQ(0, task_start(&task, read_file, NULL));
	ASSERT_TRUE(wait_arrived(record));
	fd = open(MNT("other"), O_RDONLY);
	EXPECT_LE(0, fd);
	EXPECT_EQ(self->nodeid, env_nodeid(&self->env, LOWER("other")));
	ASSERT_EQ(0, bpf_map_update(record, &go_on, &yes, BPF_ANY));
	EXPECT_EQ(1, task_end(&task));
	EXPECT_EQ(1, env_count(&self->env, FUSE_LOOKUP).refused);
}

TEST_HARNESS_MAIN
