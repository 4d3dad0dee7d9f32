// SPDX-License-Identifier: GPL-2.0
/*
 * BPF_PROG_TEST_RUN: helpers act on the buffers given, targets are recorded,
 * nothing is performed.
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

FIXTURE(test_run) {
	int map;
	int record;
	struct bpf_fuse_test_ctx in;
	struct bpf_fuse_test_ctx out;
	uint8_t data_in[64];
	uint8_t data_out[64];
	union bpf_attr attr;
};

FIXTURE_SETUP(test_run)
{
	const char *why = bpf_why_not();
	unsigned int i;

	if (why)
		SKIP(return, "%s", why);
	self->map = backing_create(8);
	self->record = record_create();
	ASSERT_LE(0, self->map);
	ASSERT_LE(0, self->record);
	for (i = 0; i < sizeof(self->data_in); i++)
		self->data_in[i] = i;
	self->attr.test.ctx_in = (uintptr_t)&self->in;
	self->attr.test.ctx_size_in = sizeof(self->in);
	self->attr.test.ctx_out = (uintptr_t)&self->out;
	self->attr.test.ctx_size_out = sizeof(self->out);
	self->attr.test.data_in = (uintptr_t)self->data_in;
	self->attr.test.data_size_in = sizeof(self->data_in);
	self->attr.test.data_out = (uintptr_t)self->data_out;
	self->attr.test.data_size_out = sizeof(self->data_out);
	self->in.ctx.opcode = FUSE_GETATTR;
}

FIXTURE_TEARDOWN(test_run)
{
}

/* Load with @verdict at the end, and run; 0 or a negative errno */
static int run_verdict(FIXTURE_DATA(test_run) *self, struct prog *p,
		       int32_t verdict)
{
	int prog = prog_load_verdict(p, verdict);
	int err = prog;

	if (prog >= 0) {
		err = bpf_prog_test_run(prog, &self->attr);
		close(prog);
	}
	return err;
}

static int run(FIXTURE_DATA(test_run) *self, struct prog *p)
{
	return run_verdict(self, p, FUSE_BPF_PASS);
}

/* The program sees the context that was given, but for the lengths. */
TEST_F(test_run, context)
{
	static const struct {
		int size, off;
	} fields[] = {
		{ BPF_W, CTX(opcode) }, { BPF_W, CTX(stage) },
		{ BPF_DW, CTX(nodeid) }, { BPF_W, CTX(uid) },
		{ BPF_W, CTX(gid) }, { BPF_W, CTX(pid) },
		{ BPF_W, CTX(error) }, { BPF_W, CTX(in_len) },
		{ BPF_W, CTX(out_len) }, { BPF_DW, CTX(cookie) },
	};
	struct prog p;
	unsigned int i;

	self->in.ctx = (struct bpf_fuse_ctx){
		.opcode = FUSE_LOOKUP, .stage = FUSE_BPF_REPLIED,
		.nodeid = 1ULL << 40 | 3, .uid = 4, .gid = 5, .pid = 6,
		.error = 0, .in_len = 1000, .out_len = 1000,
		.cookie = 1ULL << 50 | 7,
	};
	prog_begin(&p);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		EMIT(&p, LOAD(fields[i].size, R0, R6, fields[i].off));
		prog_record(&p, self->record, i);
	}
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(FUSE_LOOKUP, record_get(self->record, 0));
	EXPECT_EQ(FUSE_BPF_REPLIED, record_get(self->record, 1));
	EXPECT_EQ(1ULL << 40 | 3, record_get(self->record, 2));
	EXPECT_EQ(4, record_get(self->record, 3));
	EXPECT_EQ(5, record_get(self->record, 4));
	EXPECT_EQ(6, record_get(self->record, 5));
	EXPECT_EQ(0, record_get(self->record, 6));
	EXPECT_EQ(sizeof(self->data_in), record_get(self->record, 7));
	EXPECT_EQ(sizeof(self->data_out), record_get(self->record, 8));
	EXPECT_EQ(1ULL << 50 | 7, record_get(self->record, 9));
	EXPECT_EQ(sizeof(self->data_in), self->out.ctx.in_len);
	EXPECT_EQ(1ULL << 50 | 7, self->out.ctx.cookie);
}

