// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Predicate;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The reader of a BPF_MAP_TYPE_RINGBUF map, of which a map has one. Safe for use by several threads. */
public final class BpfRingBuffer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BpfRingBuffer.class);

    /** What a callback ends libbpf's reading with; the record counts as read. */
    private static final int STOP = -1;

    private final LibBpf library;
    private final Predicate<ByteBuffer> records;
    /** Held, because native code does not keep it from the garbage collector. */
    private final LibBpf.SampleFunction callback = this::sample;
    private Pointer ring;

    private BpfRingBuffer(LibBpf library, Predicate<ByteBuffer> records) {
        this.library = library;
        this.records = records;
    }

    /**
     * @param map may be closed when the reader is, or when another map object of the same kernel map is still there
     * @param records gets each record, valid until it returns, on the thread that calls {@link #consume}, and says whether to go on
     */
    public static BpfRingBuffer open(BpfMap map, Predicate<ByteBuffer> records) throws BpfException {
        BpfRingBuffer reader = new BpfRingBuffer(LibBpf.get(), records);
        reader.ring = reader.library.ring_buffer__new(map.fd(), reader.callback, 0, 0);
        if (reader.ring == null) {
            throw new BpfException("read ring buffer " + map.name(), LibBpf.lastError());
        }
        return reader;
    }

    /** A descriptor that is readable while there are records; this object's. */
    public synchronized int descriptor() {
        return library.ring_buffer__epoll_fd(ring);
    }

    /** Hands over the records that are there and those that come meanwhile, until there are none or that is enough. */
    public synchronized void consume() {
        if (ring != null) {
            library.ring_buffer__consume(ring);
        }
    }

    @Override
    public synchronized void close() {
        if (ring != null) {
            library.ring_buffer__free(ring);
            ring = null;
        }
    }

    /** What is thrown here would end the process. */
    private int sample(Pointer context, Pointer data, long size) {
        try {
            byte[] record = new byte[(int) size];
            data.get(0, record, 0, record.length);
            return records.test(ByteBuffer.wrap(record).order(ByteOrder.nativeOrder())) ? 0 : STOP;
        } catch (RuntimeException e) {
            LOG.error("a record of {} bytes was not handled", size, e);
            return 0;
        }
    }
}
