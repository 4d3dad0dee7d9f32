/* SPDX-License-Identifier: GPL-2.0 */
/* bpf(2) without a library. Every call returns a negative errno on failure. */
#ifndef FUSE_BPF_BPF_H
#define FUSE_BPF_BPF_H

#include <linux/bpf.h>
#include <linux/fuse_bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* Why the running kernel cannot run these tests, or NULL */
const char *bpf_why_not(void);

int bpf_prog_load(enum bpf_prog_type type, const struct bpf_insn *insns,
		  size_t nr);
/* The same, with the verifier's words in @log. */
int bpf_prog_load_log(enum bpf_prog_type type, const struct bpf_insn *insns,
		      size_t nr, char *log, size_t log_size);
int bpf_prog_load_attr(union bpf_attr *attr);
int bpf_prog_test_run(int prog, union bpf_attr *attr);

int bpf_map_create(enum bpf_map_type type, uint32_t key_size,
		   uint32_t value_size, uint32_t max_entries);
int bpf_map_create_attr(union bpf_attr *attr);
int bpf_map_update(int map, const void *key, const void *value,
		   uint64_t flags);
int bpf_map_lookup(int map, const void *key, void *value);
int bpf_map_delete(int map, const void *key);
int bpf_map_next_key(int map, const void *key, void *next);
/* BPF_MAP_*_BATCH; @nr is how many, and becomes how many there were. */
int bpf_map_batch(int map, enum bpf_cmd cmd, void *in, void *out, void *keys,
		  void *values, uint32_t *nr);

/* A BPF_MAP_TYPE_FUSE_BACKING, and what goes in and out of it */
int backing_create(uint32_t max_entries);
int backing_put(int map, uint64_t key, int fd);
int backing_put_flags(int map, uint64_t key, int fd, uint64_t flags);
int backing_get(int map, uint64_t key, struct fuse_bpf_backing *value);
int backing_delete(int map, uint64_t key);
unsigned int backing_count(int map);

int bpf_link_create(int prog, int target, const int *maps, unsigned int nr);
int bpf_link_create_attr(union bpf_attr *attr);
int bpf_link_update(int link, int prog);
/* Only if @old is the program now. */
int bpf_link_replace(int link, int prog, int old);
int bpf_link_detach(int link);
int bpf_link_info(int link, struct bpf_link_info *info);

uint32_t bpf_map_id(int map);
/* Another descriptor of it, for reading only */
int bpf_map_read_only(int map);
int bpf_map_freeze(int map);
int bpf_pin(int fd, const char *path);

#endif
