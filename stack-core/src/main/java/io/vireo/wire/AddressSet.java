// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

/** A set of IPv4 addresses that never changes. 0.0.0.0 is never in it. */
public final class AddressSet {
  private final int[] slots;
  private final int mask;

  public AddressSet(int[] addresses) {
    this.slots = new int[Integer.highestOneBit(Math.max(addresses.length, 1)) << 2];
    this.mask = slots.length - 1;
    for (int address : addresses) {
      slots[slotOf(address)] = address;
    }
  }

  public boolean contains(int address) {
    return address != 0 && slots[slotOf(address)] == address;
  }

  /** Where the address is, or the free slot where it would be. At most half the slots are taken. */
  private int slotOf(int address) {
    int slot = ((address * 0x9E37_79B9) >>> 8) & mask;
    while (slots[slot] != 0 && slots[slot] != address) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
