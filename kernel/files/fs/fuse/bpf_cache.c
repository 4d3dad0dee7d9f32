// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: BPF_MAP_TYPE_FUSE_CACHE, answers that programs have kept.
 *
 * A lookup takes no lock: entries are replaced, never rewritten, and freed
 * after an RCU grace period. The hash table is cut into shards, each with a
 * lock, a share of max_entries and a list by age. When a share is used up, the
 * oldest entry that nobody has found since it was last passed over goes.
 *
 * An entry that has become untrue is found no more; bpf_coherence.c tells how
 * it becomes so. Only names are removed at once, one by one: a directory has
 * many, and a change of one leaves the others true.
 */

#include "bpf_cache.h"

#include <linux/bpf_mem_alloc.h>
#include <linux/btf_ids.h>
#include <linux/cred.h>
#include <linux/jhash.h>
#include <linux/random.h>

#define FUSE_BPF_CACHE_SHARDS	64
/* A shard of fewer entries would evict while others have room. */
#define FUSE_BPF_SHARD_ENTRIES	256
/* Used entries that are passed over in search of one to evict */
#define FUSE_BPF_CACHE_TRIES	16
/* Callers that have an answer of their own to one request */
#define FUSE_BPF_CACHE_CALLERS	32

struct fuse_bpf_shard {
	raw_spinlock_t lock;
	u32 count;
	u64 bytes;
	struct list_head lru;		/* the youngest first */
} ____cacheline_aligned_in_smp;

struct fuse_bpf_cache_stats {
	u64 count[FUSE_BPF_CACHE_STATS];
};

struct fuse_bpf_cache {
	struct bpf_map map;
	struct bpf_mem_alloc ma;
	struct hlist_head *chains;
	struct fuse_bpf_shard *shards;
	struct fuse_bpf_cache_stats __percpu *stats;
	struct fuse_conn *owner;	/* claimed by cmpxchg */
	u32 chain_mask;
	u32 shard_mask;
	u32 shard_entries;
	u32 key_offset;			/* in an entry's data */
	u32 seed;
};

static struct fuse_bpf_cache *to_cache(struct bpf_map *map)
{
	return container_of(map, struct fuse_bpf_cache, map);
}

void fuse_bpf_cache_count(struct bpf_map *map, enum fuse_bpf_cache_stat stat)
{
	this_cpu_inc(to_cache(map)->stats->count[stat]);
}

u32 fuse_bpf_cache_longest_name(const struct bpf_map *map)
{
	return map->key_size - sizeof(struct fuse_bpf_cache_key);
}

/* ---------------------------------------------------------------- keys --- */

/* A key where it lies; its head is a copy, as others may write to it. */
struct fuse_bpf_key {
	struct fuse_bpf_cache_key head;
	const void *name;
};

static bool fuse_bpf_key_read(const struct bpf_map *map, const void *key,
			      struct fuse_bpf_key *to)
{
	memcpy(&to->head, key, sizeof(to->head));
	to->name = key + sizeof(to->head);
	return to->head.name_len <= fuse_bpf_cache_longest_name(map);
}

static u32 fuse_bpf_key_hash(const struct fuse_bpf_cache *cache,
			     const struct fuse_bpf_key *key)
{
	u32 seed = jhash2((const u32 *)&key->head, sizeof(key->head) / 4,
			  cache->seed);

	return jhash(key->name, key->head.name_len, seed);
}

static const struct fuse_bpf_cache_key *
fuse_bpf_cached_key(const struct fuse_bpf_cache *cache,
		    const struct fuse_bpf_cached *entry)
{
	return (const void *)entry->data + cache->key_offset;
}

static bool fuse_bpf_key_equal(const struct fuse_bpf_cache *cache,
			       const struct fuse_bpf_cached *entry,
			       const struct fuse_bpf_key *key, u32 hash)
{
	const struct fuse_bpf_cache_key *own = fuse_bpf_cached_key(cache, entry);

	return entry->hash == hash && own->nodeid == key->head.nodeid &&
	       own->kind == key->head.kind &&
	       own->name_len == key->head.name_len &&
	       !memcmp(own->name, key->name, key->head.name_len);
}

