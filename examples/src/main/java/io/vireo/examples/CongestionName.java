// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.api.TcpSettings;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The congestion control that connections are to have. */
enum CongestionName {
  CUBIC,
  NEWRENO,
  NONE;

  /** These settings with this congestion control. IllegalArgumentException: this version does not have it. */
  TcpSettings in(TcpSettings settings) {
    if (this != NEWRENO) {
      throw new IllegalArgumentException("this version has newreno only");
    }
    return settings;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Reads one from the command line, and names the choices as they are to be written there. */
  static final class Converter implements ITypeConverter<CongestionName> {
    @Override
    public CongestionName convert(String value) {
      for (CongestionName congestion : values()) {
        if (congestion.toString().equalsIgnoreCase(value)) {
          return congestion;
        }
      }
      throw new TypeConversionException("\"" + value + "\", must be cubic, newreno or none");
    }
  }
}
