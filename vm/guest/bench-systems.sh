# SPDX-License-Identifier: Apache-2.0
# The systems that are measured side by side; sourced, not run. A caller sets `base`, a directory on the
# lower file system, in which the tree is made.
# shellcheck shell=bash

export PATH=/payload/dist/bin:/payload/guest:/payload/fuse:$PATH
# One processor: where the JVM's compilers do not run beside the server, what is measured is compiled.
export FUSELET_JAVA_OPTS='-Xbatch -XX:+UseSerialGC'
root=/run/bench
day=86400
policy=/run/bench-policy.yaml
mkdir -p $root
printf 'rules:\n  - path: /secret\n    effect: hide\n' >$policy
# Programs that do not come from a cache would be waited for.
cat /payload/guest/bench-calls /payload/fuse/* /payload/dist/lib/* >/dev/null

# The lower file systems, in RAM: a disk would be waited for.
lower_tmpfs() { mount -t tmpfs -o size=1G tmpfs "$1"; }
lower_ext4() {
    mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0,nodiscard /dev/ram0
    mount -o noatime /dev/ram0 "$1"
}

# start SYSTEM TIMEOUT: serve a new tree on $root
start() {
    # shellcheck disable=SC2154  # as said above
    tree=$base/tree
    mkdir "$tree"
    bench-calls tree "$tree"
    case $1 in
    native) mount --bind "$tree" $root ;;
    overlayfs)
        mkdir "$base/empty" "$base/work"
        mount -t overlay -o "lowerdir=$base/empty,upperdir=$tree,workdir=$base/work" overlay $root
        ;;
    libfuse | unpatched-libfuse) libfuse 0 ;;
    libfuse-timeouts) libfuse $day ;;
    cache)
        libfuse 0
        fuselet attach $root --extension cache --ttl 100000 --memory 200M
        ;;
    plain | passthrough) ours "$2" --tier "$1" ;;
    stack) ours "$2" ;;
    policy-stack) ours "$2" --policy $policy ;;
    *)
        echo "no such system: $1" >&2
        return 1
        ;;
    esac
}

libfuse() { passthrough_ll -o "xattr,timeout=$1,source=$tree" $root; }
ours() { fuselet mount --background --entry-timeout "$1" --attr-timeout "$1" "${@:2}" "$tree" $root; }

stop() {
    umount $root
    rm -rf "$tree" "$base/empty" "$base/work"
}
