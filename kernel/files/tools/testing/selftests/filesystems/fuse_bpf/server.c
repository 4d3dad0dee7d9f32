// SPDX-License-Identifier: GPL-2.0
/*
 * One thread, one request at a time. A node is an O_PATH descriptor, so that it
 * survives renames; its files are opened through /proc.
 */
#include "server.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BUFFER_SIZE	(1 << 20 | 1 << 16)
#define HELD_MAX	16
#define HANDLES		512

struct request {
	struct fuse_in_header *h;
	void *arg;			/* what follows the header */
	size_t len;
};

/* An answer that is made, and not sent yet */
struct answer {
	uint32_t opcode;
	struct fuse_out_header out;
	char data[];
};

struct server {
	struct daemon_shared *shared;
	struct daemon_config config;
	int dev;
	uint64_t last_nodeid;
	int handles[HANDLES];		/* fh - 1 is the index; 0: free */
	int borrowed;			/* opened for this request alone */
	void *held[HELD_MAX];
	struct answer *delayed[HELD_MAX];
	char *out;
	char *in;
};

/* ------------------------------------------------------------- replies --- */

static void send_reply(struct server *s, uint32_t opcode,
		       struct fuse_out_header *out, const void *data)
{
	struct iovec iov[2] = {
		{ out, sizeof(*out) },
		{ (void *)data, out->len - sizeof(*out) },
	};

	/* fails where the request was aborted or interrupted */
	if (writev(s->dev, iov, 2) < 0 && errno != ENOENT && errno != ENODEV)
		fprintf(stderr, "# daemon: reply to %u: %s\n", opcode,
			strerror(errno));
}

static bool delay_reply(struct server *s, uint32_t opcode,
			const struct fuse_out_header *out, const void *data)
{
	size_t len = out->len - sizeof(*out);
	struct answer *answer;
	unsigned int i = 0;

	while (i < HELD_MAX && s->delayed[i])
		i++;
	if (i == HELD_MAX)
		return false;
	answer = malloc(sizeof(*answer) + len);
	answer->opcode = opcode;
	answer->out = *out;
	memcpy(answer->data, data, len);
	s->delayed[i] = answer;
	s->shared->delay[opcode]--;
	__atomic_fetch_add(&s->shared->delayed, 1, __ATOMIC_SEQ_CST);
	return true;
}

static void send_delayed(struct server *s)
{
	struct answer *answer;
	unsigned int i;

	if (!s->shared->send_delayed)
		return;
	s->shared->send_delayed = 0;
	for (i = 0; i < HELD_MAX; i++) {
		answer = s->delayed[i];
		if (!answer)
			continue;
		s->delayed[i] = NULL;
		s->shared->delayed--;
		send_reply(s, answer->opcode, &answer->out, answer->data);
		free(answer);
	}
}

static void reply(struct server *s, const struct request *r, int err,
		  const void *data, size_t len)
{
	uint32_t opcode = r->h->opcode;
	struct fuse_out_header out = {
		.len = sizeof(out) + (err ? 0 : len),
		.error = err < 0 ? err : -err,
		.unique = r->h->unique,
	};

	if (opcode < DAEMON_OPCODES && s->shared->delay[opcode] &&
	    delay_reply(s, opcode, &out, data))
		return;
	send_reply(s, opcode, &out, data);
}

static void reply_status(struct server *s, const struct request *r, int ret)
{
	reply(s, r, ret < 0 ? errno : 0, NULL, 0);
}

/* --------------------------------------------------------------- nodes --- */

static struct daemon_node *find_node(struct server *s, uint64_t nodeid)
{
	unsigned int i;

	for (i = 0; i < DAEMON_NODES; i++) {
		if (s->shared->nodes[i].nodeid == nodeid)
			return &s->shared->nodes[i];
	}
	return NULL;
}

static struct daemon_node *find_object(struct server *s, const struct stat *st)
{
	unsigned int i;

	for (i = 0; i < DAEMON_NODES; i++) {
		struct daemon_node *node = &s->shared->nodes[i];

		if (node->nodeid && node->ino == st->st_ino &&
		    node->dev == st->st_dev)
			return node;
	}
	return NULL;
}

