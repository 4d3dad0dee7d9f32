// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: requests answered by the backing object, attributes first.
 *
 * Everything is done with the credentials that the object's entry lends, after
 * FUSE's own permission check of the caller.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/mount.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>

/* What may leave FUSE: the daemon could not send these errors either. */
int fuse_bpf_result(int err)
{
	switch (err) {
	case -ENOSYS:
		return -EOPNOTSUPP;
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return -EINTR;
	case -EOPENSTALE:
		return -ESTALE;
	}
	return err <= -512 ? -EIO : err;
}

/* ------------------------------------------------------------- GETATTR --- */

/* The daemon's number of a node stays; of the root it has never told one. */
static u64 fuse_bpf_ino(struct inode *inode, const struct kstat *stat)
{
	u64 ino = get_fuse_inode(inode)->orig_ino;

	if (get_node_id(inode) == FUSE_ROOT_ID && ino == FUSE_ROOT_ID)
		return stat->ino;
	return ino;
}

static void fuse_bpf_fill_attr(struct inode *inode, const struct kstat *stat,
			       struct fuse_attr *attr)
{
	struct fuse_conn *fc = get_fuse_conn(inode);

	memset(attr, 0, sizeof(*attr));
	attr->ino = fuse_bpf_ino(inode, stat);
	attr->size = stat->size;
	attr->blocks = stat->blocks;
	attr->atime = stat->atime.tv_sec;
	attr->mtime = stat->mtime.tv_sec;
	attr->ctime = stat->ctime.tv_sec;
	attr->atimensec = stat->atime.tv_nsec;
	attr->mtimensec = stat->mtime.tv_nsec;
	attr->ctimensec = stat->ctime.tv_nsec;
	attr->mode = stat->mode;
	attr->nlink = stat->nlink;
	attr->uid = from_kuid_munged(fc->user_ns, stat->uid);
	attr->gid = from_kgid_munged(fc->user_ns, stat->gid);
	attr->rdev = new_encode_dev(stat->rdev);
	attr->blksize = stat->blksize;
}

/* The timeout is what the program stored, none if it stored less. */
static int fuse_bpf_redirect_getattr(struct inode *inode,
				     struct fuse_backing *fb,
				     struct fuse_attr_out *out)
{
	const struct cred *old;
	struct kstat stat;
	int err;

	old = override_creds(fb->cred);
	err = vfs_getattr(fuse_backing_path(fb), &stat, STATX_BASIC_STATS,
			  AT_STATX_SYNC_AS_STAT);
	revert_creds(old);
	if (err)
		return err;
	if (inode_wrong_type(inode, stat.mode))
		return -ESTALE;

	fuse_bpf_fill_attr(inode, &stat, &out->attr);
	return 0;
}

/*
 * Only the daemon and the backing object know what the kernel itself has
 * marked invalid; a program's answer would bring old attributes back. Nonsense,
 * which would turn the node bad for ever, is for the daemon alone to send.
 */
static int fuse_bpf_take_attr(struct inode *inode, struct fuse_attr_out *out)
{
	struct fuse_conn *fc = get_fuse_conn(inode);

	if ((READ_ONCE(get_fuse_inode(inode)->inval_mask) &
	     STATX_BASIC_STATS) || fuse_invalid_attr(&out->attr) ||
	    inode_wrong_type(inode, out->attr.mode)) {
		fuse_bpf_count(fc, FUSE_GETATTR, FUSE_BPF_REFUSED);
		return FUSE_BPF_PASS;
	}

	fuse_bpf_count(fc, FUSE_GETATTR, FUSE_BPF_REPLIED_TO);
	return FUSE_BPF_REPLY;
}

int __fuse_bpf_getattr(struct inode *inode, struct fuse_args *args)
{
	struct fuse_attr_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_backing *fb;
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, inode, &fb);
	if (verdict == FUSE_BPF_REPLY)
		return fuse_bpf_take_attr(inode, out);
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_getattr(inode, fb, out);
	fuse_backing_put(fb);
	if (err == -ESTALE) {
		fuse_bpf_count(fm->fc, FUSE_GETATTR, FUSE_BPF_REFUSED);
		return FUSE_BPF_PASS;
	}
	fuse_bpf_count(fm->fc, FUSE_GETATTR, FUSE_BPF_REDIRECTED);
	return err ? fuse_bpf_result(err) : FUSE_BPF_REDIRECT;
}

