// SPDX-License-Identifier: GPL-2.0
/*
 * Handlers of what an open file does: READ and WRITE once a system call, if the
 * program was loaded for BPF_FUSE_IO, and the requests that follow a file to
 * its backing file. They may fail the call, never divert it.
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define OTHER_MNT	ENV_MNT "/other"

FIXTURE(io) {
	struct env env;
};

FIXTURE_SETUP(io)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, write_file(ENV_LOWER "/other", "other"));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, access(FILE_MNT, F_OK));
	ASSERT_EQ(0, access(OTHER_MNT, F_OK));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(io)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))

#define EXPECT_ERRNO(ERRNO, CALL)					\
	do {								\
		errno = 0;						\
		EXPECT_EQ(-1, (long)(CALL));				\
		EXPECT_EQ(ERRNO, errno);				\
	} while (0)

/* Counts each run, and redirects all that can be. */
static int count_prog(struct env *env, uint32_t attach_type)
{
	struct prog p;

	prog_begin(&p);
	p.attach_type = attach_type;
	prog_count(&p, env->record);
	env_full_rules(&p, env->map);
	return prog_load(&p);
}

/* Returns @verdict for @opcode, and redirects the rest. */
static int verdict_prog(struct env *env, uint32_t opcode, int32_t verdict)
{
	struct prog p;

	prog_begin(&p);
	p.attach_type = BPF_FUSE_IO;
	prog_rule(&p, opcode, FUSE_BPF_REQUEST);
	prog_return(&p, verdict);
	prog_rule_end(&p);
	env_full_rules(&p, env->map);
	return prog_load(&p);
}

#define USE(PROG)	ASSERT_EQ(0, bpf_link_update(self->env.link, PROG))
#define RUNS(OPCODE)	record_get(self->env.record, OPCODE)

/* The handlers of READ and WRITE have run this often since the last time. */
#define EXPECT_RUNS(READS, WRITES)					\
	do {								\
		EXPECT_EQ(READS, RUNS(FUSE_READ) - reads);		\
		EXPECT_EQ(WRITES, RUNS(FUSE_WRITE) - writes);		\
		reads = RUNS(FUSE_READ);				\
		writes = RUNS(FUSE_WRITE);				\
	} while (0)

/* -------------------------------------------------- once a system call --- */

TEST_F(io, read_and_write)
{
	static char buf[1 << 20];
	struct iovec iov[2] = { { buf, 2 }, { buf + 2, 2 } };
	int64_t reads = 0, writes = 0;
	int fd;

	USE(count_prog(&self->env, BPF_FUSE_IO));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_RUNS(0, 0);
	EXPECT_EQ(1, pread(fd, buf, 1, 0));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(4, preadv(fd, iov, 2, 0));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(0, pread(fd, buf, 1, 100));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(1, pwrite(fd, "L", 1, 0));
	EXPECT_RUNS(0, 1);
	EXPECT_EQ(4, pwritev(fd, iov, 2, 0));
	EXPECT_RUNS(0, 1);
	EXPECT_EQ(sizeof(buf), pwrite(fd, buf, sizeof(buf), 0));
	EXPECT_RUNS(0, 1);
	EXPECT_EQ(sizeof(buf), pread(fd, buf, sizeof(buf), 0));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(0, close(fd));
	EXPECT_RUNS(0, 0);
	EXPECT_SILENT();
}

TEST_F(io, splice)
{
	int64_t reads = 0, writes = 0;
	int pipes[2], fd;
	loff_t off = 0;

	USE(count_prog(&self->env, BPF_FUSE_IO));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(5, splice(fd, &off, pipes[1], NULL, 5, 0));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(5, splice(pipes[0], NULL, fd, &off, 5, 0));
	EXPECT_RUNS(0, 1);
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "lowerlower"));
	EXPECT_SILENT();
}

/* A mapping reads; one that is shared and may be written writes, too. */
TEST_F(io, mmap)
{
	static const struct {
		int open, prot, flags;
		int reads, writes;
	} maps[] = {
		{ O_RDONLY, PROT_READ, MAP_SHARED, 1, 0 },
		{ O_RDONLY, PROT_READ, MAP_PRIVATE, 1, 0 },
		{ O_RDONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE, 1, 0 },
		{ O_RDWR, PROT_READ | PROT_WRITE, MAP_PRIVATE, 1, 0 },
		{ O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED, 1, 1 },
		/* mprotect(2) can make it writable */
		{ O_RDWR, PROT_READ, MAP_SHARED, 1, 1 },
	};
	int64_t reads = 0, writes = 0;
	unsigned int i;
	char *map;
	int fd;

	USE(count_prog(&self->env, BPF_FUSE_IO));
	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		fd = open(FILE_MNT, maps[i].open);
		ASSERT_LE(0, fd);
		map = mmap(NULL, 5, maps[i].prot, maps[i].flags, fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, close(fd));
		EXPECT_EQ('l', map[0]);
		EXPECT_RUNS(maps[i].reads, maps[i].writes);
		EXPECT_EQ(0, munmap(map, 5));
	}
	EXPECT_SILENT();
}

