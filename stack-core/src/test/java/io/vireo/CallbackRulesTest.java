// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.TcpSettings;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may be called inside callbacks, and what comes of it. */
class CallbackRulesTest {
  private final TwoStacks net = new TwoStacks();

  /** The callbacks of a connection. */
  enum Callback {
    ESTABLISHED,
    DATA,
    MORE_SENDABLE,
    TIMEOUT,
    FIN,
    CLOSED
  }

  /** Runs into every callback in turn, and calls {@code act} in each; of itself it only fills its send buffer and sets a timer. */
  private static final class Act implements TcpHandler<Void> {
    private final BiConsumer<Callback, TcpConnection<Void>> act;

    Act(BiConsumer<Callback, TcpConnection<Void>> act) {
      this.act = act;
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      c.setUserTimer(0, MS);
      c.send(ByteBuffer.allocate(100_000), 0, 100_000);
      act.accept(Callback.ESTABLISHED, c);
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      act.accept(Callback.DATA, c);
      return 0;
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      act.accept(Callback.MORE_SENDABLE, c);
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      act.accept(Callback.TIMEOUT, c);
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      c.sendFin();
      act.accept(Callback.FIN, c);
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      act.accept(Callback.CLOSED, c);
    }
  }

  /** Takes everything, says something, and finishes after a second. */
  private static final class Peer implements TcpHandler<Void> {
    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      send(c, "question");
      c.setUserTimer(0, SECOND);
    }

