// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct fuselet_config} of {@code bpf/include/fuselet/}, written into an extension's read-only data before it is loaded.
 *
 * <pre>
 *  0        4        8                16               24               28              32
 *  +--------+--------+----------------+----------------+----------------+---------------+
 *  | slot   | flags  | entry_valid    | attr_valid     |entry_valid_nsec|attr_valid_nsec|
 *  +--------+--------+----------------+----------------+----------------+---------------+
 * </pre>
 */
record ExtensionConfig(int slot, int flags, Timeouts timeouts) {
    static final int SIZE = 32;

    byte[] toByteArray() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.nativeOrder())
                .putInt(slot)
                .putInt(flags)
                .putLong(timeouts.entry().toSeconds())
                .putLong(timeouts.attributes().toSeconds())
                .putInt(timeouts.entry().toNanosPart())
                .putInt(timeouts.attributes().toNanosPart())
                .array();
    }
}
