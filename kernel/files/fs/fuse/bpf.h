/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FUSE requests answered by BPF programs: what the driver calls.
 *
 * A hook first tests fuse_bpf_on(), a static key that is off until the first
 * program is attached anywhere.
 */
#ifndef _FS_FUSE_BPF_H
#define _FS_FUSE_BPF_H

#include "fuse_i.h"

#include <linux/bpf.h>
#include <linux/fuse_bpf.h>
#include <linux/jump_label.h>
#include <linux/rhashtable-types.h>

/* What became of a request: columns of the counters in fusectl */
enum fuse_bpf_outcome {
	FUSE_BPF_PASSED,
	FUSE_BPF_REPLIED_TO,
	FUSE_BPF_REDIRECTED,
	FUSE_BPF_FAILED,
	FUSE_BPF_REFUSED,
	FUSE_BPF_BOUND,
	FUSE_BPF_UNBOUND,
	FUSE_BPF_OUTCOMES,
};

/*
 * What hooks at the VFS entry points return, unless they have performed the
 * operation, or the program has failed it: 0 or a negative errno.
 */
#define FUSE_ASK_SERVER		1

#ifdef CONFIG_FUSE_BPF

/* A backing object in a map. The map holds one reference. */
struct fuse_bpf_entry {
	struct fuse_backing fb;		/* first: freed through it */
	struct path path;
	u64 ino;			/* as stat(2) tells it */
	umode_t type;			/* S_IFMT of the object */
	u64 key;
	struct rhash_head hash;
	struct fuse_bpf_map *map;
	struct fuse_inode *fi;		/* tied to, NULL or FUSE_BPF_DEAD */
	struct hlist_node fi_node;	/* in fi->bpf_entries, fi->lock */
};

struct fuse_bpf_counters {
	u64 count[FUSE_BPF_OPCODES][FUSE_BPF_OUTCOMES];
};

/* Published in fc->bpf, freed after an RCU grace period */
struct fuse_bpf_link {
	struct bpf_link link;
	struct fuse_conn *fc;		/* NULL once detached, fuse_bpf_mutex */
	struct fuse_bpf_counters __percpu *counters;
	struct fuse_bpf_node *space;	/* what STATFS tells */
	u64 since;			/* fc->attr_version when attached */
	u64 cache_ttl;			/* ns */
	u32 flags;
	u32 max_stack_depth;		/* of FUSE_BPF_CONSENT */
	u32 nr_maps;
	struct bpf_map *maps[FUSE_BPF_MAX_MAPS];
};

/*
 * The nodes that a request may be redirected for and, after that, the backing
 * objects to act on
 */
struct fuse_bpf_objects {
	struct inode *inode[2];
	struct fuse_backing *fb[2];
};

/* For whom a program runs: the connection, or NULL under test_run */
struct fuse_bpf_run_ctx {
	struct bpf_run_ctx ctx;
	const struct fuse_conn *fc;
};

DECLARE_STATIC_KEY_FALSE(fuse_bpf_key);

static inline bool fuse_bpf_on(struct fuse_conn *fc)
{
	return static_branch_unlikely(&fuse_bpf_key) &&
	       rcu_access_pointer(fc->bpf);
}

/* bpf_run.c */
int fuse_bpf_run_prog(const struct bpf_prog *prog, struct fuse_bpf_run *run);
int fuse_bpf_request(struct fuse_mount *fm, struct fuse_args *args,
		     struct fuse_bpf_objects *obj);
void fuse_bpf_put_objects(struct fuse_bpf_objects *obj);
int __fuse_bpf_filter(struct fuse_mount *fm, struct fuse_args *args);
void __fuse_bpf_replied(struct fuse_mount *fm, struct fuse_args *args,
			int error);
struct bpf_map *fuse_bpf_node_replied(struct fuse_mount *fm,
				      struct fuse_args *args, u64 *flags);
bool fuse_bpf_op_redirects(u32 opcode, bool second);

/*
 * Ask the program about a request that is about to be queued. Returns
 * FUSE_BPF_PASS, FUSE_BPF_REPLY (the reply is in @args) or a negative errno.
 */
