/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The heads of replies that say how long something holds.
 */
#ifndef FUSELET_TIMEOUT_H
#define FUSELET_TIMEOUT_H

#include <fuselet/fuselet.h>

/* The head of fuse_attr_out and fuse_statx_out: how long attributes hold */
struct attr_timeout {
	__u64 sec;
	__u32 nsec;
	__u32 zero;
};

_Static_assert(sizeof(struct attr_timeout) ==
	       offsetof(struct fuse_attr_out, attr),
	       "the timeout precedes the attributes");

/* The head of fuse_entry_out: the node, and how long name and attributes hold */
struct entry_timeout {
	__u64 nodeid;
	__u64 generation;
	__u64 entry_sec;
	__u64 attr_sec;
	__u32 entry_nsec;
	__u32 attr_nsec;
};

_Static_assert(sizeof(struct entry_timeout) ==
	       offsetof(struct fuse_entry_out, attr),
	       "the timeouts precede the attributes");

#endif /* FUSELET_TIMEOUT_H */
