// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic;

/** What a NIC counts since it was opened. */
public enum NicCounter {
  /** Frames handed out by receive. */
  FRAMES_RECEIVED,
  /** Frames that left. */
  FRAMES_SENT,
  /** Received frames dropped because they were cut off or longer than the MTU allows. */
  RECEIVE_OVERSIZE,
  /** Received frames lost because no buffer was free, where the NIC can tell. */
  RECEIVE_OVERRUN,
  /** Received frames that the NIC itself reported as damaged. */
  RECEIVE_DAMAGED,
  /** Frames that could not be sent and are lost: link down, device error. */
  SEND_FAILED,
  /** Claims answered with FULL. */
  TRANSMIT_FULL,

  // What a card found wrong with frames that it then discarded; each of these counts as oversize or
  // damaged as well.

  /** An IPv4, TCP or UDP checksum. */
  RECEIVE_BAD_CHECKSUM,
  /** A multicast group that nobody here has joined. */
  RECEIVE_WRONG_MULTICAST,
  /** The frame check sequence. */
  RECEIVE_BAD_CRC,
  /** It was cut off. */
  RECEIVE_TRUNCATED,
  /** The buffer for it may not be written. */
  RECEIVE_NO_RIGHTS,
  /** The event that told of it was in error. */
  RECEIVE_EVENT_ERROR,
  /** Something that the card does not name. */
  RECEIVE_OTHER_DISCARD,
  /** A checksum inside a tunnel. */
  RECEIVE_BAD_INNER_CHECKSUM
}
