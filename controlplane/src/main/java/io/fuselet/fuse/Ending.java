// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Why a server has stopped. */
public enum Ending {
    /** The file system was unmounted and its last user is gone, or it was unmounted by force. */
    UNMOUNTED,
    /** The connection was aborted through fusectl, which alone the kernel tells from an unmount. */
    ABORTED,
    /** The device could not be read: see {@link FuseServer#failure()}. */
    FAILED
}
