// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Set;

/**
 * A request of JSON-RPC 2.0: {@code {"jsonrpc": "2.0", "id": 1, "method": "status", "params": {...}}}.
 *
 * @param id null for a notification, which gets no answer
 */
record RpcRequest(JsonNode id, String method, Params params) {
    private static final Set<String> MEMBERS = Set.of("jsonrpc", "id", "method", "params");

    /** @throws RpcException if it is none; batches are not taken */
    static RpcRequest of(JsonNode message) throws RpcException {
        require(message.isObject(), "a request is an object, one a line");
        for (Iterator<String> names = message.fieldNames(); names.hasNext(); ) {
            require(MEMBERS.contains(names.next()), "a request has jsonrpc, id, method and params, nothing else");
        }
        require(message.path("jsonrpc").asText().equals("2.0"), "jsonrpc must be \"2.0\"");
        require(message.path("method").isTextual(), "method must be a string");
        JsonNode id = message.get("id");
        require(id == null || id.isTextual() || id.isIntegralNumber() || id.isNull(), "id must be a string or an integer");
        JsonNode params = message.get("params");
        if (params != null && !params.isObject()) {
            throw new RpcException(RpcException.INVALID_PARAMS, "params must be an object");
        }
        return new RpcRequest(id, message.get("method").asText(), new Params(params));
    }

    private static void require(boolean condition, String otherwise) throws RpcException {
        if (!condition) {
            throw new RpcException(RpcException.INVALID_REQUEST, otherwise);
        }
    }
}