static void load_8(struct prog *p, int func, int off)
{
	EMIT(p, STORE_IMM(BPF_DW, FP, -24, -1),
	     MOV_REG(R1, R6),
	     MOV_IMM(R2, off),
	     MOV_REG(R3, FP),
	     ADD_IMM(R3, -24),
	     MOV_IMM(R4, 8),
	     INSN(BPF_JMP | BPF_CALL, 0, 0, 0, func));
}

static void record_loaded(struct prog *p, int record, int index)
{
	EMIT(p, LOAD(BPF_DW, R0, FP, -24));
	prog_record(p, record, index);
}

/* load_in reaches every byte of the request and none behind it. */
TEST_F(test_run, load_in_bounds)
{
	const int size = sizeof(self->data_in);
	uint64_t last;
	struct prog p;

	prog_begin(&p);
	load_8(&p, BPF_FUNC_fuse_load_in, size - 8);
	prog_record(&p, self->record, 0);
	record_loaded(&p, self->record, 1);
	load_8(&p, BPF_FUNC_fuse_load_in, size - 7);
	prog_record(&p, self->record, 2);
	record_loaded(&p, self->record, 3);
	load_8(&p, BPF_FUNC_fuse_load_in, -8);
	prog_record(&p, self->record, 4);
	ASSERT_EQ(0, run(self, &p));

	memcpy(&last, self->data_in + size - 8, 8);
	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(last, record_get(self->record, 1));
	EXPECT_EQ(-EFAULT, record_get(self->record, 2));
	/* what could not be loaded reads as 0 */
	EXPECT_EQ(0, record_get(self->record, 3));
	EXPECT_EQ(-EFAULT, record_get(self->record, 4));
}

/* In the request stage load_out reads what was stored, nothing else (K1). */
TEST_F(test_run, load_out_of_request)
{
	static const char text[] = "abcdefgh";
	struct prog p;
	uint64_t want;

	memset(self->data_out, 'x', sizeof(self->data_out));
	prog_begin(&p);
	load_8(&p, BPF_FUNC_fuse_load_out, 0);
	prog_record(&p, self->record, 0);
	record_loaded(&p, self->record, 1);
	prog_store(&p, 0, text, 8);
	load_8(&p, BPF_FUNC_fuse_load_out, 0);
	prog_record(&p, self->record, 2);
	record_loaded(&p, self->record, 3);
	load_8(&p, BPF_FUNC_fuse_load_out, 1);
	prog_record(&p, self->record, 4);
	ASSERT_EQ(0, run(self, &p));

	memcpy(&want, text, 8);
	EXPECT_EQ(-EFAULT, record_get(self->record, 0));
	EXPECT_EQ(0, record_get(self->record, 1));
	EXPECT_EQ(0, record_get(self->record, 2));
	EXPECT_EQ(want, record_get(self->record, 3));
	EXPECT_EQ(-EFAULT, record_get(self->record, 4));
}

/* In the reply stage it reads the daemon's reply, and nothing is stored. */
TEST_F(test_run, reply_stage)
{
	struct prog p;

	memset(self->data_out, 0x11, sizeof(self->data_out));
	self->in.ctx.stage = FUSE_BPF_REPLIED;
	prog_begin(&p);
	load_8(&p, BPF_FUNC_fuse_load_out, sizeof(self->data_out) - 8);
	prog_record(&p, self->record, 0);
	record_loaded(&p, self->record, 1);
	prog_store(&p, 0, "a", 1);
	prog_record(&p, self->record, 2);
	EMIT(&p, MOV_REG(R1, R6), MOV_IMM(R2, 0), CALL(fuse_set_out_len));
	prog_record(&p, self->record, 3);
	ASSERT_EQ(0, run(self, &p));

	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(0x1111111111111111, record_get(self->record, 1));
	EXPECT_EQ(-EPERM, record_get(self->record, 2));
	EXPECT_EQ(-EPERM, record_get(self->record, 3));
	EXPECT_EQ(0, self->out.reply_len);
}

