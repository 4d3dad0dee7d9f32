// SPDX-License-Identifier: Apache-2.0
package io.fuselet.cli;

import io.fuselet.broker.EventHub;
import io.fuselet.broker.Json;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.AuditSink;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes audit events, one JSON object a line:
 *
 * <pre>
 * {"time": "2026-01-01T00:00:00.000001Z", "uid": 1000, "pid": 4711, "operation": "OPEN", "path": "/etc/passwd", "verdict": "deny"}
 * </pre>
 *
 * A thread of its own writes, so that no request waits for a disk; events that come faster than it can write are counted and dropped.
 */
final class AuditWriter implements AuditSink, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditWriter.class);
    private static final int MOST_WAITING = 1 << 16;
    private static final long IDLE_MILLIS = 200;

    private final BlockingQueue<AuditEvent> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong lost = new AtomicLong();
    private final Writer out;
    private final EventHub events;
    private final Thread thread = new Thread(this::run, "fuselet-audit-writer");
    private volatile boolean closing;
    private boolean failed;

    /**
     * @param out closed with this
     * @param events are passed on to whoever follows them
     */
    AuditWriter(Writer out, EventHub events) {
        this.out = out;
        this.events = events;
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void accept(AuditEvent event) {
        if (closing || !waiting.offer(event)) {
            lost.incrementAndGet();
        }
    }

    @Override
    public long lost() {
        return lost.get();
    }

    private void run() {
        try {
            while (!closing || !waiting.isEmpty()) {
                AuditEvent first = waiting.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    List<AuditEvent> batch = new ArrayList<>(List.of(first));
                    waiting.drainTo(batch);
                    write(batch);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(List<AuditEvent> batch) {
        int written = 0;
        try {
            StringBuilder lines = new StringBuilder();
            for (AuditEvent event : batch) {
                Map<String, Object> json = json(event);
                lines.append(Json.line(json)).append('\n');
                events.publish(json);
            }
            out.write(lines.toString());
            out.flush();
            written = batch.size();
        } catch (IOException e) {
            if (!failed) {
                LOG.error("audit events are lost: {}", e.getMessage());
            }
            failed = true;
        }
        lost.addAndGet(batch.size() - written);
    }

    private static Map<String, Object> json(AuditEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("time", event.time().toString());
        json.put("uid", Integer.toUnsignedLong(event.uid()));
        json.put("pid", event.pid());
        json.put("operation", event.operation());
        json.put("path", event.path() == null ? null : event.path().toString());
        if (event.newPath() != null) {
            json.put("new_path", event.newPath().toString());
        }
        json.put("verdict", event.verdict());
        return json;
    }

    /** Writes what is waiting. */
    @Override
    public void close() throws IOException {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        out.close();
    }
}
