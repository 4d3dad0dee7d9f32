// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that are redirected act on the backing object, and the daemon hears
 * nothing of them.
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

#define ACL_ACCESS	"system.posix_acl_access"

/* user:7:rw-, with what the base entries of mode 0644 make of it */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 6, 0, 7, 0, 0, 0,
	0x04, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 4, 0, 0xff, 0xff, 0xff, 0xff,
};

FIXTURE(redirect) {
	struct env env;
};

FIXTURE_VARIANT(redirect) {
	bool daemon_truncates;		/* FUSE_ATOMIC_O_TRUNC */
};

FIXTURE_VARIANT_ADD(redirect, atomic_o_trunc) {
	.daemon_truncates = true,
};

FIXTURE_VARIANT_ADD(redirect, plain_o_trunc) {
	.daemon_truncates = false,
};

/* A file that is known and bound, and counters that start from there */
FIXTURE_SETUP(redirect)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	if (!variant->daemon_truncates)
		config.init_flags &= ~(uint64_t)FUSE_ATOMIC_O_TRUNC;
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_attach(&self->env));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	ASSERT_NE(0, env_nodeid(&self->env, FILE_LOWER));
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(redirect)
{
	daemon_kill(&self->env.daemon);
}

static uint64_t redirected(struct env *env, uint32_t opcode)
{
	struct counters c;

	return env_counters(env, opcode, &c) ? 0 : c.redirect;
}

#define EXPECT_SILENT()	EXPECT_EQ(0, daemon_seen_all(&self->env.daemon))

/* GETATTR tells what the object is, with the daemon's inode number (K4). */
TEST_F(redirect, getattr)
{
	struct stat lower, upper;
	uint64_t before = redirected(&self->env, FUSE_GETATTR);

	ASSERT_EQ(0, chmod(FILE_LOWER, 0600));
	ASSERT_EQ(0, stat(FILE_LOWER, &lower));
	ASSERT_EQ(0, stat(FILE_MNT, &upper));
	EXPECT_EQ(lower.st_mode, upper.st_mode);
	EXPECT_EQ(lower.st_size, upper.st_size);
	EXPECT_EQ(lower.st_mtim.tv_nsec, upper.st_mtim.tv_nsec);
	EXPECT_EQ(lower.st_ctim.tv_nsec, upper.st_ctim.tv_nsec);
	EXPECT_EQ(lower.st_ino, upper.st_ino);
	EXPECT_LT(before, redirected(&self->env, FUSE_GETATTR));
	EXPECT_SILENT();
}

/* The daemon's number stays, whatever object serves the node (K4). */
TEST_F(redirect, inode_number)
{
	struct env *env = &self->env;
	struct stat st;

	ASSERT_EQ(0, write_file(ENV_LOWER "/other", "another"));
	ASSERT_EQ(0, env_put(env, env_nodeid(env, FILE_LOWER),
			     ENV_LOWER "/other"));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_EQ(7, st.st_size);
	EXPECT_EQ(lower_ino(FILE_LOWER), st.st_ino);
	EXPECT_SILENT();
}

/* No LOOKUP tells the root's number: it is that of the backing object. */
TEST_F(redirect, root_inode_number)
{
	struct stat lower, upper;

	ASSERT_EQ(0, stat(ENV_LOWER, &lower));
	ASSERT_EQ(0, stat(ENV_MNT, &upper));
	EXPECT_EQ(lower.st_ino, upper.st_ino);
	EXPECT_SILENT();
}

TEST_F(redirect, read_write_fsync_close)
{
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(5, pwrite(fd, "upper", 5, 0));
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, fdatasync(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "upper"));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, redirected(&self->env, FUSE_OPEN));
	EXPECT_SILENT();
}

TEST_F(redirect, append)
{
	int fd = open(FILE_MNT, O_WRONLY | O_APPEND);

	ASSERT_LE(0, fd);
	EXPECT_EQ(4, write(fd, " end", 4));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower end"));
	EXPECT_SILENT();
}

