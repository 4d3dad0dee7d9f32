// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * Records of a fixed size in a sealed memfd, for a successor of this process: each is written by one pwrite(2) within one page, so that
 * SIGKILL leaves it whole, old or new. Numbers are in native byte order. Thread-safe; one process writes at a time.
 *
 * <pre>
 *  slot 0: the file's own                 others
 *   0       8       12                     0      4
 *  +-------+-------+------+               +------+---------------------+
 *  | magic | size  | term |               | kind | content             |
 *  +-------+-------+------+               +------+---------------------+
 * </pre>
 */
public final class RecordFile implements AutoCloseable {
    /** Bytes of a record, of which the first four are its kind. */
    public static final int SIZE = 256;
    public static final int CONTENT = 4;

    private static final long MAGIC = 0x31_5453_4c53_5546L;
    private static final int FREE = 0;
    private static final int CHUNK = 64 << 10;
    private static final int SEEK_DATA = FileCalls.SEEK_DATA;
    private static final int MFD_CLOEXEC_ALLOW_SEALING = 3;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    /** F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW. */
    private static final int SEALS = 7;

    private final Fd fd;
    private final int slots;
    private final int term;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private int end = 1;

    private RecordFile(Fd fd, int slots, int term) {
        this.fd = fd;
        this.slots = slots;
        this.term = term;
    }

    /** A new file. Memory is taken as it is used. */
    public static RecordFile create(String name, int records) {
        Fd fd = new Fd(check("memfd_create", LIBC.memfd_create(CString.of(name), MFD_CLOEXEC_ALLOW_SEALING)));
        try {
            FileCalls.ftruncate(fd.number(), (long) (records + 1) * SIZE);
            FileCalls.fcntl(fd.number(), F_ADD_SEALS, SEALS);
            RecordFile file = new RecordFile(fd, records + 1, 0);
            file.writeHeader();
            return file;
        } catch (ErrnoException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * The file of a predecessor, taken over in any case.
     *
     * @throws IOException if it is not one that this version understands
     */
    public static RecordFile takeOver(Fd fd) throws IOException {
        try {
            ByteBuffer header = read(fd, 0, SIZE);
            long size = sealedSize(fd);
            if (size < 2 * SIZE || size / SIZE > Integer.MAX_VALUE || header.getLong(0) != MAGIC || header.getInt(8) != SIZE) {
                throw new IOException("what was left behind is of another version, or no such state at all");
            }
            RecordFile file = new RecordFile(fd, (int) (size / SIZE), header.getInt(12) + 1);
            file.findFree();
            file.writeHeader();
            return file;
        } catch (IOException | ErrnoException e) {
            fd.close();
            throw e instanceof IOException known ? known : new IOException("what was left behind cannot be read: " + e.getMessage(), e);
        }
    }

    /** Size of a memfd that can neither grow nor shrink; -1 for any other descriptor. */
    public static long sealedSize(Fd fd) {
        try {
            int seals = FileCalls.fcntl(fd.number(), F_GET_SEALS, 0);
            return (seals & SEALS) == SEALS ? Stat.of(fd.number()).size() : -1;
        } catch (ErrnoException e) {
            return -1;
        }
    }

    private void writeHeader() {
        ByteBuffer header = record(0);
        header.putLong(0, MAGIC).putInt(8, SIZE).putInt(12, term);
        write(0, header);
    }

    /** How often it was taken over. */
    public int term() {
        return term;
    }

    /** The descriptor, to be handed over; stays this object's. */
    public int number() {
        return fd.number();
    }

    /** A record to be filled in from {@link #CONTENT} on. */
    public static ByteBuffer record(int kind) {
        return ByteBuffer.allocate(SIZE).order(ByteOrder.nativeOrder()).putInt(0, kind);
    }

    /**
     * Adds a record.
     *
     * @return its slot
     * @throws ErrnoException ENFILE if the file is full
     */
    public int add(ByteBuffer record) {
        int slot = take();
        write(slot, record);
        return slot;
    }

    /** Writes a record again. */
    public void put(int slot, ByteBuffer record) {
        write(slot, record);
    }

    /** Removes a record. */
    public void remove(int slot) {
        write(slot, record(FREE));
        synchronized (free) {
            free.push(slot);
        }
    }

    /** What is done with a record. */
    public interface Visitor {
        void visit(int slot, ByteBuffer record);
    }

    /** Shows all records of a kind. */
    public void forEach(int kind, Visitor visitor) {
        scan((slot, record) -> {
            if (record.getInt(0) == kind) {
                visitor.visit(slot, record);
            }
        });
    }

    private int take() {
        synchronized (free) {
            if (!free.isEmpty()) {
                return free.pop();
            }
            if (end == slots) {
                throw new ErrnoException("record", Errno.ENFILE);
            }
            return end++;
        }
    }

    private void findFree() {
        boolean[] used = new boolean[slots];
        scan((slot, record) -> {
            used[slot] = record.getInt(0) != FREE;
            end = used[slot] ? slot + 1 : end;
        });
        for (int slot = 1; slot < end; slot++) {
            if (!used[slot]) {
                free.add(slot);
            }
        }
    }

    /** Holes are skipped: most of the file is one. */
    private void scan(Visitor visitor) {
        long size = (long) slots * SIZE;
        for (long at = nextData(0); at < size; at = nextData(at + CHUNK)) {
            ByteBuffer chunk = read(fd, at, (int) Math.min(CHUNK, size - at));
            for (int i = 0; i < chunk.limit() / SIZE; i++) {
                int slot = (int) (at / SIZE) + i;
                if (slot != 0) {
                    visitor.visit(slot, chunk.slice(i * SIZE, SIZE).order(ByteOrder.nativeOrder()));
                }
            }
        }
    }

    private long nextData(long from) {
        try {
            return from >= (long) slots * SIZE ? from : FileCalls.lseek(fd.number(), from, SEEK_DATA) / SIZE * SIZE;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return Long.MAX_VALUE;
            }
            throw e;
        }
    }

    private static ByteBuffer read(Fd fd, long offset, int length) {
        NativeBuffer buffer = NativeBuffer.allocate(length);
        int read = (int) FileCalls.pread(fd.number(), buffer.address(), length, offset);
        return ByteBuffer.wrap(buffer.toArray(length)).limit(read).order(ByteOrder.nativeOrder());
    }

    private void write(int slot, ByteBuffer record) {
        NativeBuffer buffer = NativeBuffer.scratch();
        buffer.bytes().put(0, record, 0, SIZE);
        FileCalls.pwrite(fd.number(), buffer.address(), SIZE, (long) slot * SIZE);
    }

    @Override
    public void close() {
        fd.close();
    }
}
