// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Sends as fast as the peer takes it, for a number of bytes or a time, then finishes and waits until the peer does. What it counts is
 * what the peer has acknowledged.
 */
final class BulkSender implements ClientProgram {
  /** More than fits on most paths: 4 MiB are 100 Mbit/s for a third of a second. */
  static final int BUFFER_BYTES = 4 << 20;

  private static final int BLOCK_BYTES = 64 << 10;
  private static final int LINE = 0;
  private static final int END = 1;

  private final long mostBytes;
  private final long longestNs;
  private final Throughput throughput;
  private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
  private Throughput.Stream stream;
  private int capacity;
  private long given;
  private boolean finished;
  private boolean peerFinishedFirst;
  private CloseReason end;

  /** Whatever comes first ends it: the bytes, or the time since the connection was there. */
  BulkSender(long mostBytes, long longestNs, Throughput throughput) {
    this.mostBytes = mostBytes;
    this.longestNs = longestNs;
    this.throughput = throughput;
    PatternBytes.fill(block, 0, BLOCK_BYTES, 0);
  }

  /** The settings of its connection. */
  static TcpSettings settings(TcpSettings settings) {
    return settings.withSendBufferBytes(BUFFER_BYTES).withReceiveBufferBytes(BUFFER_BYTES);
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Void> connection) {
    stream = throughput.stream(connection);
    capacity = connection.sendable(); // nothing is in it yet
    connection.setUserTimer(END, longestNs);
    if (throughput.live()) {
      connection.setUserTimer(LINE, Throughput.LINE_NS);
    }
    send(connection);
  }

  @Override
  public void onMoreSendable(TcpConnection<Void> connection) {
    send(connection);
  }

  private void send(TcpConnection<Void> connection) {
    boolean taken = true;
    while (taken && !finished) {
      int offset = (int) (given % BLOCK_BYTES);
      int length = (int) Math.min(BLOCK_BYTES - offset, mostBytes - given);
      int sent = connection.send(block, offset, length);
      given += sent;
      taken = sent == length; // if not, onMoreSendable follows
      if (given == mostBytes) {
        finish(connection);
      }
    }
  }

  private void finish(TcpConnection<Void> connection) {
    if (!finished) {
      count(connection);
      finished = true;
      connection.sendFin();
    }
  }

  @Override
  public void onUserTimeout(TcpConnection<Void> connection, int timerId) {
    if (timerId == END) {
      finish(connection);
    } else {
      count(connection);
      stream.printLine();
      connection.setUserTimer(LINE, Throughput.LINE_NS);
    }
  }

  /** After sendFin nobody says any more what is acknowledged, until all is. */
  private void count(TcpConnection<Void> connection) {
    if (stream != null && !finished) {
      stream.arrived(given - (capacity - connection.sendable()));
    }
  }

  @Override
  public void onTurn(TcpConnection<Void> connection) {
    count(connection);
  }

  @Override
  public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    peerFinishedFirst = !finished;
    finish(connection);
  }

  @Override
  public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
    end = reason;
    if (stream != null) {
      if (reason == CloseReason.CLOSED) {
        stream.arrived(given);
        stream.finished();
      }
      stream.printResult("send", reason.name().toLowerCase(Locale.ROOT));
    }
  }

  @Override
  public CloseReason end() {
    return end;
  }

  @Override
  public void finish(PrintWriter out) throws Refusal {
    if (stream != null) {
      stream.printResult("send", "interrupted"); // if it has not ended
    }
    if (peerFinishedFirst) {
      throw new Refusal("the peer finished after " + given + " bytes, before all was sent");
    }
  }
}
