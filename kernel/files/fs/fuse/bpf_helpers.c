// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: what a program can see and call.
 *
 * Programs address bytes of the wire image (include/uapi/linux/fuse.h), the
 * concatenation of the arguments after the header, in either direction.
 */

#include "bpf.h"

#include <linux/bpf_verifier.h>
#include <linux/filter.h>

/*
 * Copy @len bytes at @off of the image to or from @buf. The caller has checked
 * the bounds, which exclude what lies in pages.
 */
static void fuse_bpf_copy(const struct fuse_arg *args, u32 off, void *buf,
			  u32 len, bool store)
{
	u32 n;

	for (; len; args++) {
		if (off >= args->size) {
			off -= args->size;
			continue;
		}
		n = min(len, args->size - off);
		if (store)
			memcpy(args->value + off, buf, n);
		else
			memcpy(buf, args->value + off, n);
		buf += n;
		len -= n;
		off = 0;
	}
}

static bool fuse_bpf_in_bounds(u32 off, u32 len, u32 size)
{
	return off <= size && len <= size - off;
}

BPF_CALL_4(bpf_fuse_load_in, struct fuse_bpf_run *, run, u32, off,
	   void *, to, u32, len)
{
	if (!fuse_bpf_in_bounds(off, len, run->ctx.in_len)) {
		memset(to, 0, len);
		return -EFAULT;
	}

	fuse_bpf_copy((struct fuse_arg *)run->args->in_args, off, to, len,
		      false);
	return 0;
}

static const struct bpf_func_proto bpf_fuse_load_in_proto = {
	.func		= bpf_fuse_load_in,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_ANYTHING,
	.arg3_type	= ARG_PTR_TO_UNINIT_MEM,
	.arg4_type	= ARG_CONST_SIZE,
};

/* Before the daemon has answered only what the program stored is readable. */
static u32 fuse_bpf_readable(const struct fuse_bpf_run *run)
{
	return run->ctx.stage == FUSE_BPF_REQUEST ? run->stored :
						    run->ctx.out_len;
}

BPF_CALL_4(bpf_fuse_load_out, struct fuse_bpf_run *, run, u32, off,
	   void *, to, u32, len)
{
	if (!fuse_bpf_in_bounds(off, len, fuse_bpf_readable(run))) {
		memset(to, 0, len);
		return -EFAULT;
	}

	fuse_bpf_copy(run->args->out_args, off, to, len, false);
	return 0;
}

static const struct bpf_func_proto bpf_fuse_load_out_proto = {
	.func		= bpf_fuse_load_out,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_ANYTHING,
	.arg3_type	= ARG_PTR_TO_UNINIT_MEM,
	.arg4_type	= ARG_CONST_SIZE,
};

BPF_CALL_4(bpf_fuse_store_out, struct fuse_bpf_run *, run, u32, off,
	   const void *, from, u32, len)
{
	if (run->ctx.stage != FUSE_BPF_REQUEST)
		return -EPERM;
	if (!fuse_bpf_in_bounds(off, len, run->ctx.out_len))
		return -EFAULT;
	/* a hole would hand out memory that nobody has written */
	if (off > run->stored)
		return -EINVAL;

	fuse_bpf_copy(run->args->out_args, off, (void *)from, len, true);
	run->stored = max(run->stored, off + len);
	return 0;
}

static const struct bpf_func_proto bpf_fuse_store_out_proto = {
	.func		= bpf_fuse_store_out,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_ANYTHING,
	.arg3_type	= ARG_PTR_TO_MEM | MEM_RDONLY,
	.arg4_type	= ARG_CONST_SIZE,
};

BPF_CALL_2(bpf_fuse_set_out_len, struct fuse_bpf_run *, run, u32, len)
{
	if (run->ctx.stage != FUSE_BPF_REQUEST)
		return -EPERM;
	if (len > run->stored)
		return -EINVAL;

	run->reply_len = len;
	return 0;
}

static const struct bpf_func_proto bpf_fuse_set_out_len_proto = {
	.func		= bpf_fuse_set_out_len,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_ANYTHING,
};

/*
 * A live request may use the maps of its connection, a test run loose ones; and
 * without the server's consent nothing is redirected or bound.
 */
