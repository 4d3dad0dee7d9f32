// SPDX-License-Identifier: GPL-2.0
#include "env.h"
#include "insn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAP_ENTRIES	512

int env_namespace(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmp", ENV_TMP, "tmpfs", 0, NULL) ||
	    mkdir(ENV_LOWER, 0755) || mkdir(ENV_MNT, 0755) ||
	    mkdir(ENV_CTL, 0755) ||
	    mount("lower", ENV_LOWER, "tmpfs", 0, NULL) ||
	    mount("fusectl", ENV_CTL, "fusectl", 0, NULL))
		return -errno;
	umask(0);
	return 0;
}

static void forget_bpf(struct env *env)
{
	env->map = -1;
	env->record = -1;
	env->prog = -1;
	env->link = -1;
}

int env_start(struct env *env, const struct daemon_config *config)
{
	int err;

	memset(env, 0, sizeof(*env));
	forget_bpf(env);
	err = env_namespace();
	return err ?: daemon_start(&env->daemon, ENV_LOWER, ENV_MNT, config);
}

/* ------------------------------------------------------------- program --- */

void env_redirect_rule(struct prog *p, int map, uint32_t opcode)
{
	prog_rule(p, opcode, FUSE_BPF_REQUEST);
	prog_select_node(p, map);
	prog_return_redirect(p);
	prog_rule_end(p);
}

static void bind_rule(struct prog *p, int map, uint32_t opcode, uint64_t flags)
{
	prog_rule(p, opcode, FUSE_BPF_REPLIED);
	prog_bind(p, map, flags);
	prog_return(p, FUSE_BPF_PASS);
	prog_rule_end(p);
}

void env_bind_rules(struct prog *p, int map)
{
	bind_rule(p, map, FUSE_LOOKUP, 0);
	bind_rule(p, map, FUSE_MKNOD, 0);
	bind_rule(p, map, FUSE_MKDIR, 0);
	bind_rule(p, map, FUSE_SYMLINK, 0);
	bind_rule(p, map, FUSE_LINK, 0);
	bind_rule(p, map, FUSE_TMPFILE, 0);
	bind_rule(p, map, FUSE_CREATE, FUSE_BPF_BIND_HANDLE);
}

void env_stack_rules(struct prog *p, int map)
{
	env_redirect_rule(p, map, FUSE_GETATTR);
	env_redirect_rule(p, map, FUSE_OPEN);
	env_redirect_rule(p, map, FUSE_GETXATTR);
	env_bind_rules(p, map);
}

int env_stack_prog(int map)
{
	struct prog p;

	prog_begin(&p);
	env_stack_rules(&p, map);
	return prog_load(&p);
}

/* @second is where the request names its second node. */
static void redirect_two_rule(struct prog *p, int map, uint32_t opcode,
			      uint32_t second)
{
	prog_rule(p, opcode, FUSE_BPF_REQUEST);
	prog_select_node(p, map);
	prog_require(p);
	prog_select_second(p, map, second);
	prog_return_redirect(p);
	prog_rule_end(p);
}

void env_redirect_two_rules(struct prog *p, int map)
{
	redirect_two_rule(p, map, FUSE_RENAME,
			  offsetof(struct fuse_rename_in, newdir));
	redirect_two_rule(p, map, FUSE_RENAME2,
			  offsetof(struct fuse_rename2_in, newdir));
	redirect_two_rule(p, map, FUSE_LINK,
			  offsetof(struct fuse_link_in, oldnodeid));
}

void env_full_rules(struct prog *p, int map)
{
	static const uint32_t opcodes[] = {
		FUSE_SETATTR, FUSE_STATX, FUSE_READLINK, FUSE_STATFS,
		FUSE_SETXATTR, FUSE_LISTXATTR, FUSE_REMOVEXATTR,
		FUSE_OPENDIR, FUSE_READDIR, FUSE_UNLINK, FUSE_RMDIR,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++)
		env_redirect_rule(p, map, opcodes[i]);
	env_redirect_two_rules(p, map);
	env_stack_rules(p, map);
}

int env_full_prog(int map)
{
	struct prog p;

	prog_begin(&p);
	env_full_rules(&p, map);
	return prog_load(&p);
}

int env_maps(struct env *env)
{
	env->map = backing_create(MAP_ENTRIES);
	env->record = record_create();
	return env->map < 0 ? env->map : env->record < 0 ? env->record : 0;
}

int env_attach_prog(struct env *env, int prog)
{
	if (prog < 0)
		return prog;
	env->prog = prog;
	env->link = bpf_link_create(prog, env->daemon.dev, &env->map, 1);
	return env->link < 0 ? env->link :
	       env_put(env, FUSE_ROOT_ID, ENV_LOWER);
}

int env_attach(struct env *env)
{
	int err;

	err = env_maps(env);
	return err ?: env_attach_prog(env, env_stack_prog(env->map));
}

int env_attach_full(struct env *env)
{
	int err;

	err = env_maps(env);
	return err ?: env_attach_prog(env, env_full_prog(env->map));
}

void env_close_bpf(struct env *env)
{
	close(env->link);
	close(env->prog);
	close(env->map);
	close(env->record);
	forget_bpf(env);
}

/* ---------------------------------------------------------------- maps --- */

int env_put(struct env *env, uint64_t key, const char *path)
{
	int err, fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	err = backing_put(env->map, key, fd);
	close(fd);
	return err;
}

uint64_t lower_ino(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_ino;
}

uint64_t env_nodeid(struct env *env, const char *path)
{
	const struct daemon_node *node;

	node = daemon_node_by_ino(&env->daemon, lower_ino(path));
	return node ? node->nodeid : 0;
}

/* ------------------------------------------------------------ counters --- */

static bool parse_counters(const char *line, uint32_t opcode,
			   struct counters *c)
{
	unsigned long long v[7];
	unsigned int op;

	if (sscanf(line, "%u %llu %llu %llu %llu %llu %llu %llu", &op, &v[0],
		   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]) != 8 ||
	    op != opcode)
		return false;
	*c = (struct counters){ v[0], v[1], v[2], v[3], v[4], v[5], v[6] };
	return true;
}

int connection_counters(uint32_t connection, uint32_t opcode,
			struct counters *counters)
{
	char path[64], line[256];
	int err = -ENODATA;
	FILE *f;

	memset(counters, 0, sizeof(*counters));
	snprintf(path, sizeof(path), ENV_CTL "/%u/bpf", connection);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		err = 0;
		if (parse_counters(line, opcode, counters))
			break;
	}
	fclose(f);
	return err;
}

uint32_t env_connection(struct env *env)
{
	struct bpf_link_info info;

	return bpf_link_info(env->link, &info) ? 0 : info.fuse.connection;
}

int env_counters(struct env *env, uint32_t opcode, struct counters *counters)
{
	return connection_counters(env_connection(env), opcode, counters);
}

struct counters env_count(struct env *env, uint32_t opcode)
{
	struct counters c;

	env_counters(env, opcode, &c);
	return c;
}

int env_set_lower_read_only(bool read_only)
{
	unsigned long flags = MS_REMOUNT | (read_only ? MS_RDONLY : 0);

	return mount(NULL, ENV_LOWER, NULL, flags, NULL) ? -errno : 0;
}

/* --------------------------------------------------------------- files --- */

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		err = -EIO;
	close(fd);
	return err;
}

bool fd_is(int fd, const char *text)
{
	char buf[4096];
	ssize_t n = pread(fd, buf, sizeof(buf), 0);

	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

bool file_is(const char *path, const char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = fd >= 0 && fd_is(fd, text);

	if (fd >= 0)
		close(fd);
	return is;
}
