// SPDX-License-Identifier: Apache-2.0
/*
 * bench-calls tree DIRECTORY
 * bench-calls names
 * bench-calls loop CASE: repeat it for ever, for who watches
 * bench-calls run KERNEL LOWER SYSTEM WARM CASE...: print a line of JSON for each case, counted on what
 * is mounted on ROOT, after WARM calls.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const struct bench_case *const groups[] = {
	attr_cases, name_cases, data_cases, xattr_cases, dir_cases,
};

#define SETTLED 1000
#define GROUPS (int)(sizeof(groups) / sizeof(groups[0]))

long must(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static const struct bench_case *find(const char *name)
{
	for (int i = 0; i < GROUPS; i++)
		for (const struct bench_case *bench = groups[i]; bench->name; bench++)
			if (!strcmp(bench->name, name))
				return bench;
	fprintf(stderr, "no such case: %s\n", name);
	exit(2);
}

static void names(void)
{
	for (int i = 0; i < GROUPS; i++)
		for (const struct bench_case *bench = groups[i]; bench->name; bench++)
			puts(bench->name);
}

/* Each call lies between these, for who looks at addresses. */
__attribute__((noinline, noclone)) void begin_call(void)
{
	asm volatile("");
}

__attribute__((noinline, noclone)) void end_call(void)
{
	asm volatile("");
}

static void loop(const char *name)
{
	const struct bench_case *bench = find(name);

	must(chdir(ROOT), ROOT);
	if (bench->set_up)
		bench->set_up();
	for (int calls = 0;; calls++) {
		if (bench->before)
			bench->before();
		begin_call();
		bench->call();
		end_call();
		if (bench->after)
			bench->after();
		if (calls == SETTLED)
			puts("settled");
	}
}

static void run(char **argv)
{
	const char *kernel = argv[0], *lower = argv[1], *system = argv[2];
	int warm = atoi(argv[3]);

	must(chdir(ROOT), ROOT);
	upcalls_open();
	for (char **name = argv + 4; *name; name++) {
		const struct bench_case *bench = find(*name);
		uint64_t cost = measure(bench, warm);

		printf("{\"kernel\":\"%s\",\"lower\":\"%s\",\"system\":\"%s\",\"case\":\"%s\","
		       "\"unit\":\"instructions\",\"value\":%llu,\"upcalls\":",
		       kernel, lower, system, bench->name, (unsigned long long)cost);
		print_upcalls(stdout, bench);
		puts("}");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "tree")) {
		make_tree(argv[2]);
	} else if (argc == 2 && !strcmp(argv[1], "names")) {
		names();
	} else if (argc == 3 && !strcmp(argv[1], "loop")) {
		setlinebuf(stdout);
		loop(argv[2]);
	} else if (argc > 6 && !strcmp(argv[1], "run")) {
		run(argv + 2);
	} else {
		fputs("usage: bench-calls tree DIRECTORY|names|loop CASE|run KERNEL LOWER SYSTEM WARM CASE...\n", stderr);
		return 2;
	}
	return 0;
}
