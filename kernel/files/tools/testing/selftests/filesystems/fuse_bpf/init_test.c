// SPDX-License-Identifier: GPL-2.0
/*
 * The answer to INIT against everything that can happen to a link at the same
 * time: whichever comes first, the link lives or has ended, and its maps are free
 * for another connection afterwards.
 */
#include "cache.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS		50
#define OTHER_MNT	ENV_TMP "/other"
/* So long INIT's answer is put off at first. */
#define DELAY_NS	300000

FIXTURE(init) {
	struct env env;
	struct daemon other;
	struct cache cache;
	int prog;
	int second_prog;
};

struct race {
	struct env *env;
	const int *maps;
	int prog;
	int second_prog;
	unsigned int connection;
	uint64_t unique;		/* of INIT */
	uint64_t init_flags;
	pthread_barrier_t barrier;
	unsigned int delay_ns;
	ssize_t answered;
};

FIXTURE_VARIANT(init) {
	bool early;			/* the link is there before the race */
	uint64_t init_flags;
	int (*against)(struct race *race);
	bool ends;			/* it leaves no link */
	bool may_fail;			/* what comes after the answer */
};

static int link_early(struct race *race)
{
	union bpf_attr attr = {
		.link_create.prog_fd = race->prog,
		.link_create.target_fd = race->env->daemon.dev,
		.link_create.attach_type = BPF_FUSE,
		.link_create.fuse.map_fds = (uintptr_t)race->maps,
		.link_create.fuse.map_cnt = 2,
		.link_create.fuse.flags = FUSE_BPF_CONSENT,
		.link_create.fuse.cache_ttl = HOUR,
		.link_create.fuse.max_stack_depth = 1,
	};

	race->env->link = bpf_link_create_attr(&attr);
	return race->env->link < 0 ? race->env->link : 0;
}

static int update(struct race *race)
{
	return bpf_link_update(race->env->link, race->second_prog);
}

static int detach(struct race *race)
{
	return bpf_link_detach(race->env->link);
}

static int drop(struct race *race)
{
	close(race->env->link);
	race->env->link = -1;
	return 0;
}

static int abort_connection(struct race *race)
{
	char path[64];

	snprintf(path, sizeof(path), ENV_CTL "/%u/abort", race->connection);
	return write_file(path, "1");
}

static int unmount(struct race *race)
{
	(void)race;
	return umount2(ENV_MNT, MNT_DETACH) ? -errno : 0;
}

FIXTURE_VARIANT_ADD(init, consent) {
	.init_flags = FUSE_BIG_WRITES,
	.against = link_early,
	.may_fail = true,
};

FIXTURE_VARIANT_ADD(init, consent_against_a_contradiction) {
	.init_flags = FUSE_BIG_WRITES | FUSE_WRITEBACK_CACHE,
	.against = link_early,
	.ends = true,
	.may_fail = true,
};

FIXTURE_VARIANT_ADD(init, update) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES,
	.against = update,
};

FIXTURE_VARIANT_ADD(init, update_against_a_contradiction) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES | FUSE_WRITEBACK_CACHE,
	.against = update,
	.ends = true,
	.may_fail = true,
};

FIXTURE_VARIANT_ADD(init, detach) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES,
	.against = detach,
	.ends = true,
};

FIXTURE_VARIANT_ADD(init, last_descriptor) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES,
	.against = drop,
	.ends = true,
};

FIXTURE_VARIANT_ADD(init, abort) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES,
	.against = abort_connection,
	.ends = true,
};

FIXTURE_VARIANT_ADD(init, umount) {
	.early = true,
	.init_flags = FUSE_BIG_WRITES,
	.against = unmount,
	.ends = true,
};

FIXTURE_SETUP(init)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, mkdir(OTHER_MNT, 0755));
	ASSERT_EQ(0, daemon_start(&self->other, ENV_LOWER, OTHER_MNT,
				  &daemon_default));
	ASSERT_EQ(0, env_maps(&self->env));
	ASSERT_EQ(0, cache_create(&self->cache, 8));
	self->prog = cache_prog(&self->cache, HOUR);
	self->second_prog = env_full_prog(self->env.map);
	ASSERT_LE(0, self->prog);
	ASSERT_LE(0, self->second_prog);
}

FIXTURE_TEARDOWN(init)
{
	daemon_kill(&self->other);
}

/* The connection's number, which needs no answer */
static unsigned int number_of(const char *mnt)
{
	struct statx stx = {};

	statx(AT_FDCWD, mnt, AT_STATX_DONT_SYNC, 0, &stx);
	return stx.stx_dev_minor;
}

