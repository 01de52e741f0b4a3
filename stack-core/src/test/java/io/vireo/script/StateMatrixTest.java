// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** STM-01 in short: all combinations of SYN, FIN, RST and ACK; the other flags turn up now and then. {@link StateMatrixIT} has all. */
class StateMatrixTest {
  /** SYN, FIN, RST and ACK: what decides. */
  private static final int[] CORES =
      IntStream.range(0, 256).filter(f -> (f & ~0x17) == 0).toArray();

  private static final int OTHERS = 0xE8;

  private static final Set<Rfc9293.Choice> CHOICES = EnumSet.noneOf(Rfc9293.Choice.class);

  @BeforeAll
  static void forgetChoices() {
    CHOICES.clear();
  }

  @ParameterizedTest
  @EnumSource
  void doesWhatTheRfcSays(MatrixState state) {
    StateMatrix matrix = new StateMatrix(state);
    for (int core : CORES) {
      int others = (core * 0x35 + state.ordinal() * 0x48) & OTHERS;
      matrix.plays(core | others);
    }
    CHOICES.addAll(matrix.choices);
    matrix.end();
  }

  /** A choice that no cell meets is none. */
  @AfterAll
  static void everyChoiceWasMet() {
    assertEquals(EnumSet.allOf(Rfc9293.Choice.class), CHOICES);
  }
}
