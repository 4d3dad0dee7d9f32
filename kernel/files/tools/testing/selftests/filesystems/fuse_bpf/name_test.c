// SPDX-License-Identifier: GPL-2.0
/*
 * UNLINK, RMDIR, RENAME and LINK below: what happens to the names, the nodes
 * and the daemon's lookup counts.
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LOWER(NAME)	ENV_LOWER "/" NAME
#define MNT(NAME)	ENV_MNT "/" NAME

FIXTURE(name) {
	struct env env;
};

/* Two files, an empty directory and one with a file in it, all known */
FIXTURE_SETUP(name)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	struct stat st;

	if (why)
		SKIP(return, "%s", why);
	config.entry_valid = 1000;
	ASSERT_EQ(0, env_start(&self->env, &config));
	ASSERT_EQ(0, write_file(LOWER("file"), "file"));
	ASSERT_EQ(0, write_file(LOWER("second"), "second"));
	ASSERT_EQ(0, mkdir(LOWER("dir"), 0755));
	ASSERT_EQ(0, mkdir(LOWER("full"), 0755));
	ASSERT_EQ(0, write_file(LOWER("full/deep"), "deep"));
	ASSERT_EQ(0, env_attach_full(&self->env));
	ASSERT_EQ(0, stat(MNT("file"), &st));
	ASSERT_EQ(0, stat(MNT("second"), &st));
	ASSERT_EQ(0, stat(MNT("dir"), &st));
	ASSERT_EQ(0, stat(MNT("full/deep"), &st));
	/* names that are not there are known for a time, too */
	self->env.daemon.shared->negative_valid = 1000;
	ASSERT_EQ(-1, stat(MNT("new"), &st));
	ASSERT_EQ(-1, stat(MNT("dir/new"), &st));
	self->env.daemon.shared->negative_valid = 0;
	daemon_forget_seen(&self->env.daemon);
}

FIXTURE_TEARDOWN(name)
{
	daemon_kill(&self->env.daemon);
}

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

#define EXPECT_ERRNO(ERRNO, CALL)					\
	do {								\
		errno = 0;						\
		EXPECT_EQ(-1, (long)(CALL));				\
		EXPECT_EQ(ERRNO, errno);				\
	} while (0)

static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

/* Both directories tell the same of themselves. */
static bool same_times(const char *lower, const char *upper)
{
	struct stat a, b;

	return !stat(lower, &a) && !stat(upper, &b) &&
	       a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
	       a.st_ctim.tv_nsec == b.st_ctim.tv_nsec &&
	       a.st_nlink == b.st_nlink && a.st_size == b.st_size;
}

static nlink_t links(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_nlink;
}

/* ---------------------------------------------------- UNLINK and RMDIR --- */

TEST_F(name, unlink)
{
	uint64_t ino = lower_ino(LOWER("file"));

	ASSERT_EQ(0, unlink(MNT("file")));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_TRUE(same_times(ENV_LOWER, ENV_MNT));
	EXPECT_EQ(1, COUNT(redirect, FUSE_UNLINK));
	EXPECT_SILENT();
	EXPECT_FALSE(is_there(MNT("file")));
	EXPECT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/* Events of the watched directory so far, as letters with the names */
static void events_so_far(int fd, char *text, size_t size)
{
	char buffer[4096] __attribute__((aligned(8)));
	const struct inotify_event *event;
	ssize_t got, at;

	*text = '\0';
	while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += sizeof(*event) + event->len) {
			event = (void *)(buffer + at);
			snprintf(text + strlen(text), size - strlen(text),
				 "%s %s,",
				 event->mask & IN_MOVED_FROM ? "from" :
				 event->mask & IN_MOVED_TO ? "to" :
				 event->mask & IN_CREATE ? "new" : "gone",
				 event->name);
		}
	}
}

