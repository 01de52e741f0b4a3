// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.nio.ByteBuffer;

/**
 * Sends back what comes. One line is enough for back-pressure, too: what does not fit into the send buffer is returned as left over,
 * and is shown again when there is room. While bytes are left over, the window closes and the peer slows down.
 *
 * <p>The end needs no line at all: onFin comes when everything has been taken, and by default it answers with our own FIN, which goes
 * behind everything sent.
 */
final class EchoServer implements TcpHandler<Void> {
  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    return length - connection.send(memory, offset, length);
  }
}
