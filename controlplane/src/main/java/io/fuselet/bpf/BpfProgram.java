// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import io.fuselet.sys.NativeBuffer;

/**
 * A loaded program.
 *
 * @param fd descriptor, owned by the object that it was loaded with
 */
public record BpfProgram(ProgramSpec spec, int fd) {
    /** What the kernel says of this program. */
    public ProgramInfo info() throws BpfException {
        return ProgramInfo.of(fd);
    }

    /**
     * Runs the program once on given buffers, without a mount (BPF_PROG_TEST_RUN).
     *
     * @param context struct bpf_fuse_test_ctx
     * @param dataIn the request's wire image
     * @param dataOut the reply's wire image: what it holds at the start, and the room there is
     */
    public TestRun testRun(byte[] context, byte[] dataIn, byte[] dataOut) throws BpfException {
        NativeBuffer contextIn = NativeBuffer.copyOf(context);
        NativeBuffer contextOut = NativeBuffer.copyOf(context);
        NativeBuffer in = NativeBuffer.copyOf(dataIn);
        NativeBuffer out = NativeBuffer.copyOf(dataOut);
        NativeBuffer attr = NativeBuffer.allocate(TestRun.ATTR_BYTES);
        attr.bytes()
                .putInt(fd)
                .putInt(0)
                .putInt(dataIn.length)
                .putInt(dataOut.length)
                .putLong(Bpf.address(in, dataIn.length))
                .putLong(Bpf.address(out, dataOut.length))
                .putLong(0)
                .putInt(context.length)
                .putInt(context.length)
                .putLong(contextIn.address())
                .putLong(contextOut.address());
        Bpf.check("test run of " + spec.name(), Bpf.PROG_TEST_RUN, attr, contextIn, contextOut, in, out);
        return TestRun.read(attr.bytes(), contextOut.toArray(context.length), out);
    }
}