/* Who watches the mount is told of what is done through it, and so is below. */
TEST_F(name, inotify)
{
	static const char *const watched[] = { ENV_MNT, ENV_LOWER };
	const char *all = "from file,to new,new hard,gone new,gone hard,";
	char seen[512];
	int fd[2], i;

	for (i = 0; i < 2; i++) {
		fd[i] = inotify_init1(IN_NONBLOCK);
		ASSERT_LE(0, fd[i]);
		ASSERT_LE(0, inotify_add_watch(fd[i], watched[i], IN_MOVE |
					       IN_CREATE | IN_DELETE));
	}

	ASSERT_EQ(0, rename(MNT("file"), MNT("new")));
	ASSERT_EQ(0, link(MNT("new"), MNT("hard")));
	ASSERT_EQ(0, unlink(MNT("new")));
	ASSERT_EQ(0, unlink(MNT("hard")));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME));
	EXPECT_EQ(1, COUNT(redirect, FUSE_LINK));
	EXPECT_EQ(2, COUNT(redirect, FUSE_UNLINK));
	for (i = 0; i < 2; i++) {
		events_so_far(fd[i], seen, sizeof(seen));
		EXPECT_STREQ(all, seen);
		close(fd[i]);
	}
}

TEST_F(name, unlink_while_open)
{
	int fd = open(MNT("file"), O_RDWR);
	struct stat st;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, unlink(MNT("file")));
	EXPECT_TRUE(fd_is(fd, "file"));
	EXPECT_EQ(4, pwrite(fd, "FILE", 4, 0));
	EXPECT_TRUE(fd_is(fd, "FILE"));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(4, st.st_size);
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

/* A name that is used again is another file. */
TEST_F(name, unlink_and_create)
{
	ASSERT_EQ(0, unlink(MNT("file")));
	ASSERT_EQ(0, write_file(MNT("file"), "again"));
	EXPECT_TRUE(file_is(LOWER("file"), "again"));
	EXPECT_TRUE(file_is(MNT("file"), "again"));
	ASSERT_EQ(0, unlink(MNT("file")));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_EQ(2, COUNT(redirect, FUSE_UNLINK));
}

TEST_F(name, rmdir)
{
	ASSERT_EQ(0, rmdir(MNT("dir")));
	EXPECT_FALSE(is_there(LOWER("dir")));
	EXPECT_TRUE(same_times(ENV_LOWER, ENV_MNT));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RMDIR));
	EXPECT_SILENT();
	EXPECT_FALSE(is_there(MNT("dir")));
}

TEST_F(name, rmdir_not_empty)
{
	EXPECT_ERRNO(ENOTEMPTY, rmdir(MNT("full")));
	EXPECT_TRUE(file_is(MNT("full/deep"), "deep"));
	EXPECT_SILENT();
}

/* Who is in a directory stays there when it goes. */
TEST_F(name, rmdir_while_open)
{
	int fd = open(MNT("dir"), O_RDONLY | O_DIRECTORY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, rmdir(MNT("dir")));
	EXPECT_ERRNO(ENOENT, openat(fd, "x", O_CREAT | O_RDWR, 0644));
	EXPECT_EQ(0, close(fd));
	EXPECT_FALSE(is_there(LOWER("dir")));
}

TEST_F(name, read_only_below)
{
	ASSERT_EQ(0, env_set_lower_read_only(true));
	EXPECT_ERRNO(EROFS, unlink(MNT("file")));
	EXPECT_ERRNO(EROFS, rmdir(MNT("dir")));
	EXPECT_ERRNO(EROFS, rename(MNT("file"), MNT("new")));
	EXPECT_ERRNO(EROFS, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(MNT("file"), "file"));
}

/* -------------------------------------------------------------- RENAME --- */

TEST_F(name, rename)
{
	ASSERT_EQ(0, rename(MNT("file"), MNT("new")));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	EXPECT_TRUE(same_times(ENV_LOWER, ENV_MNT));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
	EXPECT_TRUE(file_is(MNT("new"), "file"));
	EXPECT_FALSE(is_there(MNT("file")));
}

