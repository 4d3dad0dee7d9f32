// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: what keeps caches true.
 *
 * fc->attr_version is the clock: it advances with all that makes an answer
 * untrue. A request notes it when it is sent, and an entry of a cache is as old
 * as the request whose reply it holds. What happens to a node afterwards stamps
 * the node, which refuses replies still on their way, and raises the floor
 * below which its entries are not found any more. Of a name that changes only
 * the entries of that name go.
 *
 * Operations do this before they are sent, as nobody knows when the server will
 * act, and again when they are answered: what was asked in between may have
 * been answered before the server acted.
 */

#include "bpf_cache.h"

#define ATTRS	BIT(FUSE_BPF_ATTRS)
#define XATTRS	BIT(FUSE_BPF_XATTRS)
#define NAMES	BIT(FUSE_BPF_NAMES)

/* Stands in fi->bpf_fresh.node from eviction on */
#define FUSE_BPF_NODE_GONE	((struct fuse_bpf_node *)ERR_PTR(-ESTALE))

/*
 * What a request makes untrue. An argument that holds a name is given by its
 * index plus 1.
 */
struct fuse_bpf_row {
	u8 node;		/* of the node that it is sent for */
	u8 second;		/* of the one whose id is in the first argument */
	u8 second_at;		/* there */
	u8 touched;		/* of args->bpf_touched */
	u8 made;		/* of the node in the reply */
	u8 name;		/* a name in the node */
	u8 second_name;		/* a name in the second one */
	bool space;		/* what STATFS tells; true in each row */
};

static const struct fuse_bpf_row fuse_bpf_rows[FUSE_BPF_OPCODES] = {
	[FUSE_SETATTR] = { .node = ATTRS | XATTRS, .space = true },
	[FUSE_WRITE] = { .node = ATTRS | XATTRS, .space = true },
	[FUSE_FALLOCATE] = { .node = ATTRS | XATTRS, .space = true },
	[FUSE_COPY_FILE_RANGE] = {
		.node = ATTRS,
		.second = ATTRS | XATTRS,
		.second_at = offsetof(struct fuse_copy_file_range_in,
				      nodeid_out),
		.space = true,
	},
	[FUSE_SETXATTR] = { .node = ATTRS | XATTRS, .space = true },
	[FUSE_REMOVEXATTR] = { .node = ATTRS | XATTRS, .space = true },
	[FUSE_IOCTL] = { .node = ATTRS | XATTRS | NAMES, .space = true },
	/* with O_TRUNC */
	[FUSE_OPEN] = { .node = ATTRS | XATTRS, .space = true },
	/* of files that may have been written to */
	[FUSE_FLUSH] = { .touched = ATTRS, .space = true },
	[FUSE_FSYNC] = { .touched = ATTRS, .space = true },
	[FUSE_RELEASE] = { .node = ATTRS, .space = true },

	[FUSE_MKNOD] = {
		.node = ATTRS,
		.name = 2,
		.made = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_MKDIR] = {
		.node = ATTRS,
		.name = 2,
		.made = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_SYMLINK] = {
		.node = ATTRS,
		.name = 1,
		.made = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_CREATE] = {
		.node = ATTRS,
		.name = 2,
		.made = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_TMPFILE] = { .space = true },
	[FUSE_UNLINK] = {
		.node = ATTRS,
		.name = 1,
		.touched = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_RMDIR] = {
		.node = ATTRS,
		.name = 1,
		.touched = ATTRS | XATTRS | NAMES,
		.space = true,
	},
	[FUSE_RENAME] = {
		.node = ATTRS,
		.name = 2,
		.second = ATTRS,
		.second_at = offsetof(struct fuse_rename_in, newdir),
		.second_name = 3,
		.touched = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_RENAME2] = {
		.node = ATTRS,
		.name = 2,
		.second = ATTRS,
		.second_at = offsetof(struct fuse_rename2_in, newdir),
		.second_name = 3,
		.touched = ATTRS | XATTRS,
		.space = true,
	},
	[FUSE_LINK] = {
		.node = ATTRS,
		.name = 2,
		.second = ATTRS | XATTRS,
		.second_at = offsetof(struct fuse_link_in, oldnodeid),
		.made = ATTRS | XATTRS,
		.space = true,
	},
};

