// SPDX-License-Identifier: GPL-2.0
#include "bpf.h"
#include "insn.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int sys_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	long ret = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 ? -errno : ret;
}

static uint64_t ptr_to_u64(const void *ptr)
{
	return (uintptr_t)ptr;
}

const char *bpf_why_not(void)
{
	struct bpf_insn pass[] = { MOV_IMM(R0, 0), EXIT() };
	int prog;

	if (geteuid())
		return "needs root";

	prog = bpf_prog_load(BPF_PROG_TYPE_FUSE, pass, ARRAY_SIZE(pass));
	if (prog < 0)
		return "the kernel has no CONFIG_FUSE_BPF";
	close(prog);
	return NULL;
}

/* ------------------------------------------------------------ programs --- */

int bpf_prog_load_attr(union bpf_attr *attr)
{
	return sys_bpf(BPF_PROG_LOAD, attr);
}

int bpf_prog_load_log(enum bpf_prog_type type, const struct bpf_insn *insns,
		      size_t nr, char *log, size_t log_size)
{
	union bpf_attr attr = {
		.prog_type = type,
		.insns = ptr_to_u64(insns),
		.insn_cnt = nr,
		.license = ptr_to_u64("GPL"),
		.log_buf = ptr_to_u64(log),
		.log_size = log_size,
		.log_level = log ? 1 : 0,
	};

	return bpf_prog_load_attr(&attr);
}

int bpf_prog_load(enum bpf_prog_type type, const struct bpf_insn *insns,
		  size_t nr)
{
	return bpf_prog_load_log(type, insns, nr, NULL, 0);
}

int bpf_prog_test_run(int prog, union bpf_attr *attr)
{
	attr->test.prog_fd = prog;
	return sys_bpf(BPF_PROG_TEST_RUN, attr);
}

/* ---------------------------------------------------------------- maps --- */

int bpf_map_create_attr(union bpf_attr *attr)
{
	return sys_bpf(BPF_MAP_CREATE, attr);
}

int bpf_map_create(enum bpf_map_type type, uint32_t key_size,
		   uint32_t value_size, uint32_t max_entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
	};

	return bpf_map_create_attr(&attr);
}

int bpf_map_update(int map, const void *key, const void *value,
		   uint64_t flags)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = ptr_to_u64(key),
		.value = ptr_to_u64(value),
		.flags = flags,
	};

	return sys_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int bpf_map_lookup(int map, const void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = ptr_to_u64(key),
		.value = ptr_to_u64(value),
	};

	return sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}

int bpf_map_delete(int map, const void *key)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = ptr_to_u64(key),
	};

	return sys_bpf(BPF_MAP_DELETE_ELEM, &attr);
}

int bpf_map_next_key(int map, const void *key, void *next)
{
	union bpf_attr attr = {
		.map_fd = map,
		.key = ptr_to_u64(key),
		.next_key = ptr_to_u64(next),
	};

	return sys_bpf(BPF_MAP_GET_NEXT_KEY, &attr);
}

int bpf_map_batch(int map, enum bpf_cmd cmd, void *in, void *out, void *keys,
		  void *values, uint32_t *nr)
{
	union bpf_attr attr = {
		.batch.in_batch = ptr_to_u64(in),
		.batch.out_batch = ptr_to_u64(out),
		.batch.keys = ptr_to_u64(keys),
		.batch.values = ptr_to_u64(values),
		.batch.count = *nr,
		.batch.map_fd = map,
	};
	int err = sys_bpf(cmd, &attr);

	*nr = attr.batch.count;
	return err;
}

int backing_create(uint32_t max_entries)
{
	return bpf_map_create(BPF_MAP_TYPE_FUSE_BACKING, sizeof(uint64_t),
			      sizeof(struct fuse_bpf_backing), max_entries);
}

int backing_put_flags(int map, uint64_t key, int fd, uint64_t flags)
{
	struct fuse_bpf_backing value = { .fd = fd };

	return bpf_map_update(map, &key, &value, flags);
}

int backing_put(int map, uint64_t key, int fd)
{
	return backing_put_flags(map, key, fd, BPF_ANY);
}

int backing_get(int map, uint64_t key, struct fuse_bpf_backing *value)
{
	return bpf_map_lookup(map, &key, value);
}

int backing_delete(int map, uint64_t key)
{
	return bpf_map_delete(map, &key);
}

unsigned int backing_count(int map)
{
	uint64_t key, *prev = NULL;
	unsigned int n = 0;

	while (!bpf_map_next_key(map, prev, &key)) {
		prev = &key;
		n++;
	}
	return n;
}

uint32_t bpf_map_id(int map)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = {
		.info.bpf_fd = map,
		.info.info_len = sizeof(info),
		.info.info = ptr_to_u64(&info),
	};

	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : info.id;
}

int bpf_map_read_only(int map)
{
	union bpf_attr attr = {
		.map_id = bpf_map_id(map),
		.open_flags = BPF_F_RDONLY,
	};

	return sys_bpf(BPF_MAP_GET_FD_BY_ID, &attr);
}

int bpf_map_freeze(int map)
{
	union bpf_attr attr = { .map_fd = map };

	return sys_bpf(BPF_MAP_FREEZE, &attr);
}

/* --------------------------------------------------------------- links --- */

int bpf_link_create_attr(union bpf_attr *attr)
{
	return sys_bpf(BPF_LINK_CREATE, attr);
}

int bpf_link_create(int prog, int target, const int *maps, unsigned int nr)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog,
		.link_create.target_fd = target,
		.link_create.attach_type = BPF_FUSE,
		.link_create.fuse.map_fds = ptr_to_u64(maps),
		.link_create.fuse.map_cnt = nr,
	};

	return bpf_link_create_attr(&attr);
}

int bpf_link_update(int link, int prog)
{
	union bpf_attr attr = {
		.link_update.link_fd = link,
		.link_update.new_prog_fd = prog,
	};

	return sys_bpf(BPF_LINK_UPDATE, &attr);
}

int bpf_link_replace(int link, int prog, int old)
{
	union bpf_attr attr = {
		.link_update.link_fd = link,
		.link_update.new_prog_fd = prog,
		.link_update.old_prog_fd = old,
		.link_update.flags = BPF_F_REPLACE,
	};

	return sys_bpf(BPF_LINK_UPDATE, &attr);
}

int bpf_link_detach(int link)
{
	union bpf_attr attr = { .link_detach.link_fd = link };

	return sys_bpf(BPF_LINK_DETACH, &attr);
}

int bpf_link_info(int link, struct bpf_link_info *info)
{
	union bpf_attr attr = {
		.info.bpf_fd = link,
		.info.info_len = sizeof(*info),
		.info.info = ptr_to_u64(info),
	};

	memset(info, 0, sizeof(*info));
	return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int bpf_pin(int fd, const char *path)
{
	union bpf_attr attr = {
		.bpf_fd = fd,
		.pathname = ptr_to_u64(path),
	};

	return sys_bpf(BPF_OBJ_PIN, &attr);
}
