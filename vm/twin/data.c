// SPDX-License-Identifier: Apache-2.0
/* Calls on an open file: vectors, pipes, attributes, locks, times */
#include "twin.h"
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PARTS		3
#define PART		1500
#define PAST		1000	/* seconds since 1970 */

static char parts[PARTS][PART];

static void take(struct outcome *out, long ret)
{
	out->ret = ret;
	out->err = ret < 0 ? errno : 0;
}

static void say_hash(struct outcome *out, const void *bytes, long size)
{
	if (size > 0)
		snprintf(out->text, sizeof(out->text), "%016llx",
			 (unsigned long long)hash_bytes(bytes, size));
}

static void run_vector(const struct op *op, int fd, struct outcome *out)
{
	off_t offset = op->b & 1 ? -1 : (off_t)(op->a % 20000);
	struct iovec vector[PARTS];
	int i;

	memset(parts, op->c | 1, sizeof(parts));
	for (i = 0; i < PARTS; i++)
		vector[i] = (struct iovec){ parts[i], (op->b >> i) % PART };
	if (op->kind == KIND_writev)
		return take(out, pwritev2(fd, vector, PARTS, offset, 0));
	take(out, preadv2(fd, vector, PARTS, offset, 0));
	say_hash(out, parts, out->ret < 0 ? -1 : (long)sizeof(parts));
}

/* At most what a pipe holds, so that nothing waits. */
static void run_splice(const struct op *op, int fd, struct outcome *out)
{
	loff_t offset = op->a % 20000;
	size_t length = 1 + op->b % sizeof(parts);
	int ends[2];
	long got;

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		return take(out, -1);
	if (op->c & 1) {
		memset(parts, op->c, length);
		if (write(ends[1], parts, length) == (long)length)
			take(out, splice(ends[0], NULL, fd, &offset, length, 0));
	} else {
		take(out, splice(fd, &offset, ends[1], NULL, length, 0));
		got = out->ret > 0 ? read(ends[0], parts, out->ret) : 0;
		say_hash(out, parts, got);
	}
	close(ends[0]);
	close(ends[1]);
}

static void run_fxattr(const struct op *op, int fd, struct outcome *out)
{
	const char *name = choose(xattr_names, op->a)->name;
	char value[256];

	if (op->kind == KIND_fgetxattr) {
		take(out, fgetxattr(fd, name, value, sizeof(value)));
		return say_hash(out, value, out->ret);
	}
	memset(value, op->b, sizeof(value));
	take(out, fsetxattr(fd, name, value, op->b % 200, op->c % 3));
}

static void run_getfl(int fd, struct outcome *out)
{
	int flags = fcntl(fd, F_GETFL);

	take(out, flags < 0 ? -1 : flags & (O_ACCMODE | O_APPEND | O_DIRECT |
					     O_NONBLOCK | O_SYNC | O_NOATIME));
}

static void run_getlk(const struct op *op, int fd, struct outcome *out)
{
	struct flock lock = {
		.l_type = op->a & 1 ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET, .l_start = op->b % 100,
		.l_len = op->c % 100,
	};

	take(out, fcntl(fd, F_OFD_GETLK, &lock));
	if (!out->ret && lock.l_type != F_UNLCK)
		snprintf(out->text, sizeof(out->text), "%d %ld+%ld",
			 lock.l_type, (long)lock.l_start, (long)lock.l_len);
}

static long store_mapped(int fd, const struct stat *st)
{
	char *map;

	if (!S_ISREG(st->st_mode) || !st->st_size)
		return 0;
	map = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	map[0] ^= 1;
	msync(map, 1, MS_SYNC);
	return munmap(map, 1);
}

static long move(const struct op *op, int fd, const struct stat *st)
{
	char byte = op->b;

	switch (choose(movers, op->a)->value) {
	case MOVE_READ:
		return pread(fd, &byte, 1, 0);
	case MOVE_WRITE:
		return pwrite(fd, &byte, 1, op->c % 9000);
	case MOVE_SAME_SIZE:
		return ftruncate(fd, st->st_size);
	case MOVE_SIZE:
		return ftruncate(fd, op->c % 9000);
	case MOVE_CHMOD:
		return fchmod(fd, st->st_mode & 07777);
	case MOVE_XATTR:
		return fsetxattr(fd, "user.one", &byte, 1, 0);
	case MOVE_ALLOCATE:
		return fallocate(fd, 0, op->c % 9000, 100);
	case MOVE_MAP:
		return store_mapped(fd, st);
	}
	return 0;
}

/*
 * Which times a call moves. Nobody can put ctime into the past: it is
 * compared with that of the file below.
 */
static void run_moves(const struct op *op, int fd, struct outcome *out)
{
	const struct timespec past[2] = { { PAST, 1 }, { PAST, 1 } };
	struct stat st;

	if (futimens(fd, past) || fstat(fd, &st))
		return take(out, -1);
	take(out, move(op, fd, &st));
	if (!fstat(fd, &st))
		snprintf(out->text, sizeof(out->text), "atime %s, mtime %s",
			 st.st_atime == PAST ? "stays" : "moves",
			 st.st_mtime == PAST ? "stays" : "moves");
}

void data_run(const struct op *op, int fd, struct outcome *out)
{
	switch (op->kind) {
	case KIND_readv:
	case KIND_writev:
		return run_vector(op, fd, out);
	case KIND_splice:
		return run_splice(op, fd, out);
	case KIND_fsetxattr:
	case KIND_fgetxattr:
		return run_fxattr(op, fd, out);
	case KIND_getfl:
		return run_getfl(fd, out);
	case KIND_getlk:
		return run_getlk(op, fd, out);
	case KIND_moves:
		return run_moves(op, fd, out);
	}
}
