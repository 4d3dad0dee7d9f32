// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.NativeBuffer;
import java.nio.ByteBuffer;

/**
 * Outcome of BPF_PROG_TEST_RUN.
 *
 * @param verdict what the program returned
 * @param context struct bpf_fuse_test_ctx after the run
 * @param dataOut bytes of the reply
 */
public record TestRun(int verdict, byte[] context, byte[] dataOut) {
    /** The {@code test} member of union bpf_attr, up to and including ctx_out. */
    static final int ATTR_BYTES = 64;

    static TestRun read(ByteBuffer attr, byte[] context, NativeBuffer out) {
        return new TestRun(attr.getInt(4), context, out.toArray(attr.getInt(12)));
    }
}
