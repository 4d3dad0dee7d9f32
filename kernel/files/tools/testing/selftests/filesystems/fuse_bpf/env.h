/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What most tests stand on: a mount namespace of their own, a tmpfs to be shown
 * through FUSE, a daemon that shows it, and a program that redirects and binds.
 * All of it ends with the process.
 */
#ifndef FUSE_BPF_ENV_H
#define FUSE_BPF_ENV_H

#include "bpf.h"
#include "daemon.h"
#include "prog.h"

#include <sys/stat.h>

#define ENV_TMP		"/tmp"
#define ENV_LOWER	ENV_TMP "/lower"
#define ENV_MNT		ENV_TMP "/mnt"
#define ENV_CTL		ENV_TMP "/ctl"

struct env {
	struct daemon daemon;
	int map;			/* FUSE_BACKING, -1 until attached */
	int record;			/* see prog_record() */
	int prog;
	int link;
};

/* Counters of one opcode, as fusectl shows them */
struct counters {
	uint64_t pass;
	uint64_t reply;
	uint64_t redirect;
	uint64_t error;
	uint64_t refused;
	uint64_t bound;
	uint64_t unbound;
};

/* All return 0 or a descriptor, or a negative errno. */
int env_namespace(void);
int env_start(struct env *env, const struct daemon_config *config);

/* Bind every node and handle. */
void env_bind_rules(struct prog *p, int map);
/* The same, and redirect GETATTR, OPEN and GETXATTR. */
void env_stack_rules(struct prog *p, int map);
int env_stack_prog(int map);
/* Redirect all that can be, names and listings included, and bind */
void env_redirect_rule(struct prog *p, int map, uint32_t opcode);
/* RENAME, RENAME2 and LINK, which have two objects */
void env_redirect_two_rules(struct prog *p, int map);
void env_full_rules(struct prog *p, int map);
int env_full_prog(int map);
/* Maps, program and link, with the lower root in the map */
int env_attach(struct env *env);
int env_attach_full(struct env *env);
/* The same with the caller's program, which uses env->map and env->record */
int env_maps(struct env *env);
int env_attach_prog(struct env *env, int prog);
/* Descriptors that the test holds of program, maps and link */
void env_close_bpf(struct env *env);

/* Put the object at @path, opened O_PATH, into the map. */
int env_put(struct env *env, uint64_t key, const char *path);
/* The node id that the daemon has given to the lower object at @path, or 0 */
uint64_t env_nodeid(struct env *env, const char *path);

int env_counters(struct env *env, uint32_t opcode, struct counters *counters);
/* The same, all 0 where nothing is counted */
struct counters env_count(struct env *env, uint32_t opcode);
/* The same by the connection's number; -ENODATA where nothing is attached */
int connection_counters(uint32_t connection, uint32_t opcode,
			struct counters *counters);
uint32_t env_connection(struct env *env);

int env_set_lower_read_only(bool read_only);

int write_file(const char *path, const char *text);
/* Whether a file holds exactly this text */
bool file_is(const char *path, const char *text);
bool fd_is(int fd, const char *text);
uint64_t lower_ino(const char *path);

#endif
