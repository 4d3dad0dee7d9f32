// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes that the daemon names are bound to the lower object of that name, if it
 * is the one that the daemon describes, for as long as the node lives (K11).
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

FIXTURE(bind) {
	struct env env;
};

FIXTURE_SETUP(bind)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "lower"));
	ASSERT_EQ(0, mkdir(ENV_LOWER "/dir", 0755));
	ASSERT_EQ(0, write_file(ENV_LOWER "/dir/deep", "deep"));
	ASSERT_EQ(0, symlink("file", ENV_LOWER "/link"));
	ASSERT_EQ(0, env_attach(&self->env));
}

FIXTURE_TEARDOWN(bind)
{
	daemon_kill(&self->env.daemon);
}

/* Whether the node of the object at @lower is bound to just that object */
static bool is_bound(struct env *env, const char *lower)
{
	uint64_t node = env_nodeid(env, lower);
	struct fuse_bpf_backing value;

	return node && !backing_get(env->map, node, &value) &&
	       value.ino == lower_ino(lower);
}

#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)
#define DAEMON			(&self->env.daemon)

/* Reading and writing a bound file is silent. */
static bool is_silent(struct env *env, const char *path)
{
	unsigned int before = daemon_seen_all(&env->daemon);
	int fd = open(path, O_RDWR);
	bool ok;
	char c;

	ok = fd >= 0 && pread(fd, &c, 1, 0) >= 0 && pwrite(fd, "x", 1, 0) == 1;
	return !close(fd) && ok && daemon_seen_all(&env->daemon) == before;
}

/* ----------------------------------------------------------- by opcode --- */

TEST_F(bind, lookup)
{
	struct stat st;

	ASSERT_EQ(0, lstat(ENV_MNT "/file", &st));
	ASSERT_EQ(0, lstat(ENV_MNT "/dir/deep", &st));
	ASSERT_EQ(0, lstat(ENV_MNT "/link", &st));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/file"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/dir"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/dir/deep"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/link"));
	EXPECT_EQ(4, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_TRUE(is_silent(&self->env, ENV_MNT "/file"));
	EXPECT_TRUE(is_silent(&self->env, ENV_MNT "/dir/deep"));
}

/* A name that is not there binds nothing, and is no failure. */
TEST_F(bind, negative)
{
	EXPECT_EQ(-1, access(ENV_MNT "/none", F_OK));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(1, backing_count(self->env.map));
}

/* The handle of CREATE is backed, and its RELEASE is still the daemon's. */
TEST_F(bind, create)
{
	int fd = open(ENV_MNT "/new", O_CREAT | O_EXCL | O_RDWR, 0644);
	unsigned int before;

	ASSERT_LE(0, fd);
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/new"));
	EXPECT_EQ(1, COUNT(bound, FUSE_CREATE));
	before = daemon_seen_all(DAEMON);
	EXPECT_EQ(3, pwrite(fd, "new", 3, 0));
	EXPECT_TRUE(fd_is(fd, "new"));
	EXPECT_EQ(before, daemon_seen_all(DAEMON));
	EXPECT_TRUE(file_is(ENV_LOWER "/new", "new"));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASE, 1));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_TRUE(is_silent(&self->env, ENV_MNT "/new"));
}

/* FOPEN flags that passthrough does not go with are no obstacle. */
TEST_F(bind, create_with_open_flags)
{
	static const uint32_t flags[] = {
		FOPEN_KEEP_CACHE, FOPEN_DIRECT_IO, FOPEN_NOFLUSH,
		FOPEN_STREAM, FOPEN_NONSEEKABLE,
		FOPEN_DIRECT_IO | FOPEN_PARALLEL_DIRECT_WRITES,
	};
	char path[64], text[64];
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		DAEMON->shared->open_flags = flags[i];
		snprintf(path, sizeof(path), ENV_MNT "/new%u", i);
		snprintf(text, sizeof(text), ENV_LOWER "/new%u", i);
		fd = open(path, O_CREAT | O_EXCL | O_RDWR, 0644);
		ASSERT_LE(0, fd);
		EXPECT_EQ(3, write(fd, "new", 3));
		EXPECT_EQ(0, close(fd));
		EXPECT_TRUE(file_is(text, "new"));
	}
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_WRITE));
}

