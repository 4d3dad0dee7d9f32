/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs composed of rules: "for this opcode in this stage, do that". The
 * first rule that returns decides; without any, the program passes.
 */
#ifndef FUSE_BPF_PROG_H
#define FUSE_BPF_PROG_H

#include "bpf.h"

#define PROG_MAX	1024

/* R6 is the context, R7 the opcode and R8 the stage throughout. */
struct prog {
	struct bpf_insn insns[PROG_MAX];
	unsigned int nr;
	unsigned int rule[2];		/* jumps past the current rule */
	uint32_t attach_type;		/* BPF_FUSE_IO: READ and WRITE too */
};

void prog_begin(struct prog *p);
void prog_emit(struct prog *p, const struct bpf_insn *insns, unsigned int nr);
#define EMIT(P, ...)							\
	prog_emit(P, (struct bpf_insn[]){ __VA_ARGS__ },		\
		  ARRAY_SIZE(((struct bpf_insn[]){ __VA_ARGS__ })))

/* Between these two, what is emitted runs for one opcode in one stage only. */
void prog_rule(struct prog *p, uint32_t opcode, uint32_t stage);
void prog_rule_end(struct prog *p);

/* Write @len bytes of @data to the reply at @off; the helper's value is in R0 */
void prog_store(struct prog *p, uint32_t off, const void *data, uint32_t len);
/* Select entry @key of @map; the helper's value is in R0 */
void prog_select(struct prog *p, int map, uint64_t key);
/* The same with the request's node as the key */
void prog_select_node(struct prog *p, int map);
/* The node whose id is at @off of the request, as the second object */
void prog_select_second(struct prog *p, int map, uint32_t off);
/* Pass if the helper before failed. */
void prog_require(struct prog *p);
/* Return FUSE_BPF_REDIRECT if the helper before succeeded */
void prog_return_redirect(struct prog *p);
void prog_bind(struct prog *p, int map, uint64_t flags);
void prog_return(struct prog *p, int32_t verdict);

/* Keep R0 as value number @index of the array @map, see record_create() */
void prog_record(struct prog *p, int map, uint32_t index);
/* Count this run in number stage * 64 + opcode of @map. */
void prog_count(struct prog *p, int map);

/* Adds the verdict for what no rule decided, and loads; returns a descriptor */
int prog_load_verdict(struct prog *p, int32_t verdict);
int prog_load(struct prog *p);		/* FUSE_BPF_PASS */

/* An array of 128 __u64 for prog_record() and prog_count() */
int record_create(void);
int64_t record_get(int map, uint32_t index);

#endif
