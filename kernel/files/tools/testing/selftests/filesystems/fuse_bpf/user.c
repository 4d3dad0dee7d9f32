// SPDX-License-Identifier: GPL-2.0
#include "user.h"
#include "env.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void user_begin(uid_t id)
{
	if (setgroups(0, NULL) || setegid(id) || seteuid(id)) {
		perror("# becoming a user");
		exit(1);
	}
}

void user_end(void)
{
	int saved = errno;

	if (seteuid(0) || setegid(0)) {
		perror("# becoming root again");
		exit(1);
	}
	errno = saved;
}

int user_lend(uid_t id, int map, uint64_t key, const char *path)
{
	int err, fd;

	fd = AS_USER(id, open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return -errno;
	err = backing_put(map, key, fd);
	close(fd);
	return err;
}

static int write_proc(pid_t pid, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return write_file(path, text);
}

/* A child holds it until there is a descriptor. */
int userns_create(const char *map)
{
	char path[64], c;
	int fd, ready[2];
	pid_t pid;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1 || write_proc(pid, "uid_map", map) ||
	    write_proc(pid, "gid_map", map))
		return -EPERM;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd < 0 ? -errno : fd;
}
