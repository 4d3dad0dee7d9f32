// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.sys.ProcessCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code mount} and {@code umount}, for the user that the broker runs as: each mount is a process of its own, that outlives the broker.
 * They name paths, which for anybody else the broker opens none of.
 */
final class MountMethods {
    private final Path launcher;

    MountMethods(Path launcher) {
        this.launcher = launcher;
    }

    Object mount(RpcCall call) throws RpcException, IOException, InterruptedException {
        requireOwnUid(call);
        List<String> command = new ArrayList<>(List.of("mount", "--background", "--json"));
        Optional<String> tier = call.params().text("tier");
        tier.ifPresent(name -> command.addAll(List.of("--tier", name)));
        Optional<String> policy = call.params().text("policy");
        policy.ifPresent(file -> command.addAll(List.of("--policy", file)));
        if (call.params().flag("read_only")) {
            command.add("--read-only");
        }
        if (call.params().flag("allow_other")) {
            command.add("--allow-other");
        }
        command.addAll(List.of("--", absolute(call, "source"), absolute(call, "mountpoint")));
        call.params().end();
        return new ObjectMapper().readTree(run(command));
    }

    Object umount(RpcCall call) throws RpcException, IOException, InterruptedException {
        requireOwnUid(call);
        List<String> command = new ArrayList<>(List.of("umount"));
        if (call.params().flag("lazy")) {
            command.add("--lazy");
        }
        String mountPoint = absolute(call, "mountpoint");
        call.params().end();
        command.addAll(List.of("--", mountPoint));
        run(command);
        return Map.of("mountpoint", mountPoint);
    }

    private static void requireOwnUid(RpcCall call) throws RpcException {
        if (call.peer().uid() != ProcessCalls.geteuid()) {
            throw new RpcException(RpcException.NOT_PERMITTED, "only the user that the broker runs as mounts through it");
        }
    }

    private static String absolute(RpcCall call, String name) throws RpcException {
        String path = call.params().requiredText(name);
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw Params.invalid(name + " must be an absolute path");
        }
        return path;
    }

    /** What the command has printed. */
    private String run(List<String> arguments) throws RpcException, IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(arguments);
        // Not a pipe: its reader would wait for whoever inherits it.
        Path errors = Files.createTempFile("fuselet-", ".err");
        try {
            Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new RpcException(RpcException.REFUSED, Files.readString(errors).strip());
            }
            return out;
        } finally {
            Files.delete(errors);
        }
    }
}
