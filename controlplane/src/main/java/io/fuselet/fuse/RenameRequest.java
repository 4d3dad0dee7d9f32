// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

/** RENAME and RENAME2: {@code struct fuse_rename_in} or {@code struct fuse_rename2_in}, then the old and the new name. */
public final class RenameRequest extends Request {
    static final int NEWDIR = HEADER_SIZE;
    static final int NAMES = NEWDIR + 8;
    static final int FLAGS = NEWDIR + 8;
    static final int NAMES_2 = FLAGS + 8;

    private final Name name;
    private final Name newName;

    RenameRequest(Exchange exchange) {
        super(exchange);
        name = new Name(frame, true);
        newName = new Name(frame, true);
    }

    @Override
    boolean parse() {
        int end = argumentsEnd();
        int next = name.parse(hasFlags() ? NAMES_2 : NAMES, end);
        return next > 0 && newName.parse(next, end) > 0;
    }

    private boolean hasFlags() {
        return opcode() == Opcode.RENAME2;
    }

    /** Present name, in directory {@link #nodeId()}. */
    public Name name() {
        return name;
    }

    /** Node id of the directory to move to. */
    public long newParent() {
        return u64(NEWDIR);
    }

    /** New name, in directory {@link #newParent()}. */
    public Name newName() {
        return newName;
    }

    /** {@code RENAME_NOREPLACE}, {@code RENAME_EXCHANGE}, {@code RENAME_WHITEOUT} of renameat2(2); 0 for RENAME. */
    public int flags() {
        return hasFlags() ? u32(FLAGS) : 0;
    }
}
