// SPDX-License-Identifier: GPL-2.0
/* BPF_MAP_TYPE_FUSE_BACKING from user space: what goes in and what comes out. */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

FIXTURE(map) {
	int map;
	int dir;
	int file;
	int link;
};

FIXTURE_SETUP(map)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "x"));
	ASSERT_EQ(0, symlink("file", ENV_LOWER "/link"));
	self->map = backing_create(4);
	ASSERT_LE(0, self->map);
	self->dir = open(ENV_LOWER, O_PATH);
	self->file = open(ENV_LOWER "/file", O_RDONLY);
	self->link = open(ENV_LOWER "/link", O_PATH | O_NOFOLLOW);
	ASSERT_LE(0, self->dir);
	ASSERT_LE(0, self->file);
	ASSERT_LE(0, self->link);
}

FIXTURE_TEARDOWN(map)
{
}

/* ---------------------------------------------------------- what it is --- */

TEST_F(map, sizes)
{
	const uint32_t value = sizeof(struct fuse_bpf_backing);

	EXPECT_EQ(16, value);
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 4, value,
					  4));
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 16, value,
					  4));
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 8, 8, 4));
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 8, 24,
					  4));
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 8, value,
					  0));
	EXPECT_EQ(-EINVAL, bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, 8, value,
					  0x80000000));
}

TEST_F(map, flags)
{
	static const uint32_t bad[] = {
		BPF_F_NO_PREALLOC, BPF_F_RDONLY_PROG, BPF_F_MMAPABLE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		union bpf_attr attr = {
			.map_type = BPF_MAP_TYPE_FUSE_BACKING,
			.key_size = 8, .value_size = 16, .max_entries = 1,
			.map_flags = bad[i],
		};

		EXPECT_EQ(-1, syscall(__NR_bpf, BPF_MAP_CREATE, &attr,
				      sizeof(attr)));
		EXPECT_EQ(EINVAL, errno);
	}
}

/* A descriptor goes in, device and inode number come out. */
TEST_F(map, put_and_get)
{
	const int fds[] = { self->dir, self->file, self->link };
	struct fuse_bpf_backing value;
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		ASSERT_EQ(0, backing_put(self->map, 100 + i, fds[i]));
		ASSERT_EQ(0, backing_get(self->map, 100 + i, &value));
		ASSERT_EQ(0, fstat(fds[i], &st));
		EXPECT_EQ(st.st_ino, value.ino);
		EXPECT_EQ(st.st_dev, makedev((value.dev >> 8) & 0xfff,
					     (value.dev & 0xff) |
					     ((value.dev >> 12) & 0xfff00)));
	}
	EXPECT_EQ(-ENOENT, backing_get(self->map, 99, &value));
}

/* The object stays when its descriptor is closed, and keeps its mount busy. */
TEST_F(map, holds_the_object)
{
	struct fuse_bpf_backing value;

	ASSERT_EQ(0, backing_put(self->map, 1, self->dir));
	close(self->dir);
	close(self->file);
	close(self->link);
	EXPECT_EQ(0, backing_get(self->map, 1, &value));
	EXPECT_EQ(-1, umount(ENV_LOWER));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, backing_delete(self->map, 1));
	EXPECT_EQ(0, umount(ENV_LOWER));
}

