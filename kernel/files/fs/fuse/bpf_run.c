// SPDX-License-Identifier: GPL-2.0
/*
 * FUSE BPF: when a program runs, and what its verdict is worth.
 */

#include "bpf.h"
#include "fuse_trace.h"

#include <linux/filter.h>
#include <linux/pid.h>

/* What a program may do with an opcode; without a row it is never asked */
#define OP_OBSERVE	BIT(0)	/* both stages run, the call may be failed */
#define OP_REPLY	BIT(1)	/* the program may write the reply */
#define OP_REDIRECT	BIT(2)	/* hooked where the VFS enters FUSE */
#define OP_SECOND	BIT(3)	/* a redirect needs two objects */
#define OP_NODE		BIT(4)	/* the reply carries a node */

/*
 * No row: INIT, DESTROY, FORGET, BATCH_FORGET, INTERRUPT and NOTIFY_REPLY are
 * the connection's own; RELEASE and RELEASEDIR can neither fail nor be left
 * out; READ and WRITE belong to system calls, which bpf_io.c asks about, not to
 * what the page cache makes of them; SYNCFS and the mapping requests are
 * virtiofs'.
 */
static const u8 fuse_bpf_ops[FUSE_BPF_OPCODES] = {
	[FUSE_LOOKUP]		= OP_OBSERVE | OP_REPLY | OP_NODE,
	[FUSE_GETATTR]		= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
	[FUSE_SETATTR]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_READLINK]		= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
	[FUSE_SYMLINK]		= OP_OBSERVE | OP_NODE,
	[FUSE_MKNOD]		= OP_OBSERVE | OP_NODE,
	[FUSE_MKDIR]		= OP_OBSERVE | OP_NODE,
	[FUSE_UNLINK]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_RMDIR]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_RENAME]		= OP_OBSERVE | OP_REDIRECT | OP_SECOND,
	[FUSE_LINK]		= OP_OBSERVE | OP_REDIRECT | OP_SECOND | OP_NODE,
	/* a reply would need a handle, which only the daemon can give */
	[FUSE_OPEN]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_STATFS]		= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
	[FUSE_FSYNC]		= OP_OBSERVE,
	[FUSE_SETXATTR]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_GETXATTR]		= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
	[FUSE_LISTXATTR]	= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
	[FUSE_REMOVEXATTR]	= OP_OBSERVE | OP_REDIRECT,
	[FUSE_FLUSH]		= OP_OBSERVE,
	[FUSE_OPENDIR]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_READDIR]		= OP_OBSERVE | OP_REDIRECT,
	[FUSE_FSYNCDIR]		= OP_OBSERVE,
	[FUSE_GETLK]		= OP_OBSERVE,
	[FUSE_SETLK]		= OP_OBSERVE,
	[FUSE_SETLKW]		= OP_OBSERVE,
	/* only sent where the daemon checks permissions: nothing to redirect */
	[FUSE_ACCESS]		= OP_OBSERVE | OP_REPLY,
	[FUSE_CREATE]		= OP_OBSERVE | OP_NODE,
	[FUSE_BMAP]		= OP_OBSERVE,
	[FUSE_IOCTL]		= OP_OBSERVE,
	[FUSE_POLL]		= OP_OBSERVE,
	[FUSE_FALLOCATE]	= OP_OBSERVE,
	/* each entry runs the reply stage as a LOOKUP */
	[FUSE_READDIRPLUS]	= OP_OBSERVE,
	[FUSE_RENAME2]		= OP_OBSERVE | OP_REDIRECT | OP_SECOND,
	[FUSE_LSEEK]		= OP_OBSERVE,
	[FUSE_COPY_FILE_RANGE]	= OP_OBSERVE,
	/* has no name by which its node could be bound */
	[FUSE_TMPFILE]		= OP_OBSERVE | OP_NODE,
	[FUSE_STATX]		= OP_OBSERVE | OP_REPLY | OP_REDIRECT,
};

static DEFINE_PER_CPU(u64, fuse_bpf_cookies);

static u8 fuse_bpf_op(u32 opcode)
{
	return opcode < FUSE_BPF_OPCODES ? fuse_bpf_ops[opcode] : 0;
}

bool fuse_bpf_op_redirects(u32 opcode, bool second)
{
	return fuse_bpf_op(opcode) & (second ? OP_SECOND : OP_REDIRECT);
}

/* Unique in this boot, and never 0 */
static u64 fuse_bpf_cookie(void)
{
	unsigned int cpu = get_cpu();
	u64 n = __this_cpu_inc_return(fuse_bpf_cookies);

	put_cpu();
	return n * nr_cpu_ids + cpu;
}

/*
 * Bytes that a program can reach: payload in pages is out of bounds, but for
 * the text of a link, which fuse_bpf_readlink() has given an address.
 */
static u32 fuse_bpf_in_len(const struct fuse_args *args)
{
	return fuse_len_args(args->in_numargs - args->in_pages,
			     (struct fuse_arg *)args->in_args);
}

