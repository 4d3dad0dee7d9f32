// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.BpfRingBuffer;
import io.fuselet.fuse.Opcode;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.AuditSink;
import io.fuselet.policy.PolicyFileSystem;
import io.fuselet.policy.TreePath;
import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;

/**
 * Events of {@code policy.bpf.c}, read by a thread of its own until closed. Paths are those of the time of reading, so that events are read
 * before a path changes.
 *
 * <pre>
 *  struct fuselet_policy_event              (bpf/include/fuselet/policy.h)
 *   0       8        16    20    24       28      32
 *  +-------+--------+-----+-----+--------+-------+
 *  | time  | nodeid | uid | pid | opcode | error |
 *  +-------+--------+-----+-----+--------+-------+
 * </pre>
 */
final class PolicyEvents implements AutoCloseable {
    static final int NODEID = 8;
    static final int UID = 16;
    static final int PID = 20;
    static final int OPCODE = 24;
    static final int ERROR = 28;
    private static final long JOIN_MILLIS = 10_000;
    /** As long as events are read no name can be looked up. */
    private static final int BATCH = 64;

    private final PolicyFileSystem fileSystem;
    private final AuditSink sink;
    private final BpfRingBuffer ring;
    private final Fd wake = new Fd(EventCalls.eventfd(0, EventCalls.EFD_NONBLOCK));
    private final Thread thread = new Thread(this::run, "fuselet-audit");
    private volatile boolean closing;
    /** How many events more, and up to what time; guarded by the lock that keeps paths. */
    private int left;
    private long until;

    /** @param composition may be replaced by another one that has taken over its maps of events */
    PolicyEvents(Composition composition, PolicyFileSystem fileSystem, AuditSink sink) throws BpfException {
        this.fileSystem = fileSystem;
        this.sink = sink;
        this.ring = BpfRingBuffer.open(composition.map(PolicyMaps.EXTENSION, PolicyMaps.EVENTS), this::accept);
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads what is there, and not what comes meanwhile, which may never end. */
    void drain() {
        fileSystem.whilePathsStay(() -> read(Integer.MAX_VALUE, System.nanoTime()));
    }

    private void read(int most, long upTo) {
        left = most;
        until = upTo;
        ring.consume();
    }

    private void run() {
        while (!closing) {
            EventCalls.pollIn(-1, ring.descriptor(), wake.number());
            fileSystem.whilePathsStay(() -> read(BATCH, Long.MAX_VALUE));
        }
    }

    /** @return whether to go on */
    private boolean accept(ByteBuffer event) {
        List<TreePath> paths = fileSystem.paths(event.getLong(NODEID));
        sink.accept(new AuditEvent(wallTime(event.getLong(0)), event.getInt(UID), event.getInt(PID), Opcode.name(event.getInt(OPCODE)),
                paths.isEmpty() ? null : paths.get(0), null, -event.getInt(ERROR)));
        return --left > 0 && event.getLong(0) < until;
    }

    /** Java's nanoTime is CLOCK_MONOTONIC too. */
    private static Instant wallTime(long monotonic) {
        return Instant.now().minusNanos(System.nanoTime() - monotonic);
    }

    /** Events that the kernel had no room for. */
    static long lost(BpfMap map) throws BpfException {
        byte[] value = map.lookup(BpfMap.u32(0)).orElseThrow(() -> new BpfException("map " + map.name() + " is empty"));
        return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
    }

    @Override
    public void close() {
        closing = true;
        NativeBuffer one = NativeBuffer.allocate(Long.BYTES);
        one.bytes().putLong(0, 1);
        FileCalls.write(wake.number(), one.address(), Long.BYTES);
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        drain();
        ring.close();
        wake.close();
    }
}
