// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of an operation fails once: the caller sees an error or
 * success, and everything works afterwards. What a failure leaks shows in that
 * the lower file system cannot be unmounted, or in kmemleak's report.
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DEBUG_DIR	ENV_TMP "/debug"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
/* More than any operation here allocates */
#define NTH_MAX		2000
#define TIMEOUT		600

FIXTURE(fault) {
	struct env env;
	int fail_nth;
	unsigned int round;
};

static int write_debug(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUG_DIR "/%s", name);
	return write_file(path, value);
}

/* Without a word in the log, and where the caller could wait for memory too */
static int setup_faults(void)
{
	if (mkdir(DEBUG_DIR, 0700) ||
	    mount("debugfs", DEBUG_DIR, "debugfs", 0, NULL))
		return -errno;
	return write_debug("failslab/ignore-gfp-wait", "0") ?:
	       write_debug("failslab/verbose", "0") ?:
	       write_debug("fail_page_alloc/ignore-gfp-wait", "0") ?:
	       write_debug("fail_page_alloc/ignore-gfp-highmem", "0") ?:
	       write_debug("fail_page_alloc/min-order", "0") ?:
	       write_debug("fail_page_alloc/verbose", "0");
}

/* All of them at once, on an ordinary kernel */
static void __attribute__((constructor)) skip_without_faults(void)
{
	if (access(FAIL_NTH, W_OK))
		ksft_exit_skip("the kernel has no CONFIG_FAULT_INJECTION\n");
}

FIXTURE_SETUP(fault)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	self->fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fail_nth);
	ASSERT_EQ(0, env_start(&self->env, &daemon_default));
	ASSERT_EQ(0, setup_faults());
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "lower"));
	ASSERT_EQ(0, symlink("file", ENV_LOWER "/symlink"));
	ASSERT_EQ(0, mkdir(ENV_LOWER "/dir", 0755));
	ASSERT_EQ(0, setxattr(ENV_LOWER "/file", "user.name", "value", 5, 0));
	ASSERT_EQ(0, env_attach_full(&self->env));
}

FIXTURE_TEARDOWN(fault)
{
	daemon_kill(&self->env.daemon);
}

/* What the operations need; both return 0 or a negative errno. */
struct op {
	int (*prepare)(FIXTURE_DATA(fault) *self);
	int (*run)(FIXTURE_DATA(fault) *self);
};

static void set_fail_nth(int fd, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fd, text, len, 0) != len)
		abort();
}

static unsigned int get_fail_nth(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		abort();
	return atoi(text);
}

/* Applications that know nothing of it */
static bool works(void)
{
	struct stat lower, upper;

	return file_is(ENV_MNT "/file", "lower") &&
	       !stat(ENV_MNT "/file", &upper) &&
	       !stat(ENV_LOWER "/file", &lower) &&
	       upper.st_ino == lower.st_ino && upper.st_mode == lower.st_mode;
}

static void each_failure(struct __test_metadata *_metadata,
			 FIXTURE_DATA(fault) *self, const struct op *op)
{
	unsigned int n, left = 0;
	int err = 0;

	for (n = 1; n <= NTH_MAX && !left; n++) {
		self->round = n;
		if (op->prepare)
			ASSERT_EQ(0, op->prepare(self));
		set_fail_nth(self->fail_nth, n);
		err = op->run(self);
		left = get_fail_nth(self->fail_nth);
		set_fail_nth(self->fail_nth, 0);
		ASSERT_TRUE(works()) {
			TH_LOG("after failure %u, which gave %d", n, err);
		}
	}
	/* the last round was spared */
	EXPECT_LE(n, NTH_MAX);
	EXPECT_EQ(0, err);
	/* else nothing was tried */
	EXPECT_LT(2, n);
	TH_LOG("%u allocations", n - 2);

	env_close_bpf(&self->env);
	EXPECT_EQ(0, umount(ENV_MNT));
	daemon_kill(&self->env.daemon);
	EXPECT_EQ(0, umount(ENV_LOWER));
}

