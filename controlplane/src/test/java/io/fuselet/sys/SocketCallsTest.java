// SPDX-License-Identifier: Apache-2.0
package io.fuselet.sys;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SocketCallsTest {
    @Test
    void descriptorsTravelWithBytes() {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
        int[] pipe = EventCalls.pipe(0);
        try (Fd left = new Fd(pair[0]); Fd right = new Fd(pair[1]); Fd out = new Fd(pipe[1]); Fd in = new Fd(pipe[0])) {
            NativeBuffer bytes = NativeBuffer.copyOf("xy".getBytes());
            SocketCalls.send(left.number(), bytes.address(), 2, out.number());

            NativeBuffer buffer = NativeBuffer.allocate(8);
            var received = SocketCalls.receive(right.number(), buffer.address(), 8, 4, 0);

            assertThat(received.length()).isEqualTo(2);
            assertThat(received.truncated()).isFalse();
            assertThat(received.fds()).hasSize(1);
            try (Fd copy = new Fd(received.fds()[0])) {
                FileCalls.write(copy.number(), bytes.address(), 1);
            }
            assertThat(FileCalls.read(in.number(), buffer.address(), 8)).isEqualTo(1);
        }
    }

    @Test
    void surplusDescriptorsShowAsTruncation() {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
        try (Fd left = new Fd(pair[0]); Fd right = new Fd(pair[1])) {
            NativeBuffer buffer = NativeBuffer.allocate(8);
            SocketCalls.send(left.number(), buffer.address(), 1, pair[0], pair[0], pair[0], pair[0]);

            var received = SocketCalls.receive(right.number(), buffer.address(), 8, 1, 0);

            assertThat(received.truncated()).isTrue();
            for (int fd : received.fds()) {
                FileCalls.close(fd);
            }
        }
    }

    @Test
    void onlyAListeningSocketListens() {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
        try (Fd left = new Fd(pair[0]); Fd right = new Fd(pair[1]); Fd event = new Fd(EventCalls.eventfd(0, 0))) {
            assertThat(SocketCalls.isListening(left.number())).isFalse();
            assertThat(SocketCalls.isListening(event.number())).isFalse();
        }
    }

    @Test
    void thePeerIsKnown() {
        int[] pair = SocketCalls.socketpair(SocketCalls.SOCK_STREAM);
        try (Fd left = new Fd(pair[0]); Fd right = new Fd(pair[1])) {
            assertThat(SocketCalls.peer(left.number()).uid()).isEqualTo(ProcessCalls.geteuid());
            assertThat(SocketCalls.peer(left.number()).pid()).isEqualTo(ProcessCalls.getpid());
        }
    }
}
