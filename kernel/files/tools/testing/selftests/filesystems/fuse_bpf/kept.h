/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tree, and what a cache keeps of it: one entry of each kind for the objects
 * that the coherence tests act on.
 */
#ifndef FUSE_BPF_KEPT_H
#define FUSE_BPF_KEPT_H

#include "cache.h"

/* One bit each */
enum {
	FILE_NAME, FILE_ATTR, FILE_VALUE, FILE_LIST, FILE_ACCESS,
	PEER_ATTR, PEER_VALUE, PEER_LIST, PEER_ACCESS,
	TARGET_NAME, TARGET_ATTR,
	LINK_TEXT, LINK_ATTR,	/* reading moves the access time */
	DIR_ATTR, SUB_NAME, SUB_ATTR, SUB_LIST, OTHER_ATTR,
	NEW_NAME, OTHER_NEW_NAME, SUB_NEW_NAME,
	SPACE,
	KEPT_ENTRIES,
};

#define B(ENTRY)	(1U << (ENTRY))
#define FILE_ALL	(B(FILE_ATTR) | B(FILE_VALUE) | B(FILE_LIST) | \
			 B(FILE_ACCESS))
#define PEER_ALL	(B(PEER_ATTR) | B(PEER_VALUE) | B(PEER_LIST) | \
			 B(PEER_ACCESS))
/* Names that are not there */
#define MISSING		(B(NEW_NAME) | B(OTHER_NEW_NAME) | B(SUB_NEW_NAME))

struct kept {
	struct env *env;
	struct cache cache;
	unsigned int all;	/* what requests are sent for */
	struct cache_key keys[KEPT_ENTRIES];
	int file, peer, target;	/* open for reading and writing */
};

/*
 * A daemon that shows the tree, a cache that keeps what it says, the files
 * open. Where the kernel checks permissions, ACCESS is never sent. All return 0
 * or a negative errno.
 */
int kept_start(struct kept *k, struct env *env,
	       const struct daemon_config *config);
/* Its parts: the daemon, the files */
int kept_serve(struct kept *k, struct env *env,
	       const struct daemon_config *config);
int kept_open(struct kept *k);
/* Ask for everything once, so that all of it is kept. */
int kept_fill(struct kept *k);
int kept_ask(unsigned int which);
/* NULL if of @some just @want are in the cache, else what is wrong */
const char *kept_wrong(const struct kept *k, unsigned int some,
		       unsigned int want);

#define EXPECT_KEPT(K, SOME, WANT)					\
	do {								\
		const char *kept_text = kept_wrong(K, SOME, WANT);	\
									\
		EXPECT_TRUE(!kept_text)					\
			TH_LOG("%s", kept_text);			\
	} while (0)
#define EXPECT_GONE(K, SOME)	EXPECT_KEPT(K, SOME, 0)
#define EXPECT_THERE(K, SOME)	EXPECT_KEPT(K, SOME, SOME)

#endif
