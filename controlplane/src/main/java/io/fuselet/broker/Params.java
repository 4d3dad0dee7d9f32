// SPDX-License-Identifier: Apache-2.0
package io.fuselet.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/** A request's parameters. Each method reads those that it knows and then refuses the others: what is not understood is not ignored. */
public final class Params {
    private final JsonNode values;
    private final Set<String> unknown = new HashSet<>();

    Params(JsonNode values) {
        this.values = values == null ? JsonNodeFactory.instance.objectNode() : values;
        this.values.fieldNames().forEachRemaining(unknown::add);
    }

    public Optional<String> text(String name) throws RpcException {
        JsonNode value = take(name);
        require(value == null || value.isTextual(), name + " must be a string");
        return Optional.ofNullable(value).map(JsonNode::asText);
    }

    /** @throws RpcException if it is missing */
    public String requiredText(String name) throws RpcException {
        return text(name).orElseThrow(() -> invalid(name + " is missing"));
    }

    public OptionalLong integer(String name) throws RpcException {
        JsonNode value = take(name);
        require(value == null || value.isIntegralNumber() && value.canConvertToLong(), name + " must be an integer");
        return value == null ? OptionalLong.empty() : OptionalLong.of(value.asLong());
    }

    public OptionalDouble number(String name) throws RpcException {
        JsonNode value = take(name);
        require(value == null || value.isNumber(), name + " must be a number");
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.asDouble());
    }

    public boolean flag(String name) throws RpcException {
        JsonNode value = take(name);
        require(value == null || value.isBoolean(), name + " must be true or false");
        return value != null && value.asBoolean();
    }

    public Optional<List<String>> texts(String name) throws RpcException {
        JsonNode value = take(name);
        require(value == null || value.isArray(), name + " must be a list of strings");
        if (value == null) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode each : value) {
            require(each.isTextual(), name + " must be a list of strings");
            texts.add(each.asText());
        }
        return Optional.of(texts);
    }

    /** @throws RpcException if there are parameters that nobody has asked for */
    public void end() throws RpcException {
        require(unknown.isEmpty(), "unknown parameters: " + String.join(", ", unknown));
    }

    static RpcException invalid(String message) {
        return new RpcException(RpcException.INVALID_PARAMS, message);
    }

    private JsonNode take(String name) {
        unknown.remove(name);
        return values.get(name);
    }

    private static void require(boolean condition, String otherwise) throws RpcException {
        if (!condition) {
            throw invalid(otherwise);
        }
    }
}
