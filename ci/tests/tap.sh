# SPDX-License-Identifier: Apache-2.0
# Just enough TAP for tests of scripts; sourced, not run, after ci/common.sh.
# shellcheck shell=bash

tap_count=0 tap_failed=0
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT

# ok NAME COMMAND...: the command succeeds. What it printed is shown if it does not.
ok() {
    local name=$1
    shift
    tap_count=$((tap_count + 1))
    if ("$@") >"$SCRATCH/tap.out" 2>&1; then
        echo "ok $tap_count - $name"
    else
        sed 's/^/# /' "$SCRATCH/tap.out"
        echo "not ok $tap_count - $name"
        tap_failed=1
    fi
}

# is NAME EXPECTED ACTUAL
is() {
    ok "$1" diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$3")
}

# fails COMMAND...: it ends with exit code 1.
fails() {
    local status=0
    "$@" || status=$?
    [ $status = 1 ]
}

skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
    echo "1..$tap_count"
    exit $tap_failed
}