TEST_F(name, rename_into_directory)
{
	ASSERT_EQ(0, rename(MNT("file"), MNT("dir/new")));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_TRUE(file_is(LOWER("dir/new"), "file"));
	EXPECT_TRUE(file_is(MNT("dir/new"), "file"));
	EXPECT_TRUE(same_times(ENV_LOWER, ENV_MNT));
	EXPECT_TRUE(same_times(LOWER("dir"), MNT("dir")));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
}

/* What was there is gone, but for who has it open. */
TEST_F(name, rename_over)
{
	int fd = open(MNT("second"), O_RDONLY);
	struct stat st;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, rename(MNT("file"), MNT("second")));
	EXPECT_TRUE(file_is(LOWER("second"), "file"));
	EXPECT_TRUE(file_is(MNT("second"), "file"));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_TRUE(fd_is(fd, "second"));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, st.st_nlink);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
}

TEST_F(name, rename_directory)
{
	ASSERT_EQ(0, rename(MNT("full"), MNT("dir/new")));
	EXPECT_TRUE(file_is(LOWER("dir/new/deep"), "deep"));
	EXPECT_TRUE(file_is(MNT("dir/new/deep"), "deep"));
	EXPECT_TRUE(same_times(ENV_LOWER, ENV_MNT));
	EXPECT_TRUE(same_times(LOWER("dir"), MNT("dir")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
}

TEST_F(name, rename_over_directories)
{
	EXPECT_ERRNO(ENOTEMPTY, rename(MNT("dir"), MNT("full")));
	EXPECT_ERRNO(EISDIR, rename(MNT("file"), MNT("dir")));
	EXPECT_ERRNO(ENOTDIR, rename(MNT("dir"), MNT("file")));
	EXPECT_ERRNO(EINVAL, rename(MNT("dir"), MNT("dir/new")));
	EXPECT_EQ(0, rename(MNT("full"), MNT("dir")));
	EXPECT_TRUE(file_is(LOWER("dir/deep"), "deep"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
}

/* Two names of one file: nothing happens, as POSIX has it. */
TEST_F(name, rename_to_itself)
{
	ASSERT_EQ(0, link(MNT("file"), MNT("new")));
	EXPECT_EQ(0, rename(MNT("file"), MNT("new")));
	EXPECT_TRUE(is_there(LOWER("file")));
	EXPECT_TRUE(is_there(LOWER("new")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME));
}

static int rename2(const char *from, const char *to, unsigned int flags)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

TEST_F(name, rename_noreplace)
{
	EXPECT_ERRNO(EEXIST, rename2(MNT("file"), MNT("second"),
				     RENAME_NOREPLACE));
	EXPECT_EQ(0, rename2(MNT("file"), MNT("new"), RENAME_NOREPLACE));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	EXPECT_TRUE(file_is(MNT("new"), "file"));
	EXPECT_TRUE(file_is(LOWER("second"), "second"));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME2));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME2));
}

/* A file and a directory, in two directories */
TEST_F(name, rename_exchange)
{
	ASSERT_EQ(0, rename2(MNT("second"), MNT("full/deep"),
			     RENAME_EXCHANGE));
	EXPECT_TRUE(file_is(LOWER("second"), "deep"));
	EXPECT_TRUE(file_is(LOWER("full/deep"), "second"));
	EXPECT_TRUE(file_is(MNT("second"), "deep"));
	EXPECT_TRUE(file_is(MNT("full/deep"), "second"));

	ASSERT_EQ(0, rename2(MNT("file"), MNT("dir"), RENAME_EXCHANGE));
	EXPECT_TRUE(file_is(LOWER("dir"), "file"));
	EXPECT_TRUE(file_is(MNT("dir"), "file"));
	EXPECT_EQ(0, rmdir(MNT("file")));
	EXPECT_FALSE(is_there(LOWER("file")));
	EXPECT_EQ(2, COUNT(redirect, FUSE_RENAME2));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME2));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RMDIR));
}

