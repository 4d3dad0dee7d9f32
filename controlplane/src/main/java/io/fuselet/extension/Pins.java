// SPDX-License-Identifier: Apache-2.0
package io.fuselet.extension;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.BpfLink;
import io.fuselet.bpf.BpfMap;
import io.fuselet.bpf.BpfPins;
import io.fuselet.bpf.PinnedMap;
import io.fuselet.sys.Errno;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an attachment leaves in the kernel when the command that made it ends: a directory of the bpf file system, named after the
 * connection, that holds its link, its program array (which would be emptied without a name or a descriptor) and its maps.
 */
public final class Pins {
    private static final Path ALL = BpfPins.ROOT.resolve("fuselet");
    private static final String LINK = "link";
    /** A symbolic link to {@link AttachmentTerms}: the bpf file system has no files for text. */
    private static final String TERMS = "terms";
    private static final String NEXT = "_next";

    private final Path directory;
    private final int connection;

    private Pins(int connection) {
        this.directory = ALL.resolve(Integer.toString(connection));
        this.connection = connection;
    }

    public static Pins of(int connection) {
        return new Pins(connection);
    }

    public int connection() {
        return connection;
    }

    /** Pins a link and what it needs; nothing stays pinned if anything fails. */
    void make(BpfLink link, Composition composition, AttachmentTerms terms) throws IOException {
        try {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            pin(composition.handlers());
            for (BpfMap map : composition.ownedMaps()) {
                pin(map);
            }
            if (composition.latencyMap().isPresent()) {
                pin(composition.latencyMap().get());
            }
            Files.createSymbolicLink(directory.resolve(TERMS), Path.of(terms.toText()));
            // Last: what has a link is complete.
            link.pin(directory.resolve(LINK));
        } catch (IOException | RuntimeException e) {
            remove();
            throw e;
        }
    }

    private void pin(BpfMap map) throws BpfException {
        map.pin(directory.resolve(map.name()));
    }

    /** Whether the extension is at work on the connection. */
    public boolean alive() throws BpfException {
        Optional<BpfLink> link = link();
        link.ifPresent(BpfLink::close);
        return link.isPresent();
    }

    /** The link, if it is at work. Numbers of connections are used again, so the link itself is asked. */
    private Optional<BpfLink> link() throws BpfException {
        BpfLink link;
        try {
            link = BpfLink.open(directory.resolve(LINK));
        } catch (BpfException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
        if (link.info().connection() == connection) {
            return Optional.of(link);
        }
        link.close();
        return Optional.empty();
    }

    /** Uid of whoever asked for it. */
    public int owner() throws IOException {
        return terms().owner();
    }

    AttachmentTerms terms() throws IOException {
        return AttachmentTerms.parse(Files.readSymbolicLink(directory.resolve(TERMS)).toString());
    }

    /** Name of the extension. */
    public String extension() {
        return Files.exists(directory.resolve(CacheOptions.ANSWERS)) ? "cache" : "stack";
    }

    /** Bytes that its caches may take. */
    public long memory() throws BpfException {
        if (!extension().equals("cache")) {
            return 0;
        }
        return CacheOptions.memory(
                BpfPins.mapInfo(directory.resolve(CacheOptions.ANSWERS)).maxEntries(),
                BpfPins.mapInfo(directory.resolve(CacheOptions.TEXTS)).maxEntries());
    }

    /** Names of its maps of replies, by id. */
    public Map<Long, String> mapNames() throws BpfException {
        Map<Long, String> names = new HashMap<>();
        if (!extension().equals("cache")) {
            return names;
        }
        for (String name : List.of(CacheOptions.ANSWERS, CacheOptions.TEXTS)) {
            names.put((long) BpfPins.mapInfo(directory.resolve(name)).id(), name);
        }
        return names;
    }

    /** Whether waits are measured. */
    boolean traced() {
        return Files.exists(directory.resolve(Latencies.MAP));
    }

    /** How long callers waited for the daemon, empty if that is not measured. */
    public Optional<Latencies> latencies() throws BpfException {
        if (!traced()) {
            return Optional.empty();
        }
        try (PinnedMap map = openMap(Latencies.MAP)) {
            return Optional.of(Latencies.read(map.map()));
        }
    }

    PinnedMap openMap(String name) throws BpfException {
        return PinnedMap.open(directory.resolve(name));
    }

    BpfLink openLink() throws BpfException {
        return BpfLink.open(directory.resolve(LINK));
    }

    /** What makes a new program array the one that is jumped through. */
    interface Switch {
        void run() throws BpfException;
    }

    /** Both program arrays have a name while one takes the place of the other. */
    void exchangeHandlers(BpfMap next, Switch exchange) throws IOException {
        Path name = directory.resolve(next.name() + NEXT);
        Files.deleteIfExists(name);
        next.pin(name);
        try {
            exchange.run();
            Files.move(name, directory.resolve(next.name()), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(name);
        }
    }

    /**
     * Takes the extension off the connection.
     *
     * @return whether it was on it
     */
    public boolean detach() throws IOException {
        Optional<BpfLink> attached = link();
        if (attached.isPresent()) {
            try (BpfLink link = attached.get()) {
                link.detach();
            }
        }
        remove();
        return attached.isPresent();
    }

    private void remove() throws IOException {
        try (DirectoryStream<Path> pins = Files.newDirectoryStream(directory)) {
            for (Path pin : pins) {
                Files.deleteIfExists(pin);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(directory);
    }

    /** Removes what connections that have ended left behind. */
    public static void removeStale() throws IOException {
        for (Pins each : all()) {
            if (!each.alive()) {
                try {
                    each.remove();
                } catch (DirectoryNotEmptyException e) {
                    // Another process pins there at this moment, for a new connection of that number.
                    continue;
                }
            }
        }
    }

    /** What is attached, of this process or others. */
    public static List<Pins> living() throws IOException {
        List<Pins> living = new ArrayList<>();
        for (Pins each : all()) {
            if (each.alive()) {
                living.add(each);
            }
        }
        return living;
    }

    private static List<Pins> all() throws IOException {
        List<Pins> found = new ArrayList<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(ALL, path -> path.getFileName().toString().matches("[0-9]+"))) {
            directories.forEach(path -> found.add(of(Integer.parseInt(path.getFileName().toString()))));
        } catch (NoSuchFileException e) {
            return List.of();
        }
        return found;
    }
}
