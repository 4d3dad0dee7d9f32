/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The twin: one random sequence of system calls on two trees, which have to
 * agree about every one of them.
 */
#ifndef TWIN_H
#define TWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TWIN_SLOTS	6	/* open files of a side */
#define TWIN_PATHS	14	/* names in the tree */
#define TWIN_TEXT	4096	/* what a call brings back, for people */
#define TWIN_PAGE	4096

/* One call. What the numbers mean is the kind's business. */
struct op {
	uint8_t kind;
	uint8_t path, path2;
	uint8_t slot, slot2;
	uint32_t a, b, c;
};

/* What a call has come to */
struct outcome {
	long ret;
	int err;
	char text[TWIN_TEXT];
};

/* A tree, and the files that are open in it */
struct side {
	int root;
	int slots[TWIN_SLOTS];
};

/* rng.c: splitmix64, so that a seed means the same everywhere */
struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t n);

/* op.c */
struct op op_random(struct rng *rng);
/* as known-differences names it, like "fallocate:collapse" */
void op_variant(const struct op *op, char *to, size_t size);
const char *op_path(uint8_t path);
off_t op_offset(const struct op *op);
size_t op_length(const struct op *op);

/* print.c */
void op_print(const struct op *op, char *to, size_t size);

/* run.c */
void side_open(struct side *side, const char *directory);
void side_close(struct side *side);
void op_run(const struct op *op, struct side *side, struct outcome *out);
struct op with_open_slots(const struct op *op, const struct side *side);
const char *op_object(const struct op *op, const struct side *side);
void become_root(void);

/* data.c */
void data_run(const struct op *op, int fd, struct outcome *out);

/* look.c */
/* for the native side and the mount's: without what is known to differ */
unsigned int comparable_mode(unsigned int mode);
void look_stat(int dirfd, const char *path, int flags, struct outcome *out);
void look_list(int fd, uint32_t room, struct outcome *out);
void look_xattrs(int fd, const char *path, struct outcome *out);
uint64_t hash_bytes(const void *bytes, size_t size);

/* tree.c: print the first difference and return whether there is one */
bool tree_differs(int one, int other, bool same_objects, char *what,
		  size_t size);
/* as the mount has it cached and the tree below it has it now */
bool object_differs(int mount, int lower, const char *path, char *what,
		    size_t size);

/* known.c */
bool known_read(const char *file, const char *tier, const char *fs);
bool known(const char *variant);

/* shorten.c */
typedef bool fails_fn(const struct op *ops, size_t n, void *arg);
size_t shorten(struct op *ops, size_t n, fails_fn *fails, void *arg);

#endif