static u32 fuse_bpf_out_len(const struct fuse_args *args)
{
	u32 last = args->out_numargs - 1;
	bool hidden = args->out_pages && !args->out_args[last].value;

	return fuse_len_args(args->out_numargs - hidden,
			     (struct fuse_arg *)args->out_args);
}

/*
 * Fill in the context as the daemon would see the request. Returns false where
 * the program is not to be asked and fuse_get_req() has the answer.
 */
static bool fuse_bpf_prepare(struct fuse_bpf_run *run, struct fuse_mount *fm,
			     struct fuse_args *args, u32 stage)
{
	struct fuse_conn *fc = fm->fc;

	if (!fc->connected || fc->conn_error)
		return false;

	memset(run, 0, sizeof(*run));
	run->reply_len = FUSE_BPF_LEN_UNSET;
	run->fc = fc;
	run->sb = fm->sb;
	run->args = args;
	run->ctx.opcode = args->opcode;
	run->ctx.stage = stage;
	run->ctx.nodeid = args->nodeid;
	run->ctx.uid = from_kuid(fc->user_ns, current_fsuid());
	run->ctx.gid = from_kgid(fc->user_ns, current_fsgid());
	run->ctx.pid = pid_nr_ns(task_pid(current), fc->pid_ns);
	run->ctx.in_len = fuse_bpf_in_len(args);
	run->ctx.out_len = fuse_bpf_out_len(args);
	if (!args->bpf_cookie)
		args->bpf_cookie = fuse_bpf_cookie();
	if (stage == FUSE_BPF_REQUEST)
		args->bpf_sent = fuse_get_attr_version(fc);
	run->ctx.cookie = args->bpf_cookie;

	return run->ctx.uid != (uid_t)-1 && run->ctx.gid != (gid_t)-1;
}

/*
 * A reply counts only if the program has written all of it; the length of a
 * variable argument becomes what was set.
 */
static bool fuse_bpf_take_reply(struct fuse_bpf_run *run)
{
	struct fuse_args *args = run->args;
	u32 fixed, len, last = args->out_numargs - 1;

	if (!(fuse_bpf_op(args->opcode) & OP_REPLY) || args->out_pages)
		return false;

	fixed = fuse_len_args(args->out_numargs - args->out_argvar,
			      args->out_args);
	len = fuse_bpf_reply_len(run);
	if (run->stored < len || len < fixed)
		return false;

	if (!args->out_argvar)
		return len == fixed;

	args->out_args[last].size = len - fixed;
	return true;
}

void fuse_bpf_put_objects(struct fuse_bpf_objects *obj)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(obj->fb); i++) {
		fuse_backing_put(obj->fb[i]);
		obj->fb[i] = NULL;
	}
}

/*
 * Hold the backing objects that the program has selected, one for each node at
 * hand. Without consent, or where the daemon checks permissions itself, it is
 * asked instead. The caller drops what was held when this fails: a put may
 * sleep.
 */
static bool fuse_bpf_take_targets(struct fuse_bpf_run *run,
				  struct fuse_bpf_objects *obj)
{
	struct fuse_bpf_entry *entry;
	unsigned int i;

	if (!obj || !run->fc->bpf_consent || !run->fc->default_permissions)
		return false;

	for (i = 0; i < ARRAY_SIZE(obj->inode) && obj->inode[i]; i++) {
		entry = run->redirect[i].entry;
		if (!entry || !fuse_bpf_entry_get(entry, obj->inode[i]))
			return false;
		obj->fb[i] = &entry->fb;
	}
	return true;
}

/* Turn what the program returned into a verdict that can be trusted. */
static int fuse_bpf_judge(struct fuse_bpf_run *run, int verdict,
			  struct fuse_bpf_objects *obj)
{
	u32 opcode = run->ctx.opcode;

	switch (verdict) {
	case FUSE_BPF_PASS:
		return FUSE_BPF_PASS;
	case FUSE_BPF_REPLY:
		/* this and the next are counted when the reply is taken */
		if (!fuse_bpf_take_reply(run))
			break;
		return FUSE_BPF_REPLY;
	case FUSE_BPF_REDIRECT:
		if (!fuse_bpf_take_targets(run, obj))
			break;
		return FUSE_BPF_REDIRECT;
	}

	if (verdict < 0 && verdict > -512) {
		__fuse_bpf_count(run->fc, opcode, FUSE_BPF_FAILED);
		/* ENOSYS would switch the opcode off for the connection */
		return verdict == -ENOSYS ? -EOPNOTSUPP : verdict;
	}

	__fuse_bpf_count(run->fc, opcode, FUSE_BPF_REFUSED);
	return FUSE_BPF_PASS;
}

