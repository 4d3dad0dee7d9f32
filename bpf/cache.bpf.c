// SPDX-License-Identifier: GPL-2.0
/*
 * cache: what the daemon has answered is answered again without it. Any daemon
 * will do, and none is told.
 *
 * Replies fill the maps, requests are served from them. That an entry is true,
 * and for how long it may be served, is the kernel's affair: it drops what an
 * operation makes untrue and cuts each entry's life down to what the daemon's
 * timeout or the administrator grants. What is left here is what a reply means.
 *
 * `answers` has an entry for each request that can be served; texts that are
 * too long for it (symbolic links, extended attributes) are in `texts`, under
 * the same key.
 */
#include <stdbool.h>
#include <linux/errno.h>
#include <fuselet/fuselet.h>
#include <fuselet/timeout.h>

#define NSEC_PER_SEC	1000000000ULL

/* Timeouts in seconds are cut down to this, a century, before they are added. */
#define LONGEST		(1ULL << 32)

/* As long as the kernel grants */
#define GRANTED		(~0ULL)

/* NAME_MAX and XATTR_NAME_MAX */
#define NAME_LEN	255

/* Bits of fuselet.flags: kinds of requests that are served */
#define KIND_LOOKUP	(1 << 0)
#define KIND_GETATTR	(1 << 1)
#define KIND_READLINK	(1 << 2)
#define KIND_STATFS	(1 << 3)
#define KIND_GETXATTR	(1 << 4)
#define KIND_LISTXATTR	(1 << 5)
#define KIND_ACCESS	(1 << 6)

/* struct fuse_bpf_cache_key with room for the longest name */
struct key {
	__u64 nodeid;
	__u32 kind;
	__u32 name_len;
	__u8 name[NAME_LEN + 1];
};

_Static_assert(offsetof(struct key, name) ==
	       offsetof(struct fuse_bpf_cache_key, name),
	       "a key is what the kernel takes for one");

/* Room for text in an answer, as much as a node takes */
#define SHORT_TEXT	(sizeof(struct fuse_attr) + 2 * sizeof(__u64))
#define LONG_TEXT	504

struct answer {
	/* Of the daemon's own timeout, by bpf_ktime_get_ns(); 0: it gave none */
	__u64 expires;
	__s32 error;
	/* Of the text, which is here if @held, else in `texts` or nowhere */
	__u32 len;
	__u32 held;
	__u32 reserved;
	union {
		struct {
			struct fuse_attr attr;
			__u64 nodeid;
			__u64 generation;
		};
		struct fuse_statfs_out statfs;
		__u8 text[SHORT_TEXT];
	};
};

struct text {
	__u32 len;
	__u32 reserved;
	__u8 text[LONG_TEXT];
};

/* Both maps get their size from the control plane. */
struct {
	__uint(type, FUSELET_MAP_FUSE_CACHE);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct key));
	__uint(value_size, sizeof(struct answer));
} answers SEC(".maps");

struct {
	__uint(type, FUSELET_MAP_FUSE_CACHE);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct key));
	__uint(value_size, sizeof(struct text));
} texts SEC(".maps");

/* Too large for the stack */
struct scratch {
	struct key key;
	struct answer answer;
	struct text text;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct scratch));
} scratch SEC(".maps");

/* ---------------------------------------------------------------- keys --- */

/* With the key of this request, less its name; NULL for a kind that is off */
static __always_inline struct scratch *begin(struct bpf_fuse_ctx *ctx,
					     __u32 kind)
{
	struct scratch *s;
	__u32 zero = 0;

	if (!(fuselet.flags & kind))
		return NULL;

	s = bpf_map_lookup_elem(&scratch, &zero);
	if (s) {
		s->key.nodeid = ctx->nodeid;
		s->key.kind = ctx->opcode;
		s->key.name_len = 0;
	}
	return s;
}

/* The name that follows @off bytes of the request, without its NUL */
static __always_inline int add_name(struct bpf_fuse_ctx *ctx,
				    struct scratch *s, __u32 off)
{
	__u32 len = ctx->in_len - off - 1;

	if (!len || len > NAME_LEN)
		return -ENAMETOOLONG;

	s->key.name_len = len;
	return bpf_fuse_load_in(ctx, off, s->key.name, len);
}

