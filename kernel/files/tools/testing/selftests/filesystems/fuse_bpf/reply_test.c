// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that a program answers or fails by itself: what of it is taken (K1,
 * K2, K4), and what a program never sees (K6).
 */
#include "env.h"
#include "insn.h"
#include "../../kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_LOWER	ENV_LOWER "/file"
#define FILE_MNT	ENV_MNT "/file"

FIXTURE(reply) {
	struct env env;
};

FIXTURE_SETUP(reply)
{
	const char *why = bpf_why_not();
	struct prog p;

	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, env_start(&self->env, &daemon_default));
	ASSERT_EQ(0, write_file(FILE_LOWER, "lower"));
	ASSERT_EQ(0, setxattr(FILE_LOWER, "user.a", "daemon", 6, 0));
	ASSERT_EQ(0, env_maps(&self->env));
	prog_begin(&p);
	ASSERT_EQ(0, env_attach_prog(&self->env, prog_load(&p)));
}

FIXTURE_TEARDOWN(reply)
{
	daemon_kill(&self->env.daemon);
}

/* Answer @opcode in the request stage by @p, from now on. */
static int use(struct env *env, struct prog *p)
{
	int prog = prog_load(p);
	int err;

	if (prog < 0)
		return prog;
	err = bpf_link_update(env->link, prog);
	close(prog);
	daemon_forget_seen(&env->daemon);
	return err;
}

/* Reply to @opcode with @len bytes of @data, or pass if they do not fit. */
static int use_reply(struct env *env, uint32_t opcode, const void *data,
		     uint32_t len)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, opcode, FUSE_BPF_REQUEST);
	if (len) {
		prog_store(&p, 0, data, len);
		EMIT(&p, JUMP_IMM(BPF_JEQ, R0, 0, 2), MOV_IMM(R0, 0), EXIT());
	}
	prog_return(&p, FUSE_BPF_REPLY);
	prog_rule_end(&p);
	return use(env, &p);
}

static int use_error(struct env *env, uint32_t opcode, int32_t error)
{
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, opcode, FUSE_BPF_REQUEST);
	prog_return(&p, error);
	prog_rule_end(&p);
	return use(env, &p);
}

static struct counters counters(struct env *env, uint32_t opcode)
{
	struct counters c;

	env_counters(env, opcode, &c);
	return c;
}

#define COUNT(FIELD, OPCODE)	(counters(&self->env, OPCODE).FIELD)

/* -------------------------------------------------------- sizes (K1) --- */

static const struct fuse_statfs_out statfs_out = {
	.st = { .blocks = 4711, .bsize = 512, .namelen = 99, .frsize = 512 },
};

TEST_F(reply, whole)
{
	struct statfs st;

	ASSERT_EQ(0, use_reply(&self->env, FUSE_STATFS, &statfs_out,
			       sizeof(statfs_out)));
	ASSERT_EQ(0, statfs(ENV_MNT, &st));
	EXPECT_EQ(4711, st.f_blocks);
	EXPECT_EQ(99, st.f_namelen);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_STATFS));
	EXPECT_EQ(1, COUNT(reply, FUSE_STATFS));
	EXPECT_EQ(0, COUNT(pass, FUSE_STATFS));
}

/* A fixed reply that is short by a byte, or empty, is refused. */
TEST_F(reply, short_of_a_byte)
{
	struct statfs st;

	ASSERT_EQ(0, use_reply(&self->env, FUSE_STATFS, &statfs_out,
			       sizeof(statfs_out) - 1));
	ASSERT_EQ(0, statfs(ENV_MNT, &st));
	EXPECT_NE(4711, st.f_blocks);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_STATFS));
	EXPECT_EQ(1, COUNT(refused, FUSE_STATFS));
	EXPECT_EQ(0, COUNT(reply, FUSE_STATFS));

	ASSERT_EQ(0, use_reply(&self->env, FUSE_STATFS, NULL, 0));
	ASSERT_EQ(0, statfs(ENV_MNT, &st));
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_STATFS));
	EXPECT_EQ(2, COUNT(refused, FUSE_STATFS));
}

