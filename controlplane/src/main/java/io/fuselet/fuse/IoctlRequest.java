// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** IOCTL: {@code struct fuse_ioctl_in}, then {@link #inSize()} bytes. */
public final class IoctlRequest extends Request {
    /** {@code FUSE_IOCTL_DIR}: the file is a directory. */
    public static final int DIR = 1 << 4;

    static final int FH = HEADER_SIZE;
    static final int FLAGS = FH + 8;
    static final int CMD = FLAGS + 4;
    static final int ARG = CMD + 4;
    static final int IN_SIZE = ARG + 8;
    static final int OUT_SIZE = IN_SIZE + 4;
    static final int DATA = OUT_SIZE + 4;

    IoctlRequest(Exchange exchange) {
        super(exchange);
    }

    @Override
    boolean parse() {
        return argumentsEnd() >= DATA && inSize() >= 0 && inSize() <= argumentsEnd() - DATA && outSize() >= 0;
    }

    /** Handle of the open file or directory. */
    public long fh() {
        return u64(FH);
    }

    /** {@code FUSE_IOCTL_*} flags. */
    public int flags() {
        return u32(FLAGS);
    }

    /** Command number. */
    public int command() {
        return u32(CMD);
    }

    /** The caller's third argument, an address of its own or a number. */
    public long argument() {
        return u64(ARG);
    }

    /** Bytes that the caller's argument points at, copied behind the request. */
    public int inSize() {
        return u32(IN_SIZE);
    }

    /** Most bytes that go back to where the argument points. */
    public int outSize() {
        return u32(OUT_SIZE);
    }

    /** Address of the {@link #inSize()} bytes. */
    public long dataAddress() {
        return frame.address + DATA;
    }
}
