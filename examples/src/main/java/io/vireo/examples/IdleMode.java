// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What a poll loop does while nothing happens. */
enum IdleMode {
  /** Polls on: lowest latency, a core to itself. */
  SPIN,
  /** Spins a moment, yields a moment, then sleeps until a frame or a timer: no CPU while idle. */
  PARK;

  /** Reads one from the command line, and names the choices as they are to be written there. */
  static final class Converter implements ITypeConverter<IdleMode> {
    @Override
    public IdleMode convert(String value) {
      return switch (value.toLowerCase(Locale.ROOT)) {
        case "spin" -> SPIN;
        case "park" -> PARK;
        default -> throw new TypeConversionException("\"" + value + "\", must be spin or park");
      };
    }
  }
}