/* With the last descriptor the map lets go of everything. */
TEST_F(map, empty_when_unreachable)
{
	ASSERT_EQ(0, backing_put(self->map, 1, self->dir));
	ASSERT_EQ(0, backing_put(self->map, 2, self->file));
	close(self->dir);
	close(self->file);
	close(self->link);
	EXPECT_EQ(-1, umount(ENV_LOWER));
	close(self->map);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

TEST_F(map, update_flags)
{
	EXPECT_EQ(-ENOENT, backing_put_flags(self->map, 1, self->dir,
					     BPF_EXIST));
	EXPECT_EQ(0, backing_put_flags(self->map, 1, self->dir, BPF_NOEXIST));
	EXPECT_EQ(-EEXIST, backing_put_flags(self->map, 1, self->file,
					     BPF_NOEXIST));
	EXPECT_EQ(0, backing_put_flags(self->map, 1, self->file, BPF_EXIST));
	EXPECT_EQ(0, backing_put_flags(self->map, 1, self->dir, BPF_ANY));
	EXPECT_GT(0, backing_put_flags(self->map, 1, self->dir, BPF_F_LOCK));
	EXPECT_GT(0, backing_put_flags(self->map, 1, self->dir, 3));
	EXPECT_EQ(1, backing_count(self->map));
}

TEST_F(map, full)
{
	uint64_t key;

	for (key = 1; key <= 4; key++)
		ASSERT_EQ(0, backing_put(self->map, key, self->dir));
	EXPECT_EQ(-E2BIG, backing_put(self->map, 5, self->dir));
	/* one in the place of another needs no room */
	EXPECT_EQ(0, backing_put(self->map, 4, self->file));
	EXPECT_EQ(4, backing_count(self->map));
	EXPECT_EQ(0, backing_delete(self->map, 2));
	EXPECT_EQ(-ENOENT, backing_delete(self->map, 2));
	EXPECT_EQ(0, backing_put(self->map, 5, self->dir));
}

/* A walk goes upwards, over keys that have gone as well. */
TEST_F(map, next_key)
{
	const uint64_t keys[] = { 3, 1ULL << 63, 1, 70 };
	uint64_t key, i;

	EXPECT_EQ(-ENOENT, bpf_map_next_key(self->map, NULL, &key));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, backing_put(self->map, keys[i], self->dir));
	EXPECT_EQ(0, bpf_map_next_key(self->map, NULL, &key));
	EXPECT_EQ(1, key);
	EXPECT_EQ(0, bpf_map_next_key(self->map, &key, &key));
	EXPECT_EQ(3, key);
	EXPECT_EQ(0, backing_delete(self->map, key));
	EXPECT_EQ(0, bpf_map_next_key(self->map, &key, &key));
	EXPECT_EQ(70, key);
	EXPECT_EQ(0, bpf_map_next_key(self->map, &key, &key));
	EXPECT_EQ(1ULL << 63, key);
	EXPECT_EQ(-ENOENT, bpf_map_next_key(self->map, &key, &key));
}

/* The table is resized behind the walk's back. */
TEST_F(map, walked_while_it_grows)
{
	const unsigned int most = 200;
	int map = backing_create(most);
	unsigned int n;

	ASSERT_LE(0, map);
	for (n = 1; n <= most; n++) {
		ASSERT_EQ(0, backing_put(map, n, self->dir));
		ASSERT_EQ(n, backing_count(map));
	}
	close(map);
}

/* -------------------------------------------------------- bad objects --- */

/* Ids would have to be mapped twice. */
TEST_F(map, idmapped_mount)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	int userns = userns_create("0 1000 1");
	int tree;

	if (userns < 0)
		SKIP(return, "no user namespaces");
	attr.userns_fd = userns;
	tree = syscall(__NR_open_tree, AT_FDCWD, ENV_LOWER,
		       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	ASSERT_LE(0, tree);
	ASSERT_EQ(0, syscall(__NR_mount_setattr, tree, "", AT_EMPTY_PATH,
			     &attr, sizeof(attr)));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, tree));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1,
				       openat(tree, "file", O_PATH)));
}

TEST_F(map, not_a_descriptor)
{
	EXPECT_EQ(-EBADF, backing_put(self->map, 1, -1));
	EXPECT_EQ(-EBADF, backing_put(self->map, 1, 1000));
	EXPECT_EQ(0, backing_count(self->map));
}

TEST_F(map, reserved_bits)
{
	struct fuse_bpf_backing value = { .fd = self->dir, .flags = 1 };
	uint64_t key = 1;

	EXPECT_EQ(-EINVAL, bpf_map_update(self->map, &key, &value, BPF_ANY));
	value.flags = 0;
	value.reserved = 1;
	EXPECT_EQ(-EINVAL, bpf_map_update(self->map, &key, &value, BPF_ANY));
}

/* Regular files, directories and symbolic links only */
TEST_F(map, other_types)
{
	int null = open("/dev/null", O_PATH);
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	int fifo, pipes[2];

	ASSERT_EQ(0, mknod(ENV_LOWER "/fifo", S_IFIFO | 0600, 0));
	ASSERT_EQ(0, pipe(pipes));
	fifo = open(ENV_LOWER "/fifo", O_PATH);
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, null));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, sock));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, fifo));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, pipes[0]));
	EXPECT_EQ(-EINVAL, backing_put(self->map, 1, self->map));
}

