// SPDX-License-Identifier: GPL-2.0
/*
 * Listings of the backing directory: OPENDIR and READDIR redirected, and what
 * READDIRPLUS, which is not, has to do with them.
 */
#include "env.h"
#include "../../kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIR_LOWER	ENV_LOWER "/dir"
#define DIR_MNT		ENV_MNT "/dir"
#define NR_ENTRIES		300
#define ALL		(NR_ENTRIES + 2)	/* "." and ".." too */

struct listing {
	unsigned int nr;
	int first;			/* the number of the first entry */
	bool twice;			/* an entry came more than once */
	bool strange;			/* it has not been made here */
	bool seen[ALL];
};

static int fill(const char *dir)
{
	char path[64];
	unsigned int i;

	if (mkdir(dir, 0755))
		return -errno;
	for (i = 0; i < NR_ENTRIES; i++) {
		snprintf(path, sizeof(path), "%s/entry%u", dir, i);
		if (i % 10 ? write_file(path, "x") : mkdir(path, 0755))
			return -EIO;
	}
	return 0;
}

static int entry_number(const char *name)
{
	unsigned int nr;

	if (!strcmp(name, "."))
		return NR_ENTRIES;
	if (!strcmp(name, ".."))
		return NR_ENTRIES + 1;
	return sscanf(name, "entry%u", &nr) == 1 && nr < NR_ENTRIES ? (int)nr : -1;
}

static void note(struct listing *list, const char *name, unsigned char type)
{
	int nr = entry_number(name);

	if (nr < 0) {
		list->strange = true;
		return;
	}
	if (type != (nr >= NR_ENTRIES || nr % 10 == 0 ? DT_DIR : DT_REG))
		list->strange = true;
	if (!list->first && nr < NR_ENTRIES)
		list->first = nr;
	list->twice |= list->seen[nr];
	list->seen[nr] = true;
	list->nr++;
}

static struct listing list_dir(DIR *dir)
{
	struct listing list = {};
	struct dirent *de;

	while (dir && (de = readdir(dir)))
		note(&list, de->d_name, de->d_type);
	return list;
}

static struct listing list_path(const char *path)
{
	DIR *dir = opendir(path);
	struct listing list = list_dir(dir);

	if (dir)
		closedir(dir);
	return list;
}

/* One getdents64(2) into @room bytes, at most 4096 */
static long note_some(struct listing *list, int fd, size_t room)
{
	struct dirent64 *de;
	char buf[4096];
	long n, at;

	n = syscall(__NR_getdents64, fd, buf, room);
	for (at = 0; at < n; at += de->d_reclen) {
		de = (void *)(buf + at);
		note(list, de->d_name, de->d_type);
	}
	return n;
}

/* All by getdents64(2); -errno in *@err */
static struct listing list_fd(int fd, size_t room, int *err)
{
	struct listing list = {};
	long n;

	while ((n = note_some(&list, fd, room)) > 0)
		;
	*err = n ? -errno : 0;
	return list;
}

static void expect_all(struct __test_metadata *_metadata,
		       struct listing list)
{
	EXPECT_EQ(ALL, list.nr);
	EXPECT_FALSE(list.twice);
	EXPECT_FALSE(list.strange);
}

#define EXPECT_ALL(LIST)	expect_all(_metadata, LIST)

#define DAEMON			(&self->env.daemon)
#define EXPECT_SILENT()		EXPECT_EQ(0, daemon_seen_all(DAEMON))
#define COUNT(FIELD, OPCODE)	(env_count(&self->env, OPCODE).FIELD)

static int start(struct env *env, uint64_t drop_flags, uint64_t add_flags)
{
	struct daemon_config config = daemon_default;
	int err;

	config.entry_valid = 1000;
	config.init_flags &= ~drop_flags;
	config.init_flags |= add_flags;
	err = env_start(env, &config);
	err = err ?: fill(DIR_LOWER);
	err = err ?: env_attach_full(env);
	if (!err && access(DIR_MNT, F_OK))
		err = -errno;
	if (!err)
		daemon_forget_seen(&env->daemon);
	return err;
}

FIXTURE(dir) {
	struct env env;
};

/* Without READDIRPLUS every listing is redirected. */
FIXTURE_SETUP(dir)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(&self->env, FUSE_DO_READDIRPLUS, 0));
}

FIXTURE_TEARDOWN(dir)
{
	daemon_kill(&self->env.daemon);
}

/* ------------------------------------------------------------- READDIR --- */

TEST_F(dir, list)
{
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_LE(1, COUNT(redirect, FUSE_READDIR));
	EXPECT_EQ(1, COUNT(redirect, FUSE_OPENDIR));
	EXPECT_SILENT();
}

