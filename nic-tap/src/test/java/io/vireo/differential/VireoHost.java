// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import io.vireo.TcpClient;
import io.vireo.TcpConnection;
import io.vireo.TcpHandler;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.CloseReason;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.lab.MemoryWire;
import io.vireo.nic.lab.WireSettings;
import io.vireo.testing.PlainSettings;
import io.vireo.time.ManualClock;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/** Vireo at the far end of a wire in memory, with virtual time; its limits by rate are as high as they go. */
final class VireoHost implements Host, TcpHandler<Void> {
  private static final long MS = 1_000_000;
  private static final int SETTLE_MS = 60;

  private final ManualClock clock = new ManualClock();
  private final MemoryWire wire = new MemoryWire(clock, WireSettings.defaults().withSlots(4_096));
  private final Nic far = wire.right();
  private final TcpStack stack;
  private final TcpClient<Void> client;
  private final Map<Integer, TcpConnection<Void>> connections = new HashMap<>();

  VireoHost() {
    Limits limits = Limits.defaults()
        .withChallengeAckNs(0)
        .withRepliesPerSecond(1_000_000)
        .withIcmpPerSecond(1_000_000);
    stack = new TcpStack(
        wire.left(),
        StackSettings.of("10.77.0.1/24").withClock(clock).withSeed(1).withLimits(limits));
    TcpSettings settings = PlainSettings.TCP.withConnections(1_024).withBacklog(65_536);
    TcpServer<Void> server = new TcpServer<>(stack, settings, this);
    server.listen(LISTENING);
    client = new TcpClient<>(stack, settings, this);
  }

  // ---- The user, who does nothing of its own accord

  @Override
  public void onConnectionEstablished(TcpConnection<Void> connection) {
    connections.put(connection.remotePort(), connection);
  }

  @Override
  public void onFin(TcpConnection<Void> connection, ByteBuffer memory, int offset, int length) {}

  @Override
  public void onConnectionClosed(TcpConnection<Void> connection, CloseReason reason) {
    connections.remove(connection.remotePort());
  }

  // ---- The host

  @Override
  public long mac() {
    return wire.left().macAddress();
  }

  @Override
  public void inject(byte[] frame) {
    int slot = far.claim(frame.length);
    far.transmitMemory().put(slot, frame);
    far.transmit(slot, frame.length, 0, 0);
    far.ring();
    run();
  }

  private void run() {
    while (stack.poll() > 0) {}
  }

  @Override
  public byte[] next() {
    for (long frame = far.receive(); frame != Nic.EMPTY; frame = far.receive()) {
      byte[] bytes = new byte[ReceivedFrame.length(frame)];
      far.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
      far.release();
      if (!answersArp(bytes)) {
        return bytes;
      }
    }
    return null;
  }

  private boolean answersArp(byte[] frame) {
    ByteBuffer request = ByteBuffer.wrap(frame);
    if (request.getShort(12) != 0x0806
        || request.getShort(20) != 1
        || request.getInt(38) != Segment.PEER) {
      return false;
    }
    ByteBuffer reply = ByteBuffer.allocate(28);
    reply.putInt(0x0001_0800).putInt(0x0604_0002);
    Packets.putMac(reply, Segment.PEER_MAC);
    reply.putInt(Segment.PEER).put(frame, 22, 10);
    inject(Packets.ethernet(mac(), 0x0806, reply.array()));
    return true;
  }

  @Override
  public void settle() {
    for (int ms = 0; ms < SETTLE_MS; ms++) {
      clock.advance(MS);
      run();
    }
  }

  @Override
  public boolean has(int peerPort) {
    return connections.containsKey(peerPort);
  }

  @Override
  public void connect(int peerPort) {
    connections.put(peerPort, client.connect(new InetSocketAddress("10.77.0.9", peerPort), null));
  }

  @Override
  public void shutdown(int peerPort) {
    connections.get(peerPort).sendFin();
  }

  @Override
  public void dropAll() {
    new ArrayList<>(connections.values()).forEach(TcpConnection::abort);
    run();
  }

  @Override
  public void close() {
    stack.close();
  }
}
