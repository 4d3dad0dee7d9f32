// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import io.fuselet.fuse.GetXattrRequest;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.SetXattrRequest;
import io.fuselet.fuse.XattrReply;
import io.fuselet.sys.At;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Mode;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.ProcFd;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import io.fuselet.sys.XattrCalls;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Extended attributes, POSIX ACLs among them. */
final class XattrOperations {
    /** XATTR_LIST_MAX ({@code linux/limits.h}), in bytes. */
    private static final int LIST_MAX = 65536;
    private static final ThreadLocal<NativeBuffer> LIST =
            ThreadLocal.withInitial(() -> NativeBuffer.allocate(LIST_MAX));

    private static final byte[] ACL = "system.posix_acl_".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUSTED = "trusted.".getBytes(StandardCharsets.US_ASCII);

    private final Tree tree;

    XattrOperations(Tree tree) {
        this.tree = tree;
    }

    void get(GetXattrRequest request, XattrReply reply) {
        byte[] name = Tree.copy(request.name());
        try (Pin node = tree.pin(request.nodeId())) {
            reply.length(XattrCalls.get(node.fd(), name, reply.address(), reply.capacity()));
        } catch (ErrnoException e) {
            throw withoutAcls(e, name);
        }
    }

    /** To FUSE a file system that knows no ACLs is an error, and one whose file has none is not. */
    private static ErrnoException withoutAcls(ErrnoException e, byte[] name) {
        boolean noAcl = e.errno() == Errno.EOPNOTSUPP && startsWith(name, 0, ACL);
        return noAcl ? new ErrnoException(e.call(), Errno.ENODATA) : e;
    }

    void list(GetXattrRequest request, XattrReply reply) {
        NativeBuffer names = LIST.get();
        try (Pin node = tree.pin(request.nodeId())) {
            int length = XattrCalls.list(node.fd(), names.address(), LIST_MAX);
            reply.value(visible(names.toArray(length), request.uid() == 0));
        }
    }

    /** The trusted namespace does not exist for others than root, see xattr(7). */
    private static byte[] visible(byte[] names, boolean root) {
        if (root) {
            return names;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(names.length);
        for (int from = 0, end; from < names.length; from = end) {
            end = from;
            while (names[end++] != 0) { }
            if (!startsWith(names, from, TRUSTED)) {
                out.write(names, from, end - from);
            }
        }
        return out.toByteArray();
    }

    void set(SetXattrRequest request) {
        byte[] name = Tree.copy(request.name());
        try (Pin node = tree.pin(request.nodeId())) {
            XattrCalls.set(node.fd(), name, request.valueAddress(), request.size(), request.repeated() ? 0 : request.flags());
            if ((request.setxattrFlags() & SetXattrRequest.ACL_KILL_SGID) != 0) {
                int mode = Stat.of(node.fd()).mode() & Mode.PERMISSIONS & ~Mode.S_ISGID;
                TreeCalls.fchmodat(At.AT_FDCWD, ProcFd.path(node.fd()), mode);
            }
        }
    }

    void remove(NameRequest request) {
        try (Pin node = tree.pin(request.nodeId())) {
            XattrCalls.remove(node.fd(), Tree.copy(request.name()));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENODATA || !request.repeated()) {
                throw e;
            }
        }
    }

    private static boolean startsWith(byte[] bytes, int from, byte[] prefix) {
        return bytes.length - from >= prefix.length
                && java.util.Arrays.equals(bytes, from, from + prefix.length, prefix, 0, prefix.length);
    }
}