static inline int fuse_bpf_filter(struct fuse_mount *fm,
				  struct fuse_args *args)
{
	if (!fuse_bpf_on(fm->fc))
		return FUSE_BPF_PASS;
	return __fuse_bpf_filter(fm, args);
}

/* Show the daemon's answer to the program. */
static inline void fuse_bpf_replied(struct fuse_mount *fm,
				    struct fuse_args *args, int error)
{
	if (fuse_bpf_on(fm->fc))
		__fuse_bpf_replied(fm, args, error);
}

/* bpf_link.c */
u32 fuse_bpf_promised(struct fuse_conn *fc);
void fuse_bpf_settle(struct fuse_conn *fc);
void fuse_bpf_abort(struct fuse_conn *fc);
void __fuse_bpf_count(struct fuse_conn *fc, u32 opcode,
		      enum fuse_bpf_outcome outcome);
ssize_t fuse_bpf_counters(struct fuse_conn *fc, char *buf, size_t size);

static inline void fuse_bpf_count(struct fuse_conn *fc, u32 opcode,
				  enum fuse_bpf_outcome outcome)
{
	if (fuse_bpf_on(fc))
		__fuse_bpf_count(fc, opcode, outcome);
}

/* The owner of a map that is being emptied: nobody, and not to be had yet */
#define FUSE_BPF_CLOSING ((struct fuse_conn *)ERR_PTR(-EBUSY))

/* bpf_map.c */
int fuse_bpf_map_own(struct bpf_map *map, struct fuse_conn *fc);
void fuse_bpf_map_unown(struct bpf_map *map);
void fuse_bpf_map_close(struct bpf_map *map);
void fuse_bpf_map_disown(struct bpf_map *map);
bool fuse_bpf_map_owned_by(struct bpf_map *map, const struct fuse_conn *fc);
struct fuse_bpf_entry *fuse_bpf_map_find(struct bpf_map *map, u64 key);
struct fuse_bpf_entry *fuse_bpf_map_get(struct bpf_map *map,
					struct inode *inode);
bool fuse_bpf_entry_get(struct fuse_bpf_entry *entry, struct inode *inode);
bool fuse_bpf_entry_fits(const struct fuse_bpf_entry *entry,
			 const struct inode *inode);
struct fuse_bpf_entry *fuse_bpf_entry_alloc(struct bpf_map *map,
					    const struct path *path,
					    const struct cred *cred);
bool fuse_bpf_is_bound(struct inode *inode, const struct path *path);
int fuse_bpf_map_bind(struct bpf_map *map, struct fuse_conn *fc,
		      struct inode *inode, struct fuse_bpf_entry *entry);
void fuse_bpf_entry_release(struct fuse_backing *fb);

/* bpf_cache.c */
extern const struct bpf_func_proto bpf_fuse_cache_fill_proto;

int fuse_bpf_cache_claim(struct bpf_map *map);
void fuse_bpf_cache_own(struct bpf_map *map, struct fuse_conn *fc);
void fuse_bpf_cache_close(struct bpf_map *map);
void fuse_bpf_cache_disown(struct bpf_map *map);
bool fuse_bpf_cache_owned_by(struct bpf_map *map, const struct fuse_conn *fc);
int fuse_bpf_cache_show(struct bpf_map *map, char *buf, size_t size);
ssize_t fuse_bpf_cache_table(struct fuse_conn *fc, char *buf, size_t size);

static inline bool fuse_bpf_is_cache(const struct bpf_map *map)
{
	return map->map_type == BPF_MAP_TYPE_FUSE_CACHE;
}

/* bpf_coherence.c */
struct fuse_bpf_node *fuse_bpf_node_alloc(struct bpf_map *map);
void fuse_bpf_node_put(struct fuse_bpf_node *node);
void fuse_bpf_forget_node(struct fuse_inode *fi);
void __fuse_bpf_changes(struct fuse_mount *fm, const struct fuse_args *args,
			bool answered);
void __fuse_bpf_changed(struct inode *inode);
void __fuse_bpf_reset(struct inode *inode);
void __fuse_bpf_reset_name(struct inode *dir, const struct qstr *name,
			   u64 child);
void __fuse_bpf_attr_invalid(struct inode *inode, u32 mask, u32 was);
void __fuse_bpf_attr_told(struct inode *inode, u64 attr_version);

