/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A FUSE server on raw /dev/fuse that shows a lower directory, in a process of
 * its own. It counts what reaches it, and misbehaves on demand. The test sees
 * and sets all of that in shared memory.
 */
#ifndef FUSE_BPF_DAEMON_H
#define FUSE_BPF_DAEMON_H

#include <linux/fuse.h>
#include <linux/fuse_bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DAEMON_OPCODES	64
#define DAEMON_NODES	512

struct daemon_config {
	uint64_t init_flags;
	uint32_t minor;			/* protocol 7.minor */
	uint32_t max_stack_depth;
	int32_t init_error;		/* INIT fails with this errno */
	uint64_t entry_valid;		/* seconds */
	uint64_t attr_valid;
	uint32_t open_flags;		/* FOPEN_* of OPEN and CREATE */
	bool own_permissions;		/* mount without default_permissions */
	bool private;			/* mount without allow_other */
	uid_t user_id;
	gid_t group_id;
};

/* Accepts FUSE_BPF and what belongs to it; timeouts are 0. */
extern const struct daemon_config daemon_default;

/* A node that the kernel knows. nodeid 0: the slot is free. */
struct daemon_node {
	uint64_t nodeid;
	uint64_t generation;
	uint64_t dev;
	uint64_t ino;
	uint64_t lookups;		/* granted and not forgotten */
	uint64_t lie_ino;		/* told instead of ino if not 0 */
	uint32_t lie_type;		/* S_IF*, told instead if not 0 */
	int fd;				/* O_PATH */
};

struct daemon_shared {
	/* counted by the daemon */
	uint32_t initialized;		/* INIT is answered */
	uint64_t offered;		/* flags that the kernel offered */
	uint32_t seen[DAEMON_OPCODES];
	uint32_t held;			/* requests that wait for an answer */
	uint32_t delayed;		/* answers that wait to be sent */
	uint32_t excess_forgets;	/* more than was granted */
	uint32_t unknown_handles;	/* requests with an fh never given out */
	uint32_t no_handle[DAEMON_OPCODES];	/* served by node: fh is 0 */
	uint32_t open_handles;
	struct daemon_node nodes[DAEMON_NODES];

	/* set by the test */
	int32_t refuse[DAEMON_OPCODES];	/* answer with this errno */
	uint32_t hold[DAEMON_OPCODES];	/* answer when told to go on */
	uint32_t delay[DAEMON_OPCODES];	/* so many answers are sent when told */
	uint32_t send_delayed;
	uint32_t drop[DAEMON_OPCODES];	/* never answer */
	uint32_t die[DAEMON_OPCODES];	/* exit instead of answering */
	uint64_t lie_ino;		/* for nodes first named from now on */
	uint32_t lie_type;
	uint64_t next_nodeid;		/* for the next new node, once */
	uint32_t open_flags;
	uint32_t own_backing;		/* OPEN by mainline passthrough */
	uint64_t negative_valid;	/* ENOENT is told with this timeout */
	uint64_t lookup_as;		/* LOOKUP finds this node if not 0 */
	uint64_t made_as;		/* what is made is told to be this one */
	uint32_t blank_entries;		/* READDIRPLUS tells no nodes */
};

struct daemon {
	pid_t pid;
	int dev;			/* /dev/fuse, shared with the daemon */
	int wake;			/* eventfd */
	struct daemon_shared *shared;
};

/*
 * Mount @mnt and start to serve @lower there; returns once INIT is answered.
 * 0 or a negative errno.
 */
int daemon_start(struct daemon *d, const char *lower, const char *mnt,
		 const struct daemon_config *config);
/* The same up to the point where INIT waits for an answer */
int daemon_mount(struct daemon *d, const char *mnt,
		 const struct daemon_config *config);
int daemon_serve(struct daemon *d, const char *lower,
		 const struct daemon_config *config);
/* SIGKILL, and the test's own descriptor closed: the connection ends. */
void daemon_kill(struct daemon *d);

/* Requests of @opcode that reached the daemon */
unsigned int daemon_seen(const struct daemon *d, uint32_t opcode);
/* All that concern the data or attributes of files and names */
unsigned int daemon_seen_all(const struct daemon *d);
void daemon_forget_seen(struct daemon *d);
const struct daemon_node *daemon_node_by_ino(const struct daemon *d,
					     uint64_t ino);
/* Wait until @nr requests of @opcode have come, with a deadline. */
bool daemon_wait_seen(const struct daemon *d, uint32_t opcode,
		      unsigned int nr);
/* Wait until the daemon has forgotten the node of @ino, with a deadline. */
bool daemon_wait_forgotten(const struct daemon *d, uint64_t ino);
/* Wait until so many lookups of @ino are granted and not forgotten. */
bool daemon_wait_lookups(const struct daemon *d, uint64_t ino, uint64_t nr);
/* Wait until no handle is open at the daemon, with a deadline. */
bool daemon_wait_released(const struct daemon *d);
bool daemon_wait_held(const struct daemon *d, unsigned int nr);
/* Answer what was held, and hold no longer. */
void daemon_go_on(struct daemon *d, uint32_t opcode);
/* The next answer to @opcode is made when asked for, and sent when told. */
void daemon_delay(struct daemon *d, uint32_t opcode);
bool daemon_wait_delayed(const struct daemon *d, unsigned int nr);
void daemon_send_delayed(struct daemon *d);

#endif
