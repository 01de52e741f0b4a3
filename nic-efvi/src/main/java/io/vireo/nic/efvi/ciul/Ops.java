// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

/** The operations of struct ef_vi that are used here, and how far behind the first they stand; some stand elsewhere in Onload 8.1. */
enum Ops {
  /** (vi), returns nothing: rings the doorbell for what transmit_init queued. */
  TRANSMIT_PUSH(24, 24),
  /** (vi, ef_iovec*, n, id): queues a frame of several pieces. */
  TRANSMITV_INIT(16, 16),
  /** (vi, bytes, iovec*, n, threshold), returns nothing. */
  TRANSMITV_CTPIO(80, 64),
  /** (vi), returns what kinds of frames the NIC itself discards. */
  RECEIVE_GET_DISCARDS(136, 120),
  /** (vi, address, id). */
  RECEIVE_INIT(152, 136),
  /** (vi), returns nothing. */
  RECEIVE_PUSH(160, 144),
  /** (vi, ef_event*, n), returns how many. */
  EVENTQ_POLL(176, 152),
  /** (vi, address, bytes, id): what is to leave instead, should CTPIO have failed. */
  CTPIO_FALLBACK(240, 224);

  static final int POLL = EVENTQ_POLL.since9;
  static final int POLL_8_1 = EVENTQ_POLL.in81;

  private final int since9;
  private final int in81;

  Ops(int since9, int in81) {
    this.since9 = since9;
    this.in81 = in81;
  }

  int offset(boolean before9) {
    return before9 ? in81 : since9;
  }

  static int poll(boolean before9) {
    return EVENTQ_POLL.offset(before9);
  }
}
