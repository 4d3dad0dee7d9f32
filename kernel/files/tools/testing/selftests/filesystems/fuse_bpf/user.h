/* SPDX-License-Identifier: GPL-2.0 */
/* System calls by somebody else than root. */
#ifndef FUSE_BPF_USER_H
#define FUSE_BPF_USER_H

#include <errno.h>
#include <stdint.h>
#include <sys/types.h>

/* Nobody in particular, and a group that none of them is in */
#define USER		2000
#define OTHER_USER	2001
#define OTHER_GROUP	3000

/* Become @id, user and only group, without capabilities; and root again. */
void user_begin(uid_t id);
void user_end(void);

/* Let a descriptor of @path that @id has opened with O_PATH serve @key. */
int user_lend(uid_t id, int map, uint64_t key, const char *path);

/* A user namespace with this line in uid_map and gid_map, or -errno */
int userns_create(const char *map);

/* The value of @CALL as @ID makes it, with its errno */
#define AS_USER(ID, CALL)						\
	({								\
		long user_ret;						\
									\
		user_begin(ID);						\
		user_ret = (long)(CALL);				\
		user_end();						\
		user_ret;						\
	})

#endif
