// SPDX-License-Identifier: Apache-2.0
/* Make one call on one side. */
#include "twin.h"
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define PAGE		TWIN_PAGE
#define MAX_DATA	(3 * PAGE)
#define DEVICE		makedev(1, 3)	/* null: opening it does no harm */

static char data[MAX_DATA] __attribute__((aligned(PAGE)));

void side_open(struct side *side, const char *directory)
{
	int i;

	side->root = open(directory, O_RDONLY | O_DIRECTORY);
	if (side->root < 0) {
		perror(directory);
		exit(2);
	}
	for (i = 0; i < TWIN_SLOTS; i++)
		side->slots[i] = -1;
}

void side_close(struct side *side)
{
	int i;

	for (i = 0; i < TWIN_SLOTS; i++)
		if (side->slots[i] >= 0)
			close(side->slots[i]);
	close(side->root);
}

void become_root(void)
{
	if (seteuid(0) || setegid(0) || setgroups(0, NULL))
		perror("root");
	umask(022);
}

/* alice and bob share a group that is neither's own. */
static int become(uid_t uid)
{
	const gid_t shared = 2000;

	if (seteuid(0) || setgroups(uid ? 1 : 0, &shared) || setegid(uid) ||
	    seteuid(uid))
		return -1;
	/* who changes may no longer look into /proc/self/fd otherwise */
	return prctl(PR_SET_DUMPABLE, 1);
}

static void take(struct outcome *out, long ret)
{
	out->ret = ret;
	out->err = ret < 0 ? errno : 0;
}

static void say_bytes(struct outcome *out, const void *bytes, long size)
{
	if (size > 0)
		snprintf(out->text, sizeof(out->text), "%016llx",
			 (unsigned long long)hash_bytes(bytes, size));
}

static void put_slot(struct side *side, int slot, int fd, struct outcome *out)
{
	take(out, fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	if (side->slots[slot] >= 0)
		close(side->slots[slot]);
	side->slots[slot] = fd;
}

static void fill(const struct op *op, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		data[i] = (op->a + op->b * 3 + i / 7) | 1;
}

static int run_open(const struct op *op, struct side *side, const char *path)
{
	/* a fifo must not wait for its other end */
	return openat(side->root, path,
		      choose(open_flags, op->a)->value | O_NONBLOCK,
		      choose(modes, op->b)->value);
}

static void run_io(const struct op *op, int fd, struct outcome *out)
{
	size_t length = op_length(op);
	long ret;

	switch (op->kind) {
	case KIND_pread:
		ret = pread(fd, data, length, op_offset(op));
		take(out, ret);
		say_bytes(out, data, ret);
		return;
	case KIND_read:
		ret = read(fd, data, length);
		take(out, ret);
		say_bytes(out, data, ret);
		return;
	case KIND_pwrite:
		fill(op, length);
		take(out, pwrite(fd, data, length, op_offset(op)));
		return;
	case KIND_write:
		fill(op, length);
		take(out, write(fd, data, length));
	}
}

static void run_mmap(const struct op *op, int fd, struct outcome *out)
{
	off_t offset = op->a % 4 * PAGE;
	bool store = op->b & 1;
	size_t inside;
	struct stat st;
	char *map;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= offset) {
		take(out, 0);
		return;
	}
	inside = st.st_size - offset < PAGE ? st.st_size - offset : PAGE;
	map = mmap(NULL, PAGE, store ? PROT_READ | PROT_WRITE : PROT_READ,
		   op->c & 2 ? MAP_PRIVATE : MAP_SHARED, fd, offset);
	take(out, map == MAP_FAILED ? -1 : 0);
	if (map == MAP_FAILED)
		return;
	if (store) {
		map[op->c % inside] = op->b;
		msync(map, PAGE, MS_SYNC);
	}
	say_bytes(out, map, inside);
	munmap(map, PAGE);
}

static int run_utimens(const struct op *op, int root, const char *path)
{
	struct timespec to[2] = {
		{ .tv_sec = 1000000 + op->b, .tv_nsec = 123456789 },
		{ .tv_sec = 2000000 + op->c, .tv_nsec = 987654321 },
	};

	switch (choose(times, op->a)->value) {
	case 0:
		return utimensat(root, path, NULL, 0);
	case 1:
		to[0].tv_nsec = UTIME_OMIT;
		break;
	case 3:
		to[1].tv_sec = 3000000000;
		break;
	case 4:
		to[1].tv_sec = -5;
	}
	return utimensat(root, path, to, op->b & 1 ? AT_SYMLINK_NOFOLLOW : 0);
}

