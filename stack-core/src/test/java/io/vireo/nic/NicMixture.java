// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;

/** Everything that can be asked of a NIC, in random order; every frame must arrive once, in order and intact. */
final class NicMixture {
  private static final int MOST_INJECTED = 8;

  private final Nic nic;
  private final FarEnd far;
  private final TestLine line;
  private final long seed;
  private final SplittableRandom random;
  private final List<Integer> claimed = new ArrayList<>();
  private final Queue<byte[]> queued = new ArrayDeque<>();
  private final Queue<byte[]> sent = new ArrayDeque<>();
  private final Queue<byte[]> injected = new ArrayDeque<>();
  private long current = Nic.EMPTY;
  private int number;

  NicMixture(Nic nic, FarEnd far, TestLine line, long seed) {
    this.nic = nic;
    this.far = far;
    this.line = line;
    this.seed = seed;
    this.random = new SplittableRandom(seed);
  }

  void run(int steps) {
    for (int step = 0; step < steps; step++) {
      step(random.nextInt(12));
    }
    ring();
    while (!sent.isEmpty()) {
      collect();
    }
    release();
    while (!injected.isEmpty()) {
      receive();
      release();
    }
    claimed.forEach(nic::abandon);
    assertEquals(nic.features().transmitSlots(), line.claimAll().size(), () -> "seed " + seed);
  }

  private void step(int action) {
    switch (action) {
      case 0, 1, 2 -> claim();
      case 3 -> abandon();
      case 4, 5 -> transmit();
      case 6 -> ring();
      case 7, 8 -> inject();
      case 9 -> receive();
      case 10 -> release();
      default -> collect();
    }
  }

  private void claim() {
    int slot = nic.claim(line.largestFrame());
    if (slot != Nic.FULL) {
      claimed.add(slot);
    }
  }

  private void abandon() {
    if (!claimed.isEmpty()) {
      nic.abandon(claimed.remove(random.nextInt(claimed.size())));
    }
  }

  private void transmit() {
    if (!claimed.isEmpty()) {
      byte[] frame = TestFrames.from(nic.macAddress(), number++, length());
      line.send(claimed.remove(random.nextInt(claimed.size())), frame);
      queued.add(frame);
    }
  }

  private void ring() {
    nic.ring();
    sent.addAll(queued);
    queued.clear();
  }

  private void inject() {
    if (injected.size() < MOST_INJECTED) {
      byte[] frame = TestFrames.to(nic.macAddress(), number++, length());
      far.inject(frame);
      injected.add(frame);
    }
  }

  private void receive() {
    if (current == Nic.EMPTY && !injected.isEmpty()) {
      current = line.receiveFrame();
      check(injected.peek(), line.bytes(current));
    }
  }

  private void release() {
    if (current != Nic.EMPTY) {
      check(injected.remove(), line.bytes(current));
      nic.release();
      current = Nic.EMPTY;
    }
  }

  private void collect() {
    if (!sent.isEmpty()) {
      check(sent.remove(), line.collect());
    }
  }

  private int length() {
    return TestFrames.HEADER_BYTES + random.nextInt(nic.mtu() + 1);
  }

  private void check(byte[] expected, byte[] actual) {
    assertArrayEquals(expected, actual, () -> "seed " + seed);
  }
}