TEST_F(redirect, splice)
{
	int fd = open(FILE_MNT, O_RDWR);
	int out[2], in[2];
	loff_t off = 5;
	char buf[8];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ(0, pipe(in));
	EXPECT_EQ(5, splice(fd, NULL, out[1], NULL, 16, 0));
	EXPECT_EQ(5, read(out[0], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "lower", 5));
	ASSERT_EQ(5, write(in[1], "-tail", 5));
	EXPECT_EQ(5, splice(in[0], NULL, fd, &off, 5, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "lower-tail"));
	EXPECT_SILENT();
}

TEST_F(redirect, mmap)
{
	int fd = open(FILE_MNT, O_RDWR);
	char *map;

	ASSERT_LE(0, fd);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, memcmp(map, "lower", 5));
	memcpy(map, "store", 5);
	EXPECT_TRUE(file_is(FILE_LOWER, "store"));
	EXPECT_TRUE(file_is(FILE_MNT, "store"));
	EXPECT_EQ(0, munmap(map, 5));
	EXPECT_SILENT();
}

TEST_F(redirect, mmap_private_copy)
{
	int fd = open(FILE_MNT, O_RDONLY);
	char *map;

	ASSERT_LE(0, fd);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 'L';
	EXPECT_TRUE(file_is(FILE_LOWER, "lower"));
	EXPECT_EQ(0, munmap(map, 5));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* Advice goes where the data is, and reads nothing into FUSE's page cache. */
TEST_F(redirect, fadvise)
{
	int fd = open(FILE_MNT, O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	EXPECT_EQ(0, posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
	EXPECT_EQ(0, readahead(fd, 0, 4096));
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* An ioctl on a file's flags opens it at the daemon, by a handle of its own. */
TEST_F(redirect, ioctl_opens_at_the_daemon)
{
	int fd = open(FILE_MNT, O_RDONLY), flags;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_OPEN));
	EXPECT_EQ(-1, ioctl(fd, FS_IOC_GETFLAGS, &flags));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));
	EXPECT_TRUE(daemon_wait_seen(&self->env.daemon, FUSE_RELEASE, 1));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, self->env.daemon.shared->unknown_handles);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_RELEASE));
}

/* Locks of a connection that has consented are the kernel's own (K5). */
TEST_F(redirect, locks)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fcntl(fd, F_SETLK, &lock));
	EXPECT_EQ(0, flock(fd, LOCK_EX | LOCK_NB));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* Requests on a file without a handle name the node, never handle 0 (K5). */
TEST_F(redirect, no_handle_on_the_wire)
{
	int fd = open(FILE_MNT, O_RDWR);
	struct stat st;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ftruncate(fd, 2));
	EXPECT_EQ(0, fchmod(fd, 0640));
	EXPECT_EQ(0, backing_delete(self->env.map,
				    env_nodeid(&self->env, FILE_LOWER)));
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(2, st.st_size);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(2, daemon_seen(&self->env.daemon, FUSE_SETATTR));
	EXPECT_LE(1, daemon_seen(&self->env.daemon, FUSE_GETATTR));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_FLUSH));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_RELEASE));
	EXPECT_EQ(0, self->env.daemon.shared->unknown_handles);
}

/* Whatever FUSE_ATOMIC_O_TRUNC says, the truncation is a SETATTR of its own. */
TEST_F(redirect, open_truncates)
{
	int fd = open(FILE_MNT, O_RDWR | O_TRUNC);
	struct stat st;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, st.st_size);
	EXPECT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_TRUE(fd_is(fd, "x"));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(FILE_LOWER, "x"));
	EXPECT_TRUE(file_is(FILE_MNT, "x"));
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_SETATTR));
	EXPECT_EQ(1, daemon_seen_all(&self->env.daemon));
}

