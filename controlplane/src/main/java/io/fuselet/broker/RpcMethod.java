// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

/** What a request asks for. Called by several threads. */
@FunctionalInterface
public interface RpcMethod {
    /**
     * @return the result, as Jackson writes it
     * @throws RpcException for what the peer is to know; anything else is an internal error
     */
    Object call(RpcCall call) throws Exception;

    /** Whether descriptors may come with a request; the method looks how many did. */
    default boolean takesDescriptors() {
        return false;
    }
}
