# SPDX-License-Identifier: Apache-2.0
# The virtual machine that every boot uses; sourced, not run.
# shellcheck shell=bash

# Sets the array `machine`: QEMU and its arguments for the accelerator $1 ("kvm", "tcg", or "icount", which
# is TCG with one CPU whose clock counts instructions) and $2 MiB of memory. The kernel, disks and serial
# lines are added by the caller.
# shellcheck disable=SC2034  # read by the scripts that source this file
qemu_machine() {
    local accel=$1 memory=$2 cpu cpus=2 clock=()
    case $accel in
    kvm) cpu=host ;;
    tcg) accel=tcg,thread=multi cpu=max ;;
    # Fast string instructions count each byte as one.
    icount) accel=tcg,thread=single cpu=max,-erms,-fsrm cpus=1 clock=(-icount "shift=0,sleep=off") ;;
    *) die "no such accelerator: $accel (kvm, tcg or icount)" ;;
    esac
    machine=(qemu-system-x86_64 -machine q35 -accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory" "${clock[@]}"
        -nodefaults -no-reboot -display none -device virtio-rng-pci)
}

# panic=-1 reboots at once, which -no-reboot turns into the end of the run. The kernel times the timer
# while it boots, and panics where an emulated one was late because the machine had other work to do.
# shellcheck disable=SC2034  # as above
KERNEL_ARGUMENTS="console=ttyS0 panic=-1 no_timer_check"
