// SPDX-License-Identifier: GPL-2.0
/* What the verifier takes from a FUSE program, and what it refuses. */
#include "verify.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

FIXTURE(verifier) {
	int backing;
	int array;
	int progs;
};

FIXTURE_SETUP(verifier)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	self->backing = backing_create(4);
	self->array = bpf_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 4);
	self->progs = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
	ASSERT_LE(0, self->backing);
	ASSERT_LE(0, self->array);
	ASSERT_LE(0, self->progs);
}

FIXTURE_TEARDOWN(verifier)
{
	close(self->backing);
	close(self->array);
	close(self->progs);
}

static int keep_only_cap_bpf(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {};

	data[1].effective = 1U << (CAP_BPF - 32);
	data[1].permitted = data[1].effective;
	return syscall(__NR_capset, &head, data);
}

/* ------------------------------------------------------------- context --- */

static const struct {
	int off, size;
} fields[] = {
#define FIELD(NAME)	{ CTX(NAME), sizeof(((struct bpf_fuse_ctx *)0)->NAME) }
	FIELD(opcode), FIELD(stage), FIELD(nodeid), FIELD(uid), FIELD(gid),
	FIELD(pid), FIELD(error), FIELD(in_len), FIELD(out_len),
	FIELD(cookie),
#undef FIELD
};

static const struct {
	int code, size;
} sizes[] = {
	{ BPF_B, 1 }, { BPF_H, 2 }, { BPF_W, 4 }, { BPF_DW, 8 },
};

static int load_ctx(int size, int off)
{
	return VERIFY(LOAD(size, R0, R1, off), MOV_IMM(R0, 0), EXIT());
}

static bool within_a_field(int off, int size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (off >= fields[i].off &&
		    off + size <= fields[i].off + fields[i].size)
			return true;
	}
	return false;
}

/*
 * An aligned load within one field is right, and everything else is wrong:
 * unaligned, of two fields, before the context and past its end.
 */
TEST_F_TIMEOUT(verifier, context_loads, 120)
{
	unsigned int i;
	int off, size;
	bool good;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = sizes[i].size;
		for (off = -8; off <= (int)sizeof(struct bpf_fuse_ctx); off++) {
			good = within_a_field(off, size) && !(off % size);
			EXPECT_EQ(good, !load_ctx(sizes[i].code, off)) {
				TH_LOG("load of %d bytes at %d", size, off);
			}
		}
	}
}

TEST_F(verifier, context_is_read_only)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		int size = fields[i].size == 8 ? BPF_DW : BPF_W;

		EXPECT_GT(0, VERIFY(MOV_IMM(R0, 0),
				    STORE(size, R1, R0, fields[i].off),
				    EXIT()));
		EXPECT_GT(0, VERIFY(STORE_IMM(size, R1, fields[i].off, 0),
				    MOV_IMM(R0, 0), EXIT()));
	}
	EXPECT_REJECTED(MOV_IMM(R0, 1), ATOMIC_ADD(R1, R0, CTX(nodeid)),
			EXIT());
}

TEST_F(verifier, context_has_no_variable_offset)
{
	EXPECT_REJECTED(LOAD(BPF_W, R2, R1, CTX(uid)),
			INSN(BPF_ALU64 | BPF_AND | BPF_K, R2, 0, 0, 4),
			ADD_REG(R1, R2),
			LOAD(BPF_W, R0, R1, 0),
			EXIT());
}

TEST_F(verifier, return_value_must_be_set)
{
	EXPECT_ACCEPTED(MOV_IMM(R0, 0), EXIT());
	EXPECT_REJECTED(EXIT());
}

/* ------------------------------------------------- load, store, length --- */

/* Call @func with (ctx, 0, fp + @off, @len); @init fills 16 bytes of stack */
static int transfer(int func, bool init, int off, int len)
{
	struct bpf_insn fill = init ? STORE_IMM(BPF_DW, FP, -8, 0) :
				      MOV_IMM(R5, 0);
	struct bpf_insn fill2 = init ? STORE_IMM(BPF_DW, FP, -16, 0) :
				       MOV_IMM(R5, 0);

	return VERIFY(fill, fill2,
		      MOV_IMM(R2, 0),
		      MOV_REG(R3, FP),
		      ADD_IMM(R3, off),
		      MOV_IMM(R4, len),
		      INSN(BPF_JMP | BPF_CALL, 0, 0, 0, func),
		      EXIT());
}