static struct hlist_head *fuse_bpf_chain(const struct fuse_bpf_cache *cache,
					 u32 hash)
{
	return &cache->chains[hash & cache->chain_mask];
}

static struct fuse_bpf_shard *fuse_bpf_shard(const struct fuse_bpf_cache *cache,
					     u32 hash)
{
	return &cache->shards[hash & cache->shard_mask];
}

/* ------------------------------------------------------------- entries --- */

static bool fuse_bpf_same_groups(const struct group_info *a,
				 const struct group_info *b)
{
	return a == b || (a->ngroups == b->ngroups &&
			  !memcmp(a->gid, b->gid,
				  a->ngroups * sizeof(*a->gid)));
}

/* Is this the answer that @cred was given? */
static bool fuse_bpf_answers(const struct fuse_bpf_cached *entry,
			     const struct cred *cred)
{
	const struct cred *own = entry->cred;

	return !own || own == cred ||
	       (uid_eq(own->fsuid, cred->fsuid) &&
		gid_eq(own->fsgid, cred->fsgid) &&
		fuse_bpf_same_groups(own->group_info, cred->group_info));
}

static bool fuse_bpf_is_true(const struct fuse_bpf_cached *entry)
{
	if (!time_before64(get_jiffies_64(), entry->expires))
		return false;
	/* its id may be another node's by now */
	if (entry->named && fuse_bpf_node_gone(entry->named))
		return false;
	return !entry->node ||
	       entry->sent >= READ_ONCE(entry->node->floor[entry->class]);
}

static struct fuse_bpf_node *fuse_bpf_node_ref(struct fuse_bpf_node *node)
{
	if (node)
		refcount_inc(&node->count);
	return node;
}

static struct fuse_bpf_cached *
fuse_bpf_cached_new(struct fuse_bpf_cache *cache,
		    const struct fuse_bpf_cache_key *head, const void *name,
		    const void *value, const struct fuse_bpf_filling *filling)
{
	struct fuse_bpf_key own = { .head = *head };
	struct fuse_bpf_cached *entry;
	void *key;
	size_t size;

	size = sizeof(*entry) + cache->key_offset + sizeof(*head) +
	       head->name_len;
	entry = bpf_mem_alloc(&cache->ma, size);
	if (!entry)
		return ERR_PTR(-ENOMEM);

	entry->node = fuse_bpf_node_ref(filling->node);
	entry->named = fuse_bpf_node_ref(filling->named);
	entry->cred = filling->personal ? get_current_cred() : NULL;
	entry->sent = filling->sent;
	entry->expires = filling->expires;
	entry->class = filling->class;
	entry->used = false;
	entry->size = size;
	memcpy(entry->data, value, cache->map.value_size);
	key = entry->data + cache->key_offset;
	memcpy(key, head, sizeof(*head));
	memcpy(key + sizeof(*head), name, head->name_len);
	/* of the copy: nobody else writes to that */
	own.name = key + sizeof(*head);
	entry->hash = fuse_bpf_key_hash(cache, &own);

	return entry;
}

static void fuse_bpf_cached_free(struct fuse_bpf_cache *cache,
				 struct fuse_bpf_cached *entry)
{
	fuse_bpf_node_put(entry->node);
	fuse_bpf_node_put(entry->named);
	put_cred(entry->cred);
	migrate_disable();
	bpf_mem_free_rcu(&cache->ma, entry);
	migrate_enable();
}

static void fuse_bpf_free_list(struct fuse_bpf_cache *cache,
			       struct list_head *gone)
{
	struct fuse_bpf_cached *entry, *next;

	list_for_each_entry_safe(entry, next, gone, lru)
		fuse_bpf_cached_free(cache, entry);
}

/* What says "locked" is called with the shard's lock. */
static void fuse_bpf_unlink_locked(struct fuse_bpf_shard *shard,
				   struct fuse_bpf_cached *entry,
				   struct list_head *gone)
{
	lockdep_assert_held(&shard->lock);

