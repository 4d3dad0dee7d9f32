/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_FUSE_BPF_H
#define _LINUX_FUSE_BPF_H

#include <uapi/linux/fuse_bpf.h>

struct bpf_map;
struct bpf_prog;
struct fuse_args;
struct fuse_bpf_entry;
struct fuse_bpf_link;
struct fuse_conn;
struct inode;
struct super_block;
union bpf_attr;

/* What a program has asked the driver to act on */
struct fuse_bpf_target {
	struct bpf_map *map;
	struct fuse_bpf_entry *entry;
	u64 key;
	u64 flags;
};

/*
 * One run of a program. The context that the program sees comes first and is
 * read as it is: no access is converted.
 */
struct fuse_bpf_run {
	struct bpf_fuse_ctx ctx;
	struct fuse_conn *fc;		/* NULL under test_run */
	struct super_block *sb;
	const struct fuse_bpf_link *link;
	struct inode *inode[2];		/* nodes to redirect, if at hand */
	struct fuse_args *args;		/* the wire image */
	u32 stored;			/* reply bytes written, no holes */
	u32 reply_len;			/* or FUSE_BPF_LEN_UNSET */
	bool has_node;			/* reply stage: bind is possible */
	struct fuse_bpf_target redirect[2];
	struct fuse_bpf_target bind;
};

#define FUSE_BPF_LEN_UNSET	U32_MAX

/* A reply is as long as what was stored, unless the program says otherwise. */
static inline u32 fuse_bpf_reply_len(const struct fuse_bpf_run *run)
{
	return run->reply_len == FUSE_BPF_LEN_UNSET ? run->stored :
						      run->reply_len;
}

#ifdef CONFIG_FUSE_BPF
int fuse_bpf_link_attach(const union bpf_attr *attr, struct bpf_prog *prog);
int fuse_bpf_map_copy_value(struct bpf_map *map, void *key, void *value);
#else
static inline int fuse_bpf_link_attach(const union bpf_attr *attr,
				       struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

static inline int fuse_bpf_map_copy_value(struct bpf_map *map, void *key,
					  void *value)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* _LINUX_FUSE_BPF_H */