/* Without an entry nobody can tell: then it may be. */
static bool fuse_bpf_mapped_writably(struct fuse_inode *fi)
{
	struct fuse_bpf_entry *entry;
	bool mapped;

	spin_lock(&fi->lock);
	mapped = hlist_empty(&fi->bpf_entries);
	hlist_for_each_entry(entry, &fi->bpf_entries, fi_node) {
		struct inode *inode = d_inode(entry->path.dentry);

		mapped |= mapping_writably_mapped(inode->i_mapping);
	}
	spin_unlock(&fi->lock);

	return mapped;
}

/*
 * Stores through a mapping of the backing file change its times unseen. While
 * it is mapped writably, and once thereafter, attributes are asked for anew. An
 * open file may be about to be mapped.
 */
bool __fuse_bpf_attr_uncached(struct inode *inode)
{
	struct fuse_inode *fi = get_fuse_inode(inode);

	if (!fuse_inode_backing(fi) && !fuse_bpf_mapped_writably(fi))
		clear_bit(FUSE_I_BPF_MMAP, &fi->state);
	return true;
}

/* ------------------------------------------------------------ GETXATTR --- */

/* ACLs have no xattr handler any more; the wire has them in fc->user_ns. */
static ssize_t fuse_bpf_get_acl(struct fuse_conn *fc, const struct path *path,
				const char *name, void *value, size_t size)
{
	struct posix_acl *acl;
	ssize_t ret;

	acl = vfs_get_acl(mnt_idmap(path->mnt), path->dentry, name);
	if (IS_ERR(acl))
		return PTR_ERR(acl);
	if (!acl)
		return -ENODATA;

	ret = posix_acl_to_xattr(fc->user_ns, acl, value, size);
	posix_acl_release(acl);
	return ret;
}

static ssize_t fuse_bpf_redirect_getxattr(struct fuse_conn *fc,
					  struct fuse_backing *fb,
					  const char *name, void *value,
					  size_t size)
{
	const struct path *path = fuse_backing_path(fb);
	const struct cred *old;
	ssize_t ret;

	old = override_creds(fb->cred);
	if (is_posix_acl_xattr(name))
		ret = fuse_bpf_get_acl(fc, path, name, size ? value : NULL,
				       size);
	else
		ret = vfs_getxattr(mnt_idmap(path->mnt), path->dentry, name,
				   size ? value : NULL, size);
	revert_creds(old);

	return ret < 0 ? fuse_bpf_result(ret) : ret;
}

/* The reply to a probe is a size, any other is the value in args. */
static ssize_t fuse_bpf_replied_getxattr(const struct fuse_args *args)
{
	const struct fuse_getxattr_out *out = args->out_args[0].value;

	if (args->out_argvar)
		return args->out_args[0].size;
	return min_t(size_t, out->size, XATTR_SIZE_MAX);
}

bool __fuse_bpf_getxattr(struct inode *inode, struct fuse_args *args,
			 const char *name, void *value, size_t size,
			 ssize_t *ret)
{
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_backing *fb;
	int verdict;

	verdict = fuse_bpf_request(fm, args, inode, &fb);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return false;
	case FUSE_BPF_REPLY:
		fuse_bpf_count(fm->fc, FUSE_GETXATTR, FUSE_BPF_REPLIED_TO);
		*ret = fuse_bpf_replied_getxattr(args);
		return true;
	case FUSE_BPF_REDIRECT:
		*ret = fuse_bpf_redirect_getxattr(fm->fc, fb, name, value,
						  size);
		fuse_backing_put(fb);
		fuse_bpf_count(fm->fc, FUSE_GETXATTR, FUSE_BPF_REDIRECTED);
		return true;
	}
	*ret = verdict;
	return true;
}
