// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.api.CongestionAlgorithm;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a congestion control from the command line. */
final class CongestionName implements ITypeConverter<CongestionAlgorithm> {
  @Override
  public CongestionAlgorithm convert(String value) {
    try {
      return CongestionAlgorithm.valueOf(value.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("\"" + value + "\", must be cubic, newreno or none");
    }
  }
}
