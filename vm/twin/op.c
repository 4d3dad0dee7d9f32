// SPDX-License-Identifier: Apache-2.0
/* What calls there are. */
#include "twin.h"
#include "kinds.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define END	{ NULL, 0 }

const struct choice open_flags[] = {
	{ "rdonly", O_RDONLY }, { "rdwr", O_RDWR }, { "wronly", O_WRONLY },
	{ "creat", O_RDWR | O_CREAT }, { "creat-excl", O_RDWR | O_CREAT | O_EXCL },
	{ "creat-trunc", O_RDWR | O_CREAT | O_TRUNC }, { "trunc", O_WRONLY | O_TRUNC },
	{ "append", O_RDWR | O_CREAT | O_APPEND }, { "sync", O_RDWR | O_CREAT | O_SYNC },
	{ "directory", O_RDONLY | O_DIRECTORY }, { "nofollow", O_RDONLY | O_NOFOLLOW },
	{ "direct", O_RDWR | O_DIRECT }, { "tmpfile", O_RDWR | O_TMPFILE },
	{ "path", O_PATH }, END
};
const struct choice modes[] = {
	{ "644", 0644 }, { "755", 0755 }, { "600", 0600 }, { "777", 0777 },
	{ "4755", 04755 }, { "2775", 02775 }, { "1777", 01777 }, { "2644", 02644 },
	{ "6777", 06777 }, { "0", 0 }, { "444", 0444 }, { "2777", 02777 }, END
};
const struct choice fallocate_modes[] = {
	{ "extend", 0 }, { "keep-size", FALLOC_FL_KEEP_SIZE },
	{ "punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE },
	{ "zero", FALLOC_FL_ZERO_RANGE },
	{ "zero-keep", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE },
	{ "collapse", FALLOC_FL_COLLAPSE_RANGE },
	{ "insert", FALLOC_FL_INSERT_RANGE }, END
};
/* RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT of linux/fs.h */
const struct choice rename_flags[] = {
	{ "plain", 0 }, { "plain", 0 }, { "plain", 0 }, { "noreplace", 1 },
	{ "exchange", 2 }, { "whiteout", 4 }, { "both", 3 }, END
};
const struct choice whences[] = {
	{ "set", SEEK_SET }, { "cur", SEEK_CUR }, { "end", SEEK_END },
	{ "data", SEEK_DATA }, { "hole", SEEK_HOLE }, END
};
const struct choice file_types[] = {
	{ "file", S_IFREG }, { "fifo", S_IFIFO }, { "socket", S_IFSOCK },
	{ "device", S_IFCHR }, END
};
const struct choice users[] = {
	{ "root", 0 }, { "root", 0 }, { "alice", 1001 }, { "bob", 1002 }, END
};
const struct choice setfl_flags[] = {
	{ "none", 0 }, { "append", O_APPEND }, { "nonblock", O_NONBLOCK },
	{ "direct", O_DIRECT }, END
};
/* What others may, with an entry for alice: see run.c */
const struct choice acls[] = {
	{ "alice-rwx", 7 }, { "alice-r", 4 }, { "alice-none", 0 }, END
};
const struct choice times[] = {
	{ "now", 0 }, { "omit-atime", 1 }, { "past", 2 }, { "future", 3 },
	{ "before-1970", 4 }, END
};
const struct choice link_texts[] = {
	{ "a", 0 }, { "../a", 0 }, { "nowhere", 0 }, { "d/e", 0 }, { ".", 0 }, END
};
const struct choice xattr_names[] = {
	{ "user.one", 0 }, { "user.two", 0 }, { "trusted.t", 0 },
	{ "security.s", 0 }, { "unknown.u", 0 }, END
};
const struct choice movers[] = {
	{ "read", MOVE_READ }, { "write", MOVE_WRITE },
	{ "same-size", MOVE_SAME_SIZE }, { "size", MOVE_SIZE },
	{ "chmod", MOVE_CHMOD }, { "xattr", MOVE_XATTR },
	{ "allocate", MOVE_ALLOCATE }, { "map", MOVE_MAP }, END
};

static const char *const paths[TWIN_PATHS] = {
	"a", "b", "c", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/b", "f", "f/a",
	"f/b", "f/g", ".",
};

static const struct {
	const char *name;
	unsigned int weight;
} kinds[KINDS] = {
#define X(name, weight) { #name, weight },
	TWIN_KINDS(X)
#undef X
};

const struct choice *choose(const struct choice *table, uint32_t n)
{
	uint32_t length = 0;

	while (table[length].name)
		length++;
	return &table[n % length];
}

const char *op_path(uint8_t path)
{
	return paths[path % TWIN_PATHS];
}

static uint8_t kind_random(struct rng *rng)
{
	unsigned int sum = 0, n;
	uint8_t kind;

	for (kind = 0; kind < KINDS; kind++)
		sum += kinds[kind].weight;
	n = rng_below(rng, sum);
	for (kind = 0; n >= kinds[kind].weight; kind++)
		n -= kinds[kind].weight;
	return kind;
}

/* Without a way into the tree, all that follows would be EACCES. */
static bool may_shut_out(uint8_t kind)
{
	return kind == KIND_chmod || kind == KIND_chown || kind == KIND_setacl;
}

struct op op_random(struct rng *rng)
{
	struct op op = { .kind = kind_random(rng) };

	/* The last path is the root of the tree. */
	op.path = rng_below(rng, TWIN_PATHS - may_shut_out(op.kind));
	op.path2 = rng_below(rng, TWIN_PATHS);
	op.slot = rng_below(rng, TWIN_SLOTS);
	op.slot2 = rng_below(rng, TWIN_SLOTS);
	op.a = rng_below(rng, 1 << 16);
	op.b = rng_below(rng, 1 << 16);
	op.c = rng_below(rng, 1 << 16);
	return op;
}

static const struct choice chown_nothing = { "nothing", 0 };

static const struct choice *variant(const struct op *op)
{
	switch (op->kind) {
	case KIND_open:
		return choose(open_flags, op->a);
	case KIND_fallocate:
		return choose(fallocate_modes, op->c);
	case KIND_rename:
		return choose(rename_flags, op->a);
	case KIND_lseek:
		return choose(whences, op->b);
	case KIND_mknod:
		return choose(file_types, op->b);
	case KIND_setfl:
		return choose(setfl_flags, op->a);
	case KIND_utimens:
		return choose(times, op->a);
	case KIND_moves:
		return choose(movers, op->a);
	case KIND_chown:
		return (op->a & 12) == 12 ? &chown_nothing : NULL;
	case KIND_setxattr:
	case KIND_getxattr:
	case KIND_fsetxattr:
	case KIND_fgetxattr:
	case KIND_removexattr:
		return choose(xattr_names, op->a);
	}
	return NULL;
}

void op_variant(const struct op *op, char *to, size_t size)
{
	const struct choice *choice = variant(op);

	snprintf(to, size, "%s%s%s", kinds[op->kind].name, choice ? ":" : "",
		 choice ? choice->name : "");
}

/* Aligned now and then, for the sake of O_DIRECT */
off_t op_offset(const struct op *op)
{
	return op->c & 1 ? op->a % 6 * TWIN_PAGE : op->a % 20000;
}

size_t op_length(const struct op *op)
{
	return op->c & 1 ? (1 + op->b % 3) * TWIN_PAGE : 1 + op->b % 9000;
}
