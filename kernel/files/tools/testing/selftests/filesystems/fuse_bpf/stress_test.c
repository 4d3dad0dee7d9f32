// SPDX-License-Identifier: GPL-2.0
/*
 * One small cache for everybody: requests that are answered from it and fill it,
 * changes through the mount and behind it, of which the daemon tells, entries
 * that expire and that have to make room, and user space, which looks up, lists
 * and deletes. What anybody is told must be true at some moment of the asking:
 * attributes of files carry file, name and generation in their value, and names
 * are there in odd generations.
 */
#include "cache.h"
#include "notify.h"
#include "task.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define FILES		6
#define XATTRS		4
#define NAMES		8
#define ENTRIES		32	/* fewer than there are answers */
#define BATCH		ENTRIES
#define TTL		(40 * SECOND / 1000)
#define RUN		(4 * SECOND)	/* at least */
#define RUN_MAX		(90 * SECOND)	/* where everything is slow */

/* Changes that have begun, and that are done */
struct cell {
	uint32_t begun;
	uint32_t done;
};

struct value {
	uint32_t file;
	uint32_t xattr;
	uint32_t generation;
};

struct table {
	struct cell xattr[FILES][XATTRS];
	struct cell name[NAMES];
};

/* Threads know the fixture through this. */
static struct {
	struct env env;
	struct cache cache;
	struct table table;
	int fd[FILES];
	uint64_t nodeid[FILES];
	uint64_t root;
	bool stop;
	uint32_t wrong;
	char text[128];			/* what was wrong first */
} s;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static bool goes_on(void)
{
	return !__atomic_load_n(&s.stop, __ATOMIC_SEQ_CST) &&
	       !__atomic_load_n(&s.wrong, __ATOMIC_SEQ_CST);
}

static void __attribute__((format(printf, 1, 2))) wrong(const char *format, ...)
{
	va_list args;

	if (__atomic_exchange_n(&s.wrong, 1, __ATOMIC_SEQ_CST))
		return;
	va_start(args, format);
	vsnprintf(s.text, sizeof(s.text), format, args);
	va_end(args);
}

static uint32_t begun(const struct cell *cell)
{
	return __atomic_load_n(&cell->begun, __ATOMIC_SEQ_CST);
}

static uint32_t done(const struct cell *cell)
{
	return __atomic_load_n(&cell->done, __ATOMIC_SEQ_CST);
}

static uint32_t begin(struct cell *cell)
{
	return __atomic_add_fetch(&cell->begun, 1, __ATOMIC_SEQ_CST);
}

static void finish(struct cell *cell)
{
	__atomic_add_fetch(&cell->done, 1, __ATOMIC_SEQ_CST);
}

static const char *xattr_name(unsigned int i)
{
	static const char * const names[XATTRS] = {
		"user.0", "user.1", "user.2", "user.3",
	};

	return names[i];
}

static const char *path_of(char *buf, size_t size, const char *where,
			   const char *what, unsigned int i)
{
	snprintf(buf, size, "%s/%s%u", where, what, i);
	return buf;
}

/* A path that lives as long as the block */
#define PATH(WHERE, WHAT, I)						\
	path_of((char[64]) {}, 64, WHERE, WHAT, I)

/* -------------------------------------------------------------- checks --- */

/* Asked for when @before were done, answered with @v */
static void check_xattr(const char *who, unsigned int file, unsigned int xattr,
			uint32_t before, const struct value *v, ssize_t len)
{
	uint32_t after = begun(&s.table.xattr[file][xattr]);

	if (len != sizeof(*v))
		wrong("%s: %zd bytes for xattr %u of file %u", who, len, xattr,
		      file);
	else if (v->file != file || v->xattr != xattr)
		wrong("%s: xattr %u of file %u is that of %u, %u", who, xattr,
		      file, v->xattr, v->file);
	else if (v->generation < before || v->generation > after)
		wrong("%s: xattr %u of file %u has generation %u, not %u to %u",
		      who, xattr, file, v->generation, before, after);
}

static void check_name(const char *who, unsigned int i, uint32_t before,
		       bool there)
{
	uint32_t after = begun(&s.table.name[i]);

	if (before == after && there != (before & 1))
		wrong("%s: name %u is %sthere in generation %u", who, i,
		      there ? "" : "not ", before);
}

/* An entry, which was found at a time when @before was done */
static void check_entry(const char *who, const struct cache_key *key,
			const struct cache_value *value,
			const struct table *before)
{
	const struct fuse_entry_out *out = (const void *)value->data;
	const size_t head = sizeof(struct fuse_getxattr_in);
	unsigned int i, k;

	if (key->kind == FUSE_LOOKUP && key->nodeid == FUSE_ROOT_ID &&
	    key->name[0] == 'n') {
		i = key->name[1] - '0';
		check_name(who, i, done(&before->name[i]), out->nodeid);
	}
	for (i = 0; key->kind == FUSE_GETXATTR && i < FILES; i++) {
		k = key->name[head + strlen("user.")] - '0';
		if (key->nodeid == s.nodeid[i])
			check_xattr(who, i, k, done(&before->xattr[i][k]),
				    (const void *)value->data, value->len);
	}
}

