// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.broker.RpcClient;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code fuselet serve} as systemd starts it. */
@Tag("vm")
@Timeout(300)
class BrokerProcessTest {
    private static final int PORT = 9477;

    @TempDir
    Path scratch;

    @Test
    void aSocketThatIsHandedOverIsServedAndItsOwnUserMountsThroughIt() throws Exception {
        Path point = Files.createDirectory(scratch.resolve("point"));
        Path source = Files.createDirectory(scratch.resolve("source"));
        Files.writeString(source.resolve("f"), "content");
        try (Broker broker = Broker.started(activated()); RpcClient client = broker.connect()) {
            assertThat(client.call("probe", Map.of()).at("/features/FUSE_BPF/answer").asText()).isEqualTo("yes");
            JsonNode mounted = client.call("mount", Map.of("source", source.toString(), "mountpoint", point.toString()));
            assertThat(mounted.get("tier").asText()).isEqualTo("extension");
            assertThat(point.resolve("f")).hasContent("content");
            assertThat(scraped()).contains("mountpoint=\"" + point + "\",opcode=\"OPEN\",outcome=\"redirect\"} 1.0");
            client.call("umount", Map.of("mountpoint", point.toString()));
            assertThat(point).isEmptyDirectory();
        }
    }

    private static String scraped() throws Exception {
        try (InputStream body = URI.create("http://127.0.0.1:" + PORT + "/metrics").toURL().openStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What systemd does: the socket as descriptor 3, and whom it is for in the environment. */
    private static List<String> activated() {
        String activate = "import os, socket, sys\n"
                + "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()\n"
                + "os.dup2(s.fileno(), 3); os.set_inheritable(3, True)\n"
                + "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))\n"
                + "os.execv(sys.argv[2], sys.argv[2:])";
        List<String> line = new ArrayList<>(List.of("python3", "-c", activate, Broker.SOCKET.toString()));
        line.addAll(Command.fuseletLine(List.of("serve", "--metrics", PORT)));
        return line;
    }
}
