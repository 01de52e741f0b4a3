// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** What decides how much may be under way in a network that says no more than what it loses. */
public enum CongestionAlgorithm {
  /** RFC 9438: the window grows by the time since the last loss, whatever the round trip; as NewReno where that is faster. */
  CUBIC,

  /** RFC 5681 and RFC 6582: the window grows by a segment per round trip. */
  NEWRENO,

  /** Nothing but the peer's window: for networks that are one's own, with capacity to spare. */
  NONE
}