/* What the handler sees: where, and how much */
TEST_F(io, request)
{
	struct env *env = &self->env;
	struct prog p;
	char buf[3];
	int fd;

	prog_begin(&p);
	p.attach_type = BPF_FUSE_IO;
	prog_rule(&p, FUSE_READ, FUSE_BPF_REQUEST);
	EMIT(&p, STORE_IMM(BPF_DW, FP, -24, 0), MOV_REG(R1, R6),
	     MOV_IMM(R2, offsetof(struct fuse_read_in, offset)),
	     MOV_REG(R3, FP), ADD_IMM(R3, -24), MOV_IMM(R4, 8),
	     CALL(fuse_load_in), LOAD(BPF_DW, R0, FP, -24));
	prog_record(&p, env->record, 0);
	EMIT(&p, STORE_IMM(BPF_DW, FP, -24, 0), MOV_REG(R1, R6),
	     MOV_IMM(R2, offsetof(struct fuse_read_in, size)),
	     MOV_REG(R3, FP), ADD_IMM(R3, -24), MOV_IMM(R4, 4),
	     CALL(fuse_load_in), LOAD(BPF_DW, R0, FP, -24));
	prog_record(&p, env->record, 1);
	EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(nodeid)));
	prog_record(&p, env->record, 2);
	prog_rule_end(&p);
	env_full_rules(&p, env->map);
	USE(prog_load(&p));

	fd = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(3, pread(fd, buf, 3, 1));
	EXPECT_EQ(1, record_get(env->record, 0));
	EXPECT_EQ(3, record_get(env->record, 1));
	EXPECT_EQ(env_nodeid(env, FILE_LOWER), record_get(env->record, 2));
	EXPECT_EQ(0, close(fd));
}

/* ---------------------------------------------------------------- refusals */

TEST_F(io, read_refused)
{
	int pipes[2], fd, null;
	loff_t off = 0;
	char c;

	USE(verdict_prog(&self->env, FUSE_READ, -EACCES));
	fd = open(FILE_MNT, O_RDWR);
	null = open("/dev/null", O_WRONLY);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, null);
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_ERRNO(EACCES, pread(fd, &c, 1, 0));
	EXPECT_ERRNO(EACCES, splice(fd, &off, pipes[1], NULL, 5, 0));
	EXPECT_ERRNO(EACCES, sendfile(null, fd, &off, 5));
	EXPECT_ERRNO(EACCES, mmap(NULL, 5, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_ERRNO(EACCES, mmap(NULL, 5, PROT_READ, MAP_PRIVATE, fd, 0));
	EXPECT_EQ(1, pwrite(fd, "L", 1, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "Lower"));
	EXPECT_SILENT();
}

TEST_F(io, write_refused)
{
	int pipes[2], fd;
	loff_t off = 0;
	char *map, c;

	USE(verdict_prog(&self->env, FUSE_WRITE, -EACCES));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_ERRNO(EACCES, pwrite(fd, "L", 1, 0));
	EXPECT_ERRNO(EACCES, splice(pipes[0], NULL, fd, &off, 1, 0));
	EXPECT_ERRNO(EACCES, mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED,
				  fd, 0));
	EXPECT_ERRNO(EACCES, mmap(NULL, 5, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(1, pread(fd, &c, 1, 0));
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, munmap(map, 5));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower"));
	EXPECT_SILENT();
}

/* PASS and REDIRECT alike go on, and a reply is none. */
TEST_F(io, no_diversion)
{
	static const int32_t verdicts[] = {
		FUSE_BPF_PASS, FUSE_BPF_REPLY, FUSE_BPF_REDIRECT, 99,
	};
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		USE(verdict_prog(&self->env, FUSE_READ, verdicts[i]));
		fd = open(FILE_MNT, O_RDWR);
		ASSERT_LE(0, fd);
		EXPECT_TRUE(fd_is(fd, "lower"));
		EXPECT_EQ(0, close(fd));
		USE(verdict_prog(&self->env, FUSE_WRITE, verdicts[i]));
		fd = open(FILE_MNT, O_RDWR);
		ASSERT_LE(0, fd);
		EXPECT_EQ(5, pwrite(fd, "lower", 5, 0));
		EXPECT_EQ(0, close(fd));
	}
	EXPECT_SILENT();
}

/* The program is asked each time, so that a right can be withdrawn. */
TEST_F(io, refused_from_now_on)
{
	int fd = open(FILE_MNT, O_RDWR);
	char c;

	ASSERT_LE(0, fd);
	EXPECT_EQ(1, pread(fd, &c, 1, 0));
	USE(verdict_prog(&self->env, FUSE_READ, -EACCES));
	EXPECT_ERRNO(EACCES, pread(fd, &c, 1, 0));
	USE(self->env.prog);
	EXPECT_EQ(1, pread(fd, &c, 1, 0));
	EXPECT_EQ(0, close(fd));
}

