// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

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
