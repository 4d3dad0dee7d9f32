// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: what is done to a file that is open on a backing object.
 *
 * Here nothing has to be selected: the file says where to go. A program may
 * fail the call, before anything is done.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/mm.h>

/* What F_SETFL changes, and the backing file heeds */
#define FUSE_BPF_SETFL	(O_APPEND | O_DIRECT | O_NOATIME)

/* Returns 0 to go on, else an error with which the program fails the call. */
static int fuse_bpf_ask(struct fuse_file *ff, u32 opcode, const void *in,
			u32 size)
{
	FUSE_ARGS(args);
	int verdict;

	if (!fuse_bpf_on(ff->fm->fc))
		return 0;

	args.opcode = opcode;
	args.nodeid = ff->nodeid;
	args.in_numargs = 1;
	args.in_args[0].size = size;
	args.in_args[0].value = in;
	verdict = fuse_bpf_request(ff->fm, &args, NULL);

	return min(verdict, 0);
}

static int fuse_bpf_finish(struct fuse_file *ff, u32 opcode, int err)
{
	fuse_bpf_count(ff->fm->fc, opcode, FUSE_BPF_REDIRECTED);
	return fuse_bpf_result(err);
}

/* ------------------------------------------------------ READ and WRITE --- */

int __fuse_bpf_io(struct file *file, u32 opcode, loff_t pos, size_t len)
{
	struct fuse_file *ff = file->private_data;
	struct fuse_write_in inarg = {
		.fh = ff->fh,
		.offset = pos,
		.size = min_t(size_t, len, U32_MAX),
		.flags = file->f_flags,
	};

	/* fuse_read_in is the same but for what is 0 in either */
	BUILD_BUG_ON(sizeof(struct fuse_read_in) != sizeof(inarg));
	BUILD_BUG_ON(offsetof(struct fuse_read_in, flags) !=
		     offsetof(struct fuse_write_in, flags));

	return fuse_bpf_ask(ff, opcode, &inarg, sizeof(inarg));
}

/* A mapping is a READ, and a WRITE too if stores can come to reach the file. */
int __fuse_bpf_mmap(struct file *file, struct vm_area_struct *vma)
{
	loff_t pos = (loff_t)vma->vm_pgoff << PAGE_SHIFT;
	size_t len = vma->vm_end - vma->vm_start;
	int err;

	err = __fuse_bpf_io(file, FUSE_READ, pos, len);
	if (!err && (vma->vm_flags & VM_SHARED) &&
	    (vma->vm_flags & VM_MAYWRITE))
		err = __fuse_bpf_io(file, FUSE_WRITE, pos, len);
	return err;
}

/* --------------------------------------------------- the backing file --- */

/* O_NOATIME is for the owner, of the backing object too */
static bool fuse_bpf_may_noatime(struct file *backing_file,
				 const struct cred *cred)
{
	const struct cred *old;
	bool may;

	old = override_creds(cred);
	may = inode_owner_or_capable(file_mnt_idmap(backing_file),
				     file_inode(backing_file));
	revert_creds(old);

	return may;
}

static int fuse_bpf_set_flags(struct fuse_file *ff, unsigned int flags)
{
	struct file *backing_file = fuse_file_passthrough(ff);

	flags &= FUSE_BPF_SETFL;
	if ((flags & O_DIRECT) && !(backing_file->f_mode & FMODE_CAN_ODIRECT))
		return -EINVAL;
	if (!(flags & O_APPEND) && IS_APPEND(file_inode(backing_file)))
		return -EPERM;
	if ((flags & O_NOATIME) && !fuse_bpf_may_noatime(backing_file, ff->cred))
		flags &= ~O_NOATIME;

	spin_lock(&backing_file->f_lock);
	backing_file->f_flags = (backing_file->f_flags & ~FUSE_BPF_SETFL) |
				flags;
	backing_file->f_iocb_flags = iocb_flags(backing_file);
	spin_unlock(&backing_file->f_lock);
	return 0;
}

/*
 * Set-id bits that the backing file was given directly have to be known before
 * a write, which is to remove them.
 */
static int fuse_bpf_learn_mode(struct file *file, struct file *backing_file)
{
	struct inode *inode = file_inode(file);
	umode_t news = file_inode(backing_file)->i_mode & ~inode->i_mode;

	if (likely(!(file->f_mode & FMODE_WRITE) || !is_sxid(news)))
		return 0;
	fuse_invalidate_attr_mask(inode, STATX_MODE);
	return fuse_update_attributes(inode, file, STATX_MODE);
}