/* Are there caches, which have to be kept true? */
static inline bool fuse_bpf_caches(const struct fuse_conn *fc)
{
	return static_branch_unlikely(&fuse_bpf_key) &&
	       READ_ONCE(fc->bpf_cache);
}

/* A request is about to be sent. */
static inline void fuse_bpf_changes(struct fuse_mount *fm,
				    const struct fuse_args *args)
{
	if (fuse_bpf_caches(fm->fc))
		__fuse_bpf_changes(fm, args, false);
}

/* It has been answered, or never will be. */
static inline void fuse_bpf_has_changed(struct fuse_mount *fm,
					const struct fuse_args *args)
{
	if (fuse_bpf_caches(fm->fc))
		__fuse_bpf_changes(fm, args, true);
}

/* The request also changes these nodes, of which it has the names or nothing */
static inline void fuse_bpf_touches(struct fuse_args *args, struct inode *one,
				    struct inode *other)
{
	args->bpf_touched[0] = one;
	args->bpf_touched[1] = other;
}

/* Data, or what belongs to it, is being changed without a request. */
static inline void fuse_bpf_changed(struct inode *inode)
{
	if (fuse_bpf_caches(get_fuse_conn(inode)))
		__fuse_bpf_changed(inode);
}

static inline void fuse_bpf_reset(struct inode *inode)
{
	if (fuse_bpf_caches(get_fuse_conn(inode)))
		__fuse_bpf_reset(inode);
}

static inline void fuse_bpf_reset_name(struct inode *dir,
				       const struct qstr *name, u64 child)
{
	if (fuse_bpf_caches(get_fuse_conn(dir)))
		__fuse_bpf_reset_name(dir, name, child);
}

/* Replies to requests that were sent before are not about this inode. */
static inline void fuse_bpf_born(struct inode *inode)
{
	struct fuse_conn *fc = get_fuse_conn(inode);

	if (fuse_bpf_caches(fc))
		get_fuse_inode(inode)->bpf_fresh.born =
			atomic64_inc_return(&fc->attr_version);
}

static inline void fuse_bpf_attr_invalid(struct inode *inode, u32 mask, u32 was)
{
	if (fuse_bpf_caches(get_fuse_conn(inode)))
		__fuse_bpf_attr_invalid(inode, mask, was);
}

static inline void fuse_bpf_attr_told(struct inode *inode, u64 attr_version)
{
	if (fuse_bpf_caches(get_fuse_conn(inode)))
		__fuse_bpf_attr_told(inode, attr_version);
}

/*
 * Which attributes are valid once those of a reply have been applied? Those of a
 * program were taken when none was marked invalid; what has been marked since
 * stays so until the server has told newer ones. The access time may lag.
 */
static inline u32 fuse_bpf_attr_valid(struct inode *inode,
				      const struct fuse_args *args)
{
	if (!args->bpf_replied)
		return STATX_BASIC_STATS;
	return READ_ONCE(get_fuse_conn(inode)->bpf_lazy_atime) ? STATX_ATIME : 0;
}

static inline void fuse_bpf_attr_applied(struct inode *inode,
					 const struct fuse_args *args,
					 u64 attr_version)
{
	if (!args->bpf_replied && fuse_bpf_caches(get_fuse_conn(inode)))
		__fuse_bpf_attr_told(inode, attr_version);
}

/* bpf_lookup.c */
int __fuse_bpf_lookup_node(struct super_block *sb, struct fuse_args *args,
			   unsigned int flags, struct inode **inode);
int __fuse_bpf_revalidate(struct inode *inode, struct fuse_args *args,
			  unsigned int flags);

/*
 * LOOKUP. If this returns 0, *@inode is the node with a reference, or NULL if
 * there is none of that name.
 */
