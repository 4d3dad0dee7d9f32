// SPDX-License-Identifier: GPL-2.0
/*
 * churn MOUNT LOWER SEED: do to the extension that is at work on the mount what
 * an administrator may do at any time: replace its entry program by one that
 * passes everything and put it back, detach it and attach it again, empty its
 * map and name the root anew. Ends with the connection or by SIGTERM and prints
 * how often it did what; anything unexpected ends it with exit code 1.
 */
#define _GNU_SOURCE
#include "bpf.h"
#include "insn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

struct churn {
	int mount;
	int lower;
	int map;
	int entry;			/* the extension's entry program */
	int pass;
	int link;
	unsigned int replaced;
	unsigned int attached;
	unsigned int emptied;
};

static volatile sig_atomic_t stop;

static void on_term(int signal)
{
	(void)signal;
	stop = 1;
}

/* An aborted connection answers nobody. */
static bool connection_ended(const struct churn *c)
{
	struct statx stx;

	return statx(c->mount, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
		     STATX_BASIC_STATS, &stx) &&
	       (errno == ENOTCONN || errno == ECONNABORTED || errno == ENODEV);
}

static void check(const struct churn *c, const char *what, int ret)
{
	if (ret >= 0)
		return;
	if (!connection_ended(c)) {
		fprintf(stderr, "churn: %s: %s\n", what, strerror(-ret));
		exit(1);
	}
	stop = 1;
}

/* ---------------------------------------------------------- by their ids */

static int by_id(enum bpf_cmd cmd, uint32_t id)
{
	union bpf_attr attr = { .map_id = id };
	int ret = syscall(__NR_bpf, cmd, &attr, sizeof(attr));

	return ret < 0 ? -errno : ret;
}

/* The next id after @id, or 0 */
static uint32_t next_id(enum bpf_cmd cmd, uint32_t id)
{
	union bpf_attr attr = { .start_id = id };

	return syscall(__NR_bpf, cmd, &attr, sizeof(attr)) ? 0 : attr.next_id;
}

static int find_link(uint32_t connection, uint32_t *prog_id)
{
	struct bpf_link_info info;
	uint32_t id = 0;
	int fd;

	while ((id = next_id(BPF_LINK_GET_NEXT_ID, id))) {
		fd = by_id(BPF_LINK_GET_FD_BY_ID, id);
		if (fd < 0)
			continue;
		if (!bpf_link_info(fd, &info) &&
		    info.type == BPF_LINK_TYPE_FUSE &&
		    info.fuse.connection == connection) {
			*prog_id = info.prog_id;
			return fd;
		}
		close(fd);
	}
	return -ENOENT;
}

/* The youngest: an ended mount's map may take its time to go. */
static int find_map(void)
{
	struct bpf_map_info info = {};
	int fd, found = -ENOENT;
	uint32_t id = 0;

	while ((id = next_id(BPF_MAP_GET_NEXT_ID, id))) {
		union bpf_attr attr = {
			.info.info_len = sizeof(info),
			.info.info = (uintptr_t)&info,
		};

		fd = by_id(BPF_MAP_GET_FD_BY_ID, id);
		if (fd < 0)
			continue;
		attr.info.bpf_fd = fd;
		if (syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr,
			    sizeof(attr)) ||
		    info.type != BPF_MAP_TYPE_FUSE_BACKING) {
			close(fd);
			continue;
		}
		if (found >= 0)
			close(found);
		found = fd;
	}
	return found;
}

static void find(struct churn *c)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, FUSE_BPF_PASS), EXIT() };
	uint32_t prog_id = 0;
	struct stat st;

	check(c, "stat", fstat(c->mount, &st) ? -errno : 0);
	c->link = find_link(minor(st.st_dev), &prog_id);
	check(c, "the mount's link", c->link);
	c->entry = by_id(BPF_PROG_GET_FD_BY_ID, prog_id);
	check(c, "its program", c->entry);
	c->map = find_map();
	check(c, "its map", c->map);
	c->pass = bpf_prog_load(BPF_PROG_TYPE_FUSE, pass, ARRAY_SIZE(pass));
	check(c, "another program", c->pass);
}

/* --------------------------------------------------------------- actions */

static void name_root(struct churn *c)
{
	check(c, "name the root", backing_put(c->map, FUSE_ROOT_ID, c->lower));
}

static void replace(struct churn *c)
{
	check(c, "replace", bpf_link_update(c->link, c->pass));
	check(c, "put back", bpf_link_update(c->link, c->entry));
	c->replaced++;
}

static void attach_again(struct churn *c)
{
	check(c, "detach", bpf_link_detach(c->link));
	close(c->link);
	c->link = bpf_link_create(c->entry, c->mount, &c->map, 1);
	check(c, "attach", c->link);
	name_root(c);
	c->attached++;
}

static void empty(struct churn *c)
{
	uint64_t key;

	/* whose key comes next may have gone by then, with its inode */
	while (!stop && !bpf_map_next_key(c->map, NULL, &key))
		backing_delete(c->map, key);
	name_root(c);
	c->emptied++;
}

/* In between, the extension is to be at work. */
static void pause_randomly(unsigned int *seed)
{
	const struct timespec time = {
		.tv_nsec = rand_r(seed) % 20 * 1000000,
	};

	nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
	void (*const actions[])(struct churn *c) = {
		replace, attach_again, empty,
	};
	const struct sigaction term = { .sa_handler = on_term };
	struct churn c = {};
	unsigned int seed;

	if (argc != 4) {
		fprintf(stderr, "usage: churn MOUNT LOWER SEED\n");
		return 2;
	}
	sigaction(SIGTERM, &term, NULL);
	c.mount = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c.lower = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c.mount < 0 || c.lower < 0) {
		perror("churn");
		return 1;
	}
	seed = atoi(argv[3]);
	find(&c);
	while (!stop) {
		actions[rand_r(&seed) % ARRAY_SIZE(actions)](&c);
		pause_randomly(&seed);
	}
	printf("%u %u %u\n", c.replaced, c.attached, c.emptied);
	return 0;
}
