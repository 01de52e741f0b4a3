// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.time.ManualClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FaultyNicTest {
  private static final long MS = 1_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 7 * MS);
  private final MemoryWire wire = new MemoryWire(clock, 0);
  private final Nic far = wire.right();
  private final FaultyNic nic = new FaultyNic(wire.left(), clock, 42);

  @Test
  void spoilsNothingAtFirst() {
    assertEquals(numbers(0, 100), pass(100));
  }

  @Test
  void losesFramesWithTheGivenProbability() {
    nic.loss(0.1);
    List<Integer> received = pass(10_000);
    assertEquals(10_000 - nic.lost(), received.size());
    assertTrue(nic.lost() > 850 && nic.lost() < 1_150, () -> nic.lost() + " of 10,000 lost");
  }

  @Test
  void losesAllOrNothingAtTheEnds() {
    assertEquals(List.of(), new Passage(nic.loss(1)).pass(1_000));
    assertEquals(numbers(0, 1_000), new Passage(nic.loss(0)).pass(1_000));
  }

  @Test
  void theSameSeedSpoilsTheSameFrames() {
    assertEquals(spoilt(7), spoilt(7));
    assertNotEquals(spoilt(7), spoilt(8));
  }

  @Test
  void changingOneFaultLeavesThePatternOfAnother() {
    FaultyNic one = new FaultyNic(wire.left(), clock, 5).loss(0.3);
    List<Integer> lossAlone = new Passage(one).pass(1_000);
    FaultyNic two = new FaultyNic(wire.left(), clock, 5).loss(0.3).jitter(MS).delay(MS);
    assertEquals(lossAlone, new Passage(two).pass(1_000));
  }

  @Test
  void holdsEachFrameBackForTheDelayAndKeepsTheOrder() {
    nic.delay(10 * MS);
    long start = clock.nanoTime();
    Frames.send(nic, 0);
    clock.advance(MS);
    Frames.send(nic, 1);
    assertEquals(start + 10 * MS, nic.nextFrameNs());
    clock.advance(9 * MS - 1);
    assertEquals(Nic.EMPTY, nic.receive());
    assertEquals(List.of(), Frames.receiveAll(far));
    clock.advance(1);
    assertEquals(Nic.EMPTY, nic.receive());
    assertEquals(List.of(0), Frames.receiveAll(far));
    assertEquals(start + 11 * MS, nic.nextFrameNs());
    clock.advance(MS);
    nic.ring();
    assertEquals(List.of(1), Frames.receiveAll(far));
    assertEquals(Nic.UNKNOWN, nic.nextFrameNs());
  }

  @Test
  void theNextFrameMayBeOneToBeReceived() {
    FaultyNic slow = new FaultyNic(new MemoryWire(clock, 3 * MS).left(), clock, 1).delay(10 * MS);
    assertEquals(Nic.UNKNOWN, slow.nextFrameNs());
    Frames.send(slow, 0);
    assertEquals(clock.nanoTime() + 10 * MS, slow.nextFrameNs());
    nic.delay(10 * MS);
    Frames.send(nic, 0);
    Frames.send(far, 1);
    assertEquals(clock.nanoTime(), nic.nextFrameNs());
  }

  @Test
  void jitterVariesTheDelayAndKeepsTheOrder() {
    nic.delay(MS).jitter(10 * MS);
    List<Integer> received = new ArrayList<>();
    for (int number = 0; number < 1_000; number++) {
      Frames.send(nic, number);
      clock.advance(MS / 2);
      received.addAll(Frames.receiveAll(far));
    }
    assertTrue(received.size() < 1_000);
    clock.advance(11 * MS);
    nic.ring();
    received.addAll(Frames.receiveAll(far));
    assertEquals(numbers(0, 1_000), received);
  }

  @Test
  void reorderedFramesAreOvertaken() {
    nic.reordering(0.2, 3 * MS);
    List<Integer> received = new ArrayList<>();
    for (int number = 0; number < 1_000; number++) {
      Frames.send(nic, number);
      clock.advance(MS);
      received.addAll(Frames.receiveAll(far));
    }
    clock.advance(3 * MS);
    nic.receive();
    received.addAll(Frames.receiveAll(far));
    assertNotEquals(numbers(0, 1_000), received);
    received.sort(null);
    assertEquals(numbers(0, 1_000), received);
    assertTrue(nic.reordered() > 150 && nic.reordered() < 250);
  }

  @Test
  void duplicatesFramesWithAndWithoutDelay() {
    nic.duplication(1);
    assertEquals(List.of(0, 0, 1, 1), pass(2));
    nic.delay(MS);
    assertEquals(List.of(0, 0, 1, 1), pass(2));
    assertEquals(4, nic.duplicated());
  }

  @Test
  void losesFramesInBurstsOfTheGivenMean() {
    List<Integer> received = pass(nic.bursts(0.02, 5), 20_000);
    int bursts = 0;
    for (int i = 1; i < received.size(); i++) {
      bursts += received.get(i) - received.get(i - 1) > 1 ? 1 : 0;
    }
    assertTrue(bursts > 300 && bursts < 420, bursts + " bursts");
    double mean = (double) nic.lost() / bursts;
    assertTrue(mean > 4.5 && mean < 5.5, "mean length " + mean);
  }

  @Test
  void burstsOfOneFrameAndBurstsWithoutEnd() {
    List<Integer> everyOther = pass(nic.bursts(1, 1), 100);
    assertEquals(IntStream.range(0, 50).map(i -> 2 * i + 1).boxed().toList(), everyOther);
    assertEquals(List.of(), pass(nic.bursts(1, 1e300), 100));
    assertEquals(numbers(0, 100), pass(nic.bursts(0, 1), 100));
  }

  @Test
  void burstsLeaveThePatternOfLossesThatComeAlone() {
    List<Integer> alone = pass(new FaultyNic(wire.left(), clock, 5).loss(0.1), 1_000);
    FaultyNic both = new FaultyNic(wire.left(), clock, 5).loss(0.1).bursts(0.01, 3);
    List<Integer> withBursts = pass(both, 1_000);
    assertTrue(withBursts.size() < alone.size());
    assertTrue(alone.containsAll(withBursts));
  }

  @Test
  void framesLeaveOneAfterTheOtherAtTheRateOfTheLink() {
    long start = clock.nanoTime();
    nic.rate(Frames.BYTES * 8 * 1_000, 10 * Frames.BYTES).delay(5 * MS); // a frame takes 1 ms
    Frames.send(nic, 0);
    Frames.send(nic, 1);
    assertEquals(start + 6 * MS, nic.nextFrameNs());
    clock.advance(6 * MS);
    nic.ring();
    assertEquals(List.of(0), Frames.receiveAll(far));
    assertEquals(start + 7 * MS, nic.nextFrameNs());
    clock.advance(MS / 2); // the link has been idle for long
    Frames.send(nic, 2);
    clock.advance(MS / 2);
    nic.ring();
    assertEquals(List.of(1), Frames.receiveAll(far));
    assertEquals(start + 12 * MS + MS / 2, nic.nextFrameNs());
  }

  @Test
  void whatDoesNotFitIntoTheQueueOfTheLinkIsDropped() {
    nic.rate(Frames.BYTES * 8 * 1_000, 3 * Frames.BYTES);
    for (int number = 0; number < 5; number++) {
      Frames.send(nic, number);
    }
    assertEquals(2, nic.queueDrops());
    clock.advance(MS - 1); // of the first frame a part is still there
    Frames.send(nic, 5);
    assertEquals(3, nic.queueDrops());
    clock.advance(1);
    Frames.send(nic, 6);
    Frames.send(nic, 7);
    assertEquals(4, nic.queueDrops());
    clock.advance(3 * MS);
    nic.ring();
    assertEquals(List.of(0, 1, 2, 6), Frames.receiveAll(far));
  }

  @Test
  void anIdleLinkTakesAFrameThatIsLongerThanItsQueue() {
    nic.rate(Frames.BYTES * 8 * 1_000, 0);
    Frames.send(nic, 0);
    Frames.send(nic, 1);
    clock.advance(MS);
    Frames.send(nic, 2);
    clock.advance(MS);
    nic.ring();
    assertEquals(List.of(0, 2), Frames.receiveAll(far));
    assertEquals(1, nic.queueDrops());
  }

  @Test
  void theSecondCopyTakesTheLinkNoTime() {
    nic.rate(Frames.BYTES * 8 * 1_000, Frames.BYTES).duplication(1);
    Frames.send(nic, 0);
    Frames.send(nic, 1);
    clock.advance(MS);
    nic.ring();
    assertEquals(List.of(0, 0), Frames.receiveAll(far));
    assertEquals(1, nic.duplicated());
  }

  @Test
  void ratesAndQueuesAtTheirLimits() {
    nic.rate(1_000, 1 << 29);
    Frames.send(nic, 0);
    assertEquals(clock.nanoTime() + 480 * MS, nic.nextFrameNs());
    nic.rate(1_000_000_000_000L, 1 << 29);
    clock.advance(480 * MS);
    Frames.send(nic, 1);
    assertEquals(List.of(0, 1), Frames.receiveAll(far));
    assertEquals(numbers(0, 100), pass(nic.rate(0, 0), 100));
  }

  @Test
  void corruptionFlipsOneBit() {
    nic.corruption(1);
    for (int number = 0; number < 500; number++) {
      Frames.send(nic, number);
      long frame = far.receive();
      int offset = ReceivedFrame.offset(frame);
      int flipped = 0;
      for (int i = 0; i < Frames.BYTES; i++) {
        int sent = i >= 20 && i < 24 ? number >>> (8 * (23 - i)) : i;
        flipped += Integer.bitCount((far.receiveMemory().get(offset + i) ^ sent) & 0xFF);
      }
      assertEquals(1, flipped);
      far.release();
    }
    assertEquals(500, nic.corrupted());
  }

  @Test
  void checksumsAreLeftToTheStackSoThatDamageShows() {
    WireSettings offload = WireSettings.defaults().withChecksumOffload(true);
    FaultyNic faulty = new FaultyNic(new MemoryWire(clock, offload).left(), clock, 1);
    assertFalse(faulty.features().fillsChecksums());
    assertTrue(faulty.features().verifiesChecksums());
  }

  @Test
  void healedItSpoilsNothingMoreAndKeepsTheOrder() {
    nic.delay(10 * MS).loss(0.5).corruption(0.5).duplication(0.5).jitter(MS);
    Frames.send(nic.loss(0).duplication(0).corruption(0), 0);
    nic.heal();
    Frames.send(nic, 1);
    clock.advance(11 * MS);
    nic.ring();
    assertEquals(List.of(0, 1), Frames.receiveAll(far));
    assertEquals(numbers(0, 1_000), pass(1_000));
  }

  @Test
  void whatCannotBeHeldBackIsDroppedAndCounted() {
    nic.delay(10 * MS);
    for (int number = 0; number < 10_000; number++) {
      Frames.send(nic, number);
    }
    assertTrue(nic.overflowed() > 0);
    clock.advance(10 * MS);
    List<Integer> received = new ArrayList<>();
    while (nic.nextFrameNs() != Nic.UNKNOWN) {
      nic.receive();
      received.addAll(Frames.receiveAll(far));
    }
    assertEquals(numbers(0, 10_000 - (int) nic.overflowed()), received);
  }

  @Test
  void heldFramesWaitForAFreeSlotAndAreNotOvertaken() {
    MemoryWire narrow = new MemoryWire(clock, WireSettings.defaults().withSlots(8));
    FaultyNic faulty = new FaultyNic(narrow.left(), clock, 1).delay(MS);
    for (int number = 0; number < 10; number++) {
      Frames.send(faulty, number);
    }
    int offset = Frames.fill(faulty, 10);
    faulty.heal();
    clock.advance(MS);
    faulty.ring();
    faulty.transmit(offset, Frames.BYTES, 0, 0);
    faulty.ring();
    assertEquals(numbers(0, 8), Frames.receiveAll(narrow.right()));
    faulty.ring();
    assertEquals(numbers(8, 11), Frames.receiveAll(narrow.right()));
  }

  @Test
  void heldFramesOfANicThatFailedAreGivenUp() {
    nic.delay(MS);
    Frames.send(nic, 0);
    wire.fail(wire.left(), new IOException("lost"));
    clock.advance(MS);
    assertEquals(Nic.EMPTY, nic.receive());
    assertEquals(Nic.UNKNOWN, nic.nextFrameNs());
    assertEquals(1, nic.overflowed());
  }

  @Test
  void settingsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> nic.loss(-0.1));
    assertThrows(IllegalArgumentException.class, () -> nic.loss(1.1));
    assertThrows(IllegalArgumentException.class, () -> nic.loss(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> nic.bursts(1.1, 2));
    assertThrows(IllegalArgumentException.class, () -> nic.bursts(0.1, 0.9));
    assertThrows(IllegalArgumentException.class, () -> nic.bursts(0.1, Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> nic.rate(999, 1));
    assertThrows(IllegalArgumentException.class, () -> nic.rate(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> nic.rate(1_000_000_000_001L, 1));
    assertThrows(IllegalArgumentException.class, () -> nic.rate(1_000, -1));
    assertThrows(IllegalArgumentException.class, () -> nic.rate(1_000, (1 << 29) + 1));
    assertThrows(IllegalArgumentException.class, () -> nic.delay(-1));
    assertThrows(IllegalArgumentException.class, () -> nic.reordering(0.5, 3_600_001 * MS));
  }

  private List<Integer> pass(int count) {
    return pass(nic, count);
  }

  private List<Integer> pass(FaultyNic faulty, int count) {
    return new Passage(faulty).pass(count);
  }

  /** What arrives of 2,000 frames that suffer everything. */
  private List<Integer> spoilt(long seed) {
    FaultyNic faulty = new FaultyNic(wire.left(), clock, seed);
    faulty.loss(0.1).duplication(0.1).reordering(0.1, 2 * MS).delay(MS).jitter(MS);
    return new Passage(faulty).pass(2_000);
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  /** Sends frames through a NIC to the far end, one a millisecond, until all have arrived. */
  private final class Passage {
    private final FaultyNic faulty;

    Passage(FaultyNic faulty) {
      this.faulty = faulty;
    }

    List<Integer> pass(int count) {
      List<Integer> received = new ArrayList<>();
      for (int number = 0; number < count; number++) {
        Frames.send(faulty, number);
        clock.advance(MS);
        received.addAll(Frames.receiveAll(far));
      }
      while (faulty.nextFrameNs() != Nic.UNKNOWN) {
        clock.advance(MS);
        faulty.ring();
        received.addAll(Frames.receiveAll(far));
      }
      return received;
    }
  }
}
