// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: extended attributes and ACLs of the backing object.
 *
 * ACLs have no xattr handler any more; the wire has them in fc->user_ns.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/mount.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>

/*
 * What a request for a size or a value has come to. Returns true if it is
 * answered, by *@ret, and false if the daemon has to be asked.
 */
static bool fuse_bpf_sized(struct fuse_mount *fm, const struct fuse_args *args,
			   struct fuse_bpf_objects *obj, ssize_t res,
			   ssize_t *ret)
{
	int err = fuse_bpf_done(fm, args, obj, min_t(ssize_t, res, 0));

	*ret = err ?: res;
	return err != FUSE_ASK_SERVER;
}

/* The reply to a probe is a size, any other is the value in args. */
static ssize_t fuse_bpf_replied_size(const struct fuse_args *args, size_t max)
{
	const struct fuse_getxattr_out *out = args->out_args[0].value;

	if (args->out_argvar)
		return args->out_args[0].size;
	return min_t(size_t, out->size, max);
}

/* ------------------------------------------------------------ GETXATTR --- */

static ssize_t fuse_bpf_get_acl(struct fuse_conn *fc, const struct path *path,
				const char *name, void *value, size_t size)
{
	struct posix_acl *acl;
	ssize_t ret;

	acl = vfs_get_acl(mnt_idmap(path->mnt), path->dentry, name);
	/* a permission check must not fail for a lack of ACLs */
	if (IS_ERR(acl))
		return PTR_ERR(acl) == -EOPNOTSUPP ? -EXDEV : PTR_ERR(acl);
	if (!acl)
		return -ENODATA;

	ret = posix_acl_to_xattr(fc->user_ns, acl, value, size);
	posix_acl_release(acl);
	return ret;
}

static ssize_t fuse_bpf_redirect_getxattr(struct fuse_conn *fc,
					  const struct fuse_backing *fb,
					  const char *name, void *value,
					  size_t size)
{
	const struct path *path = fuse_backing_path(fb);
	const struct cred *old;
	ssize_t ret;

	if (!size)
		value = NULL;

	old = override_creds(fb->cred);
	if (is_posix_acl_xattr(name))
		ret = fuse_bpf_get_acl(fc, path, name, value, size);
	else
		ret = vfs_getxattr(mnt_idmap(path->mnt), path->dentry, name,
				   value, size);
	revert_creds(old);

	return ret;
}

bool __fuse_bpf_getxattr(struct inode *inode, struct fuse_args *args,
			 const char *name, void *value, size_t size,
			 ssize_t *ret)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	ssize_t res;
	int verdict;

	verdict = fuse_bpf_request(fm, args, &obj);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return false;
	case FUSE_BPF_REPLY:
		fuse_bpf_count(fm->fc, FUSE_GETXATTR, FUSE_BPF_REPLIED_TO);
		*ret = fuse_bpf_replied_size(args, XATTR_SIZE_MAX);
		return true;
	case FUSE_BPF_REDIRECT:
		res = fuse_bpf_redirect_getxattr(fm->fc, obj.fb[0], name, value,
						 size);
		return fuse_bpf_sized(fm, args, &obj, res, ret);
	}
	*ret = verdict;
	return true;
}

/* ----------------------------------------------------------- LISTXATTR --- */

/* Leave out the trusted ones. Returns the length of what is left. */
static ssize_t fuse_bpf_hide_trusted(char *list, ssize_t len)
{
	char *from = list, *to = list, *end = list + len;
	size_t n;

	for (; from < end; from += n) {
		n = strnlen(from, end - from) + 1;
		if (n > end - from)
			return -EIO;
		if (!strncmp(from, XATTR_TRUSTED_PREFIX,
			     XATTR_TRUSTED_PREFIX_LEN))
			continue;
		memmove(to, from, n);
		to += n;
	}
	return to - list;
}

/* The lender may see more names than the caller. */
static ssize_t fuse_bpf_list_some(struct dentry *dentry, char *list,
				  size_t size)
{
	ssize_t len;
	char *all;

	all = kvmalloc(XATTR_LIST_MAX, GFP_KERNEL);
	if (!all)
		return -ENOMEM;

	len = vfs_listxattr(dentry, all, XATTR_LIST_MAX);
	if (len > 0)
		len = fuse_bpf_hide_trusted(all, len);
	if (len > 0 && size) {
		if (len <= size)
			memcpy(list, all, len);
		else
			len = -ERANGE;
	}
	kvfree(all);

	return len;
}

