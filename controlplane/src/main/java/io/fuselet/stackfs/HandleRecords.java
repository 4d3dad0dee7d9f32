// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.RecordFile;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Open files or directories by handle, written down for a successor before OPEN is answered. Does nothing without a file to write to.
 * Thread-safe.
 *
 * <pre>
 *  record
 *   0      4       8        16     24
 *  +------+-------+--------+------+
 *  | kind | flags | handle | node |
 *  +------+-------+--------+------+
 * </pre>
 */
final class HandleRecords {
    static final int FILES = 5;
    static final int DIRECTORIES = 6;

    private final RecordFile file;
    private final int kind;
    private final ConcurrentHashMap<Long, Integer> slots = new ConcurrentHashMap<>();

    /** @param file null where nobody is to succeed */
    HandleRecords(RecordFile file, int kind) {
        this.file = file;
        this.kind = kind;
    }

    /** Where handles begin that no predecessor has given away. */
    long firstHandle() {
        return file == null ? 0 : (long) file.term() << 40;
    }

    void add(long handle, Node node, int flags) {
        if (file != null) {
            slots.put(handle, file.add(RecordFile.record(kind).putInt(4, flags).putLong(8, handle).putLong(16, node.id)));
        }
    }

    void remove(long handle) {
        Integer slot = slots.remove(handle);
        if (slot != null) {
            file.remove(slot);
        }
    }

    /** What is done with a handle. */
    interface Visitor {
        void visit(long handle, long nodeId, int flags);
    }

    /** Passes on what a predecessor has left. */
    void restore(Visitor visitor) {
        if (file != null) {
            file.forEach(kind, (slot, record) -> {
                slots.put(record.getLong(8), slot);
                visitor.visit(record.getLong(8), record.getLong(16), record.getInt(4));
            });
        }
    }
}