/**
 * fuse_bpf_use_backing - about to use the backing file of a file
 * @file: a file in passthrough mode
 *
 * Return: -ENOTCONN if it ended with the connection, -EINVAL or -EPERM if it was
 * given flags since that the backing file cannot have
 */
int fuse_bpf_use_backing(struct file *file)
{
	struct fuse_file *ff = file->private_data;
	struct file *backing_file = fuse_file_passthrough(ff);
	int err;

	if (!ff->bpf_backed)
		return 0;
	if (fuse_bpf_dead(ff))
		return -ENOTCONN;
	if (unlikely((file->f_flags ^ backing_file->f_flags) &
		     FUSE_BPF_SETFL)) {
		err = fuse_bpf_set_flags(ff, file->f_flags);
		if (err)
			return err;
	}
	return fuse_bpf_learn_mode(file, backing_file);
}

/* Readahead must not fill the page cache that this mode keeps out of use. */
int fuse_bpf_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	struct fuse_file *ff = file->private_data;
	const struct cred *old;
	int err;

	err = fuse_bpf_use_backing(file);
	if (err)
		return err;

	old = override_creds(ff->cred);
	err = vfs_fadvise(fuse_file_passthrough(ff), offset, len, advice);
	revert_creds(old);

	return fuse_bpf_result(err);
}

/* --------------------------------------------------- FSYNC and FLUSH --- */

/* Also FSYNCDIR */
int fuse_bpf_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct fuse_file *ff = file->private_data;
	struct fuse_fsync_in inarg = {
		.fh = ff->fh,
		.fsync_flags = datasync ? FUSE_FSYNC_FDATASYNC : 0,
	};
	u32 opcode = S_ISDIR(file_inode(file)->i_mode) ? FUSE_FSYNCDIR :
							 FUSE_FSYNC;
	const struct cred *old;
	int err = 0;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;
	/* else the request itself follows, about which it is asked then */
	if (ff->handleless)
		err = fuse_bpf_ask(ff, opcode, &inarg, sizeof(inarg));
	if (err)
		return err;

	old = override_creds(ff->cred);
	err = vfs_fsync_range(fuse_file_passthrough(ff), start, end, datasync);
	revert_creds(old);

	return fuse_bpf_finish(ff, opcode, err);
}

int fuse_bpf_flush(struct file *file, fl_owner_t id)
{
	struct fuse_file *ff = file->private_data;
	struct file *backing_file = fuse_file_passthrough(ff);
	struct fuse_flush_in inarg = { .fh = ff->fh };
	const struct cred *old;
	int err = 0;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;
	/* one more call each close: for those only who see I/O as well */
	if (READ_ONCE(ff->fm->fc->bpf_io))
		err = fuse_bpf_ask(ff, FUSE_FLUSH, &inarg, sizeof(inarg));
	if (err || !backing_file->f_op->flush)
		return err;

	old = override_creds(ff->cred);
	err = backing_file->f_op->flush(backing_file, id);
	revert_creds(old);

	return fuse_bpf_result(err);
}

/* --------------------------------------------------------------- LSEEK --- */

/* SEEK_HOLE and SEEK_DATA, without FUSE's lock: the backing file has its own */
loff_t fuse_bpf_lseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file_inode(file);
	struct fuse_file *ff = file->private_data;
	struct fuse_lseek_in inarg = {
		.fh = ff->fh,
		.offset = offset,
		.whence = whence,
	};
	const struct cred *old;
	loff_t ret;
	int err;

	err = fuse_bpf_use_backing(file);
	if (!err)
		err = fuse_bpf_ask(ff, FUSE_LSEEK, &inarg, sizeof(inarg));
	if (err)
		return err;

	old = override_creds(ff->cred);
	ret = vfs_llseek(fuse_file_passthrough(ff), offset, whence);
	revert_creds(old);

	err = fuse_bpf_finish(ff, FUSE_LSEEK, min_t(loff_t, ret, 0));
	return err ?: vfs_setpos(file, ret, inode->i_sb->s_maxbytes);
}

/* ------------------------------------- FALLOCATE and COPY_FILE_RANGE --- */

