// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import java.nio.ByteBuffer;

/**
 * Counts what comes and, when the peer has finished, replies "Received N bytes" and closes. The peer's end is only half of a
 * connection: it still listens, so the reply can be sent after it.
 */
final class CountServer implements TcpHandler<CountServer.Tally> {
  /** The state of one connection: attached when it begins, and dropped with it. */
  static final class Tally {
    private long bytes;
    private ByteBuffer reply;
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Tally> connection) {
    connection.attach(new Tally());
  }

  @Override
  public int onData(TcpConnection<Tally> connection, ByteBuffer memory, int offset, int length) {
    connection.attachment().bytes += length;
    return 0;
  }

  @Override
  public void onFin(TcpConnection<Tally> connection, ByteBuffer memory, int offset, int length) {
    Tally tally = connection.attachment();
    tally.reply = ByteBuffer.wrap(("Received " + tally.bytes + " bytes\n").getBytes(US_ASCII));
    reply(connection);
  }

  @Override
  public void onMoreSendable(TcpConnection<Tally> connection) {
    reply(connection); // the stack was short of memory: now the rest fits
  }

  private static void reply(TcpConnection<Tally> connection) {
    ByteBuffer reply = connection.attachment().reply;
    int taken = connection.send(reply, reply.position(), reply.remaining());
    reply.position(reply.position() + taken);
    if (!reply.hasRemaining()) {
      connection.sendFin();
    }
  }
}
