// SPDX-License-Identifier: GPL-2.0
/*
 * BPF_LINK_CREATE and what becomes of the link: each refusal with its own
 * error, update, detach, the ends of a connection, and what user space can see.
 */
#include "cache.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

/* A program that passes everything */
static int pass_prog(void)
{
	struct prog p;

	prog_begin(&p);
	return prog_load(&p);
}

/* One that fails STATFS with @error */
static int error_prog(int32_t error)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REQUEST);
	prog_return(&p, error);
	prog_rule_end(&p);
	return prog_load(&p);
}

FIXTURE(attach) {
	struct env env;
	int prog;
	int map;
};

FIXTURE_SETUP(attach)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_start(&self->env, &daemon_default));
	self->prog = pass_prog();
	self->map = backing_create(8);
	ASSERT_LE(0, self->prog);
	ASSERT_LE(0, self->map);
}

FIXTURE_TEARDOWN(attach)
{
	daemon_kill(&self->env.daemon);
}

#define DEV	(self->env.daemon.dev)
#define ATTACH(TARGET)	bpf_link_create(self->prog, TARGET, &self->map, 1)

/* ---------------------------------------------------------- refusals --- */

TEST_F(attach, target_descriptor)
{
	int null = open("/dev/null", O_RDONLY);
	int dir = open(ENV_LOWER, O_RDONLY | O_DIRECTORY);
	int fresh = open("/dev/fuse", O_RDWR);

	EXPECT_EQ(-EBADF, ATTACH(-1));
	EXPECT_EQ(-EBADF, ATTACH(999));
	EXPECT_EQ(-EINVAL, ATTACH(null));
	EXPECT_EQ(-EINVAL, ATTACH(dir));
	EXPECT_EQ(-EINVAL, ATTACH(self->prog));
	/* /dev/fuse that nothing is mounted from */
	EXPECT_EQ(-ENOTCONN, ATTACH(fresh));
}

TEST_F(attach, program)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, 0), EXIT() };
	int other;

	other = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, pass,
			      ARRAY_SIZE(pass));
	ASSERT_LE(0, other);
	EXPECT_GT(0, bpf_link_create(other, DEV, &self->map, 1));
	EXPECT_EQ(-EBADF, bpf_link_create(-1, DEV, &self->map, 1));
	EXPECT_EQ(-EINVAL, bpf_link_create(DEV, DEV, &self->map, 1));
}

/* Meant for requests alone, or for READ and WRITE too, and for nothing else */
TEST_F(attach, expected_attach_type)
{
	static const struct {
		uint32_t type;
		bool fits;
	} types[] = {
		{ 0, true }, { BPF_FUSE, true }, { BPF_FUSE_IO, true },
		{ BPF_XDP, false }, { BPF_NETFILTER, false },
	};
	unsigned int i;
	struct prog p;
	int link, prog;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		prog_begin(&p);
		p.attach_type = types[i].type;
		prog = prog_load(&p);
		link = prog < 0 ? prog : bpf_link_create(prog, DEV, NULL, 0);
		EXPECT_EQ(types[i].fits, link >= 0) {
			TH_LOG("type %u: %d", types[i].type, link);
		}
		close(link);
		if (prog < 0)
			continue;
		link = ATTACH(DEV);
		ASSERT_LE(0, link);
		EXPECT_EQ(types[i].fits, !bpf_link_update(link, prog));
		close(link);
		close(prog);
	}
}

TEST_F(attach, attributes)
{
	union bpf_attr attr = {
		.link_create.prog_fd = self->prog,
		.link_create.target_fd = DEV,
		.link_create.attach_type = BPF_FUSE,
	};

	attr.link_create.flags = 1;
	EXPECT_EQ(-EINVAL, bpf_link_create_attr(&attr));
	attr.link_create.flags = 0;
	attr.link_create.attach_type = BPF_NETFILTER;
	EXPECT_EQ(-EINVAL, bpf_link_create_attr(&attr));
	attr.link_create.attach_type = BPF_FUSE;
	attr.link_create.fuse.map_cnt = 1;
	attr.link_create.fuse.map_fds = 1;
	EXPECT_EQ(-EFAULT, bpf_link_create_attr(&attr));
	attr.link_create.fuse.map_cnt = 0;
	EXPECT_LE(0, bpf_link_create_attr(&attr));
}

