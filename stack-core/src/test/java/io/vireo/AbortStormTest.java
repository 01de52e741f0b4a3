// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many connections begin or end at once on rings that are far too short for it. */
class AbortStormTest {
  private static final TcpSettings MANY =
      TcpSettings.defaults().withConnections(10_000).withBacklog(1 << 14);

  private static TwoStacks net(int slots) {
    WireSettings wire = WireSettings.defaults().withDelayNs(50_000).withSlots(slots);
    UnaryOperator<StackSettings> same = settings -> settings;
    return new TwoStacks(new ManualClock(), wire, same, same);
  }

  /** Connections between the two, as many as there may be. */
  private static TcpClient<Void> fill(
      TwoStacks net, TcpServer<Void> server, TcpHandler<Void> handler, TcpSettings settings) {
    TcpClient<Void> client = net.client(settings, handler);
    for (int i = 0; i < settings.connections(); i++) {
      client.connect(SERVER, null);
    }
    net.runUntil(() -> server.connectionCount() == settings.connections());
    net.runFor(SECOND);
    return client;
  }

  /** Connections do not wait for their RSTs: no time passes, so no slot comes free. */
  private static void endsAreTold(TwoStacks net, TcpClient<Void> client) {
    while (client.connectionCount() > 0) {
      net.left.poll();
    }
    assertTrue(net.left.counter(Counter.TRANSMIT_FULL) > 0);
  }

  // CLS-19, RS-14: 10,000 RSTs leave through 512 slots, and nobody has to find out by himself
  @ParameterizedTest
  @ValueSource(ints = {8, 512})
  void everyResetOfAMassAbortLeaves(int slots) {
    TwoStacks net = net(slots);
    Watched<Void> serverSide = new Watched<>();
    TcpServer<Void> server = net.server(MANY, serverSide);
    TcpClient<Void> client = fill(net, server, new TcpHandler<>() {}, MANY);
    long before = net.left.counter(Counter.RESETS_SENT);
    client.forEach(TcpConnection::abort);
    endsAreTold(net, client);
    net.runUntil(() -> serverSide.ends.size() == 10_000, 60 * SECOND);
    assertTrue(serverSide.ends.stream().allMatch(CloseReason.RESET::equals));
    assertEquals(10_000, net.left.counter(Counter.RESETS_SENT) - before);
    assertEquals(0, net.right.counter(Counter.TCP_NO_CONNECTION));
    net.runFor(SECOND);
    net.assertNothingHeld();
  }

  // CLS-19: the same when an endpoint closes, whose stack goes on
  @Test
  void everyResetOfAnEndpointThatClosesLeaves() {
    TwoStacks net = net(16);
    Watched<Void> serverSide = new Watched<>();
    TcpSettings settings = MANY.withConnections(1_000);
    TcpServer<Void> server = net.server(settings, serverSide);
    TcpClient<Void> client = fill(net, server, new TcpHandler<>() {}, settings);
    client.close();
    net.runUntil(() -> serverSide.ends.size() == 1_000, 10 * SECOND);
    net.assertNothingHeld();
  }

  // CLS-19: a stack that closes does what it can, and comes to an end
  @Test
  void aStackThatClosesWithAFullRingEnds() {
    TwoStacks net = net(16);
    Watched<Void> clientSide = new Watched<>();
    TcpSettings settings = MANY.withConnections(1_000);
    TcpServer<Void> server = net.server(settings, new TcpHandler<>() {});
    fill(net, server, clientSide, settings);
    long before = net.left.counter(Counter.RESETS_SENT);
    net.left.close();
    assertEquals(1_000, clientSide.ends.size());
    assertTrue(net.left.counter(Counter.RESETS_SENT) - before >= 8);
    assertEquals(0, net.left.arena().usedBytes());
  }

  // RS-14: a lone RST needs no slot of those who send payload
  @Test
  void theConnectionsOfRstsThatWaitBeginAnotherLifeMeanwhile() {
    TwoStacks net = net(8);
    Watched<Void> serverSide = new Watched<>();
    TcpSettings settings = MANY.withConnections(200);
    TcpServer<Void> server = net.server(settings, serverSide);
    TcpClient<Void> client = fill(net, server, new TcpHandler<>() {}, settings);
    client.forEach(TcpConnection::abort);
    endsAreTold(net, client);
    for (int i = 0; i < 200; i++) {
      client.connect(SERVER, null);
    }
    net.runUntil(() -> serverSide.ends.size() == 200 && server.connectionCount() == 200);
    assertTrue(serverSide.ends.stream().allMatch(CloseReason.RESET::equals));
    net.runFor(10 * SECOND);
    assertEquals(200, client.connectionCount());
  }

  // SYN-20: all in one millisecond, then all lose their connections and come again
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStormOfReconnectsFindsAllConnected(boolean cookies) {
    TwoStacks net = net(512);
    Watched<Void> clientSide = new Watched<>();
    TcpSettings settings = cookies ? MANY.withBacklog(256) : MANY;
    TcpServer<Void> server = net.server(settings, new TcpHandler<>() {});
    TcpClient<Void> client = fill(net, server, clientSide, MANY);
    assertEquals(cookies, net.right.counter(Counter.SYN_COOKIES_ACCEPTED) > 0);
    server.forEach(TcpConnection::abort);
    net.runUntil(() -> client.connectionCount() == 0);
    clientSide.lives.clear();
    for (int i = 0; i < 10_000; i++) {
      client.connect(SERVER, null);
    }
    // A cookie that finds no slot is lost, and the SYN comes again after a second.
    net.runFor(cookies ? 1_500 * MS : 500 * MS);
    assertEquals(10_000, server.connectionCount());
    assertEquals(10_000, client.connectionCount());
    assertTrue(cookies || net.left.counter(Counter.SEGMENTS_RETRANSMITTED) == 0);
    // Nothing is left behind that a timer would still have to look at.
    net.runFor(60 * SECOND);
    assertEquals(
        net.clock.nanoTime() + SECOND,
        StackGauge.nextDeadlineNs(net.right, net.clock.nanoTime() + SECOND));
  }
}
