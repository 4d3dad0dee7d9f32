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
struct file *fuse_bpf_open_backing(struct file *file, struct fuse_backing *fb)
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

	/* what passthrough does its I/O by */
	if (!IS_ERR(backing_file) && S_ISREG(inode->i_mode) &&
	    (((file->f_mode & FMODE_READ) && !backing_file->f_op->read_iter) ||
	     ((file->f_mode & FMODE_WRITE) &&
	      !backing_file->f_op->write_iter))) {
		fput(backing_file);
		return ERR_PTR(-EOPNOTSUPP);
	}
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

/**
 * fuse_bpf_ask_open - ask the program about an OPEN or OPENDIR
 * @inode: the node
 * @file: the file that is being opened
 * @opcode: FUSE_OPEN or FUSE_OPENDIR
 * @obj: where to put the backing object
 * @cookie: set for the request that the daemon gets instead
 *
 * Return: a verdict of enum fuse_bpf_verdict, or a negative errno
 */
int fuse_bpf_ask_open(struct inode *inode, struct file *file, u32 opcode,
		      struct fuse_bpf_objects *obj, u64 *cookie)
{
	FUSE_ARGS(args);
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct fuse_open_out outarg = {};
	struct fuse_open_in inarg = {};
	int verdict;

	inarg.flags = file->f_flags & ~(O_CREAT | O_EXCL | O_NOCTTY);
	if (!fm->fc->atomic_o_trunc)
		inarg.flags &= ~O_TRUNC;
	args.opcode = opcode;
	args.nodeid = get_node_id(inode);
	args.in_numargs = 1;
	args.in_args[0].size = sizeof(inarg);
	args.in_args[0].value = &inarg;
	args.out_numargs = 1;
	args.out_args[0].size = sizeof(outarg);
	args.out_args[0].value = &outarg;

	verdict = fuse_bpf_request(fm, &args, obj);
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

	/* a write takes the same lock on either side */
	if ((file->f_mode & FMODE_WRITE) &&
	    (fuse_bpf_nested_fuse(fb) || fuse_bpf_foreign(fm->fc, fb)))
		return -EXDEV;

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

/*
 * Where OPEN truncates, SETATTR does it instead, which the VFS asks for right
 * after this: fuse_do_setattr() leaves nothing to an OPEN that was redirected.
 */
int __fuse_bpf_open(struct inode *inode, struct file *file, u64 *cookie)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_conn *fc = get_fuse_conn(inode);
	int verdict, err;

	verdict = fuse_bpf_ask_open(inode, file, FUSE_OPEN, &obj, cookie);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_open_redirected(inode, file, obj.fb[0]);
	fuse_bpf_put_objects(&obj);

	if (!err) {
		fuse_bpf_count(fc, FUSE_OPEN, FUSE_BPF_REDIRECTED);
		return 0;
	}
	if (err == -ENOMEM || err == -EINTR)
		return err;

	/* page cache in use, or no right to open it: it stays the daemon's */
	fuse_bpf_count(fc, FUSE_OPEN, FUSE_BPF_REFUSED);
	return FUSE_ASK_SERVER;
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