static int result(int ret)
{
	return ret < 0 ? -errno : 0;
}

#define FAULT_TEST(NAME, PREPARE)					\
	TEST_F_TIMEOUT(fault, NAME, TIMEOUT)				\
	{								\
		each_failure(_metadata, self,				\
			     &(struct op){ PREPARE, run_##NAME });	\
	}

/* ------------------------------------------------------- link and map --- */

static int detached(FIXTURE_DATA(fault) *self)
{
	if (self->env.link >= 0)
		close(self->env.link);
	self->env.link = -1;
	return 0;
}

static int run_link_create(FIXTURE_DATA(fault) *self)
{
	struct env *env = &self->env;

	env->link = bpf_link_create(env->prog, env->daemon.dev, &env->map, 1);
	return env->link < 0 ? env->link : 0;
}

FAULT_TEST(link_create, detached)

static int run_link_update(FIXTURE_DATA(fault) *self)
{
	return bpf_link_update(self->env.link, self->env.prog);
}

/* Allocates nothing today. */
TEST_F(fault, link_update)
{
	set_fail_nth(self->fail_nth, 1);
	EXPECT_EQ(0, run_link_update(self));
	set_fail_nth(self->fail_nth, 0);
	EXPECT_TRUE(works());
}

static int run_map_create(FIXTURE_DATA(fault) *self)
{
	int map = backing_create(256);

	if (map < 0)
		return map;
	close(map);
	return 0;
}

FAULT_TEST(map_create, NULL)

static int without_root(FIXTURE_DATA(fault) *self)
{
	int err = backing_delete(self->env.map, FUSE_ROOT_ID);

	return err == -ENOENT ? 0 : err;
}

static int run_map_update(FIXTURE_DATA(fault) *self)
{
	return env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER);
}

FAULT_TEST(map_update, without_root)

static int run_test_run(FIXTURE_DATA(fault) *self)
{
	struct bpf_fuse_ctx ctx = { .opcode = FUSE_GETATTR, .nodeid = 1 };
	char in[sizeof(struct fuse_getattr_in)] = "";
	char out[sizeof(struct fuse_attr_out)] = "";
	union bpf_attr attr = {
		.test.ctx_in = (uintptr_t)&ctx,
		.test.ctx_size_in = sizeof(ctx),
		.test.data_in = (uintptr_t)in,
		.test.data_size_in = sizeof(in),
		.test.data_out = (uintptr_t)out,
		.test.data_size_out = sizeof(out),
	};
	struct prog p;
	int prog, err;

	/* maps that a connection owns are refused */
	set_fail_nth(self->fail_nth, 0);
	prog_begin(&p);
	prog = prog_load(&p);
	set_fail_nth(self->fail_nth, self->round);
	err = bpf_prog_test_run(prog, &attr);
	close(prog);
	return err;
}

FAULT_TEST(test_run, NULL)

/* --------------------------------------------------------------- names --- */

static void name(char *path, const char *dir, FIXTURE_DATA(fault) *self)
{
	snprintf(path, 64, "%s/name%u", dir, self->round);
}

/* A lower file whose name nobody has looked up */
static int new_name(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_LOWER, self);
	return write_file(path, "new");
}

/* The node is bound, or the daemon serves it. */
static int run_lookup(FIXTURE_DATA(fault) *self)
{
	char path[64];
	struct stat st;

	name(path, ENV_MNT, self);
	return result(stat(path, &st));
}

FAULT_TEST(lookup, new_name)

/* As a revalidation */
static int looked_up(FIXTURE_DATA(fault) *self)
{
	return new_name(self) ?: run_lookup(self);
}

#define run_lookup_again run_lookup
FAULT_TEST(lookup_again, looked_up)

static int run_create(FIXTURE_DATA(fault) *self)
{
	char path[64];
	int fd;

	name(path, ENV_MNT, self);
	fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return result(close(fd));
}

FAULT_TEST(create, NULL)

