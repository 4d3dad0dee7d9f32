// SPDX-License-Identifier: Apache-2.0
/*
 * twin [OPTION...] NATIVE MOUNT LOWER: make the same random system calls below
 * NATIVE and below MOUNT, which shows LOWER, and end with 1 at the first
 * difference. Needs root.
 */
#include "twin.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WALK_EVERY	64	/* calls between two comparisons of the trees */

struct twin {
	const char *native, *mount, *lower;
	char report[3 * TWIN_TEXT];
	int actor, runs;
	unsigned int plant;	/* kind of call whose outcome is falsified, or 0 */
};

static struct {
	uint64_t seed;
	unsigned int ops, actors, plant;
	bool shared, trace, survey;
	const char *tier, *fs, *known;
} options = { .seed = 1, .ops = 500, .actors = 1, .tier = "extension",
	      .fs = "ext4" };

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_directory(const char *parent, const char *name, char *path)
{
	snprintf(path, 512, "%s/%s", parent, name);
	if (mkdir(path, 0777) || chmod(path, 0777)) {
		perror(path);
		exit(2);
	}
}

/* A directory, in which the tree is one: ../a leads no further than that. */
static void make_tree(const char *parent, const char *name, char *path,
		      struct side *side)
{
	char tree[512];

	make_directory(parent, name, path);
	make_directory(path, "tree", tree);
	side_open(side, tree);
}

static bool same(const struct outcome *one, const struct outcome *other)
{
	return one->ret == other->ret && one->err == other->err &&
	       !strcmp(one->text, other->text);
}

static void describe(char *to, size_t size, const struct outcome *out)
{
	snprintf(to, size, "%ld %s %s", out->ret,
		 out->err ? strerrorname_np(out->err) : "", out->text);
}

/* As a variant, or as a variant of what is open: "lseek:data@directory" */
static bool is_known(const struct op *op, const struct side *side)
{
	char variant[64], on[96];

	op_variant(op, variant, sizeof(variant));
	snprintf(on, sizeof(on), "%s@%s", variant, op_object(op, side));
	return known(variant) || known(on);
}

static void trace(const struct op *op, unsigned int nr,
		  const struct outcome *out)
{
	char call[256], what[TWIN_TEXT + 64];

	op_print(op, call, sizeof(call));
	describe(what, sizeof(what), out);
	printf("%5u  %s: %s\n", nr, call, what);
}

static bool step(struct twin *twin, const struct op *asked, unsigned int nr,
		 struct side *native, struct side *mount)
{
	const struct op with = with_open_slots(asked, native), *op = &with;
	static struct outcome one, other;
	char call[256], a[TWIN_TEXT + 64], b[TWIN_TEXT + 64];

	if (is_known(op, native))
		return false;
	op_run(op, native, &one);
	op_run(op, mount, &other);
	if (options.trace)
		trace(op, nr, &one);
	if (twin->plant && op->kind == twin->plant)
		other.ret++;
	if (same(&one, &other))
		return false;

	op_print(op, call, sizeof(call));
	describe(a, sizeof(a), &one);
	describe(b, sizeof(b), &other);
	snprintf(twin->report, sizeof(twin->report),
		 "step %u: %s\n  native: %s\n  mount:  %s\n", nr, call, a, b);
	if (options.survey)
		printf("%s", twin->report);
	return !options.survey;
}

/* What the call named has to look as it does in the tree below. */
static bool objects(struct twin *twin, const struct op *op, unsigned int nr,
		    int mount, int lower)
{
	char call[256], what[2 * TWIN_TEXT];

	if (!object_differs(mount, lower, op_path(op->path), what, sizeof(what)) &&
	    !object_differs(mount, lower, op_path(op->path2), what, sizeof(what)))
		return false;
	op_print(op, call, sizeof(call));
	snprintf(twin->report, sizeof(twin->report),
		 "step %u: %s\n  mount | below it: %s\n", nr, call, what);
	return true;
}

static bool trees(struct twin *twin, unsigned int nr, int native, int mount,
		  int lower)
{
	char what[2 * TWIN_TEXT] = "";
	uid_t uid = geteuid();
	gid_t gid = getegid();
	bool differs;

	/* umask and groups do not matter to who only looks */
	if (seteuid(0))
		abort();
	differs = tree_differs(mount, lower, true, what, sizeof(what));
	if (differs)
		snprintf(twin->report, sizeof(twin->report),
			 "after step %u, mount | below it: %s\n", nr, what);
	else if ((differs = tree_differs(native, mount, false, what, sizeof(what))))
		snprintf(twin->report, sizeof(twin->report),
			 "after step %u, native | mount: %s\n", nr, what);
	if (setegid(gid) || seteuid(uid))
		abort();
	return differs;
}

/* Returns whether the two sides have come to differ. */
static bool play(const struct op *ops, size_t n, void *arg)
{
	char name[64], native_path[512], mount_path[512], lower_path[512];
	struct side native, mount, lower;
	struct twin *twin = arg;
	bool differs = false;
	size_t i;

	become_root();
	snprintf(name, sizeof(name), "actor%d-%d", twin->actor, twin->runs++);
	make_tree(twin->native, name, native_path, &native);
	make_tree(twin->mount, name, mount_path, &mount);
	snprintf(lower_path, sizeof(lower_path), "%s/%s/tree", twin->lower,
		 name);
	side_open(&lower, lower_path);

	for (i = 0; i < n && !differs; i++) {
		differs = step(twin, &ops[i], i, &native, &mount) ||
			  objects(twin, &ops[i], i, mount.root, lower.root);
		if (!differs && ((i + 1) % WALK_EVERY == 0 || i + 1 == n))
			differs = trees(twin, i, native.root, mount.root,
					lower.root);
	}

	become_root();
	side_close(&native);
	side_close(&mount);
	side_close(&lower);
	remove_tree(native_path);
	remove_tree(mount_path);
	return differs;
}

