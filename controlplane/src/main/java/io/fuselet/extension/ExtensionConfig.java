// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * {@code struct fuselet_config} of {@code bpf/include/fuselet/}, written into an extension's read-only data before it is loaded.
 *
 * <pre>
 *  0        4        8                16       20       24
 *  +--------+--------+----------------+--------+--------+
 *  | slot   | flags  | attr_valid_sec | a._nsec| pad    |
 *  +--------+--------+----------------+--------+--------+
 * </pre>
 */
record ExtensionConfig(int slot, int flags, Duration attributeTimeout) {
    static final int SIZE = 24;

    byte[] toByteArray() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.nativeOrder())
                .putInt(slot)
                .putInt(flags)
                .putLong(attributeTimeout.toSeconds())
                .putInt(attributeTimeout.toNanosPart())
                .array();
    }
}