	hlist_del_rcu(&entry->chain);
	list_move(&entry->lru, gone);
	shard->count--;
	shard->bytes -= entry->size;
}

/* The entries that bear one key, for different callers, stand side by side. */
struct fuse_bpf_group {
	struct fuse_bpf_cached *first;	/* the oldest */
	struct fuse_bpf_cached *last;
	unsigned int count;
};

/* The entry in the place of which @new is to be found, true or not */
static struct fuse_bpf_cached *
fuse_bpf_find_locked(struct fuse_bpf_cache *cache,
		     const struct fuse_bpf_cached *new,
		     struct fuse_bpf_group *group)
{
	const struct fuse_bpf_cache_key *head = fuse_bpf_cached_key(cache, new);
	struct fuse_bpf_key key = { .head = *head, .name = head->name };
	struct fuse_bpf_cached *entry, *old = NULL;

	memset(group, 0, sizeof(*group));
	hlist_for_each_entry(entry, fuse_bpf_chain(cache, new->hash), chain) {
		if (!fuse_bpf_key_equal(cache, entry, &key, new->hash))
			continue;
		if (!group->count++)
			group->first = entry;
		group->last = entry;
		if (!new->cred == !entry->cred &&
		    (!new->cred || fuse_bpf_answers(entry, new->cred)))
			old = entry;
	}
	return old;
}

/* Bounded, so that a fill costs the same however many entries are in use. */
static struct fuse_bpf_cached *fuse_bpf_oldest_locked(struct fuse_bpf_shard *shard)
{
	struct fuse_bpf_cached *entry;
	int i;

	for (i = 0; i < FUSE_BPF_CACHE_TRIES; i++) {
		entry = list_last_entry(&shard->lru, struct fuse_bpf_cached,
					lru);
		if (!READ_ONCE(entry->used) || !fuse_bpf_is_true(entry))
			return entry;
		WRITE_ONCE(entry->used, false);
		list_move(&entry->lru, &shard->lru);
	}
	return list_last_entry(&shard->lru, struct fuse_bpf_cached, lru);
}

static void fuse_bpf_link_locked(struct fuse_bpf_cache *cache,
				 struct fuse_bpf_shard *shard,
				 struct fuse_bpf_cached *entry,
				 struct fuse_bpf_cached *like)
{
	lockdep_assert_held(&shard->lock);

	if (like)
		hlist_add_behind_rcu(&entry->chain, &like->chain);
	else
		hlist_add_head_rcu(&entry->chain,
				   fuse_bpf_chain(cache, entry->hash));
	list_add(&entry->lru, &shard->lru);
	shard->count++;
	shard->bytes += entry->size;
}

/*
 * A name may be removed while a reply that has it is on its way here: whoever
 * removes it has stamped the node before he takes this lock.
 */
static bool fuse_bpf_outdated(const struct fuse_bpf_filling *filling,
			      const struct fuse_bpf_cached *old)
{
	return (filling->stamp && filling->sent < READ_ONCE(*filling->stamp)) ||
	       (filling->node && filling->sent <
		READ_ONCE(filling->node->floor[filling->class])) ||
	       (old && old->sent > filling->sent);
}

/**
 * fuse_bpf_cache_insert - put an entry into a cache
 * @map: the cache
 * @head: of the key; its name is not too long for the map
 * @name: what follows the head
 * @value: of the map's value size
 * @filling: what the entry depends on
 *
 * Called in an RCU section, with preemption disabled.
 *
 * Return: 0 or a negative errno
 */
