// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static io.vireo.TwoStacks.MS;
import static io.vireo.TwoStacks.SERVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.api.TcpSettings;
import io.vireo.nic.lab.WireSettings;
import io.vireo.time.ManualClock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** More connections have something to send than one turn lets speak. */
class TurnsOfSendingTest {
  private static final int MANY = 1_000;

  /** Sends to all peers when its timer runs out. */
  private static final class Crier implements TcpHandler<Void> {
    final List<TcpConnection<Void>> all = new ArrayList<>();

    @Override
    public void onConnectionEstablished(TcpConnection<Void> c) {
      all.add(c);
    }

    @Override
    public void onTimer(int timerId) {
      for (TcpConnection<Void> c : all) {
        c.send(ByteBuffer.allocate(10), 0, 10);
      }
    }
  }

  @Test
  void whatACallbackSendsToManyLeavesWithoutWaiting() {
    TwoStacks net =
        new TwoStacks(new ManualClock(), WireSettings.defaults().withSlots(4_096), s -> s, s -> s);
    TcpServer<Void> server =
        net.server(TcpSettings.defaults().withConnections(MANY), new TcpHandler<>() {});
    Crier crier = new Crier();
    TcpClient<Void> client = net.client(TcpSettings.defaults().withConnections(MANY), crier);
    for (int i = 0; i < MANY; i++) {
      client.connect(SERVER, null);
    }
    net.runUntil(() -> crier.all.size() == MANY && server.connectionCount() == MANY);
    net.runFor(100 * MS);
    client.setTimer(0, 1);
    net.clock.advance(1);
    long before = net.left.counter(Counter.SEGMENTS_SENT);
    int awaits = net.leftNic.awaits();
    while (net.left.poll() != 0) {
      net.left.await(MS);
    }
    assertEquals(0, net.leftNic.awaits() - awaits, "sleeps before it was idle");
    assertEquals(MANY, net.left.counter(Counter.SEGMENTS_SENT) - before);
  }

  @Test
  void aLongQueueLeavesInSharesAndOthersComeBetween() {
    TwoStacks net =
        new TwoStacks(new ManualClock(), WireSettings.defaults().withSlots(4_096), s -> s, s -> s);
    TcpSettings large =
        TcpSettings.defaults().withSendBufferBytes(1 << 20).withReceiveBufferBytes(1 << 20);
    int[] received = new int[1];
    TcpServer<Void> server = net.server(large, new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        received[0] += length;
        return 0;
      }
    });
    List<TcpConnection<Void>> all = new ArrayList<>();
    ByteBuffer long100 = ByteBuffer.allocate(100 * 1_448);
    TcpClient<Void> client = net.client(large, new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        all.get(0).send(long100, 0, long100.capacity());
        all.get(1).send(long100, 0, 10);
        return 0;
      }
    });
    for (int i = 0; i < 3; i++) {
      all.add(client.connect(SERVER, null));
    }
    net.runUntil(() -> server.connectionCount() == 3);
    // Windows and the user's turn at it grow until a hundred segments may leave at once.
    for (int i = 0; i < 20; i++) {
      all.get(0).send(long100, 0, long100.capacity());
      net.runFor(100 * MS);
    }
    assertTrue(received[0] > 10 * long100.capacity());
    List<Integer> ports = new ArrayList<>();
    net.rightNic.lose((memory, offset, length) -> {
      if (length > 66) {
        ports.add(memory.getShort(offset + 34) & 0xFFFF);
      }
      return false;
    });
    server.forEach(c -> {
      if (c.remotePort() == all.get(2).localPort()) {
        c.send(long100, 0, 1);
      }
    });
    net.runFor(100 * MS);
    int other = ports.indexOf(all.get(1).localPort());
    assertTrue(other > 0 && other <= 32, other + " segments went before the other's");
    assertEquals(101, ports.size());
  }

  @Test
  void aSendOfNothingBringsNoAcknowledgmentForward() {
    TwoStacks net = new TwoStacks();
    List<TcpConnection<Void>> all = new ArrayList<>();
    List<TcpConnection<Void>> peers = new ArrayList<>();
    TcpServer<Void> server = net.server(new TcpHandler<>() {});
    TcpClient<Void> client = net.client(new TcpHandler<>() {
      @Override
      public int onData(TcpConnection<Void> c, ByteBuffer memory, int offset, int length) {
        if (c == all.get(1)) {
          all.get(0).send(memory, offset, 0);
        }
        return c == all.get(0) ? 0 : length - c.send(memory, offset, length);
      }
    });
    for (int i = 0; i < 3; i++) {
      all.add(client.connect(SERVER, null));
    }
    net.runUntil(() -> server.connectionCount() == 3);
    server.forEach(peers::add);
    peers.sort(Comparator.comparingInt(c -> portsOf(all).indexOf(c.remotePort())));
    ByteBuffer two = ByteBuffer.allocate(2 * 1_448);
    for (int i = 0; i < 50; i++) {
      for (int k = 0; k < 3; k++) {
        peers.get(k).send(two, 0, k == 0 ? two.capacity() : 10);
        all.get(0).send(two, 0, 1);
      }
      net.runFor(20 * MS);
    }
    List<Integer> ports = new ArrayList<>();
    net.rightNic.lose((memory, offset, length) -> {
      ports.add(memory.getShort(offset + 34) & 0xFFFF);
      return false;
    });
    for (int k = 0; k < 3; k++) {
      peers.get(k).send(two, 0, k == 0 ? two.capacity() : 10);
    }
    net.clock.advance(50_000);
    assertEquals(4, net.left.poll());
    net.runFor(MS);
    // Each echo left with its frame, the ACK of two segments with the end of the turn.
    List<Integer> own = portsOf(all);
    assertEquals(List.of(own.get(1), own.get(2), own.get(0)), ports);
  }

  private static List<Integer> portsOf(List<TcpConnection<Void>> connections) {
    return connections.stream().map(TcpConnection::localPort).toList();
  }
}
