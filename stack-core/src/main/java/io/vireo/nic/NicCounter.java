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
  TRANSMIT_FULL
}
