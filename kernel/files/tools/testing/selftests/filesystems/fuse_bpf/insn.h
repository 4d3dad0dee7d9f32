/* SPDX-License-Identifier: GPL-2.0 */
/* BPF instructions by name, for programs written as arrays. */
#ifndef FUSE_BPF_INSN_H
#define FUSE_BPF_INSN_H

#include <linux/bpf.h>

#define R0	BPF_REG_0
#define R1	BPF_REG_1
#define R2	BPF_REG_2
#define R3	BPF_REG_3
#define R4	BPF_REG_4
#define R5	BPF_REG_5
#define R6	BPF_REG_6
#define R7	BPF_REG_7
#define R8	BPF_REG_8
#define R9	BPF_REG_9
#define FP	BPF_REG_10

#define INSN(CODE, DST, SRC, OFF, IMM)					\
	((struct bpf_insn) {						\
		.code = (CODE), .dst_reg = (DST), .src_reg = (SRC),	\
		.off = (OFF), .imm = (IMM),				\
	})

#define MOV_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
#define MOV_REG(DST, SRC)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define ADD_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define LSH_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_LSH | BPF_K, DST, 0, 0, IMM)
#define ARSH_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_ARSH | BPF_K, DST, 0, 0, IMM)
#define ADD_REG(DST, SRC)	INSN(BPF_ALU64 | BPF_ADD | BPF_X, DST, SRC, 0, 0)

/* SIZE is BPF_B, BPF_H, BPF_W or BPF_DW */
#define LOAD(SIZE, DST, SRC, OFF)					\
	INSN(BPF_LDX | BPF_MEM | (SIZE), DST, SRC, OFF, 0)
#define STORE(SIZE, DST, SRC, OFF)					\
	INSN(BPF_STX | BPF_MEM | (SIZE), DST, SRC, OFF, 0)
#define STORE_IMM(SIZE, DST, OFF, IMM)					\
	INSN(BPF_ST | BPF_MEM | (SIZE), DST, 0, OFF, IMM)
#define ATOMIC_ADD(DST, SRC, OFF)					\
	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, DST, SRC, OFF, BPF_ADD)

/* OP is BPF_JEQ, BPF_JNE, ... */
#define JUMP_IMM(OP, DST, IMM, OFF)					\
	INSN(BPF_JMP | (OP) | BPF_K, DST, 0, OFF, IMM)

/* Two instructions */
#define MAP_FD(DST, FD)							\
	INSN(BPF_LD | BPF_DW | BPF_IMM, DST, BPF_PSEUDO_MAP_FD, 0, FD),	\
	INSN(0, 0, 0, 0, 0)

#define LOAD_IMM64(DST, IMM)						\
	INSN(BPF_LD | BPF_DW | BPF_IMM, DST, 0, 0, (__s32)(IMM)),	\
	INSN(0, 0, 0, 0, (__s32)((__u64)(IMM) >> 32))

#define CALL(FUNC)	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##FUNC)
#define EXIT()		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define CTX(FIELD)	offsetof(struct bpf_fuse_ctx, FIELD)

#endif
