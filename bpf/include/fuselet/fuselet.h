/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every extension includes: the kernel's interface, and how extensions
 * are put together.
 *
 * The control plane loads the entry program and, for each extension, a slot of
 * the program array `handlers`. A program of section
 *
 *	fuse/request/GETATTR	or	fuse/reply/LOOKUP
 *
 * lies at slot * FUSE_BPF_SLOT_SIZE + stage * FUSE_BPF_OPCODES + opcode. It
 * returns a verdict, or passes the request on to the slots that follow by
 * fuselet_next(). Programs run with preemption disabled. Handlers of READ and
 * WRITE are asked about passthrough I/O too, once a system call.
 */
#ifndef FUSELET_H
#define FUSELET_H

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/fuse.h>
#include <linux/fuse_bpf.h>
#include <bpf/bpf_helpers.h>

/* enum bpf_map_type of the patched kernel */
#define FUSELET_MAP_FUSE_BACKING	36
#define FUSELET_MAP_FUSE_CACHE		37

/* Slots that a composition can have */
#define FUSELET_SLOTS			8

/* Helpers of the patched kernel; its include/uapi/linux/bpf.h documents them. */
static long (*bpf_fuse_load_in)(const struct bpf_fuse_ctx *ctx, __u32 off,
				void *to, __u32 len) = (void *)212;
static long (*bpf_fuse_load_out)(const struct bpf_fuse_ctx *ctx, __u32 off,
				 void *to, __u32 len) = (void *)213;
static long (*bpf_fuse_store_out)(const struct bpf_fuse_ctx *ctx, __u32 off,
				  const void *from, __u32 len) = (void *)214;
static long (*bpf_fuse_set_out_len)(const struct bpf_fuse_ctx *ctx,
				    __u32 len) = (void *)215;
static long (*bpf_fuse_redirect)(const struct bpf_fuse_ctx *ctx, void *map,
				 const void *key, __u64 flags) = (void *)216;
static long (*bpf_fuse_bind)(const struct bpf_fuse_ctx *ctx, void *map,
			     __u64 flags) = (void *)217;
static long (*bpf_fuse_cache_fill)(const struct bpf_fuse_ctx *ctx, void *map,
				   const void *key, const void *value,
				   __u64 ttl_ns) = (void *)218;

/* Set by the control plane before an object is loaded */
struct fuselet_config {
	__u32 slot;
	__u32 flags;			/* of the extension, 0 unless it says so */
	__u64 entry_valid;		/* seconds for which names hold, */
	__u64 attr_valid;		/* and attributes, */
	__u32 entry_valid_nsec;		/* and nanoseconds of both */
	__u32 attr_valid_nsec;
};

const volatile struct fuselet_config fuselet SEC(".rodata") = {};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, FUSELET_SLOTS * FUSE_BPF_SLOT_SIZE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} handlers SEC(".maps");

/* Jump to the handler in @slot; comes back if there is none. */
static __always_inline void fuselet_jump(struct bpf_fuse_ctx *ctx, __u32 slot)
{
	bpf_tail_call(ctx, &handlers, slot * FUSE_BPF_SLOT_SIZE +
		      ctx->stage * FUSE_BPF_OPCODES + ctx->opcode);
}

/*
 * Leave the request to the extensions in the slots that follow. The control
 * plane fills empty slots with the handler that comes next, so that one jump
 * is enough.
 */
static __always_inline int fuselet_next(struct bpf_fuse_ctx *ctx)
{
	fuselet_jump(ctx, fuselet.slot + 1);
	return FUSE_BPF_PASS;
}

#endif /* FUSELET_H */
