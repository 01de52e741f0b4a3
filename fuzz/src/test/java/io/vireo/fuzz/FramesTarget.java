// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

/** One frame as it is, for a stack that listens and has a connection with 10.0.0.2:5000. */
final class FramesTarget extends SettledTarget {
  static final int PEER_PORT = 5_000;

  /** A stack whose users say nothing answers a frame by few. */
  private static final int MOST_ANSWERS = 4;

  @Override
  void test(byte[] input) {
    established(PEER_PORT);
    long sent = world.nic.framesSent;
    FrameWriter writer = world.writer;
    writer.length = Math.min(input.length, FuzzNic.LARGEST_ARRIVAL);
    System.arraycopy(input, 0, writer.frame, 0, writer.length);
    world.arrive();
    Oracle.require(world.nic.framesSent - sent <= MOST_ANSWERS, "too many answers to one frame");
  }
}