int fuse_bpf_cache_insert(struct bpf_map *map,
			  const struct fuse_bpf_cache_key *head,
			  const void *name, const void *value,
			  const struct fuse_bpf_filling *filling)
{
	struct fuse_bpf_cache *cache = to_cache(map);
	struct fuse_bpf_cached *entry, *old, *victim = NULL;
	struct fuse_bpf_group group;
	struct fuse_bpf_shard *shard;
	LIST_HEAD(gone);
	int err = 0;

	entry = fuse_bpf_cached_new(cache, head, name, value, filling);
	if (IS_ERR(entry))
		return PTR_ERR(entry);

	shard = fuse_bpf_shard(cache, entry->hash);
	raw_spin_lock(&shard->lock);
	old = fuse_bpf_find_locked(cache, entry, &group);
	if (fuse_bpf_outdated(filling, old)) {
		list_add(&entry->lru, &gone);
		err = -ESTALE;
		goto unlock;
	}

	if (!old && group.count == FUSE_BPF_CACHE_CALLERS)
		victim = group.first;
	else if (!old && shard->count == cache->shard_entries)
		victim = fuse_bpf_oldest_locked(shard);
	if (victim) {
		fuse_bpf_unlink_locked(shard, victim, &gone);
		/* may have been the one to stand beside */
		fuse_bpf_find_locked(cache, entry, &group);
	}
	fuse_bpf_link_locked(cache, shard, entry, group.last);
	if (old)
		fuse_bpf_unlink_locked(shard, old, &gone);
unlock:
	raw_spin_unlock(&shard->lock);

	if (victim)
		fuse_bpf_cache_count(map, FUSE_BPF_CACHE_EVICTED);
	fuse_bpf_free_list(cache, &gone);
	return err;
}

/* Remove what all callers would find under a key. */
static bool fuse_bpf_cache_drop(struct fuse_bpf_cache *cache,
				const struct fuse_bpf_key *key)
{
	u32 hash = fuse_bpf_key_hash(cache, key);
	struct fuse_bpf_shard *shard = fuse_bpf_shard(cache, hash);
	struct fuse_bpf_cached *entry;
	struct hlist_node *next;
	LIST_HEAD(gone);
	bool any;

	raw_spin_lock(&shard->lock);
	hlist_for_each_entry_safe(entry, next, fuse_bpf_chain(cache, hash),
				  chain) {
		if (fuse_bpf_key_equal(cache, entry, key, hash))
			fuse_bpf_unlink_locked(shard, entry, &gone);
	}
	raw_spin_unlock(&shard->lock);

	any = !list_empty(&gone);
	fuse_bpf_free_list(cache, &gone);
	return any;
}

/* A name in a directory has changed; the directory has been stamped. */
void fuse_bpf_cache_drop_name(struct bpf_map *map, u64 nodeid,
			      const char *name, u32 len)
{
	struct fuse_bpf_key key = {
		.head.nodeid = nodeid,
		.head.kind = FUSE_LOOKUP,
		.head.name_len = len,
		.name = name,
	};

	if (len <= fuse_bpf_cache_longest_name(map))
		fuse_bpf_cache_drop(to_cache(map), &key);
}

static void fuse_bpf_cache_clear(struct fuse_bpf_cache *cache)
{
	struct fuse_bpf_cached *entry;
	struct fuse_bpf_shard *shard;
	struct hlist_node *next;
	LIST_HEAD(gone);
	u32 i;

	for (i = 0; i <= cache->chain_mask; i++) {
		if (!hlist_empty(&cache->chains[i])) {
			shard = fuse_bpf_shard(cache, i);
			raw_spin_lock(&shard->lock);
			hlist_for_each_entry_safe(entry, next,
						  &cache->chains[i], chain)
				fuse_bpf_unlink_locked(shard, entry, &gone);
			raw_spin_unlock(&shard->lock);
			fuse_bpf_free_list(cache, &gone);
			INIT_LIST_HEAD(&gone);
		}
		cond_resched();
	}
}

/* ---------------------------------------------------------- ownership --- */

/*
 * Only the caller may give a claimed cache an owner. What test runs have put
 * there, or still do, is true of nothing.
 */
int fuse_bpf_cache_claim(struct bpf_map *map)
{
	struct fuse_bpf_cache *cache = to_cache(map);

	if (cmpxchg(&cache->owner, NULL, FUSE_BPF_CLOSING))
		return -EBUSY;

	synchronize_rcu();
	fuse_bpf_cache_clear(cache);
	return 0;
}

