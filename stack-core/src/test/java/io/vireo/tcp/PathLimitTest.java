// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Limits;
import org.junit.jupiter.api.Test;

/** What a connection knows of its path, while the next hop is not known. */
class PathLimitTest {
  private final PathMtu path = new PathMtu(Limits.defaults());

  @Test
  void whatRoutersSaidOutlivesAMissingNeighbour() {
    path.begin(1_460, 1_200);
    path.onNextHopLost();
    assertEquals(1_160, path.mss(1_460, 0));
    assertTrue(path.onTooBig(1_000, 1_200, 1_160));
    path.onNextHopLost();
    assertEquals(960, path.mss(1_460, 0));
  }

  @Test
  void aGuessDoesNot() {
    path.begin(1_460, 0);
    assertTrue(path.onTimeout(3, 1_460));
    assertEquals(1_160, path.mss(1_460, 0));
    path.onNextHopLost();
    assertEquals(1_460, path.mss(1_460, 0));
  }
}
