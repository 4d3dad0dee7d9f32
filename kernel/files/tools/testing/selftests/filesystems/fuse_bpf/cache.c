// SPDX-License-Identifier: GPL-2.0
#include "cache.h"
#include "insn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Stack: the key at the bottom, the value above */
#define KEY_OFF		(-512)
#define VALUE_OFF	(KEY_OFF + CACHE_KEY_SIZE)
#define KEY(FIELD)	(KEY_OFF + (int)offsetof(struct cache_key, FIELD))
#define VALUE(FIELD)	(VALUE_OFF + (int)offsetof(struct cache_value, FIELD))

#define MANY		256

/* What user space asks xattrs with */
#define XATTR_ROOM	64

/* ---------------------------------------------------------------- maps --- */

int cache_map_create(uint32_t key_size, uint32_t value_size,
		     uint32_t max_entries)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_FUSE_CACHE,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
		.map_flags = BPF_F_RDONLY_PROG,
	};

	return bpf_map_create_attr(&attr);
}

int cache_create(struct cache *c, uint32_t max_entries)
{
	c->map = cache_map_create(sizeof(struct cache_key),
				  sizeof(struct cache_value), max_entries);
	c->record = record_create();
	if (c->map < 0)
		return c->map;
	if (c->record < 0)
		return c->record;
	cache_forget_filled(c);
	return 0;
}

/* ------------------------------------------------------------- program --- */

static void zero(struct prog *p, int off, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i += 8)
		EMIT(p, STORE_IMM(BPF_DW, FP, off + (int)i, 0));
}

/* Jump to the end of the rule; see end_of_rule(). */
static void skip_rule(struct prog *p, struct bpf_insn jump, int *skips,
		      unsigned int *nr)
{
	skips[(*nr)++] = p->nr;
	prog_emit(p, &jump, 1);
}

static void end_of_rule(struct prog *p, const int *skips, unsigned int nr)
{
	while (nr--)
		p->insns[skips[nr]].off = p->nr - skips[nr] - 1;
	prog_rule_end(p);
}

/*
 * The key of the request in the context. The name of a LOOKUP counts without
 * its terminator; of others, all that the request says is the name.
 */
static void build_key(struct prog *p, uint32_t kind, int *skips,
		      unsigned int *nr)
{
	zero(p, KEY_OFF, sizeof(struct cache_key));
	EMIT(p, LOAD(BPF_DW, R1, R6, CTX(nodeid)),
	     STORE(BPF_DW, FP, R1, KEY(nodeid)),
	     STORE_IMM(BPF_W, FP, KEY(kind), kind));
	if (kind != FUSE_LOOKUP && kind != FUSE_GETXATTR &&
	    kind != FUSE_LISTXATTR && kind != FUSE_ACCESS)
		return;

	EMIT(p, LOAD(BPF_W, R9, R6, CTX(in_len)));
	if (kind == FUSE_LOOKUP)
		EMIT(p, ADD_IMM(R9, -1));
	skip_rule(p, JUMP_IMM(BPF_JGT, R9, CACHE_NAME_MAX, 0), skips, nr);
	skip_rule(p, JUMP_IMM(BPF_JLT, R9, 1, 0), skips, nr);
	EMIT(p, STORE(BPF_W, FP, R9, KEY(name_len)),
	     MOV_REG(R1, R6), MOV_IMM(R2, 0),
	     MOV_REG(R3, FP), ADD_IMM(R3, KEY(name)),
	     MOV_REG(R4, R9),
	     CALL(fuse_load_in));
}

