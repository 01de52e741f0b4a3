// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Stands in front of a handler, writes down every event, and fails where one breaks the rules that hold for all: never nested, never outside
 * poll and close, in order, exactly one end, nothing after it.
 */
final class Watched<C> implements TcpHandler<C> {
  /** What became of one connection. */
  static final class Life {
    final List<String> events = new ArrayList<>();
    final StringBuilder received = new StringBuilder();
    boolean established;
    boolean fin;
    CloseReason end;
  }

  private static final StackWalker WALKER = StackWalker.getInstance();

  final List<String> events = new ArrayList<>();
  final Map<Long, Life> lives = new HashMap<>();
  final List<CloseReason> ends = new ArrayList<>();
  final List<RuntimeException> exceptions = new ArrayList<>();
  private final TcpHandler<C> handler;
  private boolean calling;

  Watched() {
    this(new TcpHandler<>() {});
  }

  Watched(TcpHandler<C> handler) {
    this.handler = handler;
  }

  /** The life of the only connection there was. */
  Life only() {
    assertEquals(1, lives.size(), "connections");
    return lives.values().iterator().next();
  }

  boolean anyEnded() {
    return !ends.isEmpty();
  }

  private Life life(TcpConnection<C> connection) {
    return lives.computeIfAbsent(connection.id(), id -> new Life());
  }

  private Life enter(TcpConnection<C> connection, String event) {
    enter();
    Life life = life(connection);
    assertNull(life.end, () -> event + " after the end of " + connection);
    life.events.add(event);
    events.add(event);
    return life;
  }

  private void enter() {
    assertFalse(calling, "callbacks never nest");
    calling = true;
    boolean inside = WALKER.walk(frames -> frames.anyMatch(Watched::isPollOrClose));
    assertTrue(inside, "callbacks run inside poll and close only");
  }

  private static boolean isPollOrClose(StackWalker.StackFrame frame) {
    return frame.getClassName().equals(TcpStack.class.getName())
        && (frame.getMethodName().equals("poll") || frame.getMethodName().equals("close"));
  }

  @Override
  public boolean allowNewConnection(TcpAddresses peer) {
    enter();
    try {
      return handler.allowNewConnection(peer);
    } finally {
      calling = false;
    }
  }

  @Override
  public void onConnectionEstablished(TcpConnection<C> connection) {
    Life life = enter(connection, "established");
    try {
      assertFalse(life.established, "established once");
      assertEquals(1, life.events.stream().filter(e -> !e.startsWith("timer")).count(), "first");
      life.established = true;
      handler.onConnectionEstablished(connection);
    } finally {
      calling = false;
    }
  }

  @Override
  public int onData(TcpConnection<C> connection, ByteBuffer memory, int offset, int length) {
    Life life = enter(connection, "data " + text(memory, offset, length));
    try {
      assertTrue(life.established && !life.fin, "data between established and fin");
      assertTrue(length > 0, "data is never empty");
      assertEquals(offset, memory.position(), "position");
      assertEquals(offset + length, memory.limit(), "limit");
      String text = text(memory, offset, length);
      int leftover = handler.onData(connection, memory, offset, length);
      if (leftover >= 0 && leftover <= length) {
        life.received.append(text, 0, length - leftover);
      }
      return leftover;
    } finally {
      calling = false;
    }
  }

  @Override
  public void onFin(TcpConnection<C> connection, ByteBuffer memory, int offset, int length) {
    Life life = enter(connection, ("fin " + text(memory, offset, length)).strip());
    try {
      assertTrue(life.established && !life.fin, "one fin, after established");
      life.fin = true;
      handler.onFin(connection, memory, offset, length);
    } finally {
      calling = false;
    }
  }

  @Override
  public void onMoreSendable(TcpConnection<C> connection) {
    Life life = enter(connection, "moreSendable");
    try {
      assertTrue(life.established, "onMoreSendable after established");
      handler.onMoreSendable(connection);
    } finally {
      calling = false;
    }
  }

  @Override
  public void onUserTimeout(TcpConnection<C> connection, int timerId) {
    enter(connection, "timer " + timerId);
    try {
      handler.onUserTimeout(connection, timerId);
    } finally {
      calling = false;
    }
  }

  @Override
  public void onTimer(int timerId) {
    enter();
    events.add("endpoint timer " + timerId);
    try {
      handler.onTimer(timerId);
    } finally {
      calling = false;
    }
  }

  @Override
  public void onConnectionClosed(TcpConnection<C> connection, CloseReason reason) {
    Life life = enter(connection, "closed " + reason);
    try {
      assertNotNull(reason);
      if (reason == CloseReason.CLOSED) {
        assertTrue(life.fin, "CLOSED comes after onFin");
      }
      handler.onConnectionClosed(connection, reason);
    } finally {
      life.end = reason;
      ends.add(reason);
      calling = false;
    }
  }

  /** Only written down: the default would print it. */
  @Override
  public void onException(TcpConnection<C> connection, RuntimeException exception) {
    assertFalse(calling, "onException is not called inside a callback");
    exceptions.add(exception);
  }

  static String text(ByteBuffer memory, int offset, int length) {
    byte[] bytes = new byte[length];
    memory.get(offset, bytes);
    return new String(bytes, ISO_8859_1);
  }

  static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
  }

  /** Sends a text from a connection; fails if not all of it is taken. */
  static void send(TcpConnection<?> connection, String text) {
    assertEquals(text.length(), connection.send(bytes(text), 0, text.length()));
  }
}
