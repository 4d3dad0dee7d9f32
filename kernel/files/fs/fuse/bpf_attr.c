// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: attributes of the backing object, asked for and set.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/filelock.h>
#include <linux/mount.h>
#include <linux/pagemap.h>

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

static struct fuse_sx_time fuse_bpf_sx_time(struct timespec64 ts)
{
	return (struct fuse_sx_time) {
		.tv_sec = ts.tv_sec,
		.tv_nsec = ts.tv_nsec,
	};
}

static void fuse_bpf_fill_statx(struct inode *inode, const struct kstat *stat,
				struct fuse_statx *sx)
{
	struct fuse_conn *fc = get_fuse_conn(inode);

	memset(sx, 0, sizeof(*sx));
	sx->mask = stat->result_mask & (STATX_BASIC_STATS | STATX_BTIME);
	sx->blksize = stat->blksize;
	sx->nlink = stat->nlink;
	sx->uid = from_kuid_munged(fc->user_ns, stat->uid);
	sx->gid = from_kgid_munged(fc->user_ns, stat->gid);
	sx->mode = stat->mode;
	sx->ino = fuse_bpf_ino(inode, stat);
	sx->size = stat->size;
	sx->blocks = stat->blocks;
	sx->atime = fuse_bpf_sx_time(stat->atime);
	sx->btime = fuse_bpf_sx_time(stat->btime);
	sx->ctime = fuse_bpf_sx_time(stat->ctime);
	sx->mtime = fuse_bpf_sx_time(stat->mtime);
	sx->rdev_major = MAJOR(stat->rdev);
	sx->rdev_minor = MINOR(stat->rdev);
}

static int fuse_bpf_stat(struct inode *inode, const struct fuse_backing *fb,
			 u32 mask, unsigned int flags, struct kstat *stat)
{
	const struct cred *old;
	int err;

	old = override_creds(fb->cred);
	err = vfs_getattr(fuse_backing_path(fb), stat, mask,
			  flags & AT_STATX_SYNC_TYPE);
	revert_creds(old);
	if (!err && inode_wrong_type(inode, stat->mode))
		return -ESTALE;
	return err;
}

/*
 * Only the daemon and the backing object know what the kernel itself has
 * marked invalid; a program's answer would bring old attributes back. Nonsense,
 * which would turn the node bad for ever, is for the daemon alone to send. Who
 * demands fresh attributes does not mean what a program remembers.
 */
static int fuse_bpf_take_attr(struct inode *inode, struct fuse_args *args,
			      umode_t mode, u64 size, unsigned int flags)
{
	struct fuse_conn *fc = get_fuse_conn(inode);
	u32 mask = STATX_BASIC_STATS;

	if (READ_ONCE(fc->bpf_lazy_atime))
		mask &= ~STATX_ATIME;

	if ((flags & AT_STATX_FORCE_SYNC) ||
	    (READ_ONCE(get_fuse_inode(inode)->inval_mask) & mask) ||
	    test_bit(FUSE_I_BACKING_MMAP, &get_fuse_inode(inode)->state) ||
	    fuse_bpf_attr_uncached(inode) || !fuse_valid_type(mode) ||
	    size > LLONG_MAX || inode_wrong_type(inode, mode)) {
		fuse_bpf_count(fc, args->opcode, FUSE_BPF_REFUSED);
		return FUSE_ASK_SERVER;
	}

	fuse_bpf_count(fc, args->opcode, FUSE_BPF_REPLIED_TO);
	args->bpf_replied = true;
	return 0;
}

/* ----------------------------------------------------- GETATTR and STATX --- */

/* The timeout is what the program stored, none if it stored less. */
int __fuse_bpf_getattr(struct inode *inode, struct fuse_args *args,
		       unsigned int flags)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_attr_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct kstat stat;
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return FUSE_ASK_SERVER;
	case FUSE_BPF_REPLY:
		return fuse_bpf_take_attr(inode, args, out->attr.mode,
					  out->attr.size, flags);
	case FUSE_BPF_REDIRECT:
		err = fuse_bpf_stat(inode, obj.fb[0], STATX_BASIC_STATS, flags,
				    &stat);
		if (!err)
			fuse_bpf_fill_attr(inode, &stat, &out->attr);
		return fuse_bpf_done(fm, args, &obj, err);
	}
	return verdict;
}

int __fuse_bpf_statx(struct inode *inode, struct fuse_args *args,
		     unsigned int flags)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_statx_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(inode);
	struct kstat stat;
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return FUSE_ASK_SERVER;
	case FUSE_BPF_REPLY:
		return fuse_bpf_take_attr(inode, args, out->stat.mode,
					  out->stat.size, flags);
	case FUSE_BPF_REDIRECT:
		err = fuse_bpf_stat(inode, obj.fb[0],
				    STATX_BASIC_STATS | STATX_BTIME, flags,
				    &stat);
		if (!err)
			fuse_bpf_fill_statx(inode, &stat, &out->stat);
		return fuse_bpf_done(fm, args, &obj, err);
	}
	return verdict;
}

/* ------------------------------------------------------------- SETATTR --- */

/*
 * Where set-id bits are to be removed, fuse_setattr() has made a mode of that.
 * The backing object has its own mode, from which to remove them. A mode that
 * the kernel itself forces and that is anything else is not believed.
 */
