// SPDX-License-Identifier: GPL-2.0
/*
 * stack: nodes are bound to the lower tree as the daemon names them, and what
 * is asked of a bound node is asked of the lower object.
 *
 * The control plane puts the root of the lower tree into `backing` under
 * FUSE_ROOT_ID; everything else follows from there.
 */
#include <fuselet/fuselet.h>

struct {
	__uint(type, FUSELET_MAP_FUSE_BACKING);
	__uint(max_entries, 1 << 20);
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(struct fuse_bpf_backing));
} backing SEC(".maps");

static __always_inline int redirect(struct bpf_fuse_ctx *ctx)
{
	__u64 nodeid = ctx->nodeid;

	if (bpf_fuse_redirect(ctx, &backing, &nodeid, 0))
		return fuselet_next(ctx);

	return FUSE_BPF_REDIRECT;
}

static __always_inline int bind(struct bpf_fuse_ctx *ctx, __u64 flags)
{
	bpf_fuse_bind(ctx, &backing, flags);
	return fuselet_next(ctx);
}

/* The head of struct fuse_attr_out: how long the attributes may be cached */
struct attr_timeout {
	__u64 sec;
	__u32 nsec;
	__u32 dummy;
};

_Static_assert(sizeof(struct attr_timeout) ==
	       offsetof(struct fuse_attr_out, attr),
	       "the timeout precedes the attributes");

SEC("fuse/request/GETATTR")
int getattr(struct bpf_fuse_ctx *ctx)
{
	struct attr_timeout timeout = {
		.sec = fuselet.attr_valid,
		.nsec = fuselet.attr_valid_nsec,
	};

	bpf_fuse_store_out(ctx, 0, &timeout, sizeof(timeout));
	return redirect(ctx);
}

SEC("fuse/request/GETXATTR")
int getxattr(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

SEC("fuse/request/OPEN")
int open(struct bpf_fuse_ctx *ctx)
{
	return redirect(ctx);
}

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
int link(struct bpf_fuse_ctx *ctx)
{
	return bind(ctx, 0);
}

char LICENSE[] SEC("license") = "GPL";
