// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler that throws: an Exception costs its connection, an Error leaves poll, and nothing else is harmed. */
class ThrowingHandlerTest {
  private final TwoStacks net = new TwoStacks();

  enum Where {
    ALLOW,
    ESTABLISHED,
    DATA,
    MORE_SENDABLE,
    TIMEOUT,
    FIN,
    CLOSED,
    TIMER
  }

  /** Thrown once, at one place, and only for the connection with the attachment or for none. */
  private static final class Thrower implements TcpHandler<Void> {
    final Where where;
    final Throwable what;
    final List<String> told = new ArrayList<>();
    final List<CloseReason> ends = new ArrayList<>();
    boolean thrown;

    Thrower(Where where, Throwable what) {
      this.where = where;
      this.what = what;
    }

    private void at(Where place) {
      if (place == where && !thrown) {
        thrown = true;
        if (what instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) what;
      }
    }

    @Override
    public boolean allowNewConnection(TcpAddresses peer) {
      at(Where.ALLOW);
      return true;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.setUserTimer(0, 2 * MS);
      c.send(ByteBuffer.allocate(100_000), 0, 100_000);
      at(Where.ESTABLISHED);
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      at(Where.DATA);
      return 0;
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      at(Where.MORE_SENDABLE);
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      at(Where.TIMEOUT);
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      c.sendFin();
      at(Where.FIN);
    }

    @Override
    public void onTimer(int timerId) {
      at(Where.TIMER);
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      ends.add(reason);
      at(Where.CLOSED);
    }

    @Override
    public void onException(TcpConnection<Void> c, RuntimeException exception) {
      assertSame(what, exception);
      told.add(c == null ? "none" : "connection");
    }
  }