static int node_fd(struct server *s, uint64_t nodeid)
{
	struct daemon_node *node = find_node(s, nodeid);

	return node ? node->fd : -1;
}

static const char *node_path(struct server *s, uint64_t nodeid)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", node_fd(s, nodeid));
	return path;
}

/* A node for @fd, which it takes over */
static struct daemon_node *new_node(struct server *s, int fd,
				    const struct stat *st)
{
	struct daemon_shared *shared = s->shared;
	uint64_t nodeid = shared->next_nodeid;
	struct daemon_node *node = nodeid ? find_node(s, nodeid) : NULL;

	if (node) {
		/* the id is used again for another object */
		close(node->fd);
		node->generation++;
	} else {
		node = find_node(s, 0);
		if (!node)
			return NULL;
		node->generation = 1;
		node->lookups = 0;
	}
	shared->next_nodeid = 0;
	node->nodeid = nodeid ?: ++s->last_nodeid;
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	node->lie_ino = shared->lie_ino;
	node->lie_type = shared->lie_type;
	node->fd = fd;
	return node;
}

static void forget(struct server *s, uint64_t nodeid, uint64_t nlookup)
{
	struct daemon_node *node = find_node(s, nodeid);

	if (!node || nlookup > node->lookups) {
		s->shared->excess_forgets++;
		return;
	}
	node->lookups -= nlookup;
	if (!node->lookups) {
		close(node->fd);
		node->nodeid = 0;
	}
}

static void fill_attr(const struct daemon_node *node, const struct stat *st,
		      struct fuse_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->ino = node->lie_ino ?: st->st_ino;
	attr->size = st->st_size;
	attr->blocks = st->st_blocks;
	attr->atime = st->st_atim.tv_sec;
	attr->mtime = st->st_mtim.tv_sec;
	attr->ctime = st->st_ctim.tv_sec;
	attr->atimensec = st->st_atim.tv_nsec;
	attr->mtimensec = st->st_mtim.tv_nsec;
	attr->ctimensec = st->st_ctim.tv_nsec;
	attr->mode = node->lie_type ?
		     (st->st_mode & ~S_IFMT) | node->lie_type : st->st_mode;
	attr->nlink = st->st_nlink;
	attr->uid = st->st_uid;
	attr->gid = st->st_gid;
	attr->rdev = st->st_rdev;
	attr->blksize = st->st_blksize;
}

/* Grant one lookup of the object behind @fd, which is taken over. */
static int grant(struct server *s, int fd, struct fuse_entry_out *out)
{
	struct daemon_node *node;
	struct stat st;

	if (fstat(fd, &st))
		return -1;

	node = find_object(s, &st);
	if (node)
		close(fd);
	else
		node = new_node(s, fd, &st);
	if (!node) {
		errno = ENFILE;
		return -1;
	}

	node->lookups++;
	memset(out, 0, sizeof(*out));
	out->nodeid = node->nodeid;
	out->generation = node->generation;
	out->entry_valid = s->config.entry_valid;
	out->attr_valid = s->config.attr_valid;
	fill_attr(node, &st, &out->attr);
	return 0;
}

static int lookup(struct server *s, uint64_t parent, const char *name,
		  struct fuse_entry_out *out)
{
	int fd;