static int fuse_bpf_may_use(const struct fuse_bpf_run *run,
			    struct bpf_map *map)
{
	if (!fuse_bpf_map_owned_by(map, run->fc))
		return -EPERM;
	return run->fc && !run->fc->bpf_consent ? -EACCES : 0;
}

BPF_CALL_4(bpf_fuse_redirect, struct fuse_bpf_run *, run,
	   struct bpf_map *, map, u64 *, key, u64, flags)
{
	unsigned int second = !!(flags & FUSE_BPF_SECOND);
	struct fuse_bpf_target *target = &run->redirect[second];
	struct fuse_bpf_entry *entry;
	int err;

	if (flags & ~FUSE_BPF_SECOND)
		return -EINVAL;
	if (run->ctx.stage != FUSE_BPF_REQUEST ||
	    !fuse_bpf_op_redirects(run->ctx.opcode, second))
		return -EOPNOTSUPP;
	err = fuse_bpf_may_use(run, map);
	if (err)
		return err;

	entry = fuse_bpf_map_find(map, *key);
	if (!entry)
		return -ENOENT;
	if (run->inode[second] &&
	    !fuse_bpf_entry_fits(entry, run->inode[second]))
		return -ESTALE;

	target->map = map;
	target->entry = entry;
	target->key = *key;
	target->flags = flags;
	return 0;
}

static const struct bpf_func_proto bpf_fuse_redirect_proto = {
	.func		= bpf_fuse_redirect,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_CONST_MAP_PTR,
	.arg3_type	= ARG_PTR_TO_MAP_KEY,
	.arg4_type	= ARG_ANYTHING,
};

BPF_CALL_3(bpf_fuse_bind, struct fuse_bpf_run *, run, struct bpf_map *, map,
	   u64, flags)
{
	int err;

	if (flags & ~FUSE_BPF_BIND_HANDLE)
		return -EINVAL;
	if (!run->has_node)
		return -EOPNOTSUPP;
	err = fuse_bpf_may_use(run, map);
	if (err)
		return err;

	run->bind.map = map;
	run->bind.flags = flags;
	return 0;
}

static const struct bpf_func_proto bpf_fuse_bind_proto = {
	.func		= bpf_fuse_bind,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_CONST_MAP_PTR,
	.arg3_type	= ARG_ANYTHING,
};

static const struct bpf_func_proto *
fuse_bpf_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	switch (func_id) {
	case BPF_FUNC_fuse_load_in:
		return &bpf_fuse_load_in_proto;
	case BPF_FUNC_fuse_load_out:
		return &bpf_fuse_load_out_proto;
	case BPF_FUNC_fuse_store_out:
		return &bpf_fuse_store_out_proto;
	case BPF_FUNC_fuse_set_out_len:
		return &bpf_fuse_set_out_len_proto;
	case BPF_FUNC_fuse_redirect:
		return &bpf_fuse_redirect_proto;
	case BPF_FUNC_fuse_bind:
		return &bpf_fuse_bind_proto;
	case BPF_FUNC_fuse_cache_fill:
		return &bpf_fuse_cache_fill_proto;
	default:
		return bpf_base_func_proto(func_id, prog);
	}
}

/* The context is read as it lies: any aligned load within one field. */
static bool fuse_bpf_is_valid_access(int off, int size,
				     enum bpf_access_type type,
				     const struct bpf_prog *prog,
				     struct bpf_insn_access_aux *info)
{
	if (type != BPF_READ || off < 0 || off % size)
		return false;

	switch (off) {
	case bpf_ctx_range(struct bpf_fuse_ctx, nodeid):
	case bpf_ctx_range(struct bpf_fuse_ctx, cookie):
		return size <= sizeof(u64);
	case bpf_ctx_range_till(struct bpf_fuse_ctx, opcode, stage):
	case bpf_ctx_range_till(struct bpf_fuse_ctx, uid, out_len):
		return size <= sizeof(u32);
	}
	return false;
}

const struct bpf_verifier_ops fuse_verifier_ops = {
	.get_func_proto		= fuse_bpf_func_proto,
	.is_valid_access	= fuse_bpf_is_valid_access,
};
