// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Events that wait for one follower. What comes faster than it reads is counted and dropped. */
final class EventQueue implements AutoCloseable {
    private static final int MOST_WAITING = 4096;

    private final BlockingQueue<Object> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong lost = new AtomicLong();
    private final EventHub hub;
    private final Predicate<Object> wanted;

    EventQueue(EventHub hub, Predicate<Object> wanted) {
        this.hub = hub;
        this.wanted = wanted;
    }

    void offer(Object event) {
        if (wanted.test(event) && !waiting.offer(event)) {
            lost.incrementAndGet();
        }
    }

    /** The next event, null if none has come in that time. */
    Object poll(long millis) throws InterruptedException {
        return waiting.poll(millis, TimeUnit.MILLISECONDS);
    }

    /** How many were dropped since this was asked last. */
    long takeLost() {
        return lost.getAndSet(0);
    }

    @Override
    public void close() {
        hub.remove(this);
    }
}
