// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import java.util.Objects;

/** How to mount. Options that are not set are as libfuse has them, but for {@link #defaultPermissions}, which is on. */
public final class MountOptions {
    /** Subtype of all mounts: the type shown is {@code fuse.fuselet}. */
    static final String SUBTYPE = "fuselet";

    private String source = SUBTYPE;
    private boolean allowOther;
    private boolean defaultPermissions = true;
    private boolean readOnly;
    private boolean suid;
    private boolean dev;
    private int maxRead;

    /** What is shown as the mount's device: as a rule the directory below. */
    public MountOptions source(String shown) {
        source = Objects.requireNonNull(shown);
        return this;
    }

    /** Lets other users in. Through fusermount3 this needs {@code user_allow_other} in /etc/fuse.conf. */
    public MountOptions allowOther(boolean allow) {
        allowOther = allow;
        return this;
    }

    /** Has the kernel check permissions by owner and mode, before the file system is asked. */
    public MountOptions defaultPermissions(boolean check) {
        defaultPermissions = check;
        return this;
    }

    /** Refuses changes. */
    public MountOptions readOnly(boolean refuse) {
        readOnly = refuse;
        return this;
    }

    /** Honours set-id bits. Not through fusermount3. */
    public MountOptions suid(boolean honour) {
        suid = honour;
        return this;
    }

    /** Honours device files. Not through fusermount3. */
    public MountOptions dev(boolean honour) {
        dev = honour;
        return this;
    }

    /** Most bytes of one READ; 0 leaves it to what INIT agrees on. */
    public MountOptions maxRead(int bytes) {
        maxRead = bytes;
        return this;
    }

    String source() {
        return source;
    }

    boolean allowOther() {
        return allowOther;
    }

    boolean defaultPermissions() {
        return defaultPermissions;
    }

    boolean readOnly() {
        return readOnly;
    }

    boolean suid() {
        return suid;
    }

    boolean dev() {
        return dev;
    }

    /** Options that mount(2) and fusermount3 take in the same form, each with a comma before it. */
    String common() {
        StringBuilder options = new StringBuilder();
        if (defaultPermissions) {
            options.append(",default_permissions");
        }
        if (allowOther) {
            options.append(",allow_other");
        }
        if (maxRead > 0) {
            options.append(",max_read=").append(maxRead);
        }
        return options.toString();
    }
}