/* Read-only for others, writable by the handle that made it */
TEST_F(bind, create_read_only)
{
	int fd;

	ASSERT_EQ(0, chmod(ENV_LOWER, 0777));
	ASSERT_EQ(0, seteuid(1000));
	fd = open(ENV_MNT "/ro", O_CREAT | O_EXCL | O_RDWR, 0444);
	ASSERT_LE(0, fd);
	EXPECT_EQ(2, pwrite(fd, "ro", 2, 0));
	EXPECT_TRUE(fd_is(fd, "ro"));
	EXPECT_EQ(0, close(fd));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_TRUE(file_is(ENV_LOWER "/ro", "ro"));
}

TEST_F(bind, mknod)
{
	ASSERT_EQ(0, mknod(ENV_MNT "/node", S_IFREG | 0644, 0));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/node"));
	EXPECT_EQ(1, COUNT(bound, FUSE_MKNOD));
	EXPECT_TRUE(is_silent(&self->env, ENV_MNT "/node"));
}

/* It has no name to be bound by, and stays the daemon's when it gets one. */
TEST_F(bind, tmpfile)
{
	int fd = open(ENV_MNT, O_TMPFILE | O_RDWR, 0600);
	char path[32];

	ASSERT_LE(0, fd);
	EXPECT_EQ(1, COUNT(unbound, FUSE_TMPFILE));
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_EQ(3, write(fd, "tmp", 3));
	EXPECT_TRUE(fd_is(fd, "tmp"));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_WRITE));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_EQ(0, linkat(AT_FDCWD, path, AT_FDCWD, ENV_MNT "/named",
			    AT_SYMLINK_FOLLOW));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LINK));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(file_is(ENV_LOWER "/named", "tmp"));
	EXPECT_TRUE(file_is(ENV_MNT "/named", "tmp"));
}

/* Only regular files, directories and symbolic links can be bound. */
TEST_F(bind, mknod_fifo)
{
	ASSERT_EQ(0, mknod(ENV_MNT "/fifo", S_IFIFO | 0644, 0));
	EXPECT_FALSE(is_bound(&self->env, ENV_LOWER "/fifo"));
	EXPECT_EQ(1, COUNT(unbound, FUSE_MKNOD));
}

TEST_F(bind, mkdir)
{
	ASSERT_EQ(0, mkdir(ENV_MNT "/made", 0755));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/made"));
	EXPECT_EQ(1, COUNT(bound, FUSE_MKDIR));
	/* and so is what is made in it */
	ASSERT_EQ(0, mkdir(ENV_MNT "/made/below", 0755));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/made/below"));
}