/* With an error there is no reply to read. */
TEST_F(test_run, reply_stage_error)
{
	struct prog p;

	self->in.ctx.stage = FUSE_BPF_REPLIED;
	self->in.ctx.error = -ENOENT;
	prog_begin(&p);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(out_len)));
	prog_record(&p, self->record, 0);
	load_8(&p, BPF_FUNC_fuse_load_out, 0);
	prog_record(&p, self->record, 1);
	prog_bind(&p, self->map, 0);
	prog_record(&p, self->record, 2);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(-EFAULT, record_get(self->record, 1));
	EXPECT_EQ(-EOPNOTSUPP, record_get(self->record, 2));
}

/* Stores make no holes, do not pass the end, and can be overwritten (K1). */
TEST_F(test_run, store_out)
{
	static const char zeros[56];
	struct prog p;

	prog_begin(&p);
	prog_store(&p, 1, "b", 1);
	prog_record(&p, self->record, 0);
	prog_store(&p, 0, "abc", 3);
	prog_record(&p, self->record, 1);
	prog_store(&p, 4, "e", 1);
	prog_record(&p, self->record, 2);
	prog_store(&p, 1, "BCDEFGHI", 8);
	prog_record(&p, self->record, 3);
	prog_store(&p, 9, zeros, sizeof(zeros));
	prog_record(&p, self->record, 4);
	prog_store(&p, sizeof(self->data_out) + 1, "x", 1);
	prog_record(&p, self->record, 5);
	ASSERT_EQ(0, run_verdict(self, &p, FUSE_BPF_REPLY));

	EXPECT_EQ(-EINVAL, record_get(self->record, 0));
	EXPECT_EQ(0, record_get(self->record, 1));
	EXPECT_EQ(-EINVAL, record_get(self->record, 2));
	EXPECT_EQ(0, record_get(self->record, 3));
	EXPECT_EQ(-EFAULT, record_get(self->record, 4));
	EXPECT_EQ(-EFAULT, record_get(self->record, 5));
	EXPECT_EQ(FUSE_BPF_REPLY, self->attr.test.retval);
	EXPECT_EQ(9, self->out.reply_len);
	EXPECT_EQ(9, self->attr.test.data_size_out);
	EXPECT_EQ(0, memcmp(self->data_out, "aBCDEFGHI", 9));
}

static void set_out_len(struct prog *p, int len)
{
	EMIT(p, MOV_REG(R1, R6), MOV_IMM(R2, len), CALL(fuse_set_out_len));
}

/* The length set is at most what was stored. */
TEST_F(test_run, set_out_len)
{
	struct prog p;

	prog_begin(&p);
	set_out_len(&p, 1);
	prog_record(&p, self->record, 0);
	prog_store(&p, 0, "abcd", 4);
	set_out_len(&p, 5);
	prog_record(&p, self->record, 1);
	set_out_len(&p, 3);
	prog_record(&p, self->record, 2);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-EINVAL, record_get(self->record, 0));
	EXPECT_EQ(-EINVAL, record_get(self->record, 1));
	EXPECT_EQ(0, record_get(self->record, 2));
	EXPECT_EQ(3, self->out.reply_len);
}

/* A variable reply can be empty although something was stored. */
TEST_F(test_run, set_out_len_zero)
{
	struct prog p;

	prog_begin(&p);
	prog_store(&p, 0, "abcd", 4);
	set_out_len(&p, 0);
	prog_record(&p, self->record, 0);
	ASSERT_EQ(0, run_verdict(self, &p, FUSE_BPF_REPLY));
	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(0, self->out.reply_len);
}

/* --------------------------------------------------- redirect and bind --- */

/* devtmpfs is stacked on nothing, whatever the root file system is. */
static int put_dev(int map, uint64_t key)
{
	int err, fd = open("/dev", O_PATH | O_DIRECTORY);

	err = backing_put(map, key, fd);
	close(fd);
	return err;
}

TEST_F(test_run, redirect_is_recorded)
{
	struct prog p;

	ASSERT_EQ(0, put_dev(self->map, 7ULL << 32 | 9));
	prog_begin(&p);
	prog_select(&p, self->map, 7ULL << 32 | 9);
	prog_record(&p, self->record, 0);
	ASSERT_EQ(0, run_verdict(self, &p, FUSE_BPF_REDIRECT));
	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(FUSE_BPF_REDIRECT, self->attr.test.retval);
	EXPECT_EQ(bpf_map_id(self->map), self->out.redirect_map);
	EXPECT_EQ(7ULL << 32 | 9, self->out.redirect_key);
	EXPECT_EQ(0, self->out.redirect_flags);
	EXPECT_EQ(0, self->out.bind_map);
}

