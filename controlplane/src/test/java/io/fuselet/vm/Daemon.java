// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.Sockets;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** {@code fuselet mount} running in the foreground as a process of its own, until closed. */
final class Daemon implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long END_SECONDS = 60;

    private final Process process;
    private final JsonNode report;
    private final CompletableFuture<String> errors;

    private Daemon(Process process, JsonNode report, CompletableFuture<String> errors) {
        this.process = process;
        this.report = report;
        this.errors = errors;
    }

    /** Mounts, and returns once the mount is usable. */
    static Daemon mount(Path source, Path mountPoint, Object... options) throws IOException, InterruptedException {
        List<Object> arguments = new ArrayList<>(List.of("mount", source, mountPoint, "--json"));
        arguments.addAll(List.of(options));
        Process process = Command.start(Command.fuseletLine(arguments));
        process.getOutputStream().close();
        CompletableFuture<String> errors = Command.collect(process.getErrorStream());
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError("mount of " + source + " ended with code " + process.waitFor() + ": " + errors.join());
        }
        return new Daemon(process, JSON.readTree(line), errors);
    }

    String tier() {
        return report.get("tier").asText();
    }

    /** Why the given tier was not reached, empty if it was. */
    String reason(String tier) {
        for (JsonNode step : report.get("missed")) {
            if (step.get("tier").asText().equals(tier)) {
                return step.get("reason").asText();
            }
        }
        return "";
    }

    /** What was printed at the start. */
    JsonNode report() {
        return report;
    }

    /** The state now, from the daemon's socket. */
    JsonNode status() throws IOException {
        try (RpcClient client = RpcClient.connect(Sockets.ofMount(report.get("connection").asInt()))) {
            return client.call("status", Map.of());
        } catch (RpcException e) {
            throw new AssertionError(e);
        }
    }

    /** Requests that the daemon has read, by opcode. */
    Map<String, Long> upcalls() throws IOException {
        Map<String, Long> upcalls = new TreeMap<>();
        status().get("upcalls").fields().forEachRemaining(entry -> upcalls.put(entry.getKey(), entry.getValue().asLong()));
        return upcalls;
    }

    /** One of the kernel's counters, by opcode; empty where no program is attached. */
    Map<String, Long> kernel(String... outcomes) throws IOException {
        return kernel(status(), outcomes);
    }

    static Map<String, Long> kernel(JsonNode status, String... outcomes) {
        Map<String, Long> counts = new TreeMap<>();
        status.path("kernel").fields().forEachRemaining(entry -> {
            long sum = 0;
            for (String outcome : outcomes) {
                sum += entry.getValue().get(outcome).asLong();
            }
            if (sum != 0) {
                counts.put(entry.getKey(), sum);
            }
        });
        return counts;
    }

    Process process() {
        return process;
    }

    /** What it wrote to standard error, once it has ended. */
    String errors() {
        return errors.join();
    }

    /** Waits for the end of the process. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the daemon did not end");
        }
        return process.exitValue();
    }

    /** Ends it by SIGTERM and checks that it ends well. */
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        int code = awaitEnd();
        if (code != 0) {
            throw new AssertionError("the daemon ended with code " + code + ": " + errors());
        }
    }
}
