// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** {@code struct fuse_lk_out}: answer to GETLK. As it begins, it says that the lock could be had. */
public final class LockReply extends Reply {
    /** {@code F_UNLCK} of fcntl(2): no other lock is in the way. */
    private static final int UNLOCKED = 2;

    static final int START = HEADER_SIZE;
    static final int END = START + 8;
    static final int TYPE = END + 8;
    static final int PID = TYPE + 4;
    static final int SIZE = PID + 4 - HEADER_SIZE;

    LockReply(Exchange exchange) {
        super(exchange);
    }

    @Override
    void begin() {
        beginFixed(SIZE);
        frame.bytes.putInt(TYPE, UNLOCKED);
    }

    /**
     * A lock that is in the way.
     *
     * @param start its first byte
     * @param end its last byte
     * @param type {@code F_RDLCK} or {@code F_WRLCK} of fcntl(2)
     * @param pid process that holds it
     */
    public LockReply conflict(long start, long end, int type, int pid) {
        frame.bytes.putLong(START, start);
        frame.bytes.putLong(END, end);
        frame.bytes.putInt(TYPE, type);
        frame.bytes.putInt(PID, pid);
        return this;
    }
}
