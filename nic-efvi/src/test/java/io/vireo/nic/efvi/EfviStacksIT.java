// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two stacks with a card each, the cards joined by a wire, under virtual time, and cards whose manners and faults a seed draws: every byte arrives once, in order, both ways. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
@Timeout(120)
class EfviStacksIT {
  private static final int PORT = 7;
  private static final int MTU = 1_500;
  private static final long TICK_NS = 100_000;

  /** Where nothing happens for so many turns, time passes: cards need some to do what they were asked for. */
  private static final int IDLE_TURNS = 40;

  private static final long LIMIT_NS = 600_000_000_000L;

  private final ManualClock clock = new ManualClock();

  /** Sends bytes that follow from their position, and checks those that come. */
  private static final class Side implements TcpHandler<Void> {
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(8 << 10);
    private final int bytes;
    private TcpConnection<Void> connection;
    private int sent;
    private int received;
    private boolean finished;
    private CloseReason closed;

    Side(int bytes) {
      this.bytes = bytes;
    }

    private static byte at(int position) {
      return (byte) (position * 31 + (position >>> 8));
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      connection = c;
      send();
    }

    private void send() {
      boolean full = false;
      while (sent < bytes && !full) {
        int length = Math.min(chunk.capacity(), bytes - sent);
        for (int i = 0; i < length; i++) {
          chunk.put(i, at(sent + i));
        }
        int accepted = connection.send(chunk, 0, length);
        sent += accepted;
        full = accepted < length;
      }
      if (sent == bytes && !finished) {
        finished = true;
        connection.sendFin();
      }
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      for (int i = 0; i < length; i++) {
        assertEquals(at(received + i), memory.get(offset + i));
      }
      received += length;
      return 0;
    }

    /** Sends on: either side ends when it has sent all. */
    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {}

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      send();
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      closed = reason;
    }
  }

  private void draw(Card card, SplittableRandom random) {
    card.set(Card.CHECK_RX_BUFFERS, 1);
    card.set(Card.CHECK_TX_BUFFERS, 1);
    card.set(Card.TX_DELAY, random.nextInt(4));
    card.set(Card.COMPLETION_DELAY, random.nextInt(8));
    card.set(Card.COMPLETION_BATCH, 1 + random.nextInt(32));
    card.set(Card.RX_PREFIX, random.nextBoolean() ? 14 : 0);
    card.set(Card.RX_MULTI, random.nextInt(3) == 0 ? 2 + random.nextInt(14) : 0);
    card.set(Card.NO_DESC_EVENTS, random.nextInt(2));
    card.set(Card.TX_DROP_NTH, random.nextInt(3) == 0 ? 20 + random.nextInt(200) : 0);
    card.set(Card.RX_DROP_NTH, random.nextInt(3) == 0 ? 20 + random.nextInt(200) : 0);
    card.set(Card.EAGAIN_NTH, random.nextInt(3) == 0 ? 2 + random.nextInt(20) : 0);
    card.set(Card.CTPIO_FAIL_NTH, random.nextInt(3) == 0 ? 2 + random.nextInt(20) : 0);
    card.set(Card.AUTO_BUDGET, 1 + random.nextInt(64));
  }

  private static EfviSettings settings(SplittableRandom random) {
    int[] thresholds = {EfviSettings.NO_CTPIO, EfviSettings.STORE_AND_FORWARD, 64, 500};
    return EfviSettings.defaults().withCtpioThreshold(thresholds[random.nextInt(4)]);
  }

  private TcpStack stack(Nic nic, String address, long seed) {
    return new TcpStack(
        nic, StackSettings.of(address).withClock(clock).withSeed(seed).withTimeWaitNs(1_000_000));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void everyByteArrivesOnceWhateverTheCardsDo(int lane) throws Exception {
    for (int seed = lane * 8 + 1; seed <= lane * 8 + 8; seed++) {
      transfer(seed);
    }
  }

  private void transfer(int seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Card card = Card.insert();
    draw(card, random);
    try (VethPair pair = new VethPair()) {
      int left = pair.nearNetwork.call(() -> card.port(VethPair.NEAR, 1, MTU));
      int right = pair.farNetwork.call(() -> card.port(VethPair.FAR, 2, MTU));
      Card.check(card.functions.card_ports_join(left, right), "join");
      card.functions.card_auto(1);
      Nic near = pair.nearNetwork.call(() -> EfviNic.openPort(VethPair.NEAR, settings(random)));
      Nic far = pair.farNetwork.call(() -> EfviNic.openPort(VethPair.FAR, settings(random)));
      try (near;
          far) {
        exchange(near, far, seed, random);
      }
    }
    assertEquals("", card.complaints(), () -> "seed " + seed);
  }

  private void exchange(Nic near, Nic far, int seed, SplittableRandom random) {
    Side client = new Side(random.nextInt(400_000));
    Side server = new Side(random.nextInt(400_000));
    TcpStack nearStack = stack(near, "10.0.0.1/24", seed);
    TcpStack farStack = stack(far, "10.0.0.2/24", -seed);
    new TcpServer<>(farStack, TcpSettings.defaults(), server).listen(PORT);
    new TcpClient<>(nearStack, TcpSettings.defaults(), client)
        .connect(new InetSocketAddress("10.0.0.2", PORT), null);
    long endNs = clock.nanoTime() + LIMIT_NS;
    int idle = 0;
    while (client.closed == null || server.closed == null) {
      idle = nearStack.poll() + farStack.poll() == 0 ? idle + 1 : 0;
      if (idle == IDLE_TURNS) {
        idle = 0;
        clock.advance(TICK_NS);
        assertTrue(clock.nanoTime() < endNs, () -> "seed " + seed + " does not end");
      }
    }
    assertEquals(CloseReason.CLOSED, client.closed, () -> "seed " + seed);
    assertEquals(CloseReason.CLOSED, server.closed, () -> "seed " + seed);
    assertEquals(server.bytes, client.received, () -> "seed " + seed);
    assertEquals(client.bytes, server.received, () -> "seed " + seed);
    nearStack.close();
    farStack.close();
  }
}
