// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: attaching a program to a connection.
 *
 * fuse_bpf_mutex protects the pairing of connection and link. It ends by
 * whatever comes first: detach, the last reference to the link, abort of the
 * connection (umount and death of the daemon included).
 */

#include "bpf.h"

#include <linux/bpf.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/seq_file.h>

DEFINE_STATIC_KEY_FALSE(fuse_bpf_key);

static DEFINE_MUTEX(fuse_bpf_mutex);

static struct fuse_bpf_link *to_fuse_link(const struct bpf_link *link)
{
	return container_of(link, struct fuse_bpf_link, link);
}

/* ----------------------------------------------------------- counters --- */

void __fuse_bpf_count(struct fuse_conn *fc, u32 opcode,
		      enum fuse_bpf_outcome outcome)
{
	struct fuse_bpf_link *link;

	if (opcode >= FUSE_BPF_OPCODES)
		return;

	rcu_read_lock();
	link = rcu_dereference(fc->bpf);
	if (link)
		this_cpu_inc(link->counters->count[opcode][outcome]);
	rcu_read_unlock();
}

static bool fuse_bpf_sum(const struct fuse_bpf_link *link, u32 opcode,
			 u64 sum[FUSE_BPF_OUTCOMES])
{
	bool any = false;
	int cpu, i;

	memset(sum, 0, FUSE_BPF_OUTCOMES * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		struct fuse_bpf_counters *c = per_cpu_ptr(link->counters, cpu);

		for (i = 0; i < FUSE_BPF_OUTCOMES; i++)
			sum[i] += READ_ONCE(c->count[opcode][i]);
	}
	for (i = 0; i < FUSE_BPF_OUTCOMES; i++)
		any |= sum[i];

	return any;
}

/* Write the table of counters; nothing where no program is attached. */
ssize_t fuse_bpf_counters(struct fuse_conn *fc, char *buf, size_t size)
{
	u64 sum[FUSE_BPF_OUTCOMES];
	struct fuse_bpf_link *link;
	size_t len = 0;
	u32 opcode;
	int i;

	rcu_read_lock();
	link = rcu_dereference(fc->bpf);
	if (!link)
		goto out;

	len = scnprintf(buf, size,
			"opcode pass reply redirect error refused bound unbound\n");
	for (opcode = 0; opcode < FUSE_BPF_OPCODES; opcode++) {
		if (!fuse_bpf_sum(link, opcode, sum))
			continue;
		len += scnprintf(buf + len, size - len, "%u", opcode);
		for (i = 0; i < FUSE_BPF_OUTCOMES; i++)
			len += scnprintf(buf + len, size - len, " %llu",
					 sum[i]);
		len += scnprintf(buf + len, size - len, "\n");
	}
out:
	rcu_read_unlock();
	return len;
}

static size_t fuse_bpf_show_caches(const struct fuse_bpf_link *link, char *buf,
				   size_t size)
{
	u32 i, nr = READ_ONCE(link->nr_maps);
	size_t len;

	len = scnprintf(buf, size,
			"map entries max_entries hits misses fills refused evicted\n");
	for (i = 0; i < nr; i++) {
		if (fuse_bpf_is_cache(link->maps[i]))
			len += fuse_bpf_cache_show(link->maps[i], buf + len,
						   size - len);
	}
	return len;
}

/* Write the table of caches; nothing where there is none. */
ssize_t fuse_bpf_cache_table(struct fuse_conn *fc, char *buf, size_t size)
{
	struct fuse_bpf_link *link;
	size_t len = 0;

	rcu_read_lock();
	link = rcu_dereference(fc->bpf);
	if (link && READ_ONCE(fc->bpf_cache))
		len = fuse_bpf_show_caches(link, buf, size);
	rcu_read_unlock();

	return len;
}

/* --------------------------------------------------------------- maps --- */

