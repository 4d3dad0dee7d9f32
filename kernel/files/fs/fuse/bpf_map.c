// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: BPF_MAP_TYPE_FUSE_BACKING, backing objects by number.
 *
 * Lifetime of an entry: the map holds one reference for as long as the entry is
 * hashed; whoever unhashes it drops that reference. Requests and files hold
 * references of their own. The last one is put in process context, where
 * path_put() may sleep, and the memory goes after an RCU grace period.
 *
 * An entry serves one incarnation of one node. entry->fi says which: NULL until
 * it is bound or first used, then that fuse_inode, FUSE_BPF_DEAD once the entry
 * is on its way out. It changes by cmpxchg from NULL, else under fi->lock.
 *
 * Lock order: map->lock, fi->lock.
 */

#include "bpf.h"

#include <linux/btf_ids.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/magic.h>
#include <linux/rhashtable.h>

#define FUSE_BPF_DEAD	((struct fuse_inode *)ERR_PTR(-ESTALE))

struct fuse_bpf_map {
	struct bpf_map map;
	struct rhashtable entries;
	atomic_t count;
	spinlock_t lock;		/* insertion, and the two below */
	struct fuse_conn *owner;
	u64 owner_seq;			/* changes with the owner */
};

static const struct rhashtable_params fuse_bpf_map_params = {
	.key_len	= sizeof_field(struct fuse_bpf_entry, key),
	.key_offset	= offsetof(struct fuse_bpf_entry, key),
	.head_offset	= offsetof(struct fuse_bpf_entry, hash),
	.automatic_shrinking = true,
};

static struct fuse_bpf_map *to_fuse_map(struct bpf_map *map)
{
	return container_of(map, struct fuse_bpf_map, map);
}

/* ------------------------------------------------------------- entries --- */

