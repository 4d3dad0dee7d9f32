// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.io.IOException;

/** Kernel and server could not agree on a connection. The mount exists, and everything in it fails with ECONNREFUSED. */
public final class NegotiationException extends IOException {
    NegotiationException(String message) {
        super(message);
    }
}
