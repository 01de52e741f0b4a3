// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import io.vireo.api.HotPath;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/** What the NICs on Linux have in common that have an interface of the kernel's beside them: counters, status, the MTU and what it lets through, the end. */
public abstract class LinuxNic implements Nic {
  protected static final int ETHERNET_HEADER_BYTES = 14;
  protected static final int VLAN_TAG_BYTES = 4;

  /** Bounds the work of one receive: that many oversize frames are dropped in a row. */
  protected static final int MOST_DROPPED = 64;

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int ETHER_TYPE_OFFSET = 12;
  private static final int ETHER_TYPE_VLAN = 0x8100;
  private static final int AWAITS_PER_REFRESH = 16;

  protected final WakeableWait wait;
  private final long[] counts = new long[NicCounter.values().length];

  /** {@link #mtu()}. */
  protected int mtu = 1_500;

  /** {@link #status()}. */
  protected NicStatus status = NicStatus.UP;

  /** Neither failed nor closed. */
  protected boolean usable = true;

  private IOException failure;
  private boolean closed;
  private int awaits;

  protected LinuxNic(WakeableWait wait) {
    this.wait = wait;
  }

  /** Asks for MTU and link anew, while {@link #usable}. */
  protected abstract void refresh();

  /** While there is time, now and then. */
  protected final void refreshBeforeAwait() {
    if (status != NicStatus.UP || ++awaits % AWAITS_PER_REFRESH == 0) {
      refresh();
    }
  }

  /** Whether a frame in {@code memory} is no longer than the interface lets through. */
  @HotPath
  protected final boolean isWithinMtu(ByteBuffer memory, int offset, int length) {
    return length <= mtu + ETHERNET_HEADER_BYTES || isAllowed(memory, offset, length);
  }

  /** Of a frame longer than the MTU known so far: it may carry a VLAN tag, or the MTU has been raised. */
  private boolean isAllowed(ByteBuffer memory, int offset, int length) {
    refresh();
    int allowed = mtu + ETHERNET_HEADER_BYTES;
    boolean tagged = memory.getShort(offset + ETHER_TYPE_OFFSET) == (short) ETHER_TYPE_VLAN;
    return length <= (tagged ? allowed + VLAN_TAG_BYTES : allowed);
  }

  @HotPath
  protected final void count(NicCounter counter) {
    int index = counter.ordinal();
    COUNT.setOpaque(counts, index, counts[index] + 1);
  }

  /** For what somebody else counts. */
  protected final void setCount(NicCounter counter, long value) {
    COUNT.setOpaque(counts, counter.ordinal(), value);
  }

  /** For good: from here on there are no system calls but waiting. */
  protected final void fail(String message) {
    usable = false;
    status = NicStatus.FAILED;
    failure = new IOException(message);
  }

  protected final boolean closed() {
    return closed;
  }

  @Override
  public final int receiveSegmentSize() {
    return 0;
  }

  @Override
  public final long receiveTimestampNs() {
    return 0;
  }

  @Override
  public final void wakeup() {
    wait.wakeup();
  }

  /** As the kernel has it, but not above what a slot can hold. */
  @Override
  public final int mtu() {
    return mtu;
  }

  @Override
  public final NicStatus status() {
    return status;
  }

  @Override
  public final IOException failure() {
    return failure;
  }

  @Override
  public final long counter(NicCounter counter) {
    return (long) COUNT.getOpaque(counts, counter.ordinal());
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      usable = false;
      wait.close();
      closeDevice();
    }
  }

  /** Gives back what the NIC holds; once. */
  protected abstract void closeDevice();
}
