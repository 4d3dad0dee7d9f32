// SPDX-License-Identifier: Apache-2.0
package io.fuselet.metrics;

import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Serves {@code /metrics} over HTTP until closed. */
public final class MetricsServer implements AutoCloseable {
    private final HTTPServer server;

    private MetricsServer(HTTPServer server) {
        this.server = server;
    }

    /**
     * @param address port 0 for one that is free
     * @throws IOException if the address cannot be had
     */
    public static MetricsServer start(InetSocketAddress address) throws IOException {
        return start(address, ConnectionCounts::readAll);
    }

    static MetricsServer start(InetSocketAddress address, KernelMetrics.Source source) throws IOException {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(new KernelMetrics(source));
        return new MetricsServer(HTTPServer.builder().inetAddress(address.getAddress()).port(address.getPort()).registry(registry).buildAndStart());
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.close();
    }
}
