// SPDX-License-Identifier: Apache-2.0
package io.fuselet.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.Counts;
import io.fuselet.extension.Latencies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What Prometheus sees, over HTTP. */
class MetricsServerTest {
    private static final InetSocketAddress FREE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final String MOUNT = "connection=\"31\",mountpoint=\"/mnt/a \\\"b\\\"\"";

    private static ConnectionCounts counts(long[] waits) {
        return new ConnectionCounts(31, "/mnt/a \"b\"", Map.of("GETATTR", new Counts(3, 40, 5, 1, 2, 6, 7)),
                Map.of("answers", new CacheCounts(9, 12, 1000, 90, 13, 14, 15, 16)), Optional.of(new Latencies(Map.of("GETATTR", waits))));
    }

    private static HttpResponse<String> scrape(MetricsServer server) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
        return HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void everyCounterIsScraped() throws Exception {
        long[] waits = new long[64];
        waits[3] = 1;
        waits[10] = 2;
        waits[63] = 4;
        try (MetricsServer server = MetricsServer.start(FREE, () -> List.of(counts(waits)))) {
            String body = scrape(server).body();
            assertThat(body.lines()).contains(
                    "# TYPE fuselet_requests_total counter",
                    "fuselet_requests_total{" + MOUNT + ",opcode=\"GETATTR\",outcome=\"pass\"} 3.0",
                    "fuselet_requests_total{" + MOUNT + ",opcode=\"GETATTR\",outcome=\"reply\"} 40.0",
                    "fuselet_requests_total{" + MOUNT + ",opcode=\"GETATTR\",outcome=\"redirect\"} 5.0",
                    "fuselet_requests_total{" + MOUNT + ",opcode=\"GETATTR\",outcome=\"error\"} 1.0",
                    "fuselet_requests_total{" + MOUNT + ",opcode=\"GETATTR\",outcome=\"refused\"} 2.0",
                    "fuselet_binds_total{" + MOUNT + ",opcode=\"GETATTR\",result=\"bound\"} 6.0",
                    "fuselet_binds_total{" + MOUNT + ",opcode=\"GETATTR\",result=\"refused\"} 7.0",
                    "# TYPE fuselet_cache_entries gauge",
                    "fuselet_cache_entries{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + "} 12.0",
                    "fuselet_cache_max_entries{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + "} 1000.0",
                    "fuselet_cache_lookups_total{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + ",result=\"hit\"} 90.0",
                    "fuselet_cache_lookups_total{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + ",result=\"miss\"} 13.0",
                    "fuselet_cache_fills_total{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + ",result=\"taken\"} 14.0",
                    "fuselet_cache_fills_total{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + ",result=\"refused\"} 15.0",
                    "fuselet_cache_evictions_total{" + MOUNT.replace("\",m", "\",map=\"answers\",m") + "} 16.0",
                    "# TYPE fuselet_daemon_wait_seconds histogram",
                    "fuselet_daemon_wait_seconds_bucket{" + MOUNT + ",opcode=\"GETATTR\",le=\"1.024E-6\"} 1",
                    "fuselet_daemon_wait_seconds_bucket{" + MOUNT + ",opcode=\"GETATTR\",le=\"2.048E-6\"} 3",
                    "fuselet_daemon_wait_seconds_bucket{" + MOUNT + ",opcode=\"GETATTR\",le=\"+Inf\"} 7",
                    "fuselet_daemon_wait_seconds_count{" + MOUNT + ",opcode=\"GETATTR\"} 7");
        }
    }

    @Test
    void countersAreReadAnewForEachScrape() throws Exception {
        long[] reads = new long[1];
        try (MetricsServer server = MetricsServer.start(FREE, () -> {
            Counts pass = new Counts(++reads[0], 0, 0, 0, 0, 0, 0);
            return List.of(new ConnectionCounts(1, "", Map.of("LOOKUP", pass), Map.of(), Optional.empty()));
        })) {
            assertThat(scrape(server).body()).contains("outcome=\"pass\"} 1.0").doesNotContain("cache_entries{", "wait_seconds_count{");
            assertThat(scrape(server).body()).contains("outcome=\"pass\"} 2.0");
        }
    }

    @Test
    void whatCannotBeReadIsAnError() throws Exception {
        try (MetricsServer server = MetricsServer.start(FREE, () -> {
            throw new IOException("no counters");
        })) {
            assertThat(scrape(server).statusCode()).isEqualTo(500);
        }
    }
}
