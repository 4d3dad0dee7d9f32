/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the control plane and the policy extension share. io.fuselet.policy has
 * the same numbers.
 */
#ifndef FUSELET_POLICY_H
#define FUSELET_POLICY_H

#include <linux/types.h>

/* Identity classes: callers whom all rules treat alike */
#define FUSELET_POLICY_CLASSES	64

/* What a policy says of a node to one class */
enum fuselet_policy_flags {
	POLICY_DENY_READ	= 1 << 0,
	POLICY_DENY_WRITE	= 1 << 1,
	POLICY_HIDE		= 1 << 2,
	POLICY_AUDIT		= 1 << 3,
	POLICY_HIDES_NAMES	= 1 << 4,	/* of names in this directory */
	POLICY_GUARDS_NAMES	= 1 << 5,
};

struct fuselet_policy_node {
	__u8 flags[FUSELET_POLICY_CLASSES];
};

struct fuselet_policy_event {
	__u64 time;		/* CLOCK_MONOTONIC, nanoseconds */
	__u64 nodeid;
	__u32 uid;
	__u32 pid;
	__u32 opcode;
	__s32 error;		/* 0, or the negative errno of a refusal */
};

#endif /* FUSELET_POLICY_H */
