// SPDX-License-Identifier: GPL-2.0
/*
 * BPF_MAP_TYPE_FUSE_CACHE by itself: how it is made, what the verifier lets
 * programs do with it, what user space sees, what stays when it is full. Test
 * runs fill it, so that there is nothing to be coherent with.
 */
#include "env.h"
#include "user.h"
#include "verify.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KEY_HEAD	sizeof(struct fuse_bpf_cache_key)
#define KEY_SIZE	(KEY_HEAD + 255)
#define KEY_MAX		512
#define NODE		42
#define MSEC		1000000ULL
#define HOUR		(3600000 * MSEC)

/* A key and what is filled under it, as the test's program finds it */
struct scratch {
	uint64_t ttl_ns;
	uint64_t value;
	struct fuse_bpf_cache_key head;
	uint8_t name[KEY_MAX - KEY_HEAD];
};

FIXTURE(cache) {
	int map;
	int scratch;
	int record;
	int fill;
	int find;
	struct scratch in;
	struct bpf_fuse_test_ctx ctx;
	uint8_t data[64];
};

static const union bpf_attr good_attr = {
	.map_type = BPF_MAP_TYPE_FUSE_CACHE,
	.key_size = KEY_SIZE,
	.value_size = sizeof(uint64_t),
	.max_entries = 64,
	.map_flags = BPF_F_RDONLY_PROG,
};

static int create(uint32_t key_size, uint32_t value_size, uint32_t entries)
{
	union bpf_attr attr = good_attr;

	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = entries;
	return bpf_map_create_attr(&attr);
}

static int create_flags(uint32_t flags)
{
	union bpf_attr attr = good_attr;

	attr.map_flags = flags;
	return bpf_map_create_attr(&attr);
}

/* R9 is the scratch from here on. */
static void begin(struct prog *p, int scratch)
{
	prog_begin(p);
	EMIT(p, STORE_IMM(BPF_W, FP, -4, 0),
	     MAP_FD(R1, scratch), MOV_REG(R2, FP), ADD_IMM(R2, -4),
	     CALL(map_lookup_elem),
	     JUMP_IMM(BPF_JNE, R0, 0, 1),
	     EXIT(),
	     MOV_REG(R9, R0));
}

/* Record what bpf_fuse_cache_fill() returns. */
static int fill_prog(int map, int scratch, int record)
{
	struct prog p;

	begin(&p, scratch);
	EMIT(&p, MOV_REG(R1, R6), MAP_FD(R2, map),
	     MOV_REG(R3, R9), ADD_IMM(R3, offsetof(struct scratch, head)),
	     MOV_REG(R4, R9), ADD_IMM(R4, offsetof(struct scratch, value)),
	     LOAD(BPF_DW, R5, R9, offsetof(struct scratch, ttl_ns)),
	     CALL(fuse_cache_fill));
	prog_record(&p, record, 0);
	return prog_load(&p);
}

/* Record the value under the key, or 0. */
static int find_prog(int map, int scratch, int record)
{
	struct prog p;

	begin(&p, scratch);
	EMIT(&p, MAP_FD(R1, map),
	     MOV_REG(R2, R9), ADD_IMM(R2, offsetof(struct scratch, head)),
	     CALL(map_lookup_elem),
	     JUMP_IMM(BPF_JEQ, R0, 0, 1),
	     LOAD(BPF_DW, R0, R0, 0));
	prog_record(&p, record, 0);
	return prog_load(&p);
}

/* A map of @entries, and programs for it */
static int use_map(FIXTURE_DATA(cache) *self, uint32_t key_size,
		   uint32_t entries)
{
	self->map = create(key_size, sizeof(uint64_t), entries);
	if (self->map < 0)
		return self->map;
	self->fill = fill_prog(self->map, self->scratch, self->record);
	self->find = find_prog(self->map, self->scratch, self->record);
	return self->fill < 0 ? self->fill : self->find < 0 ? self->find : 0;
}

