// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that a handler leaves over, a pause, and back-pressure: nothing is lost, and all comes when it should. */
class LeftoverTest {
  private final TwoStacks net = new TwoStacks();

  /** Speaks only when the test does. */
  private static class Silent implements TcpHandler<Void> {
    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {}
  }

  /** Leaves over as much as the test says. */
  private static final class Leaving extends Silent {
    int leave = Integer.MAX_VALUE;

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return Math.min(leave, length);
    }
  }

  private final Leaving leaving = new Leaving();
  private final Watched<Void> serverSide = new Watched<>(leaving);
  private TcpServer<Void> server;

  private TcpConnection<Void> connect(TcpSettings serverSettings, TcpHandler<Void> handler) {
    server = net.server(serverSettings, handler);
    TcpConnection<Void> c = net.client(new Silent()).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    return c;
  }

  private TcpConnection<Void> connect() {
    return connect(TcpSettings.defaults(), serverSide);
  }

  private TcpConnection<Void> accepted() {
    List<TcpConnection<Void>> all = new ArrayList<>();
    server.forEach(all::add);
    return all.get(0);
  }

  @Test
  void oldAndNewBytesAreShownInOnePiece() {
    TcpConnection<Void> c = connect();
    for (String piece : List.of("ab", "cde", "f")) {
      send(c, piece);
      net.runFor(MS);
    }
    assertEquals(List.of("established", "data ab", "data abcde", "data abcdef"), serverSide.events);
  }

  @Test
  void onlyTheEndIsLeftOver() {
    TcpConnection<Void> c = connect();
    leaving.leave = 1;
    send(c, "abc");
    net.runFor(MS);
    send(c, "de");
    net.runFor(MS);
    assertEquals(List.of("established", "data abc", "data cde"), serverSide.events);
    assertEquals("abcd", serverSide.only().received.toString());
  }

  @Test
  void resumeShowsThemAgainOnce() {
    TcpConnection<Void> c = connect();
    send(c, "abc");
    net.runFor(MS);
    accepted().resume();
    assertEquals(List.of("established", "data abc"), serverSide.events, "nothing outside poll");
    net.runFor(SECOND);
    assertEquals(List.of("established", "data abc", "data abc"), serverSide.events);
  }

  @Test
  void resumeWithNothingLeftOverShowsNothing() {
    TcpConnection<Void> c = connect();
    leaving.leave = 0;
    send(c, "abc");
    net.runFor(MS);
    accepted().resume();
    net.runFor(MS);
    assertEquals(List.of("established", "data abc"), serverSide.events);
  }

  @Test
  void finComesWithWhatIsLeftOverForGood() {
    TcpConnection<Void> c = connect();
    send(c, "abc");
    c.sendFin();
    net.runFor(MS);
    assertEquals(List.of("established", "data abc", "fin abc"), serverSide.events);
    accepted().sendFin();
    net.runUntil(serverSide::anyEnded);
    net.assertNothingHeld();
  }

  @Test
  void pauseHoldsDataAndFinBack() {
    TcpConnection<Void> c = connect();
    accepted().pause();
    send(c, "abc");
    net.runFor(MS);
    send(c, "def");
    c.sendFin();
    net.runFor(SECOND);
    assertEquals(List.of("established"), serverSide.events);
    leaving.leave = 0;
    accepted().resume();
    net.runFor(MS);
    assertEquals(List.of("established", "data abcdef", "fin"), serverSide.events);
  }

  @Test
  void pauseInsideOnConnectionEstablishedHoldsTheFirstBytesBack() {
    Watched<Void> pausing = new Watched<>(new Silent() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        c.pause();
      }
    });
    server = net.server(pausing);
    TcpConnection<Void> c = net.client(new Silent()).connect(SERVER, null);
    send(c, "early");
    net.runFor(SECOND);
    assertEquals(List.of("established"), pausing.events);
    accepted().resume();
    net.runFor(MS);
    assertEquals(List.of("established", "data early"), pausing.events);
  }

  @Test
  void pauseInsideOnDataHoldsTheRestBack() {
    Watched<Void> pausing = new Watched<>(new Silent() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        c.pause();
        return length - 1;
      }
    });
    TcpConnection<Void> c = connect(TcpSettings.defaults(), pausing);
    send(c, "abc");
    c.sendFin();
    net.runFor(SECOND);
    assertEquals(List.of("established", "data abc"), pausing.events);
    accepted().resume();
    net.runFor(MS);
    assertEquals(List.of("established", "data abc", "data bc"), pausing.events);
    accepted().resume();
    net.runFor(MS);
    accepted().resume();
    net.runFor(MS);
    assertEquals(List.of("established", "data abc", "data bc", "data c", "fin"), pausing.events);
  }

  @Test
  void aResetEndsAPausedConnection() {
    TcpConnection<Void> c = connect();
    accepted().pause();
    send(c, "abc");
    net.runFor(MS);
    c.abort();
    net.runFor(MS);
    assertEquals(List.of("established", "closed RESET"), serverSide.events);
    net.assertNothingHeld();
  }

  /** The peer is through, TCP is through; but the user has not read all. */
  @Test
  void aPausedConnectionEndsWhenItsUserHasHeardItAll() {
    TcpConnection<Void> c = connect();
    TcpConnection<Void> s = accepted();
    s.pause();
    send(c, "last words");
    c.sendFin();
    s.sendFin();
    net.runFor(100 * SECOND);
    assertEquals(List.of("established"), serverSide.events);
    assertEquals(1, server.connectionCount());
    leaving.leave = 0;
    s.resume();
    net.runFor(MS);
    assertEquals(
        List.of("established", "data last words", "fin", "closed CLOSED"), serverSide.events);
    net.assertNothingHeld();
  }

  @Test
  void theTimersOfAPausedConnectionRunUntilItsEnd() {
    Watched<Void> pausing = new Watched<>(new Silent() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        c.pause();
        c.setUserTimer(0, 5 * SECOND);
      }

      @Override
      public void onUserTimeout(TcpConnection<Void> c, int timerId) {
        if (timerId == 0) {
          c.setUserTimer(1, SECOND);
        } else {
          c.resume();
        }
      }
    });
    TcpConnection<Void> c = connect(TcpSettings.defaults(), pausing);
    accepted().sendFin();
    send(c, "last words");
    c.sendFin();
    net.runUntil(pausing::anyEnded, 7 * SECOND);
    assertEquals(
        List.of("established", "timer 0", "timer 1", "data last words", "fin", "closed CLOSED"),
        pausing.events);
  }

  @Test
  void aPauseAfterTheLastByteDoesNotHoldTheEndBack() {
    Watched<Void> pausing = new Watched<>(new Silent() {
      @Override
      public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        c.pause();
        c.sendFin();
      }
    });
    TcpConnection<Void> c = connect(TcpSettings.defaults(), pausing);
    c.sendFin();
    net.runFor(SECOND);
    assertEquals(List.of("established", "fin", "closed CLOSED"), pausing.events);
  }

  /** MEM-09: the window closes over what is left over, and opens when it is taken. */
  @Test
  void theWindowClosesAndReopens() {
    TcpSettings small = TcpSettings.defaults().withReceiveBufferBytes(8 << 10);
    leaving.leave = Integer.MAX_VALUE;
    Watched<Void> watched = new Watched<>(leaving);
    TcpConnection<Void> c = connect(small, watched);
    byte[] all = new byte[60_000];
    new SplittableRandom(5).nextBytes(all);
    assertEquals(all.length, c.send(ByteBuffer.wrap(all), 0, all.length));
    net.runFor(10 * SECOND);
    assertTrue(c.sendable() < 16_000, "the peer's window is closed");
    leaving.leave = 0;
    accepted().resume();
    net.runFor(10 * SECOND);
    assertEquals(64 << 10, c.sendable(), "all is acknowledged");
    assertArrayEquals(
        all,
        watched.only().received.toString().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  /** TcpSettings.receiveBufferBytes: the longest message ever shown whole. */
  @ParameterizedTest
  @CsvSource({
    "4096, 4096",
    "65536, 65536",
    "65536, 65535",
    "100000, 100000",
    "1048576, 1048576",
    "1048576, 1048575",
    "1000001, 1000001",
    "1000003, 1000002"
  })
  void aMessageAsLongAsTheReceiveBufferIsShownWhole(int bufferBytes, int messageBytes) {
    List<Integer> whole = new ArrayList<>();
    TcpSettings settings = TcpSettings.defaults().withReceiveBufferBytes(bufferBytes);
    server = net.server(settings, new Silent() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        assertTrue(length <= bufferBytes);
        if (length < messageBytes) {
          return length;
        }
        whole.add(length);
        return length - messageBytes;
      }
    });
    TcpSettings sending = TcpSettings.defaults().withSendBufferBytes(4 << 20);
    TcpConnection<Void> c = net.client(sending, new Silent()).connect(SERVER, null);
    assertTrue(c.claim(3 * messageBytes) >= 0);
    c.commit(3 * messageBytes);
    net.runUntil(() -> whole.size() == 3, 20 * SECOND);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 1459, 1460, 1461, 4095, 30_000, 60_000})
  void everyAmountMayBeLeftOver(int leftover) {
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    server = net.server(new Silent() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        int take = Math.max(0, length - leftover);
        byte[] bytes = new byte[take];
        memory.get(offset, bytes);
        taken.writeBytes(bytes);
        return length - take;
      }

      @Override
      public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        byte[] bytes = new byte[length];
        memory.get(offset, bytes);
        taken.writeBytes(bytes);
        c.sendFin();
      }
    });
    byte[] all = new byte[300_000];
    new SplittableRandom(leftover).nextBytes(all);
    Pump pump = new Pump(all);
    net.client(pump).connect(SERVER, null);
    net.runUntil(() -> pump.end != null);
    assertArrayEquals(all, taken.toByteArray());
    net.assertNothingHeld();
  }

  /** A length byte, then as many bytes. */
  private static final class Messages extends Silent {
    final List<String> messages = new ArrayList<>();

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      int at = offset;
      int end = offset + length;
      while (end - at >= 1 && end - at >= 1 + memory.get(at)) {
        messages.add(Watched.text(memory, at + 1, memory.get(at)));
        at += 1 + memory.get(at);
      }
      return end - at;
    }
  }

  @Test
  void messagesMayBeSplitAtEveryByte() {
    String stream = "\5hello\0\1!\3abc\4wxyz";
    List<String> expected = List.of("hello", "", "!", "abc", "wxyz");
    Messages messages = new Messages();
    server = net.server(messages);
    TcpClient<Void> client = net.client(new Silent());
    for (int first = 0; first <= stream.length(); first++) {
      for (int second = first; second <= stream.length(); second++) {
        messages.messages.clear();
        TcpConnection<Void> c = client.connect(SERVER, null);
        net.runFor(MS);
        for (String piece : List.of(
            stream.substring(0, first),
            stream.substring(first, second),
            stream.substring(second))) {
          send(c, piece);
          net.runFor(MS);
        }
        assertEquals(expected, messages.messages, "split at " + first + " and " + second);
        c.abort();
        net.runFor(MS);
      }
    }
  }

  /** Sends what it is given, as far as it is taken, then finishes. */
  static final class Pump implements TcpHandler<Void> {
    private final ByteBuffer source;
    final ByteArrayOutputStream back = new ByteArrayOutputStream();
    CloseReason end;
    private boolean finSent;

    Pump(byte[] bytes) {
      source = ByteBuffer.wrap(bytes);
    }

    private void pump(TcpConnection<Void> c) {
      if (finSent) {
        return;
      }
      int taken = c.send(source, source.position(), source.remaining());
      source.position(source.position() + taken);
      if (!source.hasRemaining()) {
        finSent = true;
        c.sendFin();
      }
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      pump(c);
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      pump(c);
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      byte[] bytes = new byte[length];
      memory.get(offset, bytes);
      back.writeBytes(bytes);
      return 0;
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      end = reason;
    }
  }

  /**
   * The peer sends all, finishes, and reads slowly: an echo with small buffers has bytes left over and refused again and again, and the FIN
   * waits for all of them.
   */
  @ParameterizedTest
  @CsvSource({"4096, 65536", "65536, 4096", "4096, 4096", "5000, 7000"})
  void theEchoOfAFinishedStreamLosesNothing(int sendBytes, int receiveBytes) {
    TcpSettings small =
        TcpSettings.defaults().withSendBufferBytes(sendBytes).withReceiveBufferBytes(receiveBytes);
    Watched<Void> echo = new Watched<>(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return length - c.send(memory, offset, length);
      }
    });
    server = net.server(small, echo);
    byte[] all = new byte[200_000];
    new SplittableRandom(sendBytes).nextBytes(all);
    Pump pump = new Pump(all);
    TcpSettings large = TcpSettings.defaults().withSendBufferBytes(1 << 20);
    net.client(large, pump).connect(SERVER, null);
    net.runUntil(() -> pump.end != null && echo.anyEnded());

    assertEquals(CloseReason.CLOSED, pump.end);
    assertArrayEquals(all, pump.back.toByteArray());
    assertEquals("fin", echo.events.get(echo.events.size() - 2), "nothing left over");
    net.assertNothingHeld();
  }

  /** Eight requests in one piece, then FIN; each answer is larger than the send buffer. */
  @Test
  void aPipelinedHalfClosedClientGetsAllItsAnswers() {
    byte[] answer = new byte[10_000];
    new SplittableRandom(8).nextBytes(answer);
    Watched<Void> answering = new Watched<>(new TcpHandler<>() {
      int sent;

      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        for (int i = 0; i < length; i++) {
          sent += c.send(ByteBuffer.wrap(answer), sent, answer.length - sent);
          if (sent < answer.length) {
            return length - i;
          }
          sent = 0;
        }
        return 0;
      }
    });
    server = net.server(TcpSettings.defaults().withSendBufferBytes(4096), answering);
    Pump pump = new Pump("GGGGGGGG".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    net.client(pump).connect(SERVER, null);
    net.runUntil(() -> pump.end != null);
    assertEquals(80_000, pump.back.size());
    assertEquals(CloseReason.CLOSED, pump.end);
  }

  /** Whoever finishes although a send came up short cannot be told of more room, and need not wait for it. */
  @Test
  void sendFinAfterAShortSendLetsTheFinThrough() {
    Watched<Void> finishing = new Watched<>(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        if (c.sendable() > 0) {
          c.send(ByteBuffer.allocate(10_000), 0, 10_000);
          c.sendFin();
        }
        return length;
      }

      @Override
      public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {}
    });
    TcpConnection<Void> c = connect(TcpSettings.defaults().withSendBufferBytes(4096), finishing);
    send(c, "abc");
    c.sendFin();
    net.runFor(SECOND);
    assertFalse(finishing.events.contains("moreSendable"), finishing.events::toString);
    assertEquals(List.of("established", "data abc", "fin abc", "closed CLOSED"), finishing.events);
  }

  @Test
  void leftoversAreShownRightAfterOnMoreSendable() {
    Watched<Void> echo = new Watched<>(new Silent() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return c.send(ByteBuffer.allocate(9_000), 0, 9_000) == 9_000 ? 0 : length;
      }
    });
    TcpConnection<Void> c = connect(TcpSettings.defaults().withSendBufferBytes(8_000), echo);
    send(c, "abc");
    net.runFor(3 * MS);
    List<String> expected = new ArrayList<>(List.of("established", "data abc"));
    while (expected.size() < echo.events.size()) {
      expected.add("moreSendable");
      expected.add("data abc");
    }
    assertEquals(expected, echo.events);
    assertTrue(expected.size() > 4);
    assertEquals(0, c.send(bytes(""), 0, 0));
  }
}
