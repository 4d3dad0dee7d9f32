// SPDX-License-Identifier: GPL-2.0
/*
 * Consent by whoever holds /dev/fuse, for a server that cannot say FUSE_BPF in
 * its answer to INIT: given with BPF_LINK_CREATE before that answer.
 */
#include "cache.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>

/* What an old library says */
static const struct daemon_config plain = {
	.init_flags = FUSE_BIG_WRITES,
	.minor = 31,
};

FIXTURE(consent) {
	struct env env;
	int prog;
	char file[64];
};

FIXTURE_SETUP(consent)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "text"));
	ASSERT_EQ(0, daemon_mount(&self->env.daemon, ENV_MNT, &plain));
	ASSERT_EQ(0, env_maps(&self->env));
	self->prog = env_full_prog(self->env.map);
	ASSERT_LE(0, self->prog);
	self->env.link = -1;
}

FIXTURE_TEARDOWN(consent)
{
	daemon_kill(&self->env.daemon);
}

static int attach(struct env *env, int prog, int target, uint32_t flags,
		  uint32_t depth)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog,
		.link_create.target_fd = target,
		.link_create.attach_type = BPF_FUSE,
		.link_create.fuse.map_fds = (uintptr_t)&env->map,
		.link_create.fuse.map_cnt = 1,
		.link_create.fuse.flags = flags,
		.link_create.fuse.max_stack_depth = depth,
	};

	return bpf_link_create_attr(&attr);
}

#define DEV	(self->env.daemon.dev)
#define CONSENT(DEPTH) \
	attach(&self->env, self->prog, DEV, FUSE_BPF_CONSENT, DEPTH)
#define SERVE(CONFIG)	daemon_serve(&self->env.daemon, ENV_LOWER, CONFIG)

/* Does the server see nothing of an open, a read and a stat? */
static bool redirected(struct env *env)
{
	struct daemon *d = &env->daemon;
	struct stat st;

	/* bound by the first lookup */
	if (stat(ENV_MNT "/file", &st))
		return false;
	daemon_forget_seen(d);
	return file_is(ENV_MNT "/file", "text") &&
	       !stat(ENV_MNT "/file", &st) && !daemon_seen(d, FUSE_OPEN) &&
	       !daemon_seen(d, FUSE_READ) && !daemon_seen(d, FUSE_GETATTR);
}

/* The opposite, not only for want of an answer */
static bool served(struct env *env)
{
	daemon_forget_seen(&env->daemon);
	return file_is(ENV_MNT "/file", "text") &&
	       daemon_seen(&env->daemon, FUSE_OPEN) &&
	       daemon_seen(&env->daemon, FUSE_READ);
}

#define OVERLAY	"lowerdir=" ENV_LOWER ",upperdir=" ENV_TMP "/upper,workdir=" \
		ENV_TMP "/work"

static int mount_overlay(void)
{
	return mkdir(ENV_TMP "/work", 0755) || mkdir(ENV_TMP "/upper", 0755) ||
	       mkdir(ENV_TMP "/over", 0755) ||
	       mount("over", ENV_TMP "/over", "overlay", 0, OVERLAY);
}

TEST_F(consent, redirects)
{
	self->env.link = CONSENT(1);
	ASSERT_LE(0, self->env.link);
	ASSERT_EQ(0, env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER));
	ASSERT_EQ(0, SERVE(&plain));
	EXPECT_TRUE(redirected(&self->env));
	EXPECT_LT(0, env_count(&self->env, FUSE_OPEN).redirect);
}

/* The same attachment without it answers and observes. */
TEST_F(consent, none)
{
	ASSERT_EQ(0, SERVE(&plain));
	self->env.link = attach(&self->env, self->prog, DEV, 0, 0);
	ASSERT_LE(0, self->env.link);
	EXPECT_EQ(-ELOOP, env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER));
	EXPECT_TRUE(served(&self->env));
}

static unsigned int listed(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

/*
 * It does not know of handle 0 either, which would be a pointer or a descriptor
 * to it. So it opens directories itself, and the kernel answers for files.
 */
TEST_F(consent, no_handle_is_told)
{
	struct pollfd pfd = { .events = POLLIN };
	unsigned int i;

	self->env.link = CONSENT(1);
	ASSERT_LE(0, self->env.link);
	ASSERT_EQ(0, env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER));
	ASSERT_EQ(0, SERVE(&plain));
	for (i = 1; i <= 2; i++) {
		EXPECT_EQ(3, listed(ENV_MNT));
		EXPECT_EQ(i, daemon_seen(&self->env.daemon, FUSE_OPENDIR));
	}
	EXPECT_EQ(0, env_count(&self->env, FUSE_OPENDIR).redirect);
	EXPECT_LT(0, env_count(&self->env, FUSE_OPENDIR).refused);

	ASSERT_TRUE(redirected(&self->env));
	pfd.fd = open(ENV_MNT "/file", O_RDWR);
	ASSERT_LE(0, pfd.fd);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_OPEN));
	EXPECT_EQ(1, poll(&pfd, 1, -1));
	EXPECT_EQ(POLLIN, pfd.revents);
	EXPECT_EQ(-1, ioctl(pfd.fd, _IO('F', 1)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_POLL));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_IOCTL));
}

