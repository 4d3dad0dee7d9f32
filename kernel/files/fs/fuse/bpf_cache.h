/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FUSE BPF: BPF_MAP_TYPE_FUSE_CACHE inside of the driver.
 */
#ifndef _FS_FUSE_BPF_CACHE_H
#define _FS_FUSE_BPF_CACHE_H

#include "bpf.h"

/*
 * What the entries of a node refer to. An entry is true if it comes from a
 * request that was sent no earlier than its class's floor, which outlives the
 * inode for as long as entries refer to it: no request is later than U64_MAX.
 */
struct fuse_bpf_node {
	u64 floor[FUSE_BPF_CLASSES];
	refcount_t count;
	struct rcu_head rcu;
};

/* An entry. The value comes first in @data, then the used part of the key. */
struct fuse_bpf_cached {
	struct hlist_node chain;
	struct list_head lru;
	struct fuse_bpf_node *node;	/* NULL under test_run */
	struct fuse_bpf_node *named;	/* that a LOOKUP has told, or NULL */
	const struct cred *cred;	/* whose answer it is, NULL: all's */
	u64 sent;			/* of the request, as in its args */
	u64 expires;			/* jiffies */
	u32 hash;
	u32 size;			/* of all this */
	u8 class;
	bool used;			/* since it was last passed over */
	u8 data[] __aligned(8);
};

/* What an entry is made of */
struct fuse_bpf_filling {
	struct fuse_bpf_node *node;
	struct fuse_bpf_node *named;
	const u64 *stamp;		/* NULL if there is none to obey */
	u64 sent;
	u64 expires;
	u8 class;
	bool personal;
};

/* bpf_cache.c */
enum fuse_bpf_cache_stat {
	FUSE_BPF_CACHE_HIT,
	FUSE_BPF_CACHE_MISS,
	FUSE_BPF_CACHE_FILL,
	FUSE_BPF_CACHE_REFUSED,
	FUSE_BPF_CACHE_EVICTED,
	FUSE_BPF_CACHE_STATS,
};

void fuse_bpf_cache_count(struct bpf_map *map, enum fuse_bpf_cache_stat stat);
u32 fuse_bpf_cache_longest_name(const struct bpf_map *map);
int fuse_bpf_cache_insert(struct bpf_map *map,
			  const struct fuse_bpf_cache_key *head,
			  const void *name, const void *value,
			  const struct fuse_bpf_filling *filling);
void fuse_bpf_cache_drop_name(struct bpf_map *map, u64 nodeid,
			      const char *name, u32 len);

/* bpf_coherence.c */
struct fuse_bpf_node *fuse_bpf_node_get(struct bpf_map *map,
					struct fuse_inode *fi);
struct inode *fuse_bpf_find_inode(struct super_block *sb, u64 nodeid);

/* Has its inode gone, or turned bad? */
static inline bool fuse_bpf_node_gone(const struct fuse_bpf_node *node)
{
	return READ_ONCE(node->floor[0]) == U64_MAX;
}

#endif /* _FS_FUSE_BPF_CACHE_H */
