// SPDX-License-Identifier: Apache-2.0
package io.fuselet.vm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fuselet.broker.BrokerMethods;
import io.fuselet.broker.Limits;
import io.fuselet.broker.Listener;
import io.fuselet.broker.Quota;
import io.fuselet.broker.RpcClient;
import io.fuselet.broker.RpcException;
import io.fuselet.broker.RpcServer;
import io.fuselet.extension.Pins;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountOptions;
import io.fuselet.sys.Fd;
import io.fuselet.sys.FileCalls;
import io.fuselet.sys.Open;
import io.fuselet.sys.StatFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sentences of {@code docs/broker.md}, each tried by ordinary users and by those who lie. */
@Tag("vm")
@Timeout(300)
class BrokerTest {
    private static final int USER = 1000;
    private static final int OTHER = 65534;
    private static final Map<String, Object> CACHE = Map.of("extension", "cache", "ttl", 600);
    private static final Map<String, Object> STACK = Map.of("extension", "stack");

    private static final Path SOCKET = Path.of("/run/fuselet-test.sock");

    @TempDir
    Path scratch;

    private RpcServer broker;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
        broker = serve();
    }

    private static RpcServer serve() throws Exception {
        Path home = Path.of(System.getProperty("fuselet.home"));
        return RpcServer.start(Listener.bind(SOCKET, "rw-rw-rw-"), Limits.BROKER,
                BrokerMethods.of(home.resolve("bpf"), home.resolve("bin/fuselet"), Quota.DEFAULT));
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        broker.close();
        assertThat(Pins.living()).as("what is attached ends with its mount").isEmpty();
    }

    private interface Call {
        void with(RpcClient client) throws Exception;
    }

    private void as(int uid, Call call) throws Exception {
        AsUser.run(uid, uid, new int[0], () -> {
            try (RpcClient client = RpcClient.connect(SOCKET)) {
                call.with(client);
            }
        });
    }

    /** A mount of that user, whose daemon has answered INIT. */
    private MemoryMount served(int uid) throws Exception {
        MemoryMount mount = new MemoryMount(mounted(uid), new MemoryFileSystem());
        opened.add(mount);
        return mount;
    }

    /** A mount of that user that nobody serves yet. */
    private Mount mounted(int uid) throws Exception {
        Path point = Files.createTempDirectory(scratch, "mnt");
        Files.setAttribute(point, "unix:uid", uid);
        Mount[] mount = new Mount[1];
        AsUser.run(uid, uid, new int[0], () -> mount[0] = Mount.mount(point, new MountOptions()));
        return mount[0];
    }

    private Fd open(Path path, int flags) {
        Fd fd = new Fd(FileCalls.open(path.toString(), flags));
        opened.add(fd::close);
        return fd;
    }

    /** What a call is refused with. */
    private static RpcException refusal(RpcClient client, String method, Map<String, ?> params, int... descriptors) throws IOException {
        try {
            throw new AssertionError(method + " is answered with " + client.call(method, params, descriptors));
        } catch (RpcException e) {
            return e;
        }
    }

    private static int code(RpcException e) {
        return e.code();
    }

    @Test
    void aUserAttachesAndDetachesTheCacheOfItsOwnMount() throws Exception {
        MemoryMount mount = served(USER);
        Map<String, Object> traced = Map.of("extension", "cache", "ttl", 600, "trace", true);
        as(USER, client -> {
            Fd root = open(mount.path(), Open.O_PATH);
            JsonNode attached = client.call("attach", traced, mount.mount().device().number());
            assertThat(attached.get("connection").asInt()).isEqualTo(mount.mount().connectionId());
            StatFs.of(root.number());
            assertThat(mount.upcalls("STATFS")).isEqualTo(1);
            StatFs.of(root.number());
            assertThat(mount.upcalls("STATFS")).as("the kernel knows").isEqualTo(1);

            JsonNode status = client.call("status", Map.of()).at("/attachments/0");
            assertThat(status.get("uid").asInt()).isEqualTo(USER);
            assertThat(status.at("/maps/answers/hits").asLong()).isPositive();
            client.call("replace", Map.of("connection", mount.mount().connectionId()));
            StatFs.of(root.number());
            assertThat(mount.upcalls("STATFS")).as("what was cached stays").isEqualTo(1);
            assertThat(client.call("status", Map.of()).at("/attachments/0/latency/STATFS/count").asLong()).as("what was measured, too").isEqualTo(1);
            client.call("detach", Map.of("connection", mount.mount().connectionId()));
            assertThat(client.call("status", Map.of()).get("attachments")).isEmpty();
        });
    }

    @Test
    void nothingButADeviceThatServesIsATarget() throws Exception {
        MemoryMount roots = served(0);
        Fd inherited = open(roots.path(), Open.O_PATH);
        Fd root = open(roots.path(), Open.O_RDONLY);
        Fd pathOnly = open(Path.of("/dev/fuse"), Open.O_PATH);
        Fd readOnly = open(Path.of("/dev/fuse"), Open.O_RDONLY);
        Fd unmounted = open(Path.of("/dev/fuse"), Open.O_RDWR);
        as(USER, client -> {
            for (Fd lie : List.of(inherited, root, pathOnly, readOnly)) {
                RpcException refused = refusal(client, "attach", CACHE, lie.number());
                assertThat(refused.code()).as(refused.getMessage()).isEqualTo(RpcException.NOT_PERMITTED);
            }
            assertThat(refusal(client, "attach", CACHE, unmounted.number())).hasMessage("that /dev/fuse serves no mount");
            assertThat(code(refusal(client, "attach", CACHE))).isEqualTo(RpcException.INVALID_PARAMS);
        });
    }

    @Test
    void aDeviceFileOnAMountIsNoWayToThatMount() throws Exception {
        Path node = scratch.resolve("node");
        assertThat(Command.run(List.of("mknod", node.toString(), "c", "10", "229")).code()).isZero();
        Fd lie = open(node, Open.O_PATH);
        as(USER, client -> assertThat(code(refusal(client, "attach", CACHE, lie.number()))).isEqualTo(RpcException.NOT_PERMITTED));
    }

    @Test
    void aDirectoryCountsOnlyAsThePeerCouldOpenIt() throws Exception {
        Path secret = Files.createDirectory(scratch.resolve("secret"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Fd pathOnly = open(secret, Open.O_PATH | Open.O_DIRECTORY);
        Fd inherited = open(secret, Open.O_RDONLY | Open.O_DIRECTORY);
        Fd file = open(Files.createFile(scratch.resolve("file")), Open.O_RDONLY);
        Mount mount = mounted(USER);
        opened.add(mount::abort);
        as(USER, client -> {
            for (Fd lie : List.of(pathOnly, inherited, file)) {
                RpcException refused = refusal(client, "attach", STACK, mount.device().number(), lie.number());
                assertThat(refused.code()).as(refused.getMessage()).isEqualTo(RpcException.NOT_PERMITTED);
                assertThat(refused).hasMessageContaining("uid 1000 cannot open that directory");
            }
        });
    }

    @Test
    void inventedAttributesAreRefused() throws Exception {
        MemoryMount mount = served(USER);
        int device = mount.mount().device().number();
        as(USER, client -> {
            for (Map<String, ?> lie : List.<Map<String, ?>>of(
                    Map.of("extension", "cache", "uid", 0),
                    Map.of("extension", "cache", "object", "/tmp/mine.bpf.o"),
                    Map.of("extension", "policy"),
                    Map.of("extension", "../cache"),
                    Map.of("extension", "cache", "memory", -1),
                    Map.of("extension", "cache", "ttl", -1),
                    Map.of("extension", "cache", "kinds", List.of()))) {
                assertThat(code(refusal(client, "attach", lie, device))).as(lie.toString()).isEqualTo(RpcException.INVALID_PARAMS);
            }
        });
    }

    @Test
    void somebodyElsesAttachmentIsNeitherSeenNorTouched() throws Exception {
        MemoryMount mount = served(USER);
        Map<String, Object> connection = Map.of("connection", mount.mount().connectionId());
        as(USER, client -> client.call("attach", CACHE, mount.mount().device().number()));
        as(OTHER, client -> {
            assertThat(client.call("status", Map.of()).get("attachments")).isEmpty();
            for (String method : List.of("status", "detach", "replace")) {
                RpcException there = refusal(client, method, connection);
                RpcException nowhere = refusal(client, method, Map.of("connection", 1_000_000));
                assertThat(there.code()).as(method).isEqualTo(RpcException.NOT_FOUND).isEqualTo(nowhere.code());
            }
        });
        as(0, client -> assertThat(client.call("status", connection).at("/attachments/0/uid").asInt()).as("root sees all").isEqualTo(USER));
    }

    @Test
    void noPathIsOpenedForAStranger() throws Exception {
        Map<String, Object> paths = Map.of("source", "/etc", "mountpoint", scratch.toString());
        as(USER, client -> {
            assertThat(code(refusal(client, "mount", paths))).isEqualTo(RpcException.NOT_PERMITTED);
            assertThat(code(refusal(client, "umount", Map.of("mountpoint", "/")))).isEqualTo(RpcException.NOT_PERMITTED);
        });
    }

    @Test
    void memoryIsBounded() throws Exception {
        MemoryMount mount = served(USER);
        as(USER, client -> {
            Map<String, Object> much = Map.of("extension", "cache", "memory", 1L << 32);
            RpcException refused = refusal(client, "attach", much, mount.mount().device().number());
            assertThat(refused.code()).as(refused.getMessage()).isEqualTo(RpcException.TOO_MANY);
        });
    }

    @Test
    void anAttachmentOutlivesTheBrokerAndIsFoundAgain() throws Exception {
        MemoryMount mount = served(USER);
        as(USER, client -> client.call("attach", CACHE, mount.mount().device().number()));
        broker.close();
        assertThat(Pins.of(mount.mount().connectionId()).alive()).isTrue();
        broker = serve();
        as(OTHER, client -> assertThat(client.call("status", Map.of()).get("attachments")).isEmpty());
        as(USER, client -> {
            assertThat(client.call("status", Map.of()).at("/attachments/0/uid").asInt()).isEqualTo(USER);
            client.call("detach", Map.of("connection", mount.mount().connectionId()));
        });
    }
}