void cache_serve_rule(struct prog *p, const struct cache *c, uint32_t kind)
{
	unsigned int nr = 0;
	int skips[8];

	prog_rule(p, kind, FUSE_BPF_REQUEST);
	build_key(p, kind, skips, &nr);
	EMIT(p, MAP_FD(R1, c->map), MOV_REG(R2, FP), ADD_IMM(R2, KEY_OFF),
	     CALL(map_lookup_elem));
	skip_rule(p, JUMP_IMM(BPF_JEQ, R0, 0, 0), skips, &nr);
	EMIT(p, MOV_REG(R9, R0),
	     LOAD(BPF_DW, R0, R9, offsetof(struct cache_value, error)),
	     JUMP_IMM(BPF_JEQ, R0, 0, 1),
	     EXIT(),
	     LOAD(BPF_W, R4, R9, offsetof(struct cache_value, len)));
	skip_rule(p, JUMP_IMM(BPF_JGT, R4,
			      sizeof(((struct cache_value *)0)->data), 0),
		  skips, &nr);
	/* an empty reply stores nothing */
	EMIT(p, JUMP_IMM(BPF_JLT, R4, 1, 10),
	     STORE(BPF_DW, FP, R4, VALUE_OFF),
	     MOV_REG(R1, R6), MOV_IMM(R2, 0),
	     MOV_REG(R3, R9),
	     ADD_IMM(R3, offsetof(struct cache_value, data)),
	     CALL(fuse_store_out));
	skip_rule(p, JUMP_IMM(BPF_JNE, R0, 0, 0), skips, &nr);
	EMIT(p, MOV_REG(R1, R6), LOAD(BPF_DW, R2, FP, VALUE_OFF),
	     CALL(fuse_set_out_len));
	prog_return(p, FUSE_BPF_REPLY);
	end_of_rule(p, skips, nr);
}

static void fill(struct prog *p, const struct cache *c, uint64_t ttl_ns,
		 uint32_t index)
{
	EMIT(p, MOV_REG(R1, R6), MAP_FD(R2, c->map),
	     MOV_REG(R3, FP), ADD_IMM(R3, KEY_OFF),
	     MOV_REG(R4, FP), ADD_IMM(R4, VALUE_OFF),
	     LOAD_IMM64(R5, ttl_ns),
	     CALL(fuse_cache_fill));
	prog_record(p, c->record, index);
}

void cache_fill_rule(struct prog *p, const struct cache *c, uint32_t kind,
		     uint64_t ttl_ns)
{
	unsigned int nr = 0;
	int skips[8];

	prog_rule(p, kind, FUSE_BPF_REPLIED);
	build_key(p, kind, skips, &nr);
	zero(p, VALUE_OFF, sizeof(struct cache_value));
	EMIT(p, LOAD(BPF_W, R1, R6, CTX(error)),
	     LSH_IMM(R1, 32), ARSH_IMM(R1, 32),
	     STORE(BPF_DW, FP, R1, VALUE(error)),
	     LOAD(BPF_W, R4, R6, CTX(out_len)));
	skip_rule(p, JUMP_IMM(BPF_JGT, R4,
			      sizeof(((struct cache_value *)0)->data), 0),
		  skips, &nr);
	EMIT(p, STORE(BPF_W, FP, R4, VALUE(len)),
	     JUMP_IMM(BPF_JLT, R4, 1, 5),
	     MOV_REG(R1, R6), MOV_IMM(R2, 0),
	     MOV_REG(R3, FP), ADD_IMM(R3, VALUE(data)),
	     CALL(fuse_load_out));
	/*
	 * A missing name is kept as the reply that says so: a program's error
	 * is not held back from who wants to hear the daemon.
	 */
	if (kind == FUSE_LOOKUP)
		EMIT(p, LOAD(BPF_DW, R1, FP, VALUE(error)),
		     JUMP_IMM(BPF_JNE, R1, -ENOENT, 2),
		     STORE_IMM(BPF_DW, FP, VALUE(error), 0),
		     STORE_IMM(BPF_W, FP, VALUE(len),
			       sizeof(struct fuse_entry_out)));
	fill(p, c, ttl_ns, kind);
	end_of_rule(p, skips, nr);
}

/* Bytes @off to @off + @len of the reply, to @to on the stack */
static void load_out(struct prog *p, uint32_t off, int to, uint32_t len)
{
	EMIT(p, MOV_REG(R1, R6), MOV_IMM(R2, off),
	     MOV_REG(R3, FP), ADD_IMM(R3, to),
	     MOV_IMM(R4, len), CALL(fuse_load_out));
}