static int lock_of(const struct op *op, struct flock *lock)
{
	static const short types[] = { F_RDLCK, F_WRLCK, F_UNLCK };

	memset(lock, 0, sizeof(*lock));
	lock->l_type = types[op->a % 3];
	lock->l_whence = SEEK_SET;
	lock->l_start = op->b % 100;
	lock->l_len = op->c % 100;
	return op->kind == KIND_ofdlock ? F_OFD_SETLK : F_SETLK;
}

static void run_statfs(int root, struct outcome *out)
{
	struct statfs st;

	take(out, fstatfs(root, &st));
	if (!out->ret)
		snprintf(out->text, sizeof(out->text), "%ld %ld %lu",
			 (long)st.f_bsize, (long)st.f_namelen,
			 (unsigned long)st.f_blocks);
}

/* ACLs and xattrs go by descriptors of paths: there are no *at() calls. */
static void proc_path(int root, const char *path, char *to, size_t size)
{
	snprintf(to, size, "/proc/self/fd/%d/%s", root, path);
}

static int set_acl(const struct op *op, const char *path)
{
	struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entries[5];
	} acl = { 2, {
		{ 0x01, 7, -1 }, { 0x02, choose(acls, op->a)->value, 1001 },
		{ 0x04, 5, -1 }, { 0x10, 7, -1 }, { 0x20, op->c % 8, -1 },
	} };

	return setxattr(path, op->b & 1 ? "system.posix_acl_default" :
					  "system.posix_acl_access",
			&acl, sizeof(acl), 0);
}

static void run_xattr(const struct op *op, struct side *side,
		      struct outcome *out)
{
	const char *name = choose(xattr_names, op->a)->name;
	char path[64], value[256];
	long ret;

	proc_path(side->root, op_path(op->path), path, sizeof(path));
	switch (op->kind) {
	case KIND_setxattr:
		memset(value, op->b, sizeof(value));
		take(out, setxattr(path, name, value, op->b % 200, op->c % 3));
		return;
	case KIND_getxattr:
		ret = getxattr(path, name, value, op->c % 2 ? 200 : op->b % 50);
		take(out, ret);
		say_bytes(out, value, op->b % 50 || op->c % 2 ? ret : 0);
		return;
	case KIND_listxattr:
		look_xattrs(side->root, op_path(op->path), out);
		return;
	case KIND_removexattr:
		take(out, removexattr(path, name));
		return;
	case KIND_setacl:
		take(out, set_acl(op, path));
	}
}

static void run_path(const struct op *op, struct side *side,
		     struct outcome *out)
{
	const char *path = op_path(op->path), *path2 = op_path(op->path2);
	int root = side->root, mode = choose(modes, op->b)->value, fd;
	char from[64];
	long ret;

	switch (op->kind) {
	case KIND_truncate:
		proc_path(root, path, from, sizeof(from));
		return take(out, truncate(from, op->a % 30000));
	case KIND_mkdir:
		return take(out, mkdirat(root, path, mode));
	case KIND_rmdir:
		return take(out, unlinkat(root, path, AT_REMOVEDIR));
	case KIND_unlink:
		return take(out, unlinkat(root, path, 0));
	case KIND_rename:
		return take(out, syscall(SYS_renameat2, root, path, root, path2,
					 choose(rename_flags, op->a)->value));
	case KIND_link:
		return take(out, linkat(root, path, root, path2,
					op->a & 1 ? AT_SYMLINK_FOLLOW : 0));
	case KIND_linkfd:
		snprintf(from, sizeof(from), "/proc/self/fd/%d",
			 side->slots[op->slot]);
		return take(out, linkat(AT_FDCWD, from, root, path,
					AT_SYMLINK_FOLLOW));
	case KIND_symlink:
		return take(out, symlinkat(choose(link_texts, op->a)->name,
					   root, path));
	case KIND_readlink:
		ret = readlinkat(root, path, out->text, sizeof(out->text) - 1);
		if (ret >= 0)
			out->text[ret] = '\0';
		return take(out, ret);
	case KIND_mknod:
		return take(out, mknodat(root, path, mode |
					 choose(file_types, op->b)->value,
				 DEVICE));
	case KIND_chmod:
		return take(out, fchmodat(root, path, mode, 0));
	case KIND_chown:
		return take(out, fchownat(root, path,
					  op->a & 4 ? -1 : (int)choose(users, op->b)->value,
					  op->a & 8 ? -1 : op->a & 16 ? 2000 :
					  (int)choose(users, op->c)->value,
					  op->a & 1 ? AT_SYMLINK_NOFOLLOW : 0));
	case KIND_utimens:
		return take(out, run_utimens(op, root, path));
	case KIND_stat:
		return look_stat(root, path,
				 op->a & 1 ? AT_SYMLINK_NOFOLLOW : 0, out);
	case KIND_access:
		return take(out, faccessat(root, path, op->a % 8, AT_EACCESS));
	case KIND_list:
		fd = openat(root, path, O_RDONLY | O_DIRECTORY);
		take(out, fd < 0 ? -1 : 0);
		if (fd < 0)
			return;
		look_list(fd, 64 + op->a % 200, out);
		close(fd);
	}
}