FIXTURE(transfer) {
};

FIXTURE_VARIANT(transfer) {
	int func;
	bool reads;			/* the memory must be initialised */
};

FIXTURE_VARIANT_ADD(transfer, load_in) {
	.func = BPF_FUNC_fuse_load_in,
};

FIXTURE_VARIANT_ADD(transfer, load_out) {
	.func = BPF_FUNC_fuse_load_out,
};

FIXTURE_VARIANT_ADD(transfer, store_out) {
	.func = BPF_FUNC_fuse_store_out, .reads = true,
};

FIXTURE_SETUP(transfer)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(transfer)
{
}

TEST_F(transfer, memory)
{
	EXPECT_EQ(0, transfer(variant->func, true, -16, 16));
	EXPECT_EQ(0, transfer(variant->func, true, -16, 1));
}

/*
 * What is loaded to need not be initialised, what is stored must: but for who
 * has CAP_PERFMON, whose programs may read any of their stack.
 */
TEST_F(transfer, uninitialised_memory)
{
	ASSERT_EQ(0, keep_only_cap_bpf());
	EXPECT_EQ(0, transfer(variant->func, true, -16, 16));
	EXPECT_EQ(!variant->reads, !transfer(variant->func, false, -16, 16));
}

TEST_F(transfer, memory_bounds)
{
	EXPECT_GT(0, transfer(variant->func, true, -16, 17));
	EXPECT_GT(0, transfer(variant->func, true, -520, 8));
	EXPECT_GT(0, transfer(variant->func, true, 0, 1));
	EXPECT_GT(0, transfer(variant->func, true, -16, 0));
	EXPECT_GT(0, transfer(variant->func, true, -16, -1));
}

#define CALL_FUNC()	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, variant->func)

TEST_F(transfer, arguments)
{
	/* no context */
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 0), MOV_IMM(R1, 0),
			MOV_IMM(R2, 0), MOV_REG(R3, FP), ADD_IMM(R3, -8),
			MOV_IMM(R4, 8), CALL_FUNC(), EXIT());
	/* not the context, but something in it */
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 0), ADD_IMM(R1, 8),
			MOV_IMM(R2, 0), MOV_REG(R3, FP), ADD_IMM(R3, -8),
			MOV_IMM(R4, 8), CALL_FUNC(), EXIT());
	/* no memory */
	EXPECT_REJECTED(MOV_IMM(R2, 0), MOV_IMM(R3, 0), MOV_IMM(R4, 8),
			CALL_FUNC(), EXIT());
	/* the context as memory */
	EXPECT_REJECTED(MOV_IMM(R2, 0), MOV_REG(R3, R1), MOV_IMM(R4, 8),
			CALL_FUNC(), EXIT());
	/* a number as memory */
	EXPECT_REJECTED(LOAD(BPF_DW, R3, R1, CTX(nodeid)), MOV_IMM(R2, 0),
			MOV_IMM(R4, 8), CALL_FUNC(), EXIT());
	/* missing arguments */
	EXPECT_REJECTED(MOV_IMM(R2, 0), CALL_FUNC(), EXIT());
}

/* The offset may be any number, the length one with bounds. */
TEST_F(transfer, variable)
{
	EXPECT_ACCEPTED(STORE_IMM(BPF_DW, FP, -8, 0),
			LOAD(BPF_DW, R2, R1, CTX(cookie)), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), MOV_IMM(R4, 8), CALL_FUNC(), EXIT());
	EXPECT_ACCEPTED(STORE_IMM(BPF_DW, FP, -8, 0),
			LOAD(BPF_W, R4, R1, CTX(uid)),
			INSN(BPF_ALU64 | BPF_AND | BPF_K, R4, 0, 0, 7),
			ADD_IMM(R4, 1), MOV_IMM(R2, 0), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), CALL_FUNC(), EXIT());
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 0),
			LOAD(BPF_W, R4, R1, CTX(uid)), MOV_IMM(R2, 0),
			MOV_REG(R3, FP), ADD_IMM(R3, -8), CALL_FUNC(), EXIT());
}