static inline int fuse_bpf_lookup_node(struct super_block *sb,
				       struct fuse_args *args,
				       unsigned int flags,
				       struct inode **inode)
{
	if (!fuse_bpf_on(get_fuse_conn_super(sb)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_lookup_node(sb, args, flags, inode);
}

/* Same for a name that had @inode: returns 0 if it still has. */
static inline int fuse_bpf_revalidate(struct inode *inode,
				      struct fuse_args *args,
				      unsigned int flags)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_revalidate(inode, args, flags);
}

int __fuse_bpf_still_missing(struct dentry *entry, unsigned int flags);

/* What ->d_revalidate() returns for a name that was not there */
static inline int fuse_bpf_still_missing(struct dentry *entry,
					 unsigned int flags)
{
	if (!fuse_bpf_on(get_fuse_conn_super(entry->d_sb)))
		return 0;
	return __fuse_bpf_still_missing(entry, flags);
}

/* bpf_bind.c */
void __fuse_bpf_bind_entry(struct inode *dir, const struct qstr *name,
			   struct fuse_args *args, struct inode *inode);
bool __fuse_bpf_bind_created(struct inode *dir, const struct qstr *name,
			     struct fuse_args *args, struct inode *inode);
void __fuse_bpf_bind_dirent(struct inode *dir, const struct qstr *name,
			    struct fuse_entry_out *out, struct inode *inode,
			    u64 attr_version);

/*
 * The daemon's reply named @inode: run the reply stage and bind the node if
 * the program asks for it. @args is the request with its reply.
 */
static inline void fuse_bpf_bind_entry(struct inode *dir,
				       const struct qstr *name,
				       struct fuse_args *args,
				       struct inode *inode)
{
	if (fuse_bpf_on(get_fuse_conn(dir)))
		__fuse_bpf_bind_entry(dir, name, args, inode);
}

/*
 * Same after CREATE. Returns true if the inode's passthrough mode was claimed
 * for the handle; the caller drops it by fuse_inode_uncached_io_end() once the
 * file is open.
 */
static inline bool fuse_bpf_bind_created(struct inode *dir,
					 const struct qstr *name,
					 struct fuse_args *args,
					 struct inode *inode)
{
	return fuse_bpf_on(get_fuse_conn(dir)) &&
	       __fuse_bpf_bind_created(dir, name, args, inode);
}

/*
 * Same for one entry of a READDIRPLUS, shown as the LOOKUP it stands for.
 * @attr_version is that of when the request was sent.
 */
static inline void fuse_bpf_bind_dirent(struct inode *dir,
					const struct qstr *name,
					struct fuse_entry_out *out,
					struct inode *inode, u64 attr_version)
{
	if (fuse_bpf_on(get_fuse_conn(dir)))
		__fuse_bpf_bind_dirent(dir, name, out, inode, attr_version);
}

/* bpf_redirect.c */
int fuse_bpf_result(int err);
int fuse_bpf_opened(struct fuse_conn *fc, u32 opcode,
		    struct fuse_bpf_objects *obj, int err);
int fuse_bpf_done(struct fuse_mount *fm, const struct fuse_args *args,
		  struct fuse_bpf_objects *obj, int err);
bool fuse_bpf_foreign(const struct fuse_conn *fc, const struct fuse_backing *fb);
int fuse_bpf_begin_write(const struct fuse_conn *fc,
			 const struct fuse_backing *fb,
			 const struct cred **old);
void fuse_bpf_end_write(const struct fuse_backing *fb, const struct cred *old);
bool fuse_bpf_nested_fuse(const struct fuse_backing *fb);
bool __fuse_bpf_readlink(struct inode *inode, struct fuse_args *args, char *buf,
			 ssize_t *ret);
int __fuse_bpf_statfs(struct dentry *dentry, struct fuse_args *args);

/*
 * READLINK into a page. Returns true if it was answered: *@ret is the length
 * or a negative errno.
 */
static inline bool fuse_bpf_readlink(struct inode *inode,
				     struct fuse_args *args, char *buf,
				     ssize_t *ret)
{
	return fuse_bpf_on(get_fuse_conn(inode)) &&
	       __fuse_bpf_readlink(inode, args, buf, ret);
}

static inline int fuse_bpf_statfs(struct dentry *dentry, struct fuse_args *args)
{
	if (!fuse_bpf_on(get_fuse_conn(d_inode(dentry))))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_statfs(dentry, args);
}

/* bpf_attr.c */
int __fuse_bpf_getattr(struct inode *inode, struct fuse_args *args,
		       unsigned int flags);
int __fuse_bpf_statx(struct inode *inode, struct fuse_args *args,
		     unsigned int flags);
int __fuse_bpf_setattr(struct inode *inode, const struct iattr *attr,
		       struct fuse_args *args);
bool __fuse_bpf_attr_uncached(struct inode *inode);

static inline int fuse_bpf_getattr(struct inode *inode, struct fuse_args *args,
				   unsigned int flags)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_getattr(inode, args, flags);
}