FIXTURE_SETUP(cache)
{
	const char *why = bpf_why_not();

	if (why)
		SKIP(return, "%s", why);
	self->scratch = bpf_map_create(BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				       sizeof(struct scratch), 1);
	self->record = record_create();
	ASSERT_LE(0, self->scratch);
	ASSERT_LE(0, self->record);
	ASSERT_EQ(0, use_map(self, KEY_SIZE, 64));
	self->ctx.ctx.nodeid = NODE;
	self->ctx.ctx.stage = FUSE_BPF_REPLIED;
	self->ctx.ctx.opcode = FUSE_LOOKUP;
}

FIXTURE_TEARDOWN(cache)
{
}

static int64_t run(FIXTURE_DATA(cache) *self, int prog)
{
	const uint32_t zero = 0;
	union bpf_attr attr = {
		.test.ctx_in = (uintptr_t)&self->ctx,
		.test.ctx_size_in = sizeof(self->ctx),
		.test.data_in = (uintptr_t)self->data,
		.test.data_size_in = sizeof(self->data),
		.test.data_out = (uintptr_t)self->data,
		.test.data_size_out = sizeof(self->data),
	};
	int err;

	err = bpf_map_update(self->scratch, &zero, &self->in, BPF_ANY);
	if (!err)
		err = bpf_prog_test_run(prog, &attr);
	return err ?: record_get(self->record, 0);
}

/* What the next fill or find is about */
static void set_key(FIXTURE_DATA(cache) *self, uint64_t nodeid, uint32_t kind,
		    const void *name, uint32_t len)
{
	memset(&self->in.head, 0, KEY_MAX);
	self->in.head.nodeid = nodeid;
	self->in.head.kind = kind;
	self->in.head.name_len = len;
	memcpy(self->in.name, name, len);
}

static int64_t fill_for(FIXTURE_DATA(cache) *self, uint64_t value, uint64_t ttl)
{
	self->in.value = value;
	self->in.ttl_ns = ttl;
	return run(self, self->fill);
}

static int64_t fill(FIXTURE_DATA(cache) *self, uint64_t value)
{
	return fill_for(self, value, HOUR);
}

/* 0: nothing is found. Values are never 0 here. */
static uint64_t find(FIXTURE_DATA(cache) *self)
{
	return run(self, self->find);
}

/* The same from user space */
static uint64_t look_up(FIXTURE_DATA(cache) *self)
{
	uint64_t value = 0;

	bpf_map_lookup(self->map, &self->in.head, &value);
	return value;
}

static void set_number(FIXTURE_DATA(cache) *self, unsigned int n)
{
	set_key(self, NODE, FUSE_LOOKUP, &n, sizeof(n));
}

static unsigned int count(FIXTURE_DATA(cache) *self)
{
	uint8_t key[KEY_MAX], *prev = NULL;
	unsigned int n = 0;

	while (!bpf_map_next_key(self->map, prev, key)) {
		prev = key;
		n++;
	}
	return n;
}

/* ------------------------------------------------------ how it is made --- */

TEST_F(cache, sizes)
{
	EXPECT_EQ(-EINVAL, create(0, 8, 4));
	EXPECT_EQ(-EINVAL, create(KEY_HEAD, 8, 4));
	EXPECT_LE(0, create(KEY_HEAD + 1, 8, 4));
	EXPECT_LE(0, create(KEY_MAX, 8, 4));
	EXPECT_EQ(-EINVAL, create(KEY_MAX + 1, 8, 4));

	EXPECT_EQ(-EINVAL, create(KEY_SIZE, 0, 4));
	EXPECT_LE(0, create(KEY_SIZE, 1, 4));
	EXPECT_LE(0, create(KEY_SIZE, 2048, 4));
	EXPECT_EQ(-EINVAL, create(KEY_SIZE, 2049, 4));

	EXPECT_EQ(-EINVAL, create(KEY_SIZE, 8, 0));
	EXPECT_LE(0, create(KEY_SIZE, 8, 1));
	EXPECT_GT(0, create(KEY_SIZE, 8, 0xffffffff));
}