TEST_F(verifier, set_out_len)
{
	EXPECT_ACCEPTED(MOV_IMM(R2, 8), CALL(fuse_set_out_len), EXIT());
	EXPECT_ACCEPTED(LOAD(BPF_DW, R2, R1, CTX(cookie)),
			CALL(fuse_set_out_len), EXIT());
	EXPECT_REJECTED(CALL(fuse_set_out_len), EXIT());
	EXPECT_REJECTED(MOV_IMM(R1, 0), MOV_IMM(R2, 8),
			CALL(fuse_set_out_len), EXIT());
}

/* Scalar results only: nothing can be dereferenced. */
TEST_F(verifier, results_are_numbers)
{
	EXPECT_REJECTED(MOV_IMM(R2, 8), CALL(fuse_set_out_len),
			LOAD(BPF_DW, R0, R0, 0), EXIT());
}

/* ---------------------------------------------------------------- maps --- */

#define REDIRECT(MAP)							\
	STORE_IMM(BPF_DW, FP, -8, 1), MAP_FD(R2, MAP),			\
	MOV_REG(R3, FP), ADD_IMM(R3, -8), MOV_IMM(R4, 0),		\
	CALL(fuse_redirect), EXIT()

TEST_F(verifier, redirect)
{
	EXPECT_ACCEPTED(REDIRECT(self->backing));
	EXPECT_REJECTED(REDIRECT(self->array));
	EXPECT_REJECTED(REDIRECT(self->progs));
	/* half of the key is not on the stack */
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1),
			MAP_FD(R2, self->backing), MOV_REG(R3, FP),
			ADD_IMM(R3, -4), MOV_IMM(R4, 0), CALL(fuse_redirect),
			EXIT());
	/* no map */
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1), MOV_IMM(R2, 0),
			MOV_REG(R3, FP), ADD_IMM(R3, -8), MOV_IMM(R4, 0),
			CALL(fuse_redirect), EXIT());
	/* no context */
	EXPECT_REJECTED(MOV_IMM(R1, 0), REDIRECT(self->backing));
	/* flags left out */
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1),
			MAP_FD(R2, self->backing), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), CALL(fuse_redirect), EXIT());
}

/* Flags are a number, known or not: the helper has the last word. */
TEST_F(verifier, redirect_flags)
{
	EXPECT_ACCEPTED(STORE_IMM(BPF_DW, FP, -8, 1),
			MAP_FD(R2, self->backing), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), MOV_IMM(R4, FUSE_BPF_SECOND),
			CALL(fuse_redirect), EXIT());
	EXPECT_ACCEPTED(LOAD(BPF_DW, R4, R1, CTX(cookie)),
			STORE_IMM(BPF_DW, FP, -8, 1),
			MAP_FD(R2, self->backing), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), CALL(fuse_redirect), EXIT());
}

TEST_F(verifier, redirect_by_uninitialised_key)
{
	ASSERT_EQ(0, keep_only_cap_bpf());
	EXPECT_ACCEPTED(REDIRECT(self->backing));
	EXPECT_REJECTED(MAP_FD(R2, self->backing), MOV_REG(R3, FP),
			ADD_IMM(R3, -8), MOV_IMM(R4, 0), CALL(fuse_redirect),
			EXIT());
}

TEST_F(verifier, bind)
{
	EXPECT_ACCEPTED(MAP_FD(R2, self->backing), MOV_IMM(R3, 0),
			CALL(fuse_bind), EXIT());
	EXPECT_REJECTED(MAP_FD(R2, self->array), MOV_IMM(R3, 0),
			CALL(fuse_bind), EXIT());
	EXPECT_REJECTED(MOV_IMM(R2, 0), MOV_IMM(R3, 0), CALL(fuse_bind),
			EXIT());
	EXPECT_REJECTED(MOV_IMM(R1, 0), MAP_FD(R2, self->backing),
			MOV_IMM(R3, 0), CALL(fuse_bind), EXIT());
	EXPECT_REJECTED(MAP_FD(R2, self->backing), CALL(fuse_bind), EXIT());
}