/* Make @fc the owner of a claimed cache, or none if an attach has failed. */
void fuse_bpf_cache_own(struct bpf_map *map, struct fuse_conn *fc)
{
	WRITE_ONCE(to_cache(map)->owner, fc);
}

/* Under fuse_bpf_mutex; from now on the connection may go. */
void fuse_bpf_cache_close(struct bpf_map *map)
{
	WRITE_ONCE(to_cache(map)->owner, FUSE_BPF_CLOSING);
}

/*
 * Who still fills on behalf of the old owner is done before the closed cache is
 * emptied.
 */
void fuse_bpf_cache_disown(struct bpf_map *map)
{
	struct fuse_bpf_cache *cache = to_cache(map);

	synchronize_rcu();
	fuse_bpf_cache_clear(cache);
	WRITE_ONCE(cache->owner, NULL);
}

bool fuse_bpf_cache_owned_by(struct bpf_map *map, const struct fuse_conn *fc)
{
	return READ_ONCE(to_cache(map)->owner) == fc;
}

/* ------------------------------------------------------- map operations --- */

static struct fuse_bpf_cached *
fuse_bpf_cache_find(struct fuse_bpf_cache *cache,
		    const struct fuse_bpf_key *key, const struct cred *cred)
{
	u32 hash = fuse_bpf_key_hash(cache, key);
	struct fuse_bpf_cached *entry;

	hlist_for_each_entry_rcu(entry, fuse_bpf_chain(cache, hash), chain) {
		if (fuse_bpf_key_equal(cache, entry, key, hash) &&
		    (!cred || fuse_bpf_answers(entry, cred)) &&
		    fuse_bpf_is_true(entry))
			return entry;
	}
	return NULL;
}

/* Does the program run for the connection whose answers these are? */
static bool fuse_bpf_cache_is_ours(struct bpf_map *map)
{
	struct bpf_run_ctx *ctx = current->bpf_ctx;

	return ctx &&
	       fuse_bpf_cache_owned_by(map,
				       container_of(ctx,
						    struct fuse_bpf_run_ctx,
						    ctx)->fc);
}

/* From a program, on behalf of the caller of the request */
static void *fuse_bpf_cache_lookup_elem(struct bpf_map *map, void *key)
{
	struct fuse_bpf_cached *entry = NULL;
	struct fuse_bpf_key own;

	if (fuse_bpf_cache_is_ours(map) && fuse_bpf_key_read(map, key, &own))
		entry = fuse_bpf_cache_find(to_cache(map), &own,
					    current_cred());
	if (!entry) {
		fuse_bpf_cache_count(map, FUSE_BPF_CACHE_MISS);
		return NULL;
	}

	/* do not dirty a line that other CPUs read */
	if (!READ_ONCE(entry->used))
		WRITE_ONCE(entry->used, true);
	fuse_bpf_cache_count(map, FUSE_BPF_CACHE_HIT);
	return entry->data;
}

/* From user space: whoever's answer it is */
static void *fuse_bpf_cache_lookup_elem_sys(struct bpf_map *map, void *key)
{
	struct fuse_bpf_cached *entry;
	struct fuse_bpf_key own;

	if (!fuse_bpf_key_read(map, key, &own))
		return NULL;
	entry = fuse_bpf_cache_find(to_cache(map), &own, NULL);
	return entry ? entry->data : NULL;
}

/* An entry comes from a reply, and nothing else. */
static long fuse_bpf_cache_update_elem(struct bpf_map *map, void *key,
				       void *value, u64 flags)
{
	return -EOPNOTSUPP;
}

static long fuse_bpf_cache_delete_elem(struct bpf_map *map, void *key)
{
	struct fuse_bpf_key own;

	if (!fuse_bpf_key_read(map, key, &own))
		return -ENAMETOOLONG;
	return fuse_bpf_cache_drop(to_cache(map), &own) ? 0 : -ENOENT;
}

/*
 * The entry after those with the key, which stand side by side, in their chain.
 * Returns false if there is none with the key.
 */
