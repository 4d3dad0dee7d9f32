// SPDX-License-Identifier: GPL-2.0
/* A mount in a user namespace: ids that have no number there (K4) */
#include "env.h"
#include "user.h"
#include "../../kselftest_harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE		100000		/* uid 0 of the namespace */
#define OVERFLOW_ID	65534

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"
#define FOREIGN_LOWER	ENV_LOWER "/foreign"
#define FOREIGN_MNT	ENV_MNT "/foreign"

FIXTURE(userns) {
	struct env env;
	int to_child[2];
	int to_parent[2];
	pid_t child;
};

/* What the namespace's root finds on its mount */
struct found {
	int error;
	uid_t mapped, unmapped;		/* owners of two files */
	bool writable;			/* the second, whose owner has no number */
};

static struct found look(void)
{
	struct found found = {};
	struct stat st;
	int fd;

	if (stat(FILE_MNT, &st))
		found.error = errno;
	found.mapped = st.st_uid;
	if (stat(FOREIGN_MNT, &st))
		found.error = errno;
	found.unmapped = st.st_uid;
	fd = open(FOREIGN_MNT, O_WRONLY);
	found.writable = fd >= 0;
	close(fd);
	return found;
}

/* Mount in the namespace, tell the descriptor, and look when told to. */
static void child(int in, int out, int userns)
{
	char options[64], c;
	struct found found;
	int dev;

	if (setns(userns, CLONE_NEWUSER) || unshare(CLONE_NEWNS) ||
	    setresgid(0, 0, 0) || setresuid(0, 0, 0))
		_exit(1);
	dev = open("/dev/fuse", O_RDWR);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0,%s", dev,
		 "default_permissions");
	if (dev < 0 || mount("fuse_bpf", ENV_MNT, "fuse", 0, options) ||
	    write(out, &dev, sizeof(dev)) != sizeof(dev) ||
	    read(in, &c, 1) != 1)
		_exit(1);
	close(dev);
	found = look();
	if (write(out, &found, sizeof(found)) != sizeof(found))
		_exit(1);
	/* the mount goes with the namespace, when the test has ended */
	_exit(read(in, &c, 1) != 0);
}

/* The child's descriptor: the mount takes only one of its namespace. */
static int take_dev(pid_t pid, int fd)
{
	int pidfd = syscall(__NR_pidfd_open, pid, 0);

	return pidfd < 0 ? -1 : syscall(__NR_pidfd_getfd, pidfd, fd, 0);
}

static int lower_tree(void)
{
	int err = write_file(FILE_LOWER, "lower");

	err = err ?: write_file(FOREIGN_LOWER, "lower");
	if (err || chown(FILE_LOWER, BASE + 7, BASE + 7) ||
	    chown(FOREIGN_LOWER, USER, USER) || chown(ENV_LOWER, BASE, BASE))
		return -EIO;
	return 0;
}

FIXTURE_SETUP(userns)
{
	const char *why = bpf_why_not();
	struct env *env = &self->env;
	int userns, dev;

	if (why)
		SKIP(return, "%s", why);
	env->daemon.dev = -1;
	ASSERT_EQ(0, env_namespace());
	ASSERT_EQ(0, lower_tree());
	userns = userns_create("0 100000 65536");
	if (userns < 0)
		SKIP(return, "no user namespaces");
	ASSERT_EQ(0, pipe2(self->to_child, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->to_parent, O_CLOEXEC));
	self->child = fork();
	if (!self->child) {
		close(self->to_child[1]);
		close(self->to_parent[0]);
		child(self->to_child[0], self->to_parent[1], userns);
	}
	close(self->to_parent[1]);
	ASSERT_EQ(sizeof(dev), read(self->to_parent[0], &dev, sizeof(dev)));
	env->daemon.dev = take_dev(self->child, dev);
	ASSERT_LE(0, env->daemon.dev);
	ASSERT_EQ(0, daemon_serve(&env->daemon, ENV_LOWER, &daemon_default));
	ASSERT_EQ(0, env_attach_full(env));
}

FIXTURE_TEARDOWN(userns)
{
	daemon_kill(&self->env.daemon);
	if (self->child > 0) {
		close(self->to_child[1]);
		waitpid(self->child, NULL, 0);
	}
}

TEST_F(userns, unmapped_ids)
{
	struct found found;

	ASSERT_EQ(1, write(self->to_child[1], "", 1));
	ASSERT_EQ(sizeof(found), read(self->to_parent[0], &found,
				      sizeof(found)));
	EXPECT_EQ(0, found.error);
	EXPECT_EQ(7, found.mapped);
	EXPECT_EQ(OVERFLOW_ID, found.unmapped);
	/* which is somebody, as it is where the daemon tells it */
	EXPECT_TRUE(found.writable);
	EXPECT_LE(1, env_count(&self->env, FUSE_GETATTR).redirect);
}

TEST_HARNESS_MAIN