	fd = openat(node_fd(s, parent), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : grant(s, fd, out);
}

/* What has been made under a name, or is said to have been */
static int grant_made(struct server *s, const struct request *r,
		      const char *name, struct fuse_entry_out *out)
{
	if (s->shared->made_as)
		return grant(s, dup(node_fd(s, s->shared->made_as)), out);
	return lookup(s, r->h->nodeid, name, out);
}

static void reply_entry(struct server *s, const struct request *r, int ret,
			const char *name)
{
	struct fuse_entry_out out;

	if (ret >= 0)
		ret = grant_made(s, r, name, &out);
	reply(s, r, ret < 0 ? errno : 0, &out, sizeof(out));
}

/* New objects belong to the caller, and to the group of a set-gid directory. */
static int own(struct server *s, const struct request *r, const char *name)
{
	int dir = node_fd(s, r->h->nodeid);
	struct stat st;

	if (fstat(dir, &st))
		return -1;
	return fchownat(dir, name, r->h->uid,
			st.st_mode & S_ISGID ? (gid_t)-1 : r->h->gid,
			AT_SYMLINK_NOFOLLOW);
}

/* ------------------------------------------------------------- handles --- */

static uint64_t add_handle(struct server *s, int fd)
{
	unsigned int i;

	for (i = 0; i < HANDLES; i++) {
		if (!s->handles[i]) {
			s->handles[i] = fd;
			s->shared->open_handles++;
			return i + 1;
		}
	}
	close(fd);
	return 0;
}

static int handle_fd(struct server *s, uint64_t fh)
{
	if (fh && fh <= HANDLES && s->handles[fh - 1])
		return s->handles[fh - 1];
	s->shared->unknown_handles++;
	errno = EBADF;
	return -1;
}

/*
 * The descriptor of a request on @nodeid, which names no handle where the
 * file was opened without the daemon.
 */
static int file_fd(struct server *s, const struct request *r, uint64_t nodeid,
		   uint64_t fh)
{
	int fd;

	if (fh)
		return handle_fd(s, fh);
	s->shared->no_handle[r->h->opcode]++;
	fd = open(node_path(s, nodeid), O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == EISDIR)
		fd = open(node_path(s, nodeid), O_RDONLY | O_CLOEXEC);
	if (s->borrowed >= 0)
		close(s->borrowed);
	s->borrowed = fd;
	return fd;
}

static void do_release(struct server *s, const struct request *r)
{
	struct fuse_release_in *in = r->arg;
	int fd = handle_fd(s, in->fh);

	if (fd >= 0) {
		close(fd);
		s->handles[in->fh - 1] = 0;
		s->shared->open_handles--;
	}
	reply(s, r, 0, NULL, 0);
}

/* Mainline passthrough: the daemon registers a backing file of its own. */
static void back_open(struct server *s, int fd, struct fuse_open_out *out)
{
	struct fuse_backing_map map = { .fd = fd };
	int id = ioctl(s->dev, FUSE_DEV_IOC_BACKING_OPEN, &map);

	if (id <= 0)
		return;
	out->open_flags |= FOPEN_PASSTHROUGH;
	out->backing_id = id;
}

static void do_open(struct server *s, const struct request *r)
{
	struct fuse_open_in *in = r->arg;
	struct fuse_open_out out = {};
	int fd;

	fd = open(node_path(s, r->h->nodeid),
		  (in->flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC);
	if (fd >= 0) {
		out.fh = add_handle(s, fd);
		if (r->h->opcode == FUSE_OPEN)
			out.open_flags = s->shared->open_flags;
		if (r->h->opcode == FUSE_OPEN && s->shared->own_backing)
			back_open(s, fd, &out);
	}
	reply(s, r, fd < 0 ? errno : 0, &out, sizeof(out));
}

static void do_create(struct server *s, const struct request *r)
{
	struct fuse_create_in *in = r->arg;
	const char *name = (char *)(in + 1);
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out = {};
	int fd;

	fd = openat(node_fd(s, r->h->nodeid), name,
		    in->flags | O_CREAT | O_CLOEXEC, in->mode);
	if (fd < 0 || own(s, r, name) ||
	    grant_made(s, r, name, &out.entry)) {
		reply(s, r, errno, NULL, 0);
		return;
	}
	out.open.fh = add_handle(s, fd);
	out.open.open_flags = s->shared->open_flags;
	reply(s, r, 0, &out, sizeof(out));
}

static void do_tmpfile(struct server *s, const struct request *r)
{
	struct fuse_create_in *in = r->arg;
	struct {
		struct fuse_entry_out entry;
		struct fuse_open_out open;
	} out = {};
	char path[32];
	int fd, node;

	fd = openat(node_fd(s, r->h->nodeid), ".",
		    in->flags | O_TMPFILE | O_CLOEXEC, in->mode);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	node = fd < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);
	if (node < 0 || fchown(fd, r->h->uid, r->h->gid) ||
	    grant(s, node, &out.entry)) {
		reply(s, r, errno, NULL, 0);
		return;
	}
	out.open.fh = add_handle(s, fd);
	reply(s, r, 0, &out, sizeof(out));
}

/* ---------------------------------------------------------- attributes --- */

static void reply_attr(struct server *s, const struct request *r)
{
	struct daemon_node *node = find_node(s, r->h->nodeid);
	struct fuse_attr_out out = { .attr_valid = s->config.attr_valid };
	struct stat st;
	int ret = node ? fstat(node->fd, &st) : -1;

	if (!ret)
		fill_attr(node, &st, &out.attr);
	reply(s, r, ret ? errno : 0, &out, sizeof(out));
}

static int set_times(const char *path, const struct fuse_setattr_in *in)
{
	struct timespec ts[2] = {
		{ in->atime, in->atimensec },
		{ in->mtime, in->mtimensec },
	};

	if (!(in->valid & FATTR_ATIME))
		ts[0].tv_nsec = UTIME_OMIT;
	else if (in->valid & FATTR_ATIME_NOW)
		ts[0].tv_nsec = UTIME_NOW;
	if (!(in->valid & FATTR_MTIME))
		ts[1].tv_nsec = UTIME_OMIT;
	else if (in->valid & FATTR_MTIME_NOW)
		ts[1].tv_nsec = UTIME_NOW;
	return utimensat(AT_FDCWD, path, ts, 0);
}

static void do_setattr(struct server *s, const struct request *r)
{
	struct fuse_setattr_in *in = r->arg;
	const char *path = node_path(s, r->h->nodeid);
	int ret = 0;

	if (in->valid & FATTR_FH)
		ret = handle_fd(s, in->fh) < 0 ? -1 : 0;
	if (!ret && in->valid & (FATTR_UID | FATTR_GID))
		ret = chown(path, in->valid & FATTR_UID ? in->uid : (uid_t)-1,
			    in->valid & FATTR_GID ? in->gid : (gid_t)-1);
	if (!ret && in->valid & FATTR_MODE)
		ret = chmod(path, in->mode & 07777);
	if (!ret && in->valid & FATTR_SIZE)
		ret = truncate(path, in->size);
	if (!ret && in->valid & (FATTR_ATIME | FATTR_MTIME))
		ret = set_times(path, in);
	if (ret)
		reply(s, r, errno, NULL, 0);
	else
		reply_attr(s, r);
}

static void do_getattr(struct server *s, const struct request *r)
{
	struct fuse_getattr_in *in = r->arg;

	if (in->getattr_flags & FUSE_GETATTR_FH)
		handle_fd(s, in->fh);
	reply_attr(s, r);
}

/* Where the daemon checks permissions: all is root's and the owner's. */
static void do_access(struct server *s, const struct request *r)
{
	struct stat st;
	int ret = fstat(node_fd(s, r->h->nodeid), &st);

	if (!ret && r->h->uid && r->h->uid != st.st_uid) {
		errno = EACCES;
		ret = -1;
	}
	reply_status(s, r, ret);
}

/* --------------------------------------------------------------- names --- */

/* A name that is not there is told as ENOENT, or as node id 0 for a time. */
static void do_lookup(struct server *s, const struct request *r)
{
	struct fuse_entry_out out = {
		.entry_valid = s->shared->negative_valid,
	};
	int ret;

	if (s->shared->lookup_as)
		ret = grant(s, dup(node_fd(s, s->shared->lookup_as)), &out);
	else
		ret = lookup(s, r->h->nodeid, r->arg, &out);
	if (ret && errno == ENOENT && out.entry_valid)
		ret = 0;
	reply(s, r, ret ? errno : 0, &out, sizeof(out));
}

static void do_mknod(struct server *s, const struct request *r)
{
	struct fuse_mknod_in *in = r->arg;
	const char *name = (char *)(in + 1);
	int ret;

	ret = mknodat(node_fd(s, r->h->nodeid), name, in->mode, in->rdev);
	reply_entry(s, r, ret ?: own(s, r, name), name);
}

static void do_mkdir(struct server *s, const struct request *r)
{
	struct fuse_mkdir_in *in = r->arg;
	const char *name = (char *)(in + 1);
	int ret;

	ret = mkdirat(node_fd(s, r->h->nodeid), name, in->mode);
	reply_entry(s, r, ret ?: own(s, r, name), name);
}

static void do_symlink(struct server *s, const struct request *r)
{
	const char *name = r->arg;
	const char *target = name + strlen(name) + 1;
	int ret;

	ret = symlinkat(target, node_fd(s, r->h->nodeid), name);
	reply_entry(s, r, ret ?: own(s, r, name), name);
}

static void do_link(struct server *s, const struct request *r)
{
	struct fuse_link_in *in = r->arg;
	const char *name = (char *)(in + 1);
	int ret;

	ret = linkat(AT_FDCWD, node_path(s, in->oldnodeid),
		     node_fd(s, r->h->nodeid), name, AT_SYMLINK_FOLLOW);
	reply_entry(s, r, ret, name);
}

static void do_rename(struct server *s, const struct request *r, uint64_t to,
		      unsigned int flags, const char *name)
{
	reply_status(s, r, renameat2(node_fd(s, r->h->nodeid), name,
				     node_fd(s, to), name + strlen(name) + 1,
				     flags));
}

static void do_readlink(struct server *s, const struct request *r)
{
	char target[PATH_MAX];
	ssize_t n;

	n = readlinkat(node_fd(s, r->h->nodeid), "", target, sizeof(target));
	reply(s, r, n < 0 ? errno : 0, target, n);
}

/* --------------------------------------------------------- directories --- */

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Append one entry; false if there is no room for it. */
static bool add_dirent(struct server *s, const struct request *r,
		       const struct dirent *de, bool plus, size_t *pos,
		       size_t room)
{
	size_t name_len = strlen(de->d_name);
	size_t head = plus ? FUSE_NAME_OFFSET_DIRENTPLUS : FUSE_NAME_OFFSET;
	size_t size = FUSE_DIRENT_ALIGN(head + name_len);
	struct fuse_direntplus *dp = (void *)(s->out + *pos);
	struct fuse_dirent *d = plus ? &dp->dirent : (void *)dp;

	if (*pos + size > room)
		return false;
	memset(dp, 0, size);
	if (plus && !is_dot(de->d_name) && !s->shared->blank_entries &&
	    lookup(s, r->h->nodeid, de->d_name, &dp->entry_out))
		memset(&dp->entry_out, 0, sizeof(dp->entry_out));
	d->ino = de->d_ino;
	d->off = de->d_off;
	d->namelen = name_len;
	d->type = de->d_type;
	memcpy(d->name, de->d_name, name_len);
	*pos += size;
	return true;
}

static void do_readdir(struct server *s, const struct request *r)
{
	struct fuse_read_in *in = r->arg;
	bool plus = r->h->opcode == FUSE_READDIRPLUS;
	int fd = file_fd(s, r, r->h->nodeid, in->fh);
	struct dirent *de;
	size_t pos = 0;
	DIR *dir;

	fd = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		reply(s, r, errno, NULL, 0);
		return;
	}
	if (in->offset)
		seekdir(dir, in->offset);
	while ((de = readdir(dir)) &&
	       add_dirent(s, r, de, plus, &pos, in->size))
		;
	reply(s, r, 0, s->out, pos);
	closedir(dir);
}

