// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.api.HotPath;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * One queue of a network card by AF_XDP: frames lie in memory that the kernel (with driver support, the card) writes and reads itself, and go back
 * and forth as entries of shared rings. Receiving takes no system call; sending takes one per {@link #ring()}, unless the driver needs none.
 *
 * <pre>
 *              fill ring                          receive ring
 *   release ─────────────► kernel: frame arrives ───────────────► receive
 *              transmit ring                      completion ring
 *   transmit ────────────► kernel: frame leaves ────────────────► claim
 * </pre>
 */
public final class XdpNic implements Nic {
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private static final int ETHERNET_HEADER_BYTES = 14;
  private static final int VLAN_TAG_BYTES = 4;
  private static final int ETHER_TYPE_OFFSET = 12;
  private static final int ETHER_TYPE_VLAN = 0x8100;

  /** The kernel puts frames so far into a chunk, for programs that put headers in front. */
  private static final int HEADROOM_BYTES = 256;

  private static final int SMALL_CHUNK_BYTES = 2_048;
  private static final int LARGE_CHUNK_BYTES = 4_096;
  private static final int RECEIVE_CHUNKS = 2_048;
  private static final int TRANSMIT_CHUNKS = 256;

  /** A port of an address is one. */
  private static final int MOST_FLOWS = 1 << 17;

  /** Bounds the work of one receive: that many oversize frames are dropped in a row. */
  private static final int MOST_DROPPED = 64;

  /** A system call sends some 32 frames where the driver does not help: so many send a full ring. */
  private static final int MOST_KICKS = 16;

  /** The interface is looked at every so many receives, and awaits. */
  private static final int RECEIVES_PER_REFRESH = 4_096;

  private static final int AWAITS_PER_REFRESH = 16;

  private static final byte FREE = 0;
  private static final byte CLAIMED = 1;
  private static final byte SENT = 2;

  private final KernelInterface kernel;
  private final XdpSocket socket;

  /** Null: the queue is ours alone. */
  private final LinuxHost host;

  private final WakeableWait wait;
  private final NicFeatures features;
  private final ByteBuffer memory;
  private final int chunkShift;
  private final XdpRing receiveRing;
  private final XdpRing fillRing;
  private final XdpRing transmitRing;
  private final XdpRing completionRing;
  private final long[] counts = new long[NicCounter.values().length];

  private boolean holdsFrame;
  private int receives;
  private int awaits;

  private final byte[] slots = new byte[TRANSMIT_CHUNKS];
  private final int[] freeSlots = new int[TRANSMIT_CHUNKS];
  private int freeCount;

  /** Whether frames wait for the kernel to be called. */
  private boolean unsent;

  private int mtu;
  private NicStatus status = NicStatus.UP;
  private IOException failure;
  private boolean usable = true; // neither failed nor closed
  private boolean closed;

  /**
   * Takes a whole queue of an interface: every frame that arrives on it is received here, and the kernel hears nothing of it. The stack needs addresses
   * of its own; its MAC address is the interface's. An interface with several queues spreads frames over them: leave it one (ethtool -L NAME combined 1).
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static Nic openQueue(String interfaceName, int queue) throws IOException {
    return open(interfaceName, queue, 0);
  }

  /**
   * Shares an interface with the kernel: the stack has the kernel's addresses, routes and neighbours ({@link
   * io.vireo.api.StackSettings#ofInterface()}), and only what comes for ports that it listens on or connects from is received here. The kernel keeps everything else: its own
   * connections on the same address, ARP, ICMP. All that ends with the process, however it ends.
   *
   * <p>An interface with several queues spreads frames over them, and only those of this queue are received: leave it one (ethtool -L NAME combined 1).
   *
   * @throws IOException if that fails; the message says why, and what helps
   * @throws IllegalArgumentException if the kernel has no such names
   */
  public static Nic open(String interfaceName, int queue) throws IOException {
    return open(interfaceName, queue, MOST_FLOWS);
  }

  /** {@code mostFlows} 0: the whole queue. */
  private static Nic open(String interfaceName, int queue, int mostFlows) throws IOException {
    KernelInterface kernel = KernelInterface.open(interfaceName);
    XdpSocket socket = null;
    LinuxHost host = null;
    try {
      int chunkBytes = chunkFor(kernel);
      socket = XdpSocket.open(
          interfaceName,
          kernel.index(),
          queue,
          mostFlows,
          chunkBytes,
          RECEIVE_CHUNKS,
          TRANSMIT_CHUNKS);
      host = mostFlows == 0 ? null : new LinuxHost(kernel, steering(socket));
      return new XdpNic(kernel, socket, host, chunkBytes);
    } catch (IOException | RuntimeException | Error e) {
      if (host != null) {
        host.close();
      }
      if (socket != null) {
        socket.close();
      }
      kernel.close();
      throw e;
    }
  }

  private static LinuxHost.Steering steering(XdpSocket socket) {
    return new LinuxHost.Steering() {
      @Override
      public void steer(int address, int port) throws IOException {
        socket.steer(address, port, 0, 0);
      }

      @Override
      public void unsteer(int address, int port) {
        socket.unsteer(address, port, 0, 0);
      }
    };
  }

  private static int chunkFor(KernelInterface kernel) throws IOException {
    int needed = HEADROOM_BYTES + ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES + kernel.mtu();
    if (needed <= SMALL_CHUNK_BYTES) {
      return SMALL_CHUNK_BYTES;
    }
    if (needed <= LARGE_CHUNK_BYTES) {
      return LARGE_CHUNK_BYTES;
    }
    int most = LARGE_CHUNK_BYTES - (needed - kernel.mtu());
    throw new IOException("the MTU of interface " + kernel.name() + ", " + kernel.mtu()
        + " bytes, is above the " + most + " that AF_XDP has room for: lower it (ip link set "
        + kernel.name() + " mtu " + most + ")");
  }

  private XdpNic(KernelInterface kernel, XdpSocket socket, LinuxHost host, int chunkBytes)
      throws IOException {
    this.kernel = kernel;
    this.socket = socket;
    this.host = host;
    chunkShift = Integer.numberOfTrailingZeros(chunkBytes);
    features = new NicFeatures(TRANSMIT_CHUNKS, chunkBytes - HEADROOM_BYTES, false, false);
    memory = socket.memory();
    receiveRing = socket.receiveRing();
    fillRing = socket.fillRing();
    transmitRing = socket.transmitRing();
    completionRing = socket.completionRing();
    for (int slot = TRANSMIT_CHUNKS - 1; slot >= 0; slot--) {
      freeSlots[freeCount++] = slot;
    }
    for (int chunk = TRANSMIT_CHUNKS; chunk < TRANSMIT_CHUNKS + RECEIVE_CHUNKS; chunk++) {
      fillRing.put((long) chunk << chunkShift);
    }
    fillRing.publish();
    wait = new WakeableWait("interface " + kernel.name());
    refresh();
  }

  @Override
  public ByteBuffer receiveMemory() {
    return memory;
  }

  @HotPath
  @Override
  public long receive() {
    assert !holdsFrame : "the current frame must be released first";
    if (!usable) {
      return EMPTY;
    }
    if (unsent) {
      send();
    }
    if (++receives % RECEIVES_PER_REFRESH == 0) {
      refresh();
    }
    for (int dropped = 0; dropped < MOST_DROPPED; dropped++) {
      if (!receiveRing.hasNext()) {
        if (fillRing.needsWakeup()) {
          socket.kickReceive();
        }
        return EMPTY;
      }
      holdsFrame = true;
      int offset = (int) receiveRing.address();
      int length = receiveRing.length();
      if (length <= mtu + ETHERNET_HEADER_BYTES || isAllowed(offset, length)) {
        count(NicCounter.FRAMES_RECEIVED);
        return ReceivedFrame.pack(offset, length, 0);
      }
      count(NicCounter.RECEIVE_OVERSIZE);
      release();
    }
    return EMPTY;
  }

  /** Of a frame longer than the MTU known so far: it may carry a VLAN tag, or the MTU has been raised. */
  private boolean isAllowed(int offset, int length) {
    refresh();
    int allowed = mtu + ETHERNET_HEADER_BYTES;
    boolean tagged = memory.getShort(offset + ETHER_TYPE_OFFSET) == (short) ETHER_TYPE_VLAN;
    return length <= (tagged ? allowed + VLAN_TAG_BYTES : allowed);
  }

  @HotPath
  @Override
  public void release() {
    assert holdsFrame : "there is no current frame";
    holdsFrame = false;
    if (usable) {
      long address = receiveRing.address();
      receiveRing.take();
      fillRing.put(address >>> chunkShift << chunkShift);
      fillRing.publish();
    }
  }

  @Override
  public int receiveSegmentSize() {
    return 0;
  }

  @Override
  public long receiveTimestampNs() {
    return 0;
  }

  @Override
  public ByteBuffer transmitMemory() {
    return memory;
  }

  @HotPath
  @Override
  public int claim(int bytes) {
    assert bytes >= 0 && bytes <= features.largestFrame() : "no slot is that large";
    if (freeCount == 0) {
      reap();
    }
    if (freeCount == 0 || !usable) {
      count(NicCounter.TRANSMIT_FULL);
      return FULL;
    }
    int slot = freeSlots[--freeCount];
    slots[slot] = CLAIMED;
    return slot << chunkShift;
  }

  /** Slots whose frames have left are free again. */
  private void reap() {
    if (!usable) {
      return;
    }
    if (unsent) {
      send();
    }
    while (completionRing.hasNext()) {
      int slot = (int) (completionRing.address() >>> chunkShift);
      completionRing.take();
      assert slots[slot] == SENT : "a frame that was not sent has left";
      free(slot);
    }
  }

  private void free(int slot) {
    slots[slot] = FREE;
    freeSlots[freeCount++] = slot;
  }

  @HotPath
  @Override
  public void abandon(int offset) {
    assert isClaimed(offset) : "only a claimed slot can be given back";
    free(offset >>> chunkShift);
  }

  @HotPath
  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert isClaimed(offset) : "only a claimed slot can be sent";
    assert length <= features.largestFrame() : "no slot is that large";
    assert segmentSize == 0 && flags == 0 : "this NIC has no offloads";
    if (!usable) {
      free(offset >>> chunkShift);
      count(NicCounter.SEND_FAILED);
      return;
    }
    slots[offset >>> chunkShift] = SENT;
    transmitRing.put(offset, length);
    unsent = true;
    count(NicCounter.FRAMES_SENT);
  }

  private boolean isClaimed(int offset) {
    int slot = offset >>> chunkShift;
    return slot < TRANSMIT_CHUNKS && slot << chunkShift == offset && slots[slot] == CLAIMED;
  }

  @HotPath
  @Override
  public void ring() {
    if (unsent && usable) {
      send();
    }
  }

  /** Publishes what was queued, and calls the kernel until it has taken all, if it wants to be called. */
  @HotPath
  private void send() {
    transmitRing.publish();
    unsent = false;
    if (transmitRing.needsWakeup()) {
      kick();
    }
  }

  private void kick() {
    for (int i = 0; i < MOST_KICKS && !transmitRing.isDrained(); i++) {
      int error = socket.kick();
      switch (error) {
        case 0, Errno.EAGAIN, Errno.EINTR -> {}
        case Errno.EBUSY, Errno.ENOBUFS, Errno.ENOMEM ->
          i = MOST_KICKS; // the device's queue is full
        case Errno.ENETDOWN -> {
          status = NicStatus.DOWN;
          i = MOST_KICKS;
        }
        default -> {
          fail("send", error);
          return;
        }
      }
    }
    unsent = !transmitRing.isDrained();
  }

  @Override
  public void await(long maxWaitNs) {
    if (closed) {
      return;
    }
    ring();
    if (status != NicStatus.UP || ++awaits % AWAITS_PER_REFRESH == 0) {
      refresh(); // while there is time
    }
    int events = unsent ? LibC.POLLIN | LibC.POLLOUT : LibC.POLLIN;
    int returned = wait.await(usable ? socket.fd() : -1, events, maxWaitNs);
    if ((returned & (LibC.POLLERR | LibC.POLLHUP | LibC.POLLNVAL)) != 0) {
      fail("poll", Errno.EBADFD);
    }
  }

  @Override
  public void wakeup() {
    wait.wakeup();
  }

  @Override
  public HostNetwork host() {
    return host;
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return kernel.macAddress();
  }

  /** As the kernel has it, but not above what a slot can hold. */
  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public NicStatus status() {
    return status;
  }

  @Override
  public IOException failure() {
    return failure;
  }

  @Override
  public long counter(NicCounter counter) {
    return (long) COUNT.getOpaque(counts, counter.ordinal());
  }

  private void count(NicCounter counter) {
    int index = counter.ordinal();
    COUNT.setOpaque(counts, index, counts[index] + 1);
  }

  private void refresh() {
    if (!usable) {
      return;
    }
    kernel.refresh();
    if (!kernel.exists()) {
      fail("rtnetlink", Errno.ENODEV);
      return;
    }
    int largestMtu = features.largestFrame() - ETHERNET_HEADER_BYTES - VLAN_TAG_BYTES;
    mtu = Math.min(kernel.mtu(), largestMtu);
    status = kernel.linkUp() ? NicStatus.UP : NicStatus.DOWN;
    COUNT.setOpaque(counts, NicCounter.RECEIVE_OVERRUN.ordinal(), socket.overruns());
  }

  /** For good: from here on there are no system calls but waiting. */
  private void fail(String call, int error) {
    usable = false;
    status = NicStatus.FAILED;
    failure = new IOException("interface " + kernel.name() + " failed (" + call + ": "
        + Errno.name(error) + "): "
        + (kernel.exists()
            ? "close the NIC and open it again"
            : "it has been deleted; make it again and open it again"));
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      usable = false;
      wait.close();
      if (host != null) {
        host.close();
      }
      socket.close();
      kernel.close();
    }
  }
}
