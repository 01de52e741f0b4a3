// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import io.vireo.api.HotPath;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.NicTwin;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.Errno;
import io.vireo.nic.linux.LibC;
import io.vireo.nic.linux.LinuxNic;
import io.vireo.nic.linux.WakeableWait;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A queue of a TAP device: each frame is one read or one write, between the device and direct memory.
 *
 * <p>{@link #transmit} writes at once: a batch would save nothing, and the frame leaves earlier. The
 * slot is free again when it returns. Only while the kernel takes no more (EAGAIN) do frames wait in
 * their slots, in order, for the next turn.
 */
final class TapQueue extends LinuxNic {
  /** Slots reach for jumbo frames even if the MTU is small at present: it may be raised. */
  private static final int USUAL_LARGEST_MTU = 9_000;

  private static final int SLOTS = Long.SIZE; // a bit each

  /** The interface is asked for MTU and link every so many receives (0.3 ms when idle). */
  private static final int RECEIVES_PER_REFRESH = 1_024;

  private final TapDevice device;
  private final int fd;
  private final NicFeatures features;
  private final long macAddress;

  private final ByteBuffer receiveMemory;
  private final long receiveAddress;
  private final int receiveBytes;
  private boolean holdsFrame;
  private int receives;

  private final ByteBuffer transmitMemory;
  private final long transmitAddress;
  private final int slotShift;
  private long freeSlots = -1;

  /** Frames that the kernel did not take yet, each as its offset (upper half) and its length. */
  private final long[] pending = new long[SLOTS];

  private int firstPending;
  private int pendingCount;

  private boolean quiet = true; // the last await ended without a frame

  TapQueue(TapDevice device, WakeableWait wait) {
    super(wait);
    this.device = device;
    fd = device.fd();
    mtu = device.mtu(mtu);
    int largestFrame = Math.max(USUAL_LARGEST_MTU, mtu) + ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;
    features = new NicFeatures(SLOTS, largestFrame, false, false);
    macAddress = macAddress(device.name(), device.kernelMacAddress());
    // What read does not find room for is cut off silently, so a frame that fills the buffer is no
    // whole one.
    receiveBytes = largestFrame + 1;
    receiveMemory = ByteBuffer.allocateDirect(receiveBytes);
    receiveAddress = LibC.addressOf(receiveMemory);
    slotShift = Integer.SIZE - Integer.numberOfLeadingZeros(largestFrame - 1);
    transmitMemory = ByteBuffer.allocateDirect(SLOTS << slotShift);
    transmitAddress = LibC.addressOf(transmitMemory);
    refresh();
  }

  private static long macAddress(String name, long kernelMacAddress) {
    long hash = 0xCBF2_9CE4_8422_2325L; // FNV-1a
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100_0000_01B3L;
    }
    hash ^= hash >>> 29; // its low bits know little of the last characters
    long mac = (hash & 0xFCFF_FFFF_FFFFL) | 0x0200_0000_0000L; // locally administered, one station
    return mac == kernelMacAddress ? mac ^ 1 : mac;
  }

  @Override
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  @HotPath
  @Override
  public long receive() {
    assert !holdsFrame : "the current frame must be released first";
    if (!usable) {
      return EMPTY;
    }
    if (pendingCount != 0) {
      sendPending();
    }
    if (++receives % RECEIVES_PER_REFRESH == 0) {
      refresh();
    }
    for (int dropped = 0; dropped < MOST_DROPPED; dropped++) {
      long length = LibC.functions().read(fd, receiveAddress, receiveBytes);
      if (length <= 0) {
        if (length < 0) {
          onReadError(LibC.errno());
        }
        return EMPTY;
      }
      // What fills the buffer may have been cut off.
      if (length < receiveBytes && isWithinMtu(receiveMemory, 0, (int) length)) {
        holdsFrame = true;
        count(NicCounter.FRAMES_RECEIVED);
        return ReceivedFrame.pack(0, (int) length, 0);
      }
      count(NicCounter.RECEIVE_OVERSIZE);
    }
    return EMPTY;
  }

  private void onReadError(int error) {
    switch (error) {
      case Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM, Errno.ENOBUFS -> {}
      default -> {
        fail("read", error);
        ring();
      }
    }
  }

  @HotPath
  @Override
  public void release() {
    assert holdsFrame : "there is no current frame";
    holdsFrame = false;
  }

  @Override
  public ByteBuffer transmitMemory() {
    return transmitMemory;
  }

  @HotPath
  @Override
  public int claim(int bytes) {
    assert bytes >= 0 && bytes <= features.largestFrame() : "no slot is that large";
    if (freeSlots == 0 || !usable) {
      count(NicCounter.TRANSMIT_FULL);
      return FULL;
    }
    int slot = Long.numberOfTrailingZeros(freeSlots); // mostly the first: it stays in the cache
    freeSlots &= freeSlots - 1;
    return slot << slotShift;
  }

  @HotPath
  @Override
  public void abandon(int offset) {
    assert isClaimed(offset) : "only a claimed slot can be given back";
    free(offset);
  }

  @HotPath
  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    assert isClaimed(offset) : "only a claimed slot can be sent";
    assert length <= features.largestFrame() : "no slot is that large";
    assert segmentSize == 0 && flags == 0 : "this NIC has no offloads";
    if (pendingCount == 0 && write(offset, length)) {
      free(offset);
    } else {
      pending[(firstPending + pendingCount) % SLOTS] = ((long) offset << Integer.SIZE) | length;
      pendingCount++;
    }
  }

  private boolean isClaimed(int offset) {
    int slot = offset >>> slotShift;
    return slot < SLOTS && (slot << slotShift) == offset && (freeSlots & (1L << slot)) == 0;
  }

  private void free(int offset) {
    freeSlots |= 1L << (offset >>> slotShift);
  }

  /** Returns whether the frame is done with, sent or lost; if not, the kernel takes no more at present. */
  @HotPath
  private boolean write(int offset, int length) {
    if (!usable) {
      count(NicCounter.SEND_FAILED);
      return true;
    }
    long written = LibC.functions().write(fd, transmitAddress + offset, length);
    if (written != length) {
      return onWriteError(written < 0 ? LibC.errno() : 0);
    }
    count(NicCounter.FRAMES_SENT);
    if (status == NicStatus.DOWN) {
      refresh(); // it may be up again
    }
    return true;
  }

  private boolean onWriteError(int error) {
    switch (error) {
      case Errno.EAGAIN, Errno.EINTR -> {
        return false;
      }
      case Errno.EIO -> status = NicStatus.DOWN;
      case Errno.EBADF, Errno.EBADFD, Errno.ENODEV -> fail("write", error);
      default -> {}
    }
    count(NicCounter.SEND_FAILED);
    return true;
  }

  @HotPath
  @Override
  public void ring() {
    if (pendingCount != 0) {
      sendPending();
    }
  }

  private void sendPending() {
    while (pendingCount != 0) {
      int offset = (int) (pending[firstPending] >>> Integer.SIZE);
      int length = (int) pending[firstPending];
      if (!write(offset, length)) {
        return;
      }
      free(offset);
      firstPending = (firstPending + 1) % SLOTS;
      pendingCount--;
    }
  }

  @Override
  public void await(long maxWaitNs) {
    if (closed()) {
      return;
    }
    ring();
    if (quiet) {
      refresh();
    } else {
      refreshBeforeAwait();
    }
    int events = pendingCount == 0 ? LibC.POLLIN : LibC.POLLIN | LibC.POLLOUT;
    int returned = wait.await(usable ? fd : -1, events, maxWaitNs);
    quiet = returned == 0;
    if ((returned & (LibC.POLLERR | LibC.POLLHUP | LibC.POLLNVAL)) != 0) {
      fail("poll", Errno.EBADFD);
    }
    ring();
  }

  @Override
  public NicTwin openTwin() throws IOException {
    if (closed()) {
      throw new IOException(
          "no twin of TAP device " + device.name() + ", which is closed; open it again");
    }
    return TapTwin.of(device);
  }

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return macAddress;
  }

  @Override
  protected void refresh() {
    if (!usable) {
      return;
    }
    int largestMtu = features.largestFrame() - ETHERNET_HEADER_BYTES - VLAN_TAG_BYTES;
    mtu = Math.min(device.mtu(mtu), largestMtu);
    status = device.linkUp(status == NicStatus.UP) ? NicStatus.UP : NicStatus.DOWN;
  }

  /** The next ring clears the queue. */
  private void fail(String call, int error) {
    String cause = error == Errno.EBADFD || error == Errno.ENODEV
        ? "the device has been deleted; make it again and open it again"
        : "the device is broken; close it and open it again";
    fail("TAP device " + device.name() + " failed (" + call + ": " + Errno.name(error) + "): "
        + cause);
  }

  @Override
  protected void closeDevice() {
    device.close();
  }
}