/* ---------------------------------------------------------------- data --- */

static void do_read(struct server *s, const struct request *r)
{
	struct fuse_read_in *in = r->arg;
	int fd = handle_fd(s, in->fh);
	ssize_t n = fd < 0 ? -1 : pread(fd, s->out, in->size, in->offset);

	reply(s, r, n < 0 ? errno : 0, s->out, n);
}

static void do_write(struct server *s, const struct request *r)
{
	struct fuse_write_in *in = r->arg;
	int fd = handle_fd(s, in->fh);
	struct fuse_write_out out = {};
	ssize_t n = fd < 0 ? -1 : pwrite(fd, in + 1, in->size, in->offset);

	out.size = n;
	reply(s, r, n < 0 ? errno : 0, &out, sizeof(out));
}

static void do_flush(struct server *s, const struct request *r)
{
	struct fuse_flush_in *in = r->arg;

	reply_status(s, r, handle_fd(s, in->fh));
}

static void do_fsync(struct server *s, const struct request *r)
{
	struct fuse_fsync_in *in = r->arg;
	int fd = file_fd(s, r, r->h->nodeid, in->fh);

	reply_status(s, r, fd < 0 ? -1 : fsync(fd));
}

static void do_lseek(struct server *s, const struct request *r)
{
	struct fuse_lseek_in *in = r->arg;
	int fd = file_fd(s, r, r->h->nodeid, in->fh);
	off_t off = fd < 0 ? -1 : lseek(fd, in->offset, in->whence);
	struct fuse_lseek_out out = { .offset = off };

	reply(s, r, off < 0 ? errno : 0, &out, sizeof(out));
}