static inline int fuse_bpf_statx(struct inode *inode, struct fuse_args *args,
				 unsigned int flags)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_statx(inode, args, flags);
}

static inline int fuse_bpf_setattr(struct inode *inode,
				   const struct iattr *attr,
				   struct fuse_args *args)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_setattr(inode, attr, args);
}

/* May cached attributes lag behind stores through a mapping? */
static inline bool fuse_bpf_attr_uncached(struct inode *inode)
{
	return unlikely(test_bit(FUSE_I_BPF_MMAP,
				 &get_fuse_inode(inode)->state)) &&
	       __fuse_bpf_attr_uncached(inode);
}

/* bpf_xattr.c */
bool __fuse_bpf_getxattr(struct inode *inode, struct fuse_args *args,
			 const char *name, void *value, size_t size,
			 ssize_t *ret);
bool __fuse_bpf_listxattr(struct inode *inode, struct fuse_args *args,
			  char *list, size_t size, ssize_t *ret);
int __fuse_bpf_setxattr(struct inode *inode, struct fuse_args *args,
			const char *name, const void *value, size_t size,
			int flags);
int __fuse_bpf_removexattr(struct inode *inode, struct fuse_args *args,
			   const char *name);

/*
 * GETXATTR. Returns true if it was answered: *@ret is what fuse_getxattr()
 * returns.
 */
static inline bool fuse_bpf_getxattr(struct inode *inode,
				     struct fuse_args *args, const char *name,
				     void *value, size_t size, ssize_t *ret)
{
	return fuse_bpf_on(get_fuse_conn(inode)) &&
	       __fuse_bpf_getxattr(inode, args, name, value, size, ret);
}

/* LISTXATTR, likewise */
static inline bool fuse_bpf_listxattr(struct inode *inode,
				      struct fuse_args *args, char *list,
				      size_t size, ssize_t *ret)
{
	return fuse_bpf_on(get_fuse_conn(inode)) &&
	       __fuse_bpf_listxattr(inode, args, list, size, ret);
}

static inline int fuse_bpf_setxattr(struct inode *inode, struct fuse_args *args,
				    const char *name, const void *value,
				    size_t size, int flags)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_setxattr(inode, args, name, value, size, flags);
}

static inline int fuse_bpf_removexattr(struct inode *inode,
				       struct fuse_args *args, const char *name)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_removexattr(inode, args, name);
}

/* bpf_name.c */
int __fuse_bpf_remove(struct inode *dir, struct dentry *entry,
		      struct fuse_args *args);
int __fuse_bpf_rename(struct inode *olddir, struct dentry *oldent,
		      struct inode *newdir, struct dentry *newent,
		      unsigned int flags, struct fuse_args *args);
int __fuse_bpf_link(struct inode *inode, struct inode *newdir,
		    struct dentry *newent, struct fuse_args *args);

