// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static io.vireo.tcp.Tuples.addressKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalPortsTest {
  private static final long PEER = addressKey(0x0a4d0001);
  private static final int LOWEST = 32_768;
  private static final int HIGHEST = 60_999;
  private static final int PORTS = HIGHEST - LOWEST + 1;

  private final LocalPorts ports = new LocalPorts(new Secrets(1), 32_768, 60_999);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void attemptsGiveEveryPortOfTheRangeOnce(long seed) {
    LocalPorts seeded = new LocalPorts(new Secrets(seed), 32_768, 60_999);
    seeded.taken(PEER, 80, 17);
    BitSet seen = new BitSet();
    for (int attempt = 0; attempt < seeded.count(); attempt++) {
      seen.set(seeded.candidate(PEER, 80, attempt));
    }

    assertEquals(PORTS, seeded.count());
    assertEquals(PORTS, seen.cardinality());
    assertEquals(LOWEST, seen.nextSetBit(0));
    assertEquals(HIGHEST, seen.length() - 1);
  }

  @Test
  void aRangeOfOnePortIsARange() {
    LocalPorts one = new LocalPorts(new Secrets(7), 4_711, 4_711);
    assertEquals(1, one.count());
    assertEquals(4_711, one.candidate(PEER, 80, 0));
    one.taken(PEER, 80, 0);
    assertEquals(4_711, one.candidate(PEER, 80, 0));
  }

  @Test // BLD-17, AH-23
  void hundredThousandConnectsToOnePeerShowNoSequence() {
    int[] taken = connect(ports, PEER, 80, 100_000);
    int[] steps = new int[PORTS];
    for (int i = 1; i < taken.length; i++) {
      steps[Math.floorMod(taken[i] - taken[i - 1], PORTS)]++;
    }

    // Whoever sees them all still has eight choices for the next.
    assertTrue(Arrays.stream(steps).max().orElseThrow() < 100_000 / 7);
    assertTrue(steps[1] + steps[PORTS - 1] < 100, "neighbours follow each other");
  }

  @Test // BLD-17: what makes the double-hash algorithm better than random ports
  void aPortReturnsToADestinationLate() {
    int[] taken = connect(ports, PEER, 80, 100_000);
    int[] lastUse = new int[HIGHEST + 1];
    Arrays.fill(lastUse, -PORTS);
    int soonest = PORTS;
    for (int i = 0; i < taken.length; i++) {
      soonest = Math.min(soonest, i - lastUse[taken[i]]);
      lastUse[taken[i]] = i;
    }

    assertTrue(soonest >= PORTS / 8, "after " + soonest + " connects");
  }

  @Test // BLD-17, CVE-2022-1012
  void aConnectMovesHardlyAnyOtherDestination() {
    int[] before = candidatesOfOtherPeersAndPorts();
    ports.taken(PEER, 80, 0);
    int[] after = candidatesOfOtherPeersAndPorts();
    int moved = 0;
    for (int i = 0; i < before.length; i++) {
      moved += before[i] == after[i] ? 0 : 1;
    }

    // One of 65,536 counters has moved; of as many destinations, chance gives it one.
    assertTrue(moved < 8, moved + " moved");
  }

  @Test // BLD-17, CVE-2024-10603
  void firstPortsOfManyDestinationsAreSpreadEvenly() {
    int bins = 8;
    int[] counts = new int[bins];
    for (int port : firstCandidates(80_000)) {
      counts[(port - LOWEST) * bins / PORTS]++;
    }

    for (int count : counts) {
      assertEquals(10_000, count, 5 * Math.sqrt(10_000));
    }
  }

  @Test // BLD-17
  void theFirstPortsOfNeighbouringDestinationsShowNoStep() {
    int[] first = firstCandidates(100_000);
    int[] steps = new int[PORTS];
    for (int i = 1; i < first.length; i++) {
      steps[Math.floorMod(first[i] - first[i - 1], PORTS)]++;
    }

    // 3.5 of each are expected.
    assertTrue(Arrays.stream(steps).max().orElseThrow() < 25);
  }

  @Test // BLD-18
  void theProcessStartedAgainTakesOtherPorts() {
    int same = 0;
    for (int start = 0; start < 100; start++) {
      int[] once = connect(new LocalPorts(new Secrets(0), 32_768, 60_999), PEER, 80, 10);
      int[] again = connect(new LocalPorts(new Secrets(0), 32_768, 60_999), PEER, 80, 10);
      same += Arrays.equals(once, again) ? 1 : 0;
    }

    assertEquals(0, same);
  }

  @Test
  void aSeedGivesTheSamePortsEachTime() {
    int[] once = connect(new LocalPorts(new Secrets(5), 32_768, 60_999), PEER, 80, 1_000);
    int[] again = connect(new LocalPorts(new Secrets(5), 32_768, 60_999), PEER, 80, 1_000);

    assertTrue(Arrays.equals(once, again));
  }

  @Test // BLD-17: who watches the connects to his own server must not learn the walk to another
  void everyDestinationHasItsOwnStride() {
    int[] strides = new int[PORTS];
    for (int i = 0; i < 100_000; i++) {
      long peer = addressKey(0x0a4e0000 + i / 100);
      int port = 443 + i % 100;
      int step = ports.candidate(peer, port, 1) - ports.candidate(peer, port, 0);
      strides[Math.floorMod(step, PORTS)]++;
    }

    // Of the ports, 14,112 have no divisor in common with their number: 7 of each are expected.
    assertTrue(Arrays.stream(strides).max().orElseThrow() < 40);
  }

  @Test
  void theNextConnectGoesOnBehindTheAttemptThatWasTaken() {
    BitSet tried = new BitSet();
    for (int attempt = 0; attempt <= 100; attempt++) {
      tried.set(ports.candidate(PEER, 80, attempt));
    }
    ports.taken(PEER, 80, 100);
    for (int attempt = 0; attempt < PORTS / 2; attempt++) {
      assertFalse(tried.get(ports.candidate(PEER, 80, attempt)));
    }
  }

  @Test
  void destinationsThatTakeTurnsKeepTheirWalks() {
    LocalPorts alone = new LocalPorts(new Secrets(1), 32_768, 60_999);
    for (int attempt = 0; attempt < 100; attempt++) {
      int ofFirst = ports.candidate(PEER, 80, attempt);
      int ofSecond = ports.candidate(PEER, 81, attempt);

      assertEquals(alone.candidate(PEER, 80, attempt), ofFirst);
      assertEquals(
          new LocalPorts(new Secrets(1), 32_768, 60_999).candidate(PEER, 81, attempt), ofSecond);
    }
  }

  // CVE-2022-1012: whoever knew the starts would know how far the counters have come
  @Test
  void walksBeginSomewhereBehindTheirOffset() {
    SipHash offsets = new SipHash(new Secrets(1), Secrets.Use.PORT_OFFSET);
    int atTheirOffset = 0;
    for (int port = 1; port <= 1_000; port++) {
      int offset = (int) ((offsets.hash(PEER, port) >>> 32) % PORTS);
      atTheirOffset += ports.candidate(PEER, port, 0) == LOWEST + offset ? 1 : 0;
    }

    assertTrue(atTheirOffset < 5, atTheirOffset + " of 1,000");
  }

  @Test
  void takingAPortMovesItsDestinationThoughAnotherWasAskedForSince() {
    int first = ports.candidate(PEER, 80, 0);
    int other = ports.candidate(PEER, 81, 0);
    ports.taken(PEER, 80, 0);

    assertEquals(other, ports.candidate(PEER, 81, 0));
    assertNotEquals(first, ports.candidate(PEER, 80, 0));
  }

  private static int[] connect(LocalPorts ports, long addressKey, int remotePort, int times) {
    int[] taken = new int[times];
    for (int i = 0; i < times; i++) {
      taken[i] = ports.candidate(addressKey, remotePort, 0);
      ports.taken(addressKey, remotePort, 0);
    }
    return taken;
  }

  private int[] firstCandidates(int destinations) {
    int[] candidates = new int[destinations];
    for (int i = 0; i < destinations; i++) {
      candidates[i] = ports.candidate(addressKey(0x0a4e0000 + i), 443, 0);
    }
    return candidates;
  }

  /** 255 other ports of the peer, and all 256 of 256 other peers. */
  private int[] candidatesOfOtherPeersAndPorts() {
    int[] candidates = new int[257 * 256];
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = i == 0 ? 0 : ports.candidate(PEER + i / 256, 80 + i % 256, 0);
    }
    return candidates;
  }
}
