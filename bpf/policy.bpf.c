// SPDX-License-Identifier: GPL-2.0
/*
 * policy: what the control plane has decided about a node holds for each later
 * operation on it. Stands in front of the extensions that perform them.
 *
 * Nodes that are not in `nodes` are the daemon's, which asks the same policy;
 * so are names that come, move, or may go only if a rule permits.
 */
#include <stdbool.h>
#include <fuselet/fuselet.h>
#include <fuselet/policy.h>

#define ENOENT	2
#define EACCES	13
#define EROFS	30

/* include/uapi/asm-generic/fcntl.h */
#define O_ACCMODE	3
#define O_RDONLY	0
#define O_WRONLY	1
#define O_TRUNC		01000

/* Complete before the composition is attached, then kept up by the daemon */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 20);
	__type(key, __u64);
	__type(value, struct fuselet_policy_node);
} nodes SEC(".maps");

/* What a user id adds to the number of its class; 0 if it is not listed */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FUSELET_POLICY_CLASSES);
	__type(key, __u32);
	__type(value, __u32);
} uids SEC(".maps");

/* The same of group ids */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FUSELET_POLICY_CLASSES);
	__type(key, __u32);
	__type(value, __u32);
} gids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

/* Events for which there was no room */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lost SEC(".maps");

static __always_inline __u32 part_of_class(void *ids, __u32 id)
{
	const __u32 *part = bpf_map_lookup_elem(ids, &id);

	return part ? *part : 0;
}

static __always_inline __u8 flags_for(const struct bpf_fuse_ctx *ctx,
				      const struct fuselet_policy_node *node)
{
	__u32 class = part_of_class(&uids, ctx->uid) +
		      part_of_class(&gids, ctx->gid);

	return node->flags[class & (FUSELET_POLICY_CLASSES - 1)];
}

static __always_inline int refusal(__u8 flags, __u8 needed)
{
	if (flags & POLICY_HIDE)
		return -ENOENT;
	if (!(flags & needed))
		return 0;
	return flags & POLICY_DENY_READ ? -EACCES : -EROFS;
}

static __always_inline void tell(const struct bpf_fuse_ctx *ctx, __u64 nodeid,
				 int error)
{
	struct fuselet_policy_event *event;
	__u32 zero = 0;
	__u64 *count;

	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count = bpf_map_lookup_elem(&lost, &zero);
		if (count)
			__sync_fetch_and_add(count, 1);
		return;
	}

	event->time = bpf_ktime_get_ns();
	event->nodeid = nodeid;
	event->uid = ctx->uid;
	event->pid = ctx->pid;
	event->opcode = ctx->opcode;
	event->error = error;
	bpf_ringbuf_submit(event, 0);
}

/* When an operation that is audited is told of */
enum telling {
	IF_REFUSED,
	ALWAYS,
};

static __always_inline int judge(const struct bpf_fuse_ctx *ctx, __u64 nodeid,
				 __u8 flags, __u8 needed, enum telling telling)
{
	int error = refusal(flags, needed);

	if (flags & POLICY_AUDIT && (error || telling == ALWAYS))
		tell(ctx, nodeid, error);

	return error;
}

/* A request that needs rights on its node */
static __always_inline int require(struct bpf_fuse_ctx *ctx, __u8 needed,
				   enum telling telling)
{
	__u64 nodeid = ctx->nodeid;
	const struct fuselet_policy_node *node;
	int error;

	node = bpf_map_lookup_elem(&nodes, &nodeid);
	if (!node)
		return FUSE_BPF_PASS;

	error = judge(ctx, nodeid, flags_for(ctx, node), needed, telling);
	return error ? error : fuselet_next(ctx);
}

/* ---------------------------------------------------------- attributes --- */

SEC("fuse/request/GETATTR")
int getattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, 0, IF_REFUSED);
}

SEC("fuse/request/STATX")
int statx(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, 0, IF_REFUSED);
}

SEC("fuse/request/SETATTR")
int setattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_WRITE, ALWAYS);
}

SEC("fuse/request/READLINK")
int readlink(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ, ALWAYS);
}

/*
 * Access control lists are attributes like the mode: the kernel asks for them
 * itself, and who may search a directory need not be allowed to list it.
 */
static __always_inline bool names_acl(struct bpf_fuse_ctx *ctx)
{
	static const char prefix[] = "system.posix_acl_";
	char name[sizeof(prefix) - 1];

	if (bpf_fuse_load_in(ctx, sizeof(struct fuse_getxattr_in), name,
			     sizeof(name)))
		return false;

	for (unsigned int i = 0; i < sizeof(name); i++)
		if (name[i] != prefix[i])
			return false;
	return true;
}

SEC("fuse/request/GETXATTR")
int getxattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, names_acl(ctx) ? 0 : POLICY_DENY_READ, IF_REFUSED);
}

SEC("fuse/request/LISTXATTR")
int listxattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ, IF_REFUSED);
}

SEC("fuse/request/SETXATTR")
int setxattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_WRITE, ALWAYS);
}

SEC("fuse/request/REMOVEXATTR")
int removexattr(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_WRITE, ALWAYS);
}

/* --------------------------------------------------------------- files --- */

static __always_inline __u8 rights(__u32 flags)
{
	__u8 write = flags & O_TRUNC ? POLICY_DENY_WRITE : 0;

	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return POLICY_DENY_READ | write;
	case O_WRONLY:
		return POLICY_DENY_WRITE;
	default:
		return POLICY_DENY_READ | POLICY_DENY_WRITE;
	}
}

