// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: files whose data lies in a backing object.
 *
 * An inode that is open in passthrough mode is open in that mode for all: each
 * further open, whoever answers it, gets a backing file on the same object
 * (fi->fb, whatever the maps say by then). Which mode an inode is in is settled
 * under fi->lock, by fuse_inode_uncached_io_start(), before the daemon is
 * bypassed.
 */

#include "bpf.h"

#include <linux/backing-file.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fsnotify.h>
#include <linux/mount.h>
#include <linux/pagemap.h>

/* FOPEN_* flags that mean nothing, or harm, on a file with a backing file */
#define FUSE_BPF_FOPEN_DROP						\
	(FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR |		\
	 FOPEN_PARALLEL_DIRECT_WRITES)

/* What the passthrough code takes its backing object from now, or NULL */
static struct fuse_backing *fuse_bpf_current_backing(struct fuse_inode *fi)
{
	struct fuse_backing *fb;

	spin_lock(&fi->lock);
	fb = fuse_backing_get(fuse_inode_backing(fi));
	spin_unlock(&fi->lock);

	return fb;
}

/*
 * backing_file_open() checks nothing: whoever lends its credentials must be
 * able to open the object itself, now and in this mode.
 */
static struct file *fuse_bpf_open_backing(struct file *file,
					  struct fuse_backing *fb)
{
	const struct path *path = fuse_backing_path(fb);
	struct mnt_idmap *idmap = mnt_idmap(path->mnt);
	struct inode *inode = d_inode(path->dentry);
	int acc_mode = MAY_OPEN | ACC_MODE(file->f_flags);
	int flags = file->f_flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	struct file *backing_file;
	const struct cred *old;
	int err;

	if (flags & O_APPEND)
		acc_mode |= MAY_APPEND;
	else if (IS_APPEND(inode) && (acc_mode & MAY_WRITE))
		return ERR_PTR(-EPERM);

	old = override_creds(fb->cred);
	err = inode_permission(idmap, inode, acc_mode);
	if (err) {
		backing_file = ERR_PTR(err);
	} else {
		if (!inode_owner_or_capable(idmap, inode))
			flags &= ~O_NOATIME;
		backing_file = backing_file_open(file, flags, path, fb->cred);
	}
	revert_creds(old);

	return backing_file;
}

static void fuse_bpf_set_backing(struct fuse_file *ff,
				 struct file *backing_file,
				 struct fuse_backing *fb)
{
	ff->iomode = IOM_UNCACHED;
	ff->passthrough = backing_file;
	ff->cred = get_cred(fb->cred);
	ff->bpf_backed = true;
	ff->open_flags &= ~FUSE_BPF_FOPEN_DROP;
	ff->open_flags |= FOPEN_PASSTHROUGH;
}

/* Claim passthrough mode on @fb; the inode takes a reference. */
static int fuse_bpf_claim(struct inode *inode, struct fuse_backing *fb)
{
	int err;

	refcount_inc(&fb->count);
	err = fuse_inode_uncached_io_start(get_fuse_inode(inode), fb);
	if (err)
		fuse_backing_put(fb);
	return err;
}

/*
 * Give a file a backing file on what its inode is already open on, else on @fb,
 * if that is not NULL. Returns 0, a negative errno if the object cannot be
 * opened, or 1 if the mode of the inode does not allow it: there is nothing to
 * join, or the page cache is in use.
 */
static int fuse_bpf_back_file(struct inode *inode, struct file *file,
			      struct fuse_file *ff, struct fuse_backing *fb)
{
	struct fuse_backing *cur, *use;
	struct file *backing_file;
	int err;

	do {
		cur = fuse_bpf_current_backing(get_fuse_inode(inode));
		use = cur ?: fb;
		if (!use)
			return 1;

		backing_file = fuse_bpf_open_backing(file, use);
		if (IS_ERR(backing_file)) {
			fuse_backing_put(cur);
			return PTR_ERR(backing_file);
		}

		err = fuse_bpf_claim(inode, use);
		if (err)
			fput(backing_file);
		else
			fuse_bpf_set_backing(ff, backing_file, use);
		fuse_backing_put(cur);
		/* open on another object by now: join that */
	} while (err == -EBUSY);

	return err ? 1 : 0;
}

/* ---------------------------------------------------------------- OPEN --- */

static int fuse_bpf_ask_open(struct inode *inode, struct file *file,
			     struct fuse_backing **fb, u64 *cookie)
{
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_open_out outarg;
	struct fuse_open_in inarg;
	FUSE_ARGS(args);
	int verdict;

