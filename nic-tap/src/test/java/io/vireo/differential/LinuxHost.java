// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import io.vireo.nic.Nic;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.nic.tap.TapHost;
import io.vireo.nic.tap.TapNic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The kernel of this machine, at the far end of a TAP; what it limits by rate, it does not limit here. */
final class LinuxHost implements Host {
  private static final String TAP = "linux0";
  private static final long SETTLE_NS = 60_000_000;
  private static final Map<String, String> SETTINGS = Map.of(
      "tcp_invalid_ratelimit", "0",
      "tcp_challenge_ack_limit", "2147483647",
      "tcp_early_retrans", "0",
      "tcp_max_syn_backlog", "65536",
      "icmp_ratelimit", "0",
      "icmp_msgs_per_sec", "1000000",
      "icmp_msgs_burst", "1000000");

  private final Nic nic;
  private final long mac;
  private final ServerSocketChannel server;
  private final Map<Integer, SocketChannel> connections = new HashMap<>();

  /** Needs the program ip, and a network of its own. */
  LinuxHost(PrivateNetwork network) throws Exception {
    for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
      Path file = Path.of("/proc/sys/net/ipv4", setting.getKey());
      if (Files.isWritable(file)) { // older kernels have some of them for all networks together
        Files.writeString(file, setting.getValue());
      }
    }
    Files.writeString(Path.of("/proc/sys/net/core/somaxconn"), "65535");
    nic = TapNic.open(TAP);
    TapHost.address(TAP, "10.77.0.1/24");
    TapHost.up(TAP);
    nic.await(0);
    ByteBuffer address = ByteBuffer.wrap(NetworkInterface.getByName(TAP).getHardwareAddress());
    mac = ((address.getShort() & 0xFFFFL) << 32) | (address.getInt() & 0xFFFF_FFFFL);
    String peer = "ip neigh replace 10.77.0.9 lladdr 02:00:00:00:00:02 nud permanent dev " + TAP;
    network.execute(peer.split(" "));
    network.execute("ip", "link", "set", TAP, "txqueuelen", "10000");
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getByName("10.77.0.1"), LISTENING), 65_535);
    server.configureBlocking(false);
  }

  @Override
  public long mac() {
    return mac;
  }

  @Override
  public void inject(byte[] frame) {
    int slot = nic.claim(frame.length);
    nic.transmitMemory().put(slot, frame);
    nic.transmit(slot, frame.length, 0, 0);
    nic.ring();
  }

  @Override
  public byte[] next() {
    long frame = nic.receive();
    if (frame == Nic.EMPTY) {
      return null;
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
  }

  @Override
  public void settle() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < SETTLE_NS) {
      Thread.onSpinWait();
    }
  }

  @Override
  public boolean has(int peerPort) throws IOException {
    for (SocketChannel accepted = server.accept(); accepted != null; accepted = server.accept()) {
      accepted.configureBlocking(false);
      connections.put(((InetSocketAddress) accepted.getRemoteAddress()).getPort(), accepted);
    }
    return connections.containsKey(peerPort);
  }

  @Override
  public void connect(int peerPort) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    connections.put(peerPort, channel);
    channel.connect(new InetSocketAddress("10.77.0.9", peerPort));
  }

  @Override
  public void shutdown(int peerPort) throws IOException {
    connections.get(peerPort).shutdownOutput();
  }

  @Override
  public void dropAll() throws IOException {
    has(0);
    for (SocketChannel channel : connections.values()) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.close();
    }
    connections.clear();
  }

  @Override
  public void close() throws IOException {
    dropAll();
    server.close();
    nic.close();
  }
}
