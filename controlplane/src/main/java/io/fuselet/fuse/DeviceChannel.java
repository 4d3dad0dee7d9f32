// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;

/** {@code /dev/fuse} itself. */
final class DeviceChannel implements Channel {
    private final Fd device;

    DeviceChannel(Fd device) {
        this.device = device;
    }

    @Override
    public void read(Frame in) {
        in.length = (int) FileCalls.read(device.number(), in.address, in.capacity());
        if (in.length == 0) {
            // the device has no end of file, but a socket that stands in for it has
            throw new ErrnoException("read", Errno.ENODEV);
        }
    }

    @Override
    public void write(Frame out) {
        FileCalls.write(device.number(), out.address, out.length);
    }

    @Override
    public void close() {
        device.close();
    }
}