/* A fixed reply cannot be cut either. */
TEST_F(reply, cut)
{
	struct statfs st;
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REQUEST);
	prog_store(&p, 0, &statfs_out, sizeof(statfs_out));
	EMIT(&p, MOV_REG(R1, R6), MOV_IMM(R2, 8), CALL(fuse_set_out_len));
	prog_return(&p, FUSE_BPF_REPLY);
	prog_rule_end(&p);
	ASSERT_EQ(0, use(&self->env, &p));
	ASSERT_EQ(0, statfs(ENV_MNT, &st));
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_STATFS));
	EXPECT_EQ(1, COUNT(refused, FUSE_STATFS));
}

/* A variable one is as long as what was stored ... */
TEST_F(reply, xattr_value)
{
	char value[16];

	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETXATTR, "program", 7));
	EXPECT_EQ(7, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	EXPECT_EQ(0, memcmp(value, "program", 7));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_GETXATTR));

	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETXATTR, NULL, 0));
	EXPECT_EQ(0, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_GETXATTR));
}

/* ... or as long as was set, down to nothing ... */
TEST_F(reply, xattr_value_cut)
{
	char value[16];
	struct prog p;
	int len;

	for (len = 0; len < 3; len++) {
		prog_begin(&p);
		prog_rule(&p, FUSE_GETXATTR, FUSE_BPF_REQUEST);
		prog_store(&p, 0, "abc", 3);
		EMIT(&p, MOV_REG(R1, R6), MOV_IMM(R2, len),
		     CALL(fuse_set_out_len));
		prog_return(&p, FUSE_BPF_REPLY);
		prog_rule_end(&p);
		ASSERT_EQ(0, use(&self->env, &p));
		EXPECT_EQ(len, getxattr(FILE_MNT, "user.a", value,
					sizeof(value)));
	}
}

/* ... and never longer than the caller's buffer. */
TEST_F(reply, xattr_value_too_long)
{
	char value[8];

	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETXATTR, "longer", 6));
	EXPECT_EQ(-1, getxattr(FILE_MNT, "user.a", value, 4));
	EXPECT_EQ(ERANGE, errno);
	EXPECT_LE(1, daemon_seen(&self->env.daemon, FUSE_GETXATTR));
}

/* A probe wants a struct with the size. */
TEST_F(reply, xattr_size)
{
	struct fuse_getxattr_out out = { .size = 321 };

	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETXATTR, &out, sizeof(out)));
	EXPECT_EQ(321, getxattr(FILE_MNT, "user.a", NULL, 0));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_GETXATTR));

	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETXATTR, &out, 4));
	EXPECT_EQ(6, getxattr(FILE_MNT, "user.a", NULL, 0));
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_GETXATTR));
}

TEST_F(reply, listxattr)
{
	char list[32];

	ASSERT_EQ(0, use_reply(&self->env, FUSE_LISTXATTR, "user.z", 7));
	EXPECT_EQ(7, listxattr(FILE_MNT, list, sizeof(list)));
	EXPECT_EQ(0, memcmp(list, "user.z", 7));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_LISTXATTR));
}

/* Only some opcodes can be answered by a program. */
TEST_F(reply, not_answerable)
{
	static const uint8_t zeros[256];
	int fd;

	ASSERT_EQ(0, use_reply(&self->env, FUSE_OPEN, zeros,
			       sizeof(struct fuse_open_out)));
	fd = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(1, COUNT(refused, FUSE_OPEN));
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));

	/* without an out argument an empty reply would be complete */
	ASSERT_EQ(0, use_reply(&self->env, FUSE_UNLINK, NULL, 0));
	EXPECT_EQ(0, unlink(FILE_MNT));
	EXPECT_EQ(-1, access(FILE_LOWER, F_OK));
	EXPECT_EQ(1, COUNT(refused, FUSE_UNLINK));
}

/* ------------------------------------------------------- errors (K2) --- */

