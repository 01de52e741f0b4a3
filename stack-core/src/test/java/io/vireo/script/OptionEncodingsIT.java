// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** HDR-13 in full: all kinds 0 to 255, lengths 0 to 40, places 0 to 39. */
class OptionEncodingsIT {
  // MUST-5, MUST-6, MUST-7, MUST-64, MUST-68
  @Test
  void areReadAsTheRfcSays() {
    OptionEncodings encodings = new OptionEncodings();
    for (int kind = 0; kind < 256; kind++) {
      for (int length = 0; length <= 40; length++) {
        for (int place = 0; place < 40; place++) {
          encodings.plays(kind, length, place);
        }
      }
    }
    encodings.end();
    assertEquals(419_840, encodings.cells);
  }
}
