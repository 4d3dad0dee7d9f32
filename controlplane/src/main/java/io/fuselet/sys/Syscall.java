// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

/** System call numbers of x86_64 ({@code asm/unistd_64.h}), for calls made through syscall(2). */
final class Syscall {
    static final long SETGROUPS = 116;
    static final long SETRESUID = 117;
    static final long SETRESGID = 119;
    static final long SETFSUID = 122;
    static final long SETFSGID = 123;
    static final long CAPGET = 125;
    static final long CAPSET = 126;
    static final long GETTID = 186;
    static final long BPF = 321;
    static final long MEMBARRIER = 324;
    static final long COPY_FILE_RANGE = 326;

    private Syscall() {}
}