/* Programs only read it; nothing else is on offer. */
TEST_F(cache, flags)
{
	static const uint32_t bad[] = {
		BPF_F_NO_PREALLOC, BPF_F_NO_COMMON_LRU, BPF_F_STACK_BUILD_ID,
		BPF_F_WRONLY_PROG, BPF_F_ZERO_SEED, BPF_F_CLONE, BPF_F_MMAPABLE,
		BPF_F_PRESERVE_ELEMS, BPF_F_INNER_MAP, BPF_F_LINK,
	};
	unsigned int i;

	EXPECT_LE(0, create_flags(BPF_F_RDONLY_PROG));
	EXPECT_LE(0, create_flags(BPF_F_RDONLY_PROG | BPF_F_NUMA_NODE));
	EXPECT_EQ(-EINVAL, create_flags(0));
	EXPECT_EQ(-EINVAL, create_flags(BPF_F_NUMA_NODE));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, create_flags(BPF_F_RDONLY_PROG | bad[i])) {
			TH_LOG("flag %#x", bad[i]);
		}
	}
}

TEST_F(cache, needs_a_capability)
{
	EXPECT_EQ(-EPERM, AS_USER(USER, create(KEY_SIZE, 8, 4)));
}

/* -------------------------------------------------------- the verifier --- */

/* A key of 24 bytes on the stack, and a value below it */
#define SMALL_KEY	(KEY_HEAD + 8)
#define STACK_KEY	STORE_IMM(BPF_DW, FP, -24, NODE),		\
			STORE_IMM(BPF_W, FP, -16, FUSE_LOOKUP),		\
			STORE_IMM(BPF_W, FP, -12, 8),			\
			STORE_IMM(BPF_DW, FP, -8, 1),			\
			STORE_IMM(BPF_DW, FP, -32, 1)
#define FIND(MAP)	MAP_FD(R1, MAP), MOV_REG(R2, FP),		\
			ADD_IMM(R2, -24), CALL(map_lookup_elem)
#define FILL(MAP, KEY, VALUE)						\
			MOV_REG(R1, R6), MAP_FD(R2, MAP),		\
			MOV_REG(R3, FP), ADD_IMM(R3, KEY),		\
			MOV_REG(R4, FP), ADD_IMM(R4, VALUE),		\
			MOV_IMM(R5, 1), CALL(fuse_cache_fill)
#define RETURN_0	MOV_IMM(R0, 0), EXIT()

TEST_F(cache, verifier_accepts)
{
	int map = create(SMALL_KEY, 8, 4);

	EXPECT_ACCEPTED(STACK_KEY, FIND(map), RETURN_0);
	EXPECT_ACCEPTED(STACK_KEY, FIND(map), JUMP_IMM(BPF_JEQ, R0, 0, 1),
			LOAD(BPF_DW, R1, R0, 0), RETURN_0);
	EXPECT_ACCEPTED(MOV_REG(R6, R1), STACK_KEY, FILL(map, -24, -32),
			RETURN_0);
}

/* What is found may be missing, is not to be written, and ends somewhere. */
TEST_F(cache, verifier_guards_values)
{
	int map = create(SMALL_KEY, 8, 4);

	EXPECT_REJECTED(STACK_KEY, FIND(map), LOAD(BPF_DW, R1, R0, 0),
			RETURN_0);
	EXPECT_REJECTED(STACK_KEY, FIND(map), JUMP_IMM(BPF_JEQ, R0, 0, 1),
			STORE_IMM(BPF_DW, R0, 0, 0), RETURN_0);
	EXPECT_REJECTED(STACK_KEY, FIND(map), MOV_IMM(R1, 1),
			JUMP_IMM(BPF_JEQ, R0, 0, 1), ATOMIC_ADD(R0, R1, 0),
			RETURN_0);
	EXPECT_REJECTED(STACK_KEY, FIND(map), JUMP_IMM(BPF_JEQ, R0, 0, 1),
			LOAD(BPF_DW, R1, R0, 8), RETURN_0);
}

/* Key and value are as long as the map says. */
TEST_F(cache, verifier_guards_arguments)
{
	int map = create(SMALL_KEY, 8, 4);

	EXPECT_REJECTED(STACK_KEY, MAP_FD(R1, map), MOV_REG(R2, FP),
			ADD_IMM(R2, -16), CALL(map_lookup_elem), RETURN_0);
	EXPECT_REJECTED(MOV_REG(R6, R1), STACK_KEY, FILL(map, -16, -32),
			RETURN_0);
	EXPECT_REJECTED(MOV_REG(R6, R1), STACK_KEY, FILL(map, -24, -4),
			RETURN_0);
	/* the context is that of the program, and no other pointer */
	EXPECT_REJECTED(MOV_REG(R6, FP), STACK_KEY, FILL(map, -24, -32),
			RETURN_0);
}