TEST_F(test_run, redirect_errors)
{
	struct prog p;

	prog_begin(&p);
	prog_select(&p, self->map, 1);
	prog_record(&p, self->record, 0);
	EMIT(&p, MOV_REG(R1, R6), MAP_FD(R2, self->map), MOV_REG(R3, FP),
	     ADD_IMM(R3, -8), MOV_IMM(R4, 2), CALL(fuse_redirect));
	prog_record(&p, self->record, 1);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-ENOENT, record_get(self->record, 0));
	EXPECT_EQ(-EINVAL, record_get(self->record, 1));
	EXPECT_EQ(0, self->out.redirect_map);
}

/* Only some opcodes can be redirected, and only before the daemon is asked. */
TEST_F(test_run, redirect_opcodes)
{
	static const uint32_t can[] = {
		FUSE_GETATTR, FUSE_SETATTR, FUSE_READLINK, FUSE_UNLINK,
		FUSE_RMDIR, FUSE_RENAME, FUSE_LINK, FUSE_OPEN, FUSE_STATFS,
		FUSE_SETXATTR, FUSE_GETXATTR, FUSE_LISTXATTR,
		FUSE_REMOVEXATTR, FUSE_OPENDIR, FUSE_READDIR, FUSE_RENAME2,
		FUSE_STATX,
	};
	struct prog p;
	uint32_t op;
	unsigned int i;
	bool redirects;
	int prog;

	ASSERT_EQ(0, put_dev(self->map, 1));
	prog_begin(&p);
	prog_select(&p, self->map, 1);
	prog_record(&p, self->record, 0);
	prog = prog_load(&p);
	ASSERT_LE(0, prog);

	for (op = 0; op < FUSE_BPF_OPCODES; op++) {
		self->in.ctx.opcode = op;
		ASSERT_EQ(0, bpf_prog_test_run(prog, &self->attr));
		redirects = false;
		for (i = 0; i < ARRAY_SIZE(can); i++)
			redirects |= can[i] == op;
		EXPECT_EQ(redirects ? 0 : -EOPNOTSUPP,
			  record_get(self->record, 0)) {
			TH_LOG("opcode %u", op);
		}
	}

	self->in.ctx.opcode = FUSE_GETATTR;
	self->in.ctx.stage = FUSE_BPF_REPLIED;
	ASSERT_EQ(0, bpf_prog_test_run(prog, &self->attr));
	EXPECT_EQ(-EOPNOTSUPP, record_get(self->record, 0));
}

/* Call bpf_fuse_redirect() for @key with @flags. */
static void redirect_flags(struct prog *p, int map, uint64_t key,
			   uint64_t flags)
{
	EMIT(p, STORE_IMM(BPF_DW, FP, -8, (int32_t)key),
	     MOV_REG(R1, R6), MAP_FD(R2, map), MOV_REG(R3, FP),
	     ADD_IMM(R3, -8), MOV_IMM(R4, (int32_t)(flags >> 32)),
	     LSH_IMM(R4, 32), MOV_IMM(R5, (int32_t)flags), ADD_REG(R4, R5),
	     CALL(fuse_redirect));
}

/* A second object, for the requests that have one */
TEST_F(test_run, second_is_recorded)
{
	struct prog p;

	ASSERT_EQ(0, put_dev(self->map, 1));
	ASSERT_EQ(0, put_dev(self->map, 2));
	self->in.ctx.opcode = FUSE_RENAME;
	prog_begin(&p);
	redirect_flags(&p, self->map, 2, FUSE_BPF_SECOND);
	prog_record(&p, self->record, 0);
	redirect_flags(&p, self->map, 1, 0);
	prog_record(&p, self->record, 1);
	ASSERT_EQ(0, run_verdict(self, &p, FUSE_BPF_REDIRECT));
	EXPECT_EQ(0, record_get(self->record, 0));
	EXPECT_EQ(0, record_get(self->record, 1));
	EXPECT_EQ(bpf_map_id(self->map), self->out.redirect_map);
	EXPECT_EQ(1, self->out.redirect_key);
	EXPECT_EQ(bpf_map_id(self->map), self->out.redirect2_map);
	EXPECT_EQ(2, self->out.redirect2_key);
}

