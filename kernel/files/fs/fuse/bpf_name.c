// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: names removed, moved and added in the backing directories.
 *
 * FUSE has checked the caller against the node that it knows under a name. By
 * now the name may lead to something else in the backing file system, whose
 * other users FUSE does not exclude. So nothing is touched unless, with the
 * backing directories locked, the name still is that of an object to which the
 * node is bound; else the daemon is asked.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/mount.h>
#include <linux/namei.h>

/* Is @child what FUSE knows under that name: a bound node, or nothing? */
static bool fuse_bpf_is_child(const struct path *child, struct dentry *entry)
{
	if (d_really_is_negative(entry))
		return d_is_negative(child->dentry);

	return d_is_positive(child->dentry) && !d_managed(child->dentry) &&
	       fuse_bpf_is_bound(d_inode(entry), child);
}

/*
 * The child of the locked directory @parent that bears the name of @entry, with
 * a reference.
 */
static struct dentry *fuse_bpf_child(const struct path *parent,
				     struct dentry *entry)
{
	struct path child = { .mnt = parent->mnt };

	child.dentry = lookup_one(mnt_idmap(parent->mnt), entry->d_name.name,
				  parent->dentry, entry->d_name.len);
	if (IS_ERR(child.dentry))
		return ERR_PTR(-ESTALE);
	if (fuse_bpf_is_child(&child, entry))
		return child.dentry;

	dput(child.dentry);
	return ERR_PTR(-ESTALE);
}

/* ---------------------------------------------------- UNLINK and RMDIR --- */

static int fuse_bpf_remove_child(const struct path *parent,
				 struct dentry *entry, bool isdir)
{
	struct mnt_idmap *idmap = mnt_idmap(parent->mnt);
	struct inode *dir = d_inode(parent->dentry);
	struct dentry *child;
	int err;

	child = fuse_bpf_child(parent, entry);
	if (IS_ERR(child))
		return PTR_ERR(child);

	if (isdir)
		err = vfs_rmdir(idmap, dir, child);
	else
		err = vfs_unlink(idmap, dir, child, NULL);
	dput(child);

	return err;
}

static int fuse_bpf_redirect_remove(const struct fuse_conn *fc,
				    const struct fuse_backing *fb,
				    struct dentry *entry, bool isdir)
{
	const struct path *parent = fuse_backing_path(fb);
	const struct cred *old;
	int err;

	err = fuse_bpf_begin_write(fc, fb, &old);
	if (err)
		return err;
	inode_lock_nested(d_inode(parent->dentry), I_MUTEX_PARENT);
	err = fuse_bpf_remove_child(parent, entry, isdir);
	inode_unlock(d_inode(parent->dentry));
	fuse_bpf_end_write(fb, old);

	return err;
}

int __fuse_bpf_remove(struct inode *dir, struct dentry *entry,
		      struct fuse_args *args)
{
	struct fuse_bpf_objects obj = { .inode = { dir } };
	struct fuse_mount *fm = get_fuse_mount(dir);
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_remove(fm->fc, obj.fb[0], entry,
				       args->opcode == FUSE_RMDIR);
	return fuse_bpf_done(fm, args, &obj, err);
}

/* -------------------------------------------------------------- RENAME --- */

/* Both directories are locked; @trap is the one below the other, if any. */
static int fuse_bpf_rename_child(const struct path *from,
				 struct dentry *oldent, const struct path *to,
				 struct dentry *newent, struct dentry *trap,
				 unsigned int flags)
{
	struct renamedata rd = {
		.old_mnt_idmap	= mnt_idmap(from->mnt),
		.old_dir	= d_inode(from->dentry),
		.new_mnt_idmap	= mnt_idmap(to->mnt),
		.new_dir	= d_inode(to->dentry),
		.flags		= flags,
	};
	int err = -ESTALE;

	rd.old_dentry = fuse_bpf_child(from, oldent);
	if (IS_ERR(rd.old_dentry))
		return PTR_ERR(rd.old_dentry);

	rd.new_dentry = fuse_bpf_child(to, newent);
	if (IS_ERR(rd.new_dentry)) {
		dput(rd.old_dentry);
		return PTR_ERR(rd.new_dentry);
	}

	/* two nodes of one object: nothing moves below, but FUSE would */
	if (rd.old_dentry != trap && rd.new_dentry != trap &&
	    d_inode(rd.old_dentry) != d_inode(rd.new_dentry))
		err = vfs_rename(&rd);

	dput(rd.new_dentry);
	dput(rd.old_dentry);
	return err;
}

/* A whiteout is a new object, which belongs to whoever makes it. */
static bool fuse_bpf_caller_lends(const struct fuse_backing *fb)
{
	return uid_eq(current_fsuid(), fb->cred->fsuid) &&
	       gid_eq(current_fsgid(), fb->cred->fsgid);
}

/* What is moved is moved by the lender of @from: that of @to may it as well? */
static int fuse_bpf_may_move_to(const struct fuse_backing *to)
{
	const struct path *path = fuse_backing_path(to);
	const struct cred *old;
	int err;

	old = override_creds(to->cred);
	err = inode_permission(mnt_idmap(path->mnt), d_inode(path->dentry),
			       MAY_WRITE | MAY_EXEC);
	revert_creds(old);

	return err;
}

