// SPDX-License-Identifier: Apache-2.0
package io.vireo.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What bench.json holds. */
record BenchResult(int format, Machine machine, List<Section> sections) {
  private static final int FORMAT = 1;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static BenchResult of(Machine machine, List<Section> sections) {
    return new BenchResult(FORMAT, machine, sections);
  }

  static BenchResult read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), BenchResult.class);
  }

  void write(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }

  Section section(Section.Id id) {
    return sections.stream().filter(s -> s.id() == id).findFirst().orElse(Section.empty(id));
  }
}
