// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.lab;

import io.vireo.nic.Nic;
import io.vireo.time.NanoClock;
import java.io.IOException;

/**
 * Two NICs back to back, in memory: what one sends, the other receives, in order, each frame {@link WireSettings#delayNs}
 * under way. Nothing is copied; the slot that was filled by the sender is the frame that is received, and returns to the
 * sender when it is released. Both ends belong to one thread.
 *
 * <p>A frame longer than the MTU allows is dropped on arrival and counted, as a card does. No end ever sleeps: {@link
 * Nic#await} returns at once.
 */
public final class MemoryWire {
  static final int ETHERNET_HEADER_BYTES = 14;

  private static final long LEFT_MAC = 0x02_00_00_00_00_01L;
  private static final long RIGHT_MAC = 0x02_00_00_00_00_02L;

  private final WireEnd left;
  private final WireEnd right;
  private final int largestMtu;

  /** A wire with a delay and otherwise the default settings. */
  public MemoryWire(NanoClock clock, long delayNs) {
    this(clock, WireSettings.defaults().withDelayNs(delayNs));
  }

  /** A wire as {@code settings} say. */
  public MemoryWire(NanoClock clock, WireSettings settings) {
    WireLane toRight = new WireLane(clock, settings);
    WireLane toLeft = new WireLane(clock, settings);
    this.left = new WireEnd(LEFT_MAC, settings, clock, toRight, toLeft);
    this.right = new WireEnd(RIGHT_MAC, settings, clock, toLeft, toRight);
    left.connect(right);
    right.connect(left);
    this.largestMtu = settings.slotBytes() - ETHERNET_HEADER_BYTES;
  }

  /** One end, with the MAC address 02:00:00:00:00:01. */
  public Nic left() {
    return left;
  }

  /** The other end, with the MAC address 02:00:00:00:00:02. */
  public Nic right() {
    return right;
  }

  /** Plugs the wire in, or out: what is sent meanwhile is lost, and what was under way arrives. */
  public void linkUp(boolean up) {
    left.linkUp(up);
    right.linkUp(up);
  }

  /** Changes the MTU of both ends; IllegalArgumentException if the slots are too small for it. */
  public void mtu(int mtu) {
    if (mtu < 68 || mtu > largestMtu) {
      throw new IllegalArgumentException("mtu is " + mtu + ", must be 68 to " + largestMtu);
    }
    left.mtu(mtu);
    right.mtu(mtu);
  }

  /** Breaks one end for good; to the other end, the link is down. Closing an end does the same. */
  public void fail(Nic end, IOException cause) {
    if (end != left && end != right) {
      throw new IllegalArgumentException("not an end of this wire: " + end);
    }
    (end == left ? left : right).fail(cause);
  }
}
