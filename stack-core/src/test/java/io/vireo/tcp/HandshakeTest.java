// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the two SYNs agree on. */
class HandshakeTest {
  private final Handshake handshake = new Handshake();

  /** MUST-15, and a floor against segments that cost more than they carry (CVE-2019-11479). */
  @ParameterizedTest
  @CsvSource({
    "0, 536",
    "1, 216",
    "64, 216",
    "215, 216",
    "216, 216",
    "536, 536",
    "1460, 1460",
    "65535, 65535"
  })
  void thePeersMssIsBelievedWithinReason(int offered, int believed) {
    handshake.begin(7, 0);
    assertEquals(536, handshake.peerMss(), "before the peer's SYN");
    handshake.onSyn(99, Handshake.believedMss(offered, 216), -1, 0);
    assertEquals(believed, handshake.peerMss());
    assertEquals(99, handshake.irs());
    assertEquals(7, handshake.iss());
  }

  @Test
  void windowsAreScaledIfThePeerSaysSo() {
    handshake.begin(0, 0);
    assertFalse(handshake.scalesWindows());
    handshake.onSyn(0, 0, -1, 0);
    assertFalse(handshake.scalesWindows());
    for (int scale = 0; scale <= 14; scale++) {
      handshake.onSyn(0, 0, scale, 0);
      assertTrue(handshake.scalesWindows());
      assertEquals(scale, handshake.peerScale());
    }
    handshake.begin(0, 0);
    assertFalse(handshake.scalesWindows());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0",
    "65535, 0",
    "65536, 1",
    "131071, 1",
    "131072, 2",
    "1073725440, 14",
    "2147483647, 14"
  })
  void theScaleIsTheSmallestThatWillDo(int bytes, int scale) {
    assertEquals(scale, Handshake.scaleFor(bytes));
  }

  @Test
  void everyLifeBeginsAnew() {
    handshake.begin(1, 0);
    handshake.onRetransmission();
    handshake.onRetransmission();
    handshake.onAccepted(5);
    assertTrue(handshake.wasRetransmitted());
    assertEquals(2, handshake.retransmissions());
    assertEquals(5, handshake.peerMac());
    handshake.begin(2, 0);
    assertFalse(handshake.wasRetransmitted());
    assertEquals(0, handshake.peerMac());
  }
}