static int fuse_bpf_redirect_rename(const struct fuse_conn *fc,
				    const struct fuse_backing *from_fb,
				    struct dentry *oldent,
				    const struct fuse_backing *to_fb,
				    struct dentry *newent, unsigned int flags)
{
	const struct path *from = fuse_backing_path(from_fb);
	const struct path *to = fuse_backing_path(to_fb);
	const struct cred *old;
	struct dentry *trap;
	int err;

	if (from->mnt != to->mnt)
		return -EXDEV;
	if ((flags & RENAME_WHITEOUT) && !fuse_bpf_caller_lends(from_fb))
		return -EXDEV;
	err = fuse_bpf_may_move_to(to_fb);
	if (err)
		return err;

	err = fuse_bpf_begin_write(fc, from_fb, &old);
	if (err)
		return err;

	trap = lock_rename(to->dentry, from->dentry);
	err = PTR_ERR_OR_ZERO(trap);
	if (!err) {
		err = fuse_bpf_rename_child(from, oldent, to, newent, trap,
					    flags);
		unlock_rename(to->dentry, from->dentry);
	}
	fuse_bpf_end_write(from_fb, old);

	return err;
}

int __fuse_bpf_rename(struct inode *olddir, struct dentry *oldent,
		      struct inode *newdir, struct dentry *newent,
		      unsigned int flags, struct fuse_args *args)
{
	struct fuse_bpf_objects obj = { .inode = { olddir, newdir } };
	struct fuse_mount *fm = get_fuse_mount(olddir);
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_rename(fm->fc, obj.fb[0], oldent, obj.fb[1],
				       newent, flags);
	return fuse_bpf_done(fm, args, &obj, err);
}

/* ---------------------------------------------------------------- LINK --- */

/* Who could not reopen an object may not give it another name either. */
static int fuse_bpf_may_link(const struct fuse_backing *fb)
{
	const struct path *path = fuse_backing_path(fb);
	struct mnt_idmap *idmap = mnt_idmap(path->mnt);
	struct inode *inode = d_inode(path->dentry);
	const struct cred *old;
	int err = 0;

	old = override_creds(fb->cred);
	if (!inode_owner_or_capable(idmap, inode))
		err = inode_permission(idmap, inode, MAY_READ | MAY_WRITE);
	revert_creds(old);

	return err;
}

static int fuse_bpf_link_child(const struct path *object,
			       const struct path *parent,
			       struct dentry *newent)
{
	struct dentry *child;
	int err;

	child = fuse_bpf_child(parent, newent);
	if (IS_ERR(child))
		return PTR_ERR(child);

	err = vfs_link(object->dentry, mnt_idmap(parent->mnt),
		       d_inode(parent->dentry), child, NULL);
	dput(child);

	return err;
}

static int fuse_bpf_redirect_link(const struct fuse_conn *fc,
				  const struct fuse_backing *dir_fb,
				  const struct fuse_backing *fb,
				  struct dentry *newent)
{
	const struct path *parent = fuse_backing_path(dir_fb);
	const struct path *object = fuse_backing_path(fb);
	const struct cred *old;
	int err;

	if (parent->mnt != object->mnt)
		return -EXDEV;
	err = fuse_bpf_may_link(fb);
	if (err)
		return err;

	err = fuse_bpf_begin_write(fc, dir_fb, &old);
	if (err)
		return err;
	inode_lock_nested(d_inode(parent->dentry), I_MUTEX_PARENT);
	err = fuse_bpf_link_child(object, parent, newent);
	inode_unlock(d_inode(parent->dentry));
	fuse_bpf_end_write(dir_fb, old);

	return err;
}

/* The new name is that of the node there is: the daemon has granted no other. */
static int fuse_bpf_instantiate_link(struct inode *inode, struct inode *newdir,
				     struct dentry *newent,
				     struct fuse_entry_out *out)
{
	struct dentry *alias;

	ihold(inode);
	d_drop(newent);
	alias = d_splice_alias(inode, newent);
	if (IS_ERR(alias))
		return PTR_ERR(alias);

	fuse_change_entry_timeout(alias ?: newent, out);
	dput(alias);
	fuse_dir_changed(newdir);
	fuse_invalidate_attr(inode);
	fuse_update_ctime(inode);
	return 0;
}

int __fuse_bpf_link(struct inode *inode, struct inode *newdir,
		    struct dentry *newent, struct fuse_args *args)
{
	struct fuse_bpf_objects obj = { .inode = { newdir, inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_entry_out out = {};
	int verdict, err;

	/* the program may store timeouts of the name */
	args->nodeid = get_node_id(newdir);
	args->out_numargs = 1;
	args->out_args[0].size = sizeof(out);
	args->out_args[0].value = &out;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_link(fm->fc, obj.fb[0], obj.fb[1], newent);
	err = fuse_bpf_done(fm, args, &obj, err);
	if (err)
		return err;
	return fuse_bpf_instantiate_link(inode, newdir, newent, &out);
}
