// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.KernelSide;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which frames come to us, and which stay with the kernel. */
@NeedsTap
@NeedsProgram("ip")
class XdpSteeringIT {
  private static final int NEAR = 0x0A09_0001;
  private static final int FAR = 0x0A09_0002;
  private static final int OTHER = 0x0A09_0003;
  private static final int CHUNK_BYTES = 2_048;
  private static final int CHUNKS = 64;
  private static final int TCP = 6;
  private static final int UDP = 17;

  private VethPair pair;
  private KernelInterface near;
  private XdpSocket socket;
  private KernelSide far;

  @BeforeEach
  void open() throws Exception {
    pair = new VethPair();
    near = pair.nearNetwork.call(() -> KernelInterface.open("near"));
    socket = pair.nearNetwork.call(
        () -> XdpSocket.open("near", near.index(), 0, 16, CHUNK_BYTES, CHUNKS, CHUNKS));
    for (int chunk = CHUNKS; chunk < 2 * CHUNKS; chunk++) {
      socket.fillRing().put((long) chunk * CHUNK_BYTES);
    }
    socket.fillRing().publish();
    far = pair.farNetwork.call(() -> new KernelSide("far"));
  }

  @AfterEach
  void close() {
    far.close();
    socket.close();
    near.close();
    pair.close();
  }

  /** A frame with an IPv4 header and eight bytes behind it. */
  private byte[] frame(int headerWords, int protocol, int remote, int remotePort, int localPort) {
    ByteBuffer frame = ByteBuffer.allocate(14 + 4 * headerWords + 20);
    frame.putShort((short) (near.macAddress() >>> 32)).putInt((int) near.macAddress());
    frame.putShort((short) 0x0200).putInt(1).putShort((short) 0x0800);
    frame.put(14, (byte) (0x40 | headerWords)).put(23, (byte) protocol).put(22, (byte) 64);
    frame.putShort(16, (short) (4 * headerWords + 20));
    frame.putInt(26, remote).putInt(30, NEAR);
    int ports = 14 + 4 * headerWords;
    frame.putShort(ports, (short) remotePort).putShort(ports + 2, (short) localPort);
    return frame.array();
  }

  private byte[] tcp(int remote, int remotePort, int localPort) {
    return frame(5, TCP, remote, remotePort, localPort);
  }

  private byte[] tcp() {
    return tcp(FAR, 1_234, 80);
  }

  private static byte[] with(byte[] frame, int at, int octet) {
    frame[at] = (byte) octet;
    return frame;
  }

  /** How many of these frames come to us, of which the last one does: a marker, so that nothing is waited for in vain. */
  private int arrivedBefore(byte[]... frames) throws Exception {
    for (byte[] frame : frames) {
      far.send(frame);
    }
    socket.steer(NEAR, 9, 0, 0);
    far.send(tcp(FAR, 1, 9));
    int arrived = 0;
    while (true) {
      while (!socket.receiveRing().hasNext()) {
        Thread.onSpinWait();
      }
      int at = (int) socket.receiveRing().address();
      boolean marker = socket.memory().getShort(at + 36) == 9;
      socket.fillRing().put(at & -CHUNK_BYTES);
      socket.receiveRing().take();
      socket.fillRing().publish();
      if (marker) {
        return arrived;
      }
      arrived++;
    }
  }

  @Test
  void nothingComesThatWasNotSteeredHere() throws Exception {
    assertEquals(0, arrivedBefore(tcp()));
  }

  @Test
  void whatComesForASteeredPortIsOursWhoeverThePeerIs() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    assertEquals(3, arrivedBefore(tcp(), tcp(OTHER, 5, 80), tcp(FAR, 1_234, 81), tcp(FAR, 2, 80)));
  }

  @Test
  void aPeersFlowIsOursWithoutThoseOfOthers() throws Exception {
    socket.steer(NEAR, 80, FAR, 1_234);
    assertEquals(
        1, arrivedBefore(tcp(), tcp(OTHER, 1_234, 80), tcp(FAR, 1_235, 80), tcp(FAR, 1_234, 81)));
  }

  @Test
  void whatIsNoLongerSteeredGoesToTheKernelAgain() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    socket.steer(NEAR, 80, FAR, 1_234);
    assertEquals(1, arrivedBefore(tcp()));
    socket.unsteer(NEAR, 80, 0, 0);
    assertEquals(1, arrivedBefore(tcp(), tcp(FAR, 2, 80)));
    socket.unsteer(NEAR, 80, FAR, 1_234);
    assertEquals(0, arrivedBefore(tcp()));
  }

  @Test
  void headersMayBeLongerThanUsual() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    assertEquals(2, arrivedBefore(frame(6, TCP, FAR, 1_234, 80), frame(15, TCP, FAR, 1_234, 80)));
  }

  @Test
  void theKernelKeepsWhatIsNoWholeTcpSegment() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    byte[] cut = new byte[37];
    System.arraycopy(tcp(), 0, cut, 0, cut.length);
    assertEquals(
        0,
        arrivedBefore(
            frame(5, UDP, FAR, 1_234, 80),
            with(tcp(), 20, 0x20), // more fragments follow
            with(tcp(), 21, 0x01), // not the first
            with(tcp(), 14, 0x65), // version 6
            with(tcp(), 14, 0x44), // a header of sixteen bytes
            with(tcp(), 13, 0x06), // ARP
            cut));
  }

  @Test
  void dontFragmentIsNoFragment() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    assertEquals(1, arrivedBefore(with(tcp(), 20, 0x40)));
  }

  /** The address stays the kernel's: its own servers on it do not notice. */
  @Test
  void theKernelsServersOnTheSameAddressAreReached() throws Exception {
    socket.steer(NEAR, 80, 0, 0);
    InetAddress address = InetAddress.getByAddress(new byte[] {10, 9, 0, 1});
    try (ServerSocket server = pair.nearNetwork.call(() -> new ServerSocket(81, 1, address));
        Socket client = pair.farNetwork.call(() -> new Socket(address, 81));
        Socket accepted = server.accept()) {
      client.getOutputStream().write(42);
      assertEquals(42, accepted.getInputStream().read());
    }
  }

  @Test
  void theInterfaceIsTheKernelsAloneWhenTheSocketIsClosed() throws Exception {
    socket.close();
    assertEquals(-1, pair.near("link show near").indexOf("xdp"));
  }
}