TEST_F(reply, errors)
{
	static const int32_t errors[] = { EPERM, EACCES, ENOENT, 511 };
	struct statfs st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		ASSERT_EQ(0, use_error(&self->env, FUSE_STATFS, -errors[i]));
		EXPECT_EQ(-1, statfs(ENV_MNT, &st));
		EXPECT_EQ(errors[i], errno);
		EXPECT_EQ(i + 1, COUNT(error, FUSE_STATFS));
		EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_STATFS));
	}
}

/* What user space must never see passes instead. */
TEST_F(reply, kernel_errors)
{
	static const int32_t errors[] = { -512, -513, -516, -518, -4095 };
	struct statfs st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		ASSERT_EQ(0, use_error(&self->env, FUSE_STATFS, errors[i]));
		EXPECT_EQ(0, statfs(ENV_MNT, &st));
		EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_STATFS));
		EXPECT_EQ(i + 1, COUNT(refused, FUSE_STATFS));
	}
}

/* ENOSYS becomes EOPNOTSUPP, and switches nothing off for good. */
TEST_F(reply, enosys)
{
	char value[16];
	int fd;

	ASSERT_EQ(0, use_error(&self->env, FUSE_GETXATTR, -ENOSYS));
	EXPECT_EQ(-1, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	ASSERT_EQ(0, use_error(&self->env, FUSE_OPEN, -ENOSYS));
	EXPECT_EQ(-1, open(FILE_MNT, O_RDONLY));
	EXPECT_EQ(EOPNOTSUPP, errno);
	ASSERT_EQ(0, use_error(&self->env, FUSE_OPENDIR, -ENOSYS));
	EXPECT_EQ(-1, open(ENV_MNT, O_RDONLY | O_DIRECTORY));
	EXPECT_EQ(EOPNOTSUPP, errno);

	ASSERT_EQ(0, use_error(&self->env, FUSE_STATFS, -EIO));
	EXPECT_EQ(6, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	fd = open(FILE_MNT, O_RDONLY);
	EXPECT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPEN));
	fd = open(ENV_MNT, O_RDONLY | O_DIRECTORY);
	EXPECT_LE(0, fd);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_OPENDIR));
}

/* An error does what the daemon's would, in names and files alike. */
TEST_F(reply, errors_of_names)
{
	int fd;

	ASSERT_EQ(0, use_error(&self->env, FUSE_UNLINK, -EACCES));
	EXPECT_EQ(-1, unlink(FILE_MNT));
	EXPECT_EQ(EACCES, errno);
	ASSERT_EQ(0, use_error(&self->env, FUSE_CREATE, -EROFS));
	fd = open(ENV_MNT "/new", O_CREAT | O_RDWR, 0600);
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(EROFS, errno);
	ASSERT_EQ(0, use_error(&self->env, FUSE_LOOKUP, -ENOENT));
	EXPECT_EQ(-1, access(ENV_MNT "/other", F_OK));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_UNLINK));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_CREATE));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_LOOKUP));
	EXPECT_EQ(0, access(FILE_LOWER, F_OK));
}

/* --------------------------------------------------- attributes (K4) --- */

static struct fuse_attr_out attr_out(const char *lower, uint64_t size)
{
	struct fuse_attr_out out = { .attr_valid = 0 };
	struct stat st;

	stat(lower, &st);
	out.attr.ino = st.st_ino;
	out.attr.mode = st.st_mode;
	out.attr.nlink = st.st_nlink;
	out.attr.size = size;
	return out;
}

/* Only the file's: path lookup asks for the root's attributes as well. */
static int use_file_reply(struct env *env, uint32_t opcode, const void *data,
			  uint32_t len)
{
	uint64_t node = env_nodeid(env, FILE_LOWER);
	uint32_t off, part;
	struct prog p;
	unsigned int skip;

	prog_begin(&p);
	prog_rule(&p, opcode, FUSE_BPF_REQUEST);
	EMIT(&p, LOAD(BPF_DW, R1, R6, CTX(nodeid)));
	skip = p.nr;
	EMIT(&p, JUMP_IMM(BPF_JNE, R1, (int)node, 0));
	for (off = 0; off < len; off += part) {
		part = len - off < 128 ? len - off : 128;
		prog_store(&p, off, (const char *)data + off, part);
	}
	prog_return(&p, FUSE_BPF_REPLY);
	p.insns[skip].off = p.nr - skip - 1;
	prog_rule_end(&p);
	return use(env, &p);
}

