// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.io.IOException;

/** A file system cannot be mounted or unmounted. The message is one line that says what is wrong and what to do. */
public final class MountException extends IOException {
    MountException(String message) {
        super(message);
    }
}