static bool fuse_bpf_cache_after(struct fuse_bpf_cache *cache,
				 const struct fuse_bpf_key *key,
				 struct hlist_node **after, u32 *chain)
{
	u32 hash = fuse_bpf_key_hash(cache, key);
	struct fuse_bpf_cached *entry;
	bool found = false;

	*after = NULL;
	*chain = hash & cache->chain_mask;
	hlist_for_each_entry_rcu(entry, fuse_bpf_chain(cache, hash), chain) {
		if (fuse_bpf_key_equal(cache, entry, key, hash)) {
			found = true;
		} else if (found) {
			*after = &entry->chain;
			break;
		}
	}
	return found;
}

static int fuse_bpf_cache_get_next_key(struct bpf_map *map, void *key,
				       void *next_key)
{
	struct fuse_bpf_cache *cache = to_cache(map);
	const struct fuse_bpf_cache_key *found;
	struct fuse_bpf_cached *entry;
	struct hlist_node *pos = NULL;
	struct fuse_bpf_key own;
	u32 chain = 0;

	/* a key that has gone starts over, as with other hash maps */
	if (key && fuse_bpf_key_read(map, key, &own) &&
	    fuse_bpf_cache_after(cache, &own, &pos, &chain)) {
		if (!pos)
			chain++;
	} else {
		chain = 0;
	}

	for (; chain <= cache->chain_mask; chain++, pos = NULL) {
		if (!pos)
			pos = rcu_dereference_raw(hlist_first_rcu(&cache->chains[chain]));
		for (; pos; pos = rcu_dereference_raw(hlist_next_rcu(pos))) {
			entry = hlist_entry(pos, struct fuse_bpf_cached, chain);
			if (!fuse_bpf_is_true(entry))
				continue;
			found = fuse_bpf_cached_key(cache, entry);
			memset(next_key, 0, map->key_size);
			memcpy(next_key, found,
			       sizeof(*found) + found->name_len);
			return 0;
		}
	}
	return -ENOENT;
}

static int fuse_bpf_cache_alloc_check(union bpf_attr *attr)
{
	if (attr->key_size <= sizeof(struct fuse_bpf_cache_key) ||
	    attr->key_size > FUSE_BPF_CACHE_KEY_MAX ||
	    !attr->value_size || attr->value_size > FUSE_BPF_CACHE_VALUE_MAX ||
	    !attr->max_entries || attr->max_entries > BIT(26) ||
	    !(attr->map_flags & BPF_F_RDONLY_PROG) ||
	    attr->map_flags & ~(BPF_F_RDONLY_PROG | BPF_F_NUMA_NODE))
		return -EINVAL;
	return 0;
}

static void fuse_bpf_cache_area_free(struct fuse_bpf_cache *cache)
{
	bpf_mem_alloc_destroy(&cache->ma);
	free_percpu(cache->stats);
	bpf_map_area_free(cache->shards);
	bpf_map_area_free(cache->chains);
	bpf_map_area_free(cache);
}

static void fuse_bpf_cache_size(struct fuse_bpf_cache *cache)
{
	u32 entries = cache->map.max_entries;
	u32 shards = clamp(rounddown_pow_of_two(entries) /
			   FUSE_BPF_SHARD_ENTRIES, 1, FUSE_BPF_CACHE_SHARDS);

	cache->shard_mask = shards - 1;
	cache->shard_entries = entries / shards;
	cache->chain_mask = roundup_pow_of_two(entries) - 1;
	cache->key_offset = round_up(cache->map.value_size, 8);
	cache->seed = get_random_u32();
}

static int fuse_bpf_cache_area_alloc(struct fuse_bpf_cache *cache)
{
	u64 chains = cache->chain_mask + 1ULL;
	u32 i, shards = cache->shard_mask + 1;
	int node = cache->map.numa_node;

	cache->chains = bpf_map_area_alloc(chains * sizeof(*cache->chains),
					   node);
	cache->shards = bpf_map_area_alloc(shards * sizeof(*cache->shards),
					   node);
	cache->stats = bpf_map_alloc_percpu(&cache->map, sizeof(*cache->stats),
					    sizeof(u64), GFP_USER);
	if (!cache->chains || !cache->shards || !cache->stats)
		return -ENOMEM;

	for (i = 0; i < shards; i++) {
		raw_spin_lock_init(&cache->shards[i].lock);
		INIT_LIST_HEAD(&cache->shards[i].lru);
	}
	return bpf_mem_alloc_init(&cache->ma, 0, false);
}