static ssize_t fuse_bpf_redirect_listxattr(const struct fuse_backing *fb,
					   char *list, size_t size)
{
	struct dentry *dentry = fuse_backing_path(fb)->dentry;
	bool all = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	const struct cred *old;
	ssize_t ret;

	old = override_creds(fb->cred);
	if (all)
		ret = vfs_listxattr(dentry, size ? list : NULL, size);
	else
		ret = fuse_bpf_list_some(dentry, list, size);
	revert_creds(old);

	return ret;
}

bool __fuse_bpf_listxattr(struct inode *inode, struct fuse_args *args,
			  char *list, size_t size, ssize_t *ret)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	ssize_t res;
	int verdict;

	verdict = fuse_bpf_request(fm, args, &obj);
	switch (verdict) {
	case FUSE_BPF_PASS:
		return false;
	case FUSE_BPF_REPLY:
		*ret = fuse_bpf_replied_size(args, XATTR_LIST_MAX);
		if (size && *ret > 0 &&
		    fuse_verify_xattr_list(list, *ret) < 0) {
			fuse_bpf_count(fm->fc, FUSE_LISTXATTR,
				       FUSE_BPF_REFUSED);
			args->out_args[0].size = size;
			return false;
		}
		fuse_bpf_count(fm->fc, FUSE_LISTXATTR, FUSE_BPF_REPLIED_TO);
		return true;
	case FUSE_BPF_REDIRECT:
		res = fuse_bpf_redirect_listxattr(obj.fb[0], list, size);
		return fuse_bpf_sized(fm, args, &obj, res, ret);
	}
	*ret = verdict;
	return true;
}

/* ------------------------------------------- SETXATTR and REMOVEXATTR --- */

/*
 * An ACL may take the set-group-ID bit away, by the rights of whoever sets it.
 * The backing file system would look at those of the lender instead.
 */
static bool fuse_bpf_acl_kills_sgid(struct inode *inode, const char *name)
{
	return !strcmp(name, XATTR_NAME_POSIX_ACL_ACCESS) &&
	       !in_group_or_capable(&nop_mnt_idmap, inode,
				    i_gid_into_vfsgid(&nop_mnt_idmap, inode));
}

static int fuse_bpf_set_acl(struct fuse_conn *fc, const struct path *path,
			    const char *name, const void *value, size_t size)
{
	struct posix_acl *acl;
	int err;

	acl = posix_acl_from_xattr(fc->user_ns, value, size);
	if (IS_ERR(acl))
		return PTR_ERR(acl);

	err = vfs_set_acl(mnt_idmap(path->mnt), path->dentry, name, acl);
	posix_acl_release(acl);
	return err;
}

static int fuse_bpf_redirect_setxattr(struct inode *inode,
				      const struct fuse_backing *fb,
				      const char *name, const void *value,
				      size_t size, int flags)
{
	const struct path *path = fuse_backing_path(fb);
	const struct cred *old;
	int err;

	if ((d_inode(path->dentry)->i_mode & S_ISGID) &&
	    fuse_bpf_acl_kills_sgid(inode, name))
		return -EPERM;

	err = fuse_bpf_begin_write(get_fuse_conn(inode), fb, &old);
	if (err)
		return err;
	if (is_posix_acl_xattr(name))
		err = fuse_bpf_set_acl(get_fuse_conn(inode), path, name, value,
				       size);
	else
		err = vfs_setxattr(mnt_idmap(path->mnt), path->dentry, name,
				   value, size, flags);
	fuse_bpf_end_write(fb, old);

	return err;
}

int __fuse_bpf_setxattr(struct inode *inode, struct fuse_args *args,
			const char *name, const void *value, size_t size,
			int flags)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_setxattr(inode, obj.fb[0], name, value, size,
					 flags);
	return fuse_bpf_done(fm, args, &obj, err);
}

static int fuse_bpf_redirect_removexattr(const struct fuse_conn *fc,
					 const struct fuse_backing *fb,
					 const char *name)
{
	const struct path *path = fuse_backing_path(fb);
	struct mnt_idmap *idmap = mnt_idmap(path->mnt);
	const struct cred *old;
	int err;

	err = fuse_bpf_begin_write(fc, fb, &old);
	if (err)
		return err;
	if (is_posix_acl_xattr(name))
		err = vfs_remove_acl(idmap, path->dentry, name);
	else
		err = vfs_removexattr(idmap, path->dentry, name);
	fuse_bpf_end_write(fb, old);

	return err;
}

int __fuse_bpf_removexattr(struct inode *inode, struct fuse_args *args,
			   const char *name)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_mount *fm = get_fuse_mount(inode);
	int verdict, err;

	verdict = fuse_bpf_request(fm, args, &obj);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_redirect_removexattr(fm->fc, obj.fb[0], name);
	return fuse_bpf_done(fm, args, &obj, err);
}
