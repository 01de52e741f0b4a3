// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.time.ManualClock;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stacks that have the addresses of a kernel: what they take from it, and what they do when it changes. */
class SharedHostTest {
  private static final int NEAR = 0x0A00_0001;
  private static final int FAR = 0x0A00_0002;
  private static final int ELSEWHERE = 0x0A00_0502;
  private static final int FIRST_ROUTER = 0x0A00_00FE;
  private static final int SECOND_ROUTER = 0x0A00_00FD;
  private static final InetSocketAddress SERVER = new InetSocketAddress("10.0.0.2", PORT);

  private final ManualClock clock = new ManualClock();
  private final MemoryWire wire = new MemoryWire(clock, 50_000);
  private final FakeHost near = new FakeHost(NEAR);
  private final FakeHost far = new FakeHost(FAR);
  private final FilterNic nearNic = new FilterNic(wire.left(), near);
  private final FilterNic farNic = new FilterNic(wire.right(), far);
  private final Watched<Void> clientSide = new Watched<>();
  private final Watched<Void> serverSide = new Watched<>();
  private TcpStack client;
  private TcpStack server;
  private TcpServer<Void> listener;
  private TcpClient<Void> connector;
  private Simulation simulation;

  @BeforeEach
  void open() {
    far.know(NEAR, nearNic.macAddress());
    near.know(FAR, farNic.macAddress());
    client = stack(nearNic, 1);
    server = stack(farNic, 2);
    simulation = new Simulation(clock, client, server);
    listener = new TcpServer<>(server, TcpSettings.defaults(), serverSide);
    connector = new TcpClient<>(client, TcpSettings.defaults(), clientSide);
  }

  private TcpStack stack(FilterNic nic, long seed) {
    return new TcpStack(nic, StackSettings.ofInterface().withClock(clock).withSeed(seed));
  }

  private void runFor(long ns) {
    boolean unused = simulation.run(() -> false, ns);
  }

  private TcpConnection<Void> connect() {
    return connector.connect(SERVER, null);
  }

  private TcpConnection<Void> established() {
    listener.listen(PORT);
    TcpConnection<Void> c = connect();
    runFor(10 * MS);
    assertEquals(List.of("established"), clientSide.events);
    return c;
  }

  @Test
  void connectsOverTheHostsNeighboursFromOneOfItsPorts() {
    TcpConnection<Void> c = established();
    assertEquals(Set.of(FakeHost.key(FAR, PORT)), far.reserved);
    assertTrue(near.reserved.contains(FakeHost.key(NEAR, c.localPort())));
    assertEquals(16, near.reserved.size(), "a block");
    assertEquals(0, client.counter(Counter.ARP_REQUESTS_SENT));
    assertEquals(0, server.counter(Counter.ARP_REQUESTS_SENT));
  }