/* UNLINK and RMDIR */
static inline int fuse_bpf_remove(struct inode *dir, struct dentry *entry,
				  struct fuse_args *args)
{
	if (!fuse_bpf_on(get_fuse_conn(dir)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_remove(dir, entry, args);
}

static inline int fuse_bpf_rename(struct inode *olddir, struct dentry *oldent,
				  struct inode *newdir, struct dentry *newent,
				  unsigned int flags, struct fuse_args *args)
{
	if (!fuse_bpf_on(get_fuse_conn(olddir)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_rename(olddir, oldent, newdir, newent, flags, args);
}

/* LINK. If this returns 0, @newent is instantiated. */
static inline int fuse_bpf_link(struct inode *inode, struct inode *newdir,
				struct dentry *newent, struct fuse_args *args)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_link(inode, newdir, newent, args);
}

/* bpf_dir.c */
int __fuse_bpf_opendir(struct inode *inode, struct file *file, u64 *cookie);
bool fuse_bpf_dir_backed(struct file *file, loff_t pos);
bool fuse_bpf_all_plus(struct file *file);
int fuse_bpf_readdir(struct file *file, struct dir_context *ctx, u64 *cookie);
loff_t fuse_bpf_dir_llseek(struct file *file, loff_t offset, int whence);

/* Have the nodes of a directory been asked for? */
static inline bool fuse_bpf_dir_listed(struct inode *dir)
{
	return test_bit(FUSE_I_BPF_LISTED, &get_fuse_inode(dir)->state);
}

/*
 * OPENDIR. Returns FUSE_ASK_SERVER to ask the daemon, by a request that carries
 * *@cookie, else what ->open() returns.
 */
static inline int fuse_bpf_opendir(struct inode *inode, struct file *file,
				   u64 *cookie)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_opendir(inode, file, cookie);
}

/* bpf_file.c */
int __fuse_bpf_open(struct inode *inode, struct file *file, u64 *cookie);
int fuse_bpf_ask_open(struct inode *inode, struct file *file, u32 opcode,
		      struct fuse_bpf_objects *obj, u64 *cookie);
struct file *fuse_bpf_open_backing(struct file *file, struct fuse_backing *fb);
int fuse_bpf_io_open(struct inode *inode, struct file *file);

/* OPEN, like OPENDIR */
static inline int fuse_bpf_open(struct inode *inode, struct file *file,
				u64 *cookie)
{
	if (!fuse_bpf_on(get_fuse_conn(inode)))
		return FUSE_ASK_SERVER;
	return __fuse_bpf_open(inode, file, cookie);
}

static inline void fuse_bpf_set_cookie(struct fuse_args *args, u64 cookie)
{
	args->bpf_cookie = cookie;
}

/*
 * Is the inode in a passthrough mode that other opens are to join? A server
 * that lets requests be redirected does not know all that is open.
 */
static inline bool fuse_bpf_inode_backed(struct fuse_inode *fi)
{
	struct fuse_backing *fb;
	bool backed;

	rcu_read_lock();
	fb = fuse_inode_backing(fi);
	backed = fb && (!fb->file || get_fuse_conn(&fi->inode)->bpf_consent);
	rcu_read_unlock();

	return backed;
}

/*
 * Did settling the io mode of @ff fail because another open was redirected at
 * the same time? That one may be closed again by now. Where the server has not
 * asked for passthrough, there is no other reason for these errors.
 */
static inline bool fuse_bpf_mode_conflict(struct inode *inode,
					  struct fuse_file *ff, int err)
{
	if (ff->open_flags & FOPEN_PASSTHROUGH)
		return fuse_bpf_inode_backed(get_fuse_inode(inode));
	return get_fuse_conn(inode)->bpf_consent &&
	       (err == -EINVAL || err == -ETXTBSY);
}

static inline const struct path *fuse_backing_path(const struct fuse_backing *fb)
{
	if (fb->file)
		return &fb->file->f_path;
	return &container_of(fb, struct fuse_bpf_entry, fb)->path;
}

/* bpf_io.c */
int __fuse_bpf_io(struct file *file, u32 opcode, loff_t pos, size_t len);
int __fuse_bpf_mmap(struct file *file, struct vm_area_struct *vma);
int fuse_bpf_use_backing(struct file *file);
int fuse_bpf_fadvise(struct file *file, loff_t offset, loff_t len, int advice);
int fuse_bpf_fsync(struct file *file, loff_t start, loff_t end, int datasync);
int fuse_bpf_flush(struct file *file, fl_owner_t id);
loff_t fuse_bpf_lseek(struct file *file, loff_t offset, int whence);
long fuse_bpf_fallocate(struct file *file, int mode, loff_t offset,
			loff_t length);
ssize_t fuse_bpf_copy_file_range(struct file *file_in, loff_t pos_in,
				 struct file *file_out, loff_t pos_out,
				 size_t len, unsigned int flags);

/* READ and WRITE, once a system call, for programs that care */
static inline int fuse_bpf_io(struct file *file, u32 opcode, loff_t pos,
			      size_t len)
{
	if (!static_branch_unlikely(&fuse_bpf_key) ||
	    !READ_ONCE(get_fuse_conn(file_inode(file))->bpf_io))
		return 0;
	return __fuse_bpf_io(file, opcode, pos, len);
}

static inline int fuse_bpf_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!static_branch_unlikely(&fuse_bpf_key) ||
	    !READ_ONCE(get_fuse_conn(file_inode(file))->bpf_io))
		return 0;
	return __fuse_bpf_mmap(file, vma);
}

