// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: directories that are listed from the backing directory.
 *
 * One listing comes from one side, as the positions of either mean nothing to
 * the other: which one is settled when a listing begins, at position 0. The
 * daemon is preferred while READDIRPLUS would tell of nodes that the kernel
 * does not know yet; then that is what it is asked for all the way.
 */

#include "bpf.h"

#include <linux/cred.h>
#include <linux/fs.h>

/* ------------------------------------------------------------- OPENDIR --- */

static int fuse_bpf_open_dir(struct inode *inode, struct file *file,
			     struct fuse_backing *fb)
{
	struct file *backing_file;
	struct fuse_file *ff;

	/*
	 * Iterating takes the same lock on either side. Listings begin with the
	 * server, which must know this one's handle.
	 */
	if (fuse_bpf_nested_fuse(fb) || get_fuse_conn(inode)->bpf_unaware)
		return -EXDEV;

	ff = fuse_file_alloc(get_fuse_mount(inode), false);
	if (!ff)
		return -ENOMEM;

	backing_file = fuse_bpf_open_backing(file, fb);
	if (IS_ERR(backing_file)) {
		fuse_file_free(ff);
		return PTR_ERR(backing_file);
	}

	ff->nodeid = get_node_id(inode);
	ff->passthrough = backing_file;
	ff->cred = get_cred(fb->cred);
	ff->handleless = true;
	ff->bpf_backed = true;
	file->private_data = ff;
	return 0;
}

int __fuse_bpf_opendir(struct inode *inode, struct file *file, u64 *cookie)
{
	struct fuse_bpf_objects obj = { .inode = { inode } };
	struct fuse_conn *fc = get_fuse_conn(inode);
	int verdict, err;

	verdict = fuse_bpf_ask_open(inode, file, FUSE_OPENDIR, &obj, cookie);
	if (verdict == FUSE_BPF_PASS)
		return FUSE_ASK_SERVER;
	if (verdict != FUSE_BPF_REDIRECT)
		return verdict;

	err = fuse_bpf_open_dir(inode, file, obj.fb[0]);
	return fuse_bpf_opened(fc, FUSE_OPENDIR, &obj, err);
}

/* ------------------------------------------------------------- READDIR --- */

/*
 * Would READDIRPLUS tell of nodes that are not known? It does when the directory
 * is listed first, and when names below it have been asked for since.
 */
static bool fuse_bpf_wants_plus(struct inode *dir)
{
	struct fuse_inode *fi = get_fuse_inode(dir);

	return get_fuse_conn(dir)->do_readdirplus &&
	       (!test_and_set_bit(FUSE_I_BPF_LISTED, &fi->state) ||
		test_bit(FUSE_I_ADVISE_RDPLUS, &fi->state));
}

bool fuse_bpf_all_plus(struct file *file)
{
	return fuse_bpf_backed(file) &&
	       get_fuse_conn(file_inode(file))->do_readdirplus;
}

/**
 * fuse_bpf_dir_backed - is this listing one of the backing directory?
 * @file: the directory
 * @pos: where it goes on; at 0 a listing begins
 */
bool fuse_bpf_dir_backed(struct file *file, loff_t pos)
{
	struct fuse_file *ff = file->private_data;

	if (!ff->bpf_backed)
		return false;
	if (!pos)
		ff->bpf_listing = fuse_bpf_dead(ff) ||
				  !fuse_bpf_wants_plus(file_inode(file));
	return ff->bpf_listing;
}

/* The request, for the program to see; its reply is in pages. */
static int fuse_bpf_ask_readdir(struct file *file, loff_t pos,
				struct fuse_bpf_objects *obj, u64 *cookie)
{
	struct fuse_file *ff = file->private_data;
	struct fuse_read_in inarg = {
		.fh = ff->fh,
		.offset = pos,
		.size = PAGE_SIZE,
		.flags = file->f_flags,
	};
	FUSE_ARGS(args);
	int verdict;

	args.opcode = FUSE_READDIR;
	args.nodeid = ff->nodeid;
	args.in_numargs = 1;
	args.in_args[0].size = sizeof(inarg);
	args.in_args[0].value = &inarg;