TEST_F(dir, list_root)
{
	DIR *dir = opendir(ENV_MNT);
	struct dirent *de;
	bool found = false;

	ASSERT_NE(NULL, dir);
	while ((de = readdir(dir)))
		found |= !strcmp(de->d_name, "dir") &&
			 de->d_ino == lower_ino(DIR_LOWER);
	EXPECT_TRUE(found);
	EXPECT_EQ(0, closedir(dir));
	EXPECT_SILENT();
}

/* Nothing is told of what is above the directory that is shown. */
TEST_F(dir, above_the_root)
{
	struct daemon_config config = daemon_default;
	struct dirent *de;
	struct env env;
	DIR *dir;

	daemon_kill(DAEMON);
	memset(&env, 0, sizeof(env));
	config.init_flags &= ~(uint64_t)FUSE_DO_READDIRPLUS;
	ASSERT_EQ(0, daemon_start(&env.daemon, DIR_LOWER, ENV_MNT, &config));
	ASSERT_EQ(0, env_attach_full(&env));
	ASSERT_EQ(0, env_put(&env, FUSE_ROOT_ID, DIR_LOWER));
	dir = opendir(ENV_MNT);
	ASSERT_NE(NULL, dir);
	while ((de = readdir(dir))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			EXPECT_EQ(lower_ino(DIR_LOWER), de->d_ino);
	}
	EXPECT_EQ(0, closedir(dir));
	EXPECT_LE(1, env_count(&env, FUSE_READDIR).redirect);
	daemon_kill(&env.daemon);
}

/* Buffers that hold one entry at a time, and such that hold none */
TEST_F(dir, small_buffers)
{
	static const size_t rooms[] = { 32, 40, 64, 100, 4096 };
	unsigned int i;
	int fd, err;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
		ASSERT_LE(0, fd);
		EXPECT_ALL(list_fd(fd, rooms[i], &err));
		EXPECT_EQ(0, err);
		EXPECT_EQ(0, close(fd));
	}
	fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, list_fd(fd, 16, &err).nr);
	EXPECT_EQ(-EINVAL, err);
	/* nothing was skipped by that */
	EXPECT_ALL(list_fd(fd, 4096, &err));
	EXPECT_EQ(0, close(fd));
	EXPECT_SILENT();
}

TEST_F(dir, telldir_and_seekdir)
{
	char names[ALL][NAME_MAX + 1];
	struct dirent *de;
	long where[ALL];
	unsigned int nr, i;
	DIR *dir = opendir(DIR_MNT);

	ASSERT_NE(NULL, dir);
	for (nr = 0; nr < ALL; nr++) {
		where[nr] = telldir(dir);
		de = readdir(dir);
		ASSERT_NE(NULL, de);
		snprintf(names[nr], sizeof(names[nr]), "%s", de->d_name);
	}
	ASSERT_EQ(NULL, readdir(dir));
	/* there and back, in an order of their own */
	for (i = 0; i < ALL; i++) {
		nr = i * 7 % ALL;
		seekdir(dir, where[nr]);
		de = readdir(dir);
		ASSERT_NE(NULL, de);
		EXPECT_STREQ(names[nr], de->d_name);
	}
	rewinddir(dir);
	EXPECT_ALL(list_dir(dir));
	EXPECT_EQ(0, closedir(dir));
	EXPECT_SILENT();
}

/* Two descriptors of one directory have positions of their own. */
TEST_F(dir, two_positions)
{
	int first = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	int second = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	struct listing begun = {};
	int err;

	ASSERT_LE(0, first);
	ASSERT_LE(0, second);
	EXPECT_LT(0, note_some(&begun, first, 64));
	EXPECT_ALL(list_fd(second, 4096, &err));
	EXPECT_GT(ALL, list_fd(first, 4096, &err).nr);
	EXPECT_EQ(0, lseek(first, 0, SEEK_SET));
	EXPECT_ALL(list_fd(first, 4096, &err));
	EXPECT_EQ(0, close(first));
	EXPECT_EQ(0, close(second));
	EXPECT_SILENT();
}

/* What has changed, by the mount or below, is in the next listing. */
TEST_F(dir, changes)
{
	unsigned int nr = NR_ENTRIES - 1;
	char path[64];

	EXPECT_ALL(list_path(DIR_MNT));
	snprintf(path, sizeof(path), DIR_LOWER "/entry%u", nr);
	ASSERT_EQ(0, unlink(path));
	EXPECT_FALSE(list_path(DIR_MNT).seen[nr]);
	ASSERT_EQ(0, write_file(path, "x"));
	EXPECT_ALL(list_path(DIR_MNT));
	snprintf(path, sizeof(path), DIR_MNT "/entry%u", nr);
	ASSERT_EQ(0, unlink(path));
	EXPECT_FALSE(list_path(DIR_MNT).seen[nr]);
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READDIR));
}

