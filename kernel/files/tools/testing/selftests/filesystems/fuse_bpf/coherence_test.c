// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation makes untrue is dropped from caches (C2): before it is sent,
 * as nobody knows when the daemon acts, and again when it is answered, as the
 * daemon may have been asked in between.
 */
#include "kept.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MNT(NAME)	ENV_MNT "/" NAME

/* Of a node that is read from at most, which moves its access time */
#define OTHERS		(PEER_ALL & ~B(PEER_ATTR))

struct row {
	uint32_t opcode;
	int (*run)(const struct kept *k);	/* -1 with errno if it failed */
	unsigned int drops;
	unsigned int unstable;	/* of these, what FUSE does not take meanwhile */
};

/* The daemon performs it, or the kernel on the backing object. */
FIXTURE(asked) {
	struct env env;
	struct kept kept;
	const struct row *row;
};

FIXTURE(redirected) {
	struct env env;
	struct kept kept;
};

FIXTURE_VARIANT(asked) {
	const struct row *row;
};

FIXTURE_VARIANT(redirected) {
	const struct row *row;
};

/* ------------------------------------------------------------ the table --- */

#define ROW(NAME, OPCODE, ...)						\
	static const struct row NAME##_row = {				\
		OPCODE, do_##NAME, __VA_ARGS__				\
	};								\
	FIXTURE_VARIANT_ADD(asked, NAME) { .row = &NAME##_row }

/* The same where the kernel can do it without the daemon */
#define ROW_BOTH(NAME, OPCODE, ...)					\
	ROW(NAME, OPCODE, __VA_ARGS__);					\
	FIXTURE_VARIANT_ADD(redirected, NAME) { .row = &NAME##_row }

static int do_chmod(const struct kept *k)
{
	return fchmod(k->file, 0604);
}
ROW_BOTH(chmod, FUSE_SETATTR, FILE_ALL | B(SPACE));

static int do_truncate(const struct kept *k)
{
	return ftruncate(k->file, 2);
}
ROW_BOTH(truncate, FUSE_SETATTR, FILE_ALL | B(SPACE), B(FILE_ATTR));

static int do_lchown(const struct kept *k)
{
	return lchown(MNT("dir/link"), 1, 1);
}
ROW_BOTH(lchown, FUSE_SETATTR, B(LINK_ATTR) | B(LINK_TEXT) | B(SPACE));

static int do_write(const struct kept *k)
{
	return pwrite(k->file, "longer than it was", 18, 0) == 18 ? 0 : -1;
}
ROW_BOTH(write, FUSE_WRITE, FILE_ALL | B(SPACE), B(FILE_ATTR));

static int do_fallocate(const struct kept *k)
{
	return fallocate(k->file, 0, 0, 8192);
}
ROW_BOTH(fallocate, FUSE_FALLOCATE, FILE_ALL | B(SPACE), B(FILE_ATTR));

static int do_copy_to(const struct kept *k)
{
	loff_t in = 0, out = 0;

	return copy_file_range(k->peer, &in, k->file, &out, 4, 0) == 4 ? 0 : -1;
}
ROW_BOTH(copy_to, FUSE_COPY_FILE_RANGE, FILE_ALL | B(SPACE));

static int do_copy_from(const struct kept *k)
{
	loff_t in = 0, out = 0;

	return copy_file_range(k->file, &in, k->target, &out, 4, 0) == 4 ?
	       0 : -1;
}
ROW(copy_from, FUSE_COPY_FILE_RANGE,
	B(FILE_ATTR) | B(TARGET_ATTR) | B(SPACE));

static int open_close(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

/* Opened for reading: nothing but the OPEN changes it. */
static int do_open_truncate(const struct kept *k)
{
	return open_close(MNT("dir/file"), O_RDONLY | O_TRUNC);
}
ROW(open_truncate, FUSE_OPEN, FILE_ALL | B(SPACE));

static int do_setxattr(const struct kept *k)
{
	return fsetxattr(k->file, "user.a", "new", 3, 0);
}
ROW_BOTH(setxattr, FUSE_SETXATTR, FILE_ALL | B(SPACE));

static int do_removexattr(const struct kept *k)
{
	return fremovexattr(k->file, "user.a");
}
ROW_BOTH(removexattr, FUSE_REMOVEXATTR, FILE_ALL | B(SPACE));

/* The daemon knows none, and was asked to do something all the same. */
static int do_ioctl(const struct kept *k)
{
	int flags;

	return ioctl(k->file, FS_IOC_GETFLAGS, &flags) < 0 ? 0 : -1;
}
ROW(ioctl, FUSE_IOCTL, FILE_ALL | B(SPACE));

static int do_ioctl_of_directory(const struct kept *k)
{
	int flags, fd = open(MNT("dir/sub"), O_RDONLY | O_CLOEXEC);

	return fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ?
	       close(fd) : -1;
}
ROW(ioctl_of_directory, FUSE_IOCTL,
	B(SUB_ATTR) | B(SUB_LIST) | B(SUB_NEW_NAME) | B(SPACE));

static int do_close(const struct kept *k)
{
	return close(dup(k->file));
}
ROW(close, FUSE_FLUSH, B(FILE_ATTR) | B(SPACE));

static int do_fsync(const struct kept *k)
{
	return fsync(k->file);
}
ROW(fsync, FUSE_FSYNC, B(FILE_ATTR) | B(SPACE));

static int do_create(const struct kept *k)
{
	return open_close(MNT("dir/new"), O_RDONLY | O_CREAT | O_EXCL);
}
ROW(create, FUSE_CREATE, B(NEW_NAME) | B(DIR_ATTR) | B(SPACE));

static int do_mknod(const struct kept *k)
{
	return mknod(MNT("dir/new"), S_IFIFO | 0644, 0);
}
ROW(mknod, FUSE_MKNOD, B(NEW_NAME) | B(DIR_ATTR) | B(SPACE));

static int do_mkdir(const struct kept *k)
{
	return mkdir(MNT("dir/new"), 0755);
}
ROW(mkdir, FUSE_MKDIR, B(NEW_NAME) | B(DIR_ATTR) | B(SPACE));

static int do_symlink(const struct kept *k)
{
	return symlink("text", MNT("dir/new"));
}
ROW(symlink, FUSE_SYMLINK, B(NEW_NAME) | B(DIR_ATTR) | B(SPACE));

static int do_tmpfile(const struct kept *k)
{
	return open_close(MNT("dir"), O_WRONLY | O_TMPFILE);
}
ROW(tmpfile, FUSE_TMPFILE, B(SPACE));

static int do_unlink(const struct kept *k)
{
	return unlink(MNT("dir/file"));
}
ROW_BOTH(unlink, FUSE_UNLINK,
	 B(FILE_NAME) | B(DIR_ATTR) | FILE_ALL | B(SPACE));

static int do_rmdir(const struct kept *k)
{
	return rmdir(MNT("dir/sub"));
}
ROW_BOTH(rmdir, FUSE_RMDIR,
	 B(SUB_NAME) | B(SUB_ATTR) | B(SUB_LIST) | B(SUB_NEW_NAME) |
	 B(DIR_ATTR) | B(SPACE));

static int do_rename(const struct kept *k)
{
	return rename(MNT("dir/file"), MNT("other/new"));
}
ROW_BOTH(rename, FUSE_RENAME,
	 B(FILE_NAME) | B(OTHER_NEW_NAME) | B(DIR_ATTR) | B(OTHER_ATTR) |
	 FILE_ALL | B(SPACE));

static int do_replace(const struct kept *k)
{
	return rename(MNT("dir/file"), MNT("other/target"));
}
ROW_BOTH(replace, FUSE_RENAME,
	 B(FILE_NAME) | B(TARGET_NAME) | B(DIR_ATTR) | B(OTHER_ATTR) |
	 B(TARGET_ATTR) | FILE_ALL | B(SPACE));

static int do_exchange(const struct kept *k)
{
	return renameat2(AT_FDCWD, MNT("dir/file"), AT_FDCWD,
			 MNT("other/target"), RENAME_EXCHANGE);
}
ROW_BOTH(exchange, FUSE_RENAME2,
	 B(FILE_NAME) | B(TARGET_NAME) | B(DIR_ATTR) | B(OTHER_ATTR) |
	 B(TARGET_ATTR) | FILE_ALL | B(SPACE));

static int do_rename_noreplace(const struct kept *k)
{
	return renameat2(AT_FDCWD, MNT("dir/file"), AT_FDCWD, MNT("other/new"),
			 RENAME_NOREPLACE);
}
ROW_BOTH(rename_noreplace, FUSE_RENAME2,
	 B(FILE_NAME) | B(OTHER_NEW_NAME) | B(DIR_ATTR) | B(OTHER_ATTR) |
	 FILE_ALL | B(SPACE));

static int do_link(const struct kept *k)
{
	return link(MNT("dir/file"), MNT("other/new"));
}
ROW_BOTH(link, FUSE_LINK,
	 B(OTHER_NEW_NAME) | B(OTHER_ATTR) | FILE_ALL | B(SPACE));

/* ------------------------------------------------ the daemon performs it --- */

FIXTURE_SETUP(asked)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	/* so that nothing is asked for but what a case asks for */
	config.own_permissions = true;
	self->row = variant->row;
	ASSERT_EQ(0, kept_start(&self->kept, &self->env, &config));
}

FIXTURE_TEARDOWN(asked)
{
	daemon_kill(&self->env.daemon);
}

static int run_row(void *arg)
{
	FIXTURE_DATA(asked) *self = arg;

	return self->row->run(&self->kept);
}

/*
 * What is asked for while the daemon has the request is kept, but for names
 * that cannot be looked up in a directory that is locked.
 */
TEST_F(asked, drops_twice)
{
	const struct row *row = variant->row;
	const unsigned int again = row->drops & ~MISSING & ~row->unstable;
	struct daemon *d = &self->env.daemon;
	struct task task;

	d->shared->hold[row->opcode] = 1;
	ASSERT_EQ(0, task_start(&task, run_row, self));
	ASSERT_TRUE(daemon_wait_held(d, 1));
	EXPECT_GONE(&self->kept, row->drops);
	EXPECT_EQ(0, kept_ask(again));
	EXPECT_THERE(&self->kept, again);
	EXPECT_EQ(0, kept_ask(row->unstable));
	EXPECT_GONE(&self->kept, row->unstable);

	daemon_go_on(d, row->opcode);
	EXPECT_EQ(0, task_end(&task));
	EXPECT_GONE(&self->kept, row->drops);
	EXPECT_THERE(&self->kept, OTHERS);
}

/* ------------------------------------------- a new name of a known node --- */

/* The daemon may tell of a node that the kernel knows already. */
FIXTURE(told) {
	struct env env;
	struct kept kept;
};

FIXTURE_VARIANT(told) {
	int (*run)(const struct kept *k);
	const char *lower;
	unsigned int drops;
};

#define TOLD(NAME, LOWER, DROPS)					\
	FIXTURE_VARIANT_ADD(told, NAME) {				\
		.run = do_##NAME, .lower = ENV_LOWER LOWER,		\
		.drops = DROPS,						\
	}

static int do_mknod_file(const struct kept *k)
{
	return mknod(MNT("other/made"), S_IFREG | 0644, 0);
}
TOLD(mknod_file, "/dir/peer", PEER_ALL);

static int do_create_file(const struct kept *k)
{
	return open_close(MNT("other/made"), O_RDONLY | O_CREAT | O_EXCL);
}
TOLD(create_file, "/dir/peer", PEER_ALL);

static int do_symlink_other(const struct kept *k)
{
	return symlink("file", MNT("other/made"));
}
TOLD(symlink_other, "/dir/link", B(LINK_ATTR) | B(LINK_TEXT));

static int do_mkdir_other(const struct kept *k)
{
	return mkdir(MNT("other/made"), 0755);
}
TOLD(mkdir_other, "/dir/sub", B(SUB_ATTR) | B(SUB_LIST));

static int do_link_other(const struct kept *k)
{
	return link(MNT("dir/file"), MNT("other/made"));
}
TOLD(link_other, "/dir/peer", PEER_ALL);

FIXTURE_SETUP(told)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.own_permissions = true;
	ASSERT_EQ(0, kept_start(&self->kept, &self->env, &config));
}

FIXTURE_TEARDOWN(told)
{
	daemon_kill(&self->env.daemon);
}

TEST_F(told, drops)
{
	EXPECT_THERE(&self->kept, variant->drops);
	self->env.daemon.shared->made_as = env_nodeid(&self->env,
						      variant->lower);
	EXPECT_EQ(0, variant->run(&self->kept));
	EXPECT_GONE(&self->kept, variant->drops);
}

/* ------------------------------------------------ the kernel performs it --- */

/* What changes something is redirected, as far as it can be. */
static int prog_that_redirects(int map)
{
	static const uint32_t opcodes[] = {
		FUSE_OPEN, FUSE_SETATTR, FUSE_SETXATTR, FUSE_REMOVEXATTR,
		FUSE_UNLINK, FUSE_RMDIR,
	};
	struct prog p;
	unsigned int i;

	prog_begin(&p);
	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		env_redirect_rule(&p, map, opcodes[i]);
	env_redirect_two_rules(&p, map);
	return prog_load(&p);
}

/* What is asked for is kept, and nodes are bound. */
static int prog_that_keeps(const struct cache *c, int map)
{
	struct prog p;

	prog_begin(&p);
	cache_rules(&p, c, HOUR);
	env_bind_rules(&p, map);
	return prog_load(&p);
}

/* Links are not followed to what is bound: the cache, then the redirects. */
static int start_redirecting(struct kept *k, struct env *env)
{
	int err;

	err = kept_serve(k, env, &daemon_default) ?: env_maps(env) ?:
	      cache_create(&k->cache, 256);
	if (err)
		return err;
	return cache_attach(env, &k->cache,
			    prog_that_keeps(&k->cache, env->map), env->map,
			    HOUR, 0) ?:
	       env_put(env, FUSE_ROOT_ID, ENV_LOWER) ?: kept_ask(k->all) ?:
	       bpf_link_update(env->link, prog_that_redirects(env->map)) ?:
	       kept_open(k) ?:
	       bpf_link_update(env->link,
			       prog_that_keeps(&k->cache, env->map)) ?:
	       kept_fill(k) ?:
	       bpf_link_update(env->link, prog_that_redirects(env->map));
}

FIXTURE_SETUP(redirected)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start_redirecting(&self->kept, &self->env));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(redirected)
{
	daemon_kill(&self->env.daemon);
}

TEST_F(redirected, drops)
{
	const struct row *row = variant->row;
	struct kept *k = &self->kept;

	EXPECT_EQ(0, row->run(k));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, row->opcode));
	EXPECT_GONE(k, row->drops);
	EXPECT_THERE(k, OTHERS);
}

TEST_HARNESS_MAIN
