// SPDX-License-Identifier: Apache-2.0
/* How calls read in a report. */
#include "twin.h"
#include "kinds.h"

#include <stdio.h>

/* Calls on open files */
static void print_file(const struct op *op, const char *name, char *to,
		       size_t size)
{
	switch (op->kind) {
	case KIND_pread:
	case KIND_pwrite:
	case KIND_fallocate:
		snprintf(to, size, "%s(#%u, %zu bytes at %lld)", name, op->slot,
			 op_length(op), (long long)op_offset(op));
		break;
	case KIND_read:
	case KIND_write:
		snprintf(to, size, "%s(#%u, %zu bytes)", name, op->slot,
			 op_length(op));
		break;
	case KIND_copy:
		snprintf(to, size, "copy_file_range(#%u at %u, #%u at %u, %zu bytes)",
			 op->slot, op->a % 20000, op->slot2, op->b % 20000,
			 op_length(op));
		break;
	case KIND_mmap:
		snprintf(to, size, "mmap(#%u, %s, page %u)%s", op->slot,
			 op->c & 2 ? "private" : "shared", op->a % 4,
			 op->b & 1 ? ", store a byte, msync" : "");
		break;
	case KIND_lseek:
	case KIND_ftruncate:
		snprintf(to, size, "%s(#%u, %u)", name, op->slot, op->a % 30000);
		break;
	case KIND_fchmod:
		snprintf(to, size, "%s(#%u, %s)", name, op->slot,
			 choose(modes, op->b)->name);
		break;
	case KIND_fchown:
		snprintf(to, size, "%s(#%u, %s, %s)", name, op->slot,
			 choose(users, op->b)->name, choose(users, op->c)->name);
		break;
	case KIND_flock:
		snprintf(to, size, "%s(#%u, %s)", name, op->slot,
			 op->a % 3 == 0 ? "shared" :
			 op->a % 3 == 1 ? "exclusive" : "unlock");
		break;
	case KIND_posixlock:
	case KIND_ofdlock:
		snprintf(to, size, "%s(#%u, %s, %u bytes at %u)", name, op->slot,
			 op->a % 3 == 0 ? "read" :
			 op->a % 3 == 1 ? "write" : "unlock",
			 op->c % 100, op->b % 100);
		break;
	case KIND_readv:
	case KIND_writev:
		snprintf(to, size, "%s(#%u, %u + %u + %u bytes at %d)", name,
			 op->slot, op->b % 1500, (op->b >> 1) % 1500,
			 (op->b >> 2) % 1500,
			 op->b & 1 ? -1 : (int)(op->a % 20000));
		break;
	case KIND_splice:
		snprintf(to, size, "splice(%s #%u, %u bytes at %u)",
			 op->c & 1 ? "to" : "from", op->slot,
			 1 + op->b % 4500, op->a % 20000);
		break;
	case KIND_dup:
		snprintf(to, size, "#%u = dup(#%u)", op->slot2, op->slot);
		break;
	default:
		snprintf(to, size, "%s(#%u)", name, op->slot);
	}
}

static void print_chown(const struct op *op, const char *path, char *to,
			size_t size)
{
	const char *user = op->a & 4 ? "-" : choose(users, op->b)->name;
	const char *group = op->a & 8 ? "-" : op->a & 16 ? "shared" :
			    choose(users, op->c)->name;

	snprintf(to, size, "%s(\"%s\", %s, %s)", op->a & 1 ? "lchown" : "chown",
		 path, user, group);
}

static void print_xattr(const struct op *op, const char *name, const char *path,
			char *to, size_t size)
{
	static const char *const how[] = { "any", "create", "replace" };

	if (op->kind == KIND_setxattr)
		snprintf(to, size, "%s(\"%s\", %u bytes, %s)", name, path,
			 op->b % 200, how[op->c % 3]);
	else
		snprintf(to, size, "%s(\"%s\", room for %u)", name, path,
			 op->c % 2 ? 200 : op->b % 50);
}

/* Calls on names */
static void print_path(const struct op *op, const char *name, char *to,
		       size_t size)
{
	const char *path = op_path(op->path), *path2 = op_path(op->path2);

	switch (op->kind) {
	case KIND_open:
		snprintf(to, size, "#%u = %s(\"%s\", mode %s)", op->slot, name,
			 path, choose(modes, op->b)->name);
		break;
	case KIND_rename:
	case KIND_link:
		snprintf(to, size, "%s(\"%s\", \"%s\"%s)", name, path, path2,
			 op->kind == KIND_link && op->a & 1 ? ", follow" : "");
		break;
	case KIND_linkfd:
		snprintf(to, size, "link(file of #%u, \"%s\")", op->slot, path);
		break;
	case KIND_symlink:
		snprintf(to, size, "symlink(\"%s\", \"%s\")",
			 choose(link_texts, op->a)->name, path);
		break;
	case KIND_truncate:
		snprintf(to, size, "%s(\"%s\", %u)", name, path, op->a % 30000);
		break;
	case KIND_mkdir:
	case KIND_mknod:
	case KIND_chmod:
		snprintf(to, size, "%s(\"%s\", %s)", name, path,
			 choose(modes, op->b)->name);
		break;
	case KIND_chown:
		print_chown(op, path, to, size);
		break;
	case KIND_setacl:
		snprintf(to, size, "%s(\"%s\", %s, %s, others %o)", name, path,
			 op->b & 1 ? "default" : "access",
			 choose(acls, op->a)->name, op->c % 8);
		break;
	case KIND_setxattr:
	case KIND_getxattr:
		print_xattr(op, name, path, to, size);
		break;
	case KIND_stat:
	case KIND_utimens:
		snprintf(to, size, "%s(\"%s\"%s)", name, path,
			 (op->kind == KIND_stat ? op->a : op->b) & 1 ?
			 ", nofollow" : "");
		break;
	case KIND_access:
		snprintf(to, size, "%s(\"%s\", %u)", name, path, op->a % 8);
		break;
	case KIND_user:
		snprintf(to, size, "become %s", choose(users, op->a)->name);
		break;
	case KIND_umask:
		snprintf(to, size, "umask(%03o)", op->a & 077);
		break;
	case KIND_statfs:
		snprintf(to, size, "statfs()");
		break;
	default:
		snprintf(to, size, "%s(\"%s\")", name, path);
	}
}

static bool on_file(uint8_t kind)
{
	switch (kind) {
	case KIND_close: case KIND_pread: case KIND_pwrite: case KIND_read:
	case KIND_write: case KIND_lseek: case KIND_fallocate: case KIND_copy:
	case KIND_ftruncate: case KIND_mmap: case KIND_fsync: case KIND_fchmod:
	case KIND_fchown: case KIND_fstat: case KIND_flock:
	case KIND_posixlock: case KIND_ofdlock: case KIND_setfl: case KIND_dup:
	case KIND_readv: case KIND_writev: case KIND_splice:
	case KIND_fsetxattr: case KIND_fgetxattr: case KIND_getfl:
	case KIND_getlk: case KIND_moves:
		return true;
	}
	return false;
}

void op_print(const struct op *op, char *to, size_t size)
{
	char name[64];

	op_variant(op, name, sizeof(name));
	if (on_file(op->kind))
		print_file(op, name, to, size);
	else
		print_path(op, name, to, size);
}
