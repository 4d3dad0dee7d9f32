// SPDX-License-Identifier: Apache-2.0

/**
 * JSON-RPC 2.0 over unix sockets, one message a line, and the two services that speak it: the broker, which attaches extensions for those
 * who have no privilege, and each mount process, which tells its state.
 *
 * <p>{@link io.fuselet.broker.RpcServer} knows sockets, limits and messages and nothing of what methods do;
 * {@link io.fuselet.broker.BrokerMethods} knows that and nothing of sockets. Who may do what is in {@code docs/broker.md}.
 */
package io.fuselet.broker;
