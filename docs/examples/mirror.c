// SPDX-License-Identifier: Apache-2.0
/*
 * mirror: shows a directory, read-only, somewhere else. An ordinary libfuse
 * daemon for an ordinary user; what accelerate() says to Fuselet's broker is
 * all that makes the kernel do its work.
 *
 *	cc mirror.c -o mirror $(pkg-config --cflags --libs fuse3)
 *	./mirror SOURCE MOUNTPOINT
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Hand our /dev/fuse over, which is our consent, and the directory that the
 * root of the mount stands for. Before the first request is answered.
 */
static void accelerate(int device, int directory)
{
	char request[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"attach\","
			 "\"params\":{\"extension\":\"stack\"}}\n";
	struct sockaddr_un broker = { .sun_family = AF_UNIX,
				      .sun_path = "/run/fuselet.sock" };
	int fds[] = { device, directory };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fds))] = "";
	struct iovec line = { request, strlen(request) };
	struct msghdr message = { .msg_iov = &line,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	char answer[512] = "no broker answers\n";
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(rights), fds, sizeof(fds));
	if (!connect(s, (struct sockaddr *)&broker, sizeof(broker)) &&
	    sendmsg(s, &message, MSG_NOSIGNAL) == (ssize_t)line.iov_len) {
		ssize_t len = read(s, answer, sizeof(answer) - 1);

		answer[len > 0 ? len : 0] = 0;
	}
	close(s);
	/* Refused, the file system works all the same. */
	fprintf(stderr, "mirror: %s", answer);
}

static int source;

/* The path below the source that a path of the mount stands for */
static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static void *mirror_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	/* An object is bound only if the daemon gives its inode number. */
	config->use_ino = 1;
	return NULL;
}

static int mirror_getattr(const char *path, struct stat *attr,
			  struct fuse_file_info *file)
{
	(void)file;
	return fstatat(source, below(path), attr, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int mirror_readlink(const char *path, char *text, size_t size)
{
	ssize_t len = readlinkat(source, below(path), text, size - 1);

	if (len < 0)
		return -errno;
	text[len] = 0;
	return 0;
}

static int mirror_readdir(const char *path, void *buf, fuse_fill_dir_t fill,
			  off_t offset, struct fuse_file_info *file,
			  enum fuse_readdir_flags flags)
{
	int fd = openat(source, below(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	(void)offset, (void)file, (void)flags;
	if (!directory)
		return -errno;
	while ((entry = readdir(directory)))
		fill(buf, entry->d_name, NULL, 0, 0);
	closedir(directory);
	return 0;
}

static int mirror_open(const char *path, struct fuse_file_info *file)
{
	int fd = openat(source, below(path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	file->fh = fd;
	return (file->flags & O_ACCMODE) == O_RDONLY ? 0 : (close(fd), -EROFS);
}

static int mirror_read(const char *path, char *buf, size_t size, off_t offset,
		       struct fuse_file_info *file)
{
	ssize_t len = pread(file->fh, buf, size, offset);

	(void)path;
	return len < 0 ? -errno : len;
}

static int mirror_release(const char *path, struct fuse_file_info *file)
{
	(void)path;
	return close(file->fh);
}

static const struct fuse_operations mirror = {
	.init = mirror_init,
	.getattr = mirror_getattr,
	.readlink = mirror_readlink,
	.readdir = mirror_readdir,
	.open = mirror_open,
	.read = mirror_read,
	.release = mirror_release,
};

int main(int argc, char **argv)
{
	char *options[] = { argv[0], "-oro,default_permissions", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(2, options);
	struct fuse *fuse;
	int err;

	if (argc != 3) {
		fprintf(stderr, "usage: mirror SOURCE MOUNTPOINT\n");
		return 2;
	}
	source = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuse = source < 0 ? NULL : fuse_new(&args, &mirror, sizeof(mirror), NULL);
	if (!fuse || fuse_mount(fuse, argv[2])) {
		perror("mirror");
		return 1;
	}
	accelerate(fuse_session_fd(fuse_get_session(fuse)), source);
	err = fuse_loop(fuse);
	fuse_unmount(fuse);
	fuse_destroy(fuse);
	return err ? 1 : 0;
}