static void do_fallocate(struct server *s, const struct request *r)
{
	struct fuse_fallocate_in *in = r->arg;
	int fd = file_fd(s, r, r->h->nodeid, in->fh);

	reply_status(s, r, fd < 0 ? -1 : fallocate(fd, in->mode, in->offset,
						   in->length));
}

/* By pread(2) and pwrite(2), so that one of the two may be borrowed. */
static void do_copy_file_range(struct server *s, const struct request *r)
{
	struct fuse_copy_file_range_in *in = r->arg;
	size_t len = in->len < BUFFER_SIZE ? in->len : BUFFER_SIZE;
	struct fuse_write_out out = {};
	ssize_t n;
	int fd;

	fd = file_fd(s, r, r->h->nodeid, in->fh_in);
	n = fd < 0 ? -1 : pread(fd, s->out, len, in->off_in);
	if (n > 0) {
		fd = file_fd(s, r, in->nodeid_out, in->fh_out);
		n = fd < 0 ? -1 : pwrite(fd, s->out, n, in->off_out);
	}
	out.size = n;
	reply(s, r, n < 0 ? errno : 0, &out, sizeof(out));
}

/* -------------------------------------------------------------- xattrs --- */

static void reply_xattr(struct server *s, const struct request *r, ssize_t n,
			uint32_t room)
{
	struct fuse_getxattr_out out = { .size = n };

	if (n < 0)
		reply(s, r, errno, NULL, 0);
	else if (room)
		reply(s, r, 0, s->out, n);
	else
		reply(s, r, 0, &out, sizeof(out));
}

