// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.time.Duration;

/**
 * What a server puts up with.
 *
 * @param lineBytes of one message
 * @param connections of all strangers together; who runs the server has as many as one uid more
 * @param connectionsPerUid open at a time
 * @param line for a message that has begun to arrive
 * @param idle between messages
 * @param send for a client to read what it is sent
 */
public record Limits(int lineBytes, int connections, int connectionsPerUid, Duration line, Duration idle, Duration send) {
    /** Of the broker, to which anybody may connect. */
    public static final Limits BROKER =
            new Limits(64 << 10, 128, 16, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(10));

    /** Of a mount process: a policy, of at most 1 MiB, is one message. */
    public static final Limits MOUNT = new Limits(3 << 20, 0, 16, Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(10));
}
