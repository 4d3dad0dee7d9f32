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

    /** Each thread's own argument: passthrough registers a file at every OPEN. */
    private static final ThreadLocal<NativeBuffer> ARGUMENT =
            ThreadLocal.withInitial(() -> NativeBuffer.allocate(BACKING_MAP_SIZE));

    private DeviceIoctls() {
    }

    private static long number(long direction, long nr, long size) {
        return direction << 30 | size << 16 | MAGIC << 8 | nr;
    }

    /** Address of a number, followed by the zeros that make it a {@code struct fuse_backing_map}. */
    private static long argument(int number) {
        NativeBuffer argument = ARGUMENT.get();
        argument.bytes().putInt(0, number);
        return argument.address();
    }

    /** Another descriptor of the connection behind {@code device}, with a processing queue of its own. */
    static Fd cloneOf(int device) {
        Fd clone = new Fd(FileCalls.open(DEVICE, Open.O_RDWR));
        try {
            FileCalls.ioctl(clone.number(), CLONE, argument(device));
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
                return FileCalls.ioctl(device, BACKING_OPEN, argument(fd));
            }

            @Override
            public void close(int backingId) {
                FileCalls.ioctl(device, BACKING_CLOSE, argument(backingId));
            }
        };
    }
}
