// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: bpf_fuse_cache_fill(), by which a program keeps a reply.
 */

#include "bpf_cache.h"

#include <linux/filter.h>

/* What a key is about, as far as the driver has to know */
static int fuse_bpf_kind_class(u32 kind)
{
	switch (kind) {
	case FUSE_LOOKUP:
		return FUSE_BPF_NAMES;
	case FUSE_GETATTR:
	case FUSE_STATFS:
		return FUSE_BPF_ATTRS;
	case FUSE_READLINK:
	case FUSE_GETXATTR:
	case FUSE_LISTXATTR:
	case FUSE_ACCESS:
		return FUSE_BPF_XATTRS;
	}
	return -EINVAL;
}

/* The reply to a LOOKUP, where it names a node */
static const struct fuse_entry_out *
fuse_bpf_entry_reply(const struct fuse_bpf_run *run)
{
	return run->ctx.opcode == FUSE_LOOKUP && !run->ctx.error &&
	       run->ctx.out_len >= sizeof(struct fuse_entry_out) ?
		run->args->out_args[0].value : NULL;
}

/* Attributes come with a LOOKUP too. */
static bool fuse_bpf_key_fits(const struct fuse_bpf_run *run,
			      const struct fuse_bpf_cache_key *key)
{
	const struct fuse_entry_out *entry = fuse_bpf_entry_reply(run);

	if (key->kind == run->ctx.opcode)
		return key->nodeid == run->ctx.nodeid;
	return key->kind == FUSE_GETATTR && entry && entry->nodeid &&
	       key->nodeid == entry->nodeid;
}

static u64 fuse_bpf_ns(u64 sec, u32 nsec)
{
	if (sec >= KTIME_SEC_MAX)
		return U64_MAX;
	return sec * NSEC_PER_SEC + min_t(u32, nsec, NSEC_PER_SEC - 1);
}

/* How long the daemon says that its reply holds */
static u64 fuse_bpf_timeout(const struct fuse_bpf_run *run, u32 kind)
{
	const struct fuse_entry_out *entry = fuse_bpf_entry_reply(run);
	const struct fuse_attr_out *attr;

	if (entry && kind == FUSE_LOOKUP)
		return fuse_bpf_ns(entry->entry_valid, entry->entry_valid_nsec);
	if (entry)
		return fuse_bpf_ns(entry->attr_valid, entry->attr_valid_nsec);
	if (run->ctx.opcode == FUSE_GETATTR && !run->ctx.error) {
		attr = run->args->out_args[0].value;
		return fuse_bpf_ns(attr->attr_valid, attr->attr_valid_nsec);
	}
	return 0;
}

/* FUSE itself does not take a reply that is older than what it has. */
static bool fuse_bpf_attr_passed(const struct fuse_bpf_run *run,
				 const struct fuse_inode *fi)
{
	return READ_ONCE(fi->attr_version) > run->args->bpf_sent ||
	       test_bit(FUSE_I_SIZE_UNSTABLE, &fi->state);
}

/*
 * Is the reply about this inode, and not about one that had its id before? One
 * that a LOOKUP names may be younger than the request; FUSE then holds its
 * attributes invalid if another may have been evicted meanwhile.
 */
static bool fuse_bpf_is_about(const struct fuse_bpf_run *run, u32 kind,
			      struct inode *inode)
{
	const struct fuse_entry_out *entry = fuse_bpf_entry_reply(run);
	const struct fuse_inode *fi = get_fuse_inode(inode);
	bool older = READ_ONCE(fi->bpf_fresh.born) <= run->args->bpf_sent;

	if (kind == run->ctx.opcode)
		return older;
	return inode->i_generation == entry->generation &&
	       (older || !(READ_ONCE(fi->inval_mask) & STATX_BASIC_STATS &
			   ~STATX_ATIME));
}

static struct inode *fuse_bpf_live_inode(struct super_block *sb, u64 nodeid)
{
	struct inode *inode = sb ? fuse_bpf_find_inode(sb, nodeid) : NULL;

	return inode && !fuse_is_bad(inode) ? inode : NULL;
}

/* The node that an entry depends on, with a reference in @filling. */
static int fuse_bpf_fill_node(const struct fuse_bpf_run *run,
			      struct bpf_map *map,
			      const struct fuse_bpf_cache_key *key,
			      struct fuse_bpf_filling *filling)
{
	struct inode *inode = fuse_bpf_live_inode(run->sb, key->nodeid);
	struct fuse_bpf_node *node;
	struct fuse_inode *fi;

	if (!inode || !fuse_bpf_is_about(run, key->kind, inode))
		return -ESTALE;

