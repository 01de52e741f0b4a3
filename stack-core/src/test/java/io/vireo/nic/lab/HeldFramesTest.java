// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldFramesTest {
  private record Frame(long releaseNs, int length, int segmentSize, int flags, byte content) {}

  /** The model is a list that is searched; the earliest frame that came first is the next. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void framesComeInTheOrderOfTheirTimesAndThenOfTheirComing(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long start = Long.MAX_VALUE - 500;
    HeldFrames held = new HeldFrames(100);
    ByteBuffer source = ByteBuffer.allocateDirect(200);
    List<Frame> model = new ArrayList<>();
    for (int step = 0; step < 5_000; step++) {
      assertEquals(model.isEmpty(), held.isEmpty());
      if (random.nextInt(10) < step / 500 && !model.isEmpty()) {
        Frame first = model.stream()
            .min(Comparator.comparingLong(frame -> frame.releaseNs - start))
            .orElseThrow();
        byte content = held.memory.get(held.offset() + held.length() - 1);
        assertEquals(
            first,
            new Frame(held.firstNs(), held.length(), held.segmentSize(), held.flags(), content));
        held.removeFirst();
        model.remove(first);
      } else if (model.size() < 4_096) {
        Frame frame = new Frame(
            start + random.nextInt(1_000),
            1 + random.nextInt(100),
            random.nextInt(5),
            random.nextInt(2),
            (byte) step);
        source.put(50 + frame.length - 1, frame.content);
        assertTrue(
            held.hold(source, 50, frame.length, frame.segmentSize, frame.flags, frame.releaseNs));
        model.add(frame);
      }
    }
  }
}