/* A directory that is removed while it is open is empty. */
TEST_F(dir, removed_while_open)
{
	DIR *dir;

	ASSERT_EQ(0, mkdir(ENV_LOWER "/empty", 0755));
	dir = opendir(ENV_MNT "/empty");
	ASSERT_NE(NULL, dir);
	ASSERT_EQ(0, rmdir(ENV_MNT "/empty"));
	EXPECT_EQ(0, list_dir(dir).nr);
	EXPECT_EQ(0, closedir(dir));
}

/* -------------------------------------- the daemon does not hear of it --- */

TEST_F(dir, fsync_and_close)
{
	int fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(0, fdatasync(fd));
	EXPECT_EQ(0, close(fd));
	/* one that does come, behind whatever else might have been sent */
	EXPECT_EQ(-1, access(ENV_MNT "/none", F_OK));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_LOOKUP));
	EXPECT_EQ(1, daemon_seen_all(DAEMON));
}

/* A RELEASEDIR goes to who has got the OPENDIR. */
TEST_F(dir, daemons_handle)
{
	struct prog p;
	int fd, err;

	prog_begin(&p);
	env_redirect_rule(&p, self->env.map, FUSE_READDIR);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	/* a listing that the daemon has opened is the daemon's */
	EXPECT_ALL(list_fd(fd, 4096, &err));
	EXPECT_EQ(0, COUNT(redirect, FUSE_READDIR));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIR));
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_FSYNCDIR));
	EXPECT_EQ(0, close(fd));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASEDIR, 1));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPENDIR));
	EXPECT_TRUE(daemon_wait_released(DAEMON));
	EXPECT_EQ(0, DAEMON->shared->no_handle[FUSE_READDIR]);
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
}

/* A program that passes READDIR only: it names the node, and handle 0. */
TEST_F(dir, passed_without_handle)
{
	struct prog p;

	prog_begin(&p);
	env_redirect_rule(&p, self->env.map, FUSE_OPENDIR);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPENDIR));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIR));
	EXPECT_EQ(daemon_seen(DAEMON, FUSE_READDIR),
		  DAEMON->shared->no_handle[FUSE_READDIR]);
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_EQ(-1, access(ENV_MNT "/none", F_OK));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RELEASEDIR));
}

/* A listing that the program passes half way is the daemon's from there on. */
TEST_F(dir, passed_in_between)
{
	int fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	struct listing list = {};
	struct prog p;
	long n;

	ASSERT_LE(0, fd);
	EXPECT_LT(0, note_some(&list, fd, 256));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READDIR));
	prog_begin(&p);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	EXPECT_LT(0, note_some(&list, fd, 256));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIR));
	ASSERT_EQ(0, bpf_link_update(self->env.link, self->env.prog));
	while ((n = note_some(&list, fd, 256)) > 0)
		;
	EXPECT_EQ(0, n);
	EXPECT_ALL(list);
	EXPECT_EQ(1, COUNT(redirect, FUSE_READDIR));
	EXPECT_EQ(0, close(fd));
}

/* What it has passed it is not asked about once more, but shown the reply. */
TEST_F(dir, passed_is_asked_once)
{
	const struct env *env = &self->env;
	int fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	struct listing list = {};
	struct prog p;

	ASSERT_LE(0, fd);
	prog_begin(&p);
	prog_count(&p, env->record);
	ASSERT_EQ(0, bpf_link_update(env->link, prog_load(&p)));
	EXPECT_LT(0, note_some(&list, fd, 256));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_READDIR));
	EXPECT_EQ(1, record_get(env->record, FUSE_READDIR));
	EXPECT_EQ(1, record_get(env->record,
				FUSE_BPF_OPCODES + FUSE_READDIR));
	EXPECT_EQ(1, COUNT(pass, FUSE_READDIR));
	EXPECT_EQ(0, close(fd));
}

TEST_F(dir, refused_by_the_program)
{
	struct prog p;
	int fd, err;

	prog_begin(&p);
	prog_rule(&p, FUSE_READDIR, FUSE_BPF_REQUEST);
	prog_return(&p, -EACCES);
	prog_rule_end(&p);
	env_full_rules(&p, self->env.map);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, list_fd(fd, 4096, &err).nr);
	EXPECT_EQ(-EACCES, err);
	EXPECT_SILENT();
}

/* ---------------------------------------------------------------- ends --- */

TEST_F(dir, after_the_daemons_death)
{
	int fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	struct listing begun = {};
	int err;

	ASSERT_LE(0, fd);
	EXPECT_LT(0, note_some(&begun, fd, 64));
	daemon_kill(DAEMON);
	EXPECT_EQ(0, list_fd(fd, 4096, &err).nr);
	EXPECT_EQ(-ENOTCONN, err);
	EXPECT_EQ(-1, fsync(fd));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(0, close(fd));
}

