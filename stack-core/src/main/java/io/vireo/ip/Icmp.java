// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import io.vireo.api.Counters;

/** ICMP: answers echo, refuses protocols, and says what errors quote. */
public final class Icmp {
  /** {@link #accept}: nothing for the layers above. */
  public static final int NONE = 0;

  /** {@link #accept}: an error about a segment of ours; the methods named error… and quoted… describe it. */
  public static final int ERROR = 1;

  public Icmp(Ipv4Input input, Ipv4Output output, Routes routes, Counters counters) {}

  /** Looks at the ICMP message of length bytes at offset, in the datagram that input accepted last. NONE or ERROR. */
  public int accept(int offset, int length, long nowNs) {
    throw new UnsupportedOperationException();
  }

  /** Answers the datagram that input accepted last with "protocol unreachable". */
  public void refuseProtocol(int payloadLength, long nowNs) {
    throw new UnsupportedOperationException();
  }

  public int errorType() {
    throw new UnsupportedOperationException();
  }

  public int errorCode() {
    throw new UnsupportedOperationException();
  }

  /** For "fragmentation needed", else 0; 0 also from routers that do not know it. */
  public int nextHopMtu() {
    throw new UnsupportedOperationException();
  }

  /** The source of the datagram quoted: one of ours. */
  public int quotedLocal() {
    throw new UnsupportedOperationException();
  }

  /** The destination of the datagram quoted. */
  public int quotedRemote() {
    throw new UnsupportedOperationException();
  }

  /** Always TCP at present. */
  public int quotedProtocol() {
    throw new UnsupportedOperationException();
  }

  /** Where in receive memory the first 8 bytes of the payload quoted lie; no more may be read. */
  public int quotedPayloadOffset() {
    throw new UnsupportedOperationException();
  }
}
