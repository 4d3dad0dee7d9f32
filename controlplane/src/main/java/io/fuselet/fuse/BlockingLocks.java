// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Serves SETLKW, which may wait for as long as somebody holds a lock, on threads of its own. */
final class BlockingLocks {
    /** How many may wait at a time; more fail with ENOLCK. */
    static final int LIMIT = 256;
    private static final int FRAME_CAPACITY = 4096;
    private static final int GRACE_SECONDS = 5;

    private final FuseServer server;
    private final Semaphore room = new Semaphore(LIMIT);
    private final ExecutorService threads;

    BlockingLocks(FuseServer server) {
        this.server = server;
        AtomicInteger number = new AtomicInteger();
        threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "fuse-lock-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Takes over a copy of {@code request}, whose reply will go to {@code channel}; answers whether there was room for it. */
    boolean start(Frame request, Channel channel) {
        if (request.length > FRAME_CAPACITY || !room.tryAcquire()) {
            return false;
        }
        Dispatcher dispatcher = server.newDispatcher(FRAME_CAPACITY, FRAME_CAPACITY);
        Exchange exchange = dispatcher.exchange();
        exchange.in.bytes.put(0, request.bytes, 0, request.length);
        exchange.in.length = request.length;
        exchange.interruption.begin(dispatcher.unique());
        server.interrupts().add(exchange.interruption);
        try {
            threads.execute(() -> serve(dispatcher, channel));
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            end(exchange);
            return false;
        }
    }

    private void serve(Dispatcher dispatcher, Channel channel) {
        try {
            if (dispatcher.dispatch()) {
                server.send(channel, dispatcher.exchange().out, dispatcher.opcode());
            }
        } finally {
            end(dispatcher.exchange());
        }
    }

    private void end(Exchange exchange) {
        server.interrupts().remove(exchange.interruption);
        exchange.interruption.end();
        room.release();
    }

    /** Takes no more, and waits for those in hand, which the caller has interrupted; not for ever, should one not listen. */
    void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
                server.faults().stuck(LIMIT - room.availablePermits());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