TEST_F(consent, arguments)
{
	int root = open(ENV_MNT, O_PATH);

	EXPECT_EQ(-EINVAL, CONSENT(0));
	EXPECT_EQ(-EINVAL, CONSENT(3));
	EXPECT_EQ(-EINVAL, attach(&self->env, self->prog, DEV, 0, 1));
	EXPECT_EQ(-EINVAL, attach(&self->env, self->prog, DEV, 1 << 2, 0));
	/* an administrator is not the server */
	ASSERT_LE(0, root);
	EXPECT_EQ(-EPERM, attach(&self->env, self->prog, root,
				 FUSE_BPF_CONSENT, 1));
	/* without it INIT comes first */
	EXPECT_EQ(-EAGAIN, attach(&self->env, self->prog, DEV, 0, 0));
	EXPECT_LE(0, CONSENT(2));
}

/* What is asked after INIT is the program that the link has by then. */
TEST_F(consent, updated_before_init)
{
	struct statfs st;
	struct prog p;

	self->env.link = CONSENT(1);
	ASSERT_LE(0, self->env.link);
	prog_begin(&p);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REQUEST);
	prog_return(&p, -EBUSY);
	prog_rule_end(&p);
	ASSERT_EQ(0, bpf_link_update(self->env.link, prog_load(&p)));
	ASSERT_EQ(0, SERVE(&plain));
	EXPECT_EQ(-1, statfs(ENV_MNT, &st));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_TRUE(served(&self->env));
}

/* A cache that waits with its link for INIT fills and answers after it. */
TEST_F(consent, owns_a_cache)
{
	struct env *env = &self->env;
	struct daemon second;
	struct cache cache;
	int i;

	ASSERT_EQ(0, cache_create(&cache, 64));
	ASSERT_EQ(0, cache_attach(env, &cache, cache_prog(&cache, HOUR), -1,
				  HOUR, FUSE_BPF_CONSENT));
	ASSERT_EQ(0, SERVE(&plain));
	for (i = 0; i < 3; i++)
		EXPECT_GT(0, cache_ask(ENV_MNT "/file", FUSE_GETXATTR,
				       "user.none"));
	EXPECT_EQ(1, daemon_seen(&env->daemon, FUSE_GETXATTR));
	EXPECT_LT(0, cache_count(&cache));

	ASSERT_EQ(0, mkdir(ENV_TMP "/mnt2", 0755));
	ASSERT_EQ(0, daemon_start(&second, ENV_LOWER, ENV_TMP "/mnt2",
				  &daemon_default));
	EXPECT_EQ(-EBUSY, bpf_link_create(env->prog, second.dev, &cache.map,
					  1));
	ASSERT_EQ(0, bpf_link_detach(env->link));
	EXPECT_EQ(0, cache_count(&cache));
	EXPECT_LE(0, bpf_link_create(env->prog, second.dev, &cache.map, 1));
	daemon_kill(&second);
}

TEST_F(consent, one_link_a_connection)
{
	struct env other = { .map = backing_create(1) };
	int link = CONSENT(1);

	ASSERT_LE(0, link);
	EXPECT_EQ(-EBUSY, attach(&other, self->prog, DEV, FUSE_BPF_CONSENT, 1));
	close(link);
	EXPECT_LE(0, attach(&other, self->prog, DEV, FUSE_BPF_CONSENT, 1));
}

TEST_F(consent, too_late)
{
	ASSERT_EQ(0, SERVE(&plain));
	EXPECT_EQ(-EISCONN, CONSENT(1));
}

/* It belongs to the link: what comes after that has none. */
TEST_F(consent, withdrawn)
{
	int link = CONSENT(1);

	ASSERT_LE(0, link);
	ASSERT_EQ(0, bpf_link_detach(link));
	close(link);
	ASSERT_EQ(0, SERVE(&plain));
	self->env.link = attach(&self->env, self->prog, DEV, 0, 0);
	ASSERT_LE(0, self->env.link);
	EXPECT_EQ(-ELOOP, env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER));
	EXPECT_TRUE(served(&self->env));
}

/* How deep it may be stacked is what the server itself says, if it does. */
TEST_F(consent, depth_of_the_server)
{
	static const struct daemon_config deeper = {
		.init_flags = FUSE_INIT_EXT | FUSE_PASSTHROUGH,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_stack_depth = 2,
	};

	ASSERT_EQ(0, mount_overlay());
	self->env.link = CONSENT(1);
	ASSERT_LE(0, self->env.link);
	ASSERT_EQ(0, env_put(&self->env, FUSE_ROOT_ID, ENV_LOWER));
	ASSERT_EQ(0, SERVE(&deeper));
	EXPECT_EQ(0, env_put(&self->env, 3, ENV_TMP "/over"));
	EXPECT_TRUE(redirected(&self->env));
}

