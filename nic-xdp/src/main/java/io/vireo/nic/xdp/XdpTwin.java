// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.nic.Nic;
import io.vireo.nic.NicTwin;
import io.vireo.nic.linux.KernelTwin;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.SocketPair;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An {@link XdpQueue} whose rings lead to a kernel that is played here: it moves descriptors as the kernel does, whenever a frame is delivered or taken, and while it is called. So that all
 * that the queue may meet is met, the kernel does not always want to be called, and does not always do at once what it is called for.
 */
final class XdpTwin implements NicTwin {
  /** Of so many bursts that are sent, one finds a kernel that wants no call. */
  private static final int BURSTS_PER_UNCALLED = 5;

  /** Of so many, one finds a kernel that does not do what it is called for. */
  private static final int BURSTS_PER_DEAF = 8;

  /** Of so many that arrive, behind one the kernel wants to be called for what is in the fill ring. */
  private static final int BURSTS_PER_RECEIVE_CALL = 4;

  /** As much as a socket lets be asked for; then it is full after some calls of which nobody has taken notice, as a device is. */
  private static final int SMALLEST_SEND_BUFFER = 1;

  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUF = 7;
  private static final int MSG_DONTWAIT = 0x40;

  /** More calls than find room. */
  private static final int MOST_CALLS = 64;

  private static final int NONE = -1;

  private final KernelTwin kernel;
  private final XdpSocket socket;
  private final XdpQueue nic;
  private final int chunkBytes;
  private final ByteBuffer memory;
  private final XdpRing receive;
  private final XdpRing transmit;
  private final XdpRing fill;
  private final XdpRing completion;
  private final Runnable onKick = this::takeSent;

  /** The far end of the pair by which the kernel is called. */
  private int calls;

  /** Whether the near end may be readable: from a frame's arrival on until it is found received, so that an await ends by it, as by a frame that comes meanwhile. */
  private boolean readable;

  /** Frames on the cable: taken from the transmit ring, and not by whom they are for. Oldest first. */
  private final int[] addresses = new int[XdpQueue.TRANSMIT_CHUNKS];

  private final int[] lengths = new int[XdpQueue.TRANSMIT_CHUNKS];
  private int head;
  private int tail;

  private int burstsSent;
  private int burstsReceived;

  private XdpTwin(
      KernelTwin kernel, XdpSocket socket, XdpQueue nic, SocketPair.End calls, int chunkBytes) {
    this.kernel = kernel;
    this.socket = socket;
    this.nic = nic;
    this.chunkBytes = chunkBytes;
    this.calls = calls.take();
    memory = socket.memory();
    receive = socket.receiveRing().kernelSide();
    transmit = socket.transmitRing().kernelSide();
    fill = socket.fillRing().kernelSide();
    completion = socket.completionRing().kernelSide();
    transmit.needWakeup(true);
    socket.onKick(onKick);
  }

  /** {@code of}: the socket of the NIC whose twin this is. {@code shared}: the twin's addresses are the kernel's. */
  static XdpTwin open(String interfaceName, XdpSocket of, boolean shared, int chunkBytes)
      throws IOException {
    KernelTwin kernel = new KernelTwin(interfaceName);
    XdpSocket socket = null;
    LinuxHost host = null;
    WakeableWait wait = null;
    try (SocketPair calls = new SocketPair("a twin of interface " + interfaceName)) {
      wait = new WakeableWait("a twin of interface " + interfaceName);
      socket = of.openTwin(
          calls.near(),
          shared ? XdpNic.MOST_FLOWS : 0,
          chunkBytes,
          XdpQueue.RECEIVE_CHUNKS,
          XdpQueue.TRANSMIT_CHUNKS);
      LibC.functions()
          .setsockopt(
              socket.fd(),
              SOL_SOCKET,
              SO_SNDBUF,
              LibC.addressOf(LibC.structure(Integer.BYTES).putInt(0, SMALLEST_SEND_BUFFER)),
              Integer.BYTES);
      host = shared ? LinuxHost.ofTwin(kernel.view(), XdpNic.steering(socket)) : null;
      XdpQueue nic = new XdpQueue(kernel.view(), socket, host, wait, chunkBytes);
      return new XdpTwin(kernel, socket, nic, calls.far(), chunkBytes);
    } catch (IOException | RuntimeException | Error e) {
      if (host != null) {
        host.close();
      }
      if (socket != null) {
        socket.close();
      }
      if (wait != null) {
        wait.close();
      }
      kernel.view().close();
      kernel.close();
      throw e;
    }
  }

  @Override
  public Nic nic() {
    return nic;
  }

  @Override
  public boolean deliver(ByteBuffer from, int offset, int length) {
    if (isClosed()) {
      return false;
    }
    run();
    if (length > chunkBytes - XdpQueue.HEADROOM_BYTES || !fill.hasNext()) {
      return false;
    }
    boolean first = receive.isDrained();
    int at = (int) fill.address() + XdpQueue.HEADROOM_BYTES;
    fill.take();
    memory.put(at, from, offset, length);
    receive.put(at, length);
    receive.publish();
    if (first) {
      onBurstReceived();
    }
    return true;
  }

  @Override
  public int take(ByteBuffer to, int offset) {
    if (isClosed()) {
      return 0;
    }
    run();
    if (head == tail) {
      return 0;
    }
    int index = head++ & (XdpQueue.TRANSMIT_CHUNKS - 1);
    to.put(offset, memory, addresses[index], lengths[index]);
    completion.put(addresses[index]);
    completion.publish();
    return lengths[index];
  }

  /** The NIC may have been closed by itself, and the rings have gone with it. */
  private boolean isClosed() {
    return socket.fd() < 0;
  }

  private void run() {
    kernel.run();
    takeSent();
    if (readable && receive.isDrained()) {
      readable = false;
      socket.kickReceive(); // takes what made it readable
    }
  }

  /** Takes what is in the transmit ring. */
  private void takeSent() {
    if (!transmit.hasNext()) {
      return;
    }
    while (transmit.hasNext()) {
      int index = tail++ & (XdpQueue.TRANSMIT_CHUNKS - 1);
      addresses[index] = (int) transmit.address();
      lengths[index] = transmit.length();
      transmit.take();
    }
    burstsSent++;
    transmit.needWakeup(burstsSent % BURSTS_PER_UNCALLED != 0);
    socket.onKick(burstsSent % BURSTS_PER_DEAF != 0 ? onKick : null);
    for (int i = 0; i < MOST_CALLS; i++) {
      if (LibC.functions().recv(calls, 0, 0, MSG_DONTWAIT) < 0) {
        break;
      }
    }
  }

  /** The first frame in an empty receive ring is there. */
  private void onBurstReceived() {
    burstsReceived++;
    fill.needWakeup(burstsReceived % BURSTS_PER_RECEIVE_CALL == 0);
    if (!readable) {
      readable = true;
      long unused = LibC.functions().send(calls, 0, 0, MSG_DONTWAIT);
    }
  }

  @Override
  public void close() {
    nic.close();
    kernel.close();
    if (calls != NONE) {
      LibC.functions().close(calls);
      calls = NONE;
    }
  }
}
