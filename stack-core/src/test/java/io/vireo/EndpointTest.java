// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Endpoints: their handlers, their pools, their connections. */
class EndpointTest {
  private final TwoStacks net = new TwoStacks();

  @Test
  void endpointsOnOneStackHaveEachItsOwnHandler() {
    Watched<String> one = new Watched<>();
    Watched<Integer> two = new Watched<>();
    TcpServer<String> first = net.server(one);
    TcpServer<Integer> second = new TcpServer<>(net.right, TcpSettings.defaults(), two);
    second.listen(8);
    Watched<Void> clientEvents = new Watched<>();
    TcpClient<Void> client = net.client(clientEvents);
    send(client.connect(SERVER, null), "one");
    send(client.connect(new InetSocketAddress("10.0.0.2", 8), null), "two");
    net.runFor(SECOND);
    assertEquals(List.of("established", "data one"), one.events);
    assertEquals(List.of("established", "data two"), two.events);
    assertEquals(1, first.connectionCount());
    assertEquals(1, second.connectionCount());
    assertSame(net.right, first.stack());
  }

  @Test
  void pollBindsAnotherHandlerFromNowOn() {
    try (TcpServer<String> server =
        new TcpServer<>(net.wire.right(), settings("10.0.0.2/24"), TcpSettings.defaults())) {
      server.listen(PORT);
      Watched<String> before = new Watched<>(new TcpHandler<>() {
        @Override
        public void onConnectionEstablished(TcpConnection<String> c) {
          c.attach("state");
        }
      });
      List<String> attachments = new ArrayList<>();
      TcpHandler<String> after = new TcpHandler<>() {
        @Override
        public void onConnectionClosed(TcpConnection<String> c, CloseReason reason) {
          attachments.add(c.attachment());
        }
      };
      TcpConnection<Void> c = net.client(new Watched<Void>()).connect(SERVER, null);
      for (int i = 0; i < 100; i++) {
        net.left.poll();
        server.poll(before);
        net.clock.advance(MS);
      }
      assertEquals(List.of("established"), before.events);
      c.sendFin();
      for (int i = 0; i < 100; i++) {
        net.left.poll();
        server.poll(after);
        net.clock.advance(MS);
      }
      assertEquals(List.of("state"), attachments);
      assertEquals(List.of("established"), before.events);
    }
  }

  private StackSettings settings(String address) {
    return StackSettings.of(address).withClock(net.clock).withSeed(5);
  }

  @Test
  void anEndpointWithoutHandlerCannotBePolledByTheStack() {
    TcpServer<Void> server =
        new TcpServer<>(net.wire.right(), settings("10.0.0.2/24"), TcpSettings.defaults());
    var e = assertThrows(IllegalStateException.class, server.stack()::poll);
    assertTrue(e.getMessage().contains("poll(handler)"), e.getMessage());
    assertThrows(IllegalStateException.class, () -> server.poll(null));
    server.poll(new TcpHandler<>() {});
    server.stack().poll();
    assertThrows(NullPointerException.class, () -> server.poll(null));
    server.close();
    assertThrows(IllegalStateException.class, server.stack()::poll);
    assertThrows(
        NullPointerException.class,
        () -> new TcpServer<Void>(net.left, TcpSettings.defaults(), null));
  }

  /** Nobody can be told, but everything must come back. */
  @Test
  void anEndpointThatNeverHadAHandlerCloses() {
    TcpClient<String> client =
        new TcpClient<>(net.wire.left(), settings("10.0.0.9/24"), TcpSettings.defaults());
    TcpConnection<String> c = client.connect(SERVER, "state");
    c.send(Watched.bytes("abc"), 0, 3);
    client.close();
    assertEquals(0, client.connectionCount());
    assertEquals(0, client.stack().arena().usedBytes());
  }