TEST_F(bind, symlink)
{
	ASSERT_EQ(0, symlink("file", ENV_MNT "/made"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/made"));
	EXPECT_EQ(1, COUNT(bound, FUSE_SYMLINK));
}

TEST_F(bind, link)
{
	ASSERT_EQ(0, link(ENV_MNT "/file", ENV_MNT "/hard"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/hard"));
	EXPECT_EQ(1, COUNT(bound, FUSE_LINK));
	EXPECT_TRUE(is_silent(&self->env, ENV_MNT "/hard"));
}

static unsigned int list(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/* Each entry of a READDIRPLUS counts as the LOOKUP that it stands for. */
TEST_F(bind, readdirplus)
{
	struct stat st;

	EXPECT_EQ(5, list(ENV_MNT));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIRPLUS));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/file"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/dir"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/link"));
	EXPECT_EQ(3, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(0, stat(ENV_MNT "/file", &st));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
}

/* "No information" about an entry is not "no such name": nobody sees it. */
TEST_F(bind, readdirplus_without_nodes)
{
	struct env *env = &self->env;
	struct stat st;
	struct prog p;

	DAEMON->shared->blank_entries = 1;
	prog_begin(&p);
	prog_count(&p, env->record);
	env_stack_rules(&p, env->map);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));
	EXPECT_EQ(5, list(ENV_MNT));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIRPLUS));
	EXPECT_EQ(0, record_get(env->record, FUSE_BPF_OPCODES + FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(0, stat(ENV_MNT "/file", &st));
	EXPECT_EQ(1, record_get(env->record, FUSE_BPF_OPCODES + FUSE_LOOKUP));
}

/* What the reply stage sees of such an entry: parent, name, attributes */
TEST_F(bind, readdirplus_context)
{
	struct env *env = &self->env;
	uint64_t ino = lower_ino(ENV_LOWER "/dir/deep");
	struct prog p;

	ASSERT_EQ(0, access(ENV_MNT "/dir", F_OK));
	prog_begin(&p);
	prog_rule(&p, FUSE_LOOKUP, FUSE_BPF_REPLIED);
	EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(nodeid)));
	prog_record(&p, env->record, 0);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(in_len)));
	prog_record(&p, env->record, 1);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(out_len)));
	prog_record(&p, env->record, 2);
	EMIT(&p, STORE_IMM(BPF_DW, FP, -24, 0), MOV_REG(R1, R6),
	     MOV_IMM(R2, 0), MOV_REG(R3, FP), ADD_IMM(R3, -24),
	     MOV_IMM(R4, 5), CALL(fuse_load_in),
	     LOAD(BPF_DW, R0, FP, -24));
	prog_record(&p, env->record, 3);
	EMIT(&p, MOV_REG(R1, R6),
	     MOV_IMM(R2, offsetof(struct fuse_entry_out, attr.ino)),
	     MOV_REG(R3, FP), ADD_IMM(R3, -24), MOV_IMM(R4, 8),
	     CALL(fuse_load_out), LOAD(BPF_DW, R0, FP, -24));
	prog_record(&p, env->record, 4);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));

	EXPECT_EQ(3, list(ENV_MNT "/dir"));
	EXPECT_EQ(env_nodeid(env, ENV_LOWER "/dir"), record_get(env->record, 0));
	EXPECT_EQ(5, record_get(env->record, 1));
	EXPECT_EQ(sizeof(struct fuse_entry_out), record_get(env->record, 2));
	EXPECT_EQ(0x70656564 /* deep */, record_get(env->record, 3));
	EXPECT_EQ(ino, record_get(env->record, 4));
}

/* ----------------------------------------------------------- not bound --- */