/* ------------------------------------------------ when they do not run --- */

/* Without BPF_FUSE_IO nobody is asked: it costs nothing. */
TEST_F(io, not_asked_for)
{
	int64_t reads = 0, writes = 0;
	int fd;

	USE(count_prog(&self->env, 0));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(5, pwrite(fd, "upper", 5, 0));
	EXPECT_TRUE(fd_is(fd, "upper"));
	EXPECT_EQ(0, close(fd));
	EXPECT_RUNS(0, 0);
	EXPECT_LE(1, RUNS(FUSE_OPEN));
}

/* Counts each run, and leaves everything to the daemon. */
static int count_pass_prog(struct env *env)
{
	struct prog p;

	prog_begin(&p);
	p.attach_type = BPF_FUSE_IO;
	prog_count(&p, env->record);
	return prog_load(&p);
}

/*
 * They do for files that the daemon serves, as often as there are calls, not
 * as the page cache needs the daemon.
 */
TEST_F(io, daemons_file)
{
	int64_t reads = 0, writes = 0;
	static char buf[1 << 18];
	int fd;

	USE(count_pass_prog(&self->env));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(sizeof(buf), pwrite(fd, buf, sizeof(buf), 0));
	EXPECT_RUNS(0, 1);
	EXPECT_EQ(sizeof(buf), pread(fd, buf, sizeof(buf), 0));
	EXPECT_RUNS(1, 0);
	EXPECT_EQ(sizeof(buf), pread(fd, buf, sizeof(buf), 0));
	EXPECT_RUNS(1, 0);
	USE(verdict_prog(&self->env, FUSE_READ, -EACCES));
	EXPECT_ERRNO(EACCES, pread(fd, buf, 1, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_WRITE));
}

/* The attach type of the program is no attach type of the link. */
TEST_F(io, attach_type)
{
	union bpf_attr attr = {
		.link_create.attach_type = BPF_FUSE_IO,
	};
	int prog = count_prog(&self->env, BPF_FUSE_IO);

	ASSERT_LE(0, prog);
	env_close_bpf(&self->env);
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = DAEMON->dev;
	EXPECT_EQ(-EINVAL, bpf_link_create_attr(&attr));
	attr.link_create.attach_type = BPF_FUSE;
	EXPECT_LE(0, bpf_link_create_attr(&attr));
}

/* ------------------------------------------ what follows the file, too --- */

struct call {
	uint32_t opcode;
	long (*make)(int fd, int other);
};

static long call_fsync(int fd, int other)
{
	(void)other;
	return fsync(fd);
}

static long call_lseek(int fd, int other)
{
	(void)other;
	return lseek(fd, 0, SEEK_DATA);
}

static long call_fallocate(int fd, int other)
{
	(void)other;
	return fallocate(fd, 0, 0, 5);
}

static long call_copy(int fd, int other)
{
	loff_t in = 0, out = 0;

	return copy_file_range(fd, &in, other, &out, 5, 0) < 0 ? -1 : 0;
}

static long call_close(int fd, int other)
{
	int copy = dup(fd);

	(void)other;
	return close(copy);
}

static const struct call calls[] = {
	{ FUSE_FSYNC, call_fsync },
	{ FUSE_LSEEK, call_lseek },
	{ FUSE_FALLOCATE, call_fallocate },
	{ FUSE_COPY_FILE_RANGE, call_copy },
	{ FUSE_FLUSH, call_close },
};

/* Each has its handler, which may fail the call and else has no say. */
TEST_F(io, other_calls)
{
	static const int32_t verdicts[] = {
		FUSE_BPF_PASS, FUSE_BPF_REDIRECT, -EBUSY,
	};
	int fd = open(FILE_MNT, O_RDWR);
	int other = open(OTHER_MNT, O_RDWR);
	unsigned int i, j;
	long ret;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, other);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (j = 0; j < ARRAY_SIZE(verdicts); j++) {
			USE(verdict_prog(&self->env, calls[i].opcode,
					 verdicts[j]));
			errno = 0;
			ret = calls[i].make(fd, other);
			EXPECT_EQ(verdicts[j] < 0 ? -1 : 0, ret) {
				TH_LOG("opcode %u, verdict %d",
				       calls[i].opcode, verdicts[j]);
			}
			EXPECT_EQ(verdicts[j] < 0 ? EBUSY : 0, errno);
		}
	}
	USE(self->env.prog);
	EXPECT_SILENT();
}

TEST_F(io, fsync_of_directory)
{
	int fd = open(ENV_MNT, O_RDONLY | O_DIRECTORY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fsync(fd));
	USE(verdict_prog(&self->env, FUSE_FSYNCDIR, -EBUSY));
	EXPECT_ERRNO(EBUSY, fsync(fd));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

TEST_HARNESS_MAIN