TEST_F(attach, maps)
{
	int array = bpf_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 4);
	const int bad[] = { self->map, -1 };
	const int other[] = { self->map, array };
	const int not_a_map[] = { self->map, self->prog };
	const int twice[] = { self->map, self->map };
	int link;

	EXPECT_EQ(-EBADF, bpf_link_create(self->prog, DEV, bad, 2));
	EXPECT_EQ(-EINVAL, bpf_link_create(self->prog, DEV, other, 2));
	EXPECT_EQ(-EINVAL, bpf_link_create(self->prog, DEV, not_a_map, 2));
	EXPECT_EQ(-EEXIST, bpf_link_create(self->prog, DEV, twice, 2));
	/* a refusal leaves the map free */
	link = ATTACH(DEV);
	EXPECT_LE(0, link);
}

/* Who may not write to a map cannot have it emptied by lending it. */
TEST_F(attach, maps_to_read_only)
{
	const int maps[] = { self->map, cache_map_create(64, 64, 8) };
	int link, reader;
	unsigned int i;

	ASSERT_LE(0, maps[1]);
	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		reader = bpf_map_read_only(maps[i]);
		ASSERT_LE(0, reader);
		EXPECT_EQ(-EPERM, bpf_link_create(self->prog, DEV, &reader, 1));
		close(reader);
		link = bpf_link_create(self->prog, DEV, &maps[i], 1);
		EXPECT_LE(0, link);
		close(link);
		ASSERT_EQ(0, bpf_map_freeze(maps[i]));
		EXPECT_EQ(-EPERM,
			  bpf_link_create(self->prog, DEV, &maps[i], 1));
	}
}

TEST_F(attach, number_of_maps)
{
	int maps[FUSE_BPF_MAX_MAPS + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(maps); i++)
		maps[i] = backing_create(1);
	EXPECT_EQ(-E2BIG, bpf_link_create(self->prog, DEV, maps,
					  ARRAY_SIZE(maps)));
	EXPECT_LE(0, bpf_link_create(self->prog, DEV, maps,
				     FUSE_BPF_MAX_MAPS));
}

TEST_F(attach, one_link_a_connection)
{
	int other = backing_create(1);
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	EXPECT_EQ(-EBUSY, bpf_link_create(self->prog, DEV, &other, 1));
	close(link);
	link = bpf_link_create(self->prog, DEV, &other, 1);
	EXPECT_LE(0, link);
}

static int second_daemon(struct daemon *d, const struct daemon_config *config)
{
	mkdir(ENV_TMP "/mnt2", 0755);
	return daemon_start(d, ENV_LOWER, ENV_TMP "/mnt2", config);
}

TEST_F(attach, one_connection_a_map)
{
	int maps[] = { backing_create(1), self->map };
	struct daemon second;
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, second_daemon(&second, &daemon_default));
	ASSERT_EQ(0, backing_put(maps[0], 1, open(ENV_LOWER, O_PATH)));
	EXPECT_EQ(-EBUSY, bpf_link_create(self->prog, second.dev, maps, 2));
	/* the first of the two was given back, as it was */
	EXPECT_EQ(1, backing_count(maps[0]));
	EXPECT_LE(0, bpf_link_create(self->prog, second.dev, maps, 1));
	EXPECT_EQ(1, backing_count(maps[0]));
	daemon_kill(&second);
}

/* An attach that comes to nothing leaves the caches without owner. */
TEST_F(attach, one_connection_a_cache)
{
	int caches[] = { cache_map_create(64, 64, 8),
			 cache_map_create(64, 64, 8) };
	struct daemon second;
	int link;

	ASSERT_EQ(0, second_daemon(&second, &daemon_default));
	link = bpf_link_create(self->prog, DEV, &caches[1], 1);
	ASSERT_LE(0, link);
	/* the second is owned; then the connection has a link */
	EXPECT_EQ(-EBUSY, bpf_link_create(self->prog, second.dev, caches, 2));
	EXPECT_EQ(-EBUSY, bpf_link_create(self->prog, DEV, caches, 1));
	EXPECT_LE(0, bpf_link_create(self->prog, second.dev, caches, 1));
	daemon_kill(&second);
}

TEST_F(attach, no_init_yet)
{
	struct daemon second;

	ASSERT_EQ(0, mkdir(ENV_TMP "/mnt2", 0755));
	ASSERT_EQ(0, daemon_mount(&second, ENV_TMP "/mnt2",
				  &daemon_default));
	EXPECT_EQ(-EAGAIN, ATTACH(second.dev));
	ASSERT_EQ(0, daemon_serve(&second, ENV_LOWER, &daemon_default));
	EXPECT_LE(0, ATTACH(second.dev));
	daemon_kill(&second);
}