static int use_file_attr(struct env *env, uint64_t size)
{
	struct fuse_attr_out out = attr_out(FILE_LOWER, size);

	return use_file_reply(env, FUSE_GETATTR, &out, sizeof(out));
}

static int use_file_statx(struct env *env, uint64_t size)
{
	struct fuse_attr_out attr = attr_out(FILE_LOWER, size);
	struct fuse_statx_out out = {
		.stat = {
			.mask = STATX_BASIC_STATS | STATX_BTIME,
			.mode = attr.attr.mode,
			.nlink = attr.attr.nlink,
			.ino = attr.attr.ino,
			.size = size,
		},
	};

	return use_file_reply(env, FUSE_STATX, &out, sizeof(out));
}

TEST_F(reply, getattr)
{
	struct stat st;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, use_file_attr(&self->env, 1234));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(1234, st.st_size);
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_GETATTR));
	EXPECT_EQ(1, COUNT(reply, FUSE_GETATTR));
}

/* After a write the kernel knows better than an old answer of a program. */
TEST_F(reply, getattr_while_invalid)
{
	struct stat st;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, use_file_attr(&self->env, 5));
	ASSERT_EQ(7, pwrite(fd, "written", 7, 0));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(7, st.st_size);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_GETATTR));
	EXPECT_EQ(1, COUNT(refused, FUSE_GETATTR));
	EXPECT_EQ(0, COUNT(reply, FUSE_GETATTR));

	/* the daemon's answer has made them valid */
	ASSERT_EQ(0, use_file_attr(&self->env, 7));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0, daemon_seen(&self->env.daemon, FUSE_GETATTR));
	EXPECT_EQ(1, COUNT(reply, FUSE_GETATTR));
}

/* What a program remembers is not taken where fresh state is demanded. */
TEST_F(reply, getattr_demanded_fresh)
{
	struct statx stx;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, use_file_attr(&self->env, 1234));
	ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC,
			   STATX_BASIC_STATS, &stx));
	EXPECT_EQ(5, stx.stx_size);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_GETATTR));
	EXPECT_EQ(1, COUNT(refused, FUSE_GETATTR));
	EXPECT_EQ(0, COUNT(reply, FUSE_GETATTR));

	ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx));
	EXPECT_EQ(1234, stx.stx_size);
	EXPECT_EQ(1, COUNT(reply, FUSE_GETATTR));
}

/* The server does not know STATX, and is asked by GETATTR from then on. */
TEST_F(reply, statx_demanded_fresh)
{
	const unsigned int mask = STATX_BASIC_STATS | STATX_BTIME;
	struct statx stx;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, use_file_statx(&self->env, 1234));
	ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH, mask, &stx));
	EXPECT_EQ(1234, stx.stx_size);
	EXPECT_EQ(1, COUNT(reply, FUSE_STATX));

	ASSERT_EQ(0, statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, mask,
			   &stx));
	EXPECT_EQ(5, stx.stx_size);
	EXPECT_EQ(1, daemon_seen(&self->env.daemon, FUSE_STATX));
	EXPECT_EQ(1, COUNT(refused, FUSE_STATX));
	EXPECT_EQ(1, COUNT(reply, FUSE_STATX));
}

/* A reply with a type that the node does not have makes no difference. */
TEST_F(reply, invalid_reply)
{
	struct fuse_attr_out out = attr_out(ENV_LOWER, 0);
	struct stat st;
	int fd = open(FILE_MNT, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, use_reply(&self->env, FUSE_GETATTR, &out, sizeof(out)));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_TRUE(S_ISREG(st.st_mode));
	EXPECT_EQ(5, st.st_size);
}