/* And else what was promised for it. */
TEST_F(consent, promised_depth)
{
	ASSERT_EQ(0, mount_overlay());
	self->env.link = CONSENT(1);
	ASSERT_LE(0, self->env.link);
	ASSERT_EQ(0, SERVE(&plain));
	EXPECT_EQ(-ELOOP, env_put(&self->env, 3, ENV_TMP "/over"));
	EXPECT_EQ(0, env_put(&self->env, 3, ENV_LOWER));
}

FIXTURE(contradicted) {
	struct env env;
};

FIXTURE_VARIANT(contradicted) {
	struct daemon_config config;
	bool mounted;
};

FIXTURE_VARIANT_ADD(contradicted, writeback_cache) {
	.config = {
		.init_flags = FUSE_WRITEBACK_CACHE | FUSE_POSIX_LOCKS,
		.minor = 31,
	},
	.mounted = true,
};

FIXTURE_VARIANT_ADD(contradicted, protocol_7_11) {
	.config = { .init_flags = FUSE_POSIX_LOCKS, .minor = 11 },
	.mounted = true,
};

FIXTURE_VARIANT_ADD(contradicted, idmap) {
	.config = {
		.init_flags = FUSE_INIT_EXT | FUSE_ALLOW_IDMAP |
			      FUSE_POSIX_LOCKS,
		.minor = FUSE_KERNEL_MINOR_VERSION,
	},
	.mounted = true,
};

FIXTURE_VARIANT_ADD(contradicted, inode_dax) {
	.config = {
		.init_flags = FUSE_INIT_EXT | FUSE_HAS_INODE_DAX |
			      FUSE_POSIX_LOCKS,
		.minor = FUSE_KERNEL_MINOR_VERSION,
	},
	.mounted = true,
};

FIXTURE_VARIANT_ADD(contradicted, init_failed) {
	.config = { .init_error = EPERM, .minor = 31 },
};

FIXTURE_SETUP(contradicted)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, write_file(ENV_LOWER "/file", "text"));
	ASSERT_EQ(0, daemon_mount(&self->env.daemon, ENV_MNT,
				  &variant->config));
	ASSERT_EQ(0, env_maps(&self->env));
}

static unsigned int locks_that_the_server_sees(struct env *env)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(ENV_MNT "/file", O_RDWR);

	/* it has none to give, and is asked all the same */
	fcntl(fd, F_SETLK, &lock);
	close(fd);
	return daemon_seen(&env->daemon, FUSE_SETLK);
}

FIXTURE_TEARDOWN(contradicted)
{
	daemon_kill(&self->env.daemon);
}

/* The link ends, and gives its map back; FUSE goes on as if there were none. */
TEST_F(contradicted, ends)
{
	struct env *env = &self->env;
	struct daemon second;
	struct stat st;

	ASSERT_EQ(0, mkdir(ENV_TMP "/mnt2", 0755));
	env->link = attach(env, env_full_prog(env->map), env->daemon.dev,
			   FUSE_BPF_CONSENT, 1);
	ASSERT_LE(0, env->link);
	ASSERT_NE(0, env_connection(env));
	daemon_serve(&env->daemon, ENV_LOWER, &variant->config);
	EXPECT_EQ(variant->mounted, !stat(ENV_MNT "/.", &st));
	EXPECT_EQ(0, env_connection(env));
	if (variant->mounted) {
		EXPECT_LT(0, locks_that_the_server_sees(env));
		ASSERT_EQ(0, daemon_start(&second, ENV_LOWER, ENV_TMP "/mnt2",
					  &daemon_default));
		/* the map is free for another connection */
		EXPECT_LE(0, attach(env, env_full_prog(env->map), second.dev, 0,
				    0));
		daemon_kill(&second);
	}
}

/* Before INIT nobody knows the depth: nothing that is stacked, and no FUSE. */
TEST_F(consent, objects)
{
	struct daemon second;

	ASSERT_EQ(0, mkdir(ENV_TMP "/mnt2", 0755));
	ASSERT_EQ(0, mount_overlay());
	ASSERT_EQ(0, daemon_start(&second, ENV_LOWER, ENV_TMP "/mnt2",
				  &plain));
	self->env.link = CONSENT(2);
	ASSERT_LE(0, self->env.link);
	EXPECT_EQ(-ELOOP, env_put(&self->env, 2, ENV_TMP "/over"));
	EXPECT_EQ(-ELOOP, env_put(&self->env, 2, ENV_TMP "/mnt2"));
	EXPECT_EQ(0, env_put(&self->env, 2, ENV_LOWER));
	ASSERT_EQ(0, SERVE(&plain));
	EXPECT_EQ(0, env_put(&self->env, 3, ENV_TMP "/over"));
	daemon_kill(&second);
}

/* The server dies instead of answering INIT. */
TEST_F(consent, no_init)
{
	int link = CONSENT(1);

	ASSERT_LE(0, link);
	self->env.link = link;
	ASSERT_NE(0, env_connection(&self->env));
	daemon_kill(&self->env.daemon);
	EXPECT_EQ(0, env_connection(&self->env));
	EXPECT_EQ(0, env_put(&self->env, 2, ENV_LOWER));
}

TEST_HARNESS_MAIN
