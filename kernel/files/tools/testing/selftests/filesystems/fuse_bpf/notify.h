/* SPDX-License-Identifier: GPL-2.0 */
/* What a daemon tells the kernel without being asked */
#ifndef FUSE_BPF_NOTIFY_H
#define FUSE_BPF_NOTIFY_H

#include "daemon.h"

/* All return 0 or a negative errno. */
int notify_inval_inode(struct daemon *d, uint64_t nodeid);
/* Attributes alone, without the data */
int notify_inval_attr(struct daemon *d, uint64_t nodeid);
int notify_inval_entry(struct daemon *d, uint64_t parent, const char *name);
int notify_expire_entry(struct daemon *d, uint64_t parent, const char *name);
int notify_delete(struct daemon *d, uint64_t parent, uint64_t child,
		  const char *name);
int notify_store(struct daemon *d, uint64_t nodeid, const char *text);

#endif
