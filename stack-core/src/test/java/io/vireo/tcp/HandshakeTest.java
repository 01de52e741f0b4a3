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

  /** RFC 7323 §3.2, RFC 2018 §2: what only one side offers is not used. */
  @ParameterizedTest
  @CsvSource({"0, false, false, 0", "1, true, false, 12", "2, false, true, 0", "3, true, true, 12"})
  void optionsAreUsedThatBothSynsOffer(
      int agreed, boolean timestamps, boolean selectiveAcks, int bytes) {
    handshake.begin(0, 0);
    handshake.onSyn(0, 1_460, 0, agreed);
    assertEquals(agreed, handshake.agreed());
    assertEquals(timestamps, handshake.usesTimestamps());
    assertEquals(selectiveAcks, handshake.usesSelectiveAcks());
    assertEquals(bytes, handshake.optionBytes());
  }

  /** RFC 6928 (1): ten segments, but no more than 14,600 bytes where two segments are not more; RFC 5681 §3.1 after a lost SYN. */
  @ParameterizedTest
  @CsvSource({
    "536, 10, 5360",
    "1460, 10, 14600",
    "1461, 10, 14600",
    "8960, 10, 17920",
    "2190, 4, 5840",
    "8960, 1, 8960",
    "1000, 1, 1000"
  })
  void theFirstWindowIsThatOfRfc6928(int mss, int segments, int bytes) {
    handshake.begin(0, 0);
    assertEquals(bytes, handshake.initialWindowBytes(mss, segments));
    handshake.onRetransmission();
    assertEquals(mss, handshake.initialWindowBytes(mss, segments));
  }

  @Test
  void knowsSinceWhenItIsComplete() {
    handshake.begin(0, 11);
    assertFalse(handshake.isComplete());
    assertEquals(11, handshake.sinceNs());
    assertFalse(handshake.synSent());
    handshake.onSynSent();
    assertTrue(handshake.synSent());
    handshake.onComplete(12);
    assertTrue(handshake.isComplete());
    assertEquals(12, handshake.sinceNs());
  }
}
