// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Passes events on to whoever follows them. Publishing never waits. */
public final class EventHub {
    private final List<EventQueue> followers = new CopyOnWriteArrayList<>();

    /** @param event as Jackson writes it */
    public void publish(Object event) {
        followers.forEach(follower -> follower.offer(event));
    }

    /** Whether anybody would see an event. */
    public boolean isFollowed() {
        return !followers.isEmpty();
    }

    EventQueue follow(Predicate<Object> wanted) {
        EventQueue queue = new EventQueue(this, wanted);
        followers.add(queue);
        return queue;
    }

    void remove(EventQueue queue) {
        followers.remove(queue);
    }
}
