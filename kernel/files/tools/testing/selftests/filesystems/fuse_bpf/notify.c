// SPDX-License-Identifier: GPL-2.0
#include "notify.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int notify(struct daemon *d, int code, const void *arg, size_t arg_len,
		  const char *tail, size_t tail_len)
{
	struct fuse_out_header out = {
		.len = sizeof(out) + arg_len + tail_len,
		.error = code,
	};
	struct iovec iov[3] = {
		{ &out, sizeof(out) },
		{ (void *)arg, arg_len },
		{ (void *)tail, tail_len },
	};

	return writev(d->dev, iov, 3) < 0 ? -errno : 0;
}

static int inval_inode(struct daemon *d, uint64_t nodeid, int64_t off)
{
	struct fuse_notify_inval_inode_out arg = { .ino = nodeid, .off = off };

	return notify(d, FUSE_NOTIFY_INVAL_INODE, &arg, sizeof(arg), NULL, 0);
}

int notify_inval_inode(struct daemon *d, uint64_t nodeid)
{
	return inval_inode(d, nodeid, 0);
}

int notify_inval_attr(struct daemon *d, uint64_t nodeid)
{
	return inval_inode(d, nodeid, -1);
}

static int inval_entry(struct daemon *d, uint64_t parent, const char *name,
		       uint32_t flags)
{
	struct fuse_notify_inval_entry_out arg = {
		.parent = parent,
		.namelen = strlen(name),
		.flags = flags,
	};

	return notify(d, FUSE_NOTIFY_INVAL_ENTRY, &arg, sizeof(arg), name,
		      arg.namelen + 1);
}

int notify_inval_entry(struct daemon *d, uint64_t parent, const char *name)
{
	return inval_entry(d, parent, name, 0);
}

int notify_expire_entry(struct daemon *d, uint64_t parent, const char *name)
{
	return inval_entry(d, parent, name, FUSE_EXPIRE_ONLY);
}

int notify_delete(struct daemon *d, uint64_t parent, uint64_t child,
		  const char *name)
{
	struct fuse_notify_delete_out arg = {
		.parent = parent,
		.child = child,
		.namelen = strlen(name),
	};

	return notify(d, FUSE_NOTIFY_DELETE, &arg, sizeof(arg), name,
		      arg.namelen + 1);
}

int notify_store(struct daemon *d, uint64_t nodeid, const char *text)
{
	struct fuse_notify_store_out arg = {
		.nodeid = nodeid,
		.size = strlen(text),
	};

	return notify(d, FUSE_NOTIFY_STORE, &arg, sizeof(arg), text, arg.size);
}