  @Test
  void portsAreTakenInBlocksAndEachIsUsedForManyPeersButOnceForOne() {
    listener.listen(PORT);
    listener.listen(PORT + 1);
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      assertTrue(ports.add(connect().localPort()));
    }
    assertEquals(48, near.reserved.size());
    for (int i = 0; i < 48; i++) {
      int unused =
          connector.connect(new InetSocketAddress("10.0.0.2", PORT + 1), null).localPort();
    }
    assertEquals(48, near.reserved.size());
    runFor(10 * MS);
    assertEquals(88, serverSide.lives.size());
  }

  @Test
  void withoutAPortAConnectFails() {
    near.mostPorts = 0;
    assertEquals(0, connect().localPort());
    runFor(MS);
    assertEquals(List.of(CloseReason.NO_LOCAL_PORT), clientSide.ends);
  }

  @Test
  void aPortThatIsTakenIsRefusedOfEveryAddress() {
    far.addresses.add(0x0A00_0003);
    far.announce(HostNetwork.ADDRESSES);
    runFor(100 * MS);
    far.taken.add(FakeHost.key(0x0A00_0003, PORT));
    UncheckedIOException refusal =
        assertThrows(UncheckedIOException.class, () -> listener.listen(PORT));
    assertEquals("the port is taken", refusal.getCause().getMessage());
    assertEquals(Set.of(), far.reserved, "nor is it kept of the other");
    far.taken.clear();
    listener.listen(PORT);
    assertEquals(2, far.reserved.size());
  }

  /** A port that is ours of one address is not ours of another. */
  @Test
  void aGivenPortIsTakenOfTheAddressItIsUsedWith() {
    listener.listen(PORT);
    near.addresses.add(0x0A00_0003);
    near.announce(HostNetwork.ADDRESSES);
    runFor(100 * MS);
    int port = connect().localPort();
    near.taken.add(FakeHost.key(0x0A00_0003, port));
    InetSocketAddress local = new InetSocketAddress("10.0.0.3", port);
    TcpConnection<Void> unused = connector.connect(local, SERVER, null);
    runFor(MS);
    assertEquals(List.of(CloseReason.NO_LOCAL_PORT), clientSide.ends);
    near.taken.clear();
    TcpConnection<Void> unusedToo = connector.connect(local, SERVER, null);
    assertTrue(near.reserved.contains(FakeHost.key(0x0A00_0003, port)));
  }

  @Test
  void aPortIsKeptWhileAConnectionLives() {
    TcpConnection<Void> c = established();
    listener.unlisten(PORT);
    assertEquals(1, far.reserved.size());
    c.abort();
    runFor(SECOND);
    assertEquals(List.of(CloseReason.RESET), serverSide.ends);
    assertEquals(0, far.reserved.size());
  }

  @Test
  void aPortIsKeptThroughTimeWait() {
    listener.listen(PORT);
    TcpConnection<Void> unused = connect();
    runFor(10 * MS);
    List<TcpConnection<Void>> accepted = new ArrayList<>();
    listener.forEach(accepted::add);
    listener.unlisten(PORT);
    accepted.get(0).sendFin();
    runFor(SECOND); // its peer ends as well
    assertEquals(List.of(CloseReason.CLOSED), serverSide.ends);
    assertEquals(1, far.reserved.size(), "TIME-WAIT");
    runFor(60 * SECOND);
    assertEquals(0, far.reserved.size());
  }

  @Test
  void allPortsAreGivenBackAtTheEnd() {
    TcpConnection<Void> unused = established();
    client.close();
    server.close();
    assertEquals(Set.of(), near.reserved);
    assertEquals(Set.of(), far.reserved);
  }

  @Test
  void whoWaitsForANeighbourHearsOfItSoon() {
    near.neighbours.clear();
    listener.listen(PORT);
    TcpConnection<Void> unused = connect();
    assertEquals(List.of(FAR), near.resolved);
    runFor(20 * MS);
    assertEquals(List.of(), clientSide.events);
    near.know(FAR, farNic.macAddress());
    runFor(MS);
    assertEquals(List.of("established"), clientSide.events);
  }

  @Test
  void aNeighbourThatNeverAnswersIsUnreachable() {
    near.neighbours.clear();
    TcpConnection<Void> unused = connect();
    runFor(10 * SECOND);
    assertEquals(List.of(CloseReason.UNREACHABLE), clientSide.ends);
  }

  @Test
  void aNeighbourInUseIsKeptFresh() {
    TcpConnection<Void> c = established();
    near.resolved.clear();
    for (int i = 0; i < 130; i++) {
      Watched.send(c, "x");
      runFor(SECOND);
    }
    assertEquals(2, near.resolved.size(), "once a minute");
  }

  @Test
  void aNeighbourThatMovesIsFollowed() {
    TcpConnection<Void> c = established();
    near.know(FAR, 0x0200_0000_0099L);
    runFor(100 * MS);
    Watched.send(c, "lost");
    runFor(100 * MS);
    assertEquals("", serverSide.only().received.toString());
    near.know(FAR, farNic.macAddress());
    runFor(SECOND);
    assertEquals("lost", serverSide.only().received.toString());
  }

  @Test
  void connectionsFollowTheRoute() {
    far.addresses.set(0, ELSEWHERE);
    far.announce(HostNetwork.ADDRESSES);
    far.gateway = SECOND_ROUTER;
    far.know(SECOND_ROUTER, nearNic.macAddress());
    runFor(100 * MS);
    listener.listen(PORT);
    near.gateway = FIRST_ROUTER;
    near.know(FIRST_ROUTER, 0x0200_0000_0099L);
    near.know(SECOND_ROUTER, farNic.macAddress());
    TcpConnection<Void> unused = connector.connect(new InetSocketAddress("10.0.5.2", PORT), null);
    runFor(5 * SECOND);
    assertEquals(List.of(), clientSide.events, "the first router leads nowhere");
    near.gateway = SECOND_ROUTER;
    near.announce(HostNetwork.ROUTES);
    runFor(5 * SECOND);
    assertEquals(List.of("established"), clientSide.events);
  }

  @Test
  void withoutARouteAConnectFails() {
    TcpConnection<Void> unused = connector.connect(new InetSocketAddress("10.0.5.2", PORT), null);
    runFor(MS);
    assertEquals(List.of(CloseReason.UNREACHABLE), clientSide.ends);
  }

  // GND-15
  @Test
  void anAddressThatIsTakenAwayEndsItsConnections() {
    TcpConnection<Void> unused = established();
    far.addresses.set(0, 0x0A00_0003);
    far.announce(HostNetwork.ADDRESSES);
    runFor(100 * MS);
    assertEquals(List.of(CloseReason.ADDRESS_LOST), serverSide.ends);
    assertTrue(far.reserved.contains(FakeHost.key(0x0A00_0003, PORT)), "listens on the new one");
    near.know(0x0A00_0003, farNic.macAddress());
    TcpConnection<Void> unusedToo =
        connector.connect(new InetSocketAddress("10.0.0.3", PORT), null);
    runFor(100 * MS);
    assertEquals(2, serverSide.lives.size());
  }

  @Test
  void errorsThatTheHostGotCount() {
    byte[][] syn = new byte[1][];
    farNic.lose((memory, offset, length) -> {
      if (FilterNic.isTcp(memory, offset, length)) {
        syn[0] = new byte[28];
        memory.get(offset + 14, syn[0]);
      }
      return true;
    });
    TcpConnection<Void> unused = connect();
    runFor(MS);
    ByteBuffer error = ByteBuffer.allocate(20 + 8 + 28);
    error.put(0, (byte) 0x45).put(9, (byte) 1).putShort(2, (short) error.capacity());
    error.putInt(12, FAR).putInt(16, NEAR);
    error.put(20, (byte) 3).put(21, (byte) 3);
    error.put(28, syn[0]);
    int sum = 0;
    for (int i = 20; i < error.capacity(); i += 2) {
      sum += error.getShort(i) & 0xFFFF;
    }
    error.putShort(22, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
    near.icmp.add(error.array());
    near.icmp.add(new byte[] {0x45});
    runFor(100 * MS);
    assertEquals(List.of(CloseReason.REFUSED), clientSide.ends);
    assertEquals(1, client.counter(Counter.IP_MALFORMED));
  }

  @Test
  void theSettingsMustFitTheNic() {
    StackSettings own = StackSettings.of("10.0.0.1/24").withClock(clock);
    assertEquals(
        "this NIC's addresses are the kernel's: StackSettings.ofInterface()",
        assertThrows(IllegalArgumentException.class, () -> new TcpStack(nearNic, own))
            .getMessage());
    FilterNic plain = new FilterNic(wire.left());
    StackSettings shared = StackSettings.ofInterface().withClock(clock);
    String refusal = assertThrows(IllegalArgumentException.class, () -> new TcpStack(plain, shared))
        .getMessage();
    assertTrue(refusal.startsWith("this NIC shares no addresses with the kernel"), refusal);
  }
}