	verdict = fuse_bpf_request(ff->fm, &args, obj);
	*cookie = args.bpf_cookie;
	return verdict;
}

struct fuse_bpf_dir_context {
	struct dir_context ctx;
	struct dir_context *caller;
	u64 root_ino;			/* if this is FUSE's root, else 0 */
};

/*
 * Positions are those of the backing file system. What lies above the root is
 * nobody's business: its parent is itself.
 */
static bool fuse_bpf_emit(struct dir_context *ctx, const char *name, int len,
			  loff_t pos, u64 ino, unsigned int type)
{
	struct fuse_bpf_dir_context *sub =
		container_of(ctx, struct fuse_bpf_dir_context, ctx);

	if (sub->root_ino && len == 2 && name[0] == '.' && name[1] == '.')
		ino = sub->root_ino;
	sub->caller->pos = pos;
	return dir_emit(sub->caller, name, len, ino, type);
}

static int fuse_bpf_iterate(struct file *file, struct dir_context *caller)
{
	struct fuse_file *ff = file->private_data;
	struct file *backing_file = fuse_file_passthrough(ff);
	struct fuse_bpf_dir_context sub = {
		.ctx.actor = fuse_bpf_emit,
		.caller = caller,
	};
	const struct cred *old;
	loff_t pos = caller->pos;
	int err;

	if (ff->nodeid == FUSE_ROOT_ID)
		sub.root_ino = file_inode(backing_file)->i_ino;

	old = override_creds(ff->cred);
	if (backing_file->f_pos != pos)
		pos = vfs_llseek(backing_file, pos, SEEK_SET);
	err = pos < 0 ? pos : iterate_dir(backing_file, &sub.ctx);
	revert_creds(old);

	if (!err)
		caller->pos = backing_file->f_pos;
	fuse_invalidate_atime(file_inode(file));
	return fuse_bpf_result(err);
}

/**
 * fuse_bpf_readdir - go on with a listing of the backing directory
 * @file: the directory, of which fuse_bpf_dir_backed() says so
 * @ctx: where to emit to
 * @cookie: set to that of the request which the program has seen
 *
 * After a detach nobody is asked any more, and it goes on as it is.
 *
 * Return: FUSE_ASK_SERVER if the program wants the daemon asked from here on
 */
int fuse_bpf_readdir(struct file *file, struct dir_context *ctx, u64 *cookie)
{
	struct fuse_bpf_objects obj = { .inode = { file_inode(file) } };
	struct fuse_file *ff = file->private_data;
	struct fuse_conn *fc = ff->fm->fc;
	int verdict;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;

	if (fuse_bpf_on(fc)) {
		verdict = fuse_bpf_ask_readdir(file, ctx->pos, &obj, cookie);
		fuse_bpf_put_objects(&obj);
		if (verdict == FUSE_BPF_PASS) {
			ff->bpf_listing = false;
			return FUSE_ASK_SERVER;
		}
		if (verdict < 0)
			return verdict;
	}

	fuse_bpf_count(fc, FUSE_READDIR, FUSE_BPF_REDIRECTED);
	return fuse_bpf_iterate(file, ctx);
}

/* What lies at an offset only the backing file system knows. */
loff_t fuse_bpf_dir_llseek(struct file *file, loff_t offset, int whence)
{
	struct fuse_file *ff = file->private_data;
	struct file *backing_file = fuse_file_passthrough(ff);
	const struct cred *old;
	loff_t ret;

	if (fuse_bpf_dead(ff))
		return -ENOTCONN;
	/* in the daemon's listing positions are the daemon's */
	if (!ff->bpf_listing && (whence == SEEK_SET || whence == SEEK_CUR))
		return generic_file_llseek(file, offset, whence);

	old = override_creds(ff->cred);
	ret = file->f_pos;
	if (whence == SEEK_CUR && backing_file->f_pos != ret)
		ret = vfs_llseek(backing_file, ret, SEEK_SET);
	if (ret >= 0)
		ret = vfs_llseek(backing_file, offset, whence);
	revert_creds(old);

	if (ret < 0)
		return fuse_bpf_result(ret);
	return vfs_setpos(file, ret, MAX_LFS_FILESIZE);
}
