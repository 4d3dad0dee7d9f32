// SPDX-License-Identifier: Apache-2.0
package io.fuselet.policy;

import io.fuselet.fuse.Opcode;
import io.fuselet.fuse.Request;
import java.time.Instant;
import java.util.List;

/** Tells of operations that this process decides about. Programs tell of those that they decide about themselves. */
final class Auditor {
    private final AuditSink sink;

    Auditor(AuditSink sink) {
        this.sink = sink;
    }

    /** @param error 0 if the operation is allowed */
    void tell(Request request, TreePath path, TreePath newPath, int error) {
        sink.accept(new AuditEvent(Instant.now(), request.uid(), request.pid(), Opcode.name(request.opcode()), path, newPath, error));
    }

    /** Of an object known under several paths, the first is told. */
    static TreePath first(List<TreePath> paths) {
        return paths.isEmpty() ? null : paths.get(0);
    }

    static TreePath child(List<TreePath> parents, byte[] name) {
        return parents.isEmpty() ? null : parents.get(0).child(name);
    }
}