/* -------------------------------------------------------- stages (K6) --- */

static int use_counting(struct env *env)
{
	struct prog p;

	prog_begin(&p);
	prog_count(&p, env->record);
	return use(env, &p);
}

#define SEEN(OPCODE, STAGE)						\
	record_get(self->env.record, (STAGE) * FUSE_BPF_OPCODES + (OPCODE))

/* What is hooked runs once in each stage. */
TEST_F(reply, stages)
{
	struct statfs st;
	char value[16];
	int fd;

	ASSERT_EQ(0, use_counting(&self->env));
	ASSERT_EQ(0, statfs(ENV_MNT, &st));
	ASSERT_EQ(6, getxattr(FILE_MNT, "user.a", value, sizeof(value)));
	fd = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, SEEN(FUSE_STATFS, FUSE_BPF_REQUEST));
	EXPECT_EQ(1, SEEN(FUSE_STATFS, FUSE_BPF_REPLIED));
	EXPECT_EQ(1, SEEN(FUSE_GETXATTR, FUSE_BPF_REQUEST));
	EXPECT_EQ(1, SEEN(FUSE_GETXATTR, FUSE_BPF_REPLIED));
	EXPECT_EQ(1, SEEN(FUSE_OPEN, FUSE_BPF_REQUEST));
	EXPECT_EQ(1, SEEN(FUSE_OPEN, FUSE_BPF_REPLIED));
	EXPECT_EQ(SEEN(FUSE_LOOKUP, FUSE_BPF_REQUEST),
		  SEEN(FUSE_LOOKUP, FUSE_BPF_REPLIED));
	EXPECT_EQ(SEEN(FUSE_GETATTR, FUSE_BPF_REQUEST),
		  SEEN(FUSE_GETATTR, FUSE_BPF_REPLIED));
}

/* READ and WRITE, RELEASE and FORGET are never shown. */
TEST_F(reply, never_seen)
{
	static const uint32_t never[] = {
		FUSE_FORGET, FUSE_READ, FUSE_WRITE, FUSE_RELEASE, FUSE_INIT,
		FUSE_RELEASEDIR, FUSE_INTERRUPT, FUSE_DESTROY,
		FUSE_BATCH_FORGET,
	};
	unsigned int i;
	int fd;

	ASSERT_EQ(0, use_counting(&self->env));
	fd = open(FILE_MNT, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(fd_is(fd, "lower"));
	EXPECT_EQ(1, pwrite(fd, "x", 1, 0));
	EXPECT_EQ(0, close(fd));
	fd = open(ENV_MNT, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, close(fd));
	EXPECT_EQ(0, unlink(FILE_MNT));
	EXPECT_TRUE(daemon_wait_seen(&self->env.daemon, FUSE_RELEASE, 1));
	EXPECT_TRUE(daemon_wait_seen(&self->env.daemon, FUSE_RELEASEDIR, 1));
	EXPECT_LE(1, daemon_seen(&self->env.daemon, FUSE_READ));
	EXPECT_LE(1, daemon_seen(&self->env.daemon, FUSE_WRITE));
	for (i = 0; i < ARRAY_SIZE(never); i++) {
		EXPECT_EQ(0, SEEN(never[i], FUSE_BPF_REQUEST));
		EXPECT_EQ(0, SEEN(never[i], FUSE_BPF_REPLIED));
	}
	/* the counters know them all the same */
	EXPECT_EQ(daemon_seen(&self->env.daemon, FUSE_READ),
		  COUNT(pass, FUSE_READ));
	EXPECT_EQ(1, COUNT(pass, FUSE_WRITE));
	EXPECT_EQ(1, COUNT(pass, FUSE_RELEASE));
}

/* The context is what the daemon sees; the cookie joins the stages. */
TEST_F(reply, context)
{
	struct statfs st;
	struct prog p;

	prog_begin(&p);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REQUEST);
	EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(cookie)));
	prog_record(&p, self->env.record, 0);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(pid)));
	prog_record(&p, self->env.record, 1);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(uid)));
	prog_record(&p, self->env.record, 2);
	EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(nodeid)));
	prog_record(&p, self->env.record, 3);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(in_len)));
	prog_record(&p, self->env.record, 4);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(out_len)));
	prog_record(&p, self->env.record, 5);
	prog_return(&p, FUSE_BPF_PASS);
	prog_rule_end(&p);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REPLIED);
	EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(cookie)));
	prog_record(&p, self->env.record, 6);
	prog_rule_end(&p);
	ASSERT_EQ(0, use(&self->env, &p));

	ASSERT_EQ(0, seteuid(77));
	EXPECT_EQ(0, statfs(ENV_MNT, &st));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_NE(0, record_get(self->env.record, 0));
	EXPECT_EQ(getpid(), record_get(self->env.record, 1));
	EXPECT_EQ(77, record_get(self->env.record, 2));
	EXPECT_EQ(FUSE_ROOT_ID, record_get(self->env.record, 3));
	EXPECT_EQ(0, record_get(self->env.record, 4));
	EXPECT_EQ(sizeof(struct fuse_statfs_out),
		  record_get(self->env.record, 5));
	EXPECT_EQ(record_get(self->env.record, 0),
		  record_get(self->env.record, 6));
}

