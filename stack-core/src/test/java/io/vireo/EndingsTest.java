// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.bytes;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every way in which a connection can end: which events come, in which order, and that the last one comes once. */
class EndingsTest {
  private final TwoStacks net = new TwoStacks();

  /** Says something, and does not finish by itself. */
  private static class Talker implements TcpHandler<Void> {
    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      send(c, "hello");
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {}
  }

  private final Watched<Void> serverSide = new Watched<>();
  private final Watched<Void> clientSide = new Watched<>(new Talker());
  private TcpServer<Void> server;
  private TcpClient<Void> client;

  private TcpConnection<Void> connected() {
    server = net.server(serverSide);
    client = net.client(clientSide);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runUntil(() -> serverSide.events.contains("data hello"));
    net.runFor(SECOND);
    return c;
  }

  private void assertAllOver() {
    net.runFor(SECOND);
    assertEquals(0, client.connectionCount());
    assertEquals(0, server.connectionCount());
    assertTrue(clientSide.ends.size() <= 1, "one end at most");
    assertTrue(serverSide.ends.size() <= 1, "one end at most");
    net.assertNothingHeld();
  }

  @Test
  void closedWhenBothSidesHaveFinished() {
    TcpConnection<Void> c = connected();
    c.sendFin();
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());

    assertEquals(List.of("established", "fin", "closed CLOSED"), clientSide.events);
    assertEquals(List.of("established", "data hello", "fin", "closed CLOSED"), serverSide.events);
    assertAllOver();
  }

  @Test
  void closedWhenBothSidesFinishAtTheSameTime() {
    TcpConnection<Void> c = connected();
    server.forEach(TcpConnection::sendFin);
    c.sendFin();
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());

    assertEquals(List.of("established", "fin", "closed CLOSED"), clientSide.events);
    assertEquals(List.of("established", "data hello", "fin", "closed CLOSED"), serverSide.events);
    assertAllOver();
  }

  @Test
  void closedWhenThePeerFinishesFirst() {
    TcpConnection<Void> c = connected();
    server.forEach(TcpConnection::sendFin);
    net.runUntil(() -> clientSide.events.contains("fin"));
    net.runFor(SECOND);
    assertEquals(1, client.connectionCount());
    c.sendFin();
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());

    assertEquals(List.of("established", "fin", "closed CLOSED"), clientSide.events);
    assertEquals(List.of("established", "data hello", "fin", "closed CLOSED"), serverSide.events);
    assertAllOver();
  }

  @Test
  void abortedHereAndResetThere() {
    TcpConnection<Void> c = connected();
    c.abort();
    assertEquals(List.of("established"), clientSide.events, "nothing outside poll");
    net.runUntil(() -> clientSide.anyEnded() && serverSide.anyEnded());

    assertEquals(List.of("established", "closed ABORTED"), clientSide.events);
    assertEquals(List.of("established", "data hello", "closed RESET"), serverSide.events);
    assertAllOver();
  }

  @Test
  void abortedBeforeTheHandshakeEndsIsNeverAnnounced() {
    server = net.server(serverSide);
    client = net.client(clientSide);
    TcpConnection<Void> c = client.connect(SERVER, null);
    c.abort();
    net.runUntil(clientSide::anyEnded);

    assertEquals(List.of("closed ABORTED"), clientSide.events);
    assertAllOver();
    assertEquals(List.of(), serverSide.events);
  }

  @Test
  void aSecondAbortChangesNothing() {
    TcpConnection<Void> c = connected();
    c.abort();
    c.abort();
    c.sendFin();
    c.pause();
    c.resume();
    c.flush();
    assertEquals(0, c.send(bytes("x"), 0, 1));
    assertEquals(0, c.sendable());
    assertEquals(0, c.immediatelySendable());
    net.runUntil(clientSide::anyEnded);
    assertEquals(List.of("established", "closed ABORTED"), clientSide.events);
    assertAllOver();
  }

  @Test
  void refusedWhereNobodyListens() {
    server = net.server(serverSide);
    client = net.client(clientSide);
    client.connect(new InetSocketAddress("10.0.0.2", 8), null);
    net.runUntil(clientSide::anyEnded, SECOND);

    assertEquals(List.of("closed REFUSED"), clientSide.events);
    assertAllOver();
  }

  @Test
  void refusedWhereTheUserDoesNotWantIt() {
    server = net.server(new Watched<>(new TcpHandler<>() {
      @Override
      public boolean allowNewConnection(TcpAddresses peer) {
        return false;
      }
    }));
    client = net.client(clientSide);
    client.connect(SERVER, null);
    net.runUntil(clientSide::anyEnded, SECOND);

    assertEquals(List.of("closed REFUSED"), clientSide.events);
    assertEquals(1, net.right.counter(Counter.CONNECTIONS_DISALLOWED));
    assertAllOver();
  }

  @Test
  void connectTimeoutWhenNobodyAnswers() {
    server = net.server(serverSide);
    client = net.client(TcpSettings.defaults().withConnectTimeoutNs(5 * SECOND), clientSide);
    client.connect(SERVER, null);
    net.rightNic.lose(FilterNic.TCP);
    net.runFor(5 * SECOND - 1);
    assertEquals(List.of(), clientSide.events);
    net.runUntil(clientSide::anyEnded, TwoStacks.MS);

    assertEquals(List.of("closed CONNECT_TIMEOUT"), clientSide.events);
    assertAllOver();
  }

  @Test
  void unreachableWithoutARoute() {
    server = net.server(serverSide);
    client = net.client(clientSide);
    TcpConnection<Void> c = client.connect(new InetSocketAddress("192.0.2.9", 80), null);
    assertEquals(List.of(), clientSide.events, "nothing outside poll");
    assertEquals(0xC0000209, c.remoteIpv4());
    net.left.poll();

    assertEquals(List.of("closed UNREACHABLE"), clientSide.events);
    assertAllOver();
  }

  @Test
  void unreachableWhenNobodyAnswersArp() {
    server = net.server(serverSide);
    client = net.client(clientSide);
    client.connect(new InetSocketAddress("10.0.0.77", 80), null);
    net.runUntil(clientSide::anyEnded, 10 * SECOND);

    assertEquals(List.of("closed UNREACHABLE"), clientSide.events);
    assertAllOver();
  }

  @Test
  void noLocalPortWhenItIsTaken() {
    TcpConnection<Void> c = connected();
    InetSocketAddress local = c.localAddress();
    TcpConnection<Void> second = client.connect(local, SERVER, null);
    assertEquals(local, second.localAddress());
    assertEquals(SERVER, second.remoteAddress());
    net.left.poll();

    assertEquals(List.of(CloseReason.NO_LOCAL_PORT), clientSide.ends);
    assertEquals(1, client.connectionCount());
  }

  /** The end of a connection is not the end of its port: that rests for timeWaitNs. */
  @Test
  void noLocalPortWhileItIsInTimeWait() {
    TcpConnection<Void> c = connected();
    InetSocketAddress local = c.localAddress();
    c.sendFin();
    net.runUntil(clientSide::anyEnded);
    client.connect(local, SERVER, null);
    net.runFor(59 * SECOND);
    assertEquals(List.of(CloseReason.CLOSED, CloseReason.NO_LOCAL_PORT), clientSide.ends);
    net.runFor(2 * SECOND);
    client.connect(local, SERVER, null);
    net.runFor(SECOND);
    assertEquals(1, client.connectionCount());
  }

  // SYN-17: and ports return
  @Test
  void noLocalPortWhenAllAreTaken() {
    int ports = 60_999 - 32_768 + 1;
    net.rightNic.lose(FilterNic.TCP);
    Set<Integer> used = new HashSet<>();
    client = net.client(TcpSettings.defaults().withConnections(ports + 2), clientSide);
    for (int i = 0; i < ports; i++) {
      assertTrue(used.add(client.connect(SERVER, null).localPort()));
    }
    TcpConnection<Void> oneTooMany = client.connect(SERVER, null);
    assertEquals(0, oneTooMany.localPort());
    net.left.poll();
    assertEquals(List.of("closed NO_LOCAL_PORT"), clientSide.events);
    TcpConnection<Void> elsewhere = client.connect(new InetSocketAddress("10.0.0.2", 8), null);
    assertTrue(elsewhere.localPort() > 0, "another destination has ports of its own");
    elsewhere.abort();
    client.forEach(TcpConnection::abort);
    while (client.connectionCount() > 0) {
      net.left.poll();
    }
    assertEquals(ports + 2, clientSide.ends.size());
    net.rightNic.lose(FilterNic.NONE);
    net.server(new TcpHandler<>() {});
    clientSide.events.clear();
    client.connect(SERVER, null);
    net.runUntil(() -> clientSide.events.equals(List.of("established")));
  }

  /** All that the user may read of a connection inside its last callback. */
  @Test
  void theEndOfAFailedConnectShowsWhereItWentTo() {
    server = net.server(serverSide);
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.9", 80);
    StringBuilder seen = new StringBuilder();
    client = net.client(new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        seen.append(reason).append(c.remoteAddress()).append(c.remoteIpv4() == 0xC0000209);
      }
    });
    client.connect(nowhere, null);
    net.left.poll();
    assertEquals("UNREACHABLE" + nowhere + "true", seen.toString());
  }

  @Test
  void timeoutWhenSentDataStaysUnanswered() {
    server = net.server(serverSide);
    client = net.client(TcpSettings.defaults().withUserTimeoutNs(7 * SECOND), clientSide);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runUntil(() -> serverSide.events.contains("data hello"));
    net.runFor(SECOND);
    net.wire.linkUp(false);
    send(c, "anybody there?");
    long sentNs = net.clock.nanoTime();
    net.runUntil(clientSide::anyEnded, 8 * SECOND);

    assertEquals(List.of("established", "closed TIMEOUT"), clientSide.events);
    long waitedNs = net.clock.nanoTime() - sentNs;
    assertTrue(
        waitedNs >= 7 * SECOND && waitedNs < 7 * SECOND + TwoStacks.MS, () -> waitedNs + " ns");
  }

  @Test
  void timeoutWhenThePeerNeverFinishes() {
    server = net.server(new Watched<>(new Talker()));
    client = net.client(TcpSettings.defaults().withFinWaitNs(3 * SECOND), clientSide);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runUntil(() -> clientSide.events.contains("data hello"));
    net.runFor(SECOND);
    c.sendFin();
    net.runUntil(clientSide::anyEnded, 4 * SECOND);

    assertEquals(List.of("established", "data hello", "closed TIMEOUT"), clientSide.events);
  }

  @Test
  void handlerFailedWhenACallbackThrows() {
    server = net.server(serverSide);
    Watched<Void> failing = new Watched<>(new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        throw new IllegalArgumentException("on purpose");
      }
    });
    client = net.client(failing);
    client.connect(SERVER, null);
    net.runUntil(failing::anyEnded);

    assertEquals(List.of("established", "closed HANDLER_FAILED"), failing.events);
    assertEquals(1, failing.exceptions.size());
    assertAllOver();
    assertEquals(List.of(), serverSide.events, "the RST came before the handshake was complete");
  }

  @Test
  void shutDownByClosingTheStack() {
    connected();
    net.left.close();
    assertEquals(List.of("established", "closed SHUT_DOWN"), clientSide.events);
    net.clock.advance(SECOND);
    net.right.poll();
    assertEquals(List.of("established", "data hello", "closed RESET"), serverSide.events);
  }

  @Test
  void shutDownOfAConnectionThatIsStillConnecting() {
    client = net.client(clientSide);
    client.connect(SERVER, null);
    client.close();
    assertEquals(List.of("closed SHUT_DOWN"), clientSide.events);
  }

  @Test
  void anEndingThatWasOnItsWayBeforeTheShutdownKeepsItsReason() {
    TcpConnection<Void> c = connected();
    c.abort();
    net.left.close();
    assertEquals(List.of("established", "closed ABORTED"), clientSide.events);
  }

  @Test
  void resetEndsAConnectionWithBytesLeftOver() {
    server = net.server(serverSide);
    Watched<Void> leaving = new Watched<>(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        return length;
      }
    });
    client = net.client(leaving);
    client.connect(SERVER, null);
    net.runUntil(() -> server.connectionCount() == 1);
    server.forEach(c -> send(c, "rest"));
    net.runUntil(() -> leaving.events.contains("data rest"));
    server.forEach(TcpConnection::abort);
    net.runUntil(leaving::anyEnded);

    assertEquals(List.of("established", "data rest", "closed RESET"), leaving.events);
    assertAllOver();
  }

  @Test
  void aConnectionThatIsOverRefusesItsCommands() {
    TcpConnection<Void> c = connected();
    long id = c.id();
    c.abort();
    net.left.poll();
    List<Runnable> commands = List.of(
        c::abort,
        c::sendFin,
        c::pause,
        c::resume,
        c::flush,
        () -> c.send(bytes("x"), 0, 1),
        () -> c.setUserTimer(0, 1));
    for (Runnable command : commands) {
      var e = assertThrows(IllegalStateException.class, command::run);
      assertTrue(e.getMessage().contains("connection " + id), e.getMessage());
    }
    assertEquals(0, c.sendable());
    assertEquals(0, c.immediatelySendable());
    assertNull(client.connection(id));
  }
}
