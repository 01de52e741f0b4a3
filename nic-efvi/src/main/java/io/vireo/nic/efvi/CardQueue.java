// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import io.vireo.nic.efvi.ciul.HeapCard;
import io.vireo.nic.efvi.ciul.VirtualInterface;
import io.vireo.nic.linux.MappedMemory;
import java.io.IOException;

/** A queue of a card that is open: what {@link EfviQueue} needs to be told of it, when it is made or seldom. For each frame it calls {@link VirtualInterface} alone, of which there is one kind. */
interface CardQueue {
  /** DMA is contiguous within pages of so many bytes only. */
  int DMA_PAGE_BYTES = 4 << 10;

  VirtualInterface vi();

  /** Memory that the card may read and write; once. */
  MappedMemory register(int bytes) throws IOException;

  /** Where the card finds what is at an offset of that memory. */
  long dmaAddress(int offset);

  /** Bytes that the card puts before each received frame. */
  int prefixBytes();

  /** The driver's descriptor; it becomes readable with the event that {@link VirtualInterface#prime} asked for. */
  int driver();

  long macAddress() throws IOException;

  /** Bytes of the largest frame; 0: the card does not say. */
  int largestFrame();

  /** Brings the frames that a filter lets through to this queue; the cookie is for {@link #removeFilter}. Returns 0 or a negative errno. */
  int addFilter(long filter, long cookie);

  /** Takes a filter away. */
  void removeFilter(long cookie);

  /** For a twin: a card like this one on plain memory. Any thread. */
  HeapCard playedCard(EfviSettings settings);

  /** Gives all back. Idempotent. The memory stays, for those who still look at it. */
  void close();
}