/* ------------------------------------------------------- stacking (K8) --- */

static int put_path(int map, const char *path)
{
	int err, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	err = backing_put(map, 1, fd);
	close(fd);
	return err;
}

/* Where a map or its link might be pinned, nothing is held. */
TEST_F(map, bpffs)
{
	ASSERT_EQ(0, mkdir(ENV_TMP "/bpf", 0700));
	ASSERT_EQ(0, mount("bpf", ENV_TMP "/bpf", "bpf", 0, NULL));
	ASSERT_EQ(0, mkdir(ENV_TMP "/bpf/dir", 0700));
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_TMP "/bpf"));
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_TMP "/bpf/dir"));
}

static int mount_overlay(void)
{
	if (mkdir(ENV_TMP "/upper", 0755) || mkdir(ENV_TMP "/work", 0755) ||
	    mkdir(ENV_TMP "/overlay", 0755))
		return -errno;
	return mount("overlay", ENV_TMP "/overlay", "overlay", 0,
		     "lowerdir=" ENV_LOWER ",upperdir=" ENV_TMP
		     "/upper,workdir=" ENV_TMP "/work") ? -errno : 0;
}

/* A map without an owner takes nothing that is stacked, and nothing of FUSE. */
TEST_F(map, unowned)
{
	struct daemon_config config = daemon_default;
	struct daemon daemon;

	config.max_stack_depth = 0;
	ASSERT_EQ(0, daemon_start(&daemon, ENV_LOWER, ENV_MNT, &config));
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_MNT));
	EXPECT_EQ(0, put_path(self->map, ENV_LOWER));
	daemon_kill(&daemon);

	if (mount_overlay())
		SKIP(return, "no overlayfs");
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_TMP "/overlay"));
}

/* An owner with depth 1 lends on file systems of depth 0 only ... */
TEST_F(map, depth_1)
{
	struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct daemon daemon;
	int prog, link;

	ASSERT_EQ(0, daemon_start(&daemon, ENV_LOWER, ENV_MNT,
				  &daemon_default));
	prog = bpf_prog_load(BPF_PROG_TYPE_FUSE, pass, ARRAY_SIZE(pass));
	link = bpf_link_create(prog, daemon.dev, &self->map, 1);
	ASSERT_LE(0, link);
	EXPECT_EQ(0, put_path(self->map, ENV_LOWER));
	/* its own mount has the depth that it was granted */
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_MNT));
	if (mount_overlay())
		SKIP(goto out, "no overlayfs");
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_TMP "/overlay"));
out:
	daemon_kill(&daemon);
}

/* ... and one with depth 2 on those of depth 1, but never on itself. */
TEST_F(map, depth_2)
{
	struct daemon_config config = daemon_default;
	struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct daemon daemon, second;
	int prog, link;

	config.max_stack_depth = 2;
	ASSERT_EQ(0, daemon_start(&daemon, ENV_LOWER, ENV_MNT, &config));
	prog = bpf_prog_load(BPF_PROG_TYPE_FUSE, pass, ARRAY_SIZE(pass));
	link = bpf_link_create(prog, daemon.dev, &self->map, 1);
	ASSERT_LE(0, link);
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_MNT));
	/* another one may still become as deep */
	ASSERT_EQ(0, mkdir(ENV_TMP "/mnt2", 0755));
	ASSERT_EQ(0, daemon_mount(&second, ENV_TMP "/mnt2", &config));
	EXPECT_EQ(-ELOOP, put_path(self->map, ENV_TMP "/mnt2"));
	config.max_stack_depth = 1;
	ASSERT_EQ(0, daemon_serve(&second, ENV_LOWER, &config));
	EXPECT_EQ(0, put_path(self->map, ENV_TMP "/mnt2"));
	daemon_kill(&second);

	if (mount_overlay())
		SKIP(goto out, "no overlayfs");
	EXPECT_EQ(0, put_path(self->map, ENV_TMP "/overlay"));
out:
	daemon_kill(&daemon);
}

TEST_HARNESS_MAIN