static __always_inline int add_mask(struct bpf_fuse_ctx *ctx,
				    struct scratch *s)
{
	s->key.name_len = sizeof(__u32);
	return bpf_fuse_load_in(ctx, offsetof(struct fuse_access_in, mask),
				s->key.name, sizeof(__u32));
}

static __always_inline const struct answer *find(struct scratch *s)
{
	return bpf_map_lookup_elem(&answers, &s->key);
}

static __always_inline void fill(struct bpf_fuse_ctx *ctx, struct scratch *s)
{
	bpf_fuse_cache_fill(ctx, &answers, &s->key, &s->answer, GRANTED);
}

/* What the daemon gives no timeout for */
static __always_inline void fill_untimed(struct bpf_fuse_ctx *ctx,
					 struct scratch *s, __s32 error)
{
	s->answer.expires = 0;
	s->answer.error = error;
	fill(ctx, s);
}

/* ------------------------------------------------------------ timeouts --- */

static __always_inline __u64 expiry(__u64 sec, __u32 nsec)
{
	if (!sec && !nsec)
		return 0;
	if (sec > LONGEST)
		sec = LONGEST;

	return bpf_ktime_get_ns() + sec * NSEC_PER_SEC + nsec;
}

/* What is left of a timeout, in nanoseconds */
static __always_inline __u64 left(__u64 expires)
{
	__u64 now;

	if (!expires)
		return 0;

	now = bpf_ktime_get_ns();
	return expires > now ? expires - now : 0;
}

/* --------------------------------------------------------------- names --- */

static __always_inline int serve_entry(struct bpf_fuse_ctx *ctx,
				       const struct answer *answer)
{
	__u64 nsec = left(answer->expires);
	struct entry_timeout head = {
		.nodeid = answer->nodeid,
		.generation = answer->generation,
		.entry_sec = nsec / NSEC_PER_SEC,
		.entry_nsec = nsec % NSEC_PER_SEC,
	};

	if (bpf_fuse_store_out(ctx, 0, &head, sizeof(head)) ||
	    bpf_fuse_store_out(ctx, sizeof(head), &answer->attr,
			       sizeof(answer->attr)))
		return fuselet_next(ctx);

	return FUSE_BPF_REPLY;
}

SEC("fuse/request/LOOKUP")
int lookup(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_LOOKUP);
	const struct answer *answer;

	if (!s || add_name(ctx, s, 0))
		return fuselet_next(ctx);

	answer = find(s);
	return answer ? serve_entry(ctx, answer) : fuselet_next(ctx);
}

/* The attributes that came with a name answer for the node, too. */
static __always_inline void keep_attr(struct bpf_fuse_ctx *ctx,
				      struct scratch *s,
				      const struct entry_timeout *head)
{
	if (!(fuselet.flags & KIND_GETATTR) || !head->nodeid)
		return;

	s->key.nodeid = head->nodeid;
	s->key.kind = FUSE_GETATTR;
	s->key.name_len = 0;
	s->answer.expires = expiry(head->attr_sec, head->attr_nsec);
	fill(ctx, s);
}

static __always_inline void keep_entry(struct bpf_fuse_ctx *ctx,
				       struct scratch *s)
{
	struct entry_timeout head;

	if (bpf_fuse_load_out(ctx, 0, &head, sizeof(head)) ||
	    bpf_fuse_load_out(ctx, sizeof(head), &s->answer.attr,
			      sizeof(s->answer.attr)))
		return;

	s->answer.error = 0;
	s->answer.nodeid = head.nodeid;
	s->answer.generation = head.generation;
	if (fuselet.flags & KIND_LOOKUP) {
		s->answer.expires = expiry(head.entry_sec, head.entry_nsec);
		fill(ctx, s);
	}
	keep_attr(ctx, s, &head);
}

/*
 * Node 0 says that there is no such name. So does an error, but that is served
 * even to who demands fresh state.
 */
static __always_inline void keep_missing(struct bpf_fuse_ctx *ctx,
					 struct scratch *s)
{
	__builtin_memset(&s->answer.attr, 0, sizeof(s->answer.attr));
	s->answer.nodeid = 0;
	s->answer.generation = 0;
	fill_untimed(ctx, s, 0);
}

/* Also for each entry of a READDIRPLUS */
SEC("fuse/reply/LOOKUP")
int keep_lookup(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_LOOKUP | KIND_GETATTR);

	if (!s || add_name(ctx, s, 0))
		return fuselet_next(ctx);

	if (!ctx->error)
		keep_entry(ctx, s);
	else if (ctx->error == -ENOENT && fuselet.flags & KIND_LOOKUP)
		keep_missing(ctx, s);

	return fuselet_next(ctx);
}