static int run_mkdir(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_MNT, self);
	return result(mkdir(path, 0700));
}

FAULT_TEST(mkdir, NULL)

static int run_symlink(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_MNT, self);
	return result(symlink("target", path));
}

FAULT_TEST(symlink, NULL)

static int run_unlink(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_MNT, self);
	return result(unlink(path));
}

FAULT_TEST(unlink, looked_up)

static int new_directory(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_LOWER, self);
	return result(mkdir(path, 0700)) ?: run_lookup(self);
}

static int run_rmdir(FIXTURE_DATA(fault) *self)
{
	char path[64];

	name(path, ENV_MNT, self);
	return result(rmdir(path));
}

FAULT_TEST(rmdir, new_directory)

static int run_rename(FIXTURE_DATA(fault) *self)
{
	char old[64], new[64];

	name(old, ENV_MNT, self);
	name(new, ENV_MNT "/dir", self);
	return result(rename(old, new));
}

FAULT_TEST(rename, looked_up)

static int run_link(FIXTURE_DATA(fault) *self)
{
	char old[64], new[64];

	name(old, ENV_MNT, self);
	name(new, ENV_MNT "/dir", self);
	return result(link(old, new));
}

FAULT_TEST(link, looked_up)

/* --------------------------------------------------------------- files --- */

static int run_open(FIXTURE_DATA(fault) *self)
{
	char buf[8];
	int fd, err;

	fd = open(ENV_MNT "/file", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = result(pread(fd, buf, sizeof(buf), 0)) ?:
	      result(pwrite(fd, "lower", 5, 0)) ?: result(fsync(fd));
	close(fd);
	return err;
}

FAULT_TEST(open, NULL)

static int run_getattr(FIXTURE_DATA(fault) *self)
{
	struct statx stx;

	return result(statx(AT_FDCWD, ENV_MNT "/file", 0, STATX_ALL, &stx));
}

FAULT_TEST(getattr, NULL)

static int run_setattr(FIXTURE_DATA(fault) *self)
{
	const struct timespec now[2] = { { 1, 2 }, { 3, 4 } };

	return result(chmod(ENV_MNT "/file", 0600)) ?:
	       result(chmod(ENV_MNT "/file", 0644)) ?:
	       result(truncate(ENV_MNT "/file", 5)) ?:
	       result(utimensat(AT_FDCWD, ENV_MNT "/file", now, 0));
}

FAULT_TEST(setattr, NULL)

static int run_readlink(FIXTURE_DATA(fault) *self)
{
	char target[64];

	return result(readlink(ENV_MNT "/symlink", target, sizeof(target)));
}

FAULT_TEST(readlink, NULL)

static int run_statfs(FIXTURE_DATA(fault) *self)
{
	struct statfs st;

	return result(statfs(ENV_MNT, &st));
}

FAULT_TEST(statfs, NULL)

/* Twice: the first listing may be one that binds its entries. */
static int run_readdir(FIXTURE_DATA(fault) *self)
{
	struct dirent *entry;
	unsigned int i;
	int err = 0;
	DIR *dir;

	dir = opendir(ENV_MNT);
	if (!dir)
		return -errno;
	for (i = 0; i < 2 && !err; i++) {
		do {
			errno = 0;
			entry = readdir(dir);
		} while (entry);
		err = -errno;
		rewinddir(dir);
	}
	closedir(dir);
	return err;
}

FAULT_TEST(readdir, new_name)

static int run_xattr(FIXTURE_DATA(fault) *self)
{
	char buf[256];

	return result(getxattr(ENV_MNT "/file", "user.name", buf, 256)) ?:
	       result(listxattr(ENV_MNT "/file", buf, sizeof(buf))) ?:
	       result(setxattr(ENV_MNT "/file", "user.new", "x", 1, 0)) ?:
	       result(removexattr(ENV_MNT "/file", "user.new"));
}

FAULT_TEST(xattr, NULL)

TEST_HARNESS_MAIN
