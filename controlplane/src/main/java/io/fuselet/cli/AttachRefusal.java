// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.VerifierException;
import io.fuselet.extension.Pins;
import io.fuselet.sys.Errno;
import java.nio.file.Path;

/** Says why nothing was attached. What each error means is listed in Documentation/filesystems/fuse-bpf.rst of the kernel series. */
final class AttachRefusal {
    private AttachRefusal() {}

    static UserError explain(BpfException e, Path mountPoint, int connection) throws BpfException {
        if (e instanceof VerifierException) {
            return new UserError(ExitCode.OBJECT, e.getMessage());
        }
        if (e.getMessage().startsWith(FuseTypes.NOT_OFFERED) || e.errno() == 0) {
            return new UserError(ExitCode.ENVIRONMENT, e.getMessage());
        }
        return new UserError(ExitCode.REFUSED, "cannot attach to " + mountPoint + ": " + reason(e, connection));
    }

    private static String reason(BpfException e, int connection) throws BpfException {
        return switch (e.errno()) {
            case Errno.EBUSY -> holder(connection);
            case Errno.EAGAIN -> "its daemon has not answered yet; try again";
            case Errno.ECONNREFUSED -> "its daemon refused to start";
            case Errno.ENOTCONN -> "its daemon has died; unmount it";
            case Errno.EOPNOTSUPP -> "it is a virtiofs, whose daemon is outside of this kernel";
            case Errno.EOVERFLOW -> "it allows id-mapped mounts (FUSE_ALLOW_IDMAP)";
            case Errno.EPROTONOSUPPORT -> "its daemon speaks a FUSE protocol older than 7.12";
            case Errno.EXDEV -> "it uses DAX";
            default -> e.getMessage();
        };
    }

    /** A connection has one link. */
    private static String holder(int connection) throws BpfException {
        if (Pins.of(connection).alive()) {
            return "the cache is attached already; 'fuselet detach' takes it off";
        }
        return "programs of the process that serves it are attached already";
    }
}
