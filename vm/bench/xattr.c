// SPDX-License-Identifier: Apache-2.0
/* Extended attributes */
#include <errno.h>
#include <sys/xattr.h>

#include "bench.h"

static void call_getxattr(void)
{
	char value[64];

	must(getxattr(FILE_PATH, "user.some", value, sizeof(value)), "user.some");
}

static void call_getxattr_absent(void)
{
	char value[64];

	if (getxattr(FILE_PATH, "user.none", value, sizeof(value)) >= 0 || errno != ENODATA)
		must(-1, "user.none");
}

static void call_listxattr(void)
{
	char names[256];

	must(listxattr(FILE_PATH, names, sizeof(names)), FILE_PATH);
}

const struct bench_case xattr_cases[] = {
	{ "getxattr", .call = call_getxattr },
	{ "getxattr-absent", .call = call_getxattr_absent },
	{ "listxattr", .call = call_listxattr },
	{}
};
