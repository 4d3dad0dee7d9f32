// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.Errno;
import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A kernel map and its element operations (bpf(2)). Safe for use by several threads.
 *
 * @param fd descriptor, owned by the object that the map was loaded with
 * @param keySize bytes of a key
 * @param valueSize bytes of a value
 * @param maxEntries limit that the map was created with
 */
public record BpfMap(String name, int fd, int keySize, int valueSize, int maxEntries) {
    /** The element member of union bpf_attr: map_fd, key, value, flags. */
    private static final int ATTR_BYTES = 32;

    /** The value at a key, empty if there is none. */
    public Optional<byte[]> lookup(byte[] key) throws BpfException {
        NativeBuffer value = NativeBuffer.allocate(valueSize);
        if (!perform("look up in", Bpf.MAP_LOOKUP_ELEM, NativeBuffer.copyOf(key), value)) {
            return Optional.empty();
        }
        return Optional.of(value.toArray(valueSize));
    }

    /** Creates or replaces an element (BPF_ANY). */
    public void update(byte[] key, byte[] value) throws BpfException {
        if (!perform("update", Bpf.MAP_UPDATE_ELEM, NativeBuffer.copyOf(key), NativeBuffer.copyOf(value))) {
            throw new BpfException("update map " + name, Errno.ENOENT);
        }
    }

    /** @return whether there was such an element */
    public boolean delete(byte[] key) throws BpfException {
        return perform("delete from", Bpf.MAP_DELETE_ELEM, NativeBuffer.copyOf(key), null);
    }

    /** @param key the key to continue after, null for the first one */
    public Optional<byte[]> nextKey(byte[] key) throws BpfException {
        NativeBuffer next = NativeBuffer.allocate(keySize);
        if (!perform("walk", Bpf.MAP_GET_NEXT_KEY, key == null ? null : NativeBuffer.copyOf(key), next)) {
            return Optional.empty();
        }
        return Optional.of(next.toArray(keySize));
    }

    /** Keeps the map beyond the life of this process. */
    public void pin(Path name) throws BpfException {
        BpfPins.pin(fd, name);
    }

    public MapInfo info() throws BpfException {
        return MapInfo.of(fd);
    }

    /** A key or value of one __u32. */
    public static byte[] u32(int value) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(value).array();
    }

    /** A key or value of one __u64. */
    public static byte[] u64(long value) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array();
    }

    /** @return false where the kernel says ENOENT */
    private boolean perform(String what, int command, NativeBuffer key, NativeBuffer value) throws BpfException {
        NativeBuffer attr = NativeBuffer.allocate(ATTR_BYTES);
        attr.bytes().putInt(fd).putInt(0).putLong(key == null ? 0 : key.address()).putLong(value == null ? 0 : value.address());
        int result = Bpf.call(command, attr, key, value);
        if (result == -Errno.ENOENT) {
            return false;
        }
        if (result < 0) {
            throw new BpfException(what + " map " + name, -result);
        }
        return true;
    }
}