static void do_getxattr(struct server *s, const struct request *r)
{
	struct fuse_getxattr_in *in = r->arg;
	const char *path = node_path(s, r->h->nodeid);

	reply_xattr(s, r, getxattr(path, (char *)(in + 1), s->out, in->size),
		    in->size);
}

static void do_listxattr(struct server *s, const struct request *r)
{
	struct fuse_getxattr_in *in = r->arg;
	const char *path = node_path(s, r->h->nodeid);

	reply_xattr(s, r, listxattr(path, s->out, in->size), in->size);
}

/* FUSE_SETXATTR_EXT is not accepted, so the header is the short one. */
static void do_setxattr(struct server *s, const struct request *r)
{
	struct fuse_setxattr_in *in = r->arg;
	const char *name = (char *)r->arg + FUSE_COMPAT_SETXATTR_IN_SIZE;

	reply_status(s, r, setxattr(node_path(s, r->h->nodeid), name,
				    name + strlen(name) + 1, in->size,
				    in->flags));
}

static void do_removexattr(struct server *s, const struct request *r)
{
	reply_status(s, r, removexattr(node_path(s, r->h->nodeid), r->arg));
}

/* ---------------------------------------------------------- connection --- */

static void do_init(struct server *s, const struct request *r)
{
	struct fuse_init_in *in = r->arg;
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = s->config.minor,
		.max_readahead = in->max_readahead,
		.flags = s->config.init_flags,
		.flags2 = s->config.init_flags >> 32,
		.max_background = 16,
		.congestion_threshold = 12,
		.max_write = 1 << 20,
		.time_gran = 1,
		.max_stack_depth = s->config.max_stack_depth,
	};
	size_t len = sizeof(out);

	s->shared->offered = in->flags | (uint64_t)in->flags2 << 32;
	if (s->config.minor < 23)
		len = FUSE_COMPAT_22_INIT_OUT_SIZE;
	reply(s, r, s->config.init_error, &out, len);
	s->shared->initialized = 1;
}