  @Test
  void anIdNamesOneConnectionForEver() {
    net.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(3), watched);
    Set<Long> ids = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      TcpConnection<Void> c = client.connect(SERVER, null);
      long id = c.id();
      assertTrue(id > 0);
      assertTrue(ids.add(id), "used before");
      assertSame(c, client.connection(id));
      net.runFor(MS);
      assertSame(c, client.connection(id));
      c.abort();
      assertSame(c, client.connection(id), "until its end has been told");
      net.runFor(MS);
      assertNull(client.connection(id));
    }
    for (long id : new long[] {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 24}) {
      assertNull(client.connection(id));
    }
    for (long id : ids) {
      assertNull(client.connection(id));
    }
    assertEquals(50, watched.lives.size());
  }

  @Test
  void anIdIsGoneFromTheBeginningOfTheLastCallback() {
    List<Object> seen = new ArrayList<>();
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpClient<Void>[] client = new TcpClient[1];
    client[0] = net.client(new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
        seen.add(client[0].connection(c.id()) == null);
        client[0].forEach(other -> seen.add("met"));
        seen.add(client[0].connectionCount());
      }
    });
    client[0].connect(new InetSocketAddress("192.0.2.1", 5), null);
    net.left.poll();
    assertEquals(List.of(true, 1), seen);
    assertEquals(0, client[0].connectionCount());
  }

  @Test
  void theConnectionThatIsFreeLongestIsTakenFirst() {
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(4), new Watched<>());
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.1", 5);
    List<TcpConnection<Void>> order = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      order.add(client.connect(nowhere, null));
      net.left.poll();
    }
    assertEquals(4, new HashSet<>(order).size());
    for (int i = 0; i < 12; i++) {
      assertSame(order.get(i % 4), client.connect(nowhere, null));
      net.left.poll();
    }
  }

  @Test
  void availableAndConnectionCountAddUpToThePool() {
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(3), new Watched<>());
    InetSocketAddress nowhere = new InetSocketAddress("192.0.2.1", 5);
    for (int used = 0; used <= 3; used++) {
      assertEquals(3 - used, client.available());
      assertEquals(used, client.connectionCount());
      if (used < 3) {
        client.connect(nowhere, null);
      }
    }
    var e = assertThrows(IllegalStateException.class, () -> client.connect(nowhere, null));
    assertTrue(e.getMessage().contains("3"), e.getMessage());
    net.left.poll();
    assertEquals(3, client.available());
  }

  @Test
  void forEachMeetsEveryConnectionAndMayEndThem() {
    net.server(new Watched<>());
    Watched<Integer> watched = new Watched<>();
    TcpClient<Integer> client = net.client(watched);
    for (int i = 0; i < 10; i++) {
      client.connect(SERVER, i);
    }
    net.runFor(MS);
    List<Integer> met = new ArrayList<>();
    client.forEach(c -> {
      met.add(c.attachment());
      if (c.attachment() % 3 == 0) {
        c.abort();
      } else if (c.attachment() % 3 == 1) {
        send(c, "x");
        c.sendFin();
      } else {
        client.connect(SERVER, 200);
      }
    });
    met.sort(null);
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), met);
    net.runFor(SECOND);
    assertEquals(7, watched.ends.size());
    met.clear();
    client.forEach(c -> met.add(c.attachment()));
    met.sort(null);
    assertEquals(List.of(2, 5, 8, 200, 200, 200), met);
  }

  @Test
  void theAttachmentIsDroppedWhenTheLastCallbackHasReturned() {
    List<String> seen = new ArrayList<>();
    TcpClient<String> client = net.client(new TcpHandler<>() {
      @Override
      public void onConnectionClosed(TcpConnection<String> c, CloseReason reason) {
        seen.add(c.attachment());
      }
    });
    TcpConnection<String> c = client.connect(new InetSocketAddress("192.0.2.1", 5), "mine");
    assertEquals("mine", c.attachment());
    c.attach("other");
    net.left.poll();
    assertEquals(List.of("other"), seen);
    assertNull(c.attachment());
  }

  @Test
  void addressesAreThoseOfBothEnds() {
    List<InetSocketAddress> seen = new ArrayList<>();
    TcpServer<Void> server = net.server(new TcpHandler<>() {
      @Override
      public boolean allowNewConnection(TcpAddresses peer) {
        assertEquals(0x0A000001, peer.remoteIpv4());
        assertEquals(PORT, peer.localPort());
        assertEquals(peer.remotePort(), peer.remoteAddress().getPort());
        seen.add(peer.remoteAddress());
        seen.add(peer.localAddress());
        return true;
      }
    });
    TcpConnection<Void> c = net.client(new Watched<Void>()).connect(SERVER, null);
    net.runFor(MS);
    assertEquals(List.of(c.localAddress(), c.remoteAddress()), seen);
    server.forEach(s -> {
      assertEquals(c.localAddress(), s.remoteAddress());
      assertEquals(c.remoteAddress(), s.localAddress());
      assertEquals(0x0A000001, s.remoteIpv4());
      assertEquals(PORT, s.localPort());
      assertTrue(s.toString().contains("10.0.0.1"), s.toString());
    });
    assertEquals(SERVER, c.remoteAddress());
  }

  @Test
  void aChosenLocalPortIsUsed() {
    TcpServer<Void> server = net.server(new Watched<>());
    TcpClient<Void> client = net.client(new Watched<>());
    TcpConnection<Void> c = client.connect(new InetSocketAddress("0.0.0.0", 5_555), SERVER, null);
    TcpConnection<Void> other =
        client.connect(new InetSocketAddress("10.0.0.1", 5_556), SERVER, null);
    TcpConnection<Void> any = client.connect(new InetSocketAddress("10.0.0.1", 0), SERVER, null);
    assertEquals(5_555, c.localPort());
    assertEquals(5_556, other.localPort());
    assertNotSame(0, any.localPort());
    net.runFor(MS);
    assertEquals(3, server.connectionCount());
  }

  @Test
  void wrongAddressesAreRefusedByName() throws UnknownHostException {
    byte[] octets = new byte[16];
    octets[15] = 1;
    InetSocketAddress ipv6 = new InetSocketAddress(InetAddress.getByAddress(octets), 5);
    TcpClient<Void> client = net.client(new Watched<>());
    List<InetSocketAddress> wrong = List.of(
        new InetSocketAddress("10.0.0.2", 0),
        new InetSocketAddress("0.0.0.0", 5),
        new InetSocketAddress("224.0.0.1", 5),
        new InetSocketAddress("239.1.2.3", 5),
        new InetSocketAddress("255.255.255.255", 5),
        new InetSocketAddress("10.0.0.255", 5),
        new InetSocketAddress("10.0.0.1", 5),
        ipv6,
        InetSocketAddress.createUnresolved("nobody.example", 5));
    for (InetSocketAddress remote : wrong) {
      var e = assertThrows(IllegalArgumentException.class, () -> client.connect(remote, null));
      assertTrue(e.getMessage().contains(remote.toString()), e.getMessage());
    }
    for (InetSocketAddress local : List.of(new InetSocketAddress("10.0.0.3", 5), ipv6)) {
      var e =
          assertThrows(IllegalArgumentException.class, () -> client.connect(local, SERVER, null));
      assertTrue(e.getMessage().contains(local.toString()), e.getMessage());
    }
    assertEquals(256, client.available());
  }

  // APP-19
  @Test
  void wrongPortsAndTimersAreRefusedByName() {
    TcpServer<Void> server = net.server(new Watched<>());
    for (int port : new int[] {0, -1, 65_536, Integer.MIN_VALUE}) {
      var e = assertThrows(IllegalArgumentException.class, () -> server.listen(port));
      assertTrue(e.getMessage().contains(port + ", must be 1 to 65535"), e.getMessage());
      assertThrows(IllegalArgumentException.class, () -> server.unlisten(port));
    }
    TcpConnection<Void> c = net.client(new Watched<Void>()).connect(SERVER, null);
    for (int timer : new int[] {-1, 2, Integer.MAX_VALUE}) {
      var e = assertThrows(IllegalArgumentException.class, () -> server.setTimer(timer, 1));
      assertTrue(e.getMessage().contains("timer " + timer), e.getMessage());
      assertTrue(e.getMessage().contains("2"), e.getMessage());
      assertThrows(IllegalArgumentException.class, () -> c.setUserTimer(timer, 1));
    }
    for (long delay : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE / 2 + 1}) {
      var e = assertThrows(IllegalArgumentException.class, () -> c.setUserTimer(0, delay));
      assertTrue(e.getMessage().contains("" + delay), e.getMessage());
      assertTrue(e.getMessage().contains("" + Long.MAX_VALUE / 2), e.getMessage());
      assertThrows(IllegalArgumentException.class, () -> server.setTimer(0, delay));
    }
  }

  @Test
  void aPortIsListenedOnOnce() {
    TcpServer<Void> server = net.server(new Watched<>());
    TcpServer<Void> other = new TcpServer<>(net.right, TcpSettings.defaults(), new Watched<>());
    assertThrows(IllegalStateException.class, () -> server.listen(PORT));
    var e = assertThrows(IllegalStateException.class, () -> other.listen(PORT));
    assertTrue(e.getMessage().contains("" + PORT), e.getMessage());
    other.unlisten(PORT);
    assertThrows(IllegalStateException.class, () -> other.listen(PORT), "not its own to give up");
    server.unlisten(PORT);
    server.unlisten(PORT);
    other.listen(PORT);
  }

  @Test
  void afterUnlistenNewPeersAreRefusedAndOldOnesStay() {
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(serverSide);
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.runFor(MS);
    server.unlisten(PORT);
    client.connect(SERVER, null);
    net.runFor(MS);
    assertEquals(List.of(CloseReason.REFUSED), watched.ends);
    send(c, "still here");
    net.runFor(MS);
    assertEquals(List.of("established", "data still here"), serverSide.events);
  }

  @Test
  void unlistenDropsTheHandshakesUnderWay() {
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(serverSide);
    Watched<Void> watched = new Watched<>();
    net.rightNic.lose((memory, offset, length) ->
        FilterNic.isTcp(memory, offset, length) && (FilterNic.tcpFlags(memory, offset) & 2) == 0);
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runUntil(() -> watched.events.contains("established"));
    server.unlisten(PORT);
    net.rightNic.lose(FilterNic.NONE);
    send(c, "too late");
    net.runFor(5 * SECOND);
    assertEquals(List.of("established", "closed RESET"), watched.events);
    assertEquals(List.of(), serverSide.events);
  }

  /** SYN-18: handshakes in all stages, remembered and by cookie, and connections; the next listener has nothing of them. */
  @Test
  void unlistenUnderLoadDropsEveryHandshakeAndKeepsWhatStands() {
    TcpSettings settings = TcpSettings.defaults().withConnections(400).withBacklog(50);
    TcpServer<Void> server = net.server(settings, new TcpHandler<>() {});
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(settings, watched);
    for (int i = 0; i < 100; i++) {
      client.connect(SERVER, null);
    }
    net.runFor(SECOND);
    assertEquals(100, server.connectionCount());
    long cookies = net.right.counter(Counter.SYN_COOKIES_SENT);
    net.leftNic.lose(FilterNic.TCP);
    for (int i = 0; i < 200; i++) {
      client.connect(SERVER, null);
    }
    net.runFor(MS);
    assertEquals(cookies + 150, net.right.counter(Counter.SYN_COOKIES_SENT));
    server.unlisten(PORT);
    net.leftNic.lose(FilterNic.NONE);
    net.runFor(10 * SECOND);
    assertEquals(100, server.connectionCount());
    assertEquals(100, client.connectionCount());
    assertEquals(200, watched.ends.size());
    assertTrue(watched.ends.stream().allMatch(CloseReason.REFUSED::equals));
    server.listen(PORT);
    client.connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals(101, server.connectionCount());
  }

  /** Inside the very question whether a peer may come in. */
  @Test
  void unlistenInsideAllowNewConnectionTakesNobodyIn() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpServer<Void>[] server = new TcpServer[1];
    Watched<Void> serverSide = new Watched<>(new TcpHandler<>() {
      @Override
      public boolean allowNewConnection(TcpAddresses peer) {
        server[0].unlisten(PORT);
        return true;
      }
    });
    server[0] = net.server(serverSide);
    Watched<Void> watched = new Watched<>();
    net.client(watched).connect(SERVER, null);
    net.runFor(10 * SECOND);
    assertEquals(List.of("closed REFUSED"), watched.events);
    assertEquals(List.of(), serverSide.events);
  }

  /** A server may call back the very peer that is calling. */
  @Test
  void connectInsideAllowNewConnectionToTheSamePeerHarmsNeither() {
    @SuppressWarnings({"unchecked", "rawtypes"})
    TcpClient<Void>[] back = new TcpClient[1];
    Watched<Void> backSide = new Watched<>();
    back[0] = new TcpClient<>(net.right, TcpSettings.defaults(), backSide);
    Watched<Void> serverSide = new Watched<>(new TcpHandler<>() {
      @Override
      public boolean allowNewConnection(TcpAddresses peer) {
        back[0].connect(peer.localAddress(), peer.remoteAddress(), null);
        return true;
      }
    });
    TcpServer<Void> server = net.server(serverSide);
    Watched<Void> watched = new Watched<>();
    TcpConnection<Void> c = net.client(watched).connect(SERVER, null);
    net.runFor(10 * SECOND);
    assertEquals(List.of("established"), watched.events);
    assertEquals(1, server.connectionCount() + back[0].connectionCount());
    send(c, "hi");
    c.sendFin();
    net.runUntil(watched::anyEnded);
    net.runFor(SECOND);
    assertEquals(0, server.connectionCount() + back[0].connectionCount());
  }

  @Test
  void closingAnEndpointLeavesTheOthersAlone() {
    Watched<Void> one = new Watched<>();
    Watched<Void> two = new Watched<>();
    TcpServer<Void> first = net.server(one);
    TcpServer<Void> second = new TcpServer<>(net.right, TcpSettings.defaults(), two);
    second.listen(8);
    first.setTimer(0, 10 * MS);
    second.setTimer(0, 10 * MS);
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    client.connect(SERVER, null);
    TcpConnection<Void> stays = client.connect(new InetSocketAddress("10.0.0.2", 8), null);
    net.runFor(MS);
    first.close();
    first.close();
    assertEquals(List.of("established", "closed SHUT_DOWN"), one.events);
    send(stays, "hello");
    net.runFor(SECOND);
    assertEquals(List.of("established", "data hello", "endpoint timer 0"), two.events);
    assertEquals(List.of("established", "closed SHUT_DOWN"), one.events);
    assertEquals(List.of(CloseReason.RESET), watched.ends);
    client.connect(SERVER, null);
    net.runFor(MS);
    assertEquals(List.of(CloseReason.RESET, CloseReason.REFUSED), watched.ends);

    assertThrows(IllegalStateException.class, () -> first.listen(9));
    assertThrows(IllegalStateException.class, () -> first.setTimer(0, 1));
    assertThrows(IllegalStateException.class, () -> first.poll(one));
    assertEquals(0, first.connectionCount());
    second.listen(PORT);
  }

  @Test
  void aClosedStackRefusesEverything() {
    TcpServer<Void> server = net.server(new Watched<>());
    Watched<Void> watched = new Watched<>();
    TcpClient<Void> client = net.client(watched);
    TcpConnection<Void> c = client.connect(SERVER, null);
    net.left.close();
    net.left.close();
    client.close();
    assertEquals(List.of("closed SHUT_DOWN"), watched.events);
    List<Runnable> calls = List.of(
        net.left::poll,
        () -> client.poll(watched),
        () -> net.left.await(1),
        net.left::release,
        () -> client.connect(SERVER, null),
        () -> client.setTimer(0, 1),
        () -> net.client(watched),
        () -> c.send(Watched.bytes("x"), 0, 1),
        c::abort,
        c::flush);
    for (Runnable call : calls) {
      var e = assertThrows(IllegalStateException.class, call::run);
      assertNotNull(e.getMessage());
    }
    assertEquals(0, client.connectionCount());
    assertEquals(0, c.sendable());
    assertNull(client.connection(c.id()));
    net.left.wakeup();
    assertTrue(net.left.counter(Counter.FRAMES_SENT) > 0);
    assertFalse(server.available() == 0);
  }

  @Test
  void closingAStackTellsThousandsOfConnectionsEachOnce() {
    int connections = 3_000;
    TcpSettings many = TcpSettings.defaults().withConnections(connections);
    Watched<Void> serverSide = new Watched<>();
    Watched<Void> clientSide = new Watched<>();
    TcpServer<Void> server = net.server(many, serverSide);
    TcpClient<Void> client = net.client(many, clientSide);
    for (int i = 0; i < connections; i++) {
      client.connect(SERVER, null);
      if (i % 100 == 0) {
        net.runFor(MS);
      }
    }
    net.runUntil(() -> server.connectionCount() == connections);
    net.right.close();
    assertEquals(connections, serverSide.ends.size());
    assertTrue(serverSide.ends.stream().allMatch(CloseReason.SHUT_DOWN::equals));
    assertEquals(0, net.right.arena().usedBytes());
    net.left.close();
    assertEquals(connections, clientSide.ends.size());
    assertEquals(0, net.left.arena().usedBytes());
  }

  @Test
  void whatIsAttachedTooLateIsNotFoundByTheNextConnection() {
    List<String> found = new ArrayList<>();
    List<TcpConnection<String>> kept = new ArrayList<>();
    TcpHandler<String> handler = new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<String> c) {
        found.add(c.attachment());
        kept.add(c);
      }
    };
    net.server(TcpSettings.defaults().withConnections(1), handler);
    TcpClient<Void> client = net.client(new TcpHandler<>() {});
    client.connect(SERVER, null).abort();
    TcpConnection<Void> first = client.connect(SERVER, null);
    net.runFor(SECOND);
    first.abort();
    net.runFor(SECOND);
    kept.get(0).attach("too late");
    client.connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals(Arrays.asList(null, null), found);
  }
}
