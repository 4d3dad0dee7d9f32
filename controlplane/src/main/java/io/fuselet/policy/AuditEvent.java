// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import io.fuselet.sys.Errno;
import java.time.Instant;

/**
 * Something that an audited rule wants to be told of.
 *
 * @param pid thread id of the caller as the file system sees it, 0 if it cannot
 * @param operation name of the FUSE request
 * @param path what it was about; null if the node was gone when the event was read
 * @param newPath for RENAME and LINK, where it was to go, else null
 * @param error 0, or the error with which the policy refused it
 */
public record AuditEvent(Instant time, int uid, int pid, String operation, TreePath path, TreePath newPath, int error) {
    /** {@code allow}, {@code deny}, or {@code hide} where the caller was told that there is no such thing. */
    public String verdict() {
        if (error == 0) {
            return "allow";
        }
        return error == Errno.ENOENT ? "hide" : "deny";
    }
}