static void do_statfs(struct server *s, const struct request *r)
{
	struct fuse_statfs_out out = {};
	struct statvfs st;
	int ret = statvfs(node_path(s, r->h->nodeid), &st);

	if (!ret) {
		out.st.blocks = st.f_blocks;
		out.st.bfree = st.f_bfree;
		out.st.bavail = st.f_bavail;
		out.st.bsize = st.f_bsize;
		out.st.frsize = st.f_frsize;
		out.st.namelen = st.f_namemax;
	}
	reply(s, r, ret ? errno : 0, &out, sizeof(out));
}

static void do_batch_forget(struct server *s, const struct request *r)
{
	struct fuse_batch_forget_in *in = r->arg;
	struct fuse_forget_one *one = (void *)(in + 1);
	uint32_t i;

	for (i = 0; i < in->count; i++)
		forget(s, one[i].nodeid, one[i].nlookup);
}

static void do_names(struct server *s, const struct request *r)
{
	struct fuse_rename2_in *in2 = r->arg;
	struct fuse_rename_in *in = r->arg;
	int dir = node_fd(s, r->h->nodeid);

	switch (r->h->opcode) {
	case FUSE_UNLINK:
		reply_status(s, r, unlinkat(dir, r->arg, 0));
		break;
	case FUSE_RMDIR:
		reply_status(s, r, unlinkat(dir, r->arg, AT_REMOVEDIR));
		break;
	case FUSE_RENAME:
		do_rename(s, r, in->newdir, 0, (char *)(in + 1));
		break;
	case FUSE_RENAME2:
		do_rename(s, r, in2->newdir, in2->flags, (char *)(in2 + 1));
		break;
	}
}

typedef void (*handler_t)(struct server *s, const struct request *r);

static const handler_t handlers[DAEMON_OPCODES] = {
	[FUSE_LOOKUP]		= do_lookup,
	[FUSE_GETATTR]		= do_getattr,
	[FUSE_SETATTR]		= do_setattr,
	[FUSE_READLINK]		= do_readlink,
	[FUSE_SYMLINK]		= do_symlink,
	[FUSE_MKNOD]		= do_mknod,
	[FUSE_MKDIR]		= do_mkdir,
	[FUSE_UNLINK]		= do_names,
	[FUSE_RMDIR]		= do_names,
	[FUSE_RENAME]		= do_names,
	[FUSE_LINK]		= do_link,
	[FUSE_OPEN]		= do_open,
	[FUSE_READ]		= do_read,
	[FUSE_WRITE]		= do_write,
	[FUSE_STATFS]		= do_statfs,
	[FUSE_RELEASE]		= do_release,
	[FUSE_FSYNC]		= do_fsync,
	[FUSE_SETXATTR]		= do_setxattr,
	[FUSE_GETXATTR]		= do_getxattr,
	[FUSE_LISTXATTR]	= do_listxattr,
	[FUSE_REMOVEXATTR]	= do_removexattr,
	[FUSE_FLUSH]		= do_flush,
	[FUSE_INIT]		= do_init,
	[FUSE_OPENDIR]		= do_open,
	[FUSE_READDIR]		= do_readdir,
	[FUSE_RELEASEDIR]	= do_release,
	[FUSE_ACCESS]		= do_access,
	[FUSE_CREATE]		= do_create,
	[FUSE_BATCH_FORGET]	= do_batch_forget,
	[FUSE_FSYNCDIR]		= do_fsync,
	[FUSE_FALLOCATE]	= do_fallocate,
	[FUSE_READDIRPLUS]	= do_readdir,
	[FUSE_RENAME2]		= do_names,
	[FUSE_LSEEK]		= do_lseek,
	[FUSE_COPY_FILE_RANGE]	= do_copy_file_range,
	[FUSE_TMPFILE]		= do_tmpfile,
};