/* The name left behind is a character device 0:0. */
TEST_F(name, rename_whiteout)
{
	struct stat st;

	ASSERT_EQ(0, rename2(MNT("file"), MNT("new"), RENAME_WHITEOUT));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	ASSERT_EQ(0, lstat(LOWER("file"), &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0, st.st_rdev);
	ASSERT_EQ(0, lstat(MNT("file"), &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_TRUE(file_is(MNT("new"), "file"));
	EXPECT_EQ(1, COUNT(redirect, FUSE_RENAME2));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME2));
}

TEST_F(name, rename_bad_flags)
{
	EXPECT_ERRNO(EINVAL, rename2(MNT("file"), MNT("new"), 8));
	EXPECT_ERRNO(EINVAL, rename2(MNT("file"), MNT("second"),
				     RENAME_NOREPLACE | RENAME_EXCHANGE));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RENAME2));
}

/* The moved file is the same node, and its new name the one that is bound. */
TEST_F(name, rename_and_go_on)
{
	int fd = open(MNT("file"), O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, rename(MNT("file"), MNT("dir/new")));
	EXPECT_EQ(4, pwrite(fd, "MOVE", 4, 0));
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, chmod(MNT("dir/new"), 0600));
	EXPECT_TRUE(file_is(LOWER("dir/new"), "MOVE"));
	EXPECT_EQ(0, unlink(MNT("dir/new")));
	EXPECT_FALSE(is_there(LOWER("dir/new")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_UNLINK));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_SETATTR));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPEN));
}

/* ---------------------------------------------------------------- LINK --- */

TEST_F(name, link)
{
	struct stat first, second;

	ASSERT_EQ(0, link(MNT("file"), MNT("dir/new")));
	EXPECT_EQ(lower_ino(LOWER("file")), lower_ino(LOWER("dir/new")));
	EXPECT_EQ(1, COUNT(redirect, FUSE_LINK));
	/* but that the name is free was asked before */
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen_all(DAEMON));
	ASSERT_EQ(0, stat(MNT("file"), &first));
	ASSERT_EQ(0, stat(MNT("dir/new"), &second));
	EXPECT_EQ(first.st_ino, second.st_ino);
	EXPECT_EQ(2, first.st_nlink);
	EXPECT_EQ(2, second.st_nlink);
	EXPECT_TRUE(same_times(LOWER("dir"), MNT("dir")));
	ASSERT_EQ(0, unlink(MNT("file")));
	EXPECT_EQ(1, links(MNT("dir/new")));
	EXPECT_TRUE(file_is(MNT("dir/new"), "file"));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LINK));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_UNLINK));
}

TEST_F(name, link_exists)
{
	EXPECT_ERRNO(EEXIST, link(MNT("file"), MNT("second")));
	EXPECT_ERRNO(EPERM, link(MNT("dir"), MNT("new")));
	EXPECT_EQ(1, links(LOWER("file")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LINK));
}

/* Redirects LINK after storing the first 40 bytes of @out. */
static int link_prog(struct env *env, const struct fuse_entry_out *out)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_LINK, FUSE_BPF_REQUEST);
	prog_store(&p, 0, out, offsetof(struct fuse_entry_out, attr));
	prog_select_node(&p, env->map);
	prog_require(&p);
	prog_select_second(&p, env->map,
			   offsetof(struct fuse_link_in, oldnodeid));
	prog_return_redirect(&p);
	prog_rule_end(&p);
	env_full_rules(&p, env->map);
	return prog_load(&p);
}

