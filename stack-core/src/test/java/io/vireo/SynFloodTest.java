// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.TwoStacks.SERVER_IPV4;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import io.vireo.wire.TcpHeader;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Spoofed SYNs and ACKs by the hundred thousand on the wire of honest clients, which share it with them. */
class SynFloodTest {
  private static final TcpSettings MANY = TcpSettings.defaults().withConnections(1_000);

  private final SplittableRandom random = new SplittableRandom(1);
  private TwoStacks net;
  private Forger forger;

  /** The server's stack with these settings; 100 us from here to there. */
  private void begin(UnaryOperator<StackSettings> server) {
    WireSettings wire =
        WireSettings.defaults().withDelayNs(100_000).withSlots(2_048).withChecksumOffload(true);
    net = new TwoStacks(new ManualClock(), wire, settings -> settings, server);
    forger = new Forger(net.leftNic, net.rightNic.macAddress(), SERVER_IPV4);
  }

  @BeforeEach
  void begin() {
    begin(settings -> settings);
  }

  private boolean syn() {
    int source = 0x0B00_0000 | random.nextInt(1 << 24);
    int port = 1 + random.nextInt(65_535);
    return forger.sends(source, port, PORT, random.nextInt(), 0, TcpHeader.SYN);
  }

  /** A millisecond in which so many spoofed SYNs arrive. */
  private void floodedMs(int syns) {
    for (int i = 0; i < syns; i++) {
      assertTrue(syn(), "the wire is too short for the flood");
    }
    net.leftNic.ring();
    net.runFor(MS);
  }

  // SYN-01, PH-18, SYN-03, PH-17; CVE-1999-0116
  @ParameterizedTest
  @ValueSource(ints = {10, 50, 100, 150})
  void honestClientsConnectInAFlood(int synsPerMs) {
    Watched<Void> clientSide = new Watched<>();
    TcpServer<Void> server = net.server(MANY, new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        Watched.send(c, "welcome");
      }
    });
    TcpClient<Void> client = net.client(MANY, clientSide);
    for (int ms = 0; ms < 2_000 / synsPerMs + 120; ms++) {
      floodedMs(synsPerMs);
    }
    assertTrue(net.right.counter(Counter.SYN_COOKIES_SENT) > 0);
    for (int i = 0; i < 300; i++) {
      client.connect(SERVER, null);
      floodedMs(synsPerMs);
    }
    net.runFor(MS);
    assertEquals(300, server.connectionCount());
    assertEquals(300, clientSide.events.stream().filter("data welcome"::equals).count());
    assertEquals(0, net.left.counter(Counter.SEGMENTS_RETRANSMITTED), "nobody had to try again");
    assertEquals(300, net.right.counter(Counter.SYN_COOKIES_ACCEPTED));
    assertEquals(0, net.right.counter(Counter.SYNS_DROPPED));
    // What strangers cost is the backlog.
    long sent = net.right.counter(Counter.SYN_COOKIES_SENT);
    net.runFor(60 * SECOND);
    assertEquals(sent, net.right.counter(Counter.SYN_COOKIES_SENT));
    assertEquals(1_024, net.right.counter(Counter.HALF_OPEN_EXPIRED));
    assertEquals(0, net.right.arena().usedBytes());
  }

  // SYN-02: not protected, bounded, and over when the flood is
  @Test
  void withoutCookiesAFloodShutsOutAndPasses() {
    begin(settings -> settings.withLimits(settings.limits().withSynCookies(false)));
    Watched<Void> clientSide = new Watched<>();
    TcpServer<Void> server = net.server(MANY, new TcpHandler<>() {});
    TcpClient<Void> client = net.client(MANY, clientSide);
    for (int ms = 0; ms < 50; ms++) {
      floodedMs(100);
    }
    assertTrue(net.right.counter(Counter.SYNS_DROPPED) > 3_000);
    client.connect(SERVER, null);
    net.runFor(5 * SECOND);
    assertEquals(0, server.connectionCount());
    net.runFor(11 * SECOND);
    assertEquals(1, server.connectionCount());
  }

  /** Random ACKs for the listener; returns how many of them opened a connection. */
  private long forgeAcks(int count) {
    long before = net.right.counter(Counter.CONNECTIONS_ACCEPTED);
    for (int i = 0; i < count; i++) {
      if (i % 1_024 == 0) {
        net.leftNic.ring();
        net.runFor(MS);
      }
      int source = 0x0B00_0000 | random.nextInt(1 << 24);
      int seq = random.nextInt();
      assertTrue(forger.sends(source, 1_025, PORT, seq, random.nextInt(), TcpHeader.ACK));
    }
    net.leftNic.ring();
    net.runFor(SECOND);
    return net.right.counter(Counter.CONNECTIONS_ACCEPTED) - before;
  }

  // SYN-04, SYN-19: by chance, one of 2^28; 2^24 of them are checked in SynCookiesTest
  @Test
  void millionForgedAcksInAnOverflowOpenNothing() {
    net.server(MANY, new TcpHandler<>() {});
    for (int ms = 0; ms < 20; ms++) {
      floodedMs(100);
    }
    assertEquals(0, forgeAcks(1 << 20));
    assertEquals(1 << 20, net.right.counter(Counter.SYN_COOKIES_REFUSED));
    // Answers keep their budget.
    assertTrue(net.right.counter(Counter.RESETS_SENT) <= 200 + 1_000 * 3);
  }

  // SYN-04, STM-05: without an overflow they are not even looked at
  @Test
  void millionForgedAcksWithoutAnOverflowOpenNothing() {
    net.server(MANY, new TcpHandler<>() {});
    assertEquals(0, forgeAcks(1 << 20));
    assertEquals(0, net.right.counter(Counter.SYN_COOKIES_REFUSED));
    assertEquals(1 << 20, net.right.counter(Counter.TCP_NO_CONNECTION));
  }

  // SYN-11, CVE-2000-1039: real handshakes, then silence: the cap holds, idle ones are reaped, the
  // listener answers
  @Test
  void silentConnectionsAreReaped() {
    TcpSettings settings = MANY.withConnections(500);
    Watched<Void> serverSide = new Watched<>(new TcpHandler<>() {
      @Override
      public void onConnectionEstablished(TcpConnection<Void> c) {
        c.setUserTimer(0, 30 * SECOND);
      }

      @Override
      public void onUserTimeout(TcpConnection<Void> c, int timerId) {
        c.abort();
      }
    });
    TcpServer<Void> server = net.server(settings, serverSide);
    TcpClient<Void> client = net.client(MANY, new TcpHandler<>() {});
    for (int i = 0; i < 600; i++) {
      client.connect(SERVER, null);
    }
    net.runFor(10 * SECOND);
    assertEquals(500, server.connectionCount(), "the cap holds");
    assertEquals(500, net.right.counter(Counter.CONNECTIONS_ACCEPTED));
    net.runFor(21 * SECOND);
    assertEquals(500, serverSide.ends.size());
    assertTrue(serverSide.ends.stream().allMatch(CloseReason.ABORTED::equals));
    client.connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals(1, server.connectionCount(), "the listener answers");
    assertEquals(0, net.right.arena().usedBytes());
  }
}
