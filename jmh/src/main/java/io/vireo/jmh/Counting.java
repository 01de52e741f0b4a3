// SPDX-License-Identifier: Apache-2.0
package io.vireo.jmh;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.nio.ByteBuffer;

/** Counts the bytes that come. */
final class Counting implements TcpHandler<Void> {
  long received;

  @Override
  public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
    received += length;
    return 0;
  }
}
