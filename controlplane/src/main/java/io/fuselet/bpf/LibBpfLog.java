// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bpf;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends libbpf's own messages to SLF4J at debug level and remembers the last warnings of each thread for error messages. */
final class LibBpfLog {
    private static final Logger LOG = LoggerFactory.getLogger("libbpf");
    /** enum libbpf_print_level, bpf/libbpf.h. */
    private static final int LIBBPF_WARN = 0;

    private static final int LINE_BYTES = 4096;
    private static final int WARNINGS_KEPT = 32;
    private static final ThreadLocal<Deque<String>> WARNINGS = ThreadLocal.withInitial(ArrayDeque::new);
    private static final LibBpf.PrintFunction PRINT = LibBpfLog::print;

    /** vsnprintf(3). */
    public interface Format {
        int vsnprintf(Pointer to, long size, Pointer format, Pointer arguments);
    }

    private static final Format FORMAT = LibraryLoader.create(Format.class).load("c");

    private LibBpfLog() {}

    static void install(LibBpf library) {
        library.libbpf_set_print(PRINT);
    }

    /** Forgets the calling thread's warnings. */
    static void clear() {
        WARNINGS.get().clear();
    }

    /** The calling thread's warnings since {@link #clear}, oldest first. */
    static List<String> warnings() {
        return new ArrayList<>(WARNINGS.get());
    }

    private static int print(int level, Pointer format, Pointer arguments) {
        if (level != LIBBPF_WARN && !LOG.isDebugEnabled()) {
            return 0;
        }
        Pointer line = Memory.allocateDirect(Runtime.getSystemRuntime(), LINE_BYTES);
        int length = FORMAT.vsnprintf(line, LINE_BYTES, format, arguments);
        String text = line.getString(0).stripTrailing();
        LOG.debug("{}", text);
        if (level == LIBBPF_WARN) {
            remember(text);
        }
        return length;
    }

    private static void remember(String text) {
        Deque<String> kept = WARNINGS.get();
        if (kept.size() == WARNINGS_KEPT) {
            kept.removeFirst();
        }
        kept.addLast(text);
    }
}