TEST_F(test_run, second_of_opcodes)
{
	struct prog p;
	bool two;
	uint32_t op;
	int prog;

	ASSERT_EQ(0, put_dev(self->map, 1));
	prog_begin(&p);
	redirect_flags(&p, self->map, 1, FUSE_BPF_SECOND);
	prog_record(&p, self->record, 0);
	prog = prog_load(&p);
	ASSERT_LE(0, prog);
	for (op = 0; op < FUSE_BPF_OPCODES; op++) {
		self->in.ctx.opcode = op;
		ASSERT_EQ(0, bpf_prog_test_run(prog, &self->attr));
		two = op == FUSE_RENAME || op == FUSE_RENAME2 ||
		      op == FUSE_LINK;
		EXPECT_EQ(two, !record_get(self->record, 0)) {
			TH_LOG("opcode %u", op);
		}
	}
}

TEST_F(test_run, unknown_redirect_flags)
{
	static const uint64_t flags[] = {
		2, 3, 1ULL << 31, 1ULL << 32, 1ULL << 32 | FUSE_BPF_SECOND,
		1ULL << 63,
	};
	struct prog p;
	unsigned int i;

	ASSERT_EQ(0, put_dev(self->map, 1));
	self->in.ctx.opcode = FUSE_RENAME;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		prog_begin(&p);
		redirect_flags(&p, self->map, 1, flags[i]);
		prog_record(&p, self->record, 0);
		ASSERT_EQ(0, run(self, &p));
		EXPECT_EQ(-EINVAL, record_get(self->record, 0));
		EXPECT_EQ(0, self->out.redirect_map);
		EXPECT_EQ(0, self->out.redirect2_map);
	}
}

TEST_F(test_run, bind_is_recorded)
{
	struct prog p;

	self->in.ctx.opcode = FUSE_CREATE;
	self->in.ctx.stage = FUSE_BPF_REPLIED;
	prog_begin(&p);
	prog_bind(&p, self->map, 2);
	prog_record(&p, self->record, 0);
	prog_bind(&p, self->map, FUSE_BPF_BIND_HANDLE);
	prog_record(&p, self->record, 1);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-EINVAL, record_get(self->record, 0));
	EXPECT_EQ(0, record_get(self->record, 1));
	EXPECT_EQ(bpf_map_id(self->map), self->out.bind_map);
	EXPECT_EQ(FUSE_BPF_BIND_HANDLE, self->out.bind_flags);
	EXPECT_EQ(0, self->out.redirect_map);
}

TEST_F(test_run, bind_needs_a_reply)
{
	struct prog p;

	self->in.ctx.opcode = FUSE_LOOKUP;
	prog_begin(&p);
	prog_bind(&p, self->map, 0);
	prog_record(&p, self->record, 0);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-EOPNOTSUPP, record_get(self->record, 0));
	EXPECT_EQ(0, self->out.bind_map);
}

/* A map that a connection owns is not for test runs. */
TEST_F(test_run, owned_map)
{
	struct env env;
	struct prog p;

	ASSERT_EQ(0, env_start(&env, &daemon_default));
	ASSERT_EQ(0, env_attach(&env));
	prog_begin(&p);
	prog_select(&p, env.map, FUSE_ROOT_ID);
	prog_record(&p, self->record, 0);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-EPERM, record_get(self->record, 0));

	self->in.ctx.opcode = FUSE_LOOKUP;
	self->in.ctx.stage = FUSE_BPF_REPLIED;
	prog_begin(&p);
	prog_bind(&p, env.map, 0);
	prog_record(&p, self->record, 0);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(-EPERM, record_get(self->record, 0));
	daemon_kill(&env.daemon);
}

/* A tail call keeps the context and what was stored. */
TEST_F(test_run, tail_call)
{
	uint32_t slot = 0;
	struct prog p;
	int array, next;

	array = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1);
	ASSERT_LE(0, array);
	prog_begin(&p);
	prog_store(&p, 2, "cd", 2);
	next = prog_load_verdict(&p, FUSE_BPF_REPLY);
	ASSERT_LE(0, next);
	ASSERT_EQ(0, bpf_map_update(array, &slot, &next, BPF_ANY));

	prog_begin(&p);
	prog_store(&p, 0, "ab", 2);
	EMIT(&p, MOV_REG(R1, R6), MAP_FD(R2, array), MOV_IMM(R3, 0),
	     CALL(tail_call));
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(FUSE_BPF_REPLY, self->attr.test.retval);
	EXPECT_EQ(4, self->out.reply_len);
	EXPECT_EQ(0, memcmp(self->data_out, "abcd", 4));
}