FIXTURE(refused) {
	struct env env;
};

FIXTURE_VARIANT(refused) {
	struct daemon_config config;
	int error;
};

FIXTURE_VARIANT_ADD(refused, init_failed) {
	.config = { .init_error = EPERM, .minor = FUSE_KERNEL_MINOR_VERSION },
	.error = -ECONNREFUSED,
};

FIXTURE_VARIANT_ADD(refused, protocol_7_11) {
	.config = { .minor = 11 },
	.error = -EPROTONOSUPPORT,
};

FIXTURE_VARIANT_ADD(refused, idmap) {
	.config = {
		.init_flags = FUSE_INIT_EXT | FUSE_ALLOW_IDMAP,
		.minor = FUSE_KERNEL_MINOR_VERSION,
	},
	.error = -EOVERFLOW,
};

FIXTURE_SETUP(refused)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_start(&self->env, &variant->config));
}

FIXTURE_TEARDOWN(refused)
{
	daemon_kill(&self->env.daemon);
}

TEST_F(refused, attach)
{
	EXPECT_EQ(variant->error, bpf_link_create(pass_prog(), DEV, NULL, 0));
}

/* The kernel offers FUSE_BPF, and 7.12 is enough to attach. */
TEST_F(attach, offered)
{
	struct daemon_config config = { .minor = 12 };
	struct daemon second;

	EXPECT_TRUE(self->env.daemon.shared->offered & FUSE_BPF);
	EXPECT_TRUE(self->env.daemon.shared->offered & FUSE_PASSTHROUGH);
	ASSERT_EQ(0, second_daemon(&second, &config));
	EXPECT_LE(0, ATTACH(second.dev));
	daemon_kill(&second);
}

/* A CUSE channel is neither /dev/fuse nor on a mount. */
TEST_F(attach, cuse)
{
	static const char name[] = "DEVNAME=fuse_bpf_test";
	struct {
		struct fuse_out_header h;
		struct cuse_init_out out;
		char info[sizeof(name)];
	} reply = {
		.h.len = sizeof(reply.h) + sizeof(reply.out) + sizeof(name),
		.out.major = FUSE_KERNEL_VERSION,
		.out.minor = FUSE_KERNEL_MINOR_VERSION,
		.out.max_read = 4096,
		.out.max_write = 4096,
	};
	struct iovec iov = { &reply, reply.h.len };
	char request[8192];
	int cuse = open("/dev/cuse", O_RDWR);

	if (cuse < 0)
		SKIP(return, "no CUSE");
	ASSERT_LT(0, read(cuse, request, sizeof(request)));
	reply.h.unique = ((struct fuse_in_header *)request)->unique;
	memcpy(reply.info, name, sizeof(name));
	ASSERT_LT(0, writev(cuse, &iov, 1));
	EXPECT_EQ(-EINVAL, ATTACH(cuse));
}

/* An administrator may name the connection by its mount, others may not. */
TEST_F(attach, by_mount)
{
	int dir = open(ENV_MNT, O_PATH | O_DIRECTORY);
	int link;

	ASSERT_LE(0, dir);
	ASSERT_EQ(0, seteuid(1000));
	link = ATTACH(dir);
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(-EPERM, link);
	EXPECT_LE(0, ATTACH(dir));
}

/* ----------------------------------------------------- update, detach --- */

static int statfs_errno(void)
{
	struct statfs st;

	return statfs(ENV_MNT, &st) ? errno : 0;
}

TEST_F(attach, update)
{
	int link = bpf_link_create(error_prog(-EBUSY), DEV, NULL, 0);
	int second = error_prog(-EPERM);

	ASSERT_LE(0, link);
	EXPECT_EQ(EBUSY, statfs_errno());
	EXPECT_EQ(0, bpf_link_update(link, second));
	EXPECT_EQ(EPERM, statfs_errno());
	/* the link has its own reference */
	close(second);
	EXPECT_EQ(EPERM, statfs_errno());
	EXPECT_EQ(0, bpf_link_update(link, self->prog));
	EXPECT_EQ(0, statfs_errno());
}

