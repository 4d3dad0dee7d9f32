# SPDX-License-Identifier: GPL-2.0
# Where the kernel source comes from; sourced, not run, after ci/common.sh.
# shellcheck shell=bash

SERIES=6.12
TRIED=$(cat "$TOP/kernel/version")
PACKAGE=linux-source-$SERIES
ARCHIVE=/usr/src/$PACKAGE.tar.xz
PATCHES=$TOP/kernel/patches/$SERIES
# shellcheck disable=SC2034  # read by the scripts that source this file
FILES=$TOP/kernel/files
# shellcheck disable=SC2034
TREE=$BUILD/kernel/linux

# The version of the installed source package, such as 6.12.117-1~deb12u1; says so where it is not
# the version that was tried.
source_version() {
    local version
    version=$(dpkg-query -W -f '${Version}' "$PACKAGE" 2>/dev/null) || die "$PACKAGE is not installed; run: make deps"
    [ -r "$ARCHIVE" ] || die "$ARCHIVE is missing; reinstall $PACKAGE"
    case $version in
    "$TRIED"-*) ;;
    "$SERIES".*) say "the archive has moved on: $PACKAGE is $version, tried was $TRIED; going on if the patches apply" >&2 ;;
    *) die "$PACKAGE is $version, which is no $SERIES.y (tried was $TRIED)" ;;
    esac
    printf '%s\n' "$version"
}

unpack_archive() {
    "$TOP/ci/progress" "unpacking $ARCHIVE" "$BUILD/log/kernel-unpack.log" \
        tar -xJf "$ARCHIVE" --strip-components=1 -C "$1" >&2
}

# The unpacked pristine source, shared by all checkouts and never written to.
pristine_source() {
    local entry
    entry=$CACHE/source/$PACKAGE-$(source_version)
    cache_entry "$entry" unpack_archive
    printf '%s\n' "$entry"
}

# The configuration fragments of a variant, in order.
config_fragments() {
    local config=$TOP/kernel/config
    case $1 in
    base) printf '%s\n' "$config/base.config" ;;
    debug) printf '%s\n' "$config/base.config" "$config/debug.config" ;;
    *) die "no such variant of the kernel: $1 (base or debug)" ;;
    esac
}

patch_files() { find "$PATCHES" -name '*.patch' 2>/dev/null | sort; }

# The files of kernel/files that a patch introduces, from its Fuselet-Files line, one a line.
introduced_files() { sed -n '/^diff --git /q; s/^Fuselet-Files: *//p' "$1" | tr -s ' ' '\n'; }

# patch_refused PATCH: the one line for a source that has moved away from the series.
patch_refused() {
    die "${1##*/} does not apply to $PACKAGE $(source_version 2>/dev/null) (the series was tried on $TRIED); port it with kernel/tree and kernel/export"
}