	memset(&inarg, 0, sizeof(inarg));
	memset(&outarg, 0, sizeof(outarg));
	inarg.flags = file->f_flags & ~(O_CREAT | O_EXCL | O_NOCTTY);
	if (!fm->fc->atomic_o_trunc)
		inarg.flags &= ~O_TRUNC;
	args.opcode = FUSE_OPEN;
	args.nodeid = get_node_id(inode);
	args.in_numargs = 1;
	args.in_args[0].size = sizeof(inarg);
	args.in_args[0].value = &inarg;
	args.out_numargs = 1;
	args.out_args[0].size = sizeof(outarg);
	args.out_args[0].value = &outarg;

	verdict = fuse_bpf_request(fm, &args, inode, fb);
	*cookie = args.bpf_cookie;
	return verdict;
}

/* A file that the daemon does not know about */
static int fuse_bpf_open_redirected(struct inode *inode, struct file *file,
				    struct fuse_backing *fb)
{
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_file *ff;
	int err;

	ff = fuse_file_alloc(fm, true);
	if (!ff)
		return -ENOMEM;

	ff->nodeid = get_node_id(inode);
	ff->handleless = true;
	err = fuse_bpf_back_file(inode, file, ff, fb);
	if (err) {
		fuse_file_free(ff);
		return err;
	}

	file->private_data = ff;
	/* left from an earlier open in cached mode */
	if (inode->i_mapping->nrpages)
		invalidate_inode_pages2(inode->i_mapping);
	return 0;
}

int __fuse_bpf_open(struct inode *inode, struct file *file, u64 *cookie)
{
	struct fuse_conn *fc = get_fuse_conn(inode);
	struct fuse_backing *fb;
	int verdict, err;

	verdict = fuse_bpf_ask_open(inode, file, &fb, cookie);
	if (verdict == FUSE_BPF_PASS)
		return 1;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	/* where OPEN truncates, the daemon does it */
	err = 1;
	if (!(file->f_flags & O_TRUNC) || !fc->atomic_o_trunc)
		err = fuse_bpf_open_redirected(inode, file, fb);
	fuse_backing_put(fb);

	if (!err) {
		fuse_bpf_count(fc, FUSE_OPEN, FUSE_BPF_REDIRECTED);
		return 0;
	}
	if (err == -ENOMEM || err == -EINTR)
		return err;

	/* page cache in use, or no right to open it: it stays the daemon's */
	fuse_bpf_count(fc, FUSE_OPEN, FUSE_BPF_REFUSED);
	return 1;
}

/**
 * fuse_bpf_io_open - back an open that the daemon has answered
 * @inode: the inode
 * @file: the file, with the daemon's handle
 *
 * Where the inode is in passthrough mode on an object from a map, the file
 * joins it and keeps its handle. If its opener may not, it does its I/O by the
 * daemon, past the page cache that nobody else uses.
 *
 * Return: 0 if the io mode is settled, 1 if the caller has to settle it
 */
int fuse_bpf_io_open(struct inode *inode, struct file *file)
{
	struct fuse_file *ff = file->private_data;
	int err;

	if (!fuse_bpf_inode_backed(get_fuse_inode(inode)))
		return 1;

	err = fuse_bpf_back_file(inode, file, ff, NULL);
	if (err >= 0)
		return err;

	ff->open_flags &= ~(FOPEN_KEEP_CACHE | FOPEN_PASSTHROUGH);
	ff->open_flags |= FOPEN_DIRECT_IO;
	return 0;
}

/* ------------------------------------ what else goes to the backing file --- */

/* Readahead must not fill the page cache that this mode keeps out of use. */
int fuse_bpf_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	struct fuse_file *ff = file->private_data;
	const struct cred *old;
	int err;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;

	old = override_creds(ff->cred);
	err = vfs_fadvise(fuse_file_passthrough(ff), offset, len, advice);
	revert_creds(old);

	return fuse_bpf_result(err);
}

int fuse_bpf_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct fuse_file *ff = file->private_data;
	const struct cred *old;
	int err;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;

	old = override_creds(ff->cred);
	err = vfs_fsync_range(fuse_file_passthrough(ff), start, end, datasync);
	revert_creds(old);

	return fuse_bpf_result(err);
}

int fuse_bpf_flush(struct file *file, fl_owner_t id)
{
	struct fuse_file *ff = file->private_data;
	struct file *backing_file = fuse_file_passthrough(ff);
	const struct cred *old;
	int err;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;
	if (!backing_file->f_op->flush)
		return 0;

	old = override_creds(ff->cred);
	err = backing_file->f_op->flush(backing_file, id);
	revert_creds(old);

	return fuse_bpf_result(err);
}