/* Nothing but a fill changes it. */
TEST_F(cache, verifier_refuses_other_calls)
{
	int map = create(SMALL_KEY, 8, 4);

	EXPECT_REJECTED(STACK_KEY, MAP_FD(R1, map), MOV_REG(R2, FP),
			ADD_IMM(R2, -24), MOV_REG(R3, FP), ADD_IMM(R3, -32),
			MOV_IMM(R4, 0), CALL(map_update_elem), RETURN_0);
	EXPECT_REJECTED(STACK_KEY, MAP_FD(R1, map), MOV_REG(R2, FP),
			ADD_IMM(R2, -24), CALL(map_delete_elem), RETURN_0);
	EXPECT_REJECTED(STACK_KEY, MAP_FD(R1, map), MOV_REG(R2, FP),
			ADD_IMM(R2, -24), MOV_IMM(R3, 0),
			CALL(map_lookup_percpu_elem), RETURN_0);
	EXPECT_REJECTED(STACK_KEY, MAP_FD(R1, map), MOV_REG(R2, FP),
			ADD_IMM(R2, -32), MOV_IMM(R3, 0), CALL(map_push_elem),
			RETURN_0);
	EXPECT_REJECTED(MOV_REG(R6, R1), STACK_KEY, MOV_REG(R1, R6),
			MAP_FD(R2, map), MOV_REG(R3, FP), ADD_IMM(R3, -24),
			MOV_IMM(R4, 0), CALL(fuse_redirect), RETURN_0);
	EXPECT_REJECTED(MAP_FD(R2, map), MOV_IMM(R3, 0), CALL(fuse_bind),
			RETURN_0);
}

TEST_F(cache, verifier_fills_only_caches)
{
	int hash = bpf_map_create(BPF_MAP_TYPE_HASH, SMALL_KEY, 8, 4);
	int backing = backing_create(4);

	EXPECT_REJECTED(MOV_REG(R6, R1), STACK_KEY, FILL(hash, -24, -32),
			RETURN_0);
	EXPECT_REJECTED(MOV_REG(R6, R1), STACK_KEY, FILL(backing, -24, -32),
			RETURN_0);
}

/* Other programs know neither the map nor the helper. */
TEST_F(cache, verifier_knows_fuse_programs)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,
		BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_RAW_TRACEPOINT,
	};
	int map = create(SMALL_KEY, 8, 4);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_GT(0, verify_as(types[i],
				       INSNS(STACK_KEY, FIND(map), RETURN_0)));
		EXPECT_GT(0, verify_as(types[i],
				       INSNS(MOV_REG(R6, R1), STACK_KEY,
					     FILL(map, -24, -32), RETURN_0)));
	}
}

/* -------------------------------------------------------- what it holds --- */

