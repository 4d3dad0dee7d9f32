// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.broker.EventHub;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.TreePath;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AuditWriterTest {
    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.000001Z");

    @Test
    void writesALineForEachEvent() throws Exception {
        StringWriter out = new StringWriter();
        try (AuditWriter writer = new AuditWriter(out, new EventHub())) {
            writer.accept(new AuditEvent(TIME, -2, 42, "OPEN", TreePath.parse("/a\"b"), null, 13));
            writer.accept(new AuditEvent(TIME, 0, 0, "LINK", TreePath.parse("/a"), TreePath.parse("/b"), 0));
            writer.accept(new AuditEvent(TIME, 0, 1, "LOOKUP", null, null, 2));
        }

        assertThat(out.toString().lines()).containsExactly(
                "{\"time\":\"2026-01-01T00:00:00.000001Z\",\"uid\":4294967294,\"pid\":42,\"operation\":\"OPEN\",\"path\":\"/a\\\"b\",\"verdict\":\"deny\"}",
                "{\"time\":\"2026-01-01T00:00:00.000001Z\",\"uid\":0,\"pid\":0,\"operation\":\"LINK\",\"path\":\"/a\",\"new_path\":\"/b\",\"verdict\":\"allow\"}",
                "{\"time\":\"2026-01-01T00:00:00.000001Z\",\"uid\":0,\"pid\":1,\"operation\":\"LOOKUP\",\"path\":null,\"verdict\":\"hide\"}");
    }

    /** However slowly they are written: what was written and what was lost is all there was. */
    @Test
    void countsWhatItLoses() throws Exception {
        int events = 200_000;
        SlowWriter out = new SlowWriter();
        AuditWriter writer = new AuditWriter(out, new EventHub());
        IntStream.range(0, events).forEach(i -> writer.accept(new AuditEvent(TIME, 0, i, "OPEN", TreePath.ROOT, null, 0)));
        out.proceed();
        writer.close();

        assertThat(writer.lost()).isPositive();
        assertThat(out.lines + writer.lost()).isEqualTo(events);
    }

    /** Does not go on until it may. */
    private static final class SlowWriter extends Writer {
        private boolean proceeding;
        private long lines;

        synchronized void proceed() {
            proceeding = true;
            notifyAll();
        }

        @Override
        public synchronized void write(char[] buffer, int from, int length) throws IOException {
            while (!proceeding) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            lines += new String(buffer, from, length).lines().count();
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    }

    @Test
    void countsWhatCannotBeWritten() throws Exception {
        AuditWriter writer = new AuditWriter(new Writer() {
            @Override
            public void write(char[] buffer, int from, int length) throws IOException {
                throw new IOException("no space");
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        }, new EventHub());
        writer.accept(new AuditEvent(TIME, 0, 0, "OPEN", TreePath.ROOT, null, 0));
        writer.close();

        assertThat(writer.lost()).isEqualTo(1);
    }
}