static int fuse_bpf_restore_kill(struct inode *inode, struct iattr *attr)
{
	const umode_t set_id = S_ISUID | S_ISGID;

	/* never both: notify_change() insists on that */
	if (attr->ia_valid & (ATTR_KILL_SUID | ATTR_KILL_SGID))
		attr->ia_valid &= ~ATTR_MODE;

	if (!(attr->ia_valid & ATTR_MODE) ||
	    !(attr->ia_valid & (ATTR_FORCE | ATTR_UID | ATTR_GID)))
		return 0;

	if (((attr->ia_mode ^ inode->i_mode) & ~set_id) ||
	    (attr->ia_mode & S_ISUID))
		return attr->ia_valid & ATTR_FORCE ? -ESTALE : 0;

	attr->ia_valid &= ~ATTR_MODE;
	attr->ia_valid |= ATTR_KILL_SUID;
	if (!(attr->ia_mode & S_ISGID))
		attr->ia_valid |= ATTR_KILL_SGID;
	return 0;
}

/*
 * A new owner takes the set-id bits that the object has, also those that FUSE
 * does not know of. Evaluated with the caller's rights.
 */
static void fuse_bpf_kill_on_chown(struct iattr *attr, struct inode *inode)
{
	if (!(attr->ia_valid & (ATTR_UID | ATTR_GID)) ||
	    (attr->ia_valid & ATTR_MODE) || S_ISDIR(inode->i_mode))
		return;
	attr->ia_valid |= ATTR_KILL_SUID |
			  setattr_should_drop_sgid(&nop_mnt_idmap, inode);
}

/* The kernel forces the removal of set-id bits, and no more than that. */
static void fuse_bpf_limit_force(struct iattr *attr)
{
	if (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID |
			      ATTR_ATIME_SET | ATTR_MTIME_SET | ATTR_TIMES_SET))
		attr->ia_valid &= ~ATTR_FORCE;
}

/* By whose open file is the object truncated, if its lender could open that? */
static bool fuse_bpf_open_for_write(const struct path *path,
				    const struct file *file)
{
	return file && fuse_bpf_backed(file) && (file->f_mode & FMODE_WRITE) &&
	       file_inode(fuse_file_passthrough(file->private_data)) ==
	       d_inode(path->dentry);
}

/* What truncate(2) asks of its caller, notify_change() does not ask. */
static int fuse_bpf_may_truncate(const struct path *path,
				 const struct file *file)
{
	struct inode *inode = d_inode(path->dentry);
	int err = 0;

	if (!fuse_bpf_open_for_write(path, file))
		err = inode_permission(mnt_idmap(path->mnt), inode, MAY_WRITE);
	if (err)
		return err;
	if (IS_APPEND(inode))
		return -EPERM;
	return break_lease(inode, O_WRONLY | O_NONBLOCK);
}

static int fuse_bpf_notify_change(const struct path *path, struct iattr *attr,
				  const struct file *file)
{
	struct inode *inode = d_inode(path->dentry);
	bool truncate = attr->ia_valid & ATTR_SIZE;
	int err = 0;

	if (truncate) {
		err = fuse_bpf_may_truncate(path, file);
		if (!err)
			err = get_write_access(inode);
		if (err)
			return err;
	}

	inode_lock(inode);
	err = notify_change(mnt_idmap(path->mnt), path->dentry, attr, NULL);
	inode_unlock(inode);

	if (truncate)
		put_write_access(inode);
	return err;
}

static int fuse_bpf_redirect_setattr(struct inode *inode,
				     const struct fuse_backing *fb,
				     const struct iattr *attr,
				     struct fuse_attr_out *out)
{
	struct file *file = attr->ia_valid & ATTR_FILE ? attr->ia_file : NULL;
	const struct cred *old;
	struct iattr lower = *attr;
	struct kstat stat;
	int err;

	/* the file is FUSE's, and the backing object was not opened just now */
	lower.ia_valid &= ~(ATTR_FILE | ATTR_OPEN);
	err = fuse_bpf_restore_kill(inode, &lower);
	if (err)
		return err;
	fuse_bpf_kill_on_chown(&lower, d_inode(fuse_backing_path(fb)->dentry));
	fuse_bpf_limit_force(&lower);

	err = fuse_bpf_begin_write(get_fuse_conn(inode), fb, &old);
	if (err)
		return err;
	err = fuse_bpf_notify_change(fuse_backing_path(fb), &lower, file);
	fuse_bpf_end_write(fb, old);
	if (err)
		return err;

	/* done: what fails from here on must not be done once more */
	err = fuse_bpf_stat(inode, fb, STATX_BASIC_STATS,
			    AT_STATX_SYNC_AS_STAT, &stat);
	if (err) {
		fuse_invalidate_attr(inode);
		return -EIO;
	}
	fuse_bpf_fill_attr(inode, &stat, &out->attr);
	return 0;
}

int __fuse_bpf_setattr(struct inode *inode, const struct iattr *attr,
		       struct fuse_args *args)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_setattr(inode, obj.fb[0], attr,
					args->out_args[0].value);
	return fuse_bpf_done(fm, args, &obj, err);
}

/* --------------------------------------- attributes in the kernel's cache --- */

/* Without an entry nobody can tell, nor above a stacked one: then it may be. */
static bool fuse_bpf_mapped_writably(struct fuse_inode *fi)
{
	struct fuse_bpf_entry *entry;
	bool mapped;

	spin_lock(&fi->lock);
	mapped = hlist_empty(&fi->bpf_entries);
	hlist_for_each_entry(entry, &fi->bpf_entries, fi_node) {
		struct inode *inode = d_inode(entry->path.dentry);

		mapped |= inode->i_sb->s_stack_depth ||
			  mapping_writably_mapped(inode->i_mapping);
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

	/* first cleared, so that one who sets it meanwhile is not overrun */
	clear_bit(FUSE_I_BPF_MMAP, &fi->state);
	/* a mapping made before that is seen by what follows */
	smp_mb__after_atomic();
	if (fuse_inode_backing(fi) || fuse_bpf_mapped_writably(fi))
		set_bit(FUSE_I_BPF_MMAP, &fi->state);
	return true;
}