    @Override
    public void onUserTimeout(TcpConnection<Void> c, int timerId) {
      c.sendFin();
    }
  }

  private void runConnection(BiConsumer<Callback, TcpConnection<Void>> act) {
    Watched<Void> client = new Watched<>(new Act(act));
    net.server(new Watched<>(new Peer()));
    net.client(client).connect(SERVER, null);
    net.runUntil(client::anyEnded);
    assertEquals(List.of(), client.exceptions);
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  @Test
  void everyCallbackIsReached() {
    List<Callback> reached = new ArrayList<>();
    runConnection((callback, c) -> {
      if (!reached.contains(callback)) {
        reached.add(callback);
      }
    });
    assertEquals(Callback.values().length, reached.size(), reached::toString);
  }

  @ParameterizedTest
  @EnumSource
  void pollAwaitReleaseAndCloseAreRefused(Callback where) {
    List<String> refused = new ArrayList<>();
    runConnection((callback, c) -> {
      if (callback == where && refused.isEmpty()) {
        TcpHandler<Void> other = new TcpHandler<>() {};
        TcpEndpoint<Void> endpoint = c.endpoint();
        List<Runnable> calls = List.of(
            net.left::poll,
            () -> endpoint.poll(other),
            () -> net.left.await(1),
            net.left::release,
            net.left::close,
            endpoint::close);
        for (Runnable call : calls) {
          refused.add(assertThrows(IllegalStateException.class, call::run).getMessage());
        }
      }
    });
    assertEquals(6, refused.size());
    assertEquals(1, refused.stream().distinct().count(), refused::toString);
  }

  @ParameterizedTest
  @EnumSource
  void aRefusedPollBindsNoHandler(Callback where) {
    List<Callback> reached = new ArrayList<>();
    runConnection((callback, c) -> {
      reached.add(callback);
      if (callback == where) {
        TcpEndpoint<Void> endpoint = c.endpoint();
        assertThrows(IllegalStateException.class, () -> endpoint.poll(new TcpHandler<>() {}));
      }
    });
    assertTrue(reached.contains(Callback.CLOSED));
  }

  // APP-04, CLK-07
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLOSED")
  void abortEndsItsConnectionWithoutAnotherEvent(Callback where) {
    List<Callback> after = new ArrayList<>();
    boolean[] aborted = new boolean[1];
    runConnection((callback, c) -> {
      if (aborted[0]) {
        after.add(callback);
      }
      if (callback == where && !aborted[0]) {
        aborted[0] = true;
        c.abort();
        assertTrue(after.isEmpty(), "callbacks do not nest");
        assertEquals(0, c.sendable());
      }
    });
    assertEquals(List.of(Callback.CLOSED), after);
  }

  // APP-04, APP-06
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLOSED")
  void everyCommandMayBeGivenInEveryCallback(Callback where) {
    boolean[] done = new boolean[1];
    runConnection((callback, c) -> {
      if (callback == where && !done[0]) {
        done[0] = true;
        c.pause();
        c.resume();
        c.setUserTimer(1, 5);
        c.setUserTimer(1, 0);
        if (callback != Callback.FIN) {
          c.send(bytes("x"), 0, 1);
          c.send(bytes("x"), 0, 1, true);
          c.send(new ByteBuffer[] {bytes("x"), bytes("y")}, 0, 2);
          int offset = c.claim(10);
          if (offset >= 0) {
            assertEquals(offset, c.sendMemory().position());
            c.commit(5, true);
          }
        }
        c.setNagle(true);
        c.setNagle(false);
        c.flush();
        c.sendFin();
        c.sendFin();
        c.flush();
      }
    });
  }

  /** From a callback of one connection, another one is aborted: its end is told after the callback has returned. */
  @ParameterizedTest
  @EnumSource
  void anotherConnectionMayBeAborted(Callback where) {
    List<Long> open = new ArrayList<>();
    List<TcpConnection<Void>> victims = new ArrayList<>();
    Watched<Void> others = new Watched<>(new TcpHandler<>() {
      @Override
      public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        // Stays: who ends first of those who are told the same at the same time is open.
      }
    });
    TcpClient<Void> otherClient = net.client(others);
    net.server(new Watched<>(new Peer()));
    Watched<Void> client = new Watched<>(new Act((callback, c) -> {
      if (callback == where && open.isEmpty()) {
        int before = others.events.size();
        victims.forEach(TcpConnection::abort);
        open.add(c.id());
        assertEquals(before, others.events.size(), "nothing is delivered inside a callback");
      }
    }));
    for (int i = 0; i < 3; i++) {
      victims.add(otherClient.connect(SERVER, null));
    }
    net.client(client).connect(SERVER, null);
    net.runUntil(() -> client.anyEnded() && others.ends.size() == 3);
    assertEquals(
        List.of(CloseReason.ABORTED, CloseReason.ABORTED, CloseReason.ABORTED), others.ends);
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  @ParameterizedTest
  @EnumSource
  void anotherConnectionMayBeSentTo(Callback where) {
    StringBuilder received = new StringBuilder();
    TcpServer<Void> server = new TcpServer<>(net.right, TcpSettings.defaults(), new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        received.append(Watched.text(memory, offset, length));
        return 0;
      }
    });
    server.listen(9);
    Watched<Void> others = new Watched<>();
    TcpConnection<Void> other =
        net.client(others).connect(new InetSocketAddress("10.0.0.2", 9), null);
    net.server(new Watched<>(new Peer()));
    boolean[] done = new boolean[1];
    Watched<Void> client = new Watched<>(new Act((callback, c) -> {
      if (callback == where && !done[0]) {
        done[0] = true;
        send(other, "told");
        other.sendFin();
      }
    }));
    net.client(client).connect(SERVER, null);
    net.runUntil(() -> client.anyEnded() && others.anyEnded());
    assertEquals("told", received.toString());
    assertEquals(List.of("established", "fin", "closed CLOSED"), others.events);
  }

  @ParameterizedTest
  @EnumSource
  void anotherConnectionMayBePausedAndResumed(Callback where) {
    TcpServer<Void> server = new TcpServer<>(net.right, TcpSettings.defaults(), new Peer());
    server.listen(9);
    Watched<Void> others = new Watched<>();
    TcpConnection<Void> other =
        net.client(others).connect(new InetSocketAddress("10.0.0.2", 9), null);
    other.pause();
    net.server(new Watched<>(new Peer()));
    boolean[] done = new boolean[1];
    Watched<Void> client = new Watched<>(new Act((callback, c) -> {
      if (callback == where && !done[0]) {
        done[0] = true;
        assertFalse(others.events.contains("data question"));
        other.resume();
        assertFalse(others.events.contains("data question"), "not inside a callback");
      }
    }));
    net.client(client).connect(SERVER, null);
    net.runUntil(() -> client.anyEnded() && others.anyEnded());
    assertEquals(List.of("established", "data question", "fin", "closed CLOSED"), others.events);
  }

  @ParameterizedTest
  @EnumSource
  void aNewConnectionMayBeOpened(Callback where) {
    Watched<Void> others = new Watched<>();
    TcpClient<Void> otherClient = net.client(others);
    boolean[] done = new boolean[1];
    runConnection((callback, c) -> {
      if (callback == where && !done[0]) {
        done[0] = true;
        send(otherClient.connect(SERVER, null), "early");
        assertEquals(List.of(), others.events);
      }
    });
    net.runUntil(others::anyEnded);
    assertEquals(List.of("established", "data question", "fin", "closed CLOSED"), others.events);
  }

  // APP-05
  @Test
  void reconnectingForEverInOnConnectionClosedStaysBounded() {
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.9", 80);
    int[] ends = new int[1];
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpClient<Void>[] client = new TcpClient[1];
    client[0] = net.client(TcpSettings.defaults().withConnections(10), new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        ends[0]++;
        client[0].connect(nowhere, null);
      }
    });
    for (int i = 0; i < 5; i++) {
      client[0].connect(nowhere, null);
    }
    for (int turn = 1; turn <= 100; turn++) {
      int work = net.left.poll();
      assertEquals(5, work);
      assertEquals(5 * turn, ends[0], "one end per connection and turn");
      assertEquals(5, client[0].connectionCount());
    }
  }

  @Test
  void reconnectingAfterEachRefusalGoesOn() {
    int[] ends = new int[1];
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpClient<Void>[] client = new TcpClient[1];
    InetSocketAddress closedPort = new InetSocketAddress("10.0.0.2", 99);
    client[0] = net.client(TcpSettings.defaults().withConnections(2), new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        if (reason == CloseReason.REFUSED) {
          ends[0]++;
          client[0].connect(closedPort, null);
        }
      }
    });
    client[0].connect(closedPort, null);
    net.runUntil(() -> ends[0] == 1_000, 100 * SECOND);
    assertEquals(1, client[0].connectionCount());
    client[0].close();
    net.assertNothingHeld();
  }
}
