// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import io.fuselet.bpf.BpfException;
import io.fuselet.bpf.FuseTypes;
import io.fuselet.bpf.VerifierException;
import io.fuselet.extension.CacheKind;
import io.fuselet.extension.CacheOptions;
import io.fuselet.extension.DeviceAttachment;
import io.fuselet.extension.Pins;
import io.fuselet.extension.Timeouts;
import io.fuselet.sys.Errno;
import io.fuselet.sys.Fd;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * {@code attach}: puts a shipped extension on the mount whose /dev/fuse the peer sends.
 *
 * <pre>
 * {"extension": "cache", "ttl": 60, "kinds": ["lookup", "getattr"], "memory": 67108864, "strict_atime": false, "trace": false}       /dev/fuse
 * {"extension": "stack", "entry_timeout": 1, "attr_timeout": 1}                                          /dev/fuse, directory
 * </pre>
 */
final class AttachMethod implements RpcMethod {
    private static final double MOST_SECONDS = 31_536_000;

    private final Path objects;
    private final Quota quota;
    private final EventHub events;

    AttachMethod(Path objects, Quota quota, EventHub events) {
        this.objects = objects;
        this.quota = quota;
        this.events = events;
    }

    @Override
    public boolean takesDescriptors() {
        return true;
    }

    @Override
    public Object call(RpcCall call) throws RpcException, IOException, InterruptedException {
        String extension = call.params().requiredText("extension");
        return switch (extension) {
            case "cache" -> cache(call);
            case "stack" -> stack(call);
            default -> throw Params.invalid("no extension " + extension + ", only cache and stack");
        };
    }

    private Object cache(RpcCall call) throws RpcException, IOException {
        boolean trace = call.params().flag("trace");
        CacheOptions options = cacheOptions(call.params());
        call.expectDescriptors(1);
        FuseDevice.require(call.descriptor(0));
        int connection = attach(call.peer(), options.memory(),
                () -> DeviceAttachment.cache(call.descriptor(0).number(), objects, options, trace, call.peer().uid()));
        Map<String, Object> result = attached(connection, "cache", call.peer());
        result.put("kinds", EnumSet.copyOf(options.kinds()).stream().map(CacheKind::toString).toList());
        result.put("not_served", options.notServed().stream().map(CacheKind::toString).toList());
        result.put("max_entries", options.entries());
        return result;
    }

    private Object stack(RpcCall call) throws RpcException, IOException, InterruptedException {
        Timeouts timeouts = new Timeouts(seconds(call.params(), "entry_timeout", 1), seconds(call.params(), "attr_timeout", 1));
        boolean trace = call.params().flag("trace");
        call.params().end();
        call.expectDescriptors(2);
        FuseDevice.require(call.descriptor(0));
        try (Fd directory = new PeerThread(call.peer()).reopen(call.descriptor(1))) {
            int connection = attach(call.peer(), 0, () -> DeviceAttachment.stack(
                    call.descriptor(0).number(), directory.number(), objects, timeouts, trace, call.peer().uid()));
            return attached(connection, "stack", call.peer());
        }
    }

    private interface Attaching {
        int attach() throws IOException;
    }

    /** One at a time: what is counted must be there when the next is counted. */
    private synchronized int attach(Peer peer, long memory, Attaching attaching) throws RpcException, IOException {
        try {
            Pins.removeStale();
            quota.check(peer, memory);
            return attaching.attach();
        } catch (BpfException e) {
            throw refusal(e);
        }
    }

    private Map<String, Object> attached(int connection, String extension, Peer peer) {
        events.publish(BrokerEvent.of("attached", connection, peer));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("connection", connection);
        result.put("extension", extension);
        return result;
    }

    static CacheOptions cacheOptions(Params params) throws RpcException {
        Optional<List<String>> names = params.texts("kinds");
        Set<CacheKind> kinds = names.isPresent() ? kinds(names.get()) : EnumSet.allOf(CacheKind.class);
        long memory = params.integer("memory").orElse(CacheOptions.DEFAULT_MEMORY);
        Duration ttl = seconds(params, "ttl", 0);
        boolean strictAtime = params.flag("strict_atime");
        params.end();
        if (memory < CacheOptions.LEAST_MEMORY || memory > CacheOptions.MOST_MEMORY) {
            throw Params.invalid("memory must be " + CacheOptions.LEAST_MEMORY + " to " + CacheOptions.MOST_MEMORY + " bytes");
        }
        return new CacheOptions(kinds, ttl, memory, !strictAtime);
    }

    private static Set<CacheKind> kinds(List<String> names) throws RpcException {
        List<CacheKind> kinds = new ArrayList<>();
        for (String name : names) {
            kinds.add(CacheKind.byName(name).orElseThrow(() -> Params.invalid("no kind " + name)));
        }
        if (kinds.isEmpty()) {
            throw Params.invalid("kinds must name one at least");
        }
        return EnumSet.copyOf(kinds);
    }

    private static Duration seconds(Params params, String name, double otherwise) throws RpcException {
        OptionalDouble given = params.number(name);
        double seconds = given.orElse(otherwise);
        if (!(seconds >= 0 && seconds <= MOST_SECONDS)) {
            throw Params.invalid(name + " must be 0 to " + (long) MOST_SECONDS + " seconds");
        }
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    /** What each error means is listed in Documentation/filesystems/fuse-bpf.rst of the kernel series. */
    static RpcException refusal(BpfException e) {
        if (e instanceof VerifierException) {
            return new RpcException(RpcException.REFUSED, e.getMessage());
        }
        if (e.errno() == 0 || e.getMessage().startsWith(FuseTypes.NOT_OFFERED)) {
            return new RpcException(RpcException.UNAVAILABLE, e.getMessage());
        }
        return new RpcException(RpcException.REFUSED, switch (e.errno()) {
            case Errno.EBUSY -> "an extension is attached already";
            case Errno.EAGAIN -> "the daemon has not answered INIT yet";
            case Errno.EISCONN -> "the daemon has answered INIT: stack is attached before that";
            case Errno.ELOOP -> "the directory is on a file system that is itself stacked on others, or on FUSE";
            case Errno.ENOTCONN -> "that /dev/fuse serves no mount";
            default -> e.getMessage();
        });
    }
}