  /** Talks, and finishes after 10 ms. */
  private static final class Peer implements TcpHandler<Void> {
    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      send(c, "hello");
      c.setUserTimer(0, 10 * MS);
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      c.sendFin();
    }
  }

  private static boolean ofConnection(Where where) {
    return where != Where.ALLOW && where != Where.TIMER;
  }

  /** APP-01: a server that throws has a neighbour on the same stack, and the client several connections. */
  @ParameterizedTest
  @EnumSource
  void anExceptionCostsItsConnectionAndNothingElse(Where where) {
    Thrower thrower = new Thrower(where, new IllegalStateException("on purpose"));
    TcpServer<Void> server = net.server(thrower);
    server.setTimer(0, MS);
    Watched<Void> clients = new Watched<>(new Peer());
    TcpClient<Void> client = net.client(clients);
    for (int i = 0; i < 3; i++) {
      client.connect(SERVER, null);
    }
    net.runUntil(() -> clients.ends.size() == 3 && server.connectionCount() == 0);

    assertTrue(thrower.thrown);
    assertEquals(List.of(ofConnection(where) ? "connection" : "none"), thrower.told);
    assertEquals(1, net.right.counter(Counter.HANDLER_FAILURES));
    long failed =
        thrower.ends.stream().filter(CloseReason.HANDLER_FAILED::equals).count();
    assertEquals(ofConnection(where) && where != Where.CLOSED ? 1 : 0, failed);
    assertEquals(where == Where.ALLOW ? 2 : 3, thrower.ends.size());
    long harmed = clients.ends.stream().filter(end -> end != CloseReason.CLOSED).count();
    assertEquals(
        where == Where.CLOSED || where == Where.TIMER ? 0 : 1,
        harmed,
        () -> clients.ends.toString());
    assertEquals(256, server.available());
    net.assertNothingHeld();
  }

  // APP-02
  @ParameterizedTest
  @EnumSource
  void anErrorLeavesPollAndTheNextPollGoesOn(Where where) {
    AssertionError error = new AssertionError("on purpose");
    Thrower thrower = new Thrower(where, error);
    TcpServer<Void> server = net.server(thrower);
    server.setTimer(0, MS);
    Watched<Void> clients = new Watched<>(new Peer());
    TcpClient<Void> client = net.client(clients);
    for (int i = 0; i < 3; i++) {
      client.connect(SERVER, null);
    }
    assertSame(
        error,
        assertThrows(
            AssertionError.class,
            () -> net.runUntil(() -> clients.ends.size() == 3 && server.connectionCount() == 0)));
    assertEquals(0, net.rightNic.held());
    net.runUntil(() -> clients.ends.size() == 3 && server.connectionCount() == 0);

    assertEquals(List.of(), thrower.told, "onException is for exceptions");
    long failed =
        thrower.ends.stream().filter(CloseReason.HANDLER_FAILED::equals).count();
    assertEquals(ofConnection(where) && where != Where.CLOSED ? 1 : 0, failed);
    assertEquals(3, thrower.ends.size(), "a SYN whose question failed comes again");
    assertEquals(256, server.available());
    net.assertNothingHeld();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, 6, Integer.MAX_VALUE})
  void aResultOutOfRangeCountsAsAnException(int result) {
    Watched<Void> server = new Watched<>(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return result;
      }
    });
    net.server(server);
    Watched<Void> client = new Watched<>(new Peer());
    net.client(client).connect(SERVER, null);
    net.runUntil(() -> server.anyEnded() && client.anyEnded());
    assertEquals(List.of("established", "data hello", "closed HANDLER_FAILED"), server.events);
    assertEquals(List.of(CloseReason.RESET), client.ends);
    String message = server.exceptions.get(0).getMessage();
    assertTrue(message.contains(Integer.toString(result)) && message.contains("5"), message);
    net.assertNothingHeld();
  }

  @Test
  void whatOnExceptionThrowsLeavesPoll() {
    IllegalArgumentException first = new IllegalArgumentException("first");
    IllegalStateException second = new IllegalStateException("second");
    List<CloseReason> ends = new ArrayList<>();
    TcpServer<Void> server = net.server(new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        throw first;
      }

      @Override
      public void onException(TcpConnection<Void> c, RuntimeException exception) {
        assertSame(first, exception);
        assertEquals(0, c.send(ByteBuffer.allocate(1), 0, 1), "reset already");
        throw second;
      }

      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        ends.add(reason);
      }
    });
    Watched<Void> client = new Watched<>();
    net.client(client).connect(SERVER, null);
    assertSame(second, assertThrows(IllegalStateException.class, () -> net.runFor(SECOND)));
    net.runUntil(client::anyEnded);
    assertEquals(List.of(CloseReason.HANDLER_FAILED), ends);
    assertEquals(0, server.connectionCount());
    net.assertNothingHeld();
  }

  /** The default of onException. */
  @Test
  void theThreadsHandlerOfUncaughtExceptionsHearsOfIt() {
    net.server(new Thrower(Where.CLOSED, new IllegalStateException()));
    IllegalArgumentException thrown = new IllegalArgumentException("on purpose");
    net.client(new TcpHandler<Void>() {
          @Override
          public void onConnectionEstablished(TcpConnection<Void> c) {
            throw thrown;
          }
        })
        .connect(SERVER, null);
    List<Throwable> heard = new ArrayList<>();
    Thread thread = Thread.currentThread();
    Thread.UncaughtExceptionHandler before = thread.getUncaughtExceptionHandler();
    thread.setUncaughtExceptionHandler((t, e) -> heard.add(e));
    try {
      net.runFor(SECOND);
    } finally {
      thread.setUncaughtExceptionHandler(before);
    }
    assertEquals(List.of(thrown), heard);
  }

  /** An Error in the middle of a batch: the frames behind it, and what others had to send, are dealt with in the next turn. */
  @Test
  void anErrorDoesNotKeepOthersFromTheirFrames() {
    TcpServer<Void> failing = new TcpServer<>(
        net.right, TcpSettings.defaults(), new Thrower(Where.DATA, new AssertionError()));
    failing.listen(PORT);
    Watched<Void> clients = new Watched<>();
    TcpClient<Void> client = net.client(clients);
    List<TcpConnection<Void>> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(client.connect(SERVER, null));
    }
    net.runUntil(() -> failing.connectionCount() == 5);
    for (TcpConnection<Void> c : all) {
      send(c, "data");
      c.sendFin();
    }
    net.clock.advance(MS);
    assertThrows(AssertionError.class, net.right::poll);
    net.runUntil(() -> clients.ends.size() == 5 && failing.connectionCount() == 0);
    assertEquals(4, clients.ends.stream().filter(CloseReason.CLOSED::equals).count());
    net.assertNothingHeld();
  }

  @Test
  void closeGoesOnBehindAnError() {
    List<CloseReason> ends = new ArrayList<>();
    AssertionError error = new AssertionError("on purpose");
    TcpClient<Void> client = net.client(new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        ends.add(reason);
        if (ends.size() == 2) {
          throw error;
        }
      }
    });
    TcpClient<Void> other = net.client(new Watched<>());
    for (int i = 0; i < 5; i++) {
      client.connect(SERVER, null);
      other.connect(SERVER, null);
    }
    assertSame(error, assertThrows(AssertionError.class, net.left::close));
    assertEquals(5, ends.size(), "each has its last event");
    assertEquals(0, client.connectionCount());
    assertEquals(0, other.connectionCount());
    net.left.close();
    assertThrows(IllegalStateException.class, net.left::poll);
    assertEquals(0, net.left.arena().usedBytes());
    assertNull(error.getCause());
  }
}
