# SPDX-License-Identifier: Apache-2.0
# The front door. Every step is a script of its own in ci/, kernel/ or vm/; this file says what needs what.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

VARIANT ?= base
MINUTES ?= 3
MVN := mvn -B -ntp -q -f controlplane/pom.xml

.PHONY: help
help: ## show this list
	@echo 'Fuselet: targets of this Makefile'
	@echo
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS=$$'\t' read -r name text; do \
	    printf '  %-16s %s\n' "$$name" "$$text"; done
	@echo
	@echo 'Only `make deps` needs root (it uses sudo if it has to). Builds are kept in'
	@echo '$$XDG_CACHE_HOME/fuselet, by default ~/.cache/fuselet; `ci/cache list` shows them.'

.PHONY: vm-run test container-test vm-test vm-twin vm-cache vm-flood vm-icount bench bench-compare bench-readme vm-test-debug vm-storm vm-shell deps kernel kernel-tree kernel-series kernel-check bpf controlplane dist rootfs unit-test clean distclean needed

vm-run: dist ## the main job, in a VM: one tree through three tiers of mounts, ending in a table (UPDATE=1: into README.md too)
	@vm/demo

test: dist ## every test: on this machine, in containers, in the VM; ends with "N passed, N failed, N skipped"
	@ci/test

unit-test: needed ## only the tests that need neither root nor VM
	@ci/test unit

container-test: dist ## only the tests in containers, on this machine's kernel (needs root, and Debian's docker.io)
	@ci/test containers

vm-test: dist ## only the tests in the VM; SUITE=fuselet|stock, TEST=Class or TEST=Class#method (or several, with commas) select
	@ci/test vm

vm-twin: dist ## the differential fuzzer for longer: SEEDS=n seeds from SEED=n on, OPS=n calls each; TEST=CacheTwinTest: the cache
	@TWIN_SEED=$(SEED) TWIN_SEEDS=$(SEEDS) TWIN_OPS=$(OPS) SUITE=fuselet TEST=$(or $(TEST),TwinTest) DEADLINE=$(or $(DEADLINE),7200) ci/test vm

vm-cache: dist ## what the cache extension saves, on bindfs and libfuse's examples: a table of requests (UPDATE=1: in docs/cache.md)
	@SUITE=fuselet TEST=CacheUpcallsTest ci/test vm && cat build/vm/fuselet/requests.md
	@[ -z "$(UPDATE)" ] || ci/fill-table docs/cache.md requests <build/vm/fuselet/requests.md

vm-flood: dist ## a small cache under NAMES=n (1000000) distinct missing names; UPDATE=1 likewise
	@FUSELET_FLOOD=$(or $(NAMES),1000000) SUITE=fuselet TEST=CacheBoundsTest ci/test vm && cat build/vm/fuselet/flood.md
	@[ -z "$(UPDATE)" ] || ci/fill-table docs/cache.md flood <build/vm/fuselet/flood.md

vm-icount: dist ## what a request costs in guest instructions, plain and from the cache; ENTRIES=n (1000000); UPDATE=1 likewise
	@vm/icount
	@[ -z "$(UPDATE)" ] || ci/fill-table docs/cache.md instructions <build/vm/icount/icount.md

bench: dist ## what calls cost on each system, in guest instructions: build/bench; SYSTEMS=, LOWERS=, CASES= select
	@vm/bench/run && vm/bench/report

bench-compare: ## what a change did: make bench-compare OLD=old.json NEW=new.json
	@vm/bench/java Compare $(OLD) $(NEW)

bench-readme: ## take the tables and the report of the last `make bench` into README.md and docs/
	@vm/bench/java ReadmeTables build/bench/results.json README.md && cp build/bench/report.html docs/bench.html

vm-test-debug: dist ## the VM tests on a kernel with lockdep, KASAN and kmemleak (slow)
	@SUITE=debug ci/test vm

vm-storm: dist ## MINUTES=n (3) of stress while the extension comes and goes; KERNEL=debug, FUSELET_STORM_SEED=n
	@FUSELET_STORM_SECONDS=$$(($(MINUTES) * 60)) SUITE=storm ci/test vm

vm-shell: dist ## a shell in the VM, on the patched kernel; Ctrl-A X ends it
	@vm/start base --interactive --memory 2048 --out build/vm/shell -- /payload/guest/shell

deps: ## install the Debian packages of ci/packages.list (needs root; the others call it when one is missing)
	@ci/deps install

needed:
	@ci/deps ensure

kernel: needed ## build the patched kernel (VARIANT=debug: with lockdep, KASAN and kmemleak)
	@kernel/build $(VARIANT)

kernel-tree: needed ## lay the series over the pristine source as a git repository: build/kernel/linux
	@kernel/tree

kernel-series: kernel-tree ## export the series as one mailbox for git am: build/kernel/fuselet-6.12.mbox
	@kernel/series

kernel-check: dist kernel-tree ## what a reviewer tries: each patch compiles, =n changes nothing, checkpatch, sparse, boot (FULL=1: each)
	@kernel/check

bpf: needed ## compile the extensions: build/bpf
	@$(MAKE) -C bpf OUT=$(CURDIR)/build/bpf HEADERS="$$(kernel/build base)/include"

controlplane: needed ## compile and package the Java control plane: controlplane/target
	@ci/progress 'control plane' build/log/controlplane.log $(MVN) package -DskipTests

dist: bpf controlplane ## put the distribution together: build/dist
	@ci/dist

rootfs: needed ## build the root file system of the VM (REFRESH=1: from today's packages)
	@vm/rootfs

clean: ## remove what was built in this checkout
	rm -rf build controlplane/target

distclean: clean ## remove also the builds kept outside of it
	ci/cache clear
