// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.TcpConnection;
import io.vireo.api.CloseReason;
import java.nio.ByteBuffer;

/** What the user knows of one of his connections, and what he may expect of it. */
final class User {
  /** Byte i is (byte) i: any offset modulo 256 begins a pattern that goes on for 64 KiB. */
  private static final ByteBuffer PATTERN = pattern();

  private final long id;
  final TcpConnection<User> connection;
  CloseReason reason;
  boolean established;
  boolean over;
  boolean finSent;
  boolean finTold;

  /** Bytes sent: each is the low byte of its position in the stream. */
  private int sent;

  /** Bytes consumed. */
  int received;

  private int toSend;
  private boolean finishes;
  private boolean started;
  private byte next;

  User(TcpConnection<User> connection) {
    this.connection = connection;
    id = connection.id();
  }

  /** Whether somebody else has the connection by now: then it is no longer to be touched. */
  private boolean stale() {
    return connection.id() != id;
  }

  private static ByteBuffer pattern() {
    ByteBuffer buffer = ByteBuffer.allocateDirect((64 << 10) + 256);
    for (int i = 0; i < buffer.capacity(); i++) {
      buffer.put(i, (byte) i);
    }
    return buffer;
  }

  int unsent() {
    return toSend;
  }

  int sent() {
    return sent;
  }

  /** Sends so many bytes as room comes up, and then perhaps the FIN. */
  void offers(int bytes, boolean finishes) {
    toSend = bytes;
    this.finishes = finishes;
    goOn();
  }

  /** Sends what fits now of what was offered. */
  void goOn() {
    while (toSend > 0 && !over) {
      int before = sent;
      send(Math.min(toSend, 10_000));
      toSend -= sent - before;
      if (sent == before) {
        return;
      }
    }
    if (finishes && !finSent && !over) {
      sendFin();
    }
  }

  void send(int length) {
    int taken;
    if (stale()) {
      return;
    }
    try {
      taken = connection.send(PATTERN, sent & 0xFF, Math.min(length, 64 << 10));
    } catch (IllegalStateException e) {
      Oracle.require(finSent || over, "send refused: " + e.getMessage());
      return;
    }
    Oracle.require(!finSent && !over, "sends after the end");
    Oracle.require(taken >= 0 && taken <= length, "send takes more than it was given");
    sent += taken;
  }

  /** Runs a command that a connection must take while it is not over. */
  void command(Runnable command) {
    if (stale()) {
      return;
    }
    try {
      command.run();
    } catch (IllegalStateException e) {
      Oracle.require(over, "a command refused: " + e.getMessage());
      return;
    }
    Oracle.require(!over, "takes commands after the end");
  }

  void sendFin() {
    command(connection::sendFin);
    finSent |= !over;
  }

  /** The user is shown these bytes. If the peer's payload counts, nothing may be missing, and nothing come twice. */
  void onShown(ByteBuffer memory, int offset, int length, boolean patterned) {
    Oracle.require(established && !over && !finTold, "data out of its order");
    Oracle.require(
        memory.position() == offset && memory.limit() == offset + length, "a view of other bytes");
    if (!started && length > 0) {
      started = true;
      next = memory.get(offset);
    }
    byte expected = next;
    for (int at = offset; at < offset + length; at++) {
      byte octet = memory.get(at);
      Oracle.require(!patterned || octet == expected, "bytes are missing, or come twice");
      expected++;
    }
  }

  void onConsumed(int length) {
    next += (byte) length;
    received += length;
  }
}
