// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Limits;
import org.junit.jupiter.api.Test;

/** What a connection knows of its path, at the edges (RFC 1191, RFC 5927 §7, RFC 4821 §7.7), and while the next hop is not known. */
class PathLimitTest {
  private static final int FULL = 1_460;

  private final Limits limits = Limits.defaults();
  private final PathMtu path = new PathMtu(limits);

  @Test
  void whatRoutersSaidOutlivesAMissingNeighbour() {
    path.begin(1_460, 0, 1_200);
    path.onNextHopLost();
    assertEquals(1_160, path.mss(1_460, 0));
    assertTrue(path.onTooBig(1_000, 1_200, 1_160));
    path.onNextHopLost();
    assertEquals(960, path.mss(1_460, 0));
  }

  @Test
  void aGuessDoesNot() {
    path.begin(1_460, 0, 0);
    assertTrue(path.onTimeout(3, 1_460));
    assertEquals(1_160, path.mss(1_460, 0));
    path.onNextHopLost();
    assertEquals(1_460, path.mss(1_460, 0));
  }

  @Test
  void aLostNextHopIsNoAnswerToALimitThatWorked() {
    path.begin(FULL, 0, 0);
    assertTrue(path.onTooBig(1_200, 1_500, FULL));
    path.onAdvance(1_161, 5);
    path.onNextHopLost();
    assertEquals(1_160, path.mss(FULL, 5 + limits.pathMtuNs() - 1));
    assertEquals(FULL, path.mss(FULL, 5 + limits.pathMtuNs()));
  }

  // RFC 6691 §2: what is known of datagrams is less of payload by the options
  @Test
  void optionsTakeTheirRoomFromThePayload() {
    path.begin(FULL, 12, 0);
    assertEquals(FULL - 12, path.mss(1_460, 0));
    assertEquals(988, path.mss(1_000, 0));
    assertFalse(path.onTooBig(1_500, 1_501, FULL - 12));
    assertTrue(path.onTooBig(1_499, 1_500, FULL - 12));
    assertEquals(1_447, path.mss(FULL, 0));
    assertEquals(1_447, path.limitMss());
    assertEquals(1_499, path.limitMtu());
  }

  @Test
  void sizesThatArrivedAreThoseOfDatagrams() {
    path.begin(FULL, 12, 0);
    path.onSent(1_449, 1_448);
    path.onAdvance(1_449, 0);
    assertFalse(path.onTimeout(3, 1_448), "1,500 bytes have passed");
    assertFalse(path.onTooBig(1_499, 1_500, 1_448));
    assertTrue(path.onTimeout(3, 1_448));
  }

  @Test
  void aSegmentOfTheTriedSizeWithItsOptionsIsNotSuspected() {
    path.begin(FULL, 12, 0);
    assertFalse(path.onTimeout(3, 1_148));
    assertTrue(path.onTimeout(3, 1_149));
    assertEquals(1_148, path.limitMss());
  }

  // RFC 1191 §5: a datagram that would have passed was not dropped for its size
  @Test
  void aClaimAboutADatagramThatFitsIsFalse() {
    path.begin(FULL, 0, 0);
    assertFalse(path.onTooBig(1_200, 1_199, FULL));
    assertFalse(path.onTooBig(1_200, 1_200, FULL));
    assertEquals(FULL, path.mss(FULL, 0));
    assertTrue(path.onTooBig(1_200, 1_201, FULL));
  }

  // Segments are as small already: sending them again at once would help nobody but the claimant
  @Test
  void aClaimOfThePresentSizeChangesNothing() {
    path.begin(FULL, 0, 0);
    assertTrue(path.onTooBig(1_200, 1_500, FULL));
    assertFalse(path.onTooBig(1_200, 1_500, 1_160));
  }

  @Test
  void aSegmentOfTheSizeThatIsTriedIsNotSuspected() {
    path.begin(FULL, 0, 0);
    assertFalse(path.onTimeout(3, 1_160));
    assertTrue(path.onTimeout(3, 1_161));
  }
}
