// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

/** What the cable and the card of one host are like when nothing goes wrong. */
record LinkPlan(long delayNs, int transmitSlots, long completionNs, int receiveSlots) {
  private static final long MS = 1_000_000L;

  LinkPlan withReceiveSlots(int slots) {
    return new LinkPlan(delayNs, transmitSlots, completionNs, slots);
  }

  static LinkPlan draw(Draws draws, int host) {
    return new LinkPlan(
        draws.pick(new long[] {0, 500, 25_000, 25_000, MS / 2, 10 * MS, 100 * MS}, "delay", host),
        (int) draws.pick(new long[] {128, 64, 64, 64, 16, 12, 9, 8}, "transmit slots", host),
        draws.pick(new long[] {0, 0, 0, 1_000, 100_000, 5 * MS, 50 * MS}, "completion", host),
        (int) draws.pick(new long[] {16, 64, 64, 128}, "receive slots", host));
  }
}