/* The link adds no lookup, so that FORGET gives back what was granted (K3). */
TEST_F(name, link_counts_no_lookup)
{
	const struct fuse_entry_out known = { .entry_valid = 1000 };
	const struct daemon_node *node;
	uint64_t ino = lower_ino(LOWER("file"));

	node = daemon_node_by_ino(DAEMON, ino);
	ASSERT_NE(NULL, node);
	EXPECT_EQ(1, node->lookups);
	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     link_prog(&self->env, &known)));
	ASSERT_EQ(0, link(MNT("file"), MNT("new")));
	ASSERT_EQ(0, link(MNT("file"), MNT("dir/new")));
	EXPECT_EQ(1, node->lookups);
	ASSERT_EQ(0, unlink(MNT("new")));
	ASSERT_EQ(0, unlink(MNT("dir/new")));
	ASSERT_EQ(0, unlink(MNT("file")));
	EXPECT_TRUE(daemon_wait_forgotten(DAEMON, ino));
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/* The new name is known for as long as the program says, 0 if it does not. */
TEST_F(name, link_timeout)
{
	const struct fuse_entry_out out = { .entry_valid = 1000 };

	ASSERT_EQ(0, link(MNT("file"), MNT("new")));
	daemon_forget_seen(DAEMON);
	EXPECT_EQ(2, links(MNT("new")));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));

	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     link_prog(&self->env, &out)));
	ASSERT_EQ(0, link(MNT("file"), MNT("dir/new")));
	daemon_forget_seen(DAEMON);
	EXPECT_EQ(3, links(MNT("dir/new")));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_LOOKUP));
}

/* Whatever else it stores: the node is the one that was linked. */
TEST_F(name, link_ignores_the_rest)
{
	const struct fuse_entry_out out = {
		.nodeid = 4711, .generation = 42,
		.entry_valid = 1000, .attr_valid = 1000,
	};

	ASSERT_EQ(0, bpf_link_update(self->env.link,
				     link_prog(&self->env, &out)));
	ASSERT_EQ(0, link(MNT("file"), MNT("new")));
	daemon_forget_seen(DAEMON);
	EXPECT_EQ(lower_ino(LOWER("file")), lower_ino(MNT("new")));
	EXPECT_TRUE(file_is(MNT("new"), "file"));
	EXPECT_SILENT();
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

/* ---------------------------------------- one target where two are due --- */

/* A request with two objects needs both. */
TEST_F(name, one_target)
{
	static const uint32_t opcodes[] = { FUSE_RENAME, FUSE_LINK };
	struct prog p;
	unsigned int i;

	prog_begin(&p);
	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		env_redirect_rule(&p, self->env.map, opcodes[i]);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_EQ(0, link(MNT("file"), MNT("new")));
	EXPECT_EQ(0, rename(MNT("second"), MNT("dir/new")));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LINK));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_RENAME));
	EXPECT_EQ(1, COUNT(refused, FUSE_LINK));
	EXPECT_EQ(1, COUNT(refused, FUSE_RENAME));
	EXPECT_TRUE(file_is(LOWER("new"), "file"));
	EXPECT_TRUE(file_is(LOWER("dir/new"), "second"));
}

/* A handler may refuse, and nothing is done. */
TEST_F(name, refused_by_the_program)
{
	static const uint32_t opcodes[] = {
		FUSE_UNLINK, FUSE_RMDIR, FUSE_RENAME, FUSE_RENAME2, FUSE_LINK,
	};
	struct prog p;
	unsigned int i;

	prog_begin(&p);
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		prog_rule(&p, opcodes[i], FUSE_BPF_REQUEST);
		prog_return(&p, -EDQUOT);
		prog_rule_end(&p);
	}
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_ERRNO(EDQUOT, unlink(MNT("file")));
	EXPECT_ERRNO(EDQUOT, rmdir(MNT("dir")));
	EXPECT_ERRNO(EDQUOT, rename(MNT("file"), MNT("new")));
	EXPECT_ERRNO(EDQUOT, rename2(MNT("file"), MNT("new"),
				     RENAME_NOREPLACE));
	EXPECT_ERRNO(EDQUOT, link(MNT("file"), MNT("new")));
	EXPECT_TRUE(file_is(LOWER("file"), "file"));
	EXPECT_TRUE(is_there(LOWER("dir")));
	EXPECT_FALSE(is_there(LOWER("new")));
	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		EXPECT_EQ(0, daemon_seen(DAEMON, opcodes[i]));
}

TEST_HARNESS_MAIN