/* A listing that has begun goes on after a detach, as open files do. */
TEST_F(dir, after_a_detach)
{
	int fd = open(DIR_MNT, O_RDONLY | O_DIRECTORY);
	struct listing list = {};
	long n;

	ASSERT_LE(0, fd);
	EXPECT_LT(0, note_some(&list, fd, 64));
	ASSERT_EQ(0, bpf_link_detach(self->env.link));
	while ((n = note_some(&list, fd, 4096)) > 0)
		;
	EXPECT_EQ(0, n);
	EXPECT_ALL(list);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(-1, access(ENV_MNT "/none", F_OK));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_RELEASEDIR));
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	/* the next one is the daemon's from the start */
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_EQ(1, daemon_seen(DAEMON, FUSE_OPENDIR));
	EXPECT_TRUE(daemon_wait_seen(DAEMON, FUSE_RELEASEDIR, 1));
}

/* --------------------------------------------------------- READDIRPLUS --- */

FIXTURE(plus) {
	struct env env;
};

FIXTURE_VARIANT(plus) {
	uint64_t init_flags;
};

FIXTURE_VARIANT_ADD(plus, always) {
	.init_flags = 0,
};

FIXTURE_VARIANT_ADD(plus, automatic) {
	.init_flags = FUSE_READDIRPLUS_AUTO,
};

FIXTURE_SETUP(plus)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, start(&self->env, 0, variant->init_flags));
}

FIXTURE_TEARDOWN(plus)
{
	daemon_kill(&self->env.daemon);
}

/*
 * The first listing of a directory asks the daemon, so that its entries are
 * known and bound; the next is redirected.
 */
TEST_F(plus, first_and_second)
{
	struct listing list = list_path(DIR_MNT);
	char path[64];
	struct stat st;

	EXPECT_ALL(list);
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIRPLUS));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_OPENDIR));
	EXPECT_EQ(daemon_seen(DAEMON, FUSE_READDIRPLUS),
		  DAEMON->shared->no_handle[FUSE_READDIRPLUS]);
	EXPECT_EQ(0, DAEMON->shared->unknown_handles);
	EXPECT_LE(1, COUNT(bound, FUSE_LOOKUP));

	daemon_forget_seen(DAEMON);
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_LE(1, COUNT(redirect, FUSE_READDIR));
	EXPECT_SILENT();
	/* what the first listing has bound needs no LOOKUP */
	snprintf(path, sizeof(path), DIR_MNT "/entry%d", list.first);
	EXPECT_EQ(0, stat(path, &st));
	EXPECT_SILENT();
}

/* A name that is known, and used, is no reason to ask for names again. */
TEST_F(plus, known_name_is_used)
{
	struct listing list = list_path(DIR_MNT);
	unsigned int round;
	char path[64];
	struct stat st;

	EXPECT_ALL(list);
	snprintf(path, sizeof(path), DIR_MNT "/entry%d", list.first);
	daemon_forget_seen(DAEMON);
	for (round = 0; round < 2; round++) {
		EXPECT_EQ(0, stat(path, &st));
		EXPECT_ALL(list_path(DIR_MNT));
	}
	EXPECT_SILENT();
}

/* Once names had to be looked up one by one, a listing is worth its while. */
TEST_F(plus, after_lookups)
{
	EXPECT_ALL(list_path(DIR_MNT));
	daemon_forget_seen(DAEMON);
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_EQ(0, daemon_seen(DAEMON, FUSE_READDIRPLUS));
	ASSERT_EQ(0, write_file(DIR_LOWER "/entry5.new", "x"));
	ASSERT_EQ(0, access(DIR_MNT "/entry5.new", F_OK));
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_LOOKUP));
	list_path(DIR_MNT);
	EXPECT_LE(1, daemon_seen(DAEMON, FUSE_READDIRPLUS));
}

/* Entries are granted lookups, and all of those are given back (K3). */
TEST_F(plus, forgets_are_exact)
{
	char path[64];
	unsigned int i;

	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_ALL(list_path(DIR_MNT));
	EXPECT_ALL(list_path(DIR_MNT));
	ASSERT_EQ(0, write_file("/proc/sys/vm/drop_caches", "2"));
	for (i = 0; i < NR_ENTRIES; i++) {
		snprintf(path, sizeof(path), DIR_LOWER "/entry%u", i);
		ASSERT_TRUE(daemon_wait_forgotten(DAEMON, lower_ino(path)));
	}
	EXPECT_EQ(0, DAEMON->shared->excess_forgets);
}

TEST_HARNESS_MAIN
