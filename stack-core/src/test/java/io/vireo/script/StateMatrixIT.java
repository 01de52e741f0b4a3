// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * STM-01: every state × 256 flags × 7 places of SEQ × 6 of ACK × 3 lengths, 32,256 cells for each of 19 states: the 11 of the RFC
 * (354,816 cells), and some in more than one way.
 */
class StateMatrixIT {
  @ParameterizedTest
  @EnumSource
  void doesWhatTheRfcSays(MatrixState state) {
    StateMatrix matrix = new StateMatrix(state);
    for (int flags = 0; flags < 256; flags++) {
      matrix.plays(flags);
    }
    matrix.end();
    assertEquals(256 * 7 * 6 * 3, matrix.cells);
  }
}