/* --------------------------------------------------------------- loop --- */

static void handle(struct server *s, const struct request *r)
{
	uint32_t opcode = r->h->opcode;
	struct fuse_forget_in *in = r->arg;

	if (opcode == FUSE_FORGET) {
		forget(s, r->h->nodeid, in->nlookup);
		return;
	}
	if (opcode == FUSE_INTERRUPT)
		return;
	if (opcode != FUSE_INIT && opcode != FUSE_BATCH_FORGET &&
	    node_fd(s, r->h->nodeid) < 0)
		reply(s, r, ESTALE, NULL, 0);
	else if (opcode < DAEMON_OPCODES && handlers[opcode])
		handlers[opcode](s, r);
	else
		reply(s, r, ENOSYS, NULL, 0);
	if (s->borrowed >= 0)
		close(s->borrowed);
	s->borrowed = -1;
}

static bool hold(struct server *s, const struct request *r)
{
	unsigned int i;

	for (i = 0; i < HELD_MAX; i++) {
		if (!s->held[i]) {
			s->held[i] = malloc(r->h->len);
			memcpy(s->held[i], r->h, r->h->len);
			s->shared->held++;
			return true;
		}
	}
	return false;
}

static void handle_held(struct server *s)
{
	struct request r;
	unsigned int i;

	for (i = 0; i < HELD_MAX; i++) {
		r.h = s->held[i];
		if (!r.h || s->shared->hold[r.h->opcode])
			continue;
		r.arg = r.h + 1;
		r.len = r.h->len - sizeof(*r.h);
		handle(s, &r);
		free(s->held[i]);
		s->held[i] = NULL;
		s->shared->held--;
	}
}

static void dispatch(struct server *s, const struct request *r)
{
	struct daemon_shared *shared = s->shared;
	uint32_t opcode = r->h->opcode;

	if (opcode >= DAEMON_OPCODES) {
		reply(s, r, ENOSYS, NULL, 0);
		return;
	}
	__atomic_fetch_add(&shared->seen[opcode], 1, __ATOMIC_SEQ_CST);
	if (shared->die[opcode])
		_exit(1);
	if (shared->drop[opcode] || (shared->hold[opcode] && hold(s, r)))
		return;
	if (shared->refuse[opcode])
		reply(s, r, shared->refuse[opcode], NULL, 0);
	else
		handle(s, r);
}

static bool serve_one(struct server *s)
{
	ssize_t n = read(s->dev, s->in, BUFFER_SIZE);
	struct request r = {
		.h = (void *)s->in,
		.arg = s->in + sizeof(struct fuse_in_header),
	};

	if (n < 0)
		return errno == EINTR || errno == EAGAIN || errno == ENOENT;
	r.len = n - sizeof(*r.h);
	dispatch(s, &r);
	return true;
}

static void add_root(struct server *s, int root)
{
	struct daemon_node *node = &s->shared->nodes[0];
	struct stat st;

	fstat(root, &st);
	node->dev = st.st_dev;
	node->ino = st.st_ino;
	node->lookups = 1;
	node->generation = 0;
	node->fd = root;
	node->nodeid = FUSE_ROOT_ID;
	s->last_nodeid = FUSE_ROOT_ID;
}

void server_run(struct daemon_shared *shared,
		const struct daemon_config *config, int dev, int root,
		int wake)
{
	static struct server server;
	struct server *s = &server;
	struct pollfd fds[2] = {
		{ .fd = dev, .events = POLLIN },
		{ .fd = wake, .events = POLLIN },
	};
	uint64_t woken;

	s->shared = shared;
	s->config = *config;
	s->dev = dev;
	s->borrowed = -1;
	s->in = malloc(BUFFER_SIZE);
	s->out = malloc(BUFFER_SIZE);
	add_root(s, root);

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents & POLLIN) {
			if (read(wake, &woken, sizeof(woken)) > 0) {
				handle_held(s);
				send_delayed(s);
			}
		}
		if (fds[0].revents && !serve_one(s))
			return;
	}
}
