// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fuselet.extension.Pins;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code fuselet attach}, {@code status} and {@code detach} as an administrator uses them. */
@Tag("vm")
@Timeout(600)
class CacheCommandTest {
    private static final Path PINS = Path.of("/sys/fs/bpf/fuselet");

    private interface Work {
        void accept(ForeignMount mount) throws Exception;
    }

    @Test
    void anAttachmentOutlivesTheCommandUntilDetach() throws Exception {
        serve(mount -> {
            Command attach = Command.fuselet("attach", mount.path(), "--extension", "cache", "--ttl", 600);
            assertThat(attach.code()).as(attach.err()).isZero();
            assertThat(attach.out()).contains("cache attached", "may stay unseen for 600 s").hasLineCount(2);
            assertThat(mount.path().resolve("missing")).doesNotExist();
            assertThat(mount.path().resolve("missing")).doesNotExist();

            Command text = Command.fuselet("status", mount.path());
            assertThat(text.out()).contains("answers", "texts", "evicted", "LOOKUP");
            JsonNode status = new ObjectMapper().readTree(Command.fuselet("status", mount.path(), "--json").out());
            assertThat(status.at("/kernel/LOOKUP/reply").asLong()).as(status.toString()).isPositive();
            assertThat(status.at("/maps/answers/hits").asLong()).isPositive();

            Command second = Command.fuselet("attach", mount.path(), "--extension", "cache");
            assertThat(second.code()).isEqualTo(4);
            assertThat(second.err()).hasLineCount(1).contains("the cache is attached already; 'fuselet detach'");

            assertThat(Command.fuselet("detach", mount.path()).code()).isZero();
            assertThat(PINS.resolve(Integer.toString(mount.connection()))).doesNotExist();
            Command again = Command.fuselet("detach", mount.path());
            assertThat(again.code()).isEqualTo(1);
            assertThat(again.err()).hasLineCount(1).contains("nothing is attached to " + mount.path());
        });
    }

    @Test
    void whatADeadMountLeavesIsRemoved() throws Exception {
        int[] connection = new int[1];
        serve(mount -> {
            AttachedCache.of(mount, AttachedCache.LONG);
            connection[0] = mount.connection();
            assertThat(PINS.resolve(Integer.toString(connection[0]))).isDirectory();
        });
        Pins.removeStale();
        assertThat(PINS.resolve(Integer.toString(connection[0]))).doesNotExist();
    }

    private static void serve(Work work) throws Exception {
        new Scratch("tmpfs", null).make(below -> {
            try (ForeignMount mount = ForeignMount.of(ForeignDaemon.PASSTHROUGH_LL, below)) {
                work.accept(mount);
            }
        });
    }
}
