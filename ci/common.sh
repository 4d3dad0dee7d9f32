# SPDX-License-Identifier: Apache-2.0
# What every build script shares; sourced, not run. Sets TOP, BUILD and CACHE.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C
# Where mkfs and modprobe are; ordinary users have it not.
PATH=$PATH:/usr/sbin:/sbin

# shellcheck disable=SC2034  # read by the scripts that source this file
{
    TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    BUILD=$TOP/build
    CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/fuselet
    TOOL=${0##*/}
}

say() { printf '%s: %s\n' "$TOOL" "$*"; }
die() { printf '%s: error: %s\n' "$TOOL" "$*" >&2; exit 1; }

# Stable digest of the named files: their names relative to TOP and their contents.
digest_files() {
    (cd "$TOP" && printf '%s\0' "${@#"$TOP"/}" | sort -z | xargs -0 -r sha256sum) | sha256sum | cut -c1-16
}

# Digest of a text given on standard input.
digest_text() { sha256sum | cut -c1-16; }

# All regular files below the given directories (those that exist).
files_below() {
    local dir
    for dir; do
        [ ! -d "$dir" ] || find "$dir" -type f
    done
}

# cache_entry ENTRY COMMAND...: unless ENTRY exists, run COMMAND with a scratch directory as its last
# argument and rename that into place, so that an interrupted build never leaves half an entry. Two
# checkouts that want the same entry build it once.
cache_entry() {
    local entry=$1 scratch status lock
    shift
    [ ! -d "$entry" ] || return 0
    mkdir -p "${entry%/*}"
    exec {lock}>"$entry.lock"
    if ! flock --nonblock "$lock"; then
        say "waiting for another build of ${entry##*/}" >&2
        flock "$lock"
    fi
    [ ! -d "$entry" ] || return 0
    scratch=$(mktemp -d "$entry.XXXXXX")
    chmod 755 "$scratch"
    # Not inside a condition: that would switch errexit off in COMMAND.
    set +e
    (set -e; "$@" "$scratch")
    status=$?
    set -e
    if [ $status -ne 0 ]; then
        rm -rf "$scratch"
        exit $status
    fi
    mv -T "$scratch" "$entry"
    rm -f "$entry.lock"
    exec {lock}>&-
}
