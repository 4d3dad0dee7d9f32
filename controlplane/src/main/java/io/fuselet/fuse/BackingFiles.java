// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Files below a passthrough file system, known to the connection by number. */
public interface BackingFiles {
    /**
     * {@code FUSE_DEV_IOC_BACKING_OPEN}: registers an open file with the connection.
     *
     * @param fd descriptor, which may be closed afterwards
     * @return backing id, above 0, for {@link OpenReply#backingId}
     * @throws io.fuselet.sys.ErrnoException {@code EPERM} without CAP_SYS_ADMIN or without {@link InitFlags#PASSTHROUGH},
     *     {@code ELOOP} if the file system of {@code fd} is stacked too deep, {@code EOPNOTSUPP} for files that cannot back
     */
    int open(int fd);

    /** {@code FUSE_DEV_IOC_BACKING_CLOSE}: gives the number back; files opened through it stay as they are. */
    void close(int backingId);
}