/* --------------------------------------------------------------- nodes --- */

struct fuse_bpf_node *fuse_bpf_node_alloc(struct bpf_map *map)
{
	gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO;
	struct fuse_bpf_node *node;

	/* a program may not sleep */
	if (map)
		node = bpf_map_kmalloc_node(map, sizeof(*node),
					    GFP_NOWAIT | __GFP_NOWARN |
					    __GFP_ZERO, map->numa_node);
	else
		node = kmalloc(sizeof(*node), gfp);
	if (node)
		refcount_set(&node->count, 1);
	return node;
}

void fuse_bpf_node_put(struct fuse_bpf_node *node)
{
	if (node && refcount_dec_and_test(&node->count))
		kfree_rcu(node, rcu);
}

/**
 * fuse_bpf_node_get - what the entries of a node refer to
 * @map: the cache that pays for it
 * @fi: the node, found in this RCU section
 *
 * Return: a reference, or ERR_PTR(-ENOMEM), or ERR_PTR(-ESTALE) if the inode
 * is on its way out
 */
struct fuse_bpf_node *fuse_bpf_node_get(struct bpf_map *map,
					struct fuse_inode *fi)
{
	struct fuse_bpf_node *node, *new;

	node = READ_ONCE(fi->bpf_fresh.node);
	if (node) {
		/* full, as the cmpxchg below: the stamp is read after this */
		smp_mb();
	} else {
		new = fuse_bpf_node_alloc(map);
		if (!new)
			return ERR_PTR(-ENOMEM);
		/*
		 * A full barrier: either the stamp is seen by who looks at it
		 * after this, or the node by who has set the stamp.
		 */
		node = cmpxchg(&fi->bpf_fresh.node, NULL, new);
		if (node)
			kfree(new);
		else
			node = new;
	}
	if (IS_ERR(node) || !refcount_inc_not_zero(&node->count))
		return ERR_PTR(-ESTALE);
	return node;
}

/* The inode goes, or has turned bad. */
void fuse_bpf_forget_node(struct fuse_inode *fi)
{
	struct fuse_bpf_node *node;
	int i;

	node = xchg(&fi->bpf_fresh.node, FUSE_BPF_NODE_GONE);
	if (IS_ERR_OR_NULL(node))
		return;

	for (i = 0; i < FUSE_BPF_CLASSES; i++)
		WRITE_ONCE(node->floor[i], U64_MAX);
	fuse_bpf_node_put(node);
}

static int fuse_bpf_has_id(struct inode *inode, void *nodeid)
{
	return get_node_id(inode) == *(u64 *)nodeid;
}

/* Without a reference: the caller is in an RCU section. */
struct inode *fuse_bpf_find_inode(struct super_block *sb, u64 nodeid)
{
	return find_inode_rcu(sb, nodeid, fuse_bpf_has_id, &nodeid);
}

/* -------------------------------------------------------------- stamps --- */

/* Of two that race the later one counts. A full barrier if it changes. */
static void fuse_bpf_raise(u64 *to, u64 now)
{
	u64 old = READ_ONCE(*to);

	while (old < now && !try_cmpxchg64(to, &old, now))
		;
}

static void fuse_bpf_stamp(struct fuse_inode *fi, u8 classes, u64 now)
{
	int i;

	for (i = 0; i < FUSE_BPF_CLASSES; i++) {
		if (classes & BIT(i))
			fuse_bpf_raise(&fi->bpf_fresh.stamp[i], now);
	}
}