static int act(struct twin *twin, uint64_t seed)
{
	struct op *ops = calloc(options.ops, sizeof(*ops));
	struct rng rng = { seed };
	size_t n;

	if (!ops)
		abort();
	for (n = 0; n < options.ops; n++)
		ops[n] = op_random(&rng);
	if (options.plant)
		twin->plant = ops[options.plant % n].kind;
	if (!play(ops, n, twin)) {
		free(ops);
		return 0;
	}

	printf("seed %llu, %s on %s: the sides differ\n%s",
	       (unsigned long long)seed, options.tier, options.fs, twin->report);
	fflush(stdout);
	n = shorten(ops, n, play, twin);
	printf("shortened to %zu calls:\n", n);
	options.trace = true;
	if (play(ops, n, twin))
		printf("%s", twin->report);
	printf("again: twin --seed %llu --ops %u --tier %s --fs %s ... NATIVE MOUNT LOWER\n",
	       (unsigned long long)seed, options.ops, options.tier, options.fs);
	free(ops);
	return 1;
}

/* On names that all share nobody can say what a call should come to. */
static int act_shared(struct twin *twin, uint64_t seed)
{
	static struct outcome ignored;
	struct rng rng = { seed };
	struct side side;
	char tree[512];
	unsigned int i;
	struct op op;

	snprintf(tree, sizeof(tree), "%s/shared/tree", twin->mount);
	side_open(&side, tree);
	become_root();
	for (i = 0; i < options.ops; i++) {
		op = op_random(&rng);
		op = with_open_slots(&op, &side);
		if (!is_known(&op, &side))
			op_run(&op, &side, &ignored);
	}
	become_root();
	side_close(&side);
	return 0;
}

static int wait_all(void)
{
	int status, failed = 0;

	while (wait(&status) > 0)
		failed |= !WIFEXITED(status) || WEXITSTATUS(status);
	return failed;
}

static int run_actors(struct twin *twin)
{
	unsigned int i;
	struct side side;
	char path[512];

	if (options.shared) {
		become_root();
		make_tree(twin->mount, "shared", path, &side);
		side_close(&side);
	}
	for (i = 0; i < options.actors; i++) {
		twin->actor = i;
		fflush(stdout);
		if (!fork()) {
			int ret = options.shared ?
				  act_shared(twin, options.seed + i) :
				  act(twin, options.seed + i);

			fflush(stdout);
			_exit(ret);
		}
	}
	return wait_all();
}

/* What is left has to be what lies below. */
static int settle(struct twin *twin)
{
	char what[2 * TWIN_TEXT] = "";
	int mount = open(twin->mount, O_RDONLY | O_DIRECTORY);
	int below = open(twin->lower, O_RDONLY | O_DIRECTORY);

	if (mount < 0 || below < 0) {
		perror("twin");
		return 2;
	}
	if (!tree_differs(mount, below, true, what, sizeof(what))) {
		snprintf(what, sizeof(what), "%s/shared", twin->mount);
		remove_tree(what);
		return 0;
	}
	printf("seed %llu, %u actors on shared names: mount | below it: %s\n",
	       (unsigned long long)options.seed, options.actors, what);
	return 1;
}

static void usage(void)
{
	fprintf(stderr, "usage: twin [--seed N] [--ops N] [--actors N] [--shared] [--plant STEP] [--trace] [--survey]\n"
		"            [--tier plain|passthrough|extension] [--fs NAME] [--known FILE] NATIVE MOUNT LOWER\n");
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", 1, NULL, 's' }, { "ops", 1, NULL, 'o' },
		{ "actors", 1, NULL, 'a' }, { "shared", 0, NULL, 'S' },
		{ "plant", 1, NULL, 'p' }, { "tier", 1, NULL, 't' },
		{ "fs", 1, NULL, 'f' }, { "known", 1, NULL, 'k' },
		{ "trace", 0, NULL, 'T' }, { "survey", 0, NULL, 'g' }, {}
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's': options.seed = strtoull(optarg, NULL, 0); break;
		case 'o': options.ops = strtoul(optarg, NULL, 0); break;
		case 'a': options.actors = strtoul(optarg, NULL, 0); break;
		case 'S': options.shared = true; break;
		case 'T': options.trace = true; break;
		case 'g': options.survey = true; break;
		case 'p': options.plant = strtoul(optarg, NULL, 0); break;
		case 't': options.tier = optarg; break;
		case 'f': options.fs = optarg; break;
		case 'k': options.known = optarg; break;
		default: usage();
		}
	}
	if (argc - optind != 3 || !options.ops || !options.actors)
		usage();
}

int main(int argc, char **argv)
{
	struct twin twin = {};
	int failed;

	parse(argc, argv);
	if (geteuid()) {
		fprintf(stderr, "twin: needs root, to become other users\n");
		return 2;
	}
	if (options.known && !known_read(options.known, options.tier, options.fs))
		return 2;
	twin.native = argv[optind];
	twin.mount = argv[optind + 1];
	twin.lower = argv[optind + 2];

	failed = run_actors(&twin);
	if (!failed && options.shared)
		failed = settle(&twin);
	if (!failed)
		printf("seed %llu: %u calls of %u actors agree\n",
		       (unsigned long long)options.seed, options.ops,
		       options.actors);
	return failed;
}
