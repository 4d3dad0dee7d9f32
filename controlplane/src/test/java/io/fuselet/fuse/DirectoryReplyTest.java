// SPDX-License-Identifier: Apache-2.0
package io.fuselet.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DirectoryReplyTest {
    private final Exchange exchange = new Exchange(new Connection(-1, null), 64, 4096);
    private final DirectoryReply reply = new DirectoryReply(exchange);

    private byte[] body() {
        byte[] body = new byte[exchange.out.length - 16];
        exchange.out.bytes.get(16, body);
        return body;
    }

    @Test
    void recordsAreAlignedToEightBytes() {
        reply.begin(4096, false);
        reply.add(new byte[] {'x', '.', '.'}, 1, 2, 1, 2, 4);
        reply.add(ByteBuffer.wrap("_12345678_".getBytes()), 1, 8, 3, 4, 10);

        assertThat(body()).isEqualTo(Wire.body().u64(1).u64(2).u32(2).u32(4).bytes("..".getBytes()).zeros(6)
                .u64(3).u64(4).u32(8).u32(10).bytes("12345678".getBytes()).toBody());
    }

    @Test
    void whatDoesNotFitIsNotAdded() {
        reply.begin(64, false);
        assertThat(reply.add(new byte[8], 0, 8, 1, 1, 8)).isTrue();
        assertThat(reply.fits(9)).isFalse();
        assertThat(reply.add(new byte[9], 0, 9, 1, 1, 8)).isFalse();
        assertThat(body()).hasSize(32);
        assertThat(reply.fits(8)).isTrue();
        assertThat(reply.add(new byte[8], 0, 8, 1, 1, 8)).isTrue();
        assertThat(body()).hasSize(64);
        assertThat(reply.fits(0)).isFalse();
    }

    @Test
    void plusRecordsBeginWithTheirNode() {
        reply.begin(4096, true);
        Wire.fill(reply.addPlus(new byte[] {'a'}, 0, 1, 1, 2, 8));
        reply.addPlus(ByteBuffer.wrap(new byte[] {'b'}), 0, 1, 3, 4, 8);

        assertThat(body()).isEqualTo(Wire.body().bytes(Wire.entry().toBody()).u64(1).u64(2).u32(1).u32(8).name("a").zeros(6)
                .zeros(128).u64(3).u64(4).u32(1).u32(8).name("b").zeros(6).toBody());
    }

    @Test
    void aPlusRecordThatDoesNotFitHasNoNode() {
        reply.begin(159, true);
        assertThat(reply.fits(1)).isFalse();
        assertThat(reply.addPlus(new byte[] {'a'}, 0, 1, 1, 2, 8)).isNull();
        assertThat(reply.isEmpty()).isTrue();
    }

    @Test
    void theBufferLimitsWhateverIsAskedFor() {
        reply.begin(Integer.MAX_VALUE, false);
        int added = 0;
        while (reply.add(new byte[8], 0, 8, 1, 1, 8)) {
            added++;
        }
        assertThat(added).isEqualTo((4096 - 16) / 32);
    }
}