static void fuse_bpf_raise_floors(struct fuse_inode *fi, u8 classes, u64 now)
{
	struct fuse_bpf_node *node;
	int i;

	/* stamp, then node: pairs with the barriers of fuse_bpf_node_get() */
	smp_mb();
	rcu_read_lock();
	node = READ_ONCE(fi->bpf_fresh.node);
	for (i = 0; !IS_ERR_OR_NULL(node) && i < FUSE_BPF_CLASSES; i++) {
		if (classes & BIT(i))
			fuse_bpf_raise(&node->floor[i], now);
	}
	rcu_read_unlock();
}

static void fuse_bpf_untrue(struct inode *inode, u8 classes, u64 now)
{
	struct fuse_inode *fi = get_fuse_inode(inode);

	fuse_bpf_stamp(fi, classes, now);
	fuse_bpf_raise_floors(fi, classes, now);
}

static u64 fuse_bpf_now(struct fuse_conn *fc)
{
	return atomic64_inc_return(&fc->attr_version);
}

static void fuse_bpf_name_untrue(struct fuse_bpf_link *link,
				 struct inode *dir, const char *name, u32 len,
				 u64 now)
{
	u32 i, nr = READ_ONCE(link->nr_maps);

	/* before the entries go: see fuse_bpf_outdated() */
	fuse_bpf_stamp(get_fuse_inode(dir), NAMES, now);
	for (i = 0; i < nr; i++) {
		if (fuse_bpf_is_cache(link->maps[i]))
			fuse_bpf_cache_drop_name(link->maps[i],
						 get_node_id(dir), name, len);
	}
}

static void fuse_bpf_space_untrue(struct fuse_bpf_link *link, u64 now)
{
	fuse_bpf_raise(&link->space->floor[0], now);
}

/* ------------------------------------------------------------ requests --- */

/* Does it change anything, as it is? */
static bool fuse_bpf_row_applies(const struct fuse_args *args)
{
	const struct fuse_open_in *open = args->in_args[0].value;

	switch (args->opcode) {
	case FUSE_OPEN:
		return open->flags & O_TRUNC;
	case FUSE_FLUSH:
	case FUSE_FSYNC:
		return args->bpf_touched[0];
	}
	return args->opcode < FUSE_BPF_OPCODES &&
	       fuse_bpf_rows[args->opcode].space;
}

static void fuse_bpf_id_untrue(struct fuse_bpf_link *link,
			       struct super_block *sb, u64 nodeid, u8 classes,
			       const struct fuse_in_arg *name, u64 now)
{
	struct inode *inode = fuse_bpf_find_inode(sb, nodeid);

	if (!inode)
		return;

	if (classes)
		fuse_bpf_untrue(inode, classes, now);
	if (name)
		fuse_bpf_name_untrue(link, inode, name->value,
				     strlen(name->value), now);
}

static const struct fuse_in_arg *fuse_bpf_name_arg(const struct fuse_args *args,
						   u8 index)
{
	return index ? &args->in_args[index - 1] : NULL;
}

/* A file that was only read changes nothing, unless it is the last of it. */
static u8 fuse_bpf_released(struct super_block *sb, const struct fuse_args *args,
			    bool *space)
{
	const struct fuse_release_in *release = args->in_args[0].value;
	struct inode *inode;

	if ((release->flags & O_ACCMODE) != O_RDONLY)
		return ATTRS;

	inode = fuse_bpf_find_inode(sb, args->nodeid);
	*space = inode && !inode->i_nlink;
	return 0;
}