TEST_F(attach, update_of_an_expected_program)
{
	int first = error_prog(-EBUSY), second = error_prog(-EPERM);
	int link = bpf_link_create(first, DEV, NULL, 0);

	ASSERT_LE(0, link);
	EXPECT_EQ(-EPERM, bpf_link_replace(link, second, self->prog));
	EXPECT_EQ(EBUSY, statfs_errno());
	EXPECT_EQ(0, bpf_link_replace(link, second, first));
	EXPECT_EQ(EPERM, statfs_errno());
}

TEST_F(attach, update_by_another_type)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, 0), EXIT() };
	int link = ATTACH(DEV);
	int other;

	other = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, pass,
			      ARRAY_SIZE(pass));
	ASSERT_LE(0, link);
	EXPECT_EQ(-EINVAL, bpf_link_update(link, other));
}

static void *statfs_loop(void *arg)
{
	bool *stop = arg;
	unsigned long wrong = 0;
	int err;

	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		err = statfs_errno();
		if (err != EBUSY && err != EPERM)
			wrong++;
	}
	return (void *)wrong;
}

/* Under load each request meets the old program or the new one. */
TEST_F(attach, update_under_load)
{
	int progs[] = { error_prog(-EBUSY), error_prog(-EPERM) };
	int link = bpf_link_create(progs[0], DEV, NULL, 0);
	pthread_t threads[2];
	bool stop = false;
	void *wrong;
	int i;

	ASSERT_LE(0, link);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, statfs_loop,
					    &stop));
	for (i = 0; i < 300; i++)
		EXPECT_EQ(0, bpf_link_update(link, progs[i % 2]));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &wrong);
		EXPECT_EQ(NULL, wrong);
	}
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_STATFS));
}

TEST_F(attach, detach)
{
	int link = bpf_link_create(error_prog(-EBUSY), DEV, &self->map, 1);
	struct bpf_link_info info;

	ASSERT_LE(0, link);
	ASSERT_EQ(0, backing_put(self->map, 1, open(ENV_LOWER, O_PATH)));
	EXPECT_EQ(EBUSY, statfs_errno());
	EXPECT_EQ(0, bpf_link_detach(link));
	EXPECT_EQ(0, statfs_errno());
	/* the map has left its connection empty, and is free */
	EXPECT_EQ(0, backing_count(self->map));
	EXPECT_EQ(0, bpf_link_info(link, &info));
	EXPECT_EQ(0, info.fuse.connection);
	EXPECT_EQ(-ENOLINK, bpf_link_update(link, self->prog));
	EXPECT_EQ(0, bpf_link_detach(link));
	EXPECT_LE(0, ATTACH(DEV));
}

TEST_F(attach, last_descriptor)
{
	int link = bpf_link_create(error_prog(-EBUSY), DEV, &self->map, 1);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, backing_put(self->map, 1, open(ENV_LOWER, O_PATH)));
	EXPECT_EQ(EBUSY, statfs_errno());
	close(link);
	EXPECT_EQ(0, statfs_errno());
	EXPECT_EQ(0, backing_count(self->map));
}

/* A pin keeps the link. */
TEST_F(attach, pinned)
{
	const char *pin = ENV_TMP "/bpf/link";
	unsigned int ms;
	int link = bpf_link_create(error_prog(-EBUSY), DEV, &self->map, 1);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, mkdir(ENV_TMP "/bpf", 0700));
	ASSERT_EQ(0, mount("bpf", ENV_TMP "/bpf", "bpf", 0, NULL));
	ASSERT_EQ(0, bpf_pin(link, pin));
	close(link);
	EXPECT_EQ(EBUSY, statfs_errno());
	EXPECT_EQ(0, unlink(pin));
	/* bpffs lets go of the link in its own time */
	for (ms = 0; ms < 5000 && statfs_errno(); ms++)
		usleep(1000);
	EXPECT_EQ(0, statfs_errno());
}

/* ------------------------------------------------- end of a connection --- */

static void expect_ended(struct __test_metadata *_metadata, int link, int map)
{
	struct bpf_link_info info;

	EXPECT_EQ(0, bpf_link_info(link, &info));
	EXPECT_EQ(0, info.fuse.connection);
	EXPECT_EQ(0, info.fuse.map_cnt);
	EXPECT_EQ(0, backing_count(map));
}

TEST_F(attach, ends_with_the_daemon)
{
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, backing_put(self->map, 1, open(ENV_LOWER, O_PATH)));
	daemon_kill(&self->env.daemon);
	expect_ended(_metadata, link, self->map);
	EXPECT_EQ(-ENOLINK, bpf_link_update(link, self->prog));
}

