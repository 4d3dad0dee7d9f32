// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;

/** {@code FUSE_DEV_IOC_*} of {@code include/uapi/linux/fuse.h}; numbers are composed as in {@code asm-generic/ioctl.h}. */
final class DeviceIoctls {
    static final String DEVICE = "/dev/fuse";

    private static final long MAGIC = 229;
    private static final long WRITE = 1;
    private static final long READ = 2;
    static final int BACKING_MAP_SIZE = 16;
    static final long CLONE = number(READ, 0, 4);
    static final long BACKING_OPEN = number(WRITE, 1, BACKING_MAP_SIZE);
    static final long BACKING_CLOSE = number(WRITE, 2, 4);

    private DeviceIoctls() {
    }

    private static long number(long direction, long nr, long size) {
        return direction << 30 | size << 16 | MAGIC << 8 | nr;
    }

    /** Another descriptor of the connection behind {@code device}, with a processing queue of its own. */
    static Fd cloneOf(int device) {
        Fd clone = new Fd(FileCalls.open(DEVICE, Open.O_RDWR));
        try {
            NativeBuffer argument = NativeBuffer.allocate(4);
            argument.bytes().putInt(0, device);
            FileCalls.ioctl(clone.number(), CLONE, argument.address());
            return clone;
        } catch (RuntimeException e) {
            clone.close();
            throw e;
        }
    }

    /** Backing files of the connection behind {@code device}. */
    static BackingFiles backingFiles(int device) {
        return new BackingFiles() {
            @Override
            public int open(int fd) {
                NativeBuffer map = NativeBuffer.allocate(BACKING_MAP_SIZE);
                map.bytes().putInt(0, fd);
                return FileCalls.ioctl(device, BACKING_OPEN, map.address());
            }

            @Override
            public void close(int backingId) {
                NativeBuffer argument = NativeBuffer.allocate(4);
                argument.bytes().putInt(0, backingId);
                FileCalls.ioctl(device, BACKING_CLOSE, argument.address());
            }
        };
    }
}
