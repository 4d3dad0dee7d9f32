// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.RecordFile;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests that must not be served twice, and what they were answered with, for a successor that the kernel sends them to again
 * ({@code FUSE_NOTIFY_RESEND}). An answer is written down before it is sent. Thread-safe.
 *
 * <pre>
 *  record
 *   0      4        8        16
 *  +------+--------+--------+----------------------------------+
 *  | kind | length | unique | reply, length bytes; 0: none yet |
 *  +------+--------+--------+----------------------------------+
 * </pre>
 */
final class Journal {
    static final int KIND = 2;
    /** {@code FUSE_UNIQUE_RESEND}. */
    static final long RESEND = 1L << 63;

    private static final int LENGTH = RecordFile.CONTENT;
    private static final int UNIQUE = 8;
    private static final int REPLY = 16;

    /** A request that is being served. */
    final class Entry {
        private final int slot;
        private final byte[] reply;
        private final boolean begun;

        private Entry(int slot, byte[] reply, boolean begun) {
            this.slot = slot;
            this.reply = reply;
            this.begun = begun;
        }

        /** Whether a predecessor began to serve it, and may have done so. */
        boolean begun() {
            return begun;
        }

        /** Puts a predecessor's reply into {@code out}; false if there is none. */
        boolean recall(Frame out, long unique) {
            if (reply.length == 0) {
                return false;
            }
            out.bytes.put(0, reply);
            out.bytes.putLong(Reply.UNIQUE, unique);
            out.length = reply.length;
            return true;
        }

        /** Writes down the reply that is about to be sent. */
        void answer(Frame out) {
            ByteBuffer record = record(out.bytes.getLong(Reply.UNIQUE), out.length);
            for (int i = 0; i < out.length; i++) {
                record.put(REPLY + i, out.bytes.get(i));
            }
            file.put(slot, record);
        }

        /** The kernel has the reply. */
        void end() {
            file.remove(slot);
        }
    }

    private final RecordFile file;
    private final ConcurrentHashMap<Long, Entry> left = new ConcurrentHashMap<>();

    /** With what a predecessor left in the file. */
    Journal(RecordFile file) {
        this.file = file;
        file.forEach(KIND, (slot, record) -> {
            int length = record.getInt(LENGTH);
            byte[] reply = new byte[length >= Reply.HEADER_SIZE && length <= RecordFile.SIZE - REPLY ? length : 0];
            record.get(REPLY, reply);
            left.put(record.getLong(UNIQUE), new Entry(slot, reply, true));
        });
    }

    /** Whether serving a request of this kind twice is not the same as once. All their replies fit into a record. */
    static boolean keeps(int opcode) {
        return switch (opcode) {
            case Opcode.MKDIR, Opcode.MKNOD, Opcode.SYMLINK, Opcode.LINK, Opcode.CREATE, Opcode.TMPFILE, Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME,
                    Opcode.RENAME2, Opcode.SETXATTR, Opcode.REMOVEXATTR, Opcode.WRITE, Opcode.FALLOCATE -> true;
            default -> false;
        };
    }

    /** @throws io.fuselet.sys.ErrnoException ENFILE if the file is full */
    Entry begin(long unique) {
        Entry known = (unique & RESEND) == 0 ? null : left.remove(unique & ~RESEND);
        return known != null ? known : new Entry(file.add(record(unique, 0)), new byte[0], false);
    }

    private static ByteBuffer record(long unique, int length) {
        return RecordFile.record(KIND).putInt(LENGTH, length).putLong(UNIQUE, unique & ~RESEND);
    }
}
