// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.api.HotPath;
import io.vireo.nic.HostNetwork;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.KernelInterface;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxHost;
import io.vireo.nic.linux.LinuxNic;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
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
final class XdpQueue extends LinuxNic {
  /** The kernel puts frames so far into a chunk, for programs that put headers in front. */
  static final int HEADROOM_BYTES = 256;

  /** Of a chunk, so much is not for a packet. */
  static final int OVERHEAD_BYTES = HEADROOM_BYTES + ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;

  static final int RECEIVE_CHUNKS = 2_048;
  static final int TRANSMIT_CHUNKS = 256;

  /** A system call sends some 32 frames where the driver does not help: so many send a full ring. */
  private static final int MOST_KICKS = 16;

  /** The interface is looked at every so many receives. */
  private static final int RECEIVES_PER_REFRESH = 4_096;

  private static final byte FREE = 0;
  private static final byte CLAIMED = 1;
  private static final byte SENT = 2;

  private final KernelInterface kernel;
  private final XdpSocket socket;

  /** Null: the queue is ours alone. */
  private final LinuxHost host;

  private final NicFeatures features;
  private final ByteBuffer memory;
  private final int chunkShift;
  private final XdpRing receiveRing;
  private final XdpRing fillRing;
  private final XdpRing transmitRing;
  private final XdpRing completionRing;

  private boolean holdsFrame;
  private int receives;

  private final byte[] slots = new byte[TRANSMIT_CHUNKS];
  private final int[] freeSlots = new int[TRANSMIT_CHUNKS];
  private int freeCount;

  /** Whether frames wait for the kernel to be called. */
  private boolean unsent;

  XdpQueue(
      KernelInterface kernel, XdpSocket socket, LinuxHost host, WakeableWait wait, int chunkBytes) {
    super(wait);
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
      if (isWithinMtu(memory, offset, length)) {
        count(NicCounter.FRAMES_RECEIVED);
        return ReceivedFrame.pack(offset, length, 0);
      }
      count(NicCounter.RECEIVE_OVERSIZE);
      release();
    }
    return EMPTY;
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
    if (closed()) {
      return;
    }
    ring();
    refreshBeforeAwait();
    int events = unsent ? LibC.POLLIN | LibC.POLLOUT : LibC.POLLIN;
    int returned = wait.await(usable ? socket.fd() : -1, events, maxWaitNs);
    if ((returned & (LibC.POLLERR | LibC.POLLHUP | LibC.POLLNVAL)) != 0) {
      fail("poll", Errno.EBADFD);
    }
  }

  @Override
  public HostNetwork host() {
    return host;
  }

  /** In the network of the calling thread, where the interface must be. */
  @Override
  public NicTwin openTwin() throws IOException {
    return XdpTwin.open(kernel.name(), socket, host != null, 1 << chunkShift);
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return kernel.macAddress();
  }

  @Override
  protected void refresh() {
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
    setCount(NicCounter.RECEIVE_OVERRUN, socket.overruns());
  }

  private void fail(String call, int error) {
    fail("interface " + kernel.name() + " failed (" + call + ": " + Errno.name(error) + "): "
        + (kernel.exists()
            ? "close the NIC and open it again"
            : "it has been deleted; make it again and open it again"));
  }

  @Override
  protected void closeDevice() {
    if (host != null) {
      host.close();
    }
    socket.close();
    kernel.close();
  }
}
