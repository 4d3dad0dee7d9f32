// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: BPF_PROG_TEST_RUN, a program on given buffers without a mount.
 *
 * Helpers act on the buffers; redirect and bind record their target and
 * nothing is performed. Maps that a connection owns are refused.
 */

#include "bpf.h"

#include <linux/filter.h>

/* Largest image in either direction */
#define FUSE_BPF_TEST_MAX	SZ_64K
#define FUSE_BPF_TEST_REPEAT	1000000

/* A synthetic request: all of it is one argument in each direction. */
struct fuse_bpf_test {
	struct fuse_args args;
	struct fuse_bpf_run run;
	struct bpf_fuse_test_ctx ctx;
	u32 duration;
	int retval;
};

static void *fuse_bpf_test_buffer(u64 from, u32 size)
{
	void __user *data = u64_to_user_ptr(from);
	void *buf;

	if (size > FUSE_BPF_TEST_MAX)
		return ERR_PTR(-E2BIG);

	buf = kvzalloc(max(size, 1U), GFP_USER);
	if (!buf)
		return ERR_PTR(-ENOMEM);

	if (data && copy_from_user(buf, data, size)) {
		kvfree(buf);
		return ERR_PTR(-EFAULT);
	}
	return buf;
}

static int fuse_bpf_test_ctx_in(struct fuse_bpf_test *test,
				const union bpf_attr *kattr)
{
	void __user *data = u64_to_user_ptr(kattr->test.ctx_in);
	u32 size = kattr->test.ctx_size_in;
	int err;

	if (!data)
		return size ? -EINVAL : 0;

	err = bpf_check_uarg_tail_zero(USER_BPFPTR(data), sizeof(test->ctx),
				       size);
	if (err)
		return err;
	if (copy_from_user(&test->ctx, data,
			   min_t(u32, size, sizeof(test->ctx))))
		return -EFAULT;
	if (test->ctx.ctx.opcode >= FUSE_BPF_OPCODES ||
	    test->ctx.ctx.stage > FUSE_BPF_REPLIED)
		return -EINVAL;
	return 0;
}

static void fuse_bpf_test_prepare(struct fuse_bpf_test *test, u32 in_len,
				  u32 out_len)
{
	struct fuse_bpf_run *run = &test->run;

	memset(run, 0, sizeof(*run));
	run->reply_len = FUSE_BPF_LEN_UNSET;
	run->ctx = test->ctx.ctx;
	run->ctx.in_len = in_len;
	run->ctx.out_len = run->ctx.error ? 0 : out_len;
	run->args = &test->args;
	run->has_node = run->ctx.stage == FUSE_BPF_REPLIED &&
			!run->ctx.error;
}

static u32 fuse_bpf_test_map(const struct fuse_bpf_target *target)
{
	return target->map ? target->map->id : 0;
}

/* Inside the RCU section: a map may go with a program that was replaced. */
static void fuse_bpf_test_results(struct fuse_bpf_test *test)
{
	struct fuse_bpf_run *run = &test->run;
	struct bpf_fuse_test_ctx *ctx = &test->ctx;

	ctx->ctx = run->ctx;
	ctx->reply_len = fuse_bpf_reply_len(run);
	ctx->redirect_map = fuse_bpf_test_map(&run->redirect[0]);
	ctx->redirect_key = run->redirect[0].key;
	ctx->redirect_flags = run->redirect[0].flags;
	ctx->redirect2_map = fuse_bpf_test_map(&run->redirect[1]);
	ctx->redirect2_key = run->redirect[1].key;
	ctx->bind_map = fuse_bpf_test_map(&run->bind);
	ctx->bind_flags = run->bind.flags;
}

static int fuse_bpf_test_run_prog(struct fuse_bpf_test *test,
				  const struct bpf_prog *prog, u32 repeat)
{
	u32 in_len = test->args.in_args[0].size;
	u32 out_len = test->args.out_args[0].size;
	u64 start, spent = 0;
	u32 i;

	for (i = 0; i < repeat; i++) {
		fuse_bpf_test_prepare(test, in_len, out_len);
		rcu_read_lock();
		start = ktime_get_ns();
		test->retval = fuse_bpf_run_prog(prog, &test->run);
		spent += ktime_get_ns() - start;
		fuse_bpf_test_results(test);
		rcu_read_unlock();

		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}

	test->duration = min_t(u64, div_u64(spent, repeat), U32_MAX);
	return 0;
}

/* Copy what fits; -ENOSPC tells that something did not. */
static int fuse_bpf_test_copy_out(u64 to, u32 room, const void *from, u32 size)
{
	void __user *data = u64_to_user_ptr(to);

	if (!data)
		return 0;
	if (copy_to_user(data, from, min(room, size)))
		return -EFAULT;
	return room < size ? -ENOSPC : 0;
}

static int fuse_bpf_test_finish(struct fuse_bpf_test *test,
				const union bpf_attr *kattr,
				union bpf_attr __user *uattr)
{
	u32 len = test->ctx.reply_len;
	u32 ctx_len = sizeof(test->ctx);
	int err;

	if (copy_to_user(&uattr->test.retval, &test->retval, sizeof(u32)) ||
	    copy_to_user(&uattr->test.duration, &test->duration, sizeof(u32)) ||
	    copy_to_user(&uattr->test.data_size_out, &len, sizeof(len)) ||
	    copy_to_user(&uattr->test.ctx_size_out, &ctx_len, sizeof(ctx_len)))
		return -EFAULT;

	err = fuse_bpf_test_copy_out(kattr->test.data_out,
				     kattr->test.data_size_out,
				     test->args.out_args[0].value, len);
	if (err)
		return err;
	return fuse_bpf_test_copy_out(kattr->test.ctx_out,
				      kattr->test.ctx_size_out,
				      &test->ctx, sizeof(test->ctx));
}

static int fuse_bpf_test_run(struct bpf_prog *prog, const union bpf_attr *kattr,
			     union bpf_attr __user *uattr)
{
	u32 repeat = kattr->test.repeat ?: 1;
	struct fuse_bpf_test *test;
	void *in, *out;
	int err;

	if (kattr->test.flags || kattr->test.cpu || kattr->test.batch_size ||
	    repeat > FUSE_BPF_TEST_REPEAT)
		return -EINVAL;

	test = kzalloc(sizeof(*test), GFP_USER);
	if (!test)
		return -ENOMEM;

	err = fuse_bpf_test_ctx_in(test, kattr);
	if (err)
		goto out_test;

	in = fuse_bpf_test_buffer(kattr->test.data_in,
				  kattr->test.data_size_in);
	if (IS_ERR(in)) {
		err = PTR_ERR(in);
		goto out_test;
	}
	out = fuse_bpf_test_buffer(kattr->test.data_out,
				   kattr->test.data_size_out);
	if (IS_ERR(out)) {
		err = PTR_ERR(out);
		goto out_in;
	}

	test->args.in_numargs = 1;
	test->args.in_args[0].size = kattr->test.data_size_in;
	test->args.in_args[0].value = in;
	test->args.out_numargs = 1;
	test->args.out_args[0].size = kattr->test.data_size_out;
	test->args.out_args[0].value = out;

	err = fuse_bpf_test_run_prog(test, prog, repeat);
	if (!err)
		err = fuse_bpf_test_finish(test, kattr, uattr);

	kvfree(out);
out_in:
	kvfree(in);
out_test:
	kfree(test);
	return err;
}

const struct bpf_prog_ops fuse_prog_ops = {
	.test_run	= fuse_bpf_test_run,
};