/* Does this file do its I/O on an object from a map? */
static inline bool fuse_bpf_backed(const struct file *file)
{
	const struct fuse_file *ff = file->private_data;

	return ff->bpf_backed;
}

/* Files that an extension has backed end with the connection. */
static inline bool fuse_bpf_dead(struct fuse_file *ff)
{
	return ff->bpf_backed && !READ_ONCE(ff->fm->fc->connected);
}

#else /* !CONFIG_FUSE_BPF */

static inline void fuse_bpf_changes(struct fuse_mount *fm,
				    const struct fuse_args *args)
{
}

static inline void fuse_bpf_has_changed(struct fuse_mount *fm,
					const struct fuse_args *args)
{
}

static inline void fuse_bpf_touches(struct fuse_args *args, struct inode *one,
				    struct inode *other)
{
}

static inline void fuse_bpf_changed(struct inode *inode)
{
}

static inline void fuse_bpf_reset(struct inode *inode)
{
}

static inline void fuse_bpf_reset_name(struct inode *dir,
				       const struct qstr *name, u64 child)
{
}

static inline void fuse_bpf_born(struct inode *inode)
{
}

static inline void fuse_bpf_attr_invalid(struct inode *inode, u32 mask, u32 was)
{
}

static inline void fuse_bpf_attr_told(struct inode *inode, u64 attr_version)
{
}

static inline u32 fuse_bpf_attr_valid(struct inode *inode,
				      const struct fuse_args *args)
{
	return STATX_BASIC_STATS;
}

static inline void fuse_bpf_attr_applied(struct inode *inode,
					 const struct fuse_args *args,
					 u64 attr_version)
{
}

static inline int fuse_bpf_lookup_node(struct super_block *sb,
				       struct fuse_args *args,
				       unsigned int flags,
				       struct inode **inode)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_revalidate(struct inode *inode,
				      struct fuse_args *args,
				      unsigned int flags)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_still_missing(struct dentry *entry,
					 unsigned int flags)
{
	return 0;
}

static inline ssize_t fuse_bpf_cache_table(struct fuse_conn *fc, char *buf,
					   size_t size)
{
	return 0;
}

static inline int fuse_bpf_filter(struct fuse_mount *fm,
				  struct fuse_args *args)
{
	return FUSE_BPF_PASS;
}

static inline void fuse_bpf_replied(struct fuse_mount *fm,
				    struct fuse_args *args, int error)
{
}

static inline u32 fuse_bpf_promised(struct fuse_conn *fc)
{
	return 0;
}

static inline void fuse_bpf_settle(struct fuse_conn *fc)
{
}

static inline void fuse_bpf_abort(struct fuse_conn *fc)
{
}

static inline void fuse_bpf_count(struct fuse_conn *fc, u32 opcode,
				  enum fuse_bpf_outcome outcome)
{
}

static inline ssize_t fuse_bpf_counters(struct fuse_conn *fc, char *buf,
					size_t size)
{
	return 0;
}

static inline void fuse_bpf_entry_release(struct fuse_backing *fb)
{
}

static inline void fuse_bpf_bind_entry(struct inode *dir,
				       const struct qstr *name,
				       struct fuse_args *args,
				       struct inode *inode)
{
}

static inline bool fuse_bpf_bind_created(struct inode *dir,
					 const struct qstr *name,
					 struct fuse_args *args,
					 struct inode *inode)
{
	return false;
}

static inline void fuse_bpf_bind_dirent(struct inode *dir,
					const struct qstr *name,
					struct fuse_entry_out *out,
					struct inode *inode, u64 attr_version)
{
}

static inline bool fuse_bpf_readlink(struct inode *inode,
				     struct fuse_args *args, char *buf,
				     ssize_t *ret)
{
	return false;
}

