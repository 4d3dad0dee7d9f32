// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

/** Java's mirror of {@code kernel/files/include/uapi/linux/fuse_bpf.h}. A test compares every number with what the C compiler says. */
public final class FuseBpf {
    /** FUSE_INIT flag, bit 62 of the 64-bit flags: the daemon agrees to requests that it never sees. */
    public static final long INIT_FLAG = 1L << 62;

    /** FUSE_BPF_OPCODES: opcodes of this number and above never reach a program. */
    public static final int OPCODES = 64;

    /** FUSE_BPF_SLOT_SIZE: entries of the program array that one extension takes. */
    public static final int SLOT_SIZE = 2 * OPCODES;

    /** FUSE_BPF_MAX_MAPS: maps that one link can own. */
    public static final int MAX_MAPS = 8;

    /** FUSE_BPF_SECOND: the second object of a redirect. */
    public static final long SECOND = 1L;

    /** FUSE_BPF_BIND_HANDLE. */
    public static final long BIND_HANDLE = 1L;

    /** FUSE_BPF_LAZY_ATIME: cached attributes are served though access times may have moved. */
    public static final int LAZY_ATIME = 1;

    /** FUSE_BPF_CONSENT: the daemon agrees by handing over its device. */
    public static final int CONSENT = 2;

    public static final int PASS = 0;
    public static final int REPLY = 1;
    public static final int REDIRECT = 2;

    private FuseBpf() {}

    /** enum fuse_bpf_stage. */
    public enum Stage {
        REQUEST,
        REPLIED;

        /** Index of an opcode's handler in the program array. */
        public int index(int slot, int opcode) {
            return slot * SLOT_SIZE + ordinal() * OPCODES + opcode;
        }
    }

    /** Byte offsets in struct bpf_fuse_ctx. */
    public static final class Context {
        public static final int OPCODE = 0;
        public static final int STAGE = 4;
        public static final int NODEID = 8;
        public static final int UID = 16;
        public static final int GID = 20;
        public static final int PID = 24;
        public static final int ERROR = 28;
        public static final int IN_LEN = 32;
        public static final int OUT_LEN = 36;
        public static final int COOKIE = 40;
        public static final int SIZE = 48;

        private Context() {}
    }

    /** Byte offsets in struct fuse_bpf_backing, the value of a BPF_MAP_TYPE_FUSE_BACKING map. */
    public static final class Backing {
        public static final int FD = 0;
        public static final int FLAGS = 4;
        public static final int RESERVED = 8;
        public static final int DEV = 0;
        public static final int INO = 8;
        public static final int SIZE = 16;

        private Backing() {}
    }

    /** Byte offsets in struct fuse_bpf_cache_key, the key of a BPF_MAP_TYPE_FUSE_CACHE map. */
    public static final class CacheKey {
        public static final int NODEID = 0;
        public static final int KIND = 8;
        public static final int NAME_LEN = 12;
        public static final int NAME = 16;

        private CacheKey() {}
    }

    /** Byte offsets in struct bpf_fuse_test_ctx, the context of BPF_PROG_TEST_RUN. */
    public static final class TestContext {
        public static final int CONTEXT = 0;
        public static final int REPLY_LEN = 48;
        public static final int REDIRECT_MAP = 52;
        public static final int REDIRECT_KEY = 56;
        public static final int REDIRECT_FLAGS = 64;
        public static final int BIND_MAP = 72;
        public static final int RESERVED = 76;
        public static final int BIND_FLAGS = 80;
        public static final int REDIRECT2_MAP = 88;
        public static final int RESERVED2 = 92;
        public static final int REDIRECT2_KEY = 96;
        public static final int SIZE = 104;

        private TestContext() {}
    }
}
