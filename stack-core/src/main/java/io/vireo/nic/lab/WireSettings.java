// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

/**
 * What a {@link MemoryWire} is like.
 *
 * @param delayNs how long a frame is under way, 0 to one hour
 * @param slots frames that each end may have claimed or under way, 8 to 65,536
 * @param mtu bytes of network-layer packet per frame, 68 to 65,535; the slots are sized for it
 * @param checksumOffload the ends are like cards that handle checksums: a frame sent with {@link
 *     io.vireo.nic.Nic#FILL_CHECKSUMS} passes as it is, and is received as verified
 */
public record WireSettings(long delayNs, int slots, int mtu, boolean checksumOffload) {
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** Checks every range; IllegalArgumentException names value and limits. */
  public WireSettings {
    check("delayNs", delayNs, 0, HOUR_NS);
    check("slots", slots, 8, 65_536);
    check("mtu", mtu, 68, 65_535);
    if ((long) slots * slotBytes(mtu) > 1 << 30) {
      throw new IllegalArgumentException(
          slots + " slots for an MTU of " + mtu + " are more than 1 GiB");
    }
  }

  /** No delay, 512 slots, an MTU of 1500, checksums left to the stack. */
  public static WireSettings defaults() {
    return new WireSettings(0, 512, 1500, false);
  }

  /** These settings with another delayNs. */
  public WireSettings withDelayNs(long delayNs) {
    return new WireSettings(delayNs, slots, mtu, checksumOffload);
  }

  /** These settings with other slots. */
  public WireSettings withSlots(int slots) {
    return new WireSettings(delayNs, slots, mtu, checksumOffload);
  }

  /** These settings with another mtu. */
  public WireSettings withMtu(int mtu) {
    return new WireSettings(delayNs, slots, mtu, checksumOffload);
  }

  /** These settings with checksumOffload or without. */
  public WireSettings withChecksumOffload(boolean checksumOffload) {
    return new WireSettings(delayNs, slots, mtu, checksumOffload);
  }

  int slotBytes() {
    return slotBytes(mtu);
  }

  /** A power of two, and room for a frame somewhat larger than the MTU allows. */
  private static int slotBytes(int mtu) {
    return Integer.highestOneBit(mtu + 64) << 1;
  }

  private static void check(String name, long value, long lowest, long highest) {
    if (value < lowest || value > highest) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be " + lowest + " to " + highest);
    }
  }
}
