// SPDX-License-Identifier: Apache-2.0
/*
 * Which requests reach the server, by the kernel's own tracepoint, which any kernel has; FORGET, for which
 * there is none, by a probe.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define TRACING "/sys/kernel/tracing/"
#define CALLS 20
#define OPCODES 64

static int tracing_on;

struct opcode_count {
	char name[32];
	int count;
};

static void write_file(const char *path, const char *text, int flags)
{
	int fd = must(open(path, O_WRONLY | flags, 0), path);

	must(write(fd, text, strlen(text)), path);
	close(fd);
}

void upcalls_open(void)
{
	if (access(TRACING "events/fuselet_bench", F_OK))
		write_file(TRACING "kprobe_events", "p:fuselet_bench/forget fuse_queue_forget\n", O_APPEND);
	tracing_on = must(open(TRACING "tracing_on", O_WRONLY), TRACING "tracing_on");
}

static void trace(const char *on)
{
	must(write(tracing_on, on, 1), "tracing_on");
}

/* Requests that nobody waits for are sent by then. */
static void settle(void)
{
	const struct timespec moment = { .tv_nsec = 2000000 };

	nanosleep(&moment, NULL);
}

static void trace_calls(const struct bench_case *bench, int calls)
{
	for (int i = 0; i < calls; i++) {
		if (bench->before) {
			bench->before();
			settle();
		}
		trace("1");
		bench->call();
		settle();
		trace("0");
		if (bench->after) {
			bench->after();
			settle();
		}
	}
}

static void count(struct opcode_count *counts, const char *name, size_t len)
{
	for (int i = 0; i < OPCODES; i++, counts++) {
		if (!counts->count && len < sizeof(counts->name))
			memcpy(counts->name, name, len);
		if (strlen(counts->name) == len && !memcmp(counts->name, name, len)) {
			counts->count++;
			return;
		}
	}
}

/* "... opcode 3 (FUSE_GETATTR) len 56", "... forget: (fuse_queue_forget+0x0/0x70)" */
static void read_trace(struct opcode_count *counts)
{
	FILE *in = fopen(TRACING "trace", "re");
	char line[512];

	must(in ? 0 : -1, TRACING "trace");
	while (fgets(line, sizeof(line), in)) {
		char *name = strstr(line, "(FUSE_");

		if (name)
			count(counts, name + 6, strcspn(name + 6, ")"));
		else if (strstr(line, "forget:"))
			count(counts, "FORGET", 6);
	}
	fclose(in);
}

void print_upcalls(FILE *out, const struct bench_case *bench)
{
	struct opcode_count counts[OPCODES] = {};
	int calls = bench->calls ? bench->calls : CALLS;
	const char *separator = "";

	if (bench->set_up)
		bench->set_up();
	trace_calls(bench, 2);
	write_file(TRACING "trace", "", O_TRUNC);
	write_file(TRACING "events/fuselet_bench/enable", "1", 0);
	write_file(TRACING "events/fuse/fuse_request_send/enable", "1", 0);
	trace_calls(bench, calls);
	write_file(TRACING "events/fuse/enable", "0", 0);
	write_file(TRACING "events/fuselet_bench/enable", "0", 0);
	read_trace(counts);
	if (bench->tear_down)
		bench->tear_down();

	fputc('{', out);
	for (int i = 0; i < OPCODES && counts[i].count; i++) {
		fprintf(out, "%s\"%s\":%g", separator, counts[i].name, (double)counts[i].count / calls);
		separator = ",";
	}
	fputc('}', out);
}
