// SPDX-License-Identifier: Apache-2.0
package io.vireo.link;

import io.vireo.api.Counters;

/** Which MAC address the neighbours on the link have. */
public final class NeighbourTable {
  /** {@link #hold} and {@link #pollChanged}: none. */
  public static final int NONE = -1;

  NeighbourTable(ArpOutput output, Counters counters, long seed) {}

  /**
   * The entry of an address, pinned until {@link #letGo}: made if there is none, and asked for if it is not known.
   * NONE: the table is full of pinned entries.
   */
  public int hold(int address, long nowNs) {
    return NONE;
  }

  /** Takes back one {@link #hold}. */
  public void letGo(int index) {}

  /** Asks for an address that nobody holds. */
  public void solicit(int address, long nowNs) {}

  /** Whether the MAC address is known: frames may leave. */
  public boolean resolved(int index) {
    return false;
  }

  /** Whether the neighbour did not answer. */
  public boolean failed(int index) {
    return false;
  }

  /** The MAC address of a resolved entry. */
  public long mac(int index) {
    return 0;
  }

  /** A frame leaves for a resolved entry. */
  public void used(int index) {}

  /** Frames sent there seem to vanish. */
  public void suspect(int index, long nowNs) {}

  /** Whether any entry waits for a time. */
  public boolean hasDeadline() {
    return false;
  }

  /** When the next entry is due; only if {@link #hasDeadline()}. */
  public long nextDeadlineNs() {
    return 0;
  }

  /** Does what is due, at most limit entries; returns how many were. */
  public int onTimer(long nowNs, int limit) {
    return NONE;
  }

  /** An entry that became resolved, changed its MAC address or failed since it was last returned here, or NONE. */
  public int pollChanged() {
    return NONE;
  }

  /** The address of an entry. */
  public int address(int index) {
    return NONE;
  }
}
