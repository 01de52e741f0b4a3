// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import java.util.stream.Stream;

/** Where the two streams of a script begin: every script runs with each of these, since sequence numbers have no favourite place (RX-12). */
enum Numbers {
  /** Far from any wrap. */
  MIDDLE(0x1234_5678, 0x2345_6789),

  /** SYNs end where the numbers do: streams begin at 0. */
  SYN_LAST(0xFFFF_FFFF, 0xFFFF_FFFF),

  /** Streams pass from 2^32 - 1 to 0 within their first segment. */
  WRAPPING(0xFFFF_FFFF - 300, 0xFFFF_FFFF - 500),

  /** Streams pass from the largest signed number to the smallest. */
  SIGN_CHANGING(0x7FFF_FFFF - 700, 0x7FFF_FFFF - 300);

  final int peerIss;
  final int stackIss;

  /** All of them, or with -Dvireo.script.numbers=WRAPPING one: mutations are looked for with one. */
  static Stream<Numbers> inUse() {
    String only = System.getProperty("vireo.script.numbers");
    return only == null ? Stream.of(values()) : Stream.of(valueOf(only));
  }

  /** Where the peer's timestamps begin: they pass the same places. */
  int peerTs() {
    return peerIss + 200;
  }

  Numbers(int peerIss, int stackIss) {
    this.peerIss = peerIss;
    this.stackIss = stackIss;
  }
}