struct fuse_bpf_entry *fuse_bpf_entry_alloc(struct bpf_map *map,
					    const struct path *path,
					    const struct cred *cred)
{
	struct fuse_bpf_entry *entry;

	entry = bpf_map_kzalloc(map, sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return NULL;

	refcount_set(&entry->fb.count, 1);
	entry->fb.cred = (struct cred *)get_cred(cred);
	entry->map = to_fuse_map(map);
	entry->path = *path;
	path_get(&entry->path);
	entry->type = d_inode(path->dentry)->i_mode & S_IFMT;
	entry->ino = d_inode(path->dentry)->i_ino;

	return entry;
}

/* Called by fuse_backing_put() before it frees the entry's memory */
void fuse_bpf_entry_release(struct fuse_backing *fb)
{
	path_put(&container_of(fb, struct fuse_bpf_entry, fb)->path);
}

/* Without a reference the object itself may be gone: do not look at it. */
static bool fuse_bpf_entry_same_type(const struct fuse_bpf_entry *entry,
				     const struct inode *inode)
{
	return !inode_wrong_type(inode, entry->type);
}

/* Is this an entry that @inode can use? The caller is in an RCU section. */
bool fuse_bpf_entry_fits(const struct fuse_bpf_entry *entry,
			 const struct inode *inode)
{
	const struct fuse_inode *fi = READ_ONCE(entry->fi);

	return (!fi || &fi->inode == inode) &&
	       fuse_bpf_entry_same_type(entry, inode);
}

static bool fuse_bpf_entry_tie(struct fuse_bpf_entry *entry,
			       struct fuse_inode *fi)
{
	struct fuse_inode *old = READ_ONCE(entry->fi);

	if (likely(old))
		return old == fi;

	spin_lock(&fi->lock);
	old = cmpxchg(&entry->fi, NULL, fi);
	if (!old)
		hlist_add_head(&entry->fi_node, &fi->bpf_entries);
	spin_unlock(&fi->lock);

	return !old || old == fi;
}

/* From here on the entry can be tied to no inode. */
static void fuse_bpf_entry_untie(struct fuse_bpf_entry *entry)
{
	struct fuse_inode *fi;

	/* an inode that an entry is tied to is freed after a grace period */
	rcu_read_lock();
	fi = cmpxchg(&entry->fi, NULL, FUSE_BPF_DEAD);
	if (fi && fi != FUSE_BPF_DEAD) {
		spin_lock(&fi->lock);
		if (entry->fi == fi) {
			hlist_del_init(&entry->fi_node);
			WRITE_ONCE(entry->fi, FUSE_BPF_DEAD);
		}
		spin_unlock(&fi->lock);
	}
	rcu_read_unlock();
}

/**
 * fuse_bpf_entry_get - take a reference to use an entry for a node
 * @entry: found in this RCU section
 * @inode: the node, to which the entry is tied from now on
 *
 * Return: false if the entry serves another node, or is gone
 */
bool fuse_bpf_entry_get(struct fuse_bpf_entry *entry, struct inode *inode)
{
	return fuse_bpf_entry_same_type(entry, inode) &&
	       fuse_bpf_entry_tie(entry, get_fuse_inode(inode)) &&
	       !fuse_is_bad(inode) && fuse_backing_get(&entry->fb);
}

/* --------------------------------------------------------- hash table --- */

/* Returns true for the one who now has to put the map's reference. */
static bool fuse_bpf_entry_unhash(struct fuse_bpf_entry *entry)
{
	struct fuse_bpf_map *map = entry->map;

	if (rhashtable_remove_fast(&map->entries, &entry->hash,
				   fuse_bpf_map_params))
		return false;

	atomic_dec(&map->count);
	return true;
}

static void fuse_bpf_entry_drop(struct fuse_bpf_entry *entry)
{
	fuse_bpf_entry_untie(entry);
	fuse_backing_put(&entry->fb);
}

/* The caller is in an RCU section. */
struct fuse_bpf_entry *fuse_bpf_map_find(struct bpf_map *map, u64 key)
{
	return rhashtable_lookup(&to_fuse_map(map)->entries, &key,
				 fuse_bpf_map_params);
}

/*
 * The entry that serves a node under its id, with a reference, or NULL. Without
 * a reference to the map's owner it is looked at in this RCU section only.
 */
struct fuse_bpf_entry *fuse_bpf_map_get(struct bpf_map *map,
					struct inode *inode)
{
	struct fuse_bpf_entry *entry = NULL;

	rcu_read_lock();
	if (fuse_bpf_map_owned_by(map, get_fuse_conn(inode)))
		entry = fuse_bpf_map_find(map, get_node_id(inode));
	if (entry && !fuse_bpf_entry_get(entry, inode))
		entry = NULL;
	rcu_read_unlock();

	return entry;
}

/*
 * Put @entry in the place of whatever bears its key. *@old is the entry that
 * was there, for the caller to drop. Called under map->lock.
 */
static int fuse_bpf_map_insert(struct fuse_bpf_map *map,
			       struct fuse_bpf_entry *entry, u64 flags,
			       struct fuse_bpf_entry **old)
{
	struct fuse_bpf_entry *was;
	int err;

	lockdep_assert_held(&map->lock);

	was = rhashtable_lookup_fast(&map->entries, &entry->key,
				     fuse_bpf_map_params);
	if (was && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!was && flags == BPF_EXIST)
		return -ENOENT;
	if (was && !fuse_bpf_entry_unhash(was))
		was = NULL;
	*old = was;

	if (atomic_inc_return(&map->count) > map->map.max_entries) {
		atomic_dec(&map->count);
		return -E2BIG;
	}

	err = rhashtable_insert_fast(&map->entries, &entry->hash,
				     fuse_bpf_map_params);
	if (err)
		atomic_dec(&map->count);
	return err;
}

/* Unhash up to @max entries from where @iter stands. */
static unsigned int fuse_bpf_map_take(struct rhashtable_iter *iter,
				      struct fuse_bpf_entry **batch,
				      unsigned int max)
{
	struct fuse_bpf_entry *entry;
	unsigned int n = 0;

	rhashtable_walk_start(iter);
	while (n < max && (entry = rhashtable_walk_next(iter))) {
		if (!IS_ERR(entry) && fuse_bpf_entry_unhash(entry))
			batch[n++] = entry;
	}
	rhashtable_walk_stop(iter);

	return n;
}

/* In batches, as path_put() may sleep and a walk may not. */
static void fuse_bpf_map_clear(struct fuse_bpf_map *map)
{
	struct fuse_bpf_entry *batch[32];
	struct rhashtable_iter iter;
	unsigned int i, n;

	/* a walk may miss entries that move while it runs */
	while (atomic_read(&map->count)) {
		rhashtable_walk_enter(&map->entries, &iter);
		do {
			n = fuse_bpf_map_take(&iter, batch, ARRAY_SIZE(batch));
			for (i = 0; i < n; i++)
				fuse_bpf_entry_drop(batch[i]);
			cond_resched();
		} while (n);
		rhashtable_walk_exit(&iter);
	}
}

/* ---------------------------------------------------------- ownership --- */

/* Make @fc the owner; called under fuse_bpf_mutex. */
int fuse_bpf_map_own(struct bpf_map *bpf_map, struct fuse_conn *fc)
{
	struct fuse_bpf_map *map = to_fuse_map(bpf_map);
	int err = -EBUSY;

	spin_lock(&map->lock);
	if (!map->owner) {
		WRITE_ONCE(map->owner, fc);
		map->owner_seq++;
		err = 0;
	}
	spin_unlock(&map->lock);

	return err;
}

static void fuse_bpf_map_set_owner(struct fuse_bpf_map *map,
				   struct fuse_conn *owner)
{
	spin_lock(&map->lock);
	WRITE_ONCE(map->owner, owner);
	map->owner_seq++;
	spin_unlock(&map->lock);
}

/* An attach came to nothing: the map is as it was. */
void fuse_bpf_map_unown(struct bpf_map *map)
{
	fuse_bpf_map_set_owner(to_fuse_map(map), NULL);
}

/* Under fuse_bpf_mutex; from now on the connection may go. */
void fuse_bpf_map_close(struct bpf_map *map)
{
	fuse_bpf_map_set_owner(to_fuse_map(map), FUSE_BPF_CLOSING);
}

/*
 * A closed map leaves its connection empty: what it held was true of that one
 * only. Whoever has seen the old owner is done before there can be a new one.
 */
void fuse_bpf_map_disown(struct bpf_map *bpf_map)
{
	struct fuse_bpf_map *map = to_fuse_map(bpf_map);

	fuse_bpf_map_clear(map);
	synchronize_rcu();
	fuse_bpf_map_set_owner(map, NULL);
}

bool fuse_bpf_map_owned_by(struct bpf_map *map, const struct fuse_conn *fc)
{
	return READ_ONCE(to_fuse_map(map)->owner) == fc;
}

/* ---------------------------------------------------- from the driver --- */

/* Is the object at @path, by this mount, one that @inode is bound to? */
bool fuse_bpf_is_bound(struct inode *inode, const struct path *path)
{
	struct fuse_inode *fi = get_fuse_inode(inode);
	struct fuse_bpf_entry *entry;
	bool bound = false;

	spin_lock(&fi->lock);
	hlist_for_each_entry(entry, &fi->bpf_entries, fi_node) {
		if (entry->path.mnt == path->mnt &&
		    d_inode(entry->path.dentry) == d_inode(path->dentry))
			bound = true;
	}
	spin_unlock(&fi->lock);

	return bound;
}

/**
 * fuse_bpf_map_bind - let a node be served by a backing object
 * @bpf_map: owned by @fc, else the call fails
 * @fc: the connection
 * @inode: the node, held by the caller
 * @entry: not yet in a map; its reference is consumed on success
 */
int fuse_bpf_map_bind(struct bpf_map *bpf_map, struct fuse_conn *fc,
		      struct inode *inode, struct fuse_bpf_entry *entry)
{
	struct fuse_bpf_map *map = to_fuse_map(bpf_map);
	struct fuse_bpf_entry *old = NULL;
	int err = -ESTALE;

	entry->key = get_node_id(inode);

	spin_lock(&map->lock);
	if (map->owner == fc &&
	    fuse_bpf_entry_tie(entry, get_fuse_inode(inode)) &&
	    !fuse_is_bad(inode))
		err = fuse_bpf_map_insert(map, entry, BPF_ANY, &old);
	/* fuse_bpf_evict() did not find it hashed if the node turned bad */
	if (!err && READ_ONCE(entry->fi) != get_fuse_inode(inode) &&
	    fuse_bpf_entry_unhash(entry))
		err = -ESTALE;
	spin_unlock(&map->lock);

	if (old)
		fuse_bpf_entry_drop(old);
	if (err)
		fuse_bpf_entry_untie(entry);
	return err;
}

static struct fuse_bpf_entry *fuse_bpf_pop_entry(struct fuse_inode *fi)
{
	struct fuse_bpf_entry *entry;

	spin_lock(&fi->lock);
	entry = hlist_entry_safe(fi->bpf_entries.first, struct fuse_bpf_entry,
				 fi_node);
	if (entry) {
		hlist_del_init(&entry->fi_node);
		WRITE_ONCE(entry->fi, FUSE_BPF_DEAD);
	}
	spin_unlock(&fi->lock);

	return entry;
}

/* The node goes, or turned bad: so does all that was bound to it. */
void fuse_bpf_evict(struct fuse_inode *fi)
{
	struct fuse_bpf_entry *entry;
	bool won;

	fuse_bpf_forget_node(fi);
	while (!hlist_empty(&fi->bpf_entries)) {
		/* keeps an entry that somebody else drops, and its map */
		rcu_read_lock();
		entry = fuse_bpf_pop_entry(fi);
		won = entry && fuse_bpf_entry_unhash(entry);
		rcu_read_unlock();

		if (won)
			fuse_backing_put(&entry->fb);
	}
}

/* ---------------------------------------------------- from user space --- */

/* What the owner allows, as of one moment */
struct fuse_bpf_owner {
	u64 seq;
	bool owned;
	bool settled;			/* by INIT */
	int max_stack_depth;
	kuid_t user_id;
	kgid_t group_id;
	struct user_namespace *user_ns;
};

static int fuse_bpf_map_get_owner(struct fuse_bpf_map *map,
				  struct fuse_bpf_owner *owner)
{
	struct fuse_conn *fc;
	int err = 0;

	memset(owner, 0, sizeof(*owner));
	spin_lock(&map->lock);
	fc = map->owner;
	owner->seq = map->owner_seq;
	if (IS_ERR(fc)) {
		err = PTR_ERR(fc);
	} else if (fc) {
		owner->owned = true;
		owner->settled = READ_ONCE(fc->initialized);
		/* pairs with smp_wmb() in fuse_set_initialized() */
		smp_rmb();
		owner->max_stack_depth = fc->max_stack_depth;
		owner->user_id = fc->user_id;
		owner->group_id = fc->group_id;
		owner->user_ns = get_user_ns(fc->user_ns);
	}
	spin_unlock(&map->lock);

	return err;
}

/* INIT settles how deep a FUSE file system is stacked. */
static bool fuse_bpf_depth_unknown(struct super_block *sb)
{
	if (sb->s_magic != FUSE_SUPER_MAGIC)
		return false;
	if (!get_fuse_conn_super(sb)->initialized)
		return true;
	/* pairs with smp_wmb() in fuse_set_initialized() */
	smp_rmb();
	return false;
}

/*
 * Objects that can be kept without a cycle: below the depth that the owner has
 * been granted, or not stacked at all and outside FUSE where nobody vouches yet;
 * and never in bpffs, where the map or its link might be pinned.
 */
static int fuse_bpf_check_object(const struct path *path,
				 const struct fuse_bpf_owner *owner)
{
	struct super_block *sb = path->mnt->mnt_sb;
	struct dentry *dentry = path->dentry;

	if (!d_is_reg(dentry) && !d_is_dir(dentry) && !d_is_symlink(dentry))
		return -EINVAL;
	/* ids, those of ACLs too, would have to be mapped twice */
	if (is_idmapped_mnt(path->mnt))
		return -EINVAL;
	if (sb->s_magic == BPF_FS_MAGIC || fuse_bpf_depth_unknown(sb))
		return -ELOOP;
	if (owner->settled)
		return sb->s_stack_depth < owner->max_stack_depth ? 0 : -ELOOP;
	return sb->s_stack_depth || sb->s_magic == FUSE_SUPER_MAGIC ?
		-ELOOP : 0;
}

/* Does @cred give no more than the caller has? */
static bool fuse_bpf_cred_is_own(const struct cred *cred)
{
	const struct cred *own = current_cred();

	return uid_eq(cred->fsuid, own->fsuid) &&
	       gid_eq(cred->fsgid, own->fsgid) &&
	       cred->user_ns == own->user_ns &&
	       cap_issubset(cred->cap_effective, own->cap_effective);
}

static bool fuse_bpf_cred_is_mounters(const struct cred *cred,
				      const struct fuse_bpf_owner *owner)
{
	return owner->owned && uid_eq(cred->fsuid, owner->user_id) &&
	       gid_eq(cred->fsgid, owner->group_id) &&
	       cred->user_ns == owner->user_ns;
}

/*
 * The credentials that an entry lends: a copy of those that opened the
 * descriptor, if they are the caller's own or the mounter's, so that nobody
 * lends what somebody else has passed on.
 */
static struct cred *fuse_bpf_lend_cred(const struct file *file,
				       const struct fuse_bpf_owner *owner)
{
	const struct cred *old;
	bool own = fuse_bpf_cred_is_own(file->f_cred);
	struct cred *cred;

	if (!own && !fuse_bpf_cred_is_mounters(file->f_cred, owner))
		return ERR_PTR(-EACCES);

	old = override_creds(file->f_cred);
	cred = prepare_creds();
	revert_creds(old);
	if (!cred)
		return ERR_PTR(-ENOMEM);

	/* quota and reserved blocks are the caller's affair */
	cap_lower(cred->cap_effective, CAP_SYS_RESOURCE);
	if (!own && (!uid_eq(owner->user_id, GLOBAL_ROOT_UID) ||
		     owner->user_ns != &init_user_ns))
		cap_clear(cred->cap_effective);

	return cred;
}

static int fuse_bpf_map_update_file(struct fuse_bpf_map *map, u64 key,
				    const struct file *file, u64 flags)
{
	struct fuse_bpf_entry *entry, *old = NULL;
	struct fuse_bpf_owner owner;
	struct cred *cred;
	int err;

	err = fuse_bpf_map_get_owner(map, &owner);
	if (err)
		return err;

	err = fuse_bpf_check_object(&file->f_path, &owner);
	if (err)
		goto out_owner;

	cred = fuse_bpf_lend_cred(file, &owner);
	if (IS_ERR(cred)) {
		err = PTR_ERR(cred);
		goto out_owner;
	}

	entry = fuse_bpf_entry_alloc(&map->map, &file->f_path, cred);
	put_cred(cred);
	err = -ENOMEM;
	if (!entry)
		goto out_owner;
	entry->key = key;

	spin_lock(&map->lock);
	err = -EAGAIN;
	if (map->owner_seq == owner.seq)
		err = fuse_bpf_map_insert(map, entry, flags, &old);
	spin_unlock(&map->lock);

	if (old)
		fuse_bpf_entry_drop(old);
	if (err)
		fuse_bpf_entry_drop(entry);
out_owner:
	put_user_ns(owner.user_ns);
	return err;
}

static long fuse_bpf_map_update_elem(struct bpf_map *map, void *key,
				     void *value, u64 flags)
{
	const struct fuse_bpf_backing *backing = value;
	struct file *file;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (flags > BPF_EXIST || backing->flags || backing->reserved)
		return -EINVAL;

	file = fget_raw(backing->fd);
	if (!file)
		return -EBADF;

	err = fuse_bpf_map_update_file(to_fuse_map(map), *(u64 *)key, file,
				       flags);
	fput(file);
	return err;
}

static long fuse_bpf_map_delete_elem(struct bpf_map *map, void *key)
{
	struct fuse_bpf_entry *entry;
	bool won;

	rcu_read_lock();
	entry = fuse_bpf_map_find(map, *(u64 *)key);
	won = entry && fuse_bpf_entry_unhash(entry);
	rcu_read_unlock();
	if (!won)
		return -ENOENT;

	fuse_bpf_entry_drop(entry);
	return 0;
}

/* Programs select entries, they never read them. */
static void *fuse_bpf_map_lookup_elem(struct bpf_map *map, void *key)
{
	return ERR_PTR(-EOPNOTSUPP);
}

int fuse_bpf_map_copy_value(struct bpf_map *map, void *key, void *value)
{
	struct fuse_bpf_backing *backing = value;
	struct fuse_bpf_entry *entry;

	rcu_read_lock();
	entry = fuse_bpf_map_find(map, *(u64 *)key);
	if (entry && !fuse_backing_get(&entry->fb))
		entry = NULL;
	rcu_read_unlock();
	if (!entry)
		return -ENOENT;

	backing->dev = new_encode_dev(entry->path.dentry->d_sb->s_dev);
	backing->ino = entry->ino;
	fuse_backing_put(&entry->fb);
	return 0;
}

/*
 * In ascending order. The table's own order changes when it is resized, and who
 * goes from key to key by it misses some; one walk meets each at least once.
 */
static int fuse_bpf_map_get_next_key(struct bpf_map *bpf_map, void *key,
				     void *next_key)
{
	struct fuse_bpf_map *map = to_fuse_map(bpf_map);
	const u64 *after = key;
	struct fuse_bpf_entry *entry;
	struct rhashtable_iter iter;
	u64 *next = next_key;
	int err = -ENOENT;

	rhashtable_walk_enter(&map->entries, &iter);
	rhashtable_walk_start(&iter);
	while ((entry = rhashtable_walk_next(&iter))) {
		/* the walk goes on in the new table */
		if (IS_ERR(entry))
			continue;
		if (after && entry->key <= *after)
			continue;
		if (err || entry->key < *next)
			*next = entry->key;
		err = 0;
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);

	return err;
}

static int fuse_bpf_map_alloc_check(union bpf_attr *attr)
{
	if (attr->key_size != sizeof(u64) ||
	    attr->value_size != sizeof(struct fuse_bpf_backing) ||
	    !attr->max_entries || attr->max_entries > INT_MAX ||
	    attr->map_flags & ~BPF_F_NUMA_NODE)
		return -EINVAL;
	return 0;
}

static struct bpf_map *fuse_bpf_map_alloc(union bpf_attr *attr)
{
	struct fuse_bpf_map *map;
	int err;

	map = bpf_map_area_alloc(sizeof(*map), bpf_map_attr_numa_node(attr));
	if (!map)
		return ERR_PTR(-ENOMEM);

	bpf_map_init_from_attr(&map->map, attr);
	spin_lock_init(&map->lock);
	err = rhashtable_init(&map->entries, &fuse_bpf_map_params);
	if (err) {
		bpf_map_area_free(map);
		return ERR_PTR(err);
	}
	return &map->map;
}

static void fuse_bpf_map_free(struct bpf_map *bpf_map)
{
	struct fuse_bpf_map *map = to_fuse_map(bpf_map);

	fuse_bpf_map_clear(map);
	/* fuse_bpf_evict() may still hold an entry, and by it the map */
	synchronize_rcu();
	rhashtable_destroy(&map->entries);
	bpf_map_area_free(map);
}

/* Nobody in user space can reach the map: do not keep mounts busy. */
static void fuse_bpf_map_release_uref(struct bpf_map *map)
{
	fuse_bpf_map_clear(to_fuse_map(map));
}

static u64 fuse_bpf_map_mem_usage(const struct bpf_map *bpf_map)
{
	struct fuse_bpf_map *map = to_fuse_map((struct bpf_map *)bpf_map);
	u64 entries = atomic_read(&map->count);

	return sizeof(*map) +
	       entries * (sizeof(struct fuse_bpf_entry) + sizeof(void *));
}

BTF_ID_LIST_SINGLE(fuse_bpf_map_btf_ids, struct, fuse_bpf_map)

const struct bpf_map_ops fuse_backing_map_ops = {
	.map_alloc_check	= fuse_bpf_map_alloc_check,
	.map_alloc		= fuse_bpf_map_alloc,
	.map_free		= fuse_bpf_map_free,
	.map_release_uref	= fuse_bpf_map_release_uref,
	.map_get_next_key	= fuse_bpf_map_get_next_key,
	.map_lookup_elem	= fuse_bpf_map_lookup_elem,
	.map_update_elem	= fuse_bpf_map_update_elem,
	.map_delete_elem	= fuse_bpf_map_delete_elem,
	.map_mem_usage		= fuse_bpf_map_mem_usage,
	.map_btf_id		= &fuse_bpf_map_btf_ids[0],
};