static struct bpf_map *fuse_bpf_cache_alloc(union bpf_attr *attr)
{
	struct fuse_bpf_cache *cache;
	int err;

	cache = bpf_map_area_alloc(sizeof(*cache), bpf_map_attr_numa_node(attr));
	if (!cache)
		return ERR_PTR(-ENOMEM);

	bpf_map_init_from_attr(&cache->map, attr);
	fuse_bpf_cache_size(cache);
	err = fuse_bpf_cache_area_alloc(cache);
	if (err) {
		fuse_bpf_cache_area_free(cache);
		return ERR_PTR(err);
	}
	return &cache->map;
}

static void fuse_bpf_cache_free(struct bpf_map *map)
{
	fuse_bpf_cache_clear(to_cache(map));
	fuse_bpf_cache_area_free(to_cache(map));
}

static u32 fuse_bpf_cache_sum(const struct fuse_bpf_cache *cache, u64 *bytes)
{
	u32 i, count = 0;

	*bytes = 0;
	for (i = 0; i <= cache->shard_mask; i++) {
		count += READ_ONCE(cache->shards[i].count);
		*bytes += READ_ONCE(cache->shards[i].bytes);
	}
	return count;
}

static u64 fuse_bpf_cache_mem_usage(const struct bpf_map *map)
{
	const struct fuse_bpf_cache *cache = to_cache((struct bpf_map *)map);
	u64 bytes;

	fuse_bpf_cache_sum(cache, &bytes);
	return bytes + sizeof(*cache) +
	       (cache->chain_mask + 1ULL) * sizeof(*cache->chains) +
	       (cache->shard_mask + 1ULL) * sizeof(*cache->shards) +
	       num_possible_cpus() * sizeof(*cache->stats);
}

/* One line of the table in fusectl */
int fuse_bpf_cache_show(struct bpf_map *map, char *buf, size_t size)
{
	struct fuse_bpf_cache *cache = to_cache(map);
	u64 sum[FUSE_BPF_CACHE_STATS] = {}, bytes;
	size_t len;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct fuse_bpf_cache_stats *s = per_cpu_ptr(cache->stats, cpu);

		for (i = 0; i < FUSE_BPF_CACHE_STATS; i++)
			sum[i] += READ_ONCE(s->count[i]);
	}

	len = scnprintf(buf, size, "%u %u %u", map->id,
			fuse_bpf_cache_sum(cache, &bytes), map->max_entries);
	for (i = 0; i < FUSE_BPF_CACHE_STATS; i++)
		len += scnprintf(buf + len, size - len, " %llu", sum[i]);
	len += scnprintf(buf + len, size - len, "\n");
	return len;
}

BTF_ID_LIST_SINGLE(fuse_bpf_cache_btf_ids, struct, fuse_bpf_cache)

const struct bpf_map_ops fuse_cache_map_ops = {
	.map_alloc_check		= fuse_bpf_cache_alloc_check,
	.map_alloc			= fuse_bpf_cache_alloc,
	.map_free			= fuse_bpf_cache_free,
	.map_get_next_key		= fuse_bpf_cache_get_next_key,
	.map_lookup_elem		= fuse_bpf_cache_lookup_elem,
	.map_lookup_elem_sys_only	= fuse_bpf_cache_lookup_elem_sys,
	.map_update_elem		= fuse_bpf_cache_update_elem,
	.map_delete_elem		= fuse_bpf_cache_delete_elem,
	.map_lookup_batch		= generic_map_lookup_batch,
	.map_delete_batch		= generic_map_delete_batch,
	.map_mem_usage			= fuse_bpf_cache_mem_usage,
	.map_btf_id			= &fuse_bpf_cache_btf_ids[0],
};