TEST_F(cache, fill_and_find)
{
	set_key(self, NODE, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(0, find(self));
	EXPECT_EQ(0, look_up(self));
	EXPECT_EQ(0, fill(self, 11));
	EXPECT_EQ(11, find(self));
	EXPECT_EQ(11, look_up(self));
	EXPECT_EQ(1, count(self));
}

/* Node, kind and each byte of the name tell entries apart; nothing else does. */
TEST_F(cache, keys)
{
	set_key(self, NODE, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(0, fill(self, 11));
	set_key(self, NODE, FUSE_LOOKUP, "nam", 3);
	EXPECT_EQ(0, find(self));
	EXPECT_EQ(0, fill(self, 12));
	set_key(self, NODE, FUSE_LOOKUP, "names", 5);
	EXPECT_EQ(0, find(self));
	EXPECT_EQ(0, fill(self, 13));
	set_key(self, NODE, FUSE_LOOKUP, "nome", 4);
	EXPECT_EQ(0, find(self));
	set_key(self, NODE + 1, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(0, find(self));
	set_key(self, NODE, FUSE_GETXATTR, "name", 4);
	EXPECT_EQ(0, find(self));

	/* what follows the name is not looked at */
	set_key(self, NODE, FUSE_LOOKUP, "names", 5);
	self->in.head.name_len = 4;
	EXPECT_EQ(11, find(self));
	EXPECT_EQ(11, look_up(self));
	self->in.head.name_len = 3;
	EXPECT_EQ(12, find(self));
	EXPECT_EQ(3, count(self));
}

TEST_F(cache, names)
{
	static const uint32_t lengths[] = { 0, 1, 2, 7, 8, 9, 254, 255 };
	char name[256];
	unsigned int i;

	memset(name, 'n', sizeof(name));
	self->ctx.ctx.opcode = FUSE_GETXATTR;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		set_key(self, NODE, FUSE_GETXATTR, name, lengths[i]);
		EXPECT_EQ(0, find(self));
		EXPECT_EQ(0, fill(self, 100 + i));
	}
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		set_key(self, NODE, FUSE_GETXATTR, name, lengths[i]);
		EXPECT_EQ(100 + i, find(self));
		EXPECT_EQ(100 + i, look_up(self));
	}
	/* the last byte counts */
	name[254]++;
	set_key(self, NODE, FUSE_GETXATTR, name, 255);
	EXPECT_EQ(0, find(self));
}

TEST_F(cache, names_too_long)
{
	static const uint32_t lengths[] = { 256, 257, 512, 0x7fffffff, ~0U };
	unsigned int i;

	set_key(self, NODE, FUSE_LOOKUP, "n", 1);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		self->in.head.name_len = lengths[i];
		EXPECT_EQ(-ENAMETOOLONG, fill(self, 1));
		EXPECT_EQ(0, find(self));
		EXPECT_EQ(0, look_up(self));
		EXPECT_GT(0, bpf_map_delete(self->map, &self->in.head));
	}
	EXPECT_EQ(0, count(self));
}

/* The shortest and the longest keys that a map can have */
TEST_F(cache, names_at_the_bounds)
{
	char name[KEY_MAX - KEY_HEAD];

	memset(name, 'n', sizeof(name));
	ASSERT_EQ(0, use_map(self, KEY_HEAD + 1, 4));
	set_key(self, NODE, FUSE_LOOKUP, name, 1);
	EXPECT_EQ(0, fill(self, 1));
	EXPECT_EQ(1, find(self));
	set_key(self, NODE, FUSE_LOOKUP, name, 2);
	EXPECT_EQ(-ENAMETOOLONG, fill(self, 1));
	EXPECT_EQ(0, find(self));

	ASSERT_EQ(0, use_map(self, KEY_MAX, 4));
	set_key(self, NODE, FUSE_LOOKUP, name, sizeof(name));
	EXPECT_EQ(0, fill(self, 2));
	EXPECT_EQ(2, find(self));
	EXPECT_EQ(2, look_up(self));
}