/* The size is what the backing file has now; in this mode nothing is cached. */
static void fuse_bpf_size_changed(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct fuse_inode *fi = get_fuse_inode(inode);
	struct fuse_file *ff = file->private_data;
	struct fuse_conn *fc = ff->fm->fc;

	spin_lock(&fi->lock);
	fi->attr_version = atomic64_inc_return(&fc->attr_version);
	i_size_write(inode, i_size_read(file_inode(fuse_file_passthrough(ff))));
	spin_unlock(&fi->lock);
	fuse_invalidate_attr_mask(inode, FUSE_STATX_MODSIZE);
	fuse_bpf_changed(inode);
}

static int fuse_bpf_fallocate_locked(struct file *file, int mode,
				     loff_t offset, loff_t length)
{
	struct fuse_file *ff = file->private_data;
	const struct cred *old;
	int err;

	/* set-id bits, by the rights of the caller */
	err = file_modified(file);
	if (err)
		return err;

	fuse_bpf_changed(file_inode(file));
	old = override_creds(ff->cred);
	err = vfs_fallocate(fuse_file_passthrough(ff), mode, offset, length);
	revert_creds(old);
	fuse_bpf_size_changed(file);

	return fuse_bpf_finish(ff, FUSE_FALLOCATE, err);
}

long fuse_bpf_fallocate(struct file *file, int mode, loff_t offset,
			loff_t length)
{
	struct inode *inode = file_inode(file);
	struct fuse_file *ff = file->private_data;
	struct fuse_fallocate_in inarg = {
		.fh = ff->fh,
		.offset = offset,
		.length = length,
		.mode = mode,
	};
	int err;

	err = fuse_bpf_use_backing(file);
	if (!err)
		err = fuse_bpf_ask(ff, FUSE_FALLOCATE, &inarg, sizeof(inarg));
	if (err)
		return err;

	inode_lock(inode);
	err = fuse_bpf_fallocate_locked(file, mode, offset, length);
	inode_unlock(inode);

	return err;
}

static ssize_t fuse_bpf_copy_locked(struct file *file_in, loff_t pos_in,
				    struct file *file_out, loff_t pos_out,
				    size_t len, unsigned int flags)
{
	struct fuse_file *in = file_in->private_data;
	struct fuse_file *out = file_out->private_data;
	const struct cred *old;
	ssize_t ret;
	int err;

	err = file_modified(file_out);
	if (err)
		return err;

	fuse_bpf_changed(file_inode(file_out));
	old = override_creds(out->cred);
	ret = vfs_copy_file_range(fuse_file_passthrough(in), pos_in,
				  fuse_file_passthrough(out), pos_out, len,
				  flags);
	revert_creds(old);
	fuse_bpf_size_changed(file_out);

	err = fuse_bpf_finish(in, FUSE_COPY_FILE_RANGE,
			      min_t(ssize_t, ret, 0));
	return err ?: ret;
}

/**
 * fuse_bpf_copy_file_range - copy from or to a file with a backing file
 * @file_in: the file to copy from
 * @pos_in: where to start there
 * @file_out: the file to copy to
 * @pos_out: where to start there
 * @len: how many bytes
 * @flags: of copy_file_range(2)
 *
 * Return: bytes copied, or -EXDEV if only one of the files has a backing file:
 * what is copied then goes through both
 */
ssize_t fuse_bpf_copy_file_range(struct file *file_in, loff_t pos_in,
				 struct file *file_out, loff_t pos_out,
				 size_t len, unsigned int flags)
{
	struct fuse_file *in = file_in->private_data;
	struct fuse_file *out = file_out->private_data;
	struct fuse_copy_file_range_in inarg = {
		.fh_in = in->fh,
		.off_in = pos_in,
		.nodeid_out = out->nodeid,
		.fh_out = out->fh,
		.off_out = pos_out,
		.len = len,
		.flags = flags,
	};
	struct inode *inode = file_inode(file_out);
	ssize_t ret;

	ret = fuse_bpf_ask(in, FUSE_COPY_FILE_RANGE, &inarg, sizeof(inarg));
	if (ret)
		return ret;
	if (!in->bpf_backed || !out->bpf_backed)
		return -EXDEV;
	ret = fuse_bpf_use_backing(file_in) ?: fuse_bpf_use_backing(file_out);
	if (ret)
		return ret;

	inode_lock(inode);
	ret = fuse_bpf_copy_locked(file_in, pos_in, file_out, pos_out, len,
				   flags);
	inode_unlock(inode);
	fuse_invalidate_atime(file_inode(file_in));

	return ret;
}