/* ----------------------------------------------------------- arguments --- */

TEST_F(test_run, repeat)
{
	struct prog p;

	self->attr.test.repeat = 10;
	prog_begin(&p);
	prog_count(&p, self->record);
	ASSERT_EQ(0, run(self, &p));
	EXPECT_EQ(10, record_get(self->record, FUSE_GETATTR));
}

TEST_F(test_run, no_buffers)
{
	union bpf_attr attr = {};
	struct prog p;

	prog_begin(&p);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(in_len)));
	prog_record(&p, self->record, 0);
	self->attr = attr;
	EXPECT_EQ(0, run(self, &p));
	EXPECT_EQ(0, record_get(self->record, 0));
}

/* Room for less than there is: what fits is copied. */
TEST_F(test_run, short_ctx_out)
{
	struct prog p;

	self->attr.test.ctx_size_out = 8;
	self->out.ctx.nodeid = 42;
	self->in.ctx.nodeid = 1;
	prog_begin(&p);
	EXPECT_EQ(-ENOSPC, run(self, &p));
	EXPECT_EQ(FUSE_GETATTR, self->out.ctx.opcode);
	EXPECT_EQ(42, self->out.ctx.nodeid);
	EXPECT_EQ(sizeof(self->out), self->attr.test.ctx_size_out);
}

static int run_pass(FIXTURE_DATA(test_run) *self)
{
	struct prog p;

	prog_begin(&p);
	return run(self, &p);
}

TEST_F(test_run, bad_ctx)
{
	struct {
		struct bpf_fuse_test_ctx ctx;
		uint8_t tail[8];
	} longer = { .ctx = self->in };

	self->in.ctx.opcode = FUSE_BPF_OPCODES;
	EXPECT_EQ(-EINVAL, run_pass(self));
	self->in.ctx.opcode = 1;
	self->in.ctx.stage = 2;
	EXPECT_EQ(-EINVAL, run_pass(self));
	self->in.ctx.stage = 0;

	self->attr.test.ctx_in = 1;
	EXPECT_EQ(-EFAULT, run_pass(self));
	self->attr.test.ctx_in = 0;
	EXPECT_EQ(-EINVAL, run_pass(self));

	/* newer fields are fine as long as they are 0 */
	self->attr.test.ctx_in = (uintptr_t)&longer;
	self->attr.test.ctx_size_in = sizeof(longer);
	EXPECT_EQ(0, run_pass(self));
	longer.tail[7] = 1;
	EXPECT_EQ(-E2BIG, run_pass(self));
}

TEST_F(test_run, bad_data)
{
	self->attr.test.data_in = 1;
	EXPECT_EQ(-EFAULT, run_pass(self));
	self->attr.test.data_in = (uintptr_t)self->data_in;
	self->attr.test.data_size_in = 65537;
	EXPECT_EQ(-E2BIG, run_pass(self));
	self->attr.test.data_size_in = 0;
	self->attr.test.data_out = 1;
	EXPECT_EQ(-EFAULT, run_pass(self));
	self->attr.test.data_out = (uintptr_t)self->data_out;
	self->attr.test.data_size_out = 65537;
	EXPECT_EQ(-E2BIG, run_pass(self));
}

TEST_F(test_run, bad_options)
{
	self->attr.test.flags = 1;
	EXPECT_EQ(-EINVAL, run_pass(self));
	self->attr.test.flags = 0;
	self->attr.test.cpu = 1;
	EXPECT_EQ(-EINVAL, run_pass(self));
	self->attr.test.cpu = 0;
	self->attr.test.batch_size = 1;
	EXPECT_EQ(-EINVAL, run_pass(self));
	self->attr.test.batch_size = 0;
	self->attr.test.repeat = 1000001;
	EXPECT_EQ(-EINVAL, run_pass(self));
}

TEST_HARNESS_MAIN