void cache_fill_child_rule(struct prog *p, const struct cache *c,
			   uint64_t ttl_ns)
{
	const uint32_t entry_attr = offsetof(struct fuse_entry_out, attr);
	const uint32_t attr = offsetof(struct fuse_attr_out, attr);
	unsigned int nr = 0;
	int skips[2];

	prog_rule(p, FUSE_LOOKUP, FUSE_BPF_REPLIED);
	zero(p, KEY_OFF, sizeof(struct cache_key));
	zero(p, VALUE_OFF, sizeof(struct cache_value));
	load_out(p, offsetof(struct fuse_entry_out, nodeid), KEY(nodeid), 8);
	EMIT(p, LOAD(BPF_DW, R1, FP, KEY(nodeid)));
	skip_rule(p, JUMP_IMM(BPF_JEQ, R1, 0, 0), skips, &nr);
	EMIT(p, STORE_IMM(BPF_W, FP, KEY(kind), FUSE_GETATTR),
	     STORE_IMM(BPF_W, FP, VALUE(len), sizeof(struct fuse_attr_out)));
	load_out(p, entry_attr, VALUE(data) + (int)attr,
		 sizeof(struct fuse_attr));
	fill(p, c, ttl_ns, CACHE_CHILD);
	end_of_rule(p, skips, nr);
}

void cache_fill_key(struct prog *p, const struct cache *c,
		    const struct cache_key *key, uint64_t ttl_ns,
		    uint32_t index)
{
	const uint32_t *word = (const void *)key;
	unsigned int i;

	for (i = 0; i < sizeof(*key) / sizeof(*word); i++)
		EMIT(p, STORE_IMM(BPF_W, FP, KEY_OFF + 4 * (int)i,
				  (int32_t)word[i]));
	zero(p, VALUE_OFF, sizeof(struct cache_value));
	fill(p, c, ttl_ns, index);
}

void cache_rules(struct prog *p, const struct cache *c, uint64_t ttl_ns)
{
	static const uint32_t kinds[] = {
		FUSE_LOOKUP, FUSE_GETATTR, FUSE_READLINK, FUSE_STATFS,
		FUSE_GETXATTR, FUSE_LISTXATTR, FUSE_ACCESS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		cache_serve_rule(p, c, kinds[i]);
		cache_fill_rule(p, c, kinds[i], ttl_ns);
	}
}

int cache_prog(const struct cache *c, uint64_t ttl_ns)
{
	struct prog p;

	prog_begin(&p);
	cache_rules(&p, c, ttl_ns);
	return prog_load(&p);
}

int cache_attach(struct env *env, const struct cache *c, int prog, int other,
		 uint64_t cache_ttl, uint32_t flags)
{
	const int maps[] = { c->map, other };
	union bpf_attr attr = {
		.link_create.prog_fd = prog,
		.link_create.target_fd = env->daemon.dev,
		.link_create.attach_type = BPF_FUSE,
		.link_create.fuse.map_fds = (uintptr_t)maps,
		.link_create.fuse.map_cnt = other < 0 ? 1 : 2,
		.link_create.fuse.flags = flags,
		.link_create.fuse.cache_ttl = cache_ttl,
		.link_create.fuse.max_stack_depth = !!(flags & FUSE_BPF_CONSENT),
	};

	if (prog < 0)
		return prog;
	env->prog = prog;
	env->link = bpf_link_create_attr(&attr);
	return env->link < 0 ? env->link : 0;
}

int cache_start(struct env *env, struct cache *c)
{
	int err;

	err = cache_create(c, MANY);
	return err ?: cache_attach(env, c, cache_prog(c, HOUR), -1, HOUR, 0);
}

/* ------------------------------------------------------------- entries --- */

static void key_append(struct cache_key *key, const void *data, size_t len)
{
	memcpy(key->name + key->name_len, data, len);
	key->name_len += len;
}

/* LOOKUP: the name; xattrs: the attribute's, read whole; ACCESS: R_OK */
struct cache_key cache_key(uint64_t nodeid, uint32_t kind, const char *name)
{
	struct fuse_getxattr_in xattr = { .size = XATTR_ROOM };
	struct fuse_access_in access = { .mask = R_OK };
	struct cache_key key = { .nodeid = nodeid, .kind = kind };

