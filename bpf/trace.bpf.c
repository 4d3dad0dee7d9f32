// SPDX-License-Identifier: GPL-2.0
/*
 * trace: how long callers wait for the daemon, as one histogram an opcode. It
 * decides nothing, and stands in front of the others: what they answer is not
 * measured, since no reply comes.
 *
 * READ and WRITE are left out: a handler of theirs is asked about passthrough
 * I/O too, which would cost more than there is to learn.
 */
#include <fuselet/fuselet.h>

/* count[n] of an opcode: waits of 2^n to 2^(n+1) - 1 nanoseconds */
struct histogram {
	__u64 count[64];
};

/* Requests on their way. Those that another slot answers are overwritten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u64));
	__uint(value_size, sizeof(__u64));
} started SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FUSE_BPF_OPCODES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct histogram));
} latency SEC(".maps");

static __always_inline __u32 log2(__u64 value)
{
	__u32 bit = 0;

	for (int shift = 32; shift; shift >>= 1) {
		if (value >> shift) {
			value >>= shift;
			bit += shift;
		}
	}
	return bit;
}

static __always_inline int begin(struct bpf_fuse_ctx *ctx)
{
	__u64 cookie = ctx->cookie, now = bpf_ktime_get_ns();

	bpf_map_update_elem(&started, &cookie, &now, BPF_ANY);
	return fuselet_next(ctx);
}

static __always_inline void count(__u32 opcode, __u64 nsec)
{
	struct histogram *waits = bpf_map_lookup_elem(&latency, &opcode);

	if (waits)
		__sync_fetch_and_add(&waits->count[log2(nsec) & 63], 1);
}

static __always_inline int end(struct bpf_fuse_ctx *ctx)
{
	__u64 cookie = ctx->cookie, *start;

	start = bpf_map_lookup_elem(&started, &cookie);
	if (start) {
		count(ctx->opcode, bpf_ktime_get_ns() - *start);
		bpf_map_delete_elem(&started, &cookie);
	}
	return fuselet_next(ctx);
}

#define MEASURE(opcode)							\
	SEC("fuse/request/" #opcode)					\
	int begin_##opcode(struct bpf_fuse_ctx *ctx)			\
	{								\
		return begin(ctx);					\
	}								\
	SEC("fuse/reply/" #opcode)					\
	int end_##opcode(struct bpf_fuse_ctx *ctx)			\
	{								\
		return end(ctx);					\
	}

MEASURE(LOOKUP)
MEASURE(GETATTR)
MEASURE(SETATTR)
MEASURE(READLINK)
MEASURE(SYMLINK)
MEASURE(MKNOD)
MEASURE(MKDIR)
MEASURE(UNLINK)
MEASURE(RMDIR)
MEASURE(RENAME)
MEASURE(RENAME2)
MEASURE(LINK)
MEASURE(OPEN)
MEASURE(CREATE)
MEASURE(OPENDIR)
MEASURE(READDIR)
MEASURE(STATFS)
MEASURE(GETXATTR)
MEASURE(LISTXATTR)
MEASURE(SETXATTR)
MEASURE(REMOVEXATTR)
MEASURE(ACCESS)

char LICENSE[] SEC("license") = "GPL";
