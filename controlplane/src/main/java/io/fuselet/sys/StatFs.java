// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;

/**
 * statfs(2) of a file system.
 *
 * @param type magic number ({@code linux/magic.h})
 * @param bsize optimal transfer size in bytes
 * @param blocks total, in units of {@code frsize}; {@code bfree} and {@code bavail} likewise
 * @param frsize fragment size in bytes
 * @param flags ST_ flags of statvfs(3)
 */
public record StatFs(long type, long bsize, long blocks, long bfree, long bavail, long files, long ffree, long namelen,
        long frsize, long flags) {

    /** Of the file system that {@code fd} is on. */
    public static StatFs of(int fd) {
        NativeBuffer buffer = NativeBuffer.scratch();
        check("fstatfs", LIBC.fstatfs(fd, buffer.address()));
        ByteBuffer b = buffer.bytes();
        return new StatFs(b.getLong(0), b.getLong(8), b.getLong(16), b.getLong(24), b.getLong(32), b.getLong(40),
                b.getLong(48), b.getLong(64), b.getLong(72), b.getLong(80));
    }
}
