// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.PORT;
import static io.vireo.TwoStacks.SECOND;
import static io.vireo.TwoStacks.SERVER;
import static io.vireo.TwoStacks.SERVER_IPV4;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A connection whose four numbers an attacker knows, and to whose ends he sends what he likes, without seeing it. */
class VolleyTest {
  private static final int CLIENT_IPV4 = 0x0A00_0001;
  private static final int VOLLEY = 1 << 18;
  private static final int TCP = 14 + 20;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Watched<Void> clientSide = new Watched<>();
  private final Watched<Void> serverSide = new Watched<>();
  private TwoStacks net;
  private TcpConnection<Void> client;
  private Forger toServer;

  @BeforeEach
  void begin() {
    WireSettings wire =
        WireSettings.defaults().withDelayNs(100_000).withSlots(2_048).withChecksumOffload(true);
    net = new TwoStacks(new ManualClock(), wire, settings -> settings, settings -> settings);
    toServer = new Forger(net.leftNic, net.rightNic.macAddress(), SERVER_IPV4);
  }

  private void connect(int receiveBufferBytes) {
    TcpSettings settings = TcpSettings.defaults().withReceiveBufferBytes(receiveBufferBytes);
    net.server(settings, serverSide);
    client = net.client(settings, clientSide).connect(SERVER, null);
    net.runFor(SECOND);
    assertEquals(1, serverSide.lives.size());
  }

  private void forge(int flags, int payloadBytes) {
    long endNs = net.clock.nanoTime() + 2 * SECOND;
    for (int i = 0; i < VOLLEY; i++) {
      int seq = random.nextInt();
      assertTrue(toServer.sends(
          CLIENT_IPV4, client.localPort(), PORT, seq, random.nextInt(), flags, payloadBytes));
      if (i % 256 == 0) {
        net.leftNic.ring();
        net.runFor(MS);
      }
    }
    net.leftNic.ring();
    net.runFor(endNs - net.clock.nanoTime());
  }

  private void stillWorks() {
    Watched.send(client, "still here");
    net.runFor(SECOND);
    assertEquals("still here", serverSide.only().received.toString());
    assertEquals(0, serverSide.ends.size());
    assertEquals(0, clientSide.ends.size());
  }

  // BLD-07, BLD-09; RFC 5961: only the exact number resets, be the window as large as it may
  @ParameterizedTest
  @CsvSource({"65536", "1048576", "1073741824"})
  void aVolleyOfResetsEndsNothing(int window) {
    connect(window);
    forge(TcpHeader.RST, 0);
    assertTrue(net.right.counter(Counter.CHALLENGE_ACKS_SENT) <= 5);
    assertEquals(0, net.right.counter(Counter.RESETS_RECEIVED));
    stillWorks();
  }

  // BLD-08; RFC 5961 §4
  @Test
  void aVolleyOfSynsEndsNothing() {
    connect(65_536);
    forge(TcpHeader.SYN, 0);
    assertTrue(net.right.counter(Counter.CHALLENGE_ACKS_SENT) <= 5);
    stillWorks();
  }

  // BLD-08; RFC 5961 §5: what is taken must acknowledge what was sent
  @Test
  void aVolleyOfDataBringsNoForeignByte() {
    connect(65_536);
    forge(TcpHeader.ACK | TcpHeader.PSH, 1);
    stillWorks();
  }

  // BLD-12, STM-19: both ends were given bytes that the other never sent, and each finds the
  // other's ACK impossible
  @Test
  void twoEndsOutOfStepDoNotStorm() {
    connect(65_536);
    int[] seqAndAck = new int[2];
    net.rightNic.lose((memory, offset, length) -> {
      if (FilterNic.isTcp(memory, offset, length)) {
        note(memory, offset + TCP, seqAndAck);
      }
      return false;
    });
    Watched.send(client, "a");
    net.runFor(SECOND);
    Forger toClient = new Forger(net.rightNic, net.leftNic.macAddress(), CLIENT_IPV4);
    int port = client.localPort();
    int flags = TcpHeader.ACK | TcpHeader.PSH;
    int seq = seqAndAck[0] + 1;
    int ack = seqAndAck[1];
    assertTrue(toServer.sends(CLIENT_IPV4, port, PORT, seq, ack, flags, 1));
    assertTrue(toClient.sends(SERVER_IPV4, PORT, port, ack, seq, flags, 1));
    net.leftNic.ring();
    net.rightNic.ring();
    net.runFor(SECOND);
    long left = net.left.counter(Counter.SEGMENTS_SENT);
    long right = net.right.counter(Counter.SEGMENTS_SENT);
    net.runFor(10 * SECOND);
    assertTrue(net.left.counter(Counter.SEGMENTS_SENT) - left <= 20);
    assertTrue(net.right.counter(Counter.SEGMENTS_SENT) - right <= 20);
  }

  private static void note(ByteBuffer memory, int segment, int[] seqAndAck) {
    seqAndAck[0] = TcpHeader.seq(memory, segment);
    seqAndAck[1] = TcpHeader.ack(memory, segment);
  }
}