	switch (kind) {
	case FUSE_LOOKUP:
		key_append(&key, name, strlen(name));
		break;
	case FUSE_GETXATTR:
		key_append(&key, &xattr, sizeof(xattr));
		key_append(&key, name, strlen(name) + 1);
		break;
	case FUSE_LISTXATTR:
		key_append(&key, &xattr, sizeof(xattr));
		break;
	case FUSE_ACCESS:
		key_append(&key, &access, sizeof(access));
		break;
	}
	return key;
}

bool cache_has(const struct cache *c, const struct cache_key *key)
{
	struct cache_value value;

	return !bpf_map_lookup(c->map, key, &value);
}

bool cache_knows(struct env *env, const struct cache *c, uint32_t kind,
		 const char *lower, const char *name)
{
	struct cache_key key = cache_key(env_nodeid(env, lower), kind, name);

	return cache_has(c, &key);
}

unsigned int cache_count(const struct cache *c)
{
	struct cache_key key, *prev = NULL;
	unsigned int n = 0;

	while (!bpf_map_next_key(c->map, prev, &key)) {
		prev = &key;
		n++;
	}
	return n;
}

void cache_clear(const struct cache *c)
{
	struct cache_key key;

	while (!bpf_map_next_key(c->map, NULL, &key))
		bpf_map_delete(c->map, &key);
}

int64_t cache_filled(const struct cache *c, uint32_t kind)
{
	return record_get(c->record, kind);
}

void cache_forget_filled(const struct cache *c)
{
	const int64_t none = CACHE_NOT_FILLED;
	uint32_t i;

	for (i = 0; i < FUSE_BPF_SLOT_SIZE; i++)
		bpf_map_update(c->record, &i, &none, BPF_ANY);
}

/* ------------------------------------------------------------ counters --- */

static bool parse_counters(const char *line, uint32_t map,
			   struct cache_counters *c)
{
	unsigned long long v[7];
	unsigned int id;

	if (sscanf(line, "%u %llu %llu %llu %llu %llu %llu %llu", &id, &v[0],
		   &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]) != 8 || id != map)
		return false;
	*c = (struct cache_counters){
		v[0], v[1], v[2], v[3], v[4], v[5], v[6],
	};
	return true;
}

int cache_counters(struct env *env, const struct cache *c,
		   struct cache_counters *counters)
{
	char path[64], line[256];
	int err = -ENODATA;
	FILE *f;

	snprintf(path, sizeof(path), ENV_CTL "/%u/bpf_cache",
		 env_connection(env));
	f = fopen(path, "re");
	if (!f)
		return -errno;
	while (err && fgets(line, sizeof(line), f)) {
		if (parse_counters(line, bpf_map_id(c->map), counters))
			err = 0;
	}
	fclose(f);
	return err;
}

/* ------------------------------------------------------------ requests --- */

int cache_ask(const char *path, uint32_t kind, const char *name)
{
	char full[256], buf[XATTR_ROOM];
	struct statfs space;
	struct stat st;
	ssize_t ret;

	switch (kind) {
	case FUSE_LOOKUP:
		/* and nothing but that */
		snprintf(full, sizeof(full), "%s/%s", path, name);
		ret = open(full, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (ret >= 0)
			close(ret);
		break;
	case FUSE_GETATTR:
		ret = lstat(path, &st);
		break;
	case FUSE_READLINK:
		ret = readlink(path, buf, sizeof(buf));
		break;
	case FUSE_STATFS:
		ret = statfs(path, &space);
		break;
	case FUSE_GETXATTR:
		ret = lgetxattr(path, name, buf, sizeof(buf));
		break;
	case FUSE_LISTXATTR:
		ret = llistxattr(path, buf, sizeof(buf));
		break;
	case FUSE_ACCESS:
		ret = faccessat(AT_FDCWD, path, R_OK, AT_EACCESS);
		break;
	default:
		return -EINVAL;
	}
	return ret < 0 ? -errno : 0;
}
