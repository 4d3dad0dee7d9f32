// SPDX-License-Identifier: GPL-2.0
#include "prog.h"
#include "insn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stack: the key at -8, record keys at -12, data from -16 downwards */
#define KEY_OFF		(-8)
#define INDEX_OFF	(-12)
#define DATA_OFF	(-16)
#define DATA_MAX	256

void prog_emit(struct prog *p, const struct bpf_insn *insns, unsigned int nr)
{
	if (p->nr + nr > PROG_MAX)
		abort();
	memcpy(p->insns + p->nr, insns, nr * sizeof(*insns));
	p->nr += nr;
}

void prog_begin(struct prog *p)
{
	memset(p, 0, sizeof(*p));
	EMIT(p, MOV_REG(R6, R1),
	     LOAD(BPF_W, R7, R6, CTX(opcode)),
	     LOAD(BPF_W, R8, R6, CTX(stage)));
}

void prog_rule(struct prog *p, uint32_t opcode, uint32_t stage)
{
	p->rule[0] = p->nr;
	EMIT(p, JUMP_IMM(BPF_JNE, R7, opcode, 0));
	p->rule[1] = p->nr;
	EMIT(p, JUMP_IMM(BPF_JNE, R8, stage, 0));
}

void prog_rule_end(struct prog *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->rule); i++)
		p->insns[p->rule[i]].off = p->nr - p->rule[i] - 1;
}

void prog_store(struct prog *p, uint32_t off, const void *data, uint32_t len)
{
	uint32_t i, start = (len + 7) & ~7U;
	const uint8_t *byte = data;

	if (len > DATA_MAX)
		abort();
	for (i = 0; i < len; i++)
		EMIT(p, STORE_IMM(BPF_B, FP, DATA_OFF - start + i, byte[i]));
	EMIT(p, MOV_REG(R1, R6),
	     MOV_IMM(R2, off),
	     MOV_REG(R3, FP),
	     ADD_IMM(R3, DATA_OFF - (int)start),
	     MOV_IMM(R4, len),
	     CALL(fuse_store_out));
}

static void prog_redirect(struct prog *p, int map, uint32_t flags)
{
	EMIT(p, MOV_REG(R1, R6),
	     MAP_FD(R2, map),
	     MOV_REG(R3, FP),
	     ADD_IMM(R3, KEY_OFF),
	     MOV_IMM(R4, flags),
	     CALL(fuse_redirect));
}

void prog_select(struct prog *p, int map, uint64_t key)
{
	EMIT(p, STORE_IMM(BPF_W, FP, KEY_OFF, (int32_t)key),
	     STORE_IMM(BPF_W, FP, KEY_OFF + 4, (int32_t)(key >> 32)));
	prog_redirect(p, map, 0);
}

void prog_select_node(struct prog *p, int map)
{
	EMIT(p, LOAD(BPF_DW, R1, R6, CTX(nodeid)),
	     STORE(BPF_DW, FP, R1, KEY_OFF));
	prog_redirect(p, map, 0);
}

void prog_select_second(struct prog *p, int map, uint32_t off)
{
	EMIT(p, MOV_REG(R1, R6),
	     MOV_IMM(R2, off),
	     MOV_REG(R3, FP),
	     ADD_IMM(R3, KEY_OFF),
	     MOV_IMM(R4, sizeof(uint64_t)),
	     CALL(fuse_load_in));
	prog_require(p);
	prog_redirect(p, map, FUSE_BPF_SECOND);
}

void prog_require(struct prog *p)
{
	EMIT(p, JUMP_IMM(BPF_JEQ, R0, 0, 2),
	     MOV_IMM(R0, FUSE_BPF_PASS),
	     EXIT());
}

void prog_return_redirect(struct prog *p)
{
	EMIT(p, JUMP_IMM(BPF_JNE, R0, 0, 2),
	     MOV_IMM(R0, FUSE_BPF_REDIRECT),
	     EXIT());
}

void prog_bind(struct prog *p, int map, uint64_t flags)
{
	EMIT(p, MOV_REG(R1, R6),
	     MAP_FD(R2, map),
	     MOV_IMM(R3, (int32_t)flags),
	     CALL(fuse_bind));
}

void prog_return(struct prog *p, int32_t verdict)
{
	EMIT(p, MOV_IMM(R0, verdict), EXIT());
}

void prog_record(struct prog *p, int map, uint32_t index)
{
	EMIT(p, MOV_REG(R9, R0),
	     STORE_IMM(BPF_W, FP, INDEX_OFF, index),
	     MAP_FD(R1, map),
	     MOV_REG(R2, FP),
	     ADD_IMM(R2, INDEX_OFF),
	     CALL(map_lookup_elem),
	     JUMP_IMM(BPF_JEQ, R0, 0, 1),
	     STORE(BPF_DW, R0, R9, 0),
	     MOV_REG(R0, R9));
}

void prog_count(struct prog *p, int map)
{
	EMIT(p, MOV_REG(R1, R8),
	     LSH_IMM(R1, 6),
	     ADD_REG(R1, R7),
	     STORE(BPF_W, FP, R1, INDEX_OFF),
	     MAP_FD(R1, map),
	     MOV_REG(R2, FP),
	     ADD_IMM(R2, INDEX_OFF),
	     CALL(map_lookup_elem),
	     JUMP_IMM(BPF_JEQ, R0, 0, 2),
	     MOV_IMM(R1, 1),
	     ATOMIC_ADD(R0, R1, 0));
}

int prog_load_verdict(struct prog *p, int32_t verdict)
{
	static char log[65536];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_FUSE,
		.expected_attach_type = p->attach_type,
		.insns = (uintptr_t)p->insns,
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	int prog;

	prog_return(p, verdict);
	attr.insn_cnt = p->nr;
	prog = bpf_prog_load_attr(&attr);
	if (prog < 0)
		fprintf(stderr, "# verifier: %s\n", log);
	return prog;
}

int prog_load(struct prog *p)
{
	return prog_load_verdict(p, FUSE_BPF_PASS);
}

int record_create(void)
{
	return bpf_map_create(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
			      sizeof(uint64_t), FUSE_BPF_SLOT_SIZE);
}

int64_t record_get(int map, uint32_t index)
{
	int64_t value = 0;

	bpf_map_lookup(map, &index, &value);
	return value;
}
