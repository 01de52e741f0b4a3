// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.time.ManualClock;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Two stacks on a wire in memory: the whole way from connect to the last event. */
class FirstConversationTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = new ManualClock();
  private final MemoryWire wire = new MemoryWire(clock, 50_000);
  private final TcpStack left = new TcpStack(wire.left(), settings("10.0.0.1/24", 1));
  private final TcpStack right = new TcpStack(wire.right(), settings("10.0.0.2/24", 2));
  private final Simulation simulation = new Simulation(clock, left, right);

  private StackSettings settings(String address, long seed) {
    return StackSettings.of(address).withClock(clock).withSeed(seed);
  }

  /** Sends back what comes, and finishes when the peer does. */
  private static final class Echo implements TcpHandler<Void> {
    final List<CloseReason> ends = new ArrayList<>();

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      return length - c.send(memory, offset, length);
    }

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      ends.add(reason);
    }
  }

  /** Sends a given number of bytes as fast as they are taken, then finishes; keeps what comes back. */
  private static final class Sender implements TcpHandler<Void> {
    final ByteBuffer source;
    final ByteArrayOutputStream back = new ByteArrayOutputStream();
    CloseReason end;
    boolean finSent;

    Sender(byte[] bytes) {
      source = ByteBuffer.wrap(bytes);
    }

    void pump(TcpConnection<Void> c) {
      int taken = c.send(source, source.position(), source.remaining());
      source.position(source.position() + taken);
      if (!source.hasRemaining() && !finSent) {
        finSent = true;
        c.sendFin();
      }
    }

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      pump(c);
    }

    @Override
    public void onMoreSendable(TcpConnection<Void> c) {
      pump(c);
    }

    @Override
    public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
      byte[] bytes = new byte[length];
      memory.get(offset, bytes);
      back.writeBytes(bytes);
      return 0;
    }

    @Override
    public void onFin(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {}

    @Override
    public void onConnectionClosed(TcpConnection<Void> c, CloseReason reason) {
      end = reason;
    }
  }

  @Test
  void echoesAMebibyteAndEndsInOrder() {
    byte[] bytes = new byte[1 << 20];
    new SplittableRandom(3).nextBytes(bytes);
    Echo echo = new Echo();
    Sender sender = new Sender(bytes);
    TcpServer<Void> server = new TcpServer<>(right, TcpSettings.defaults(), echo);
    TcpClient<Void> client = new TcpClient<>(left, TcpSettings.defaults(), sender);
    server.listen(7);
    client.connect(new InetSocketAddress("10.0.0.2", 7), null);

    assertTrue(
        simulation.run(() -> sender.end != null && !echo.ends.isEmpty(), 100 * SECOND),
        () -> "stuck at " + sender.back.size() + ", " + sender.end + ", " + echo.ends);

    assertEquals(CloseReason.CLOSED, sender.end);
    assertEquals(List.of(CloseReason.CLOSED), echo.ends);
    assertArrayEquals(bytes, sender.back.toByteArray());
    assertEquals(0, client.connectionCount());
    assertEquals(0, left.arena().usedBytes());
    assertEquals(0, right.arena().usedBytes());
  }

  @Test
  void connectToAPortWhereNobodyListensIsRefused() {
    Sender sender = new Sender(new byte[1]);
    TcpClient<Void> client = new TcpClient<>(left, TcpSettings.defaults(), sender);
    client.connect(new InetSocketAddress("10.0.0.2", 8), null);

    assertTrue(simulation.run(() -> sender.end != null, SECOND));

    assertEquals(CloseReason.REFUSED, sender.end);
  }

  @Test
  void connectToAnAddressThatNobodyHasIsUnreachable() {
    Sender sender = new Sender(new byte[1]);
    TcpClient<Void> client = new TcpClient<>(left, TcpSettings.defaults(), sender);
    client.connect(new InetSocketAddress("10.0.0.3", 8), null);

    assertTrue(simulation.run(() -> sender.end != null, 10 * SECOND));

    assertEquals(CloseReason.UNREACHABLE, sender.end);
  }
}