SEC("fuse/request/OPEN")
int open(struct bpf_fuse_ctx *ctx)
{
	__u32 flags;

	if (bpf_fuse_load_in(ctx, offsetof(struct fuse_open_in, flags), &flags,
			     sizeof(flags)))
		return FUSE_BPF_PASS;

	return require(ctx, rights(flags), ALWAYS);
}

/* Also of files that were opened before a rule was made, and mappings */
SEC("fuse/request/READ")
int read(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ, IF_REFUSED);
}

SEC("fuse/request/WRITE")
int write(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_WRITE, IF_REFUSED);
}

SEC("fuse/request/FALLOCATE")
int fallocate(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_WRITE, ALWAYS);
}

SEC("fuse/request/COPY_FILE_RANGE")
int copy_file_range(struct bpf_fuse_ctx *ctx)
{
	const struct fuselet_policy_node *node;
	__u64 target;
	int error;

	if (bpf_fuse_load_in(ctx, offsetof(struct fuse_copy_file_range_in,
					   nodeid_out),
			     &target, sizeof(target)))
		return FUSE_BPF_PASS;

	node = bpf_map_lookup_elem(&nodes, &target);
	if (!node)
		return FUSE_BPF_PASS;

	error = judge(ctx, target, flags_for(ctx, node), POLICY_DENY_WRITE,
		      ALWAYS);
	return error ? error : require(ctx, POLICY_DENY_READ, ALWAYS);
}

SEC("fuse/request/LSEEK")
int lseek(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ, IF_REFUSED);
}

SEC("fuse/request/BMAP")
int bmap(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ, IF_REFUSED);
}

SEC("fuse/request/IOCTL")
int ioctl(struct bpf_fuse_ctx *ctx)
{
	return require(ctx, POLICY_DENY_READ | POLICY_DENY_WRITE, IF_REFUSED);
}

/* --------------------------------------------------------- directories --- */

/* Where a name may have to be left out the daemon lists. */
static __always_inline int list(struct bpf_fuse_ctx *ctx, enum telling telling)
{
	__u64 nodeid = ctx->nodeid;
	const struct fuselet_policy_node *node;
	bool hides;
	__u8 flags;
	int error;

	node = bpf_map_lookup_elem(&nodes, &nodeid);
	if (!node)
		return FUSE_BPF_PASS;

	flags = flags_for(ctx, node);
	hides = flags & POLICY_HIDES_NAMES;
	error = judge(ctx, nodeid, flags, POLICY_DENY_READ,
		      hides ? IF_REFUSED : telling);
	if (error)
		return error;

	return hides ? FUSE_BPF_PASS : fuselet_next(ctx);
}

SEC("fuse/request/OPENDIR")
int opendir(struct bpf_fuse_ctx *ctx)
{
	return list(ctx, ALWAYS);
}

SEC("fuse/request/READDIR")
int readdir(struct bpf_fuse_ctx *ctx)
{
	return list(ctx, IF_REFUSED);
}

/* Programs do not know which node a name stands for. */
static __always_inline int remove_name(struct bpf_fuse_ctx *ctx)
{
	__u64 nodeid = ctx->nodeid;
	const struct fuselet_policy_node *node;
	__u8 flags;
	int error;

	node = bpf_map_lookup_elem(&nodes, &nodeid);
	if (!node)
		return FUSE_BPF_PASS;

	flags = flags_for(ctx, node);
	if (flags & POLICY_GUARDS_NAMES)
		return FUSE_BPF_PASS;

	error = refusal(flags, POLICY_DENY_WRITE);
	return error ? error : fuselet_next(ctx);
}

SEC("fuse/request/UNLINK")
int unlink(struct bpf_fuse_ctx *ctx)
{
	return remove_name(ctx);
}

SEC("fuse/request/RMDIR")
int rmdir(struct bpf_fuse_ctx *ctx)
{
	return remove_name(ctx);
}

/* The daemon judges all that moves anew before it answers. */
SEC("fuse/request/RENAME")
int rename(struct bpf_fuse_ctx *ctx __attribute__((unused)))
{
	return FUSE_BPF_PASS;
}

SEC("fuse/request/RENAME2")
int rename2(struct bpf_fuse_ctx *ctx __attribute__((unused)))
{
	return FUSE_BPF_PASS;
}

SEC("fuse/request/LINK")
int link(struct bpf_fuse_ctx *ctx __attribute__((unused)))
{
	return FUSE_BPF_PASS;
}

/* --------------------------------------------------- nodes that are new --- */

/* A node of which programs were not told, for want of room, stays unbound. */
static __always_inline int known(struct bpf_fuse_ctx *ctx)
{
	__u64 nodeid;

	if (bpf_fuse_load_out(ctx, offsetof(struct fuse_entry_out, nodeid),
			      &nodeid, sizeof(nodeid)) ||
	    !bpf_map_lookup_elem(&nodes, &nodeid))
		return FUSE_BPF_PASS;

	return fuselet_next(ctx);
}

SEC("fuse/reply/LOOKUP")
int lookup(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

SEC("fuse/reply/CREATE")
int create(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

SEC("fuse/reply/MKNOD")
int mknod(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

SEC("fuse/reply/MKDIR")
int mkdir(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

SEC("fuse/reply/SYMLINK")
int symlink(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

SEC("fuse/reply/LINK")
int linked(struct bpf_fuse_ctx *ctx)
{
	return known(ctx);
}

char LICENSE[] SEC("license") = "GPL";
