// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** send and its kin as their users see them. */
class SendingTest {
  private static final int BUFFER = 8_192;
  private static final TcpSettings SMALL = TcpSettings.defaults().withSendBufferBytes(BUFFER);

  /** One frame per turn, so that the server does not acknowledge several at once. */
  private final TwoStacks net = new TwoStacks(settings -> settings.withFramesPerPoll(1));

  private final Watched<Void> clientSide = new Watched<>();
  private final Watched<Void> serverSide = new Watched<>();
  private TcpServer<Void> server;

  private TcpConnection<Void> connect(TcpHandler<Void> handler) {
    server = net.server(serverSide);
    TcpConnection<Void> c = net.client(SMALL, handler).connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    // Until ARP is through on both sides.
    net.runFor(MS);
    return c;
  }

  private TcpConnection<Void> connect() {
    return connect(clientSide);
  }

  private static ByteBuffer random(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  @Test
  void whatIsSentWhileConnectingIsQueued() {
    server = net.server(serverSide);
    TcpConnection<Void> c = net.client(clientSide).connect(SERVER, null);
    assertEquals(64 << 10, c.sendable());
    assertEquals(0, c.immediatelySendable());
    send(c, "first, ");
    send(c, "second");
    c.sendFin();
    assertEquals(0, c.sendable());
    net.runUntil(serverSide::anyEnded);
    assertEquals(
        List.of("established", "data first, second", "fin", "closed CLOSED"), serverSide.events);
  }

  @Test
  void whatDoesNotFitWhileConnectingComesShort() {
    server = net.server(serverSide);
    TcpConnection<Void> c = net.client(SMALL, clientSide).connect(SERVER, null);
    assertEquals(BUFFER, c.send(random(10_000, 1), 0, 10_000));
    assertEquals(0, c.send(bytes("x"), 0, 1));
    net.runFor(MS);
    assertEquals(List.of("established", "moreSendable"), clientSide.events);
  }

  @Test
  void aRangeAnywhereInTheSourceIsSentWhateverItsPosition() {
    TcpConnection<Void> c = connect();
    ByteBuffer heap = bytes("0123456789");
    ByteBuffer direct = ByteBuffer.allocateDirect(10).put(bytes("abcdefghij"));
    heap.position(9);
    assertEquals(3, c.send(heap, 2, 3));
    assertEquals(4, c.send(direct, 6, 4));
    assertEquals(0, c.send(direct, 10, 0));
    ByteBuffer slice = bytes("....slice").position(4).slice();
    assertEquals(5, c.send(slice, 0, 5));
    assertEquals(2, c.send(bytes("rw").asReadOnlyBuffer(), 0, 2));
    net.runFor(MS);
    assertEquals("234ghijslicerw", serverSide.only().received.toString());
    assertEquals(9, heap.position());
    assertEquals(10, direct.position());
  }

  // SD-15
  @Test
  void aRangeBeyondTheLimitIsRefused() {
    TcpConnection<Void> c = connect();
    ByteBuffer source = ByteBuffer.allocate(10).limit(8);
    int[][] wrong = {
      {0, 9},
      {8, 1},
      {9, 0},
      {-1, 2},
      {0, -1},
      {7, Integer.MAX_VALUE},
      {Integer.MAX_VALUE, 1},
      {Integer.MIN_VALUE, 1}
    };
    for (int[] range : wrong) {
      var e =
          assertThrows(IllegalArgumentException.class, () -> c.send(source, range[0], range[1]));
      assertTrue(e.getMessage().contains("offset " + range[0]), e.getMessage());
      assertTrue(e.getMessage().contains("length " + range[1]), e.getMessage());
      assertTrue(e.getMessage().contains("limit 8"), e.getMessage());
    }
    assertEquals(8, c.send(source, 0, 8));
    net.runFor(MS);
    assertEquals(8, serverSide.only().received.length());
  }

  // APP-07
  @Test
  void afterSendFinNothingMoreIsTaken() {
    TcpConnection<Void> c = connect();
    send(c, "last");
    c.sendFin();
    c.sendFin();
    assertEquals(0, c.sendable());
    assertEquals(0, c.immediatelySendable());
    var e = assertThrows(IllegalStateException.class, () -> c.send(bytes("x"), 0, 1));
    assertTrue(e.getMessage().contains("FIN"), e.getMessage());
    net.runUntil(serverSide::anyEnded);
    assertEquals(List.of("established", "data last", "fin", "closed CLOSED"), serverSide.events);
  }

  @Test
  void sendableIsWhatSendTakes() {
    TcpConnection<Void> c = connect();
    net.wire.linkUp(false);
    SplittableRandom random = new SplittableRandom(3);
    while (c.sendable() > 0) {
      int before = c.sendable();
      int length = 1 + random.nextInt(3_000);
      int taken = c.send(ByteBuffer.allocate(length), 0, length);
      assertEquals(Math.min(before, length), taken);
      assertEquals(before - taken, c.sendable());
    }
  }

  @Test
  void immediatelySendableIsWhatLeavesAtOnce() {
    TcpConnection<Void> c = connect();
    int now = c.immediatelySendable();
    assertEquals(BUFFER, now, "less than the initial window of ten segments");
    c.send(random(5_000, 1), 0, 5_000);
    assertEquals(BUFFER - 5_000, c.immediatelySendable());
    net.runFor(SECOND);
    assertEquals(BUFFER, c.immediatelySendable());
  }

  @Test
  void whatIsSentOutsideLeavesBeforeTheCallReturns() {
    TcpConnection<Void> c = connect();
    net.runFor(SECOND);
    long before = net.left.counter(Counter.FRAMES_SENT);
    send(c, "now");
    assertEquals(before + 1, net.left.counter(Counter.FRAMES_SENT));
    c.sendFin();
    assertEquals(before + 2, net.left.counter(Counter.FRAMES_SENT));
  }

  @Test
  void whatIsSentInsideACallbackSharesSegmentsWithTheAck() {
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        send(c, "three ");
        send(c, "small ");
        send(c, "pieces");
        return 0;
      }
    });
    TcpConnection<Void> c = net.client(clientSide).connect(SERVER, null);
    net.runFor(SECOND);
    long before = net.right.counter(Counter.SEGMENTS_SENT);
    send(c, "question");
    net.runFor(5 * MS);
    assertEquals(before + 1, net.right.counter(Counter.SEGMENTS_SENT));
    assertEquals("three small pieces", clientSide.only().received.toString());
  }

  @Test
  void flushInsideACallbackSendsAtOnce() {
    List<Long> sent = new ArrayList<>();
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        send(c, "one");
        sent.add(net.right.counter(Counter.SEGMENTS_SENT));
        c.flush();
        sent.add(net.right.counter(Counter.SEGMENTS_SENT));
        send(c, "two");
        return 0;
      }
    });
    TcpConnection<Void> c = net.client(clientSide).connect(SERVER, null);
    net.runFor(SECOND);
    send(c, "question");
    net.runFor(5 * MS);
    assertEquals(1, sent.get(1) - sent.get(0));
    assertTrue(clientSide.events.contains("data one"), clientSide.events::toString);
    assertEquals("onetwo", clientSide.only().received.toString());
  }

  /** The segment that flush sends cannot acknowledge bytes that are still being shown. */
  @Test
  void whatIsShownDuringAFlushIsAcknowledgedAllTheSame() {
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        send(c, "one");
        c.flush();
        return 0;
      }
    });
    TcpConnection<Void> c = net.client(clientSide).connect(SERVER, null);
    net.runFor(SECOND);
    send(c, "question");
    net.runFor(10 * SECOND);
    assertEquals(0, net.left.counter(Counter.SEGMENTS_RETRANSMITTED));
    assertEquals(64 << 10, c.sendable());
  }

  /** What was refused fits, or half the buffer is free, if that is less. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 1_460, BUFFER / 2 - 1, BUFFER / 2, BUFFER / 2 + 1, 100_000})
  void onMoreSendableComesOnceAndWhenWhatWasRefusedFits(int refused) {
    List<Integer> room = new ArrayList<>();
    Watched<Void> watched = new Watched<>(new TcpHandler<>() {
      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        room.add(c.sendable());
      }
    });
    TcpConnection<Void> c = connect(watched);
    assertEquals(BUFFER, c.send(random(BUFFER + refused, 4), 0, BUFFER + refused));
    assertEquals(List.of("established"), watched.events);
    net.runFor(10 * SECOND);
    assertEquals(List.of("established", "moreSendable"), watched.events);
    int needed = Math.min(refused, BUFFER / 2);
    assertTrue(room.get(0) >= needed, () -> room + " for " + needed);
    assertTrue(room.get(0) < needed + 2 * 1_460, () -> room + " late for " + needed);
    assertEquals(BUFFER, c.sendable());
  }

  @Test
  void aSendThatIsTakenWholeBringsNoOnMoreSendable() {
    TcpConnection<Void> c = connect();
    for (int i = 0; i < 100; i++) {
      assertEquals(BUFFER, c.send(random(BUFFER, i), 0, BUFFER));
      net.runFor(SECOND);
    }
    assertEquals(List.of("established"), clientSide.events);
  }

  /** Room was found, but before its news was told somebody else filled it up again. */
  @Test
  void onMoreSendableIsNotToldWhenTheRoomIsGoneAgain() {
    Watched<Void> watched = new Watched<>();
    TcpConnection<Void> c = connect(watched);
    net.wire.linkUp(false);
    c.send(random(BUFFER + 1, 4), 0, BUFFER + 1);
    net.wire.linkUp(true);
    int rounds = 0;
    while (watched.events.size() < 2 && rounds++ < 1_000) {
      net.clock.advance(10 * MS);
      net.right.poll();
      net.clock.advance(MS);
      net.left.poll();
    }
    assertEquals(List.of("established", "moreSendable"), watched.events);
    assertTrue(c.sendable() >= 1);
  }

  @Test
  void aBulkTransferThroughASmallBufferArrivesExactly() {
    byte[] all = random(500_000, 9).array();
    LeftoverTest.Pump pump = new LeftoverTest.Pump(all);
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return length - c.send(memory, offset, length);
      }
    });
    net.client(SMALL, pump).connect(SERVER, null);
    net.runUntil(() -> pump.end != null);
    assertArrayEquals(all, pump.back.toByteArray());
  }

  /** CAP-09: one connection that asks for ever does not starve another. */
  @Test
  void connectionsTakeTurns() {
    int[] received = new int[2];
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        received[(int) (c.id() & 1)] += length;
        return 0;
      }
    });
    TcpHandler<Void> endless = new TcpHandler<>() {
      private final ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 20);

      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        c.send(bytes, 0, bytes.limit());
      }

      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        c.send(bytes, 0, bytes.limit());
      }
    };
    TcpClient<Void> client = net.client(endless);
    client.connect(SERVER, null);
    client.connect(SERVER, null);
    net.runUntil(() -> Math.max(received[0], received[1]) > 20_000_000, 1_000 * SECOND);
    assertTrue(
        Math.min(received[0], received[1]) > 5_000_000, () -> received[0] + " and " + received[1]);
    assertEquals(Collections.emptyList(), clientSide.events);
  }
}
