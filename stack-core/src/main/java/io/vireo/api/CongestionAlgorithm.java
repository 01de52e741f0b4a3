// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

/** How a connection decides how much it may have under way. */
public enum CongestionAlgorithm {
  /** RFC 9438 with HyStart++ (RFC 9406): fills long fast paths, and is never slower than {@link #NEWRENO}. */
  CUBIC,
  /** RFC 5681: grows by a segment per round trip, halves at a loss. */
  NEWRENO,
  /**
   * None: the peer's window is the only bound, whatever is lost. For two known peers with a link of their own; on a shared
   * path it drives out everybody else, and RFC 9293 forbids it there (MUST-19).
   */
  NONE
}