/* Another inode number than the daemon's: the node stays the daemon's. */
TEST_F(bind, wrong_ino)
{
	DAEMON->shared->lie_ino = 4711;
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_EQ(1, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(0, COUNT(bound, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
}

/* Another type likewise */
TEST_F(bind, wrong_type)
{
	struct stat st;

	DAEMON->shared->lie_type = S_IFLNK;
	EXPECT_EQ(0, lstat(ENV_MNT "/file", &st));
	EXPECT_TRUE(S_ISLNK(st.st_mode));
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_EQ(1, COUNT(unbound, FUSE_LOOKUP));
}

/* A directory that is covered by a mount is not what is to be seen there. */
TEST_F(bind, mount_point)
{
	struct stat st;

	ASSERT_EQ(0, mount("on_dir", ENV_LOWER "/dir", "tmpfs", 0, NULL));
	ASSERT_EQ(0, write_file(ENV_LOWER "/dir/above", "above"));
	EXPECT_EQ(0, stat(ENV_MNT "/dir", &st));
	EXPECT_TRUE(file_is(ENV_MNT "/dir/above", "above"));
	EXPECT_EQ(-1, access(ENV_MNT "/dir/deep", F_OK));
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_EQ(2, COUNT(unbound, FUSE_LOOKUP));
}

/* Not even where the number tells no difference */
TEST_F(bind, mount_point_of_the_same_number)
{
	struct stat st;

	DAEMON->shared->lie_ino = lower_ino(ENV_LOWER "/dir");
	ASSERT_EQ(0, mount("on_dir", ENV_LOWER "/dir", "tmpfs", 0, NULL));
	EXPECT_EQ(0, stat(ENV_MNT "/dir", &st));
	EXPECT_EQ(DAEMON->shared->lie_ino, st.st_ino);
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_EQ(1, COUNT(unbound, FUSE_LOOKUP));
}

/* Nothing is bound below a directory that is not. */
TEST_F(bind, unbound_parent)
{
	ASSERT_EQ(0, backing_delete(self->env.map, FUSE_ROOT_ID));
	EXPECT_TRUE(file_is(ENV_MNT "/dir/deep", "deep"));
	EXPECT_EQ(0, backing_count(self->env.map));
	EXPECT_EQ(2, COUNT(unbound, FUSE_LOOKUP));
}

/* Names below FUSE itself are not kept; the directory serves all the same. */
TEST_F(bind, below_fuse)
{
	struct daemon_config config = daemon_default;
	struct daemon inner;
	struct env env;
	struct stat st;

	daemon_kill(DAEMON);
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, mkdir(ENV_TMP "/real", 0755));
	ASSERT_EQ(0, write_file(ENV_TMP "/real/file", "real"));
	config.max_stack_depth = 0;
	ASSERT_EQ(0, daemon_start(&inner, ENV_TMP "/real", ENV_LOWER,
				  &config));
	memset(&env, 0, sizeof(env));
	ASSERT_EQ(0, daemon_start(&env.daemon, ENV_LOWER, ENV_MNT,
				  &daemon_default));
	ASSERT_EQ(0, env_attach(&env));
	EXPECT_TRUE(file_is(ENV_MNT "/file", "real"));
	ASSERT_EQ(0, stat(ENV_MNT, &st));
	EXPECT_LE(1, env_count(&env, FUSE_GETATTR).redirect);
	EXPECT_LE(1, env_count(&env, FUSE_LOOKUP).unbound);
	EXPECT_EQ(0, env_count(&env, FUSE_LOOKUP).bound);
	EXPECT_EQ(1, backing_count(env.map));
	daemon_kill(&env.daemon);
	daemon_kill(&inner);
}

/* A full map leaves nodes unbound; they work. */
TEST_F(bind, map_full)
{
	int err, fd = open("/dev", O_PATH);
	uint64_t key;

	for (key = 1000; !(err = backing_put(self->env.map, key, fd)); key++)
		ASSERT_GT(100000, key);
	ASSERT_EQ(-E2BIG, err);
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	EXPECT_EQ(1, COUNT(unbound, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPEN));
}

/* A map that the connection does not own cannot be bound in or selected from */
TEST_F(bind, foreign_map)
{
	struct env *env = &self->env;
	int other = backing_create(8);
	struct prog p;
	struct stat st;

	ASSERT_EQ(0, backing_put(other, FUSE_ROOT_ID,
				 open(ENV_LOWER, O_PATH)));
	prog_begin(&p);
	prog_rule(&p, FUSE_LOOKUP, FUSE_BPF_REPLIED);
	prog_bind(&p, other, 0);
	prog_record(&p, env->record, 0);
	prog_rule_end(&p);
	prog_rule(&p, FUSE_GETATTR, FUSE_BPF_REQUEST);
	prog_select(&p, other, FUSE_ROOT_ID);
	prog_record(&p, env->record, 1);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));

	EXPECT_EQ(0, stat(ENV_MNT "/file", &st));
	EXPECT_EQ(-EPERM, record_get(env->record, 0));
	EXPECT_EQ(-EPERM, record_get(env->record, 1));
	EXPECT_EQ(1, backing_count(other));
}

