// SPDX-License-Identifier: GPL-2.0
/*
 * What follows an open file to its backing file: seeking, allocation, copies,
 * modes of opening and fcntl(2).
 */
#include "env.h"
#include "image.h"
#include "../../kselftest_harness.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define TWIN		ENV_LOWER "/twin"
#define OTHER_LOWER	ENV_LOWER "/other"
#define OTHER_MNT	ENV_MNT "/other"

#define SIZE		(256 * 1024)

FIXTURE(file) {
	struct env env;
};

FIXTURE_SETUP(file)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, write_file(OTHER_LOWER, "other"));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	ASSERT_EQ(0, stat(OTHER_MNT, &st));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(file)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

/* Open at the daemon. */
static int open_passed(struct env *env, const char *path, int flags)
{
	int fd;

	if (bpf_link_update(env->link, pass_prog()))
		return -1;
	fd = open(path, flags);
	return bpf_link_update(env->link, env->prog) ? -1 : fd;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static char first_byte(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c = 0;

	if (read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c;
}

static blkcnt_t blocks_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_blocks;
}

/* --------------------------------------------------------------- LSEEK --- */

TEST_F(file, holes)
{
	static const off_t from[] = { 0, 1, 4096, SIZE / 2, SIZE - 1, SIZE };
	static const int how[] = { SEEK_DATA, SEEK_HOLE };
	int lower = open(FILE_LOWER, O_RDWR);
	int fd = open(FILE_MNT, O_RDWR);
	unsigned int i, j;
	off_t want;

	ASSERT_LE(0, lower);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(lower, SIZE));
	ASSERT_EQ(1, pwrite(lower, "x", 1, SIZE / 2));
	for (i = 0; i < ARRAY_SIZE(from); i++) {
		for (j = 0; j < ARRAY_SIZE(how); j++) {
			want = lseek(lower, from[i], how[j]);
			EXPECT_EQ(want, lseek(fd, from[i], how[j]));
			if (want < 0)
				EXPECT_EQ(ENXIO, errno);
		}
	}
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

TEST_F(file, positions)
{
	int fd = open(FILE_MNT, O_RDWR);
	char c;

	ASSERT_LE(0, fd);
	EXPECT_EQ(3, lseek(fd, 3, SEEK_SET));
	EXPECT_EQ(1, read(fd, &c, 1));
	EXPECT_EQ('e', c);
	EXPECT_EQ(4, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(5, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(3, write(fd, "end", 3));
	EXPECT_EQ(8, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(8, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(-1, lseek(fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(file_is(FILE_LOWER, "lowerend"));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* The end is that of now, also when it was moved below. */
TEST_F(file, end_moved_below)
{
	int fd = open(FILE_MNT, O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, truncate(FILE_LOWER, 100));
	EXPECT_EQ(100, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* ----------------------------------------------------------- FALLOCATE --- */

struct allocation {
	int mode;
	off_t offset, len;
};

static const struct allocation allocations[] = {
	{ 0, 0, SIZE },
	{ FALLOC_FL_KEEP_SIZE, SIZE, SIZE },
	{ FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192 },
	{ FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 50 },
	{ FALLOC_FL_PUNCH_HOLE, 0, 4096 },
	{ FALLOC_FL_ZERO_RANGE, 16384, 4096 },
	{ FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, SIZE, 4096 },
	{ FALLOC_FL_COLLAPSE_RANGE, 4096, 4096 },
	{ FALLOC_FL_INSERT_RANGE, 4096, 4096 },
	{ 0, -1, 1 },
	{ 0, 0, 0 },
};

static int fill_file(const char *path)
{
	static char data[SIZE];
	unsigned int i;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (i = 0; i < SIZE; i++)
		data[i] = 'a' + i / 1024 % 26;
	return fd >= 0 && write(fd, data, SIZE) == SIZE ? fd : -1;
}

static bool same_data(const char *first, const char *second)
{
	static char a[4 * SIZE], b[4 * SIZE];
	int fds[2] = { open(first, O_RDONLY), open(second, O_RDONLY) };
	ssize_t n = pread(fds[0], a, sizeof(a), 0);
	bool same;

	same = n >= 0 && pread(fds[1], b, sizeof(b), 0) == n &&
	       !memcmp(a, b, n);
	close(fds[0]);
	close(fds[1]);
	return same;
}

/* Each mode does what it does below, or is refused as it is there. */
static void compare_allocations(struct __test_metadata *_metadata,
				const char *lower, const char *upper,
				const char *twin)
{
	int fd, other, ret, err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allocations); i++) {
		const struct allocation *a = &allocations[i];

		other = fill_file(twin);
		fd = fill_file(upper);
		ASSERT_LE(0, other);
		ASSERT_LE(0, fd);
		ret = fallocate(other, a->mode, a->offset, a->len);
		err = ret ? errno : 0;
		EXPECT_EQ(ret, fallocate(fd, a->mode, a->offset, a->len)) {
			TH_LOG("mode %#x", a->mode);
		}
		if (ret)
			EXPECT_EQ(err, errno);
		EXPECT_EQ(size_of(twin), size_of(upper));
		EXPECT_EQ(blocks_of(twin), blocks_of(upper));
		EXPECT_TRUE(same_data(twin, lower));
		EXPECT_TRUE(same_data(twin, upper));
		EXPECT_EQ(0, close(fd));
		EXPECT_EQ(0, close(other));
	}
}

TEST_F(file, fallocate)
{
	compare_allocations(_metadata, FILE_LOWER, FILE_MNT, TWIN);
	EXPECT_SILENT();
}

TEST_F(file, fallocate_read_only)
{
	int fd = open(FILE_MNT, O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, fallocate(fd, 0, 0, 4096));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(5, size_of(FILE_LOWER));
	EXPECT_SILENT();
}

/* ----------------------------------------------------- COPY_FILE_RANGE --- */

static ssize_t copy(int in, off_t off_in, int out, off_t off_out, size_t len)
{
	return copy_file_range(in, &off_in, out, &off_out, len, 0);
}

TEST_F(file, copy_both_backed)
{
	int in = open(FILE_MNT, O_RDONLY);
	int out = open(OTHER_MNT, O_RDWR);

	ASSERT_LE(0, in);
	ASSERT_LE(0, out);
	EXPECT_EQ(5, copy(in, 0, out, 5, 100));
	EXPECT_TRUE(file_is(OTHER_LOWER, "otherlower"));
	EXPECT_TRUE(fd_is(out, "otherlower"));
	EXPECT_EQ(10, size_of(OTHER_MNT));
	/* nothing behind the end, and nothing by way of a wrong descriptor */
	EXPECT_EQ(0, copy(in, 5, out, 0, 100));
	EXPECT_EQ(-1, copy(out, 0, in, 0, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(0, close(in));
	EXPECT_EQ(0, close(out));
	EXPECT_SILENT();
}

TEST_F(file, copy_within)
{
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(2, copy(fd, 0, fd, 3, 2));
	EXPECT_TRUE(file_is(FILE_LOWER, "lowlo"));
	EXPECT_EQ(-1, copy(fd, 0, fd, 1, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* One of the two is the daemon's: the data takes the way of both files. */
TEST_F(file, copy_from_the_daemons)
{
	int in = open_passed(&self->env, FILE_MNT, O_RDWR);
	int out = open(OTHER_MNT, O_RDWR);

	ASSERT_LE(0, in);
	ASSERT_LE(0, out);
	/* not yet written back, where there is a cache */
	EXPECT_EQ(5, pwrite(in, "LOWER", 5, 0));
	EXPECT_EQ(5, copy(in, 0, out, 0, 5));
	EXPECT_TRUE(file_is(OTHER_LOWER, "LOWER"));
	EXPECT_TRUE(fd_is(out, "LOWER"));
	EXPECT_EQ(0, close(in));
	EXPECT_EQ(0, close(out));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

TEST_F(file, copy_to_the_daemons)
{
	int in = open(FILE_MNT, O_RDONLY);
	int out = open_passed(&self->env, OTHER_MNT, O_RDWR);

	ASSERT_LE(0, in);
	ASSERT_LE(0, out);
	EXPECT_TRUE(fd_is(out, "other"));
	EXPECT_EQ(5, copy(in, 0, out, 0, 5));
	EXPECT_TRUE(fd_is(out, "lower"));
	EXPECT_TRUE(file_is(OTHER_LOWER, "lower"));
	EXPECT_EQ(0, close(in));
	EXPECT_EQ(0, close(out));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

/* ----------------------------------------------------- ways of opening --- */

TEST_F(file, truncating_open)
{
	static const int flags[] = { O_RDWR, O_WRONLY, O_RDONLY };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
		fd = open(FILE_MNT, flags[i] | O_TRUNC);
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, size_of(FILE_LOWER));
		EXPECT_EQ(0, size_of(FILE_MNT));
		EXPECT_EQ(0, close(fd));
	}
	EXPECT_EQ(ARRAY_SIZE(flags), COUNT(redirect, FUSE_OPEN));
	EXPECT_EQ(ARRAY_SIZE(flags), COUNT(redirect, FUSE_SETATTR));
	EXPECT_SILENT();
}

/* The old tail does not come back. */
TEST_F(file, truncated_and_grown)
{
	int fd = open(FILE_MNT, O_RDWR | O_TRUNC);
	char buf[5], zeros[5] = {};

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ftruncate(fd, 5));
	EXPECT_EQ(5, pread(fd, buf, 5, 0));
	EXPECT_EQ(0, memcmp(zeros, buf, 5));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* Each write goes to the end as it is then, whoever moved it. */
TEST_F(file, append)
{
	int first = open(FILE_MNT, O_WRONLY | O_APPEND);
	int second = open(FILE_MNT, O_WRONLY | O_APPEND);
	int lower = open(FILE_LOWER, O_WRONLY | O_APPEND);

	ASSERT_LE(0, first);
	ASSERT_LE(0, second);
	ASSERT_LE(0, lower);
	EXPECT_EQ(1, write(first, "1", 1));
	EXPECT_EQ(1, write(second, "2", 1));
	EXPECT_EQ(1, write(lower, "3", 1));
	EXPECT_EQ(1, write(first, "4", 1));
	EXPECT_EQ(1, pwrite(second, "5", 1, 0));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower12345"));
	EXPECT_TRUE(file_is(FILE_MNT, "lower12345"));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
	EXPECT_SILENT();
}

TEST_F(file, synchronous)
{
	static const int flags[] = { O_SYNC, O_DSYNC };
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = open(FILE_MNT, O_RDWR | flags[i]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(1, pwrite(fd, "L", 1, 0));
		EXPECT_EQ(0, fsync(fd));
		EXPECT_EQ(0, close(fd));
	}
	EXPECT_TRUE(file_is(FILE_LOWER, "Lower"));
	EXPECT_SILENT();
}

/* ------------------------------------------------------------- F_SETFL --- */

TEST_F(file, append_from_now_on)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_APPEND));
	EXPECT_EQ(1, write(fd, "+", 1));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower+"));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(1, pwrite(fd, "L", 1, 0));
	EXPECT_TRUE(file_is(FILE_LOWER, "Lower+"));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* A file that can only be appended to stays so, whatever a caller asks for. */
TEST_F(file, append_only)
{
	int flags = FS_APPEND_FL;
	int lower = open(FILE_LOWER, O_RDONLY);
	int fd;

	ASSERT_LE(0, lower);
	if (ioctl(lower, FS_IOC_SETFLAGS, &flags))
		SKIP(return, "this tmpfs has no append-only files");
	EXPECT_EQ(-1, open(FILE_MNT, O_WRONLY));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, truncate(FILE_MNT, 0));
	EXPECT_EQ(EPERM, errno);
	fd = open(FILE_MNT, O_WRONLY | O_APPEND);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, write(fd, "+", 1));
	if (!fcntl(fd, F_SETFL, 0))
		pwrite(fd, "X", 1, 0);
	EXPECT_EQ('l', first_byte(FILE_LOWER));
	EXPECT_EQ(0, close(fd));
	flags = 0;
	EXPECT_EQ(0, ioctl(lower, FS_IOC_SETFLAGS, &flags));
}

/* Access times are left alone from the moment on that this is asked for. */
TEST_F(file, noatime_from_now_on)
{
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int fd = open(FILE_MNT, O_RDONLY);
	struct stat st;
	char c;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, mount(NULL, ENV_LOWER, NULL,
			   MS_REMOUNT | MS_BIND | MS_STRICTATIME, NULL));
	ASSERT_EQ(0, utimensat(AT_FDCWD, FILE_LOWER, old, 0));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NOATIME));
	EXPECT_EQ(1, read(fd, &c, 1));
	ASSERT_EQ(0, stat(FILE_LOWER, &st));
	EXPECT_EQ(1000, st.st_atim.tv_sec);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(1, read(fd, &c, 1));
	ASSERT_EQ(0, stat(FILE_LOWER, &st));
	EXPECT_NE(1000, st.st_atim.tv_sec);
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* The directory of this program, if that is on a squashfs, else NULL */
static char *squashfs_dir(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	struct statfs st;

	if (len < 0)
		return NULL;
	path[len] = 0;
	dirname(path);
	return statfs(path, &st) || st.f_type != SQUASHFS_MAGIC ? NULL : path;
}

/* A file system that is only read need not know how to write. */
TEST(nothing_to_write)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct env env = {};
	char dir[PATH_MAX], magic[4];
	int fd;

	if (why)
		SKIP(return, "%s", why);
	if (!squashfs_dir(dir))
		SKIP(return, "this program does not lie on a squashfs");
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, mount(dir, ENV_LOWER, NULL, MS_BIND, NULL));
	config.entry_valid = 1000;
	ASSERT_EQ(0, daemon_start(&env.daemon, ENV_LOWER, ENV_MNT, &config));
	ASSERT_EQ(0, env_attach_full(&env));
	ASSERT_EQ(0, access(ENV_MNT "/file_test", F_OK));
	daemon_forget_seen(&env.daemon);

	fd = open(ENV_MNT "/file_test", O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(4, read(fd, magic, sizeof(magic)));
	EXPECT_EQ(0, memcmp(magic, ELFMAG, SELFMAG));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, env_count(&env, FUSE_OPEN).redirect);
	EXPECT_EQ(0, daemon_seen_all(&env.daemon));

	EXPECT_EQ(-1, open(ENV_MNT "/file_test", O_RDWR));
	EXPECT_EQ(EROFS, errno);
	daemon_kill(&env.daemon);
}

/* ---------------------------------------- on a file system with blocks --- */

FIXTURE(blocks) {
	struct env env;
	const char *missing;
};

FIXTURE_SETUP(blocks)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_namespace());
	self->env.daemon.dev = -1;
	self->missing = image_mount(ENV_LOWER, "", "");
	if (self->missing)
		SKIP(return, "%s", self->missing);
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, daemon_start(&self->env.daemon, ENV_LOWER, ENV_MNT,
				  &config));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, access(FILE_MNT, F_OK));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(blocks)
{
	if (!self->missing)
		daemon_kill(&self->env.daemon);
}

TEST_F(blocks, fallocate)
{
	compare_allocations(_metadata, FILE_LOWER, FILE_MNT, TWIN);
	EXPECT_SILENT();
}

/* An unaligned read by O_DIRECT is refused, or it is none. */
TEST_F(blocks, direct_from_now_on)
{
	int lower = open(FILE_LOWER, O_RDONLY | O_DIRECT);
	int fd = open(FILE_MNT, O_RDONLY);
	static char buf[4096] __attribute__((aligned(4096)));

	ASSERT_LE(0, lower);
	ASSERT_LE(0, fd);
	ASSERT_EQ(-1, pread(lower, buf + 1, 1, 1));
	ASSERT_EQ(EINVAL, errno);
	EXPECT_EQ(1, pread(fd, buf + 1, 1, 1));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_DIRECT));
	EXPECT_EQ(-1, pread(fd, buf + 1, 1, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(5, pread(fd, buf, sizeof(buf), 0));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(1, pread(fd, buf + 1, 1, 1));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

TEST_F(blocks, direct)
{
	static char buf[4096] __attribute__((aligned(4096)));
	int fd = open(FILE_MNT, O_RDWR | O_DIRECT);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, pread(fd, buf + 1, 1, 1));
	EXPECT_EQ(EINVAL, errno);
	memset(buf, 'd', sizeof(buf));
	EXPECT_EQ(sizeof(buf), pwrite(fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(sizeof(buf), size_of(FILE_MNT));
	EXPECT_SILENT();
}

TEST_HARNESS_MAIN