TEST_F(attach, ends_with_the_mount)
{
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, backing_put(self->map, 1, open(ENV_LOWER, O_PATH)));
	ASSERT_EQ(0, umount(ENV_MNT));
	expect_ended(_metadata, link, self->map);
	EXPECT_EQ(-ENOTCONN, ATTACH(DEV));
}

TEST_F(attach, ends_with_an_abort)
{
	char path[64];
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	self->env.link = link;
	ASSERT_EQ(0, backing_put(self->map, 1, open(ENV_LOWER, O_PATH)));
	snprintf(path, sizeof(path), ENV_CTL "/%u/abort",
		 env_connection(&self->env));
	ASSERT_EQ(0, write_file(path, "1"));
	expect_ended(_metadata, link, self->map);
	EXPECT_EQ(-ENOTCONN, ATTACH(DEV));
}

/* The map serves another connection afterwards. */
TEST_F(attach, map_moves_on)
{
	struct daemon second;
	int link = ATTACH(DEV);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, second_daemon(&second, &daemon_default));
	EXPECT_EQ(-EBUSY, ATTACH(second.dev));
	daemon_kill(&self->env.daemon);
	EXPECT_LE(0, ATTACH(second.dev));
	daemon_kill(&second);
}

/* ------------------------------------------------------- what is shown --- */

TEST_F(attach, info)
{
	struct bpf_link_info info;
	int link = ATTACH(DEV);
	struct stat st;

	ASSERT_LE(0, link);
	ASSERT_EQ(0, stat(ENV_MNT, &st));
	ASSERT_EQ(0, bpf_link_info(link, &info));
	EXPECT_EQ(BPF_LINK_TYPE_FUSE, info.type);
	EXPECT_EQ(minor(st.st_dev), info.fuse.connection);
	EXPECT_EQ(1, info.fuse.map_cnt);
}

static bool fdinfo_has(int fd, const char *want)
{
	char path[64], line[128];
	bool has = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		has |= !strcmp(line, want);
	if (f)
		fclose(f);
	return has;
}

TEST_F(attach, fdinfo)
{
	int link = ATTACH(DEV);
	char want[64];
	struct stat st;

	ASSERT_LE(0, link);
	ASSERT_EQ(0, stat(ENV_MNT, &st));
	snprintf(want, sizeof(want), "connection:\t%u\n", minor(st.st_dev));
	EXPECT_TRUE(fdinfo_has(link, want));
	EXPECT_TRUE(fdinfo_has(link, "maps:\t1\n"));
	ASSERT_EQ(0, bpf_link_detach(link));
	EXPECT_TRUE(fdinfo_has(link, "connection:\t0\n"));
	EXPECT_TRUE(fdinfo_has(link, "maps:\t0\n"));
}

/* The counters are there while a link is, and start from 0. */
TEST_F(attach, counters)
{
	uint32_t connection;
	struct counters c;
	char path[64];
	struct stat st;

	ASSERT_EQ(0, stat(ENV_MNT, &st));
	connection = minor(st.st_dev);
	snprintf(path, sizeof(path), ENV_CTL "/%u/bpf", connection);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(-ENODATA, connection_counters(connection, FUSE_STATFS, &c));

	self->env.link = bpf_link_create(error_prog(-EBUSY), DEV, NULL, 0);
	ASSERT_LE(0, self->env.link);
	EXPECT_EQ(EBUSY, statfs_errno());
	EXPECT_EQ(0, bpf_link_update(self->env.link, self->prog));
	EXPECT_EQ(0, statfs_errno());
	EXPECT_EQ(0, statfs_errno());
	ASSERT_EQ(0, connection_counters(connection, FUSE_STATFS, &c));
	EXPECT_EQ(1, c.error);
	EXPECT_EQ(2, c.pass);
	EXPECT_EQ(0, c.reply + c.redirect + c.refused + c.bound + c.unbound);

	ASSERT_EQ(0, bpf_link_detach(self->env.link));
	EXPECT_EQ(-ENODATA, connection_counters(connection, FUSE_STATFS, &c));
	self->env.link = bpf_link_create(self->prog, DEV, NULL, 0);
	ASSERT_LE(0, self->env.link);
	ASSERT_EQ(0, connection_counters(connection, FUSE_STATFS, &c));
	EXPECT_EQ(0, c.error + c.pass);
}

TEST_HARNESS_MAIN
