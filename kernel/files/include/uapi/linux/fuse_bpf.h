/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * FUSE requests answered by BPF programs: the interface between the FUSE
 * driver, the programs and whoever loads them.
 *
 * Numbers that belong to enums of linux/bpf.h (program, map, attach and link
 * type, helper ids) are found there; a loader reads them from the kernel's BTF.
 */
#ifndef _UAPI_LINUX_FUSE_BPF_H
#define _UAPI_LINUX_FUSE_BPF_H

#include <linux/types.h>

/*
 * FUSE_INIT flag, bit 62 of the 64-bit flags. Offered by the kernel; accepted
 * by a daemon that agrees to I/O without a handle on nodes whose OPEN it never
 * saw, and to names that change without its knowledge. It counts only together
 * with FUSE_PASSTHROUGH, a max_stack_depth above 0, and without
 * FUSE_WRITEBACK_CACHE. Such a daemon never hands out file handle 0.
 */
#define FUSE_BPF		(1ULL << 62)

/* Opcodes of this number and above never reach a program. */
#define FUSE_BPF_OPCODES	64

/* Index into the program array: slot * 128 + stage * 64 + opcode */
#define FUSE_BPF_SLOT_SIZE	(2 * FUSE_BPF_OPCODES)

enum fuse_bpf_stage {
	FUSE_BPF_REQUEST = 0,	/* before the daemon is asked */
	FUSE_BPF_REPLIED = 1,	/* after the daemon has answered */
};

/*
 * What a program returns in the request stage. A negative errno (-1..-511)
 * fails the call; -ENOSYS is turned into -EOPNOTSUPP. Anything else counts as
 * refused and passes. What a program returns in the reply stage is ignored.
 */
enum fuse_bpf_verdict {
	FUSE_BPF_PASS	  = 0,	/* ask the daemon */
	FUSE_BPF_REPLY	  = 1,	/* the program has stored the reply */
	FUSE_BPF_REDIRECT = 2,	/* act on the selected backing object */
};

/* Program context, read-only. Ids are those that the daemon would see. */
struct bpf_fuse_ctx {
	__u32 opcode;		/* enum fuse_opcode */
	__u32 stage;		/* enum fuse_bpf_stage */
	__u64 nodeid;
	__u32 uid;
	__u32 gid;
	__u32 pid;
	__s32 error;		/* reply stage: 0 or negative errno */
	__u32 in_len;		/* bytes that bpf_fuse_load_in() can reach */
	__u32 out_len;		/* request stage: room for a reply; reply stage: its length */
	__u64 cookie;		/* the same in both stages of one request, never 0 */
};

/*
 * bpf_fuse_redirect() flags. RENAME and RENAME2 act on two directories, the old
 * one and, second, the new one; LINK on the new directory and, second, the node
 * that is linked.
 */
#define FUSE_BPF_SECOND		(1ULL << 0)

/* bpf_fuse_bind() flags */
#define FUSE_BPF_BIND_HANDLE	(1ULL << 0)	/* CREATE: back the handle as well */

/*
 * Value of a BPF_MAP_TYPE_FUSE_BACKING map, whose key is a __u64. A descriptor
 * goes in, device (st_dev as the kernel encodes it for stat(2)) and inode
 * number come out.
 */
struct fuse_bpf_backing {
	union {
		struct {
			__s32 fd;
			__u32 flags;	/* 0 */
			__u64 reserved;	/* 0 */
		};
		struct {
			__u64 dev;
			__u64 ino;
		};
	};
};

/*
 * Key of a BPF_MAP_TYPE_FUSE_CACHE map. Only the used part of the name counts;
 * key_size bounds its length. For FUSE_LOOKUP the name is that of the request,
 * without terminator, else it is the program's own.
 */
struct fuse_bpf_cache_key {
	__u64 nodeid;		/* of the request that the entry answers */
	__u32 kind;		/* its opcode */
	__u32 name_len;
	__u8 name[];
};

/* Longest key and value of such a map */
#define FUSE_BPF_CACHE_KEY_MAX		512
#define FUSE_BPF_CACHE_VALUE_MAX	2048

/*
 * link_create.fuse.flags: take a program's attributes although reading has
 * moved the access time, which may lag by cache_ttl then
 */
#define FUSE_BPF_LAZY_ATIME	(1U << 0)
/*
 * By the descriptor of /dev/fuse, before INIT is answered: as if the answer had
 * FUSE_PASSTHROUGH, FUSE_BPF and link_create.fuse.max_stack_depth
 */
#define FUSE_BPF_CONSENT	(1U << 1)

/* Maps that one link can own */
#define FUSE_BPF_MAX_MAPS	8

/*
 * Context of BPF_PROG_TEST_RUN: ctx is taken from ctx_in (in_len and out_len
 * are set by the kernel), all of it is returned in ctx_out. The wire image of
 * the request is data_in, that of the reply data_out (in the reply stage,
 * data_out holds the daemon's reply when the run begins).
 */
struct bpf_fuse_test_ctx {
	struct bpf_fuse_ctx ctx;
	__u32 reply_len;	/* bytes stored, or the length set */
	__u32 redirect_map;	/* id of the map, 0: no redirect */
	__u64 redirect_key;
	__u64 redirect_flags;
	__u32 bind_map;		/* id of the map, 0: no bind */
	__u32 reserved;
	__u64 bind_flags;
	__u32 redirect2_map;	/* the same for FUSE_BPF_SECOND */
	__u32 reserved2;
	__u64 redirect2_key;
};

#endif /* _UAPI_LINUX_FUSE_BPF_H */