/* --------------------------------------------------- one incarnation --- */

/* An entry that serves one node is no use for another. */
TEST_F(bind, one_entry_one_node)
{
	struct env *env = &self->env;
	uint64_t node;
	struct prog p;

	ASSERT_EQ(0, write_file(ENV_LOWER "/second", "second"));
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	node = env_nodeid(env, ENV_LOWER "/file");
	ASSERT_NE(0, node);

	prog_begin(&p);
	prog_rule(&p, FUSE_OPEN, FUSE_BPF_REQUEST);
	prog_select(&p, env->map, node);
	prog_record(&p, env->record, 0);
	prog_return_redirect(&p);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));
	EXPECT_TRUE(file_is(ENV_MNT "/second", "second"));
	EXPECT_EQ(-ESTALE, record_get(env->record, 0));
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	EXPECT_EQ(0, record_get(env->record, 0));
}

/* A program that ignores that is refused. */
TEST_F(bind, one_entry_one_node_ignored)
{
	struct env *env = &self->env;
	struct prog p;

	ASSERT_EQ(0, write_file(ENV_LOWER "/second", "second"));
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	prog_begin(&p);
	prog_rule(&p, FUSE_OPEN, FUSE_BPF_REQUEST);
	prog_select(&p, env->map, env_nodeid(env, ENV_LOWER "/file"));
	prog_return(&p, FUSE_BPF_REDIRECT);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));
	EXPECT_TRUE(file_is(ENV_MNT "/second", "second"));
	EXPECT_EQ(1, COUNT(refused, FUSE_OPEN));
}

/* The entry goes with the inode, before the daemon can use the id again. */
TEST_F(bind, gone_on_eviction)
{
	uint64_t ino = lower_ino(ENV_LOWER "/file");
	struct fuse_bpf_backing value;
	uint64_t node;

	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	node = env_nodeid(&self->env, ENV_LOWER "/file");
	EXPECT_EQ(0, backing_get(self->env.map, node, &value));
	EXPECT_EQ(0, unlink(ENV_MNT "/file"));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_FORGET, 1));
	EXPECT_EQ(-ENOENT, backing_get(self->env.map, node, &value));
	EXPECT_EQ(1, backing_count(self->env.map));
	EXPECT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/*
 * A node id that is used again for another object: the old inode is still open
 * and goes on, the new one is bound anew, and neither disturbs the other.
 */
TEST_F(bind, node_id_reused)
{
	struct env *env = &self->env;
	struct fuse_bpf_backing value;
	uint64_t node, second;
	int fd;

	ASSERT_EQ(0, write_file(ENV_LOWER "/second", "second"));
	second = lower_ino(ENV_LOWER "/second");
	fd = open(ENV_MNT "/file", O_RDONLY);
	ASSERT_LE(0, fd);
	node = env_nodeid(env, ENV_LOWER "/file");

	DAEMON->shared->next_nodeid = node;
	EXPECT_TRUE(file_is(ENV_MNT "/second", "second"));
	EXPECT_EQ(node, env_nodeid(env, ENV_LOWER "/second"));
	ASSERT_EQ(0, backing_get(env->map, node, &value));
	EXPECT_EQ(second, value.ino);

	/* the old inode's end does not take the new one's entry along */
	close(fd);
	ASSERT_EQ(0, backing_get(env->map, node, &value));
	EXPECT_EQ(second, value.ino);
	daemon_forget_seen(DAEMON);
	EXPECT_TRUE(file_is(ENV_MNT "/second", "second"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
}

/* A name that was exchanged below: the node keeps the object it was bound to */
TEST_F(bind, renamed_below)
{
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	ASSERT_EQ(0, rename(ENV_LOWER "/file", ENV_LOWER "/moved"));
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "other"));
	EXPECT_TRUE(file_is(ENV_MNT "/file", "lower"));
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/moved"));
}

