// SPDX-License-Identifier: Apache-2.0
package io.fuselet.stackfs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.RecordFile;
import io.fuselet.sys.Stat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node table against a model of what the kernel holds, taken over by one successor after the other. */
class NodeRecordsTest {
    private static final int FILES = 20;

    @TempDir
    Path directory;

    private RecordFile file = RecordFile.create("test", 1000);
    /** Lookups that the kernel has not given back, by node. */
    private final Map<Long, Long> held = new HashMap<>();
    /** Nodes of the objects that the kernel knows. */
    private final Map<Path, Long> ids = new HashMap<>();

    private static int open(Path path) {
        return FileCalls.open(path.toString(), Open.O_PATH);
    }

    private NodeTable table() {
        NodeTable table = new NodeTable(new Descriptors(FILES, new Reopening(-1)), 0, new NodeRecords(file));
        int fd = open(directory);
        table.addRoot(fd, Stat.of(fd));
        return table;
    }

    private NodeTable successor() throws Exception {
        RecordFile next = RecordFile.takeOver(new Fd(FileCalls.fcntl(file.number(), FileCalls.F_DUPFD_CLOEXEC, 0)));
        file.close();
        file = next;
        NodeTable table = table();
        table.restore();
        return table;
    }

    @Test
    void noSuccessorKnowsLessThanTheKernel() throws Exception {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(directory.resolve("f" + i));
        }
        Random random = new Random(1);
        NodeTable table = table();
        table.recordRoot();
        for (int step = 0; step < 2000; step++) {
            if (random.nextInt(3) > 0) {
                lookUp(table, directory.resolve("f" + random.nextInt(FILES)));
            } else if (!held.isEmpty()) {
                forget(table, random);
            }
            if (step % 40 == 0) {
                NodeTable next = successor();
                table.close();
                table = next;
                assertThat(table.size()).as("seed 1, step " + step).isEqualTo(held.size() + 1);
            }
        }
        for (Long id : List.copyOf(held.keySet())) {
            table.forget(id, held.remove(id));
        }
        assertThat(table.size()).as("the root alone").isEqualTo(1);
        assertThat(successor().size()).isEqualTo(1);
    }

    private void lookUp(NodeTable table, Path path) {
        int fd = open(path);
        Node node = table.lookUp(fd, Stat.of(fd), new Location(table.get(1), path.getFileName().toString().getBytes()));
        Long known = ids.put(path, node.id);
        assertThat(known == null || known == node.id).as("an object that the kernel knows keeps its node").isTrue();
        held.merge(node.id, 1L, Long::sum);
    }

    private void forget(NodeTable table, Random random) {
        List<Long> known = new ArrayList<>(held.keySet());
        long id = known.get(random.nextInt(known.size()));
        long count = 1 + random.nextLong(held.get(id));
        table.forget(id, count);
        if (held.get(id) == count) {
            ids.values().remove(id);
        }
        held.compute(id, (key, lookups) -> lookups == count ? null : Long.valueOf(lookups - count));
    }
}
