// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.FileHandle;
import io.fuselet.sys.RecordFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The nodes that the kernel knows, written down for a successor. A lookup is counted here before it is answered, a forget when it has been
 * served: after a crash there may be too many of them, never too few, and what is too many lasts until the mount ends.
 *
 * <pre>
 *  record of a node
 *   0      4      8    16        24    32    40      48
 *  +------+------+----+---------+-----+-----+-------+-------------+
 *  | kind | type | id | lookups | dev | ino | birth | file handle |
 *  +------+------+----+---------+-----+-----+-------+-------------+
 *  of the root
 *  | kind |      | dev | ino |
 * </pre>
 */
final class NodeRecords {
    private static final int ROOT = 3;
    private static final int NODE = 4;
    private static final int HANDLE = 48;

    private final RecordFile file;

    NodeRecords(RecordFile file) {
        this.file = file;
    }

    void addRoot(Node root) {
        file.add(RecordFile.record(ROOT).putLong(8, root.dev).putLong(16, root.ino));
    }

    /** @throws IOException if the records are of another tree */
    void checkRoot(Node root) throws IOException {
        boolean[] same = new boolean[1];
        file.forEach(ROOT, (slot, record) -> same[0] = record.getLong(8) == root.dev && record.getLong(16) == root.ino);
        if (!same[0]) {
            throw new IOException("what was left behind is of another source directory");
        }
    }

    /** Where ids of nodes and handles begin that no predecessor has given away. */
    long firstId() {
        return (long) file.term() << 40;
    }

    /** @return the slot, for {@link #put} and {@link #remove} */
    int add(long id, int type, long lookups, ObjectKey key, long birth, FileHandle handle) {
        return file.add(encode(id, type, lookups, key, birth, handle));
    }

    void put(int slot, long id, int type, long lookups, ObjectKey key, long birth, FileHandle handle) {
        file.put(slot, encode(id, type, lookups, key, birth, handle));
    }

    void remove(int slot) {
        file.remove(slot);
    }

    private static ByteBuffer encode(long id, int type, long lookups, ObjectKey key, long birth, FileHandle handle) {
        ByteBuffer record = RecordFile.record(NODE).putInt(4, type).putLong(8, id).putLong(16, lookups)
                .putLong(24, key.dev).putLong(32, key.ino).putLong(40, birth);
        return handle == null ? record : record.put(HANDLE, handle.toArray());
    }

    /** Passes on what a predecessor has left, without descriptors. */
    void restore(Consumer<Node> nodes) {
        file.forEach(NODE, (slot, record) -> nodes.accept(decode(slot, record)));
    }

    private Node decode(int slot, ByteBuffer record) {
        byte[] rest = new byte[RecordFile.SIZE - HANDLE];
        record.get(HANDLE, rest);
        return new Node(this, slot, record.getLong(8), record.getInt(4), record.getLong(16), new ObjectKey(record.getLong(24), record.getLong(32)),
                record.getLong(40), FileHandle.parse(rest));
    }

    /** The file handle of a descriptor, null if it has none. */
    static FileHandle handleOf(int opened) {
        try {
            return FileHandle.of(opened);
        } catch (ErrnoException e) {
            return null;
        }
    }
}
