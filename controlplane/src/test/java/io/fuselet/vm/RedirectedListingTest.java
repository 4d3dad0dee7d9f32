// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.stackfs.StackOptions;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.TreeCalls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Known directories are listed below by the kernel: positions are those of the lower file system, whoever lists. */
@Tag("vm")
@Timeout(600)
class RedirectedListingTest {
    private static final int FILES = 300;
    private static final int SMALL = 1024;
    private static final StackOptions KEEP = StackOptions.DEFAULT.withTimeouts(3600, 3600);

    /** An entry with the position behind it. */
    private record Entry(String name, long off, long ino, int type) {}

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void aListingIsTheOneBelow(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, KEEP, RedirectedListingTest::fill, sides -> {
            sides.warm();
            // where names had to be looked up since the last listing, the next one is the daemon's
            list(sides.above());
            RequestCounts before = RequestCounts.of(sides.mount());
            List<Entry> above;
            try (Directory upper = Directory.open(sides.above())) {
                above = rest(upper);
                FileCalls.fsync(upper.fd());
            }
            RequestCounts counts = RequestCounts.of(sides.mount()).since(before);

            assertThat(counts.daemon()).as("what reached the daemon").isEmpty();
            assertThat(counts.kernel("READDIR").redirect()).isPositive();
            assertThat(counts.kernel("OPENDIR").redirect()).isEqualTo(1);
            try (Directory lower = Directory.open(sides.below())) {
                assertThat(inTree(above)).isEqualTo(inTree(rest(lower)));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void anyPositionIsGoneBackTo(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, KEEP, RedirectedListingTest::fill, sides -> {
            sides.warm();
            try (Directory upper = Directory.open(sides.above()); Directory another = Directory.open(sides.above())) {
                rest(upper);
                List<Entry> all = from(upper, 0);
                for (int i : new int[] {0, 17, 150, FILES, 3, FILES + 1}) {
                    assertThat(from(upper, all.get(i).off())).isEqualTo(all.subList(i + 1, all.size()));
                    assertThat(FileCalls.lseek(upper.fd(), 0, FileCalls.SEEK_CUR)).isEqualTo(all.get(all.size() - 1).off());
                }
                assertThat(from(another, all.get(99).off())).as("through another handle").isEqualTo(all.subList(100, all.size()));
                assertThat(from(upper, 0)).as("rewound").isEqualTo(all);
            }
        });
    }

    /** The first listing is the daemon's, since it tells of nodes; what it begins, the same handle or another goes on with. */
    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void listingsOfBothKindsHaveTheSamePositions(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, KEEP, RedirectedListingTest::fill, sides -> {
            try (Directory upper = Directory.open(sides.above())) {
                RequestCounts before = RequestCounts.of(sides.mount());
                List<Entry> first = rest(upper);
                List<Entry> second = from(upper, 0);
                RequestCounts counts = RequestCounts.of(sides.mount()).since(before);

                assertThat(counts.upcalls("READDIRPLUS")).as("READDIRPLUS of the first listing").isPositive();
                assertThat(counts.upcalls("LOOKUP")).as("names asked for one by one").isZero();
                assertThat(counts.kernel("READDIR").redirect()).as("READDIR of the second listing").isPositive();
                assertThat(inTree(second)).isEqualTo(inTree(first));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void whatChangesShowsInTheNextListing(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, KEEP, RedirectedListingTest::fill, sides -> {
            sides.warm();
            try (Directory upper = Directory.open(sides.above())) {
                assertThat(upper.names()).hasSize(FILES);
                Files.writeString(sides.above().resolve("made above"), "");
                Files.writeString(sides.below().resolve("made below"), "");
                Files.delete(sides.above().resolve("file-1"));
                Files.delete(sides.below().resolve("file-2"));
                assertThat(upper.names()).contains("made above", "made below").doesNotContain("file-1", "file-2").hasSize(FILES);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"tmpfs", "ext4", "xfs"})
    void entriesAreRemovedWhileTheyAreListed(String fileSystem) throws Exception {
        BothSides.serve(fileSystem, KEEP, RedirectedListingTest::fill, sides -> {
            sides.warm();
            try (Directory upper = Directory.open(sides.above())) {
                List<Entry> some;
                while (!(some = inTree(next(upper))).isEmpty()) {
                    for (Entry entry : some) {
                        Files.delete(sides.above().resolve(entry.name()));
                    }
                }
            }
            assertThat(sides.below()).isEmptyDirectory();
            assertThat(sides.above()).isEmptyDirectory();
        });
    }

    private static void list(Path path) {
        try (Directory directory = Directory.open(path)) {
            rest(directory);
        }
    }

    private static void fill(Path directory) throws Exception {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(directory.resolve("file-" + i));
        }
    }

    /** Without the parent, which above is another one. */
    private static List<Entry> inTree(List<Entry> entries) {
        return entries.stream().filter(entry -> !entry.name().startsWith(".")).toList();
    }

    private static List<Entry> from(Directory directory, long position) {
        FileCalls.lseek(directory.fd(), position, FileCalls.SEEK_SET);
        return rest(directory);
    }

    private static List<Entry> rest(Directory directory) {
        List<Entry> all = new ArrayList<>();
        List<Entry> some;
        while (!(some = next(directory)).isEmpty()) {
            all.addAll(some);
        }
        return all;
    }

    /** One getdents64(2): {@code d_ino, d_off, d_reclen, d_type, d_name}. */
    private static List<Entry> next(Directory directory) {
        NativeBuffer buffer = NativeBuffer.allocate(SMALL);
        int length = TreeCalls.getdents64(directory.fd(), buffer.address(), SMALL);
        List<Entry> entries = new ArrayList<>();
        for (int at = 0; at < length; at += buffer.bytes().getShort(at + 16)) {
            String name = Directory.name(buffer, at + 19);
            entries.add(new Entry(name, buffer.bytes().getLong(at + 8), buffer.bytes().getLong(at), buffer.bytes().get(at + 18)));
        }
        return entries;
    }
}
