// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Writes BTF that holds enums only: a stand-in for a kernel's. Format: Documentation/bpf/btf.rst in the kernel. */
final class BtfBytes {
    private static final int MAGIC = 0xeb9f;
    private static final int HEADER_BYTES = 24;
    private static final int KIND_ENUM = 6;

    private final ByteArrayOutputStream types = new ByteArrayOutputStream();
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();

    BtfBytes() {
        strings.write(0);
    }

    BtfBytes enumeration(String name, Map<String, Integer> constants) {
        ByteBuffer type = buffer(12 + 8 * constants.size());
        type.putInt(string(name)).putInt(KIND_ENUM << 24 | constants.size()).putInt(4);
        constants.forEach((constant, value) -> type.putInt(string(constant)).putInt(value));
        types.writeBytes(type.array());
        return this;
    }

    byte[] toByteArray() {
        ByteBuffer out = buffer(HEADER_BYTES + types.size() + strings.size());
        out.putShort((short) MAGIC).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
        out.putInt(0).putInt(types.size()).putInt(types.size()).putInt(strings.size());
        return out.put(types.toByteArray()).put(strings.toByteArray()).array();
    }

    private int string(String text) {
        int at = strings.size();
        strings.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        strings.write(0);
        return at;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }
}
