// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.check;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Unix sockets: pairs, descriptors in messages, and who is on the other side. */
public final class SocketCalls {
    public static final int AF_UNIX = 1;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_SEQPACKET = 5;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int MSG_PEEK = 2;
    public static final int MSG_CTRUNC = 8;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;
    public static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_PEERCRED = 17;
    private static final int SO_SNDTIMEO = 21;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int SO_PEERGROUPS = 59;
    private static final int SHUT_RDWR = 2;
    /** NGROUPS_MAX ({@code linux/limits.h}). */
    private static final int MAX_GROUPS = 65536;
    private static final int FEW_GROUPS = 64;
    /** SCM_MAX_FD ({@code net/scm.h}). */
    private static final int MAX_FDS = 253;

    private static final int MSGHDR = 56;
    private static final int CMSGHDR = 16;

    private SocketCalls() {}

    /**
     * What recvmsg(2) brought.
     *
     * @param length bytes received, 0 at the end of the stream
     * @param fds descriptors received, now the caller's
     * @param truncated descriptors were lost (MSG_CTRUNC)
     */
    public record Received(int length, int[] fds, boolean truncated) {}

    /** Credentials of the process that connected, as SO_PEERCRED has them. */
    public record Peer(int pid, int uid, int gid) {}

    /** socketpair(2) of AF_UNIX, closed on exec. */
    public static int[] socketpair(int type) {
        int[] fds = new int[2];
        check("socketpair", LIBC.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds));
        return fds;
    }

    /** Sends {@code length} bytes with descriptors, which stay the caller's. */
    public static int send(int socket, long address, int length, int... fds) {
        NativeBuffer message = message(address, length, fds.length);
        if (fds.length > 0) {
            ByteBuffer b = message.bytes();
            int control = MSGHDR + 16;
            b.putLong(control, CMSGHDR + 4L * fds.length).putInt(control + 8, SOL_SOCKET);
            b.putInt(control + 12, SCM_RIGHTS);
            for (int i = 0; i < fds.length; i++) {
                b.putInt(control + CMSGHDR + 4 * i, fds[i]);
            }
        }
        return (int) check("sendmsg", LIBC.sendmsg(socket, message.address(), MSG_NOSIGNAL));
    }

    /**
     * Receives at most {@code length} bytes and {@code maxFds} descriptors, closed on exec.
     *
     * @param flags MSG_ flags to add
     */
    public static Received receive(int socket, long address, int length, int maxFds, int flags) {
        NativeBuffer message = message(address, length, Math.min(maxFds, MAX_FDS));
        long received;
        do {
            received = LIBC.recvmsg(socket, message.address(), flags | MSG_CMSG_CLOEXEC);
        } while (received < 0 && Native.RUNTIME.getLastError() == Errno.EINTR);
        check("recvmsg", received);
        boolean truncated = (message.bytes().getInt(48) & MSG_CTRUNC) != 0;
        return new Received((int) received, receivedFds(message.bytes()), truncated);
    }

    /** Who connected. Across a pid namespace the pid is 0: never rely on it. */
    public static Peer peer(int socket) {
        NativeBuffer value = option(socket, SO_PEERCRED, 12);
        return new Peer(value.bytes().getInt(4), value.bytes().getInt(8), value.bytes().getInt(12));
    }

    /** Supplementary groups of the process that connected. */
    public static int[] peerGroups(int socket) {
        for (int room = FEW_GROUPS; ; room = MAX_GROUPS) {
            try {
                NativeBuffer value = option(socket, SO_PEERGROUPS, room * Integer.BYTES);
                int[] groups = new int[value.bytes().getInt(0) / Integer.BYTES];
                for (int i = 0; i < groups.length; i++) {
                    groups[i] = value.bytes().getInt(4 + i * Integer.BYTES);
                }
                return groups;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ERANGE || room == MAX_GROUPS) {
                    throw e;
                }
            }
        }
    }

    /** Whether a descriptor is a unix stream socket that listens. */
    public static boolean isListening(int fd) {
        try {
            return option(fd, SO_ACCEPTCONN, 4).bytes().getInt(4) != 0
                    && option(fd, SO_DOMAIN, 4).bytes().getInt(4) == AF_UNIX
                    && option(fd, SO_TYPE, 4).bytes().getInt(4) == SOCK_STREAM;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** accept4(2), closed on exec. */
    public static int accept(int listener) {
        return check("accept", LIBC.accept4(listener, 0, 0, SOCK_CLOEXEC));
    }

    /** How long a send may wait for the other side to read; then it fails with EAGAIN. */
    public static void sendTimeout(int socket, long millis) {
        NativeBuffer time = NativeBuffer.allocate(16);
        time.bytes().putLong(millis / 1000).putLong(millis % 1000 * 1000);
        check("setsockopt", LIBC.setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, time.address(), time.size()));
    }

    /** Ends both directions; who waits in a receive on it is woken. */
    public static void shutdown(int socket) {
        check("shutdown", LIBC.shutdown(socket, SHUT_RDWR));
    }

    /** getsockopt(2): length at byte 0, value from byte 4. */
    private static NativeBuffer option(int socket, int option, int size) {
        NativeBuffer value = NativeBuffer.allocate(4 + size);
        value.bytes().putInt(0, size);
        check("getsockopt",
                LIBC.getsockopt(socket, SOL_SOCKET, option, value.address() + 4, value.address()));
        return value;
    }

    /** struct msghdr at 0, its only struct iovec after it, then the control buffer. */
    private static NativeBuffer message(long address, int length, int fds) {
        int controlLength = fds == 0 ? 0 : CMSGHDR + (4 * fds + 7) / 8 * 8;
        NativeBuffer message = NativeBuffer.allocate(MSGHDR + 16 + controlLength);
        ByteBuffer b = message.bytes();
        b.putLong(16, message.address() + MSGHDR).putLong(24, 1);
        b.putLong(32, controlLength == 0 ? 0 : message.address() + MSGHDR + 16).putLong(40, controlLength);
        b.putLong(MSGHDR, address).putLong(MSGHDR + 8, length);
        return message;
    }

    private static int[] receivedFds(ByteBuffer b) {
        int offset = MSGHDR + 16;
        int end = offset + (int) b.getLong(40);
        int[] fds = {};
        while (offset + CMSGHDR <= end) {
            int length = (int) b.getLong(offset);
            if (b.getInt(offset + 8) == SOL_SOCKET && b.getInt(offset + 12) == SCM_RIGHTS) {
                int count = (length - CMSGHDR) / 4;
                int first = fds.length;
                fds = Arrays.copyOf(fds, first + count);
                for (int i = 0; i < count; i++) {
                    fds[first + i] = b.getInt(offset + CMSGHDR + 4 * i);
                }
            }
            offset += (length + 7) / 8 * 8;
        }
        return fds;
    }
}