/* tmpfs takes O_DIRECT ... */
TEST_F(redirect, o_direct)
{
	int fd = open(FILE_MNT, O_RDONLY | O_DIRECT);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* ... and ramfs refuses it, so that the file stays the daemon's. */
TEST_F(redirect, o_direct_refused_below)
{
	uint64_t node = env_nodeid(&self->env, FILE_LOWER);
	int fd;

	ASSERT_EQ(0, mkdir(ENV_TMP "/ram", 0755));
	ASSERT_EQ(0, mount("ram", ENV_TMP "/ram", "ramfs", 0, NULL));
	ASSERT_EQ(0, write_file(ENV_TMP "/ram/file", "ram"));
	ASSERT_EQ(0, env_put(&self->env, node, ENV_TMP "/ram/file"));

	EXPECT_TRUE(file_is(FILE_MNT, "ram"));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_OPEN));
	fd = open(FILE_MNT, O_RDONLY | O_DIRECT);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(0, close(fd));
}

TEST_F(redirect, getxattr)
{
	char value[16];

	ASSERT_EQ(0, setxattr(FILE_LOWER, "user.a", "value", 5, 0));
	daemon_forget_seen(&self->env.daemon);
	EXPECT_EQ(5, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	EXPECT_EQ(0, memcmp(value, "value", 5));
	EXPECT_EQ(5, getxattr(FILE_MNT, "user.a", NULL, 0));
	EXPECT_EQ(-1, getxattr(FILE_MNT, "user.a", value, 4));
	EXPECT_EQ(ERANGE, errno);
	EXPECT_EQ(-1, getxattr(FILE_MNT, "user.b", value, sizeof(value)));
	EXPECT_EQ(ENODATA, errno);
	EXPECT_EQ(-1, getxattr(FILE_MNT, "user.b", NULL, 0));
	EXPECT_EQ(ENODATA, errno);
	EXPECT_EQ(5, redirected(&self->env, FUSE_GETXATTR));
	EXPECT_SILENT();
}

/* ACLs of the backing object, by name and by size */
TEST_F(redirect, getxattr_acl)
{
	unsigned char value[128];

	ASSERT_EQ(0, setxattr(FILE_LOWER, ACL_ACCESS, acl, sizeof(acl), 0));
	EXPECT_EQ(sizeof(acl), getxattr(FILE_MNT, ACL_ACCESS, NULL, 0));
	EXPECT_EQ(sizeof(acl), getxattr(FILE_MNT, ACL_ACCESS, value,
					sizeof(value)));
	EXPECT_EQ(0, memcmp(acl, value, sizeof(acl)));
	EXPECT_EQ(-1, getxattr(FILE_MNT, "system.posix_acl_default", NULL, 0));
	EXPECT_SILENT();
}

/* Each write(2) asks for security.capability, which is not the daemon's job. */
TEST_F(redirect, write_asks_no_xattr)
{
	int fd = open(FILE_MNT, O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(1, pwrite(fd, "a", 1, 0));
	EXPECT_EQ(1, pwrite(fd, "b", 1, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* ------------------------------------------ attributes and their timeout */

/* Redirects GETATTR with a timeout of 1000 s. */
static int timeout_prog(struct env *env)
{
	struct fuse_attr_out out = { .attr_valid = 1000 };
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_GETATTR, FUSE_BPF_REQUEST);
	prog_store(&p, 0, &out, offsetof(struct fuse_attr_out, attr));
	prog_select_node(&p, env->map);
	prog_return_redirect(&p);
	prog_rule_end(&p);
	env_stack_rules(&p, env->map);
	return prog_load(&p);
}

/* The timeout that the program stored counts, and none if it stored none. */
TEST_F(redirect, getattr_timeout)
{
	struct env *env = &self->env;
	uint64_t before;
	struct stat st;

	ASSERT_EQ(0, stat(FILE_MNT, &st));
	before = redirected(env, FUSE_GETATTR);
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_LT(before, redirected(env, FUSE_GETATTR));

	ASSERT_EQ(0, bpf_link_update(env->link, timeout_prog(env)));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	before = redirected(env, FUSE_GETATTR);
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_EQ(before, redirected(env, FUSE_GETATTR));
	EXPECT_SILENT();
}

/* Stores through a mapping show in stat(2) whatever the timeout (K4). */
TEST_F(redirect, mmap_stores_are_seen)
{
	struct stat before, lower, upper;
	char *map;
	int fd;

	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     timeout_prog(&self->env)));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, stat(FILE_MNT, &before));

	usleep(20000);
	map[0] = 'L';
	ASSERT_EQ(0, stat(FILE_LOWER, &lower));
	ASSERT_NE(before.st_mtim.tv_nsec, lower.st_mtim.tv_nsec);
	ASSERT_EQ(0, stat(FILE_MNT, &upper));
	EXPECT_EQ(lower.st_mtim.tv_nsec, upper.st_mtim.tv_nsec);
	EXPECT_EQ(0, munmap(map, 5));
	EXPECT_SILENT();
}

/* That holds when the entry has gone, and the daemon's timeout is long. */
TEST_F(redirect, mmap_stores_are_seen_without_entry)
{
	struct daemon_config config = daemon_default;
	struct stat lower, upper;
	struct env env;
	char *map;
	int fd;

	daemon_kill(&self->env.daemon);
	config.entry_valid = 1000;
	config.attr_valid = 1000;
	ASSERT_EQ(0, env_start(&env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_attach(&env));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	map = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, backing_delete(env.map, env_nodeid(&env, FILE_LOWER)));
	ASSERT_EQ(0, stat(FILE_MNT, &upper));
	ASSERT_EQ(0, stat(FILE_MNT, &upper));

	usleep(20000);
	map[0] = 'L';
	ASSERT_EQ(0, stat(FILE_LOWER, &lower));
	ASSERT_NE(upper.st_mtim.tv_nsec, lower.st_mtim.tv_nsec);
	ASSERT_EQ(0, stat(FILE_MNT, &upper));
	EXPECT_EQ(lower.st_mtim.tv_nsec, upper.st_mtim.tv_nsec);
	EXPECT_EQ(0, munmap(map, 5));
	daemon_kill(&env.daemon);
}

/* A write through the file drops what was cached. */
TEST_F(redirect, writes_are_seen)
{
	struct stat st;
	int fd;

	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     timeout_prog(&self->env)));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	fd = open(FILE_MNT, O_WRONLY | O_APPEND);
	ASSERT_LE(0, fd);
	ASSERT_EQ(3, write(fd, "+++", 3));
	ASSERT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_EQ(8, st.st_size);
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* ------------------------------------------------------- what may not be */

