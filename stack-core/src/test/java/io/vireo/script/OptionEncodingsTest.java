// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HDR-13 in short: the kinds that mean something to anybody, and a few that do not. {@link OptionEncodingsIT} has all. */
class OptionEncodingsTest {
  // HDR-09 to HDR-13, HDR-22 to HDR-25; MUST-5, MUST-6, MUST-7, MUST-64, MUST-68
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 8, 19, 29, 34, 76, 128, 254, 255})
  void areReadAsTheRfcSays(int kind) {
    OptionEncodings encodings = new OptionEncodings();
    for (int length = 0; length <= 40; length++) {
      for (int place = length % 2; place < 40; place += kind < 5 ? 1 : 3) {
        encodings.plays(kind, length, place);
      }
    }
    encodings.end();
  }
}
