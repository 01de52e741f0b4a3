// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.nio.ByteBuffer;

/** Sends back what comes. */
final class Echo implements TcpHandler<Void> {
  @Override
  public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
    return length - c.send(memory, offset, length);
  }
}
