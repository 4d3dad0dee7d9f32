// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Bytes as they go over the device, put together by hand and independent of the code under test. */
final class Wire {
    static final long NODE = 0x1122334455667788L;
    static final long UNIQUE = 4712;
    static final int UID = 1000;
    static final int GID = 1001;
    static final int PID = 77;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int extensionLength;

    /** A request from the sentinel node and caller; its length is filled in at the end. */
    static Wire request(int opcode) {
        return request(opcode, UNIQUE);
    }

    static Wire request(int opcode, long unique) {
        return new Wire().u32(0).u32(opcode).u64(unique).u64(NODE).u32(UID).u32(GID).u32(PID).u32(0);
    }

    static Wire body() {
        return new Wire();
    }

    Wire u16(int value) {
        return append(ByteBuffer.allocate(2).order(ByteOrder.nativeOrder()).putShort((short) value));
    }

    Wire u32(int value) {
        return append(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value));
    }

    Wire u64(long value) {
        return append(ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value));
    }

    Wire name(String name) {
        return bytes(name.getBytes(StandardCharsets.ISO_8859_1)).bytes(new byte[] {0});
    }

    Wire bytes(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    Wire zeros(int count) {
        return bytes(new byte[count]);
    }

    /** What follows are extensions. */
    Wire extensions(Wire more) {
        byte[] content = more.bytes.toByteArray();
        extensionLength += content.length / 8;
        return bytes(content);
    }

    private Wire append(ByteBuffer buffer) {
        return bytes(buffer.array());
    }

    byte[] toBody() {
        return bytes.toByteArray();
    }

    byte[] toRequest() {
        byte[] frame = bytes.toByteArray();
        buffer(frame).putInt(0, frame.length).putShort(36, (short) extensionLength);
        return frame;
    }

    static ByteBuffer buffer(byte[] frame) {
        return ByteBuffer.wrap(frame).order(ByteOrder.nativeOrder());
    }

    /** {@code struct fuse_attr} with a different value in each field. */
    static Wire attributes() {
        return body().u64(11).u64(12).u64(13).u64(14).u64(15).u64(16).u32(17).u32(18).u32(19).u32(20).u32(21).u32(22)
                .u32(23).u32(24).u32(25).u32(26);
    }

    /** Sets the same values. */
    static void fill(Attributes attributes) {
        attributes.ino(11).size(12).blocks(13).atime(14, 17).mtime(15, 18).ctime(16, 19).mode(20).nlink(21).uid(22)
                .gid(23).rdev(24).blksize(25).flags(26);
    }

    /** {@code struct fuse_entry_out} with a different value in each field. */
    static Wire entry() {
        return body().u64(5).u64(6).u64(7).u64(8).u32(500).u32(600).bytes(attributes().toBody());
    }

    /** Sets the same values. */
    static void fill(EntryReply entry) {
        entry.nodeId(5).generation(6).entryTimeout(7_000_000_500L).attrTimeout(8_000_000_600L);
        fill(entry.attr());
    }
}