static void run_slot(const struct op *op, struct side *side,
		     struct outcome *out)
{
	int fd = side->slots[op->slot], fd2 = side->slots[op->slot2], cmd;
	loff_t in = op->a % 20000, to = op->b % 20000;
	struct flock lock;

	switch (op->kind) {
	case KIND_close:
		side->slots[op->slot] = -1;
		return take(out, close(fd));
	case KIND_lseek:
		return take(out, lseek(fd, op->a % 30000,
				       choose(whences, op->b)->value));
	case KIND_fallocate:
		return take(out, fallocate(fd, choose(fallocate_modes, op->c)->value,
					   op_offset(op), op_length(op)));
	case KIND_copy:
		return take(out, copy_file_range(fd, &in, fd2, &to,
						 op_length(op), 0));
	case KIND_ftruncate:
		return take(out, ftruncate(fd, op->a % 30000));
	case KIND_mmap:
		return run_mmap(op, fd, out);
	case KIND_fsync:
		return take(out, op->a & 1 ? fsync(fd) : fdatasync(fd));
	case KIND_fchmod:
		return take(out, fchmod(fd, choose(modes, op->b)->value));
	case KIND_fchown:
		return take(out, fchown(fd, choose(users, op->b)->value,
					choose(users, op->c)->value));
	case KIND_fstat:
		return look_stat(fd, NULL, 0, out);
	case KIND_flock:
		return take(out, flock(fd, (op->a % 3 == 0 ? LOCK_SH :
					    op->a % 3 == 1 ? LOCK_EX : LOCK_UN) |
					   LOCK_NB));
	case KIND_posixlock:
	case KIND_ofdlock:
		cmd = lock_of(op, &lock);
		return take(out, fcntl(fd, cmd, &lock));
	case KIND_setfl:
		return take(out, fcntl(fd, F_SETFL, O_NONBLOCK |
				       choose(setfl_flags, op->a)->value));
	case KIND_dup:
		return put_slot(side, op->slot2, dup(fd), out);
	}
}

/* The slot, or the next one in which a file is open */
static uint8_t open_slot(const struct side *side, uint8_t slot)
{
	uint8_t i, at;

	for (i = 0; i < TWIN_SLOTS; i++) {
		at = (slot + i) % TWIN_SLOTS;
		if (side->slots[at] >= 0)
			return at;
	}
	return slot;
}

/* Most calls on open files should find one. */
struct op with_open_slots(const struct op *op, const struct side *side)
{
	struct op with = *op;

	if (op->kind == KIND_open || op->kind == KIND_close)
		return with;
	with.slot = open_slot(side, op->slot);
	if (op->kind == KIND_copy)
		with.slot2 = open_slot(side, op->slot2);
	return with;
}

/* What the call acts on: known differences may depend on it. */
const char *op_object(const struct op *op, const struct side *side)
{
	int fd = side->slots[op->slot];
	struct stat st;

	if (fstat(side->slots[op->slot], &st))
		return "none";
	if (fcntl(fd, F_GETFL) & O_DIRECT)
		return "direct";
	if (S_ISREG(st.st_mode))
		return st.st_nlink ? "file" : "unlinked";
	return S_ISDIR(st.st_mode) ? "directory" : "special";
}

void op_run(const struct op *op, struct side *side, struct outcome *out)
{
	memset(out, 0, offsetof(struct outcome, text) + 1);

	switch (op->kind) {
	case KIND_open:
		return put_slot(side, op->slot,
				run_open(op, side, op_path(op->path)), out);
	case KIND_pread:
	case KIND_pwrite:
	case KIND_read:
	case KIND_write:
		return run_io(op, side->slots[op->slot], out);
	case KIND_setxattr:
	case KIND_getxattr:
	case KIND_listxattr:
	case KIND_removexattr:
	case KIND_setacl:
		return run_xattr(op, side, out);
	case KIND_statfs:
		return run_statfs(side->root, out);
	case KIND_user:
		return take(out, become(choose(users, op->a)->value));
	case KIND_umask:
		umask(op->a & 077);
		return take(out, 0);
	}
	run_path(op, side, out);
	run_slot(op, side, out);
	data_run(op, side->slots[op->slot], out);
}
