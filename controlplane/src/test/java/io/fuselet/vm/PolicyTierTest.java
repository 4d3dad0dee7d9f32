// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static io.fuselet.vm.Outcome.done;
import static io.fuselet.vm.Outcome.of;
import static org.assertj.core.api.Assertions.assertThat;

import io.fuselet.extension.Tier;
import io.fuselet.policy.AuditEvent;
import io.fuselet.policy.AuditSink;
import io.fuselet.sys.At;
import io.fuselet.sys.Errno;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.NativeBuffer;
import io.fuselet.sys.Open;
import io.fuselet.sys.Stat;
import io.fuselet.sys.TreeCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every tier enforces the same policy; the extension does so without the daemon. */
@Tag("vm")
@Timeout(600)
class PolicyTierTest {
    private static final String RULES = """
            rules:
              - {path: /hidden, effect: hide}
              - {path: /denied/open, effect: allow}
              - {path: /denied, effect: deny}
              - {path: /fixed, effect: read-only}
              - {path: /user, uid: 1000, effect: deny}
              - {path: /group, gid: 1000, effect: hide}
              - {path: /told, effect: audit}
              - {path: '/free/*.key', effect: hide}
            """;

    private static void fill(Path below) throws Exception {
        for (String directory : List.of("denied", "fixed", "told", "free", "plain")) {
            Files.createDirectory(below.resolve(directory));
        }
        for (String file : List.of("hidden", "user", "group", "denied/open", "denied/closed", "fixed/x", "told/x", "free/a.key", "free/x", "plain/x")) {
            Files.writeString(below.resolve(file), "content");
        }
        Files.createSymbolicLink(below.resolve("fixed/link"), Path.of("x"));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void everyEffectIsEnforced(Tier tier) throws Exception {
        PolicyScratch.serve(tier, RULES, PolicyTierTest::fill, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                assertThat(hidden(top)).containsOnly("errno " + Errno.ENOENT);
                assertThat(names(scratch.above())).doesNotContain("hidden").contains("group", "user");
                assertThat(names(scratch.above("free"))).containsExactly("x");
                assertThat(made(top, "hidden")).containsOnly("errno " + Errno.EACCES);
                assertThat(made(top, "free/absent.key")).containsOnly("errno " + Errno.EACCES);
                assertThat(denied(top)).containsOnly("errno " + Errno.EACCES);
                assertThat(read(top, "denied/open")).isEqualTo("content");
                assertThat(changes(top, "fixed/x")).containsOnly("errno " + Errno.EROFS);
                assertThat(read(top, "fixed/x")).isEqualTo("content");
                assertThat(read(top, "fixed/link")).isEqualTo("content");
                top.write("plain/new", new byte[10]);
                top.write("free/new", new byte[10]);
            }
        });
    }

    private static List<String> hidden(Directory top) throws Exception {
        return List.of(of(() -> ino(top, "hidden")), of(() -> read(top, "hidden")), of(() -> ino(top, "free/a.key")),
                done(() -> TreeCalls.unlinkat(top.fd(), Directory.bytes("hidden"), 0)), done(() -> top.rename("hidden", "new", 0)));
    }

    private static List<String> made(Directory top, String name) throws Exception {
        return List.of(
                done(() -> top.write(name, new byte[1])),
                done(() -> top.mkdir(name, 0755)),
                done(() -> top.symlink("x", name)),
                done(() -> top.link("plain/x", name)),
                done(() -> top.rename("plain/x", name, 0)));
    }

    private static List<String> denied(Directory top) throws Exception {
        return List.of(of(() -> names(top, "denied")), of(() -> ino(top, "denied/closed")), of(() -> ino(top, "denied/absent")),
                done(() -> top.write("denied/new", new byte[1])), done(() -> top.rename("denied", "moved", 0)),
                done(() -> TreeCalls.unlinkat(top.fd(), Directory.bytes("denied/open"), 0)));
    }

    private static List<String> changes(Directory top, String name) throws Exception {
        byte[] bytes = Directory.bytes(name);
        return List.of(
                done(() -> top.openFile(name, Open.O_WRONLY).close()),
                done(() -> top.openFile(name, Open.O_RDWR).close()),
                done(() -> top.openFile(name, Open.O_RDONLY | Open.O_TRUNC).close()),
                done(() -> TreeCalls.fchmodat(top.fd(), bytes, 0777)),
                done(() -> TreeCalls.unlinkat(top.fd(), bytes, 0)),
                done(() -> top.rename(name, "free/moved", 0)),
                done(() -> top.rename("free/x", name, 0)),
                done(() -> top.link(name, "free/link")),
                done(() -> top.mkdir("fixed/new", 0755)));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void callersAreToldApart(Tier tier) throws Exception {
        PolicyScratch.serve(tier, RULES, PolicyTierTest::fill, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                for (int round = 0; round < 2; round++) {
                    assertThat(read(top, "user") + read(top, "group")).as("as root").isEqualTo("contentcontent");
                    assertThat(names(scratch.above())).contains("user", "group");
                    AsUser.run(1000, 1000, new int[0], () -> {
                        assertThat(of(() -> read(top, "user"))).isEqualTo("errno " + Errno.EACCES);
                        assertThat(of(() -> ino(top, "group"))).isEqualTo("errno " + Errno.ENOENT);
                        assertThat(names(scratch.above())).contains("user").doesNotContain("group");
                    });
                    AsUser.run(1001, 1001, new int[0], () -> assertThat(read(top, "user") + read(top, "group")).isEqualTo("contentcontent"));
                }
            }
        });
    }

    @Test
    void theKernelDecidesAloneAboutWhatItKnows() throws Exception {
        PolicyScratch.serve(Tier.EXTENSION, RULES, PolicyTierTest::fill, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                work(top);
                RequestCounts before = RequestCounts.of(scratch.mount());
                work(top);
                RequestCounts counts = RequestCounts.of(scratch.mount()).since(before);

                Map<String, Long> daemon = new TreeMap<>(counts.daemon());
                daemon.keySet().removeAll(List.of("FORGET", "BATCH_FORGET"));
                assertThat(daemon).as("what reached the daemon").isEmpty();
                assertThat(counts.kernel("OPEN").error()).as("opens refused in the kernel").isEqualTo(2);
                assertThat(counts.kernel("OPEN").redirect()).as("the last one truncates afterwards").isEqualTo(3);
                assertThat(counts.kernel("SETATTR").error()).isEqualTo(2);
                assertThat(counts.kernel("OPENDIR").error()).isEqualTo(1);
                assertThat(counts.kernel("WRITE").refused() + counts.kernel("READ").refused()).isZero();
            }
        });
    }

    private static void work(Directory top) throws Exception {
        read(top, "plain/x");
        read(top, "fixed/x");
        done(() -> top.openFile("fixed/x", Open.O_WRONLY).close());
        done(() -> top.openFile("fixed/x", Open.O_RDWR).close());
        done(() -> top.openFile("fixed/x", Open.O_TRUNC).close());
        done(() -> TreeCalls.fchmodat(top.fd(), Directory.bytes("fixed/x"), 0777));
        of(() -> names(top, "denied"));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void auditedOperationsAreToldOnceEach(Tier tier) throws Exception {
        String rules = """
                rules:
                  - {path: /told/no, effect: deny, audit: true}
                  - {path: /told, effect: audit}
                """;
        PolicyScratch.serve(tier, rules, below -> {
            fill(below);
            Files.writeString(below.resolve("told/no"), "content");
        }, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                read(top, "plain/x");
                read(top, "told/x");
                of(() -> read(top, "told/no"));
                TreeCalls.fchmodat(top.fd(), Directory.bytes("told/x"), 0600);
                names(top, "told");
                top.write("told/new", new byte[1]);
                top.rename("told/x", "told/y", 0);
                TreeCalls.unlinkat(top.fd(), Directory.bytes("told/new"), 0);
            }
            List<String> expected = List.of("OPEN /told/x allow", "OPEN /told/no deny", "SETATTR /told/x allow", "OPENDIR /told allow",
                    "CREATE /told/new allow", "RENAME /told/x allow", "UNLINK /told/new allow");
            Waiting.until(() -> scratch.events().size() >= expected.size(), "told of " + scratch.events());

            assertThat(scratch.events()).extracting(event -> event.operation() + " " + event.path() + " " + event.verdict())
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(scratch.events()).allMatch(event -> event.uid() == 0 && event.pid() > 0)
                    .extracting(AuditEvent::time).allMatch(time -> Math.abs(Duration.between(time, Instant.now()).toSeconds()) < 300);
            assertThat(scratch.policy().lostEvents()).isZero();
        });
    }

    /** What the kernel has cached of such a name is dropped after the move was answered; it cannot be opened before either. */
    @ParameterizedTest
    @EnumSource(Tier.class)
    void namesThatAMoveHidesDisappear(Tier tier) throws Exception {
        PolicyScratch.serve(tier, "rules: [{path: /moved/x, effect: hide}]", PolicyTierTest::fill, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                assertThat(read(top, "plain/x")).isEqualTo("content");
                top.rename("plain", "moved", 0);
                assertThat(of(() -> read(top, "moved/x"))).isEqualTo("errno " + Errno.ENOENT);
                assertThat(names(top, "moved")).isEmpty();
                Waiting.until(() -> isAbsent(top, "moved/x"), "the kernel still knows the name");
            }
        });
    }

    private static boolean isAbsent(Directory top, String name) {
        try {
            return of(() -> ino(top, name)).equals("errno " + Errno.ENOENT);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void anotherPolicyTakesOverOpenFilesAndKnownNames(Tier tier) throws Exception {
        PolicyScratch.serve(tier, "rules: []", PolicyTierTest::fill, scratch -> {
            NativeBuffer buffer = NativeBuffer.allocate(7);
            try (Directory top = Directory.open(scratch.above()); Fd file = top.openFile("plain/x", Open.O_RDWR); Directory plain = top.open("plain")) {
                assertThat(of(() -> FileCalls.pread(file.number(), buffer.address(), 7, 0))).isEqualTo("7");
                assertThat(read(top, "hidden")).isEqualTo("content");

                scratch.replace("rules: [{path: /plain, effect: deny}, {path: /hidden, effect: hide}]");
                assertThat(of(() -> ino(top, "hidden"))).isEqualTo("errno " + Errno.ENOENT);
                assertThat(of(() -> read(top, "plain/x"))).isEqualTo("errno " + Errno.EACCES);
                assertThat(done(() -> plain.write("new", new byte[1]))).isEqualTo("errno " + Errno.EACCES);
                assertThat(done(() -> FileCalls.ftruncate(file.number(), 0))).isEqualTo("errno " + Errno.EACCES);
                if (tier != Tier.PASSTHROUGH) {
                    assertThat(of(() -> FileCalls.pread(file.number(), buffer.address(), 7, 0))).isEqualTo("errno " + Errno.EACCES);
                    assertThat(of(() -> FileCalls.pwrite(file.number(), buffer.address(), 7, 0))).isEqualTo("errno " + Errno.EACCES);
                }

                scratch.replace("rules: [{path: /plain, uid: 1000, effect: deny}]");
                assertThat(read(top, "hidden")).isEqualTo("content");
                assertThat(read(top, "plain/x")).isEqualTo("content");
                assertThat(of(() -> FileCalls.pwrite(file.number(), buffer.address(), 7, 0))).isEqualTo("7");
                AsUser.run(1000, 1000, new int[0], () -> assertThat(of(() -> read(top, "plain/x"))).isEqualTo("errno " + Errno.EACCES));
            }
        });
    }

    /** Two policies each of which refuses one of two files; a reader of both in a row must never be refused twice in one state. */
    @ParameterizedTest
    @EnumSource(value = Tier.class, names = {"EXTENSION", "PLAIN"})
    void replacingIsAtomicUnderLoad(Tier tier) throws Exception {
        String first = "rules: [{path: /plain, effect: deny}, {path: /free, effect: allow}]";
        String second = "rules: [{path: /free, uid: 0, effect: deny}]";
        PolicyScratch.serve(tier, first, PolicyTierTest::fill, scratch -> {
            AtomicBoolean ending = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            try (Directory top = Directory.open(scratch.above()); Fd free = top.openFile("fixed/x", Open.O_RDWR)) {
                Thread reader = new Thread(() -> readUntil(ending, top, free, failure));
                reader.start();
                for (int i = 0; i < 20 && failure.get() == null; i++) {
                    scratch.replace(i % 2 == 0 ? second : first);
                    boolean freeIsDenied = i % 2 == 0;
                    assertThat(of(() -> read(top, "free/x"))).isEqualTo(freeIsDenied ? "errno " + Errno.EACCES : "content");
                    assertThat(of(() -> read(top, "plain/x"))).isEqualTo(freeIsDenied ? "content" : "errno " + Errno.EACCES);
                }
                ending.set(true);
                reader.join();
            }
            assertThat(failure.get()).isNull();
        });
    }

    /** What both policies allow never fails, and nothing fails with another error than a policy's. */
    private static void readUntil(AtomicBoolean ending, Directory top, Fd allowed, AtomicReference<Throwable> failure) {
        NativeBuffer buffer = NativeBuffer.allocate(7);
        try {
            while (!ending.get()) {
                assertThat(FileCalls.pread(allowed.number(), buffer.address(), 7, 0)).isEqualTo(7);
                assertThat(read(top, "fixed/x")).isEqualTo("content");
                assertThat(of(() -> read(top, "plain/x"))).isIn("content", "errno " + Errno.EACCES);
                assertThat(of(() -> read(top, "free/x"))).isIn("content", "errno " + Errno.EACCES);
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    /** The ring buffer has room for about 26,000 events. While nobody takes them, each that does not fit is counted. */
    @Test
    void noEventIsLostUncounted() throws Exception {
        int opens = 30_000;
        CountDownLatch opened = new CountDownLatch(1);
        AtomicLong told = new AtomicLong();
        AuditSink sink = event -> {
            await(opened);
            told.incrementAndGet();
        };
        PolicyScratch.serve(Tier.EXTENSION, "rules: [{path: /told, effect: audit}]", sink, PolicyTierTest::fill, scratch -> {
            try (Directory top = Directory.open(scratch.above())) {
                ino(top, "told/x");
                for (int i = 0; i < opens; i++) {
                    top.openFile("told/x", Open.O_RDONLY).close();
                }
                opened.countDown();
            }
            long lost = scratch.policy().lostEvents();
            assertThat(lost).isPositive();
            Waiting.until(() -> told.get() + lost >= opens, "events are missing");
            assertThat(told.get() + lost).isEqualTo(opens);
            assertThat(scratch.policy().lostEvents()).isEqualTo(lost);
        });
    }

    /** Events that come faster than they are taken keep nobody from a name that has to be judged. */
    @Test
    void namesAreFoundWhileEventsPourIn() throws Exception {
        AtomicLong opens = new AtomicLong();
        AtomicLong told = new AtomicLong();
        AtomicBoolean ending = new AtomicBoolean();
        AuditSink slow = event -> {
            told.incrementAndGet();
            if (!ending.get()) {
                LockSupport.parkNanos(1_000_000);
            }
        };
        PolicyScratch.serve(Tier.EXTENSION, "rules: [{path: /told, effect: audit}]", slow, PolicyTierTest::fill, scratch -> {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            List<Thread> flood = List.of(openUntil(end, ending, opens, scratch.above("told/x")), openUntil(end, ending, opens, scratch.above("told/x")));
            Waiting.until(() -> opens.get() > told.get() + 1000, "events are taken as fast as they come");
            for (int i = 0; i < 20; i++) {
                assertThat(scratch.above("none" + i)).doesNotExist();
            }
            assertThat(opens.get()).as("events were waiting all the time").isGreaterThan(told.get());
            assertThat(System.nanoTime()).as("names were found before the flood ended").isLessThan(end);
            ending.set(true);
            for (Thread thread : flood) {
                thread.join();
            }
        });
    }

    private static Thread openUntil(long end, AtomicBoolean ending, AtomicLong opens, Path file) {
        Thread thread = new Thread(() -> {
            while (!ending.get() && System.nanoTime() < end) {
                FileCalls.close(FileCalls.open(file.toString(), Open.O_RDONLY));
                opens.incrementAndGet();
            }
        });
        thread.start();
        return thread;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(Directory top, String name) {
        try (Fd file = new Fd(FileCalls.openat(top.fd(), Directory.bytes(name), Open.O_RDONLY, 0))) {
            return new String(Directory.read(file), StandardCharsets.UTF_8);
        }
    }

    private static long ino(Directory top, String name) {
        return Stat.at(top.fd(), Directory.bytes(name), At.AT_SYMLINK_NOFOLLOW).ino();
    }

    private static List<String> names(Path directory) throws Exception {
        try (Directory top = Directory.open(directory)) {
            return names(top, ".");
        }
    }

    private static List<String> names(Directory top, String name) throws Exception {
        try (Directory directory = top.open(name)) {
            return List.copyOf(directory.names());
        }
    }
}
