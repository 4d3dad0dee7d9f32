// SPDX-License-Identifier: Apache-2.0
/*
 * Known differences are calls that are not made: a line of the file names a
 * variant, the tier, the file system (either may be *), and the reason.
 */
#include "twin.h"

#include <stdio.h>
#include <string.h>

static char variants[64][64];
static size_t count;

static bool applies(const char *pattern, const char *value)
{
	return !strcmp(pattern, "*") || !strcmp(pattern, value);
}

bool known_read(const char *file, const char *tier, const char *fs)
{
	char line[512], name[64], in_tier[32], on_fs[32];
	FILE *in = fopen(file, "r");

	if (!in) {
		perror(file);
		return false;
	}
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%63s %31s %31s", name, in_tier, on_fs) != 3 ||
		    count == sizeof(variants) / sizeof(variants[0])) {
			fprintf(stderr, "%s: cannot read: %s", file, line);
			fclose(in);
			return false;
		}
		if (applies(in_tier, tier) && applies(on_fs, fs))
			strcpy(variants[count++], name);
	}
	fclose(in);
	return true;
}

bool known(const char *variant)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(variants[i], variant))
			return true;
	return false;
}
