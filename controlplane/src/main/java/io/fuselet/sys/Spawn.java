// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static io.fuselet.sys.Native.LIBC;
import static io.fuselet.sys.Native.checkReturned;

import java.util.ArrayList;
import java.util.List;

/** Starts a program that inherits chosen descriptors, which {@link ProcessBuilder} cannot do. */
public final class Spawn {
    /** sizeof(posix_spawn_file_actions_t) is 80 with glibc; room to spare. */
    private static final int FILE_ACTIONS_SIZE = 256;

    private final List<String> arguments;
    private final List<String> environment = new ArrayList<>();
    private final List<int[]> duplicates = new ArrayList<>();

    /** @param arguments the program, found along PATH, and its arguments */
    public Spawn(List<String> arguments) {
        this.arguments = List.copyOf(arguments);
        System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
    }

    /** Adds a variable to this process's environment for the child. */
    public Spawn environment(String name, String value) {
        environment.removeIf(entry -> entry.startsWith(name + "="));
        environment.add(name + "=" + value);
        return this;
    }

    /** The child gets {@code fd} as its {@code childFd}. */
    public Spawn inherit(int fd, int childFd) {
        duplicates.add(new int[] {fd, childFd});
        return this;
    }

    /**
     * Starts the program.
     *
     * @return its process id, to be waited for with {@link ProcessCalls#waitpid}
     * @throws ErrnoException ENOENT where there is no such program
     */
    public int start() {
        NativeBuffer actions = NativeBuffer.allocate(FILE_ACTIONS_SIZE);
        checkReturned("posix_spawn_file_actions_init", LIBC.posix_spawn_file_actions_init(actions.address()));
        try {
            for (int[] pair : duplicates) {
                checkReturned("posix_spawn_file_actions_adddup2",
                        LIBC.posix_spawn_file_actions_adddup2(actions.address(), pair[0], pair[1]));
            }
            return start(actions);
        } finally {
            LIBC.posix_spawn_file_actions_destroy(actions.address());
        }
    }

    private int start(NativeBuffer actions) {
        StringVector argv = new StringVector(arguments);
        StringVector envp = new StringVector(environment);
        int[] pid = new int[1];
        checkReturned("posix_spawnp", LIBC.posix_spawnp(pid, CString.of(arguments.get(0)), actions.address(), 0,
                argv.address(), envp.address()));
        java.lang.ref.Reference.reachabilityFence(argv);
        java.lang.ref.Reference.reachabilityFence(envp);
        return pid[0];
    }

    /** A null-terminated array of C strings. */
    private static final class StringVector {
        private final List<NativeBuffer> strings = new ArrayList<>();
        private final NativeBuffer pointers;

        StringVector(List<String> values) {
            pointers = NativeBuffer.allocate((values.size() + 1) * Long.BYTES);
            for (String value : values) {
                NativeBuffer string = NativeBuffer.copyOf(CString.of(value));
                pointers.bytes().putLong(strings.size() * Long.BYTES, string.address());
                strings.add(string);
            }
        }

        long address() {
            return pointers.address();
        }
    }
}