static struct table look_at_table(void)
{
	struct table copy;
	unsigned int i;

	/* one after the other: each is what was done at least */
	for (i = 0; i < sizeof(copy) / sizeof(uint32_t); i++)
		((uint32_t *)&copy)[i] =
			__atomic_load_n((uint32_t *)&s.table + i,
					__ATOMIC_SEQ_CST);
	return copy;
}

/* ------------------------------------------------------------- changes --- */

/* Files and names of even numbers change through the mount, others behind it. */
static int change_xattr(unsigned int file, unsigned int xattr)
{
	struct cell *cell = &s.table.xattr[file][xattr];
	struct value v = { file, xattr, begin(cell) };
	int err;

	if (file % 2)
		err = setxattr(PATH(ENV_LOWER, "f", file), xattr_name(xattr),
			       &v, sizeof(v), 0) ?:
		      notify_inval_inode(&s.env.daemon, s.nodeid[file]);
	else
		err = fsetxattr(s.fd[file], xattr_name(xattr), &v, sizeof(v),
				0);
	finish(cell);
	return err;
}

static int change_xattrs(void *arg)
{
	const unsigned int first = (uintptr_t)arg;
	unsigned int i = 0;
	int err = 0;

	while (!err && goes_on()) {
		err = change_xattr((first + 2 * i) % FILES, i / 3 % XATTRS);
		i++;
	}
	if (err)
		wrong("change of an xattr: %d, errno %d", err, errno);
	return 0;
}

static int change_name(const char *path, bool there)
{
	if (there)
		return write_file(path, "x");
	return unlink(path);
}

static int change_names(void *arg)
{
	const unsigned int first = (uintptr_t)arg;
	const char *where = first % 2 ? ENV_LOWER : ENV_MNT;
	struct cell *cell;
	unsigned int i, n;
	int err = 0;

	for (i = 0; !err && goes_on(); i++) {
		n = (first + 2 * i) % NAMES;
		cell = &s.table.name[n];
		err = change_name(PATH(where, "n", n), begin(cell) & 1);
		/* fails where the VFS does not have the name */
		if (first % 2)
			notify_inval_entry(&s.env.daemon, FUSE_ROOT_ID,
					   PATH("", "n", n) + 1);
		finish(cell);
		if (i % 64 == 63)
			write_file("/proc/sys/vm/drop_caches", "2");
	}
	if (err)
		wrong("change of a name: %d, errno %d", err, errno);
	return 0;
}

/* ------------------------------------------------------------ questions --- */

static void ask_xattr(unsigned int file, unsigned int xattr)
{
	uint32_t before = done(&s.table.xattr[file][xattr]);
	struct value v = {};
	char buf[64];
	ssize_t n;

	n = fgetxattr(s.fd[file], xattr_name(xattr), buf, sizeof(buf));
	if (n < 0) {
		wrong("getxattr: errno %d", errno);
		return;
	}
	memcpy(&v, buf, sizeof(v));
	check_xattr("getxattr", file, xattr, before, &v, n);
}

