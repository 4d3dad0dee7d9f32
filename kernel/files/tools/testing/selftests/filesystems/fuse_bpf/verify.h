/* SPDX-License-Identifier: GPL-2.0 */
/* What the verifier says to a program, for tests on kselftest_harness.h */
#ifndef FUSE_BPF_VERIFY_H
#define FUSE_BPF_VERIFY_H

#include "bpf.h"
#include "insn.h"

#include <unistd.h>

/* 0 if the program loads, else a negative errno */
static inline int verify_as(enum bpf_prog_type type,
			    const struct bpf_insn *insns, size_t nr)
{
	int prog = bpf_prog_load(type, insns, nr);

	if (prog < 0)
		return prog;
	close(prog);
	return 0;
}

/* Two arguments: the instructions and their number */
#define INSNS(...)							\
	((struct bpf_insn[]){ __VA_ARGS__ }),				\
	ARRAY_SIZE(((struct bpf_insn[]){ __VA_ARGS__ }))
#define VERIFY(...)	verify_as(BPF_PROG_TYPE_FUSE, INSNS(__VA_ARGS__))
#define EXPECT_ACCEPTED(...)	EXPECT_EQ(0, VERIFY(__VA_ARGS__))
#define EXPECT_REJECTED(...)	EXPECT_GT(0, VERIFY(__VA_ARGS__))

#endif
