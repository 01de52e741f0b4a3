// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.TcpSettings;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The memory that onData and onFin show: in the NIC's buffer, or left over in the stack's own. */
class MemoryViewTest {
  private final TwoStacks net = new TwoStacks();
  private TcpServer<Void> server;

  /** What the test does with a view; returns what is left over. */
  private interface Reader {
    int read(TcpConnection<Void> c, ByteBuffer memory, int offset, int length);
  }

  private TcpConnection<Void> connect(TcpSettings settings, Reader reader) {
    server = net.server(settings, new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return reader.read(c, memory, offset, length);
      }

      @Override
      public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        reader.read(c, memory, offset, length);
      }
    });
    TcpConnection<Void> c = net.client(new Watched<Void>()).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    return c;
  }

  private TcpConnection<Void> connect(Reader reader) {
    return connect(TcpSettings.defaults(), reader);
  }

  @Test
  void isDirectAndSetToTheRange() {
    List<String> seen = new ArrayList<>();
    TcpConnection<Void> c = connect((conn, memory, offset, length) -> {
      assertTrue(memory.isDirect());
      assertEquals(ByteOrder.BIG_ENDIAN, memory.order());
      assertEquals(offset, memory.position());
      assertEquals(length, memory.remaining());
      byte[] relative = new byte[length];
      memory.get(relative);
      assertThrows(BufferUnderflowException.class, memory::get);
      assertThrows(IndexOutOfBoundsException.class, () -> memory.get(offset + length));
      seen.add(new String(relative, java.nio.charset.StandardCharsets.ISO_8859_1));
      return length;
    });
    for (String piece : List.of("a", "bc", "def")) {
      send(c, piece);
      net.runFor(MS);
    }
    c.sendFin();
    net.runFor(MS);
    assertEquals(List.of("a", "abc", "abcdef", "abcdef"), seen);
  }

  @Test
  void littleEndianViewsDoNotDisturbTheStack() {
    List<Integer> seen = new ArrayList<>();
    TcpSettings settings = TcpSettings.defaults().withByteOrder(ByteOrder.LITTLE_ENDIAN);
    TcpConnection<Void> c = connect(settings, (conn, memory, offset, length) -> {
      if (length > 0) {
        seen.add(memory.getInt(offset));
      }
      return length == 4 ? 4 : 0;
    });
    send(c, "\1\2\3\4");
    net.runFor(MS);
    send(c, "\5\6\7\10");
    net.runFor(MS);
    c.sendFin();
    net.runFor(MS);
    assertEquals(List.of(0x04030201, 0x04030201), seen);
    assertEquals(0, net.right.counter(io.vireo.api.Counter.TCP_BAD_CHECKSUM));
  }

  /** What a user does to position, limit, mark and order is his own trouble. */
  @Test
  void abuseOfTheViewDoesNotDisturbTheStack() {
    List<String> seen = new ArrayList<>();
    TcpConnection<Void> c = connect((conn, memory, offset, length) -> {
      seen.add(Watched.text(memory, offset, length));
      memory.order(ByteOrder.LITTLE_ENDIAN);
      memory.clear();
      memory.position(3).mark();
      memory.limit(3);
      return length > 5 ? 0 : length;
    });
    for (int i = 0; i < 20; i++) {
      send(c, "abc");
      net.runFor(MS);
    }
    assertEquals(20, seen.size());
    for (int i = 0; i < 20; i += 2) {
      assertEquals("abc", seen.get(i));
      assertEquals("abcabc", seen.get(i + 1));
    }
    assertEquals(0, net.right.counter(io.vireo.api.Counter.TCP_BAD_CHECKSUM));
    assertEquals(0, net.right.counter(io.vireo.api.Counter.TCP_MALFORMED));
  }

  @Test
  void bytesShownMayBeChangedInPlace() {
    List<String> seen = new ArrayList<>();
    TcpConnection<Void> c = connect((conn, memory, offset, length) -> {
      seen.add(Watched.text(memory, offset, length));
      for (int i = 0; i < length; i++) {
        memory.put(offset + i, (byte) Character.toUpperCase(memory.get(offset + i)));
      }
      return length > 4 ? 0 : length;
    });
    send(c, "ab");
    net.runFor(MS);
    send(c, "cd");
    net.runFor(MS);
    send(c, "ef");
    net.runFor(MS);
    assertEquals(List.of("ab", "ABcd", "ABCDef"), seen);
  }

  @Test
  void staysGoodUntilReturnAlsoAfterAbort() {
    List<String> seen = new ArrayList<>();
    TcpConnection<Void> c = connect((conn, memory, offset, length) -> {
      if (length < 6) {
        return length;
      }
      conn.abort();
      // Memory that came free is overwritten where assertions are on.
      seen.add(Watched.text(memory, offset, length));
      return 3;
    });
    send(c, "abc");
    net.runFor(MS);
    send(c, "def");
    net.runFor(MS);
    assertEquals(List.of("abcdef"), seen);
    assertEquals(0, server.connectionCount());
    net.assertNothingHeld();
  }

  @Test
  void inTheFrameStaysGoodWhileItsBytesAreSentElsewhere() {
    TcpConnection<Void> c = connect((conn, memory, offset, length) -> {
      assertEquals(length, conn.send(memory, offset, length));
      conn.flush();
      assertEquals(length, conn.send(memory, offset, length));
      return 0;
    });
    StringBuilder back = new StringBuilder();
    net.client(new TcpHandler<Void>() {
          @Override
          public void onConnectionEstablished(TcpConnection<Void> c) {
            send(c, "twice");
          }

          @Override
          public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
            back.append(Watched.text(memory, offset, length));
            return 0;
          }
        })
        .connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals("twicetwice", back.toString());
    c.abort();
  }
}