static void ask_name(unsigned int i)
{
	uint32_t before = done(&s.table.name[i]);
	int fd = open(PATH(ENV_MNT, "n", i), O_PATH | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		wrong("lookup: errno %d", errno);
	check_name("lookup", i, before, fd >= 0);
	if (fd >= 0)
		close(fd);
}

static int ask(void *arg)
{
	unsigned int i = (uintptr_t)arg;
	struct stat st;

	while (goes_on()) {
		/* each several times, or nothing would ever be a hit */
		ask_xattr(i / 4 % FILES, i / 24 % XATTRS);
		ask_name(i / 4 % NAMES);
		if (fstat(s.fd[i / 4 % FILES], &st))
			wrong("fstat: errno %d", errno);
		i++;
	}
	return 0;
}

/* ----------------------------------------------------------- user space --- */

static void look_up(const struct cache_key *key)
{
	struct table before = look_at_table();
	struct cache_value value;

	if (!bpf_map_lookup(s.cache.map, key, &value))
		check_entry("map lookup", key, &value, &before);
}

static int list(void *arg)
{
	struct cache_key key, *prev = NULL;
	unsigned int n = 0;

	while (goes_on()) {
		if (bpf_map_next_key(s.cache.map, prev, &key)) {
			prev = NULL;
			continue;
		}
		look_up(&key);
		prev = &key;
		if (++n % 5 == 0)
			bpf_map_delete(s.cache.map, &key);
	}
	return 0;
}

static int list_in_batches(void *arg)
{
	static struct cache_value values[BATCH];
	static struct cache_key keys[BATCH];
	struct cache_key at;
	unsigned int full = 0;
	struct table before;
	uint32_t i, nr;

	while (goes_on()) {
		nr = BATCH;
		before = look_at_table();
		bpf_map_batch(s.cache.map, BPF_MAP_LOOKUP_BATCH, NULL, &at,
			      keys, values, &nr);
		for (i = 0; i < nr; i++)
			check_entry("batch", &keys[i], &values[i], &before);
		/* not at once: entries have to make room, too */
		if (nr == BATCH && ++full % 16 == 0)
			bpf_map_batch(s.cache.map, BPF_MAP_DELETE_BATCH, NULL,
				      NULL, keys, NULL, &nr);
	}
	return 0;
}

/* --------------------------------------------------------------- cases --- */

FIXTURE(stress) {
};

FIXTURE_VARIANT(stress) {
	bool own_permissions;
};

/* All callers share one answer, or each has his own. */
FIXTURE_VARIANT_ADD(stress, kernel_checks) {
	.own_permissions = false,
};

FIXTURE_VARIANT_ADD(stress, daemon_checks) {
	.own_permissions = true,
};

static int make_file(unsigned int i)
{
	const char *lower = PATH(ENV_LOWER, "f", i);
	unsigned int k;
	int err;

	err = write_file(lower, "file");
	for (k = 0; !err && k < XATTRS; k++) {
		struct value v = { i, k, 0 };

		err = setxattr(lower, xattr_name(k), &v, sizeof(v), 0);
	}
	s.fd[i] = open(PATH(ENV_MNT, "f", i), O_RDWR | O_CLOEXEC);
	s.nodeid[i] = env_nodeid(&s.env, lower);
	return s.fd[i] < 0 || !s.nodeid[i] ? -EIO : err;
}

FIXTURE_SETUP(stress)
{
	struct daemon_config config = daemon_default;
	const char *why = bpf_why_not();
	unsigned int i;

	if (why)
		SKIP(return, "%s", why);
	config.own_permissions = variant->own_permissions;
	config.init_flags |= FUSE_PARALLEL_DIROPS;
	ASSERT_EQ(0, env_start(&s.env, &config));
	for (i = 0; i < FILES; i++)
		ASSERT_EQ(0, make_file(i));
	ASSERT_EQ(0, cache_create(&s.cache, ENTRIES));
	ASSERT_EQ(0, cache_attach(&s.env, &s.cache, cache_prog(&s.cache, TTL),
				  -1, HOUR, 0));
}

FIXTURE_TEARDOWN(stress)
{
	daemon_kill(&s.env.daemon);
}

/* Has everything happened that is to be seen? */
static bool shown(const struct cache_counters *counters)
{
	return counters->hits && counters->refused && counters->evicted;
}

/*
 * Until all of it was seen. Answers expire soon for a while, and then stay, so
 * that they fill the cache however slow everything is.
 */
static int supervise(struct cache_counters *counters)
{
	const uint64_t start = now();
	const struct timespec phase = { .tv_nsec = SECOND / 4 };
	int progs[] = { cache_prog(&s.cache, HOUR), cache_prog(&s.cache, TTL) };
	unsigned int n;
	int err = 0;

	for (n = 0; !err && goes_on() && now() - start < RUN_MAX; n++) {
		nanosleep(&phase, NULL);
		err = bpf_link_update(s.env.link, progs[n % 2]) ?:
		      cache_counters(&s.env, &s.cache, counters);
		if (now() - start >= RUN && shown(counters))
			break;
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_SEQ_CST);
	close(progs[0]);
	close(progs[1]);
	return err;
}

TEST_F_TIMEOUT(stress, nothing_wrong, 180)
{
	static const struct {
		int (*run)(void *arg);
		uintptr_t arg;
	} threads[] = {
		{ change_xattrs, 0 }, { change_xattrs, 1 },
		{ change_names, 0 }, { change_names, 1 },
		{ ask, 0 }, { ask, 17 },
		{ list }, { list_in_batches },
	};
	struct task tasks[ARRAY_SIZE(threads)];
	struct cache_counters counters;
	unsigned int i;

	s.stop = false;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		ASSERT_EQ(0, task_start(&tasks[i], threads[i].run,
					(void *)threads[i].arg));
	EXPECT_EQ(0, supervise(&counters));
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		EXPECT_EQ(0, task_end(&tasks[i]));
	EXPECT_EQ(0, s.wrong) {
		TH_LOG("%s", s.text);
	}

	/* or nothing was shown */
	ASSERT_EQ(0, cache_counters(&s.env, &s.cache, &counters));
	TH_LOG("%lu hits, %lu misses, %lu fills, %lu refused, %lu evicted",
	       counters.hits, counters.misses, counters.fills, counters.refused,
	       counters.evicted);
	EXPECT_TRUE(shown(&counters));
	EXPECT_GE(ENTRIES, counters.entries);
}

TEST_HARNESS_MAIN
