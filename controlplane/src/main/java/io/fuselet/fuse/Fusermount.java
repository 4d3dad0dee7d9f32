// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.EventCalls;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.ProcessCalls;
import io.fuselet.sys.SocketCalls;
import io.fuselet.sys.Spawn;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounting without privilege by fusermount3(1), a set-user-id program. It sends the device descriptor through the socket whose
 * number is in {@code _FUSE_COMMFD}.
 */
final class Fusermount {
    static final String PROGRAM = "fusermount3";

    private static final String SOCKET_VARIABLE = "_FUSE_COMMFD";
    private static final int STDERR = 2;
    private static final int BUFFER_SIZE = 1024;

    private final String program;

    Fusermount(String program) {
        this.program = program;
    }

    /** Mounts and answers the device. */
    Fd mount(Path mountPoint, MountOptions options) throws MountException {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
        try (Fd ours = new Fd(pair[0]); Fd theirs = new Fd(pair[1])) {
            Run run = start(List.of("-o", options(options), "--", mountPoint.toString()), theirs);
            theirs.close();
            int[] fds = receive(ours);
            String complaint = run.await();
            if (fds.length == 1 && run.succeeded()) {
                return new Fd(fds[0]);
            }
            for (int fd : fds) {
                FileCalls.close(fd);
            }
            throw new MountException(refusal("refused to mount on " + mountPoint, complaint));
        }
    }

    void unmount(Path mountPoint, boolean lazily) throws MountException {
        List<String> arguments = new ArrayList<>(List.of("-u"));
        if (lazily) {
            arguments.add("-z");
        }
        arguments.addAll(List.of("--", mountPoint.toString()));
        Run run = start(arguments, null);
        String complaint = run.await();
        if (!run.succeeded()) {
            throw new MountException(refusal("cannot unmount " + mountPoint, complaint));
        }
    }

    static String options(MountOptions options) {
        return (options.readOnly() ? "ro" : "rw") + options.common() + ",subtype=" + MountOptions.SUBTYPE + ",fsname="
                + escape(options.source());
    }

    /** A comma ends an option unless a backslash is before it. */
    private static String escape(String value) {
        return value.replace("\\", "\\\\").replace(",", "\\,");
    }

    private String refusal(String what, String complaint) {
        String prefix = PROGRAM + ": ";
        String reason = complaint.startsWith(prefix) ? complaint.substring(prefix.length()) : complaint;
        return PROGRAM + " " + what + ": " + (reason.isEmpty() ? "it gave no reason" : reason);
    }

    private static int[] receive(Fd socket) {
        NativeBuffer one = NativeBuffer.allocate(1);
        return SocketCalls.receive(socket.number(), one.address(), 1, 1, 0).fds();
    }

    private Run start(List<String> arguments, Fd socket) throws MountException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        int[] pipe = EventCalls.pipe(0);
        Fd complaints = new Fd(pipe[0]);
        try (Fd childs = new Fd(pipe[1])) {
            Spawn spawn = new Spawn(command).environment("LC_ALL", "C").inherit(childs.number(), STDERR);
            if (socket != null) {
                spawn.inherit(socket.number(), socket.number());
                spawn.environment(SOCKET_VARIABLE, Integer.toString(socket.number()));
            }
            return new Run(spawn.start(), complaints);
        } catch (ErrnoException e) {
            complaints.close();
            throw new MountException(e.errno() == Errno.ENOENT
                    ? "no " + PROGRAM + " to mount with: install the package fuse3, or mount as root"
                    : "cannot start " + PROGRAM + ": " + e.getMessage());
        }
    }

    /** The program while it runs, and how it ended. */
    private static final class Run {
        private final int pid;
        private final Fd complaints;
        private int status = -1;

        Run(int pid, Fd complaints) {
            this.pid = pid;
            this.complaints = complaints;
        }

        /** Waits for the end and answers the first line of what was said on standard error. */
        String await() {
            try (complaints) {
                String said = readAll();
                status = ProcessCalls.waitpid(pid, 0);
                return said.strip().lines().findFirst().orElse("");
            }
        }

        boolean succeeded() {
            return status == 0;
        }

        private String readAll() {
            NativeBuffer buffer = NativeBuffer.allocate(BUFFER_SIZE);
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            int length;
            while ((length = (int) FileCalls.read(complaints.number(), buffer.address(), BUFFER_SIZE)) > 0) {
                said.writeBytes(buffer.toArray(length));
            }
            return said.toString(Charset.defaultCharset());
        }
    }
}