/* ---------------------------------------------------------- attributes --- */

SEC("fuse/request/GETATTR")
int getattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_GETATTR);
	const struct answer *answer = s ? find(s) : NULL;
	struct attr_timeout head = {};
	__u64 nsec;

	if (!answer)
		return fuselet_next(ctx);

	nsec = left(answer->expires);
	head.sec = nsec / NSEC_PER_SEC;
	head.nsec = nsec % NSEC_PER_SEC;
	if (bpf_fuse_store_out(ctx, 0, &head, sizeof(head)) ||
	    bpf_fuse_store_out(ctx, sizeof(head), &answer->attr,
			       sizeof(answer->attr)))
		return fuselet_next(ctx);

	return FUSE_BPF_REPLY;
}

SEC("fuse/reply/GETATTR")
int keep_getattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_GETATTR);
	struct attr_timeout head;

	if (!s || ctx->error ||
	    bpf_fuse_load_out(ctx, 0, &head, sizeof(head)) ||
	    bpf_fuse_load_out(ctx, sizeof(head), &s->answer.attr,
			      sizeof(s->answer.attr)))
		return fuselet_next(ctx);

	s->answer.expires = expiry(head.sec, head.nsec);
	s->answer.error = 0;
	fill(ctx, s);
	return fuselet_next(ctx);
}

SEC("fuse/request/STATFS")
int statfs(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_STATFS);
	const struct answer *answer = s ? find(s) : NULL;

	if (!answer || bpf_fuse_store_out(ctx, 0, &answer->statfs,
					  sizeof(answer->statfs)))
		return fuselet_next(ctx);

	return FUSE_BPF_REPLY;
}

SEC("fuse/reply/STATFS")
int keep_statfs(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_STATFS);

	if (s && !ctx->error &&
	    !bpf_fuse_load_out(ctx, 0, &s->answer.statfs,
			       sizeof(s->answer.statfs)))
		fill_untimed(ctx, s, 0);

	return fuselet_next(ctx);
}

/* The mask is the name; whose answer it is, the kernel sees to. */
SEC("fuse/request/ACCESS")
int access(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_ACCESS);
	const struct answer *answer;

	if (!s || add_mask(ctx, s))
		return fuselet_next(ctx);

	answer = find(s);
	if (!answer)
		return fuselet_next(ctx);

	return answer->error ? answer->error : FUSE_BPF_REPLY;
}

SEC("fuse/reply/ACCESS")
int keep_access(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_ACCESS);

	if (s && (!ctx->error || ctx->error == -EACCES) && !add_mask(ctx, s))
		fill_untimed(ctx, s, ctx->error);

	return fuselet_next(ctx);
}

/* --------------------------------------------------------------- texts --- */

/*
 * The verifier has to see the bounds of a length that is used: it is tested as
 * it is, not as the compiler would have it.
 */
static __always_inline bool within(__u32 *len, __u32 limit)
{
	barrier_var(*len);
	if (*len == 0)
		return false;
	barrier_var(*len);
	return *len <= limit;
}

/* Serve @len bytes, of @limit that there can be, to a caller with @room. */
static __always_inline int serve_bytes(struct bpf_fuse_ctx *ctx,
				       const __u8 *from, __u32 len,
				       __u32 limit, __u32 room)
{
	if (len > room)
		return -ERANGE;
	if (len && (!within(&len, limit) ||
		    bpf_fuse_store_out(ctx, 0, from, len)))
		return fuselet_next(ctx);
	if (bpf_fuse_set_out_len(ctx, len))
		return fuselet_next(ctx);

	return FUSE_BPF_REPLY;
}

static __always_inline int serve_text(struct bpf_fuse_ctx *ctx,
				      struct scratch *s,
				      const struct answer *answer, __u32 room)
{
	const struct text *text;

	if (answer->held)
		return serve_bytes(ctx, answer->text, answer->len, SHORT_TEXT,
				   room);

	text = bpf_map_lookup_elem(&texts, &s->key);
	if (!text)
		return fuselet_next(ctx);

	return serve_bytes(ctx, text->text, text->len, LONG_TEXT, room);
}

