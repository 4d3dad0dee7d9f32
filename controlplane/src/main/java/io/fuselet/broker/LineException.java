// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import java.io.IOException;

/** What was sent is no line that could be answered: the connection ends. */
final class LineException extends IOException {
    private static final long serialVersionUID = 1L;

    LineException(String message) {
        super(message);
    }
}
