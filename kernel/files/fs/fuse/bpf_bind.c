// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: binding the nodes that the daemon names.
 *
 * The reply stage of a request whose reply carries a node runs once the driver
 * has accepted the reply and holds the inode. If the program asks for it, the
 * node is bound to the object of that name below the backing object of the
 * directory, in the map and with the credentials of the directory's entry.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>

/*
 * A name in the backing file system that can be kept without asking its
 * d_revalidate() again, and that is the object itself, not one mounted on it.
 */
static bool fuse_bpf_can_keep(struct dentry *child)
{
	return !d_managed(child) && !(child->d_flags & DCACHE_OP_REVALIDATE) &&
	       (d_is_reg(child) || d_is_dir(child) || d_is_symlink(child));
}

/* Is the object at @path the one that the daemon has described? */
static int fuse_bpf_same_object(const struct path *path,
				const struct fuse_attr *attr)
{
	struct kstat stat;
	int err;

	err = vfs_getattr(path, &stat, STATX_INO | STATX_TYPE,
			  AT_STATX_SYNC_AS_STAT);
	if (err)
		return err;

	return stat.ino == attr->ino && !((stat.mode ^ attr->mode) & S_IFMT) ?
		0 : -ESTALE;
}

/* Look @name up below @parent; the caller has taken the parent's credentials */
static int fuse_bpf_lookup(const struct path *parent, const struct qstr *name,
			   const struct fuse_attr *attr, struct path *path)
{
	struct dentry *child;
	int err = -EXDEV;

	/* revalidates all its names, and locks as FUSE has locked already */
	if (parent->mnt->mnt_sb->s_magic == FUSE_SUPER_MAGIC)
		return -EXDEV;

	child = lookup_one_positive_unlocked(mnt_idmap(parent->mnt),
					     name->name, parent->dentry,
					     name->len);
	if (IS_ERR(child))
		return PTR_ERR(child);

	path->mnt = parent->mnt;
	path->dentry = child;
	if (fuse_bpf_can_keep(child))
		err = fuse_bpf_same_object(path, attr);
	if (err)
		dput(child);

	return err;
}

static struct fuse_bpf_entry *
fuse_bpf_bind_child(struct bpf_map *map, struct fuse_conn *fc,
		    struct fuse_bpf_entry *parent, const struct qstr *name,
		    const struct fuse_attr *attr, struct inode *inode)
{
	struct fuse_bpf_entry *entry;
	const struct cred *old;
	struct path path;
	int err;

	old = override_creds(parent->fb.cred);
	err = fuse_bpf_lookup(&parent->path, name, attr, &path);
	revert_creds(old);
	if (err)
		return ERR_PTR(err);

	entry = fuse_bpf_entry_alloc(map, &path, parent->fb.cred);
	dput(path.dentry);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->ino = attr->ino;

	/* two references: the map's and the caller's */
	refcount_inc(&entry->fb.count);
	err = fuse_bpf_map_bind(map, fc, inode, entry);
	if (!err)
		return entry;

	fuse_backing_put(&entry->fb);
	fuse_backing_put(&entry->fb);
	return ERR_PTR(err);
}

/*
 * The entry of @inode if it is already bound to what the daemon describes. A
 * node of one object keeps the name under which it was found first.
 */
static struct fuse_bpf_entry *fuse_bpf_bound(struct bpf_map *map,
					     const struct fuse_attr *attr,
					     struct inode *inode)
{
	struct fuse_bpf_entry *entry;

	entry = fuse_bpf_map_get(map, inode);
	if (entry && entry->ino != attr->ino) {
		fuse_backing_put(&entry->fb);
		entry = NULL;
	}
	return entry;
}

/* Returns the node's entry with a reference. */
static struct fuse_bpf_entry *fuse_bpf_bind_name(struct bpf_map *map,
						 struct inode *dir,
						 const struct qstr *name,
						 const struct fuse_attr *attr,
						 struct inode *inode)
{
	struct fuse_bpf_entry *parent, *entry;

	entry = fuse_bpf_bound(map, attr, inode);
	if (entry)
		return entry;

	parent = fuse_bpf_map_get(map, dir);
	if (!parent)
		return ERR_PTR(-ENOENT);

	entry = fuse_bpf_bind_child(map, get_fuse_conn(dir), parent, name, attr,
				    inode);
	fuse_backing_put(&parent->fb);
	return entry;
}

/*
 * Run the reply stage and do what it asks for. Returns the entry that the node
 * is bound to, with a reference, or NULL; *@flags are the program's.
 */
static struct fuse_bpf_entry *fuse_bpf_bind(struct inode *dir,
					    const struct qstr *name,
					    struct fuse_args *args,
					    struct inode *inode, u64 *flags)
{
	const struct fuse_entry_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(dir);
	struct fuse_bpf_entry *entry = NULL;
	struct bpf_map *map;

	map = fuse_bpf_node_replied(fm, args, flags);
	if (!map)
		return NULL;

	/* without a name there is nothing to look up */
	if (args->opcode != FUSE_TMPFILE)
		entry = fuse_bpf_bind_name(map, dir, name, &out->attr, inode);
	bpf_map_put(map);

	if (IS_ERR_OR_NULL(entry)) {
		fuse_bpf_count(fm->fc, args->opcode, FUSE_BPF_UNBOUND);
		return NULL;
	}
	fuse_bpf_count(fm->fc, args->opcode, FUSE_BPF_BOUND);
	return entry;
}

void __fuse_bpf_bind_entry(struct inode *dir, const struct qstr *name,
			   struct fuse_args *args, struct inode *inode)
{
	struct fuse_bpf_entry *entry;
	u64 flags;

	entry = fuse_bpf_bind(dir, name, args, inode, &flags);
	if (entry)
		fuse_backing_put(&entry->fb);
}

bool __fuse_bpf_bind_created(struct inode *dir, const struct qstr *name,
			     struct fuse_args *args, struct inode *inode)
{
	struct fuse_bpf_entry *entry;
	u64 flags;

	entry = fuse_bpf_bind(dir, name, args, inode, &flags);
	if (!entry)
		return false;

	if ((flags & FUSE_BPF_BIND_HANDLE) && S_ISREG(inode->i_mode) &&
	    !fuse_inode_uncached_io_start(get_fuse_inode(inode), &entry->fb))
		return true;

	fuse_backing_put(&entry->fb);
	return false;
}

/* A dirent's name has no terminator; the second argument supplies it. */
void __fuse_bpf_bind_dirent(struct inode *dir, const struct qstr *name,
			    struct fuse_entry_out *out, struct inode *inode,
			    u64 attr_version)
{
	FUSE_ARGS(args);

	args.opcode = FUSE_LOOKUP;
	args.nodeid = get_node_id(dir);
	args.in_numargs = 2;
	args.in_args[0].size = name->len;
	args.in_args[0].value = name->name;
	args.in_args[1].size = 1;
	args.in_args[1].value = "";
	args.out_numargs = 1;
	args.out_args[0].size = sizeof(*out);
	args.out_args[0].value = out;
	args.bpf_sent = attr_version;
	__fuse_bpf_bind_entry(dir, name, &args, inode);
}
