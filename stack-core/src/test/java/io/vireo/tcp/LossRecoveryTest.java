// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What of finding losses a script of segments cannot reach. */
class LossRecoveryTest {
  private static final int MSS = 1460;
  private static final int ISS = 5;

  private final NewReno congestion = new NewReno();
  private final LossRecovery recovery = new LossRecovery(congestion);
  private int una = ISS + 1;

  private void begin() {
    congestion.onEstablished(MSS, false);
    recovery.reset(ISS);
  }

  private void acked(int bytes) {
    una += bytes;
    recovery.onAck(bytes, una, bytes, 0);
  }

  private boolean thirdDuplicateShowsALoss() {
    recovery.onDuplicateAck(una, una + 10 * MSS, 0);
    recovery.onDuplicateAck(una, una + 10 * MSS, 0);
    return recovery.onDuplicateAck(una, una + 10 * MSS, 0);
  }

  /** RFC 6582's recover is a sequence number: it must not fall 2^31 behind. */
  @Test
  void lossIsFoundHoweverMuchWentWithoutOne() {
    begin();
    for (int i = 0; i < 5; i++) {
      acked(1 << 29);
    }
    assertTrue(thirdDuplicateShowsALoss());
  }

  // RFC 6582 §3.2 step 1
  @Test
  void duplicatesOfWhatWasSentBeforeATimeoutShowNone() {
    begin();
    recovery.onGoBack(una + 10 * MSS);
    acked(5 * MSS);
    assertFalse(thirdDuplicateShowsALoss());
    acked(5 * MSS);
    assertFalse(thirdDuplicateShowsALoss());
    acked(MSS);
    assertTrue(thirdDuplicateShowsALoss());
  }
}
