// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.Watched.send;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A stack with several addresses: all are served, and a connection keeps the one that it began with. */
class SeveralAddressesTest {
  private static final String[] LEFT = {"10.0.0.1/24", "10.0.0.11/24", "10.9.0.1/16"};
  private static final String[] RIGHT = {"10.0.0.2/24", "10.0.0.22/24", "10.9.0.2/16"};

  private final ManualClock clock = new ManualClock();
  private final MemoryWire wire = new MemoryWire(clock, 50_000);
  private final FilterNic leftNic = new FilterNic(wire.left());
  private final FilterNic rightNic = new FilterNic(wire.right());
  private final TcpStack left = new TcpStack(leftNic, settings(LEFT));
  private final TcpStack right = new TcpStack(rightNic, settings(RIGHT));
  private final Simulation simulation = new Simulation(clock, left, right);
  private final Watched<String> serverSide = new Watched<>();
  private final Watched<String> clientSide = new Watched<>();
  private final TcpServer<String> server =
      new TcpServer<>(right, TcpSettings.defaults(), serverSide);
  private final TcpClient<String> client =
      new TcpClient<>(left, TcpSettings.defaults(), clientSide);

  private StackSettings settings(String... addresses) {
    return StackSettings.of(addresses).withClock(clock).withSeed(3);
  }

  private static InetSocketAddress at(String prefix, int port) {
    return new InetSocketAddress(prefix.substring(0, prefix.indexOf('/')), port);
  }

  // MUST-43
  @Test
  void everyAddressConnectsToEveryOther() {
    server.listen(PORT);
    List<TcpConnection<String>> all = new ArrayList<>();
    for (String from : LEFT) {
      for (String to : RIGHT) {
        all.add(client.connect(at(from, 0), at(to, PORT), from + to));
      }
    }
    simulation.run(() -> false, SECOND);
    assertEquals(9, server.connectionCount());
    Set<String> pairs = new HashSet<>();
    server.forEach(s -> pairs.add(s.remoteAddress() + " " + s.localAddress()));
    for (TcpConnection<String> c : all) {
      assertEquals(true, pairs.contains(c.localAddress() + " " + c.remoteAddress()));
      send(c, "from " + c.localAddress());
      c.sendFin();
    }
    simulation.run(() -> clientSide.ends.size() == 9, SECOND);
    for (TcpConnection<String> c : all) {
      assertEquals(true, serverSide.events.contains("data from " + c.localAddress()));
    }
  }

  // MUST-44
  @Test
  void theAddressOnTheSameNetworkIsChosen() {
    TcpConnection<String> near = client.connect(at("10.0.0.22/24", PORT), null);
    TcpConnection<String> far = client.connect(at("10.9.0.2/24", PORT), null);
    assertEquals("10.0.0.1", near.localAddress().getAddress().getHostAddress());
    assertEquals("10.9.0.1", far.localAddress().getAddress().getHostAddress());
  }

  /** MUST-45: SYN, data, retransmission, FIN, RST: all from the address that the connection began with. */
  // IP-09, MUST-45
  @Test
  void theSourceAddressNeverChanges() {
    server.listen(PORT);
    Set<Integer> sources = new HashSet<>();
    int[] seen = new int[1];
    rightNic.lose((memory, offset, length) -> {
      if (!FilterNic.isTcp(memory, offset, length)) {
        return false;
      }
      sources.add(FilterNic.sourceAddress(memory, offset));
      return seen[0]++ % 3 == 2;
    });
    Set<Integer> answers = new HashSet<>();
    leftNic.lose((memory, offset, length) -> {
      if (FilterNic.isTcp(memory, offset, length)) {
        answers.add(FilterNic.sourceAddress(memory, offset));
      }
      return false;
    });
    TcpConnection<String> c = client.connect(at(LEFT[1], 0), at(RIGHT[1], PORT), null);
    for (int i = 0; i < 20; i++) {
      send(c, "piece");
      simulation.run(() -> false, 100 * MS);
    }
    c.abort();
    simulation.run(() -> serverSide.anyEnded(), 10 * SECOND);
    assertEquals(Set.of(0x0A00000B), sources);
    assertEquals(Set.of(0x0A000016), answers);
  }

  /** The same two ports between other addresses are another connection. */
  @Test
  void theSamePortsOnOtherAddressesAreAnotherConnection() {
    server.listen(PORT);
    TcpConnection<String> one = client.connect(at(LEFT[0], 4_000), at(RIGHT[0], PORT), null);
    TcpConnection<String> two = client.connect(at(LEFT[1], 4_000), at(RIGHT[0], PORT), null);
    TcpConnection<String> three = client.connect(at(LEFT[0], 4_000), at(RIGHT[1], PORT), null);
    simulation.run(() -> false, SECOND);
    assertEquals(3, server.connectionCount());
    two.abort();
    simulation.run(() -> false, SECOND);
    assertEquals(2, server.connectionCount());
    send(one, "1");
    send(three, "3");
    simulation.run(() -> false, SECOND);
    assertEquals(true, serverSide.events.containsAll(List.of("data 1", "data 3")));
  }
}
