// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** claim, sendMemory and commit as their users see them. */
class ClaimTest {
  private static final int BUFFER = 8_192;
  private static final TcpSettings SMALL = TcpSettings.defaults().withSendBufferBytes(BUFFER);

  private final TwoStacks net = new TwoStacks(settings -> settings.withFramesPerPoll(1));
  private final Watched<Void> serverSide = new Watched<>();
  private final Watched<Void> clientSide = new Watched<>();
  private TcpServer<Void> server;

  private TcpConnection<Void> connect(TcpSettings settings, TcpHandler<Void> handler) {
    if (server == null) {
      server = net.server(serverSide);
    }
    TcpConnection<Void> c = net.client(settings, handler).connect(SERVER, null);
    net.runFor(SECOND);
    return c;
  }

  private TcpConnection<Void> connect() {
    return connect(SMALL, clientSide);
  }

  /** Claims room for a text and writes it there. */
  private static void write(TcpConnection<?> c, String text) {
    assertTrue(c.claim(text.length()) >= 0);
    c.sendMemory().put(bytes(text));
  }

  private String received() {
    return serverSide.only().received.toString();
  }

  @Test
  void whatIsCommittedArrives() {
    TcpConnection<Void> c = connect();
    int offset = c.claim(5);
    c.sendMemory().put(offset, bytes("hello"), 0, 5);
    c.commit(5);
    write(c, ", claimed world");
    c.commit(", claimed".length());
    net.runFor(MS);
    assertEquals("hello, claimed", received());
  }

  @Test
  void aClaimSendsNothingAndACommitBeforeItReturns() {
    TcpConnection<Void> c = connect();
    long before = net.left.counter(Counter.FRAMES_SENT);
    write(c, "now");
    net.runFor(SECOND);
    assertEquals(before, net.left.counter(Counter.FRAMES_SENT));
    c.commit(3);
    assertEquals(before + 1, net.left.counter(Counter.FRAMES_SENT));
  }

