// SPDX-License-Identifier: Apache-2.0
package io.fuselet.metrics;

import io.fuselet.extension.CacheCounts;
import io.fuselet.extension.Counts;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the kernel's counters anew for each scrape. */
final class KernelMetrics implements MultiCollector {
    private static final Logger LOG = LoggerFactory.getLogger(KernelMetrics.class);

    /** Where counters come from. */
    interface Source {
        List<ConnectionCounts> read() throws IOException;
    }

    private final Source source;

    KernelMetrics(Source source) {
        this.source = source;
    }

    @Override
    public MetricSnapshots collect() {
        try {
            return new Scrape(source.read()).all();
        } catch (IOException e) {
            LOG.warn("counters cannot be read: {}", e.getMessage());
            throw new UncheckedIOException(e);
        }
    }

    private record Scrape(List<ConnectionCounts> connections) {
        MetricSnapshots all() {
            return MetricSnapshots.of(requests(), binds(), waits(), entries(), mostEntries(), lookups(), fills(), evictions());
        }

        private CounterSnapshot requests() {
            CounterSnapshot.Builder metric = counter("fuselet_requests", "Requests by what became of them: pass went to the daemon, "
                    + "reply, redirect and error were answered in the kernel; refused verdicts are counted besides.");
            eachOpcode((labels, counts) -> {
                add(metric, labels, "outcome", "pass", counts.pass());
                add(metric, labels, "outcome", "reply", counts.reply());
                add(metric, labels, "outcome", "redirect", counts.redirect());
                add(metric, labels, "outcome", "error", counts.error());
                add(metric, labels, "outcome", "refused", counts.refused());
            });
            return metric.build();
        }

        private CounterSnapshot binds() {
            CounterSnapshot.Builder metric = counter("fuselet_binds", "Nodes that were to be bound to a lower object.");
            eachOpcode((labels, counts) -> {
                add(metric, labels, "result", "bound", counts.bound());
                add(metric, labels, "result", "refused", counts.unbound());
            });
            return metric.build();
        }

        private HistogramSnapshot waits() {
            HistogramSnapshot.Builder metric = HistogramSnapshot.builder().name("fuselet_daemon_wait_seconds").unit(Unit.SECONDS)
                    .help("Time from a request to the daemon's reply, of attachments that are traced.");
            for (ConnectionCounts each : connections) {
                each.waits().ifPresent(waits -> waits.byOpcode().forEach((opcode, counts) -> metric.dataPoint(
                        HistogramDataPointSnapshot.builder().labels(labels(each).add("opcode", opcode)).classicHistogramBuckets(WaitBuckets.of(counts)).build())));
            }
            return metric.build();
        }

        private GaugeSnapshot entries() {
            GaugeSnapshot.Builder metric = GaugeSnapshot.builder().name("fuselet_cache_entries").help("Entries of a map of replies.");
            eachMap((labels, map) -> metric.dataPoint(gauge(labels, map.entries())));
            return metric.build();
        }

        private GaugeSnapshot mostEntries() {
            GaugeSnapshot.Builder metric = GaugeSnapshot.builder().name("fuselet_cache_max_entries").help("Entries that a map of replies has room for.");
            eachMap((labels, map) -> metric.dataPoint(gauge(labels, map.maxEntries())));
            return metric.build();
        }

        private CounterSnapshot lookups() {
            CounterSnapshot.Builder metric = counter("fuselet_cache_lookups", "Look-ups in a map of replies.");
            eachMap((labels, map) -> {
                add(metric, labels, "result", "hit", map.hits());
                add(metric, labels, "result", "miss", map.misses());
            });
            return metric.build();
        }

        private CounterSnapshot fills() {
            CounterSnapshot.Builder metric = counter("fuselet_cache_fills", "Replies of the daemon that a map was offered.");
            eachMap((labels, map) -> {
                add(metric, labels, "result", "taken", map.fills());
                add(metric, labels, "result", "refused", map.refused());
            });
            return metric.build();
        }

        private CounterSnapshot evictions() {
            CounterSnapshot.Builder metric = counter("fuselet_cache_evictions", "Entries that made room for others.");
            eachMap((labels, map) -> metric.dataPoint(CounterDataPointSnapshot.builder().labels(labels).value(map.evicted()).build()));
            return metric.build();
        }

        private interface Row<T> {
            void of(Labels labels, T counts);
        }

        private void eachOpcode(Row<Counts> row) {
            connections.forEach(each -> each.requests().forEach((opcode, counts) -> row.of(labels(each).add("opcode", opcode), counts)));
        }

        private void eachMap(Row<CacheCounts> row) {
            connections.forEach(each -> each.maps().forEach((name, map) -> row.of(labels(each).add("map", name), map)));
        }

        private static Labels labels(ConnectionCounts counts) {
            return Labels.of("connection", Integer.toString(counts.connection()), "mountpoint", counts.mountPoint());
        }

        private static CounterSnapshot.Builder counter(String name, String help) {
            return CounterSnapshot.builder().name(name).help(help);
        }

        private static void add(CounterSnapshot.Builder metric, Labels labels, String label, String value, long count) {
            metric.dataPoint(CounterDataPointSnapshot.builder().labels(labels.add(label, value)).value(count).build());
        }

        private static GaugeDataPointSnapshot gauge(Labels labels, long value) {
            return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
        }
    }
}
