// SPDX-License-Identifier: Apache-2.0

import io.fuselet.fuse.AttrReply;
import io.fuselet.fuse.Attributes;
import io.fuselet.fuse.DataReply;
import io.fuselet.fuse.DirectoryReply;
import io.fuselet.fuse.EntryReply;
import io.fuselet.fuse.FileSystem;
import io.fuselet.fuse.FuseServer;
import io.fuselet.fuse.GetAttrRequest;
import io.fuselet.fuse.InitFlags;
import io.fuselet.fuse.Mount;
import io.fuselet.fuse.MountOptions;
import io.fuselet.fuse.NameRequest;
import io.fuselet.fuse.ReadRequest;
import io.fuselet.fuse.Request;
import io.fuselet.sys.Errno;
import io.fuselet.sys.ErrnoException;
import io.fuselet.sys.Mode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The JVM's system properties as files: a whole file system on Fuselet's FUSE server.
 *
 * <pre>
 *  javac -cp 'build/dist/lib/*' -d classes docs/examples/PropertyFiles.java
 *  java -cp 'build/dist/lib/*:classes' PropertyFiles MOUNTPOINT
 * </pre>
 */
public final class PropertyFiles implements FileSystem {
    private static final long HOUR = 3_600_000_000_000L;

    /** Number n of them is node n + 2; node 1 is the root. */
    private final List<String> names = System.getProperties().stringPropertyNames().stream().sorted().toList();

    @Override
    public void lookup(NameRequest request, EntryReply reply) {
        int number = names.indexOf(new String(request.name().toByteArray(), StandardCharsets.UTF_8));
        if (request.nodeId() != Request.ROOT_ID || number < 0) {
            throw new ErrnoException("lookup", Errno.ENOENT);
        }
        describe(number + 2, reply.nodeId(number + 2).entryTimeout(HOUR).attrTimeout(HOUR).attr());
    }

    @Override
    public void getattr(GetAttrRequest request, AttrReply reply) {
        describe(request.nodeId(), reply.attrTimeout(HOUR).attr());
    }

    private void describe(long node, Attributes attributes) {
        boolean root = node == Request.ROOT_ID;
        attributes.ino(node).mode(root ? Mode.S_IFDIR | 0555 : Mode.S_IFREG | 0444).nlink(root ? 2 : 1);
        attributes.size(root ? 0 : content(node).length);
    }

    private byte[] content(long node) {
        return (System.getProperty(names.get((int) node - 2), "") + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Goes on behind the entry that was the last to fit. */
    @Override
    public void readdir(ReadRequest request, DirectoryReply reply) {
        for (int number = (int) request.offset(); number < names.size(); number++) {
            byte[] name = names.get(number).getBytes(StandardCharsets.UTF_8);
            if (!reply.add(name, 0, name.length, number + 2, number + 1, Mode.directoryType(Mode.S_IFREG))) {
                return;
            }
        }
    }

    @Override
    public void read(ReadRequest request, DataReply reply) {
        byte[] content = content(request.nodeId());
        int from = (int) Math.min(request.offset(), content.length);
        reply.append(content, from, Math.min(request.size(), content.length - from));
    }

    public static void main(String[] arguments) throws Exception {
        Mount mount = Mount.mount(Path.of(arguments[0]), new MountOptions().source("properties").readOnly(true));
        FuseServer server = FuseServer.open(mount.device(), new PropertyFiles(), (offer, answer, device) -> answer.want(InitFlags.ASYNC_READ));
        server.start(FuseServer.defaultWorkers());
        System.out.println("mounted on " + mount.path());
        server.awaitEnd();
        server.close();
    }
}