/* REDIRECT without a target is refused and passes. */
TEST_F(redirect, no_target)
{
	struct counters c;
	struct stat st;
	struct prog p;

	prog_begin(&p);
	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     prog_load_verdict(&p, FUSE_BPF_REDIRECT)));
	EXPECT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	ASSERT_EQ(0, env_counters(&self->env, FUSE_GETATTR, &c));
	EXPECT_LE(1, c.refused);
	EXPECT_LE(1, c.pass);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));
}

/* Values that are no verdict are refused and pass. */
TEST_F(redirect, no_verdict)
{
	static const int32_t bad[] = { 3, 1 << 30, -512, INT32_MIN };
	struct counters c;
	struct stat st;
	struct prog p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		prog_begin(&p);
		ASSERT_EQ(0, bpf_link_update(self->env.link,
					     prog_load_verdict(&p, bad[i])));
		EXPECT_EQ(0, stat(FILE_MNT, &st));
		EXPECT_EQ(5, st.st_size);
	}
	ASSERT_EQ(0, env_counters(&self->env, FUSE_GETATTR, &c));
	EXPECT_LE(ARRAY_SIZE(bad), c.refused);
	EXPECT_LE(ARRAY_SIZE(bad), daemon_seen(&self->env.daemon,
					       FUSE_GETATTR));
}

