// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.nio.ByteBuffer;

/** Reads and drops. To have taken the bytes is to return 0: nothing is left over. When the peer finishes, so does the server. */
final class DiscardServer implements TcpHandler<Void> {
  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    return 0;
  }

  @Override
  public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    connection.sendFin(); // as TcpHandler does by default
  }
}