static __always_inline void keep_long(struct bpf_fuse_ctx *ctx,
				      struct scratch *s, __u32 len)
{
	if (!within(&len, LONG_TEXT) ||
	    bpf_fuse_load_out(ctx, 0, s->text.text, len))
		return;

	s->text.len = len;
	bpf_fuse_cache_fill(ctx, &texts, &s->key, &s->text, GRANTED);
}

/* Keep the reply, which is text; of one that is too long, keep the length. */
static __always_inline void keep_text(struct bpf_fuse_ctx *ctx,
				      struct scratch *s)
{
	__u32 len = ctx->out_len;

	s->answer.len = len;
	s->answer.held = len <= SHORT_TEXT;
	if (len > SHORT_TEXT)
		keep_long(ctx, s, len);
	else if (len && (!within(&len, SHORT_TEXT) ||
			 bpf_fuse_load_out(ctx, 0, s->answer.text, len)))
		return;

	fill_untimed(ctx, s, 0);
}

SEC("fuse/request/READLINK")
int readlink(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_READLINK);
	const struct answer *answer = s ? find(s) : NULL;

	if (!answer)
		return fuselet_next(ctx);

	return serve_text(ctx, s, answer, ctx->out_len);
}

SEC("fuse/reply/READLINK")
int keep_readlink(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_READLINK);

	if (s && !ctx->error && ctx->out_len <= LONG_TEXT)
		keep_text(ctx, s);

	return fuselet_next(ctx);
}

/* ------------------------------------------------- extended attributes --- */

/* The size that the caller has room for; 0 asks for the length alone. */
static __always_inline int load_size(struct bpf_fuse_ctx *ctx, __u32 *size)
{
	return bpf_fuse_load_in(ctx, offsetof(struct fuse_getxattr_in, size),
				size, sizeof(*size));
}

/* A text or its length answers a probe; a length, who has too little room. */
static __always_inline int serve_xattr(struct bpf_fuse_ctx *ctx,
				       struct scratch *s)
{
	const struct answer *answer = find(s);
	struct fuse_getxattr_out probe = {};
	__u32 size;

	if (!answer || load_size(ctx, &size))
		return fuselet_next(ctx);
	if (answer->error)
		return answer->error;
	if (size)
		return answer->len > size ? -ERANGE :
					    serve_text(ctx, s, answer, size);

	probe.size = answer->len;
	if (bpf_fuse_store_out(ctx, 0, &probe, sizeof(probe)))
		return fuselet_next(ctx);

	return FUSE_BPF_REPLY;
}

static __always_inline void keep_probe(struct bpf_fuse_ctx *ctx,
				       struct scratch *s)
{
	struct fuse_getxattr_out probe;

	if (bpf_fuse_load_out(ctx, 0, &probe, sizeof(probe)))
		return;

	s->answer.len = probe.size;
	s->answer.held = 0;
	fill_untimed(ctx, s, 0);
}

static __always_inline int keep_xattr(struct bpf_fuse_ctx *ctx,
				      struct scratch *s)
{
	__u32 size;

	if (ctx->error == -ENODATA || ctx->error == -EOPNOTSUPP)
		fill_untimed(ctx, s, ctx->error);
	else if (ctx->error || load_size(ctx, &size))
		return fuselet_next(ctx);
	else if (size)
		keep_text(ctx, s);
	else
		keep_probe(ctx, s);

	return fuselet_next(ctx);
}

SEC("fuse/request/GETXATTR")
int getxattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_GETXATTR);

	if (!s || add_name(ctx, s, sizeof(struct fuse_getxattr_in)))
		return fuselet_next(ctx);

	return serve_xattr(ctx, s);
}

SEC("fuse/reply/GETXATTR")
int keep_getxattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_GETXATTR);

	if (!s || add_name(ctx, s, sizeof(struct fuse_getxattr_in)))
		return fuselet_next(ctx);

	return keep_xattr(ctx, s);
}

SEC("fuse/request/LISTXATTR")
int listxattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_LISTXATTR);

	return s ? serve_xattr(ctx, s) : fuselet_next(ctx);
}

SEC("fuse/reply/LISTXATTR")
int keep_listxattr(struct bpf_fuse_ctx *ctx)
{
	struct scratch *s = begin(ctx, KIND_LISTXATTR);

	return s ? keep_xattr(ctx, s) : fuselet_next(ctx);
}

char LICENSE[] SEC("license") = "GPL";