/* An object of another type does not serve a node: it stays the daemon's. */
TEST_F(redirect, other_type)
{
	struct env *env = &self->env;
	struct stat st;

	ASSERT_EQ(0, env_put(env, env_nodeid(env, FILE_LOWER), ENV_LOWER));
	EXPECT_EQ(0, stat(FILE_MNT, &st));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	EXPECT_EQ(1, daemon_seen(&env->daemon, FUSE_GETATTR));
	EXPECT_TRUE(file_is(FILE_MNT, "lower"));
	EXPECT_EQ(1, daemon_seen(&env->daemon, FUSE_OPEN));
}

/* ------------------------------------------------ who must have agreed --- */

FIXTURE(consent) {
	struct env env;
};

FIXTURE_VARIANT(consent) {
	uint64_t drop_flags;
	uint64_t add_flags;
	uint32_t max_stack_depth;
	bool own_permissions;
	int helper;			/* what bpf_fuse_redirect() returns */
};

FIXTURE_VARIANT_ADD(consent, no_fuse_bpf) {
	.drop_flags = FUSE_BPF, .max_stack_depth = 1, .helper = -EACCES,
};

FIXTURE_VARIANT_ADD(consent, no_passthrough) {
	.drop_flags = FUSE_PASSTHROUGH, .max_stack_depth = 1,
	.helper = -EACCES,
};

FIXTURE_VARIANT_ADD(consent, no_stack_depth) {
	.max_stack_depth = 0, .helper = -EACCES,
};

FIXTURE_VARIANT_ADD(consent, writeback_cache) {
	.add_flags = FUSE_WRITEBACK_CACHE, .max_stack_depth = 1,
	.helper = -EACCES,
};

FIXTURE_VARIANT_ADD(consent, no_default_permissions) {
	.max_stack_depth = 1, .own_permissions = true, .helper = 0,
};

FIXTURE_SETUP(consent)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.init_flags &= ~variant->drop_flags;
	config.init_flags |= variant->add_flags;
	config.max_stack_depth = variant->max_stack_depth;
	config.own_permissions = variant->own_permissions;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, env_maps(&self->env));
}

FIXTURE_TEARDOWN(consent)
{
	daemon_kill(&self->env.daemon);
}

/* Every request passes, with the right answer. */
TEST_F(consent, nothing_is_redirected)
{
	struct env *env = &self->env;
	struct stat st;
	struct prog p;
	int prog, fd;

	prog_begin(&p);
	prog_rule(&p, FUSE_GETATTR, FUSE_BPF_REQUEST);
	prog_select(&p, env->map, FUSE_ROOT_ID);
	prog_record(&p, env->record, 0);
	prog_return(&p, FUSE_BPF_REDIRECT);
	prog_rule_end(&p);
	env_stack_rules(&p, env->map);
	prog = prog_load(&p);
	ASSERT_LE(0, prog);
	/* the map has no owner yet, so that depth 0 does not matter */
	ASSERT_EQ(0, env_put(env, FUSE_ROOT_ID, ENV_LOWER));
	env->link = bpf_link_create(prog, env->daemon.dev, &env->map, 1);
	ASSERT_LE(0, env->link);
	daemon_forget_seen(&env->daemon);

	EXPECT_EQ(0, stat(ENV_MNT, &st));
	EXPECT_EQ(variant->helper, record_get(env->record, 0));
	EXPECT_LE(1, daemon_seen(&env->daemon, FUSE_GETATTR));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, daemon_seen(&env->daemon, FUSE_OPEN));
	EXPECT_LE(1, daemon_seen(&env->daemon, FUSE_READ));
	EXPECT_EQ(0, redirected(env, FUSE_GETATTR));
	EXPECT_EQ(0, redirected(env, FUSE_OPEN));
	EXPECT_TRUE(daemon_wait_seen(&env->daemon, FUSE_RELEASE, 1));
}

TEST_HARNESS_MAIN
