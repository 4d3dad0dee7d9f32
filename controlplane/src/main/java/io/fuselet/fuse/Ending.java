// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Why a server has stopped. */
public enum Ending {
    /** The file system was unmounted, and the last user of it is gone. */
    UNMOUNTED,
    /** The connection was aborted: by force, through fusectl, or because a descriptor's last holder died. */
    ABORTED,
    /** The device could not be read: see {@link FuseServer#failure()}. */
    FAILED
}
