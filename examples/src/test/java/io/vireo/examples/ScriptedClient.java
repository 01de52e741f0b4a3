// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.api.CloseReason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** A client that does as a test tells it, one step after the other. */
final class ScriptedClient implements TcpHandler<Void> {
  private final MemoryNetwork network;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private TcpConnection<Void> connection;
  private byte[] sending = {};
  private int sent;
  private boolean finAfterSending;
  private boolean reading = true;
  private boolean finReceived;
  private CloseReason end;

  ScriptedClient(MemoryNetwork network) {
    this.network = network;
  }

  // ---- What a test says

  boolean established() {
    return connection != null;
  }

  /** Sends this; what the windows do not allow yet goes on in the background. */
  ScriptedClient sends(String text) {
    return sends(text.getBytes(ISO_8859_1));
  }

  ScriptedClient sends(byte... bytes) {
    assertEquals(sending.length, sent, "the former bytes have not been sent yet");
    sending = bytes.clone();
    sent = 0;
    pump();
    return this;
  }

  /** Half-closes, behind everything sent. */
  ScriptedClient finishes() {
    finAfterSending = true;
    pump();
    return this;
  }

  void stopsReading() {
    reading = false;
    connection.pause();
  }

  void readsAgain() {
    reading = true;
    connection.resume();
  }

  void resets() {
    connection.abort();
  }

  /** Waits for exactly this, and that nothing else has come. */
  void receives(String text) {
    network.run(() -> received.size() >= text.length(), "\"" + text + "\", but: " + received);
    assertEquals(text, received.toString(ISO_8859_1));
    received.reset();
  }

  /** Waits for so many bytes. */
  byte[] receives(int bytes) {
    network.run(() -> received.size() >= bytes, bytes + " bytes");
    byte[] all = received.toByteArray();
    received.reset();
    assertEquals(bytes, all.length);
    return all;
  }

  /** Waits for the server's FIN. Returns how many bytes came before it. */
  int receivesAll() {
    network.run(() -> finReceived, "FIN");
    return received.size();
  }

  /** Waits for the server's FIN, and that nothing comes before it. */
  void receivesFin() {
    network.run(() -> finReceived, "FIN");
    assertEquals("", received.toString(ISO_8859_1));
  }

  /** Waits for the end of the connection, which has to be in order on both sides. */
  void ends() {
    endsWith(CloseReason.CLOSED);
    network.run(() -> network.server.connectionCount() == 0, "the server's end");
  }

  void endsWith(CloseReason reason) {
    network.run(() -> end != null, "the end");
    assertEquals(reason, end);
  }

  /** How much of what the test wanted sent the stack has taken. */
  int sent() {
    return sent;
  }

  // ---- What the stack says

  private void pump() {
    sent += connection.send(ByteBuffer.wrap(sending), sent, sending.length - sent);
    if (sent == sending.length && finAfterSending) {
      finAfterSending = false;
      connection.sendFin();
    }
  }

  @Override
  public void onConnectionEstablished(TcpConnection<Void> connection) {
    this.connection = connection;
  }

  @Override
  public void onMoreSendable(TcpConnection<Void> connection) {
    pump();
  }

  @Override
  public int onData(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    if (!reading) {
      return length;
    }
    byte[] bytes = new byte[length];
    memory.get(offset, bytes);
    received.writeBytes(bytes);
    return 0;
  }

  @Override
  public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {
    finReceived = true; // the test says when the client finishes
  }

  @Override
  public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
    end = reason;
  }
}