static uint64_t read_init(int dev)
{
	char request[FUSE_MIN_READ_BUFFER];
	struct fuse_in_header *h = (void *)request;

	return read(dev, request, sizeof(request)) > 0 &&
	       h->opcode == FUSE_INIT ? h->unique : 0;
}

static void put_off(unsigned int ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000000000LL + now.tv_nsec -
		 start.tv_nsec < ns);
}

static void *answer(void *arg)
{
	struct race *race = arg;
	struct {
		struct fuse_out_header h;
		struct fuse_init_out init;
	} reply = {
		.h.len = sizeof(reply),
		.h.unique = race->unique,
		.init.major = FUSE_KERNEL_VERSION,
		.init.minor = 31,
		.init.flags = race->init_flags,
		.init.max_write = 4096,
	};

	pthread_barrier_wait(&race->barrier);
	put_off(race->delay_ns);
	race->answered = write(race->env->daemon.dev, &reply, sizeof(reply));
	return NULL;
}

/* INIT has come, and the link if it is to be there before */
static void begin(struct __test_metadata *_metadata, struct race *race,
		  bool early)
{
	struct daemon *daemon = &race->env->daemon;

	ASSERT_EQ(0, daemon_mount(daemon, ENV_MNT, &daemon_default));
	race->env->link = -1;
	race->connection = number_of(ENV_MNT);
	ASSERT_NE(0, race->connection);
	race->unique = read_init(daemon->dev);
	ASSERT_NE(0, race->unique);
	if (early) {
		ASSERT_EQ(0, link_early(race));
		ASSERT_EQ(0, env_put(race->env, FUSE_ROOT_ID, ENV_LOWER));
	}
}

static int run(struct race *race, int (*against)(struct race *race))
{
	pthread_t thread;
	int result;

	pthread_barrier_init(&race->barrier, NULL, 2);
	if (pthread_create(&thread, NULL, answer, race))
		return -EAGAIN;
	pthread_barrier_wait(&race->barrier);
	result = against(race);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&race->barrier);
	return result;
}

static void end(struct race *race)
{
	close(race->env->link);
	umount2(ENV_MNT, MNT_DETACH);
	daemon_kill(&race->env->daemon);
}

/* The link is on the connection, or nowhere. */
static bool is_linked(struct race *race)
{
	struct bpf_link_info info;

	return !bpf_link_info(race->env->link, &info) && info.fuse.connection;
}

/* What each may come to that is late */
static bool expected(int result, int (*against)(struct race *race))
{
	return !result || (against == link_early && result == -EISCONN) ||
	       (against == update && result == -ENOLINK);
}

static void expect_free(struct __test_metadata *_metadata,
			struct race *race, int target)
{
	int link;

	EXPECT_EQ(0, backing_count(race->maps[0]));
	link = bpf_link_create(race->prog, target, race->maps, 2);
	EXPECT_LE(0, link);
	close(link);
}

/* Come closer to where the two meet, or try everything up to it. */
static unsigned int next_delay(unsigned int ns, bool failed)
{
	if (failed)
		return ns * 2 + DELAY_NS / 10;
	return ns > DELAY_NS / 10 ? ns / 4 * 3 : DELAY_NS;
}

TEST_F_TIMEOUT(init, against, 600)
{
	const int maps[] = { self->env.map, self->cache.map };
	struct race race = {
		.env = &self->env,
		.maps = maps,
		.prog = self->prog,
		.second_prog = self->second_prog,
		.init_flags = variant->init_flags,
		.delay_ns = DELAY_NS,
	};
	unsigned int i, failed = 0;
	int result;

	for (i = 0; i < ROUNDS; i++) {
		begin(_metadata, &race, variant->early);
		result = run(&race, variant->against);
		EXPECT_TRUE(expected(result, variant->against)) {
			TH_LOG("round %u: %d", i, result);
		}
		EXPECT_EQ(!result && !variant->ends, is_linked(&race));
		if (variant->ends)
			expect_free(_metadata, &race, self->other.dev);
		end(&race);
		expect_free(_metadata, &race, self->other.dev);
		race.delay_ns = next_delay(race.delay_ns, result);
		failed += !!result;
	}
	/* either has been the first */
	EXPECT_GT(ROUNDS, failed);
	EXPECT_EQ(variant->may_fail, !!failed);
}

TEST_HARNESS_MAIN
