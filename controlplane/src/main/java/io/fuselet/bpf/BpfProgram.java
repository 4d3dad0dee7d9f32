// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import jnr.ffi.Pointer;

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
        Pointer contextIn = Bpf.copyOf(context);
        Pointer contextOut = Bpf.allocate(context.length);
        Pointer in = Bpf.copyOf(dataIn);
        Pointer out = Bpf.copyOf(dataOut);
        Pointer attr = Bpf.allocate(TestRun.ATTR_BYTES);
        attr.putInt(0, fd);
        attr.putInt(8, dataIn.length);
        attr.putInt(12, dataOut.length);
        attr.putAddress(16, dataIn.length == 0 ? 0 : in.address());
        attr.putAddress(24, dataOut.length == 0 ? 0 : out.address());
        attr.putInt(40, context.length);
        attr.putInt(44, context.length);
        attr.putAddress(48, contextIn.address());
        attr.putAddress(56, contextOut.address());
        Bpf.check("test run of " + spec.name(), Bpf.PROG_TEST_RUN, attr, TestRun.ATTR_BYTES, contextIn, contextOut, in, out);
        return TestRun.read(attr, contextOut, context.length, out);
    }
}
