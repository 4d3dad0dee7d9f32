// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: what all requests have in common that a backing object answers, and
 * the two that fit nowhere else.
 *
 * Everything is done with the credentials that the object's entry lends, after
 * FUSE's own permission check of the caller. Locks nest as the file systems
 * do: what FUSE holds, then what the backing file system takes. The latter is
 * never FUSE where both take the same kind of lock.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/statfs.h>

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

/*
 * Errors that tell of the lender or of the moment, not of the object: he lacks
 * the right, the object is another one, a delegation has to be broken. Nothing
 * has been done by then, and the daemon may know better.
 */
static bool fuse_bpf_declined(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
	case -ESTALE:
	case -EXDEV:
	case -EWOULDBLOCK:
		return true;
	}
	return false;
}

/**
 * fuse_bpf_opened - end a redirect that changes nothing
 * @fc: the connection
 * @opcode: of the request
 * @obj: the objects, which are put
 * @err: what came of it
 *
 * Return: what leaves FUSE, or FUSE_ASK_SERVER
 */
int fuse_bpf_opened(struct fuse_conn *fc, u32 opcode,
		    struct fuse_bpf_objects *obj, int err)
{
	fuse_bpf_put_objects(obj);

	if (fuse_bpf_declined(err)) {
		fuse_bpf_count(fc, opcode, FUSE_BPF_REFUSED);
		return FUSE_ASK_SERVER;
	}
	fuse_bpf_count(fc, opcode, FUSE_BPF_REDIRECTED);
	return fuse_bpf_result(err);
}

/* Same of a request, which may have changed what caches hold */
int fuse_bpf_done(struct fuse_mount *fm, const struct fuse_args *args,
		  struct fuse_bpf_objects *obj, int err)
{
	fuse_bpf_has_changed(fm, args);
	return fuse_bpf_opened(fm->fc, args->opcode, obj, err);
}

/*
 * Is the backing file system FUSE too? Lock classes are those of a file system
 * type, and FUSE revalidates its names: what locks an inode goes to the daemon.
 */
bool fuse_bpf_nested_fuse(const struct fuse_backing *fb)
{
	return fuse_backing_path(fb)->mnt->mnt_sb->s_magic == FUSE_SUPER_MAGIC;
}

/*
 * Does the lender belong to another user namespace than the mount? There the
 * caller may have rights over ids that are not what the lender takes them for.
 */
bool fuse_bpf_foreign(const struct fuse_conn *fc, const struct fuse_backing *fb)
{
	return fb->cred->user_ns != fc->user_ns;
}

/* Be about to change an object: the mount is writable, and @fb lends. */
int fuse_bpf_begin_write(const struct fuse_conn *fc,
			 const struct fuse_backing *fb,
			 const struct cred **old)
{
	int err;

	if (fuse_bpf_nested_fuse(fb) || fuse_bpf_foreign(fc, fb))
		return -EXDEV;

	err = mnt_want_write(fuse_backing_path(fb)->mnt);
	if (!err)
		*old = override_creds(fb->cred);
	return err;
}

void fuse_bpf_end_write(const struct fuse_backing *fb, const struct cred *old)
{
	revert_creds(old);
	mnt_drop_write(fuse_backing_path(fb)->mnt);
}

/* ------------------------------------------------------------ READLINK --- */

static int fuse_bpf_copy_link(const struct path *path, char *buf)
{
	DEFINE_DELAYED_CALL(done);
	const char *link;
	size_t len;
	int ret;

	/* a link that leads elsewhere by magic has no text */
	if (d_inode(path->dentry)->i_op->readlink)
		return -EXDEV;

	link = vfs_get_link(path->dentry, &done);
	if (IS_ERR(link))
		return PTR_ERR(link);

	len = strlen(link);
	ret = -ENAMETOOLONG;
	if (len < PAGE_SIZE) {
		memcpy(buf, link, len);
		memset(buf + len, 0, PAGE_SIZE - len);
		ret = len;
	}
	do_delayed_call(&done);
	touch_atime(path);

	return ret;
}

bool __fuse_bpf_readlink(struct inode *inode, struct fuse_args *args, char *buf,
			 ssize_t *ret)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	const struct cred *old;
	int verdict, len;

	/* a program reads and writes the text where the page is mapped */
	args->out_args[0].value = buf;
	args->out_pages = false;
	verdict = fuse_bpf_request(fm, args, &obj);
	args->out_pages = true;
	switch (verdict) {
	case FUSE_BPF_PASS:
		return false;
	case FUSE_BPF_REPLY:
		fuse_bpf_count(fm->fc, FUSE_READLINK, FUSE_BPF_REPLIED_TO);
		*ret = args->out_args[0].size;
		memset(buf + *ret, 0, PAGE_SIZE - *ret);
		return true;
	case FUSE_BPF_REDIRECT:
		break;
	default:
		*ret = verdict;
		return true;
	}

	old = override_creds(obj.fb[0]->cred);
	len = fuse_bpf_copy_link(fuse_backing_path(obj.fb[0]), buf);
	revert_creds(old);

	*ret = fuse_bpf_done(fm, args, &obj, min(len, 0));
	if (!*ret)
		*ret = len;
	else if (*ret == FUSE_ASK_SERVER)
		return false;
	return true;
}

/* -------------------------------------------------------------- STATFS --- */

static int fuse_bpf_fill_statfs(const struct fuse_backing *fb,
				struct fuse_kstatfs *st)
{
	const struct cred *old;
	struct kstatfs stat;
	int err;

	old = override_creds(fb->cred);
	err = vfs_statfs(fuse_backing_path(fb), &stat);
	revert_creds(old);
	if (err)
		return err;

	memset(st, 0, sizeof(*st));
	st->blocks = stat.f_blocks;
	st->bfree = stat.f_bfree;
	st->bavail = stat.f_bavail;
	st->files = stat.f_files;
	st->ffree = stat.f_ffree;
	st->bsize = stat.f_bsize;
	st->namelen = stat.f_namelen;
	st->frsize = stat.f_frsize;
	return 0;
}

int __fuse_bpf_statfs(struct dentry *dentry, struct fuse_args *args)
{
	struct fuse_bpf_objects obj = { .inode = { d_inode(dentry) } };
	struct fuse_statfs_out *out = args->out_args[0].value;
	struct fuse_mount *fm = get_fuse_mount(d_inode(dentry));
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return FUSE_ASK_SERVER;
	case FUSE_BPF_REPLY:
		fuse_bpf_count(fm->fc, FUSE_STATFS, FUSE_BPF_REPLIED_TO);
		return 0;
	case FUSE_BPF_REDIRECT:
		err = fuse_bpf_fill_statfs(obj.fb[0], &out->st);
		return fuse_bpf_done(fm, args, &obj, err);
	}
	return verdict;
}