static inline int fuse_bpf_statfs(struct dentry *dentry, struct fuse_args *args)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_getattr(struct inode *inode, struct fuse_args *args,
				   unsigned int flags)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_statx(struct inode *inode, struct fuse_args *args,
				 unsigned int flags)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_setattr(struct inode *inode,
				   const struct iattr *attr,
				   struct fuse_args *args)
{
	return FUSE_ASK_SERVER;
}

static inline bool fuse_bpf_attr_uncached(struct inode *inode)
{
	return false;
}

static inline bool fuse_bpf_getxattr(struct inode *inode,
				     struct fuse_args *args, const char *name,
				     void *value, size_t size, ssize_t *ret)
{
	return false;
}

static inline bool fuse_bpf_listxattr(struct inode *inode,
				      struct fuse_args *args, char *list,
				      size_t size, ssize_t *ret)
{
	return false;
}

static inline int fuse_bpf_setxattr(struct inode *inode, struct fuse_args *args,
				    const char *name, const void *value,
				    size_t size, int flags)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_removexattr(struct inode *inode,
				       struct fuse_args *args, const char *name)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_remove(struct inode *dir, struct dentry *entry,
				  struct fuse_args *args)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_rename(struct inode *olddir, struct dentry *oldent,
				  struct inode *newdir, struct dentry *newent,
				  unsigned int flags, struct fuse_args *args)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_link(struct inode *inode, struct inode *newdir,
				struct dentry *newent, struct fuse_args *args)
{
	return FUSE_ASK_SERVER;
}

static inline int fuse_bpf_opendir(struct inode *inode, struct file *file,
				   u64 *cookie)
{
	return FUSE_ASK_SERVER;
}

static inline bool fuse_bpf_dir_backed(struct file *file, loff_t pos)
{
	return false;
}

static inline bool fuse_bpf_all_plus(struct file *file)
{
	return false;
}

static inline bool fuse_bpf_dir_listed(struct inode *dir)
{
	return false;
}

static inline int fuse_bpf_readdir(struct file *file, struct dir_context *ctx,
				   u64 *cookie)
{
	return FUSE_ASK_SERVER;
}

static inline loff_t fuse_bpf_dir_llseek(struct file *file, loff_t offset,
					 int whence)
{
	return -EIO;
}

static inline int fuse_bpf_open(struct inode *inode, struct file *file,
				u64 *cookie)
{
	return FUSE_ASK_SERVER;
}

static inline void fuse_bpf_set_cookie(struct fuse_args *args, u64 cookie)
{
}

static inline int fuse_bpf_io_open(struct inode *inode, struct file *file)
{
	return 1;
}

static inline bool fuse_bpf_mode_conflict(struct inode *inode,
					  struct fuse_file *ff, int err)
{
	return false;
}

static inline const struct path *fuse_backing_path(const struct fuse_backing *fb)
{
	return &fb->file->f_path;
}

static inline int fuse_bpf_io(struct file *file, u32 opcode, loff_t pos,
			      size_t len)
{
	return 0;
}

static inline int fuse_bpf_mmap(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static inline int fuse_bpf_use_backing(struct file *file)
{
	return 0;
}

static inline int fuse_bpf_fadvise(struct file *file, loff_t offset,
				   loff_t len, int advice)
{
	return -EIO;
}

static inline int fuse_bpf_fsync(struct file *file, loff_t start, loff_t end,
				 int datasync)
{
	return -EIO;
}

static inline int fuse_bpf_flush(struct file *file, fl_owner_t id)
{
	return -EIO;
}

static inline loff_t fuse_bpf_lseek(struct file *file, loff_t offset,
				    int whence)
{
	return -EIO;
}

static inline long fuse_bpf_fallocate(struct file *file, int mode,
				      loff_t offset, loff_t length)
{
	return -EIO;
}

static inline ssize_t fuse_bpf_copy_file_range(struct file *file_in,
					       loff_t pos_in,
					       struct file *file_out,
					       loff_t pos_out, size_t len,
					       unsigned int flags)
{
	return -EIO;
}

static inline bool fuse_bpf_backed(const struct file *file)
{
	return false;
}

static inline bool fuse_bpf_dead(struct fuse_file *ff)
{
	return false;
}

#endif /* CONFIG_FUSE_BPF */

#endif /* _FS_FUSE_BPF_H */
