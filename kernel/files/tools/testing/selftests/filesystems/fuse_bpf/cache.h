/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program that keeps whatever the daemon answers in a BPF_MAP_TYPE_FUSE_CACHE
 * and answers from there, errors included; and what the map holds.
 */
#ifndef FUSE_BPF_CACHE_H
#define FUSE_BPF_CACHE_H

#include "env.h"

#define CACHE_KEY_SIZE	64
#define CACHE_NAME_MAX	(CACHE_KEY_SIZE - sizeof(struct fuse_bpf_cache_key))
#define SECOND		1000000000ULL
#define HOUR		(3600 * SECOND)

/* struct fuse_bpf_cache_key with room for a name */
struct cache_key {
	uint64_t nodeid;
	uint32_t kind;
	uint32_t name_len;
	uint8_t name[CACHE_NAME_MAX];
};

struct cache_value {
	int64_t error;
	uint32_t len;
	uint32_t reserved;
	uint8_t data[128];
};

struct cache {
	int map;
	int record;		/* what each fill returned, see cache_filled() */
};

/* As fusectl shows it */
struct cache_counters {
	uint64_t entries;
	uint64_t max_entries;
	uint64_t hits;
	uint64_t misses;
	uint64_t fills;
	uint64_t refused;
	uint64_t evicted;
};

int cache_map_create(uint32_t key_size, uint32_t value_size,
		     uint32_t max_entries);
/* Map and record for struct cache_key and struct cache_value */
int cache_create(struct cache *c, uint32_t max_entries);

/* Answer requests of @kind from the cache, and keep the daemon's answers. */
void cache_serve_rule(struct prog *p, const struct cache *c, uint32_t kind);
void cache_fill_rule(struct prog *p, const struct cache *c, uint32_t kind,
		     uint64_t ttl_ns);
/* Keep the attributes that a LOOKUP brings, as the node's. */
void cache_fill_child_rule(struct prog *p, const struct cache *c,
			   uint64_t ttl_ns);
/* Keep an empty answer under @key; what that returns is number @index. */
void cache_fill_key(struct prog *p, const struct cache *c,
		    const struct cache_key *key, uint64_t ttl_ns,
		    uint32_t index);
/* Both rules, for all that can be kept */
void cache_rules(struct prog *p, const struct cache *c, uint64_t ttl_ns);
int cache_prog(const struct cache *c, uint64_t ttl_ns);

/* One link with this map, and another one if not negative */
int cache_attach(struct env *env, const struct cache *c, int prog, int other,
		 uint64_t cache_ttl, uint32_t flags);
/* Cache of many entries, all granted for an hour */
int cache_start(struct env *env, struct cache *c);

/* The key of a request; what is named by @name is said in cache.c. */
struct cache_key cache_key(uint64_t nodeid, uint32_t kind, const char *name);
/* Whether a true entry is under this key */
bool cache_has(const struct cache *c, const struct cache_key *key);
/* The same for the object at @lower, a path below ENV_LOWER */
bool cache_knows(struct env *env, const struct cache *c, uint32_t kind,
		 const char *lower, const char *name);
unsigned int cache_count(const struct cache *c);
void cache_clear(const struct cache *c);

/* What the last fill of this kind returned; none: CACHE_NOT_FILLED */
#define CACHE_NOT_FILLED	1
#define CACHE_CHILD		(FUSE_BPF_OPCODES + FUSE_LOOKUP)
int64_t cache_filled(const struct cache *c, uint32_t kind);
void cache_forget_filled(const struct cache *c);

int cache_counters(struct env *env, const struct cache *c,
		   struct cache_counters *counters);

/* Make the request that an entry of this kind answers: 0 or a negative errno */
int cache_ask(const char *path, uint32_t kind, const char *name);

#endif