/* Programs select from the map; no other helper touches it. */
TEST_F(verifier, backing_map_is_opaque)
{
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1), MAP_FD(R1, self->backing),
			MOV_REG(R2, FP), ADD_IMM(R2, -8),
			CALL(map_lookup_elem), MOV_IMM(R0, 0), EXIT());
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1),
			STORE_IMM(BPF_DW, FP, -16, 0),
			STORE_IMM(BPF_DW, FP, -24, 0),
			MAP_FD(R1, self->backing), MOV_REG(R2, FP),
			ADD_IMM(R2, -8), MOV_REG(R3, FP), ADD_IMM(R3, -24),
			MOV_IMM(R4, 0), CALL(map_update_elem), EXIT());
	EXPECT_REJECTED(STORE_IMM(BPF_DW, FP, -8, 1), MAP_FD(R1, self->backing),
			MOV_REG(R2, FP), ADD_IMM(R2, -8),
			CALL(map_delete_elem), EXIT());
	EXPECT_REJECTED(MAP_FD(R2, self->backing), MOV_IMM(R3, 0),
			CALL(tail_call), MOV_IMM(R0, 0), EXIT());
}

TEST_F(verifier, tail_call)
{
	EXPECT_ACCEPTED(MAP_FD(R2, self->progs), MOV_IMM(R3, 0),
			CALL(tail_call), MOV_IMM(R0, 0), EXIT());
}

/* Ordinary maps are at a program's disposal. */
TEST_F(verifier, other_maps)
{
	EXPECT_ACCEPTED(STORE_IMM(BPF_W, FP, -4, 1), MAP_FD(R1, self->array),
			MOV_REG(R2, FP), ADD_IMM(R2, -4),
			CALL(map_lookup_elem), JUMP_IMM(BPF_JEQ, R0, 0, 1),
			LOAD(BPF_DW, R0, R0, 0), MOV_IMM(R0, 0), EXIT());
}

/* --------------------------------------------------------- other types --- */

/* The helpers belong to this program type alone. */
TEST_F(verifier, helpers_of_other_types)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_KPROBE,
		BPF_PROG_TYPE_XDP,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_GT(0, verify_as(types[i],
				       INSNS(MOV_IMM(R2, 0),
					     CALL(fuse_set_out_len),
					     MOV_IMM(R0, 0), EXIT())));
		EXPECT_GT(0, verify_as(types[i],
				       INSNS(REDIRECT(self->backing))));
	}
}

/* And those of other types are not for this one. */
TEST_F(verifier, foreign_helpers)
{
	EXPECT_REJECTED(MOV_IMM(R2, 0), MOV_IMM(R3, 0), CALL(redirect),
			EXIT());
	EXPECT_REJECTED(MOV_IMM(R2, 0), CALL(xdp_adjust_head), EXIT());
	EXPECT_REJECTED(MOV_IMM(R2, 0), CALL(get_socket_cookie), EXIT());
}

/* Another program type cannot be reached by a tail call. */
TEST_F(verifier, tail_call_between_types)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, 0), EXIT() };
	uint32_t slot = 0;
	int fuse, other;

	fuse = bpf_prog_load(BPF_PROG_TYPE_FUSE, pass, ARRAY_SIZE(pass));
	other = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, pass,
			      ARRAY_SIZE(pass));
	ASSERT_LE(0, fuse);
	ASSERT_LE(0, other);
	/* the array takes on the type of who uses it first */
	EXPECT_EQ(0, bpf_map_update(self->progs, &slot, &fuse, BPF_ANY));
	EXPECT_EQ(-EINVAL, bpf_map_update(self->progs, &slot, &other,
					  BPF_ANY));
}

TEST_F(verifier, not_sleepable)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, 0), EXIT() };
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_FUSE,
		.insns = (uintptr_t)pass,
		.insn_cnt = ARRAY_SIZE(pass),
		.license = (uintptr_t)"GPL",
		.prog_flags = BPF_F_SLEEPABLE,
	};

	EXPECT_GT(0, bpf_prog_load_attr(&attr));
}

/* Nothing in it is GPL only. */
TEST_F(verifier, any_licence)
{
	struct bpf_insn call[] = {
		MOV_IMM(R2, 0), CALL(fuse_set_out_len), EXIT()
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_FUSE,
		.insns = (uintptr_t)call,
		.insn_cnt = ARRAY_SIZE(call),
		.license = (uintptr_t)"Proprietary",
	};

	EXPECT_LE(0, bpf_prog_load_attr(&attr));
}

TEST_HARNESS_MAIN
