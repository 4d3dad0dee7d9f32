// SPDX-License-Identifier: GPL-2.0
/*
 * stack: nodes are bound to the lower tree as the daemon names them, and what
 * is asked of a bound node is asked of the lower object.
 *
 * The control plane puts the root of the lower tree into `backing` under
 * FUSE_ROOT_ID; everything else follows from there.
 */
#include <fuselet/fuselet.h>
#include <fuselet/timeout.h>

struct {
	__uint(type, FUSELET_MAP_FUSE_BACKING);
	__uint(max_entries, 1 << 20);
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct fuse_bpf_backing));
} backing SEC(".maps");

/* A request on the node itself */
static __always_inline int redirect(struct bpf_fuse_ctx *ctx)
{
	__u64 nodeid = ctx->nodeid;

	if (bpf_fuse_redirect(ctx, &backing, &nodeid, 0))
		return fuselet_next(ctx);

	return FUSE_BPF_REDIRECT;
}

/*
 * A request on two nodes. The number of the second is what it begins with:
 * newdir of fuse_rename_in and fuse_rename2_in, oldnodeid of fuse_link_in.
 */
static __always_inline int redirect_two(struct bpf_fuse_ctx *ctx)
{
	__u64 second;

	if (bpf_fuse_load_in(ctx, 0, &second, sizeof(second)) ||
	    bpf_fuse_redirect(ctx, &backing, &second, FUSE_BPF_SECOND))
		return fuselet_next(ctx);

	return redirect(ctx);
}

static __always_inline int redirect_attr(struct bpf_fuse_ctx *ctx)
{
	struct attr_timeout timeout = {
		.sec = fuselet.attr_valid,
		.nsec = fuselet.attr_valid_nsec,
	};

	bpf_fuse_store_out(ctx, 0, &timeout, sizeof(timeout));
	return redirect(ctx);
}

static __always_inline int bind(struct bpf_fuse_ctx *ctx, __u64 flags)
{
	bpf_fuse_bind(ctx, &backing, flags);
	return fuselet_next(ctx);
}

/* ---------------------------------------------------------- attributes --- */

SEC("fuse/request/GETATTR")
int getattr(struct bpf_fuse_ctx *ctx)
{
	return redirect_attr(ctx);
}

SEC("fuse/request/SETATTR")
int setattr(struct bpf_fuse_ctx *ctx)
{
	return redirect_attr(ctx);
}

SEC("fuse/request/STATX")
int statx(struct bpf_fuse_ctx *ctx)
{
	return redirect_attr(ctx);
}

SEC("fuse/request/STATFS")
int statfs(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/READLINK")
int readlink(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/GETXATTR")
int getxattr(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/SETXATTR")
int setxattr(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/LISTXATTR")
int listxattr(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/REMOVEXATTR")
int removexattr(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

/* ---------------------------------------------------------- open files --- */

/* Reads and writes follow the file without a program. */
SEC("fuse/request/OPEN")
int open(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/OPENDIR")
int opendir(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/READDIR")
int readdir(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

/* --------------------------------------------------------------- names --- */

SEC("fuse/request/UNLINK")
int unlink(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/RMDIR")
int rmdir(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/RENAME")
int rename(struct bpf_fuse_ctx *ctx)
{
	return redirect_two(ctx);
}

SEC("fuse/request/RENAME2")
int rename2(struct bpf_fuse_ctx *ctx)
{
	return redirect_two(ctx);
}

SEC("fuse/request/LINK")
int link(struct bpf_fuse_ctx *ctx)
{
	struct entry_timeout timeout = {
		.entry_sec = fuselet.entry_valid,
		.entry_nsec = fuselet.entry_valid_nsec,
		.attr_sec = fuselet.attr_valid,
		.attr_nsec = fuselet.attr_valid_nsec,
	};

	bpf_fuse_store_out(ctx, 0, &timeout, sizeof(timeout));
	return redirect_two(ctx);
}

/* --------------------------------------------------- nodes that are new --- */

/* Also for each entry of a READDIRPLUS */
SEC("fuse/reply/LOOKUP")
int lookup(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

SEC("fuse/reply/CREATE")
int create(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, FUSE_BPF_BIND_HANDLE);
}

SEC("fuse/reply/MKNOD")
int mknod(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

SEC("fuse/reply/MKDIR")
int mkdir(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

SEC("fuse/reply/SYMLINK")
int symlink(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

SEC("fuse/reply/LINK")
int linked(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

char LICENSE[] SEC("license") = "GPL";
