// SPDX-License-Identifier: GPL-2.0
/*
 * The program that the kernel runs: it calls the handler of the request's
 * opcode and stage in the first slot. Without one the daemon is asked, so that
 * with an empty array it only makes the kernel count.
 */
#include <fuselet/fuselet.h>

SEC("fuse/entry")
int entry(struct bpf_fuse_ctx *ctx)
{
	fuselet_jump(ctx, 0);
	return FUSE_BPF_PASS;
}

char LICENSE[] SEC("license") = "GPL";