/* The new value is seen, for as long as it was given. */
TEST_F(cache, replace)
{
	set_key(self, NODE, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(0, fill(self, 11));
	EXPECT_EQ(0, fill(self, 12));
	EXPECT_EQ(12, find(self));
	EXPECT_EQ(12, look_up(self));
	EXPECT_EQ(1, count(self));
}

/* ------------------------------------------------------ what may enter --- */

TEST_F(cache, only_the_request_itself)
{
	set_key(self, NODE + 1, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(-EINVAL, fill(self, 1));
	set_key(self, NODE, FUSE_GETXATTR, "name", 4);
	EXPECT_EQ(-EINVAL, fill(self, 1));
	EXPECT_EQ(0, count(self));
}

TEST_F(cache, only_in_the_reply_stage)
{
	self->ctx.ctx.stage = FUSE_BPF_REQUEST;
	set_key(self, NODE, FUSE_LOOKUP, "name", 4);
	EXPECT_EQ(-EOPNOTSUPP, fill(self, 1));
	EXPECT_EQ(0, count(self));
}

TEST_F(cache, kinds)
{
	static const uint32_t good[] = {
		FUSE_LOOKUP, FUSE_GETATTR, FUSE_READLINK, FUSE_STATFS,
		FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_ACCESS,
	};
	unsigned int i, filled = 0;
	uint32_t kind;
	bool is_good;

	for (kind = 1; kind < FUSE_BPF_OPCODES; kind++) {
		for (i = 0, is_good = false; i < ARRAY_SIZE(good); i++)
			is_good |= kind == good[i];
		self->ctx.ctx.opcode = kind;
		set_key(self, NODE, kind, "n", 1);
		EXPECT_EQ(is_good ? 0 : -EINVAL, fill(self, kind)) {
			TH_LOG("kind %u", kind);
		}
		filled += is_good;
	}
	EXPECT_EQ(filled, count(self));
}

/* ---------------------------------------------------------- user space --- */

TEST_F(cache, user_space_puts_nothing_in)
{
	union bpf_attr attr = { .map_fd = self->map };
	uint64_t value = 1;

	set_number(self, 1);
	EXPECT_EQ(-EOPNOTSUPP, bpf_map_update(self->map, &self->in.head, &value,
					      BPF_ANY));
	EXPECT_EQ(0, fill(self, 1));
	EXPECT_EQ(-EOPNOTSUPP, bpf_map_update(self->map, &self->in.head, &value,
					      BPF_EXIST));
	attr.key = (uintptr_t)&self->in.head;
	attr.value = (uintptr_t)&value;
	EXPECT_EQ(-1, syscall(__NR_bpf, BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr,
			      sizeof(attr)));
	EXPECT_EQ(1, find(self));
}

TEST_F(cache, delete)
{
	set_number(self, 1);
	EXPECT_EQ(-ENOENT, bpf_map_delete(self->map, &self->in.head));
	EXPECT_EQ(0, fill(self, 1));
	set_number(self, 2);
	EXPECT_EQ(0, fill(self, 2));
	EXPECT_EQ(0, bpf_map_delete(self->map, &self->in.head));
	EXPECT_EQ(0, find(self));
	EXPECT_EQ(-ENOENT, bpf_map_delete(self->map, &self->in.head));
	set_number(self, 1);
	EXPECT_EQ(1, find(self));
	EXPECT_EQ(1, count(self));
	EXPECT_EQ(0, bpf_map_delete(self->map, &self->in.head));
	EXPECT_EQ(0, count(self));
}

#define SOME	40

static int fill_some(FIXTURE_DATA(cache) *self)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < SOME && !err; i++) {
		set_number(self, i);
		err = fill(self, 1000 + i);
	}
	return err;
}

/* The number in a key that set_number() has made, or -1 */
static int number_of(const void *key)
{
	const struct fuse_bpf_cache_key *head = key;
	unsigned int n;

	memcpy(&n, head->name, sizeof(n));
	return head->nodeid == NODE && head->kind == FUSE_LOOKUP &&
	       head->name_len == sizeof(n) && n < SOME ? (int)n : -1;
}

/* Each once */
TEST_F(cache, iterate)
{
	uint8_t key[KEY_MAX], *prev = NULL;
	unsigned int seen[SOME] = {}, i;
	int n;

	ASSERT_EQ(0, fill_some(self));
	while (!bpf_map_next_key(self->map, prev, key)) {
		n = number_of(key);
		ASSERT_LE(0, n);
		ASSERT_EQ(1, ++seen[n]);
		prev = key;
	}
	for (i = 0; i < SOME; i++)
		EXPECT_EQ(1, seen[i]);
}

/* Whoever deletes while iterating comes to an end, with nothing left. */
TEST_F(cache, iterate_and_delete)
{
	uint8_t key[KEY_MAX];
	unsigned int n = 0;

	ASSERT_EQ(0, fill_some(self));
	while (!bpf_map_next_key(self->map, NULL, key)) {
		ASSERT_EQ(0, bpf_map_delete(self->map, key));
		ASSERT_GE(SOME, ++n);
	}
	EXPECT_EQ(SOME, n);
	EXPECT_EQ(0, count(self));
}