static void fuse_bpf_row_untrue(struct fuse_bpf_link *link,
				struct super_block *sb,
				const struct fuse_args *args,
				const struct fuse_bpf_row *row, u64 now,
				bool answered)
{
	const struct fuse_entry_out *made = args->out_args[0].value;
	bool space = row->space;
	u8 node = row->node;
	int i;

	if (args->opcode == FUSE_RELEASE)
		node = fuse_bpf_released(sb, args, &space);
	if (node || row->name)
		fuse_bpf_id_untrue(link, sb, args->nodeid, node,
				   fuse_bpf_name_arg(args, row->name), now);
	if (row->second)
		fuse_bpf_id_untrue(link, sb,
				   *(u64 *)(args->in_args[0].value +
					    row->second_at),
				   row->second,
				   fuse_bpf_name_arg(args, row->second_name),
				   now);
	for (i = 0; row->touched && i < ARRAY_SIZE(args->bpf_touched); i++) {
		if (args->bpf_touched[i])
			fuse_bpf_untrue(args->bpf_touched[i], row->touched, now);
	}
	if (row->made && answered && made->nodeid)
		fuse_bpf_id_untrue(link, sb, made->nodeid, row->made, NULL,
				   now);
	if (space)
		fuse_bpf_space_untrue(link, now);
}

/* A request is about to be sent, or has come to its end. */
void __fuse_bpf_changes(struct fuse_mount *fm, const struct fuse_args *args,
			bool answered)
{
	struct fuse_bpf_link *link;

	if (!fm->sb || !fuse_bpf_row_applies(args))
		return;

	rcu_read_lock();
	link = rcu_dereference(fm->fc->bpf);
	if (link)
		fuse_bpf_row_untrue(link, fm->sb, args,
				    &fuse_bpf_rows[args->opcode],
				    fuse_bpf_now(fm->fc), answered);
	rcu_read_unlock();
}

/* ------------------------------------------------- from within the kernel --- */

/* Done to the node without a request: all but the names in a directory */
void __fuse_bpf_changed(struct inode *inode)
{
	struct fuse_conn *fc = get_fuse_conn(inode);
	u64 now = fuse_bpf_now(fc);
	struct fuse_bpf_link *link;

	fuse_bpf_untrue(inode, ATTRS | XATTRS, now);
	rcu_read_lock();
	link = rcu_dereference(fc->bpf);
	if (link)
		fuse_bpf_space_untrue(link, now);
	rcu_read_unlock();
}

/* The server says so: nothing of the node is true. */
void __fuse_bpf_reset(struct inode *inode)
{
	fuse_bpf_untrue(inode, ATTRS | XATTRS | NAMES,
			fuse_bpf_now(get_fuse_conn(inode)));
}

/* The server says that a name is not what it was; @child is an id or 0. */
void __fuse_bpf_reset_name(struct inode *dir, const struct qstr *name,
			   u64 child)
{
	struct fuse_conn *fc = get_fuse_conn(dir);
	u64 now = fuse_bpf_now(fc);
	struct fuse_bpf_link *link;

	rcu_read_lock();
	link = rcu_dereference(fc->bpf);
	if (link) {
		fuse_bpf_untrue(dir, ATTRS, now);
		fuse_bpf_name_untrue(link, dir, name->name, name->len, now);
		if (child)
			fuse_bpf_id_untrue(link, dir->i_sb, child,
					   ATTRS | XATTRS | NAMES, NULL, now);
	}
	rcu_read_unlock();
}

/*
 * FUSE is about to mark attributes invalid. Where the access time may lag, it
 * alone spoils no entry. @was is the mask before.
 */
void __fuse_bpf_attr_invalid(struct inode *inode, u32 mask, u32 was)
{
	struct fuse_inode *fi = get_fuse_inode(inode);
	struct fuse_conn *fc = get_fuse_conn(inode);
	bool lazy = !(mask & ~STATX_ATIME) && READ_ONCE(fc->bpf_lazy_atime);
	u64 now;

	if (lazy && (was & STATX_ATIME))
		return;

	now = fuse_bpf_now(fc);
	fuse_bpf_stamp(fi, ATTRS, now);
	if (!lazy)
		fuse_bpf_raise_floors(fi, ATTRS, now);
}

/*
 * The server has told attributes, in reply to a request of this age; what it
 * told before, and what is still on its way from before, is older.
 */
void __fuse_bpf_attr_told(struct inode *inode, u64 attr_version)
{
	fuse_bpf_untrue(inode, ATTRS, attr_version);
}
