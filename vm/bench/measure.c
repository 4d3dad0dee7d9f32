// SPDX-License-Identifier: Apache-2.0
/*
 * Counting: where the clock counts instructions (QEMU's -icount shift=0), the time stamp counter is one that
 * can be read in one of them.
 */
#include <sched.h>
#include <x86intrin.h>

#include "bench.h"

#define ROUNDS 25
#define LEAST_ROUNDS 4
#define CALLS 20
#define ENOUGH 60000000ull	/* instructions for one case */
#define WARM 1000000000ull	/* and for its warm-up */

static void nothing(void)
{
}

static const struct bench_case yielding = { "nothing", .call = nothing };

/* A server may have something to do after its reply: that is part of the cost, and not of the next call's. */
static uint64_t single(const struct bench_case *bench)
{
	uint64_t start, spent;

	if (bench->before)
		bench->before();
	sched_yield();
	start = __rdtsc();
	bench->call();
	sched_yield();
	spent = __rdtsc() - start;
	if (bench->after)
		bench->after();
	return spent;
}

static uint64_t row(const struct bench_case *bench, int calls)
{
	uint64_t spent = 0;

	for (int i = 0; i < calls; i++)
		spent += single(bench);
	return spent / calls;
}

static void warm_up(const struct bench_case *bench, int calls)
{
	uint64_t start = __rdtsc();

	for (int i = 0; i < calls && __rdtsc() - start < WARM; i++)
		single(bench);
}

static uint64_t cheapest(const struct bench_case *bench)
{
	int calls = bench->calls ? bench->calls : CALLS;
	uint64_t least = UINT64_MAX, all = 0;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t spent = row(bench, calls);

		all += spent * calls;
		if (spent < least)
			least = spent;
		if (round + 1 >= LEAST_ROUNDS && all > ENOUGH)
			break;
	}
	return least;
}

uint64_t measure(const struct bench_case *bench, int warm)
{
	uint64_t cost;

	if (bench->set_up)
		bench->set_up();
	warm_up(bench, bench->calls == 1 ? 1 : CALLS + warm);
	cost = cheapest(bench) - cheapest(&yielding);
	if (bench->tear_down)
		bench->tear_down();
	return cost;
}
