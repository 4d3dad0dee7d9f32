// SPDX-License-Identifier: Apache-2.0
package io.fuselet.bench;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** All figures of a run, in the order in which they were measured. */
record Results(List<Result> all) {
    static final String NATIVE = "native";

    static Results read(Path file) throws IOException {
        return new Results(new ObjectMapper().readValue(file.toFile(), new TypeReference<List<Result>>() {}));
    }

    List<String> lowers() {
        return all.stream().map(Result::lower).distinct().toList();
    }

    List<String> systems(String lower) {
        return all.stream().filter(result -> result.lower().equals(lower)).map(Result::system).distinct().toList();
    }

    List<String> cases() {
        return all.stream().map(Result::name).distinct().toList();
    }

    Optional<Result> find(String lower, String system, String name) {
        return all.stream().filter(result -> result.is(lower, system, name)).findFirst();
    }

    /** How many times the native value; empty where one of the two is not there, or nothing. */
    OptionalDouble ratio(String lower, String system, String name) {
        Optional<Result> own = find(lower, system, name);
        Optional<Result> base = find(lower, NATIVE, name).filter(result -> result.value() > 0);
        return own.isPresent() && base.isPresent() ? OptionalDouble.of(own.get().value() / base.get().value()) : OptionalDouble.empty();
    }
}
