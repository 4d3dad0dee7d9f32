// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.sys.Fd;
import java.util.List;

/** One line, without its newline, and the descriptors that came with it, which are closed with it. */
record Line(byte[] bytes, List<Fd> descriptors) implements AutoCloseable {
    @Override
    public void close() {
        descriptors.forEach(Fd::close);
    }
}
