// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import io.vireo.TcpConnection;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/**
 * netcat: an input goes to the connection, what comes back to an output. The end of the input is a half-close; the program ends when
 * the peer has finished, too.
 *
 * <p>Input and output may block, and the thread of the stack may not: each has a thread of its own, which hands bytes over and wakes
 * the stack ({@link TcpStack#wakeup()} is made for it). While the output does not keep up, the connection is paused: the window closes,
 * and the peer waits.
 */
final class Netcat implements ClientProgram {
  private static final long LONGEST_WRITE_MS = 1_000;

  private final TcpStack stack;
  private final ReadableByteChannel input;
  private final WritableByteChannel output;
  private final ByteQueue received = new ByteQueue();
  private final ByteQueue toSend = new ByteQueue();
  private final Thread writer = new Thread(this::writeAll, "output");
  private ByteBuffer sending;
  private boolean sendShort;
  private boolean inputEnded;
  private boolean paused;
  private CloseReason end;
  private volatile String failure;

  Netcat(TcpStack stack, ReadableByteChannel input, WritableByteChannel output) {
    this.stack = stack;
    this.input = input;
    this.output = output;
    Thread reader = new Thread(this::readAll, "input");
    reader.setDaemon(true); // it may wait for a terminal for ever
    writer.setDaemon(true);
    reader.start();
    writer.start();
  }

  // ---- The thread of the stack

  @Override
  public void onTurn(TcpConnection<Void> connection) {
    if (failure != null) {
      connection.abort();
      return;
    }
    if (!sendShort) {
      sendAll(connection);
    }
    if (paused && received.hasEmpty()) {
      paused = false;
      connection.resume();
    }
  }

  @Override
  public void onMoreSendable(TcpConnection<Void> connection) {
    sendAll(connection);
  }

  private void sendAll(TcpConnection<Void> connection) {
    sendShort = false;
    while (!inputEnded && (sending != null || (sending = toSend.pollFull()) != null)) {
      if (!sending.hasRemaining()) {
        inputEnded = true;
        connection.sendFin();
        return;
      }
      int taken = connection.send(sending, sending.position(), sending.remaining());
      sending.position(sending.position() + taken);
      if (sending.hasRemaining()) {
        sendShort = true; // onMoreSendable follows
        return;
      }
      toSend.addEmpty(sending);
      sending = null;
    }
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    int taken = 0;
    while (taken < length) {
      ByteBuffer buffer = received.pollEmpty();
      if (buffer == null) {
        paused = true;
        connection.pause(); // so that onFin waits as well
        break;
      }
      int bytes = Math.min(buffer.remaining(), length - taken);
      buffer.put(0, memory, offset + taken, bytes).limit(bytes);
      received.addFull(buffer);
      taken += bytes;
    }
    return length - taken;
  }

  @Override
  public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    // The peer has finished. Our input may go on: no sendFin here.
  }

  @Override
  public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
    end = reason;
  }

  @Override
  public CloseReason end() {
    return end;
  }

  @Override
  public void finish(PrintWriter out) throws Refusal {
    received.addFull(ByteBuffer.allocate(0));
    try {
      // Without limit, unless the user has asked for the end: who reads the output may be slow.
      writer.join(end == null ? LONGEST_WRITE_MS : 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw new Refusal(failure);
    }
  }

  // ---- The threads of input and output

  private void readAll() {
    try {
      int bytes = 0;
      while (bytes >= 0) {
        ByteBuffer buffer = toSend.takeEmpty();
        bytes = input.read(buffer);
        toSend.addFull(buffer.flip());
        stack.wakeup();
      }
    } catch (IOException e) {
      fail("cannot read the input: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeAll() {
    try {
      ByteBuffer buffer = received.takeFull();
      while (buffer.hasRemaining()) {
        while (buffer.hasRemaining()) {
          output.write(buffer);
        }
        received.addEmpty(buffer);
        stack.wakeup();
        buffer = received.takeFull();
      }
    } catch (IOException e) {
      fail("cannot write the output: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void fail(String text) {
    failure = text;
    stack.wakeup();
  }
}
