/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of calls, with how often each is made, in parts of the sum */
#define TWIN_KINDS(X)							\
	X(open, 14) X(close, 5) X(pread, 5) X(pwrite, 8) X(read, 3)	\
	X(write, 5) X(lseek, 5) X(fallocate, 4) X(copy, 3)		\
	X(ftruncate, 3) X(truncate, 3) X(mmap, 4) X(fsync, 2)		\
	X(mkdir, 6) X(rmdir, 3) X(unlink, 6) X(rename, 8) X(link, 5)	\
	X(linkfd, 2) X(symlink, 3) X(readlink, 3) X(mknod, 2)		\
	X(chmod, 5) X(fchmod, 2) X(chown, 4) X(fchown, 2) X(utimens, 4)	\
	X(stat, 8) X(fstat, 4) X(access, 4) X(statfs, 1) X(list, 6)	\
	X(setxattr, 5) X(getxattr, 4) X(listxattr, 3) X(removexattr, 2)	\
	X(setacl, 3) X(flock, 2) X(posixlock, 2) X(ofdlock, 2)		\
	X(setfl, 2) X(dup, 2) X(user, 4) X(umask, 1)			\
	X(readv, 2) X(writev, 3) X(splice, 3) X(fsetxattr, 2)		\
	X(fgetxattr, 2) X(getfl, 1) X(getlk, 1) X(moves, 6)

enum kind {
#define X(name, weight) KIND_##name,
	TWIN_KINDS(X)
#undef X
	KINDS
};

/* Tables that the numbers of a call index, modulo their length */
struct choice {
	const char *name;
	int value;
};

extern const struct choice open_flags[], modes[], fallocate_modes[],
	rename_flags[], whences[], file_types[], users[], setfl_flags[],
	acls[], times[], link_texts[], xattr_names[], movers[];

enum {
	MOVE_READ, MOVE_WRITE, MOVE_SAME_SIZE, MOVE_SIZE, MOVE_CHMOD,
	MOVE_XATTR, MOVE_ALLOCATE, MOVE_MAP,
};

const struct choice *choose(const struct choice *table, uint32_t n);
