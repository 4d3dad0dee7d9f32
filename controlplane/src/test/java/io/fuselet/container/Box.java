// SPDX-License-Identifier: Apache-2.0
package io.fuselet.container;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** A container with Fuselet in it, /dev/fuse, and CAP_SYS_ADMIN in its bounding set; taken away when closed. */
final class Box implements AutoCloseable {
    private static final DockerImageName IMAGE = DockerImageName.parse(System.getProperty("fuselet.container.image"));
    private static final Duration START = Duration.ofSeconds(60);
    private static final String AS_USER = "setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all ";
    /** As udev does on an ordinary system. */
    private static final String PREPARE = "chmod 666 /dev/fuse; ";

    private final GenericContainer<?> container;

    private Box(GenericContainer<?> container) {
        this.container = container;
    }

    /** One in which nothing runs. */
    static Box idle(Path run) {
        return start(run, "echo idle; exec sleep infinity", "idle");
    }

    /** One that is the broker, once it serves. */
    static Box broker(Path run) {
        return start(run, "exec /opt/fuselet/bin/fuselet serve", "fuselet: serving");
    }

    /** @param run becomes /run, in which the broker's socket is */
    private static Box start(Path run, String command, String ready) {
        GenericContainer<?> container = new GenericContainer<>(IMAGE)
                .withNetworkMode("none")
                .withCommand("sh", "-c", PREPARE + command)
                .withCreateContainerCmdModifier(create -> configure(create.getHostConfig(), run))
                .waitingFor(Wait.forLogMessage(".*" + ready + ".*\\n", 1).withStartupTimeout(START));
        container.start();
        return new Box(container);
    }

    private static void configure(HostConfig host, Path run) {
        Device fuse = new Device("rwm", "/dev/fuse", "/dev/fuse");
        host.withCapAdd(Capability.SYS_ADMIN).withDevices(List.of(fuse)).withBinds(
                bind(Path.of(System.getProperty("fuselet.container.dist")), "/opt/fuselet", AccessMode.ro),
                bind(Path.of(System.getProperty("fuselet.container.fuse")), "/opt/fuse", AccessMode.ro),
                bind(run, "/run", AccessMode.rw));
    }

    private static Bind bind(Path of, String at, AccessMode mode) {
        return new Bind(of.toString(), new Volume(at), mode);
    }

    /** What a shell script of root says; it has to succeed. */
    String run(String script) throws Exception {
        ExecResult result = container.execInContainer("sh", "-euc", script);
        if (result.getExitCode() != 0) {
            throw new AssertionError(script + " ended with code " + result.getExitCode() + ": " + result.getStdout() + result.getStderr());
        }
        return result.getStdout();
    }

    /** As {@link #run}, as an ordinary user. */
    String runAsUser(String script) throws Exception {
        return run(AS_USER + "sh -euc '" + script + "'");
    }

    /** By SIGKILL; what ran in it had no chance to clean up. */
    void kill() {
        container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void close() {
        container.stop();
    }
}
