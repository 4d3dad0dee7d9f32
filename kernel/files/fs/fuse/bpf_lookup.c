// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: names that a program answers for.
 *
 * Such an answer can only name what the kernel has in memory anyway: a node that
 * the server has granted, of the generation that it was granted with. It adds
 * nothing to the lookup count, and nothing of its attributes is applied.
 */

#include "bpf_cache.h"

#include <linux/dcache.h>
#include <linux/namei.h>

/* The caller wants to hear the server. */
#define FUSE_BPF_FRESH	(LOOKUP_REVAL | LOOKUP_EXCL | LOOKUP_RENAME_TARGET)

static bool fuse_bpf_is_node(struct inode *inode, const struct fuse_args *args)
{
	const struct fuse_entry_out *out = args->out_args[0].value;
	struct fuse_inode *fi = get_fuse_inode(inode);
	bool granted;

	spin_lock(&fi->lock);
	granted = fi->nlookup;
	spin_unlock(&fi->lock);

	/* the program cannot have meant one that is younger than the request */
	return granted && !fuse_is_bad(inode) &&
	       READ_ONCE(fi->bpf_fresh.born) <= args->bpf_sent &&
	       get_node_id(inode) == out->nodeid &&
	       inode->i_generation == out->generation &&
	       !inode_wrong_type(inode, out->attr.mode);
}

static int fuse_bpf_take_entry(struct fuse_conn *fc, bool taken)
{
	fuse_bpf_count(fc, FUSE_LOOKUP,
		       taken ? FUSE_BPF_REPLIED_TO : FUSE_BPF_REFUSED);
	return taken ? 0 : FUSE_ASK_SERVER;
}

/* The node that a reply names, with a reference, or NULL */
static struct inode *fuse_bpf_get_node(struct super_block *sb,
				       const struct fuse_args *args)
{
	const struct fuse_entry_out *out = args->out_args[0].value;
	struct inode *inode;

	if (out->nodeid == FUSE_ROOT_ID)
		return NULL;

	rcu_read_lock();
	inode = fuse_bpf_find_inode(sb, out->nodeid);
	if (inode)
		inode = igrab(inode);
	rcu_read_unlock();

	if (inode && !fuse_bpf_is_node(inode, args)) {
		iput(inode);
		inode = NULL;
	}
	return inode;
}

/*
 * Returns 0 if the program has answered and may, FUSE_ASK_SERVER, or what it
 * has failed the LOOKUP with.
 */
static int fuse_bpf_ask_name(struct fuse_mount *fm, struct fuse_args *args,
			     unsigned int flags)
{
	int verdict = fuse_bpf_request(fm, args, NULL);

	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict < 0)
		return verdict;
	return flags & FUSE_BPF_FRESH ? fuse_bpf_take_entry(fm->fc, false) : 0;
}

int __fuse_bpf_lookup_node(struct super_block *sb, struct fuse_args *args,
			   unsigned int flags, struct inode **inode)
{
	const struct fuse_entry_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount_super(sb);
	int err;

	err = fuse_bpf_ask_name(fm, args, flags);
	if (err)
		return err;

	if (out->nodeid)
		*inode = fuse_bpf_get_node(sb, args);
	return fuse_bpf_take_entry(fm->fc, !out->nodeid || *inode);
}

int __fuse_bpf_revalidate(struct inode *inode, struct fuse_args *args,
			  unsigned int flags)
{
	const struct fuse_entry_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(inode);
	int err;

	err = fuse_bpf_ask_name(fm, args, flags);
	if (err)
		return err;

	/* the name has gone to another node, of which a new lookup decides */
	if (out->nodeid != get_node_id(inode))
		return fuse_bpf_take_entry(fm->fc, true) ?: -ENOENT;
	return fuse_bpf_take_entry(fm->fc, fuse_bpf_is_node(inode, args));
}

/*
 * A name that was not there is looked up anew, for which the VFS drops the
 * dentry and makes another. Save that if the program says that it still is not.
 */
int __fuse_bpf_still_missing(struct dentry *entry, unsigned int flags)
{
	FUSE_ARGS(args);
	struct fuse_mount *fm = get_fuse_mount_super(entry->d_sb);
	struct name_snapshot name;
	struct fuse_entry_out out;
	struct dentry *parent;
	int verdict;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (flags & FUSE_BPF_FRESH)
		return 0;

	take_dentry_name_snapshot(&name, entry);
	parent = dget_parent(entry);
	fuse_lookup_init(fm->fc, &args, get_node_id(d_inode(parent)),
			 &name.name, &out);
	verdict = fuse_bpf_request(fm, &args, NULL);
	dput(parent);
	release_dentry_name_snapshot(&name);

	/* of all else the lookup decides */
	if (verdict != FUSE_BPF_REPLY || out.nodeid)
		return 0;

	fuse_bpf_take_entry(fm->fc, true);
	fuse_change_entry_timeout(entry, &out);
	return 1;
}