	fi = get_fuse_inode(inode);
	if (run->ctx.opcode == FUSE_GETATTR && fuse_bpf_attr_passed(run, fi))
		return -ESTALE;

	node = fuse_bpf_node_get(map, fi);
	if (IS_ERR(node))
		return PTR_ERR(node);

	filling->node = node;
	filling->stamp = &fi->bpf_fresh.stamp[filling->class];
	return 0;
}

/* A name answers for one incarnation of the node that it stands for. */
static int fuse_bpf_fill_named(const struct fuse_bpf_run *run,
			       struct bpf_map *map,
			       struct fuse_bpf_filling *filling)
{
	const struct fuse_entry_out *entry = fuse_bpf_entry_reply(run);
	struct fuse_bpf_node *node;
	struct inode *inode;

	if (!entry || !entry->nodeid)
		return 0;

	inode = fuse_bpf_live_inode(run->sb, entry->nodeid);
	if (!inode || inode->i_generation != entry->generation)
		return -ESTALE;

	node = fuse_bpf_node_get(map, get_fuse_inode(inode));
	if (IS_ERR(node))
		return PTR_ERR(node);

	filling->named = node;
	return 0;
}

static int fuse_bpf_fill_live(const struct fuse_bpf_run *run,
			      struct bpf_map *map,
			      const struct fuse_bpf_cache_key *key, u64 *ttl,
			      struct fuse_bpf_filling *filling)
{
	int err;

	*ttl = min(*ttl, max(fuse_bpf_timeout(run, key->kind),
			     run->link->cache_ttl));
	if (!*ttl)
		return -EACCES;

	filling->sent = run->args->bpf_sent;
	filling->personal = !run->fc->default_permissions;
	if (filling->sent < run->link->since)
		return -ESTALE;

	if (key->kind == FUSE_STATFS) {
		filling->node = run->link->space;
		refcount_inc(&filling->node->count);
		return 0;
	}

	err = fuse_bpf_fill_node(run, map, key, filling);
	if (!err && key->kind == FUSE_LOOKUP)
		err = fuse_bpf_fill_named(run, map, filling);
	return err;
}

static int fuse_bpf_fill(const struct fuse_bpf_run *run, struct bpf_map *map,
			 const void *key, const void *value, u64 ttl)
{
	struct fuse_bpf_filling filling = {};
	const void *name = key + sizeof(struct fuse_bpf_cache_key);
	struct fuse_bpf_cache_key head;
	int err;

	/* a copy, as others may write to it */
	memcpy(&head, key, sizeof(head));
	if (head.name_len > fuse_bpf_cache_longest_name(map))
		return -ENAMETOOLONG;
	err = fuse_bpf_kind_class(head.kind);
	if (err < 0)
		return err;
	filling.class = err;
	if (!fuse_bpf_key_fits(run, &head))
		return -EINVAL;

	if (run->fc && head.kind == FUSE_LOOKUP) {
		/* whatever the key says: by this name it will be dropped */
		if (head.name_len + 1 != run->ctx.in_len)
			return -EINVAL;
		name = run->args->in_args[0].value;
	}

	if (run->fc)
		err = fuse_bpf_fill_live(run, map, &head, &ttl, &filling);
	else
		err = 0;
	if (!err) {
		filling.expires = get_jiffies_64() + nsecs_to_jiffies64(ttl);
		err = fuse_bpf_cache_insert(map, &head, name, value, &filling);
	}
	fuse_bpf_node_put(filling.node);
	fuse_bpf_node_put(filling.named);
	return err;
}

BPF_CALL_5(bpf_fuse_cache_fill, struct fuse_bpf_run *, run,
	   struct bpf_map *, map, const void *, key, const void *, value,
	   u64, ttl_ns)
{
	int err;

	if (run->ctx.stage != FUSE_BPF_REPLIED)
		return -EOPNOTSUPP;
	if (!fuse_bpf_cache_owned_by(map, run->fc))
		return -EPERM;

	err = fuse_bpf_fill(run, map, key, value, ttl_ns);
	fuse_bpf_cache_count(map, err ? FUSE_BPF_CACHE_REFUSED :
					FUSE_BPF_CACHE_FILL);
	return err;
}

const struct bpf_func_proto bpf_fuse_cache_fill_proto = {
	.func		= bpf_fuse_cache_fill,
	.gpl_only	= false,
	.ret_type	= RET_INTEGER,
	.arg1_type	= ARG_PTR_TO_CTX,
	.arg2_type	= ARG_CONST_MAP_PTR,
	.arg3_type	= ARG_PTR_TO_MAP_KEY,
	.arg4_type	= ARG_PTR_TO_MAP_VALUE,
	.arg5_type	= ARG_ANYTHING,
};
