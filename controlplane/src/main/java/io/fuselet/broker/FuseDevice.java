// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Mode;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;

/**
 * Whether a descriptor is one by which a daemon serves: /dev/fuse, open for reading and writing. Who holds that answers all requests of
 * the mount in any case. O_PATH descriptors are nobody's: one can be had of a device file on any mount, and stands for that mount.
 */
final class FuseDevice {
    private static final long DEVICE = Stat.device(10, 229);

    private FuseDevice() {}

    static void require(Fd descriptor) throws RpcException {
        Stat stat = Stat.of(descriptor.number());
        int flags = FileCalls.fcntl(descriptor.number(), FileCalls.F_GETFL, 0);
        boolean device = Mode.isCharacterDevice(stat.mode()) && stat.rdev() == DEVICE;
        if (!device || (flags & Open.O_PATH) != 0 || (flags & Open.O_ACCMODE) != Open.O_RDWR) {
            throw new RpcException(RpcException.NOT_PERMITTED, "the first descriptor must be /dev/fuse, open for reading and writing");
        }
    }
}
