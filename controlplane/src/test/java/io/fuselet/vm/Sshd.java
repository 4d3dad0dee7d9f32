// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** The guest's ssh server, on the loopback interface, with a key of its own that lets root in. It ends with the guest. */
record Sshd(Path key) {
    static final int PORT = 2222;

    private static Sshd running;

    static synchronized Sshd start() throws Exception {
        if (running == null) {
            running = started();
        }
        return running;
    }

    private static Sshd started() throws Exception {
        Path directory = Files.createTempDirectory("sshd");
        Command made = Command.shell(directory, """
                set -e
                mkdir -p /run/sshd
                ssh-keygen -q -t ed25519 -N '' -f host
                ssh-keygen -q -t ed25519 -N '' -f user
                /usr/sbin/sshd -f /dev/null -E "$PWD/log" -h "$PWD/host" -p %d -o ListenAddress=127.0.0.1 -o StrictModes=no \
                    -o AuthorizedKeysFile="$PWD/user.pub" -o PermitRootLogin=yes -o UsePAM=no \
                    -o 'Subsystem=sftp internal-sftp' </dev/null >/dev/null 2>&1
                """.formatted(PORT));
        assertThat(made.code()).as(made.err()).isZero();
        Waiting.until(Sshd::listens, "sshd does not listen");
        return new Sshd(directory.resolve("user"));
    }

    private static boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
