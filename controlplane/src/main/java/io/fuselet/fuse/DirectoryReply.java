// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Entries of a directory: answer to READDIR ({@code struct fuse_dirent}) and READDIRPLUS ({@code struct fuse_direntplus}).
 *
 * <pre>
 *   0     8     16      20    24
 *  +-----+-----+-------+-----+--------------------+
 *  | ino | off |namelen|type | name, no NUL | pad  |   to a multiple of 8 bytes;
 *  +-----+-----+-------+-----+--------------------+   struct fuse_entry_out before it for READDIRPLUS
 * </pre>
 *
 * <p>An empty reply ends the directory. {@code off} is what a later request's {@link ReadRequest#offset()} is to be, to go on
 * behind that entry; never 0. {@code type} is a {@code DT_*} number of readdir(3).
 */
public final class DirectoryReply extends Reply {
    static final int INO = 0;
    static final int OFF = INO + 8;
    static final int NAMELEN = OFF + 8;
    static final int TYPE = NAMELEN + 4;
    static final int NAME = TYPE + 4;

    private final EntryReply entry;
    private int end;
    private boolean plus;
    private Predicate<byte[]> omitted;

    DirectoryReply(Exchange exchange) {
        super(exchange);
        entry = new EntryReply(exchange);
    }

    @Override
    void begin() {
        beginFixed(0);
    }

    void begin(int limit, boolean readdirplus) {
        begin();
        end = HEADER_SIZE + Math.min(limit, frame.capacity() - HEADER_SIZE);
        plus = readdirplus;
        omitted = name -> false;
    }

    /** Leaves names out of this reply. They are given without NUL. */
    public void omit(Predicate<byte[]> names) {
        omitted = names;
    }

    /** Whether an entry of this name is to be skipped. To be asked before the name is looked up. */
    public boolean omits(byte[] name, int from, int count) {
        return omitted.test(Arrays.copyOfRange(name, from, from + count));
    }

    /** Whether entries are to be added with {@link #addPlus}, because the request is READDIRPLUS. */
    public boolean plus() {
        return plus;
    }

    /** Whether an entry whose name has {@code nameLength} bytes can still be added. */
    public boolean fits(int nameLength) {
        return recordSize(nameLength) <= end - frame.length;
    }

    /** Adds an entry to READDIR's answer; false, with nothing added, if there is no room. */
    public boolean add(byte[] name, int from, int count, long ino, long off, int type) {
        if (!fits(count)) {
            return false;
        }
        frame.bytes.put(put(count, ino, off, type), name, from, count);
        return true;
    }

    /** Adds an entry whose name is the {@code count} bytes of {@code source} at index {@code from}. */
    public boolean add(ByteBuffer source, int from, int count, long ino, long off, int type) {
        if (!fits(count)) {
            return false;
        }
        frame.bytes.put(put(count, ino, off, type), source, from, count);
        return true;
    }

    /**
     * Adds an entry to READDIRPLUS' answer. Each entry with a node id counts like a LOOKUP of it: ask {@link #fits} before
     * looking up.
     *
     * @return the entry's node, to be filled before the next entry is added; null, with nothing added, if there is no room
     */
    public EntryReply addPlus(byte[] name, int from, int count, long ino, long off, int type) {
        int record = frame.length;
        return add(name, from, count, ino, off, type) ? entryAt(record) : null;
    }

    /** As {@link #addPlus(byte[], int, int, long, long, int)}, from index {@code from} of {@code source}. */
    public EntryReply addPlus(ByteBuffer source, int from, int count, long ino, long off, int type) {
        int record = frame.length;
        return add(source, from, count, ino, off, type) ? entryAt(record) : null;
    }

    /** Gives each entry of READDIRPLUS' answer that has a node, with its name, in order. */
    public void forEachNode(BiConsumer<byte[], EntryReply> action) {
        for (int record = HEADER_SIZE; plus && record < frame.length; ) {
            int dirent = record + EntryReply.SIZE;
            byte[] name = new byte[frame.bytes.getInt(dirent + NAMELEN)];
            frame.bytes.get(dirent + NAME, name);
            EntryReply node = entryAt(record);
            if (node.nodeId() != 0) {
                action.accept(name, node);
            }
            record += recordSize(name.length);
        }
    }

    /** Whether nothing was added yet. */
    public boolean isEmpty() {
        return frame.length == HEADER_SIZE;
    }

    private EntryReply entryAt(int record) {
        entry.moveTo(record);
        return entry;
    }

    /** Writes the record but for its name, whose offset it returns. */
    private int put(int nameLength, long ino, long off, int type) {
        int record = frame.length;
        int size = recordSize(nameLength);
        frame.zero(record, size);
        int dirent = plus ? record + EntryReply.SIZE : record;
        frame.bytes.putLong(dirent + INO, ino);
        frame.bytes.putLong(dirent + OFF, off);
        frame.bytes.putInt(dirent + NAMELEN, nameLength);
        frame.bytes.putInt(dirent + TYPE, type);
        frame.length = record + size;
        return dirent + NAME;
    }

    private int recordSize(int nameLength) {
        return (plus ? EntryReply.SIZE : 0) + (NAME + nameLength + 7 & ~7);
    }
}
