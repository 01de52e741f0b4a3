// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import java.io.IOException;

/** A host that the test speaks to in frames, and whose user it plays: Linux or Vireo. It answers from 10.77.0.1. */
interface Host extends AutoCloseable {
  /** The port that it listens on. */
  int LISTENING = 80;

  long mac();

  /** Gives it a frame. */
  void inject(byte[] frame) throws IOException;

  /** The next frame that it has sent, or null. ARP requests for the peer are answered on the way, and not shown. */
  byte[] next() throws IOException;

  /** Lets 60 ms pass for what it sends with a delay: longer than it delays an ACK, shorter than it waits for one. */
  void settle() throws IOException;

  /** Whether its user has the connection with this port of the peer in hand. */
  boolean has(int peerPort) throws IOException;

  /** Its user begins a connection to this port of the peer. */
  void connect(int peerPort) throws IOException;

  /** Its user sends no more on the connection with this port of the peer. */
  void shutdown(int peerPort) throws IOException;

  /** Its user drops every connection. */
  void dropAll() throws IOException;

  @Override
  void close() throws IOException;
}