/* A cache has been claimed, which cannot fail any more. */
static int fuse_bpf_own(struct bpf_map *map, struct fuse_conn *fc)
{
	if (!fuse_bpf_is_cache(map))
		return fuse_bpf_map_own(map, fc);
	fuse_bpf_cache_own(map, fc);
	return 0;
}

static void fuse_bpf_unown(struct bpf_map *map)
{
	if (!fuse_bpf_is_cache(map))
		fuse_bpf_map_unown(map);
}

static void fuse_bpf_close(struct bpf_map *map)
{
	if (fuse_bpf_is_cache(map))
		fuse_bpf_cache_close(map);
	else
		fuse_bpf_map_close(map);
}

static void fuse_bpf_disown(struct bpf_map *map)
{
	if (fuse_bpf_is_cache(map))
		fuse_bpf_cache_disown(map);
	else
		fuse_bpf_map_disown(map);
}

static bool fuse_bpf_has_cache(const struct fuse_bpf_link *link)
{
	u32 i;

	for (i = 0; i < link->nr_maps; i++) {
		if (fuse_bpf_is_cache(link->maps[i]))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------- detach --- */

static struct fuse_bpf_link *fuse_bpf_of(struct fuse_conn *fc)
{
	struct fuse_bpf_link *link;

	link = rcu_dereference_protected(fc->bpf,
					 lockdep_is_held(&fuse_bpf_mutex));
	return link ?: fc->bpf_early;
}

/*
 * Part link and connection, to which nothing refers after that. The maps are
 * handed to the caller, who empties them without the mutex: that may take a
 * while.
 */
static u32 fuse_bpf_part(struct fuse_bpf_link *link, struct bpf_map **maps)
{
	u32 i, nr = link->nr_maps;

	lockdep_assert_held(&fuse_bpf_mutex);

	if (!link->fc)
		return 0;

	for (i = 0; i < nr; i++)
		fuse_bpf_close(link->maps[i]);

	RCU_INIT_POINTER(link->fc->bpf, NULL);
	link->fc->bpf_early = NULL;
	WRITE_ONCE(link->fc->bpf_io, false);
	/* changes are noted for as long as anybody is asked */
	smp_store_release(&link->fc->bpf_cache, false);
	WRITE_ONCE(link->fc->bpf_lazy_atime, false);
	link->fc = NULL;
	memcpy(maps, link->maps, nr * sizeof(*maps));
	link->nr_maps = 0;
	return nr;
}

static void fuse_bpf_put_maps(struct bpf_map **maps, u32 nr)
{
	while (nr--)
		bpf_map_put_with_uref(maps[nr]);
}

static void fuse_bpf_leave_maps(struct bpf_map **maps, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		fuse_bpf_disown(maps[i]);
	fuse_bpf_put_maps(maps, nr);
}

static void fuse_bpf_link_release(struct bpf_link *link)
{
	struct bpf_map *maps[FUSE_BPF_MAX_MAPS];
	u32 nr;

	mutex_lock(&fuse_bpf_mutex);
	nr = fuse_bpf_part(to_fuse_link(link), maps);
	mutex_unlock(&fuse_bpf_mutex);

	fuse_bpf_leave_maps(maps, nr);
}

/* The connection ends; fc->connected is already 0. May sleep. */
void fuse_bpf_abort(struct fuse_conn *fc)
{
	struct bpf_map *maps[FUSE_BPF_MAX_MAPS];
	struct fuse_bpf_link *link;
	u32 nr = 0;

	mutex_lock(&fuse_bpf_mutex);
	link = fuse_bpf_of(fc);
	if (link)
		nr = fuse_bpf_part(link, maps);
	mutex_unlock(&fuse_bpf_mutex);

	fuse_bpf_leave_maps(maps, nr);
}

static void fuse_bpf_link_dealloc(struct bpf_link *bpf_link)
{
	struct fuse_bpf_link *link = to_fuse_link(bpf_link);

	free_percpu(link->counters);
	fuse_bpf_node_put(link->space);
	kfree(link);
}

/* Runs before dealloc, in process context, where a static key may be changed */
static void fuse_bpf_link_gone(struct bpf_link *link)
{
	fuse_bpf_link_release(link);
	static_branch_dec(&fuse_bpf_key);
}

static int fuse_bpf_link_detach(struct bpf_link *link)
{
	fuse_bpf_link_release(link);
	return 0;
}

/* ------------------------------------------------------ update, info --- */

/* Loaded for BPF_FUSE_IO, a program is asked about each read and write too. */
static bool fuse_bpf_sees_io(const struct bpf_prog *prog)
{
	return prog->expected_attach_type == BPF_FUSE_IO;
}

/* 0 is what a loader leaves there that does not say. */
static bool fuse_bpf_attachable(const struct bpf_prog *prog)
{
	return !prog->expected_attach_type ||
	       prog->expected_attach_type == BPF_FUSE ||
	       fuse_bpf_sees_io(prog);
}

/* Readers see the old program or the new one; the old is freed after RCU. */
static int fuse_bpf_link_update(struct bpf_link *link, struct bpf_prog *new,
				struct bpf_prog *old)
{
	int err = 0;

	if (new->type != BPF_PROG_TYPE_FUSE || !fuse_bpf_attachable(new))
		return -EINVAL;

	mutex_lock(&fuse_bpf_mutex);
	if (!to_fuse_link(link)->fc) {
		err = -ENOLINK;
	} else if (old && link->prog != old) {
		err = -EPERM;
	} else {
		old = xchg(&link->prog, new);
		WRITE_ONCE(to_fuse_link(link)->fc->bpf_io,
			   fuse_bpf_sees_io(new));
		bpf_prog_put(old);
	}
	mutex_unlock(&fuse_bpf_mutex);

	return err;
}

/* 0 once the link has been detached */
static u32 fuse_bpf_link_connection(const struct bpf_link *bpf_link,
				    u32 *nr_maps)
{
	struct fuse_bpf_link *link = to_fuse_link(bpf_link);
	u32 dev;

	mutex_lock(&fuse_bpf_mutex);
	dev = link->fc ? link->fc->dev : 0;
	*nr_maps = link->nr_maps;
	mutex_unlock(&fuse_bpf_mutex);

	return dev;
}

static void fuse_bpf_link_show_fdinfo(const struct bpf_link *link,
				      struct seq_file *seq)
{
	u32 nr_maps, dev = fuse_bpf_link_connection(link, &nr_maps);

	seq_printf(seq, "connection:\t%u\nmaps:\t%u\n", dev, nr_maps);
}

static int fuse_bpf_link_fill_info(const struct bpf_link *link,
				   struct bpf_link_info *info)
{
	info->fuse.connection = fuse_bpf_link_connection(link,
							 &info->fuse.map_cnt);
	return 0;
}

static const struct bpf_link_ops fuse_bpf_link_ops = {
	.release		= fuse_bpf_link_gone,
	.dealloc_deferred	= fuse_bpf_link_dealloc,
	.detach			= fuse_bpf_link_detach,
	.update_prog		= fuse_bpf_link_update,
	.show_fdinfo		= fuse_bpf_link_show_fdinfo,
	.fill_link_info		= fuse_bpf_link_fill_info,
};

/* ------------------------------------------------------------- attach --- */

static bool fuse_bpf_has_dax(const struct fuse_conn *fc)
{
#ifdef CONFIG_FUSE_DAX
	if (fc->dax)
		return true;
#endif
	return fc->inode_dax;
}

/* What INIT has settled */
static int fuse_bpf_check_init(struct fuse_conn *fc)
{
	if (fc->conn_error)
		return -ECONNREFUSED;
	if (fc->minor < 12)
		return -EPROTONOSUPPORT;
	if (fc->bpf_idmapped)
		return -EOVERFLOW;
	return fuse_bpf_has_dax(fc) ? -EXDEV : 0;
}

/* Each refusal has its own error; Documentation/filesystems/fuse-bpf.rst */
static int fuse_bpf_check_conn(const struct fuse_bpf_link *link,
			       struct fuse_conn *fc)
{
	bool early = link->flags & FUSE_BPF_CONSENT;

	if (!fc->connected)
		return -ENOTCONN;
	if (!early && !fc->initialized)
		return -EAGAIN;
	if (early && fc->bpf_settled)
		return -EISCONN;
	if (fc->iq.ops != &fuse_dev_fiq_ops || fc->auto_submounts)
		return -EOPNOTSUPP;
	if (fuse_bpf_has_dax(fc))
		return -EXDEV;
	if (fuse_bpf_of(fc))
		return -EBUSY;
	if (early)
		return 0;

	/* pairs with smp_wmb() in fuse_set_initialized() */
	smp_rmb();
	return fuse_bpf_check_init(fc);
}

static void fuse_bpf_unclaim_caches(struct bpf_map **maps, u32 nr)
{
	while (nr--) {
		if (fuse_bpf_is_cache(maps[nr]))
			fuse_bpf_cache_own(maps[nr], NULL);
	}
}

/* Emptying them may take a while: not under fuse_bpf_mutex. */
static int fuse_bpf_claim_caches(struct fuse_bpf_link *link)
{
	int err = 0;
	u32 i;

	for (i = 0; i < link->nr_maps; i++) {
		if (fuse_bpf_is_cache(link->maps[i]))
			err = fuse_bpf_cache_claim(link->maps[i]);
		if (err) {
			fuse_bpf_unclaim_caches(link->maps, i);
			break;
		}
	}
	return err;
}

static int fuse_bpf_own_maps(struct fuse_bpf_link *link, struct fuse_conn *fc)
{
	u32 i;
	int err;

	for (i = 0; i < link->nr_maps; i++) {
		err = fuse_bpf_own(link->maps[i], fc);
		if (err)
			goto undo;
	}
	return 0;

undo:
	while (i--)
		fuse_bpf_unown(link->maps[i]);
	return err;
}

/* From now on the program is asked. */
static void fuse_bpf_publish(struct fuse_bpf_link *link, struct fuse_conn *fc)
{
	WRITE_ONCE(fc->bpf_io, fuse_bpf_sees_io(link->link.prog));
	WRITE_ONCE(fc->bpf_lazy_atime, link->flags & FUSE_BPF_LAZY_ATIME);
	WRITE_ONCE(fc->bpf_cache, fuse_bpf_has_cache(link));
	/* what was sent earlier may have missed changes */
	link->since = atomic64_inc_return(&fc->attr_version);
	rcu_assign_pointer(fc->bpf, link);
}

static int fuse_bpf_join(struct fuse_bpf_link *link, struct fuse_conn *fc)
{
	int err;

	err = fuse_bpf_claim_caches(link);
	if (err)
		return err;

	mutex_lock(&fuse_bpf_mutex);
	err = fuse_bpf_check_conn(link, fc);
	if (!err)
		err = fuse_bpf_own_maps(link, fc);
	if (!err) {
		link->fc = fc;
		if (link->flags & FUSE_BPF_CONSENT)
			fc->bpf_early = link;
		else
			fuse_bpf_publish(link, fc);
	}
	mutex_unlock(&fuse_bpf_mutex);

	if (err)
		fuse_bpf_unclaim_caches(link->maps, link->nr_maps);
	return err;
}

/**
 * fuse_bpf_promised - has the server consented before it answered INIT?
 * @fc: the connection, whose INIT has been answered
 *
 * Return: how deep it may be stacked, 0 without consent; none comes later
 */
u32 fuse_bpf_promised(struct fuse_conn *fc)
{
	u32 depth;

	mutex_lock(&fuse_bpf_mutex);
	fc->bpf_settled = true;
	depth = fc->bpf_early ? fc->bpf_early->max_stack_depth : 0;
	mutex_unlock(&fuse_bpf_mutex);

	return depth;
}

/**
 * fuse_bpf_settle - let an attachment count that came before INIT
 * @fc: the connection, whose INIT has been looked at
 *
 * Where INIT rules out what was consented to, the link ends.
 */
void fuse_bpf_settle(struct fuse_conn *fc)
{
	struct bpf_map *maps[FUSE_BPF_MAX_MAPS];
	struct fuse_bpf_link *link;
	u32 nr = 0;

	mutex_lock(&fuse_bpf_mutex);
	link = fc->bpf_early;
	fc->bpf_early = NULL;
	if (link) {
		if (!fc->bpf_consent || fuse_bpf_check_init(fc))
			nr = fuse_bpf_part(link, maps);
		else
			fuse_bpf_publish(link, fc);
	}
	mutex_unlock(&fuse_bpf_mutex);

	fuse_bpf_leave_maps(maps, nr);
}

/*
 * The connection that a descriptor stands for: /dev/fuse itself, which the
 * daemon holds, or anything on the mount for an administrator. A CUSE channel
 * is neither.
 */
static struct fuse_conn *fuse_bpf_target_conn(struct file *file, u32 flags)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct fuse_dev *fud;

	if (file->f_op == &fuse_dev_operations) {
		fud = READ_ONCE(file->private_data);
		return fud ? fuse_conn_get(fud->fc) : ERR_PTR(-ENOTCONN);
	}

	if (sb->s_magic != FUSE_SUPER_MAGIC)
		return ERR_PTR(-EINVAL);
	/* only the server consents */
	if (!capable(CAP_SYS_ADMIN) || (flags & FUSE_BPF_CONSENT))
		return ERR_PTR(-EPERM);
	return fuse_conn_get(get_fuse_conn_super(sb));
}

static struct fuse_conn *fuse_bpf_get_target(int fd, u32 flags)
{
	struct fuse_conn *fc;
	struct file *file;

	file = fget_raw(fd);
	if (!file)
		return ERR_PTR(-EBADF);

	fc = fuse_bpf_target_conn(file, flags);
	fput(file);
	return fc;
}

/* A link empties its maps: who may not write to one may not lend it either. */
static int fuse_bpf_check_map(const struct fuse_bpf_link *link,
			      const struct bpf_map *map,
			      const struct file *file)
{
	u32 i;

	if (map->map_type != BPF_MAP_TYPE_FUSE_BACKING &&
	    !fuse_bpf_is_cache(map))
		return -EINVAL;
	if (!(file->f_mode & FMODE_CAN_WRITE) || READ_ONCE(map->frozen))
		return -EPERM;
	for (i = 0; i < link->nr_maps; i++) {
		if (link->maps[i] == map)
			return -EEXIST;
	}
	return 0;
}

static int fuse_bpf_get_map(struct fuse_bpf_link *link, u32 ufd)
{
	CLASS(fd, f)(ufd);
	struct bpf_map *map = __bpf_map_get(f);
	int err;

	if (IS_ERR(map))
		return PTR_ERR(map);

	err = fuse_bpf_check_map(link, map, fd_file(f));
	if (err)
		return err;

	bpf_map_inc_with_uref(map);
	link->maps[link->nr_maps++] = map;
	return 0;
}

static int fuse_bpf_get_maps(struct fuse_bpf_link *link,
			     const union bpf_attr *attr)
{
	u32 __user *ufds = u64_to_user_ptr(attr->link_create.fuse.map_fds);
	u32 i, fd;
	int err;

	if (attr->link_create.fuse.map_cnt > FUSE_BPF_MAX_MAPS)
		return -E2BIG;

	for (i = 0; i < attr->link_create.fuse.map_cnt; i++) {
		if (get_user(fd, ufds + i))
			return -EFAULT;
		err = fuse_bpf_get_map(link, fd);
		if (err)
			return err;
	}
	return 0;
}

static struct fuse_bpf_link *fuse_bpf_link_alloc(const union bpf_attr *attr)
{
	struct fuse_bpf_link *link;
	int err = -ENOMEM;

	link = kzalloc(sizeof(*link), GFP_USER);
	if (!link)
		return ERR_PTR(-ENOMEM);

	link->flags = attr->link_create.fuse.flags;
	link->cache_ttl = attr->link_create.fuse.cache_ttl;
	link->max_stack_depth = attr->link_create.fuse.max_stack_depth;
	link->space = fuse_bpf_node_alloc(NULL);
	if (!link->space)
		goto err_link;
	link->counters = alloc_percpu(struct fuse_bpf_counters);
	if (!link->counters)
		goto err_space;

	err = fuse_bpf_get_maps(link, attr);
	if (err)
		goto err_maps;

	return link;

err_maps:
	fuse_bpf_put_maps(link->maps, link->nr_maps);
	free_percpu(link->counters);
err_space:
	fuse_bpf_node_put(link->space);
err_link:
	kfree(link);
	return ERR_PTR(err);
}

/* What lies behind our fields belongs to those of other link types. */
static bool fuse_bpf_trailing(const union bpf_attr *attr)
{
	size_t from = offsetofend(union bpf_attr,
				  link_create.fuse.max_stack_depth);
	size_t to = offsetofend(union bpf_attr, link_create.uprobe_multi.pid);

	return memchr_inv((void *)attr + from, 0, to - from);
}

static bool fuse_bpf_flags_valid(const union bpf_attr *attr)
{
	u32 flags = attr->link_create.fuse.flags;
	u32 depth = attr->link_create.fuse.max_stack_depth;

	if (flags & ~(FUSE_BPF_LAZY_ATIME | FUSE_BPF_CONSENT))
		return false;
	return flags & FUSE_BPF_CONSENT ?
		depth && depth <= FILESYSTEM_MAX_STACK_DEPTH : !depth;
}

/**
 * fuse_bpf_link_attach - BPF_LINK_CREATE for BPF_PROG_TYPE_FUSE
 * @attr: target_fd, and link_create.fuse with the maps that the link owns
 * @prog: the entry program; its reference is consumed on success
 *
 * Return: a descriptor of the link, or a negative errno
 */
int fuse_bpf_link_attach(const union bpf_attr *attr, struct bpf_prog *prog)
{
	struct bpf_link_primer primer;
	struct fuse_bpf_link *link;
	struct fuse_conn *fc;
	int err;

	if (attr->link_create.flags || fuse_bpf_trailing(attr) ||
	    !fuse_bpf_flags_valid(attr) || !fuse_bpf_attachable(prog))
		return -EINVAL;

	fc = fuse_bpf_get_target(attr->link_create.target_fd,
				 attr->link_create.fuse.flags);
	if (IS_ERR(fc))
		return PTR_ERR(fc);

	link = fuse_bpf_link_alloc(attr);
	if (IS_ERR(link)) {
		err = PTR_ERR(link);
		goto out;
	}

	bpf_link_init(&link->link, BPF_LINK_TYPE_FUSE, &fuse_bpf_link_ops,
		      prog);
	err = bpf_link_prime(&link->link, &primer);
	if (err) {
		fuse_bpf_put_maps(link->maps, link->nr_maps);
		fuse_bpf_link_dealloc(&link->link);
		goto out;
	}

	static_branch_inc(&fuse_bpf_key);
	err = fuse_bpf_join(link, fc);
	if (err) {
		fuse_bpf_put_maps(link->maps, link->nr_maps);
		link->nr_maps = 0;
		static_branch_dec(&fuse_bpf_key);
		bpf_link_cleanup(&primer);
		goto out;
	}

	err = bpf_link_settle(&primer);
out:
	fuse_conn_put(fc);
	return err;
}
