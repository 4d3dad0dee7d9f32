// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** Messages that the server sends unasked. */
public interface Notifier {
    void retrieve(long unique, long nodeId, long offset, int size);
}