  @Test
  void commitsOfACallbackShareASegment() {
    long[] before = new long[1];
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        before[0] = net.right.counter(Counter.SEGMENTS_SENT);
        write(c, "claimed ");
        c.commit(8);
        send(c, "and sent ");
        write(c, "and claimed");
        c.commit(11);
        assertEquals(before[0], net.right.counter(Counter.SEGMENTS_SENT));
        return 0;
      }
    });
    TcpConnection<Void> c = connect();
    send(c, "?");
    net.runFor(5 * MS);
    assertEquals(before[0] + 1, net.right.counter(Counter.SEGMENTS_SENT));
    assertEquals("claimed and sent and claimed", clientSide.only().received.toString());
  }

  @Test
  void zeroGivesTheClaimUp() {
    TcpConnection<Void> c = connect();
    write(c, "never");
    c.commit(0);
    assertEquals(BUFFER, c.sendable());
    net.assertNothingHeld();
    send(c, "instead");
    net.runFor(MS);
    assertEquals("instead", received());
  }

  @Test
  void sendMemoryIsDirectAndSetToTheClaim() {
    TcpConnection<Void> c = connect();
    send(c, "something before");
    int offset = c.claim(100);
    ByteBuffer memory = c.sendMemory();
    assertTrue(memory.isDirect() && !memory.isReadOnly());
    assertEquals(ByteOrder.BIG_ENDIAN, memory.order());
    assertEquals(offset, memory.position());
    assertEquals(100, memory.remaining());
    assertThrows(BufferOverflowException.class, () -> memory.put(new byte[101]));
    memory.put(new byte[100]);
    memory.clear();
    assertSame(memory, c.sendMemory());
    assertEquals(offset, memory.position());
    assertEquals(offset + 100, memory.limit());
    assertEquals(BUFFER - 100 - 16, c.sendable(), "what is claimed is not free");
    c.commit(0);
  }

  @Test
  void sendMemoryHasTheByteOrderOfTheSettings() {
    TcpConnection<Void> c =
        connect(SMALL.withByteOrder(ByteOrder.LITTLE_ENDIAN), new Watched<Void>());
    int offset = c.claim(8);
    assertEquals(ByteOrder.LITTLE_ENDIAN, c.sendMemory().order());
    c.sendMemory().putInt('A' | 'B' << 8 | 'C' << 16 | 'D' << 24);
    c.sendMemory().putInt(offset + 4, 'E' | 'F' << 8 | 'G' << 16 | 'H' << 24);
    c.commit(8);
    net.runFor(MS);
    assertEquals("ABCDEFGH", received());
    assertEquals(0, net.right.counter(Counter.TCP_BAD_CHECKSUM));
  }

  /** What a callback shows may lie in the same memory: it can be copied from one to the other all the same. */
  @Test
  void whatIsShownCanBeCopiedIntoAClaim() {
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        if (length < 6) {
          return length;
        }
        int at = c.claim(length);
        ByteBuffer claimed = c.sendMemory();
        assertNotSame(memory, claimed);
        claimed.put(memory);
        assertEquals(at + length, claimed.position());
        c.commit(length);
        return 0;
      }
    });
    TcpConnection<Void> c = connect();
    send(c, "abc");
    net.runFor(MS);
    send(c, "def");
    net.runFor(MS);
    assertEquals("abcdef", clientSide.only().received.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, BUFFER + 1, Integer.MAX_VALUE})
  void aClaimOutOfRangeIsRefused(int length) {
    TcpConnection<Void> c = connect();
    var e = assertThrows(IllegalArgumentException.class, () -> c.claim(length));
    assertTrue(e.getMessage().contains("" + length), e.getMessage());
    assertTrue(e.getMessage().contains("1 to " + BUFFER), e.getMessage());
    assertTrue(c.claim(BUFFER) >= 0, "the longest");
    c.commit(0);
  }

  @Test
  void aClaimThatTheMemoryCanNeverGiveIsRefused() {
    TwoStacks narrow = new TwoStacks(settings -> settings.withBufferMemoryBytes(64 << 10));
    narrow.server(new Watched<>());
    TcpSettings large = TcpSettings.defaults().withSendBufferBytes(64 << 10);
    Watched<Void> side = new Watched<>();
    TcpConnection<Void> c = narrow.client(large, side).connect(SERVER, null);
    narrow.runFor(SECOND);
    // An eighth of the memory is not for senders, and buffers are powers of two.
    var e = assertThrows(IllegalArgumentException.class, () -> c.claim((32 << 10) + 1));
    assertTrue(e.getMessage().contains("1 to 32768"), e.getMessage());
    assertTrue(c.claim(32 << 10) >= 0, "the longest");
    c.commit(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 11, Integer.MAX_VALUE})
  void aCommitOutOfRangeIsRefusedAndTheClaimStaysOpen(int length) {
    TcpConnection<Void> c = connect();
    write(c, "ten bytes!");
    var e = assertThrows(IllegalArgumentException.class, () -> c.commit(length));
    assertTrue(e.getMessage().contains("" + length), e.getMessage());
    assertTrue(e.getMessage().contains("0 to 10"), e.getMessage());
    c.commit(10);
    net.runFor(MS);
    assertEquals("ten bytes!", received());
  }

  @Test
  void withAnOpenClaimNothingElseIsQueued() {
    TcpConnection<Void> c = connect();
    write(c, "claimed");
    ByteBuffer[] sources = {bytes("x")};
    List<Runnable> calls = List.of(
        () -> c.claim(1),
        () -> c.send(bytes("x"), 0, 1),
        () -> c.send(bytes("x"), 0, 1, true),
        () -> c.send(sources, 0, 1));
    for (Runnable call : calls) {
      var e = assertThrows(IllegalStateException.class, call::run);
      assertTrue(e.getMessage().contains("open claim"), e.getMessage());
    }
    assertEquals(0, sources[0].position());
    c.commit(7);
    net.runFor(MS);
    assertEquals("claimed", received());
  }

  @Test
  void withoutAClaimThereIsNothingToCommit() {
    TcpConnection<Void> c = connect();
    for (Runnable call : List.<Runnable>of(() -> c.commit(0), c::sendMemory)) {
      var e = assertThrows(IllegalStateException.class, call::run);
      assertTrue(e.getMessage().contains("no open claim"), e.getMessage());
    }
    write(c, "once");
    c.commit(4);
    assertThrows(IllegalStateException.class, () -> c.commit(0));
  }

  // APP-07
  @Test
  void afterSendFinNothingIsClaimed() {
    TcpConnection<Void> c = connect();
    c.sendFin();
    var e = assertThrows(IllegalStateException.class, () -> c.claim(1));
    assertTrue(e.getMessage().contains("FIN"), e.getMessage());
    assertThrows(IllegalStateException.class, () -> c.commit(0));
    net.runUntil(clientSide::anyEnded);
    assertThrows(IllegalStateException.class, () -> c.claim(1));
    assertThrows(IllegalStateException.class, c::sendMemory);
  }

  @Test
  void sendFinStandsBehindTheOpenClaim() {
    TcpConnection<Void> c = connect();
    write(c, "last words");
    c.sendFin();
    c.sendFin();
    assertEquals(0, c.sendable());
    assertEquals(0, c.immediatelySendable());
    net.runFor(SECOND);
    assertEquals(List.of("established"), serverSide.events);
    c.commit(10);
    assertThrows(IllegalStateException.class, () -> c.send(bytes("x"), 0, 1));
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());
    assertEquals(
        List.of("established", "data last words", "fin", "closed CLOSED"), serverSide.events);
  }

  /** The peer finishes meanwhile, and the default of onFin answers. */
  @Test
  void aClaimSurvivesTheFinOfThePeer() {
    TcpConnection<Void> c = connect();
    write(c, "still here");
    server.forEach(TcpConnection::sendFin);
    net.runFor(SECOND);
    assertEquals(List.of("established", "fin"), clientSide.events);
    assertEquals(List.of(), clientSide.exceptions);
    c.commit(10);
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());
    assertEquals(List.of(CloseReason.CLOSED), clientSide.ends);
    assertEquals("still here", received());
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  @Test
  void aClaimWhileConnectingIsQueued() {
    server = net.server(serverSide);
    TcpConnection<Void> c = net.client(clientSide).connect(SERVER, null);
    write(c, "early");
    net.runFor(SECOND);
    c.commit(5);
    net.runFor(MS);
    assertEquals("early", received());
  }

  /** Bytes before it are acknowledged, and polls go by: the memory stays where it is, and what was written in it. */
  @Test
  void aClaimStaysOpenAcrossPollsAndCallbacks() {
    TcpConnection<Void>[] claims = newArray();
    server = net.server(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        if (claims[0] == null) {
          claims[0] = c;
          send(c, "sent before ");
          write(c, "half ");
        } else {
          c.sendMemory();
          c.commit(5);
        }
        return 0;
      }
    });
    TcpConnection<Void> c = connect();
    send(c, "open");
    net.runFor(10 * SECOND);
    assertEquals("sent before ", clientSide.only().received.toString());
    ByteBuffer memory = claims[0].sendMemory();
    assertEquals("half ", Watched.text(memory, memory.position(), 5));
    send(c, "close");
    net.runFor(SECOND);
    assertEquals("sent before half ", clientSide.only().received.toString());
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static TcpConnection<Void>[] newArray() {
    return new TcpConnection[1];
  }

  @Test
  void severalConnectionsMayHaveClaims() {
    TcpClient<Void> client = net.client(SMALL, clientSide);
    server = net.server(serverSide);
    TcpConnection<Void> a = client.connect(SERVER, null);
    TcpConnection<Void> b = client.connect(SERVER, null);
    net.runFor(SECOND);
    int atA = a.claim(4);
    int atB = b.claim(4);
    a.sendMemory().put(atA, bytes("aaaa"), 0, 4);
    b.sendMemory().put(atB, bytes("bbbb"), 0, 4);
    b.commit(4);
    a.commit(4);
    net.runFor(MS);
    List<String> all = serverSide.lives.values().stream()
        .map(life -> life.received.toString())
        .sorted()
        .toList();
    assertEquals(List.of("aaaa", "bbbb"), all);
  }

  @Test
  void aRefusedClaimIsToldOfOnceWhenItFits() {
    List<Integer> room = new ArrayList<>();
    Watched<Void> watched = new Watched<>(new TcpHandler<>() {
      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        room.add(c.claim(5_000));
        c.commit(0);
      }
    });
    TcpConnection<Void> c = connect(SMALL, watched);
    assertEquals(BUFFER, c.send(ByteBuffer.allocate(BUFFER), 0, BUFFER));
    assertEquals(-1, c.claim(5_000));
    assertEquals(-1, c.claim(5_000));
    assertThrows(IllegalStateException.class, () -> c.commit(0), "a refused claim is not open");
    net.runFor(10 * SECOND);
    assertEquals(List.of("established", "moreSendable"), watched.events);
    assertTrue(room.get(0) >= 0, "it fits when it is told");
  }

  @Test
  void afterAbortNothingIsClaimedAndACommitIsDropped() {
    TcpConnection<Void> c = connect();
    write(c, "dropped");
    c.abort();
    // Good until onConnectionClosed begins: whoever has it may go on writing.
    ByteBuffer memory = c.sendMemory();
    assertEquals("dropped", Watched.text(memory, memory.position(), 7));
    c.commit(7);
    assertEquals(-1, c.claim(1));
    assertEquals(0, c.send(bytes("x"), 0, 1));
    assertThrows(IllegalStateException.class, () -> c.commit(0));
    net.runFor(SECOND);
    assertEquals(List.of("established", "closed ABORTED"), clientSide.events);
    assertEquals("", received());
    net.assertNothingHeld();
  }

  @Test
  void anOpenClaimEndsWithItsConnection() {
    List<String> refused = new ArrayList<>();
    TcpConnection<Void> c = connect(SMALL, new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        for (Runnable call : List.<Runnable>of(() -> c.commit(1), c::sendMemory)) {
          refused.add(assertThrows(IllegalStateException.class, call::run).getMessage());
        }
      }
    });
    write(c, "never");
    server.forEach(TcpConnection::abort);
    net.runFor(SECOND);
    assertEquals(2, refused.size());
    assertTrue(refused.get(0).contains("is over"), refused::toString);
    net.assertNothingHeld();
  }

  /** Two connections die in the same turn: in the end of the first, the user commits what he claimed of the second. */
  @Test
  void aCommitAfterTheConnectionHasDiedIsDropped() {
    List<TcpConnection<Void>> open = new ArrayList<>();
    List<String> committed = new ArrayList<>();
    TcpSettings impatient = SMALL.withUserTimeoutNs(5 * SECOND);
    server = net.server(serverSide);
    TcpClient<Void> client = net.client(impatient, new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        assertEquals(CloseReason.TIMEOUT, reason);
        open.remove(c);
        for (TcpConnection<Void> other : open) {
          other.sendMemory().putInt(7);
          other.commit(4);
          committed.add("committed");
        }
        open.clear();
      }
    });
    open.add(client.connect(SERVER, null));
    open.add(client.connect(SERVER, null));
    net.runFor(SECOND);
    net.wire.linkUp(false);
    for (TcpConnection<Void> c : open) {
      send(c, "never answered");
      assertTrue(c.claim(4) >= 0);
    }
    net.runFor(60 * SECOND);
    assertEquals(List.of("committed"), committed);
    assertEquals(0, client.connectionCount());
    assertEquals(0, net.left.arena().usedBytes());
  }

  @Test
  void closingTheStackTakesOpenClaimsAlong() {
    TcpConnection<Void> c = connect();
    write(c, "never");
    net.left.close();
    assertEquals(List.of("established", "closed SHUT_DOWN"), clientSide.events);
    assertEquals(0, net.left.arena().usedBytes());
  }

  /** The arena is full of what others queue: a claim waits for memory, and is told of it once. */
  @Test
  void aClaimThatFindsNoMemoryIsToldWhenThereIsSome() {
    TwoStacks shortNet = new TwoStacks(settings -> settings.withBufferMemoryBytes(64 << 10));
    shortNet.server(new Watched<>());
    Watched<Void> watched = new Watched<>(new TcpHandler<>() {
      @Override
      public void onMoreSendable(TcpConnection<Void> c) {
        assertTrue(c.claim(32 << 10) >= 0);
        c.commit(100);
      }
    });
    TcpConnection<Void> first = shortNet.client(new Watched<Void>()).connect(SERVER, null);
    TcpConnection<Void> second = shortNet.client(watched).connect(SERVER, null);
    shortNet.runFor(SECOND);
    shortNet.rightNic.lose(FilterNic.TCP);
    assertTrue(first.send(ByteBuffer.allocate(64 << 10), 0, 64 << 10) >= 32 << 10);
    assertEquals(-1, second.claim(32 << 10));
    for (int turn = 0; turn < 100; turn++) {
      assertEquals(0, shortNet.left.poll(), "nothing to do");
    }
    assertEquals(List.of("established"), watched.events);
    shortNet.rightNic.lose(FilterNic.NONE);
    shortNet.runFor(10 * SECOND);
    assertEquals(List.of("established", "moreSendable"), watched.events);
    assertEquals(0, shortNet.left.arena().usedBytes());
  }

  /** Nothing else may ever happen: whoever waits for the memory of a claim that is given up outside poll must not sleep. */
  @Test
  void aClaimGivenUpOutsideLetsOthersGoOnBeforeTheStackSleeps() {
    TwoStacks shortNet = new TwoStacks(settings -> settings.withBufferMemoryBytes(64 << 10));
    shortNet.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpConnection<Void> first = shortNet.client(new Watched<Void>()).connect(SERVER, null);
    TcpConnection<Void> second = shortNet.client(watched).connect(SERVER, null);
    shortNet.runFor(SECOND);
    assertTrue(first.claim(32 << 10) >= 0);
    assertEquals(-1, second.claim(32 << 10));
    shortNet.runFor(SECOND);
    first.commit(0);
    int slept = shortNet.leftNic.awaits();
    shortNet.left.await(SECOND);
    assertEquals(slept, shortNet.leftNic.awaits());
    shortNet.left.poll();
    assertEquals(List.of("established", "moreSendable"), watched.events);
  }
}