/* Per-CPU scratch is the program's until it returns: no preemption. */
int fuse_bpf_run_prog(const struct bpf_prog *prog, struct fuse_bpf_run *run)
{
	struct fuse_bpf_run_ctx run_ctx = { .fc = run->fc };
	struct bpf_run_ctx *old;
	int ret;

	preempt_disable();
	old = bpf_set_run_ctx(&run_ctx.ctx);
	ret = bpf_prog_run(prog, run);
	bpf_reset_run_ctx(old);
	preempt_enable();

	return ret;
}

/**
 * fuse_bpf_request - ask the program before the daemon
 * @fm: the mount
 * @args: the request; where the verdict is FUSE_BPF_REPLY, with its reply
 * @obj: the nodes that the request may be redirected for, in which the backing
 *	objects of a redirect are put, with references; NULL if the caller
 *	cannot redirect
 *
 * Return: a verdict of enum fuse_bpf_verdict, or a negative errno
 */
int fuse_bpf_request(struct fuse_mount *fm, struct fuse_args *args,
		     struct fuse_bpf_objects *obj)
{
	struct fuse_bpf_link *link;
	struct fuse_bpf_run run;
	int verdict = FUSE_BPF_PASS;

	if (!fuse_bpf_prepare(&run, fm, args, FUSE_BPF_REQUEST))
		return FUSE_BPF_PASS;
	if (obj)
		memcpy(run.inode, obj->inode, sizeof(run.inode));

	rcu_read_lock();
	link = rcu_dereference(fm->fc->bpf);
	if (link) {
		verdict = fuse_bpf_run_prog(READ_ONCE(link->link.prog), &run);
		verdict = fuse_bpf_judge(&run, verdict, obj);
		trace_fuse_bpf_verdict(fm->fc, &run.ctx, verdict);
	}
	rcu_read_unlock();

	if (verdict == FUSE_BPF_REDIRECT)
		fuse_bpf_changes(fm, args);
	else if (obj)
		fuse_bpf_put_objects(obj);
	return verdict;
}

/* A request with a cookie was asked about where the VFS enters FUSE. */
int __fuse_bpf_filter(struct fuse_mount *fm, struct fuse_args *args)
{
	int verdict;

	if (!(fuse_bpf_op(args->opcode) & OP_OBSERVE) || args->bpf_cookie)
		return FUSE_BPF_PASS;

	verdict = fuse_bpf_request(fm, args, NULL);
	if (verdict != FUSE_BPF_REPLY)
		return verdict;

	/* a node has to be looked at, as bpf_lookup.c does */
	if (fuse_bpf_op(args->opcode) & OP_NODE) {
		fuse_bpf_count(fm->fc, args->opcode, FUSE_BPF_REFUSED);
		return FUSE_BPF_PASS;
	}
	fuse_bpf_count(fm->fc, args->opcode, FUSE_BPF_REPLIED_TO);
	return FUSE_BPF_REPLY;
}

/* Run the reply stage. A map to bind in is returned with a reference. */
static struct bpf_map *fuse_bpf_reply_stage(struct fuse_mount *fm,
					    struct fuse_args *args, int error,
					    bool has_node, u64 *flags)
{
	struct bpf_map *map = NULL;
	struct fuse_bpf_link *link;
	struct fuse_bpf_run run;

	if (!fuse_bpf_prepare(&run, fm, args, FUSE_BPF_REPLIED))
		return NULL;
	run.ctx.error = error;
	run.has_node = has_node;
	if (error)
		run.ctx.out_len = 0;

	rcu_read_lock();
	link = rcu_dereference(fm->fc->bpf);
	if (link) {
		run.link = link;
		fuse_bpf_run_prog(READ_ONCE(link->link.prog), &run);
		map = run.bind.map;
		/* the program's own reference lasts as long as this section */
		if (map)
			bpf_map_inc(map);
	}
	rcu_read_unlock();

	if (flags)
		*flags = run.bind.flags;
	return map;
}

/* Does this reply carry a node that the caller has yet to accept? */
static bool fuse_bpf_carries_node(const struct fuse_args *args, int error)
{
	const struct fuse_entry_out *out = args->out_args[0].value;

	return !error && (fuse_bpf_op(args->opcode) & OP_NODE) && out->nodeid;
}

void __fuse_bpf_replied(struct fuse_mount *fm, struct fuse_args *args,
			int error)
{
	if (!(fuse_bpf_op(args->opcode) & OP_OBSERVE) || args->noreply ||
	    fuse_bpf_carries_node(args, error))
		return;

	fuse_bpf_reply_stage(fm, args, error, false, NULL);
}

/**
 * fuse_bpf_node_replied - show an accepted reply that carries a node
 * @fm: the mount
 * @args: the request with its reply
 * @flags: set to the flags of a bind
 *
 * Return: the map in which the program wants the node bound, with a reference,
 * or NULL
 */
struct bpf_map *fuse_bpf_node_replied(struct fuse_mount *fm,
				      struct fuse_args *args, u64 *flags)
{
	return fuse_bpf_reply_stage(fm, args, 0, true, flags);
}
