// SPDX-License-Identifier: Apache-2.0
/* Leave out what a failure does not need: halves, quarters, ..., single calls. */
#include "twin.h"

#include <stdlib.h>
#include <string.h>

#define MAX_RUNS	400

static size_t without(const struct op *ops, size_t n, size_t at, size_t length,
		      struct op *to)
{
	size_t end = at + length < n ? at + length : n;

	memcpy(to, ops, at * sizeof(*ops));
	memcpy(to + at, ops + end, (n - end) * sizeof(*ops));
	return at + n - end;
}

size_t shorten(struct op *ops, size_t n, fails_fn *fails, void *arg)
{
	struct op *fewer = malloc(n * sizeof(*ops));
	size_t length, at, left;
	int runs = 0;

	if (!fewer)
		abort();
	for (length = n / 2 ? n / 2 : 1; length; length /= 2) {
		for (at = 0; at < n && runs < MAX_RUNS;) {
			left = without(ops, n, at, length, fewer);
			runs++;
			if (left && fails(fewer, left, arg)) {
				memcpy(ops, fewer, left * sizeof(*ops));
				n = left;
			} else {
				at += length;
			}
		}
	}
	free(fewer);
	return n;
}