TEST_F(cache, batches)
{
	uint8_t keys[SOME + 1][KEY_SIZE], at[KEY_SIZE];
	unsigned int seen[SOME] = {}, i, got;
	uint64_t values[SOME + 1];
	void *in = NULL;
	uint32_t nr;
	int err, n;

	ASSERT_EQ(0, fill_some(self));
	for (got = 0, err = 0; !err; got += nr, in = at) {
		nr = 7;
		err = bpf_map_batch(self->map, BPF_MAP_LOOKUP_BATCH, in, at,
				    keys[got], values + got, &nr);
		ASSERT_TRUE(!err || err == -ENOENT);
		ASSERT_GE(SOME, got + nr);
	}
	EXPECT_EQ(SOME, got);
	for (i = 0; i < got; i++) {
		n = number_of(keys[i]);
		ASSERT_LE(0, n);
		EXPECT_EQ(1000 + n, values[i]);
		EXPECT_EQ(1, ++seen[n]);
	}

	nr = got - 1;
	EXPECT_EQ(0, bpf_map_batch(self->map, BPF_MAP_DELETE_BATCH, NULL, NULL,
				   keys, NULL, &nr));
	EXPECT_EQ(got - 1, nr);
	EXPECT_EQ(1, count(self));
}

/* ---------------------------------------------------------- a full map --- */

TEST_F(cache, full)
{
	unsigned int i, found = 0;

	for (i = 0; i < 1000; i++) {
		set_number(self, i);
		ASSERT_EQ(0, fill(self, 1 + i));
		ASSERT_EQ(1 + i, find(self));
	}
	EXPECT_GE(64, count(self));
	for (i = 0; i < 1000; i++) {
		set_number(self, i);
		found += find(self) == 1 + i;
	}
	EXPECT_GE(64, found);
	EXPECT_LE(32, found);
}

TEST_F(cache, one_entry)
{
	unsigned int i;

	ASSERT_EQ(0, use_map(self, KEY_SIZE, 1));
	for (i = 0; i < 100; i++) {
		set_number(self, i);
		ASSERT_EQ(0, fill(self, 1 + i));
		ASSERT_EQ(1 + i, find(self));
		ASSERT_EQ(1, count(self));
	}
	set_number(self, 98);
	EXPECT_EQ(0, find(self));
}

/* What is looked up now and then outlives what is not. */
TEST_F(cache, used_entries_stay)
{
	unsigned int i, hot = 0;

	for (i = 0; i < 8; i++) {
		set_number(self, i);
		ASSERT_EQ(0, fill(self, 1 + i));
	}
	for (i = 8; i < 2000; i++) {
		set_number(self, i);
		ASSERT_EQ(0, fill(self, 1 + i));
		set_number(self, i % 8);
		hot += find(self) != 0;
	}
	EXPECT_EQ(2000 - 8, hot);
	EXPECT_GE(64, count(self));
}

/* Replacing is no reason to evict. */
TEST_F(cache, replace_in_a_full_map)
{
	unsigned int i;

	ASSERT_EQ(0, use_map(self, KEY_SIZE, SOME));
	ASSERT_EQ(0, fill_some(self));
	for (i = 0; i < 500; i++) {
		set_number(self, 0);
		ASSERT_EQ(0, fill(self, 1 + i));
	}
	EXPECT_EQ(SOME, count(self));
}

/* -------------------------------------------------------------- expiry --- */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * MSEC + ts.tv_nsec;
}

/* Wait until the key in hand is found no longer; how long that has taken */
static uint64_t wait_expired(FIXTURE_DATA(cache) *self, uint64_t start)
{
	const struct timespec tick = { .tv_nsec = MSEC };

	while (find(self) && now() - start < 10000 * MSEC)
		nanosleep(&tick, NULL);
	return now() - start;
}

TEST_F(cache, expiry)
{
	uint64_t start = now(), took;

	set_number(self, 1);
	EXPECT_EQ(0, fill_for(self, 1, 300 * MSEC));
	took = wait_expired(self, start);
	EXPECT_LE(150 * MSEC, took);
	EXPECT_GT(5000 * MSEC, took);
	EXPECT_EQ(0, find(self));
	EXPECT_EQ(0, look_up(self));

	/* there is room for it again, and for longer */
	EXPECT_EQ(0, fill(self, 2));
	EXPECT_EQ(2, find(self));
	EXPECT_EQ(1, count(self));
}

/* A time that no clock reaches is not one that has passed. */
TEST_F(cache, expiry_never)
{
	set_number(self, 1);
	EXPECT_EQ(0, fill_for(self, 1, ~0ULL));
	EXPECT_EQ(1, find(self));
}

TEST_HARNESS_MAIN
