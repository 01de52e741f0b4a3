// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.Locale;

/** Reads, drops and says how fast it came: up to the end of each connection's input, where it finishes, too. */
final class SinkServer implements TcpHandler<Throughput.Stream> {
  private static final int BUFFER_BYTES = BulkSender.BUFFER_BYTES;

  /** As many as the stack has memory for, when every receive buffer is full. */
  private static final int CONNECTIONS = 64;

  private static final int LINE = 0;

  private final Throughput throughput;

  SinkServer(Throughput throughput) {
    this.throughput = throughput;
  }

  /** The settings of its connections. */
  static TcpSettings settings(TcpSettings settings) {
    return settings
        .withConnections(CONNECTIONS)
        .withSendBufferBytes(BUFFER_BYTES)
        .withReceiveBufferBytes(BUFFER_BYTES);
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Throughput.Stream> connection) {
    connection.attach(throughput.stream(connection));
    if (throughput.live()) {
      connection.setUserTimer(LINE, Throughput.LINE_NS);
    }
  }

  @Override
  public int onData(
      TcpConnection<Throughput.Stream> connection, ByteBuffer memory, int offset, int length) {
    Throughput.Stream stream = connection.attachment();
    stream.arrived(stream.bytes() + length);
    return 0;
  }

  @Override
  public void onUserTimeout(TcpConnection<Throughput.Stream> connection, int timerId) {
    connection.attachment().printLine();
    connection.setUserTimer(LINE, Throughput.LINE_NS);
  }

  @Override
  public void onFin(
      TcpConnection<Throughput.Stream> connection, ByteBuffer memory, int offset, int length) {
    connection.attachment().finished();
    connection.setUserTimer(LINE, 0);
    connection.sendFin();
  }

  @Override
  public void onConnectionClosed(TcpConnection<Throughput.Stream> connection, CloseReason reason) {
    connection.attachment().printResult("sink", reason.name().toLowerCase(Locale.ROOT));
  }

  /** The program is about to end, and the connection with it. */
  static void interrupted(TcpConnection<Throughput.Stream> connection) {
    connection.attachment().printResult("sink", "interrupted");
  }
}
