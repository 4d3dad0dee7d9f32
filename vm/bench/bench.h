/* SPDX-License-Identifier: Apache-2.0 */
/* What calls on a file system cost: the cases, and how one is counted. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>

/* Every system is mounted here in its turn, so that paths cost the same. */
#define ROOT "/run/bench"

/* Names from there on: what leads there belongs to other file systems. */
#define DIRECTORY "dir"
#define FILE_PATH DIRECTORY "/file"

struct bench_case {
	const char *name;
	void (*set_up)(void);
	void (*before)(void);	/* each call, not counted */
	void (*call)(void);
	void (*after)(void);	/* each call, not counted */
	void (*tear_down)(void);
	int calls;		/* in a round; 0: the usual number */
};

/* One array a file, each ended by a case without a name */
extern const struct bench_case attr_cases[];
extern const struct bench_case data_cases[];
extern const struct bench_case dir_cases[];
extern const struct bench_case name_cases[];
extern const struct bench_case xattr_cases[];

/* What calls of a case in a row have cost: the cheapest round, as interrupts only add */
uint64_t measure(const struct bench_case *bench, int warm);

/* Count the requests of calls in a row by opcode; print them as a JSON object, each for one call */
void upcalls_open(void);
void print_upcalls(FILE *out, const struct bench_case *bench);

/* A system call that must succeed: ends the program otherwise */
long must(long result, const char *what);

void begin_call(void);
void end_call(void);

/* Make the tree that the cases work on in an empty directory */
void make_tree(const char *directory);

#define LONG_DIR_ENTRIES 10000
#define SHORT_DIR_ENTRIES 100

#endif
