// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import io.fuselet.broker.RpcClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code fuselet serve} as a process of its own, until closed. */
final class Broker implements AutoCloseable {
    static final Path SOCKET = Path.of("/run/fuselet.sock");

    private final Process process;

    private Broker(Process process) {
        this.process = process;
    }

    static Broker start() throws Exception {
        return started(Command.fuseletLine(List.of("serve")));
    }

    /** Of a command that ends in being the broker. */
    static Broker started(List<String> line) throws Exception {
        Process process = Command.start(line);
        String said = process.inputReader().readLine();
        if (said == null) {
            throw new AssertionError("the broker ended with code " + process.waitFor() + ": " + new String(process.getErrorStream().readAllBytes()));
        }
        return new Broker(process);
    }

    RpcClient connect() throws IOException {
        return RpcClient.connect(SOCKET);
    }

    /** By SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the broker does not end");
        }
        Files.deleteIfExists(SOCKET);
    }
}