/* What counts is the object that the daemon has answered with. */
TEST_F(bind, renamed_before_the_answer)
{
	int status;
	pid_t pid;

	DAEMON->shared->hold[FUSE_LOOKUP] = 1;
	pid = fork();
	if (!pid)
		_exit(!file_is(ENV_MNT "/file", "other"));
	ASSERT_TRUE(daemon_wait_held(DAEMON, 1));
	ASSERT_EQ(0, rename(ENV_LOWER "/file", ENV_LOWER "/moved"));
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "other"));
	daemon_go_on(DAEMON, FUSE_LOOKUP);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(is_bound(&self->env, ENV_LOWER "/file"));
}

/* A node that was known before the attach is bound when it is looked up again */
TEST_F(bind, revalidated)
{
	struct daemon_config config = daemon_default;
	struct env env;
	struct stat st;

	daemon_kill(DAEMON);
	ASSERT_EQ(0, env_start(&env, &config));
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "lower"));
	ASSERT_EQ(0, stat(ENV_MNT "/file", &st));
	ASSERT_EQ(0, env_attach(&env));
	EXPECT_FALSE(is_bound(&env, ENV_LOWER "/file"));
	ASSERT_EQ(0, stat(ENV_MNT "/file", &st));
	EXPECT_TRUE(is_bound(&env, ENV_LOWER "/file"));
	daemon_kill(&env.daemon);
}

/* --------------------------------------------------------- end of maps --- */

TEST_F(bind, empty_after_detach)
{
	struct stat st;

	ASSERT_EQ(0, stat(ENV_MNT "/dir/deep", &st));
	EXPECT_EQ(3, backing_count(self->env.map));
	ASSERT_EQ(0, bpf_link_detach(self->env.link));
	EXPECT_EQ(0, backing_count(self->env.map));
	/* nothing is bound where nothing is attached */
	ASSERT_EQ(0, stat(ENV_MNT "/file", &st));
	EXPECT_EQ(0, backing_count(self->env.map));
	EXPECT_TRUE(file_is(ENV_MNT "/dir/deep", "deep"));
}

/* At umount there is no FORGET, and yet nothing stays. */
TEST_F(bind, empty_after_umount)
{
	struct stat st;

	ASSERT_EQ(0, stat(ENV_MNT "/dir/deep", &st));
	ASSERT_EQ(0, umount(ENV_MNT));
	EXPECT_EQ(0, backing_count(self->env.map));
}

/* ----------------------------------------------------------- FORGET (K3) */

/* Every lookup that the daemon granted is given back, and not one more. */
TEST_F(bind, forgets_are_exact)
{
	static const char * const left[] = {
		ENV_LOWER "/file", ENV_LOWER "/link", ENV_LOWER "/dir",
	};
	char path[64];
	unsigned int i;
	struct stat st;

	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), ENV_MNT "/f%u", i);
		ASSERT_EQ(0, write_file(path, "x"));
	}
	EXPECT_EQ(13, list(ENV_MNT));
	EXPECT_EQ(13, list(ENV_MNT));
	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), ENV_MNT "/f%u", i);
		ASSERT_EQ(0, stat(path, &st));
		ASSERT_EQ(0, unlink(path));
	}
	ASSERT_EQ(0, rmdir(ENV_MNT "/dir") ? errno - ENOTEMPTY : 0);
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	for (i = 0; i < ARRAY_SIZE(left); i++)
		EXPECT_TRUE(daemon_wait_forgotten(DAEMON, lower_ino(left[i])));
	for (i = 1; i < DAEMON_NODES; i++)
		EXPECT_EQ(0, DAEMON->shared->nodes[i].nodeid);
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
	EXPECT_EQ(1, backing_count(self->env.map));
}

TEST_HARNESS_MAIN