/* Also where the program is asked before the request is made */
TEST_F(reply, cookies_join)
{
	static const uint32_t opcodes[] = {
		FUSE_OPEN, FUSE_GETXATTR, FUSE_LOOKUP, FUSE_OPENDIR,
	};
	struct prog p;
	unsigned int i;
	char value[8];
	int fd;

	prog_begin(&p);
	for (i = 0; i < 2 * ARRAY_SIZE(opcodes); i++) {
		prog_rule(&p, opcodes[i / 2], i % 2);
		EMIT(&p, LOAD(BPF_DW, R0, R6, CTX(cookie)));
		prog_record(&p, self->env.record, i);
		prog_rule_end(&p);
	}
	ASSERT_EQ(0, use(&self->env, &p));

	fd = open(FILE_MNT, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, open(ENV_MNT, O_RDONLY | O_DIRECTORY));
	ASSERT_EQ(6, fgetxattr(fd, "user.a", value, sizeof(value)));
	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		EXPECT_NE(0, record_get(self->env.record, 2 * i));
		EXPECT_EQ(record_get(self->env.record, 2 * i),
			  record_get(self->env.record, 2 * i + 1));
	}
	EXPECT_NE(record_get(self->env.record, 0),
		  record_get(self->env.record, 2));
}

/* The reply stage sees the daemon's error; the kernel's own is no reply. */
TEST_F(reply, error_in_reply_stage)
{
	struct statfs st;
	struct prog p;

	prog_begin(&p);
	prog_count(&p, self->env.record);
	prog_rule(&p, FUSE_STATFS, FUSE_BPF_REPLIED);
	EMIT(&p, LOAD(BPF_W, R0, R6, CTX(error)));
	prog_record(&p, self->env.record, 0);
	prog_rule_end(&p);
	ASSERT_EQ(0, use(&self->env, &p));

	self->env.daemon.shared->refuse[FUSE_STATFS] = EBUSY;
	EXPECT_EQ(-1, statfs(ENV_MNT, &st));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-EBUSY, (int32_t)record_get(self->env.record, 0));
	EXPECT_EQ(1, SEEN(FUSE_STATFS, FUSE_BPF_REPLIED));

	/* the request dies with the connection, unanswered */
	self->env.daemon.shared->die[FUSE_STATFS] = 1;
	close(self->env.daemon.dev);
	self->env.daemon.dev = -1;
	EXPECT_EQ(-1, statfs(ENV_MNT, &st));
	EXPECT_EQ(ECONNABORTED, errno);
	EXPECT_EQ(2, SEEN(FUSE_STATFS, FUSE_BPF_REQUEST));
	EXPECT_EQ(1, SEEN(FUSE_STATFS, FUSE_BPF_REPLIED));
}

TEST_HARNESS_MAIN
