// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.xdp;

import io.vireo.api.HotPath;
import io.vireo.nic.linux.MappedMemory;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A ring that the kernel and we share: one side puts entries in and moves the producer's index, the other takes them out and moves the consumer's. Both indices only
 * count up, and whose they are writes them with release, after the entries, and the other reads them with acquire.
 */
final class XdpRing {
  private static final VarHandle INDEX =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private static final int NEED_WAKEUP = 1;
  private static final int DESCRIPTOR_LENGTH = 8;

  // Of a ring of a twin, in cache lines of their own as the kernel has them.
  private static final int TWIN_CONSUMER = 64;
  private static final int TWIN_FLAGS = 128;
  private static final int TWIN_ENTRIES = 192;

  private final MappedMemory mapped;
  private final ByteBuffer memory;
  private final int producerAt;
  private final int consumerAt;
  private final int flagsAt;
  private final int entriesAt;
  private final int entryShift;
  private final int mask;

  /** Ours. */
  private int index;

  /** The kernel's, when it was read last. */
  private int theirs;

  /**
   * Maps a ring of a socket.
   *
   * @param offsets the kernel's struct xdp_ring_offset at {@code offsetsAt}: producer, consumer, entries, flags
   * @param entryBytes 8 for addresses, 16 for descriptors
   */
  XdpRing(int socket, long mapOffset, ByteBuffer offsets, int offsetsAt, int size, int entryBytes)
      throws IOException {
    producerAt = (int) offsets.getLong(offsetsAt);
    consumerAt = (int) offsets.getLong(offsetsAt + 8);
    entriesAt = (int) offsets.getLong(offsetsAt + 16);
    flagsAt = (int) offsets.getLong(offsetsAt + 24);
    entryShift = Integer.numberOfTrailingZeros(entryBytes);
    mask = size - 1;
    mapped = MappedMemory.shared(socket, mapOffset, entriesAt + size * entryBytes);
    memory = mapped.buffer().order(ByteOrder.nativeOrder());
  }

  /** A ring without a kernel, for a twin: in zeroed memory from {@code start} on, {@link #twinBytes} of it. */
  XdpRing(MappedMemory zeroed, int start, int size, int entryBytes) {
    producerAt = start;
    consumerAt = start + TWIN_CONSUMER;
    flagsAt = start + TWIN_FLAGS;
    entriesAt = start + TWIN_ENTRIES;
    entryShift = Integer.numberOfTrailingZeros(entryBytes);
    mask = size - 1;
    mapped = zeroed;
    memory = mapped.buffer().duplicate().order(ByteOrder.nativeOrder());
  }

  /** The other side of a ring. */
  private XdpRing(XdpRing ring) {
    producerAt = ring.producerAt;
    consumerAt = ring.consumerAt;
    flagsAt = ring.flagsAt;
    entriesAt = ring.entriesAt;
    entryShift = ring.entryShift;
    mask = ring.mask;
    mapped = ring.mapped;
    memory = ring.memory;
  }

  /** How much memory a ring of a twin takes. */
  static int twinBytes(int size, int entryBytes) {
    return TWIN_ENTRIES + size * entryBytes;
  }

  /** The kernel's side of a ring from which nothing has been taken yet, for who plays the kernel: consumer where we are the producer, and the other way round. */
  XdpRing kernelSide() {
    return new XdpRing(this);
  }

  /** For the end: nobody may touch the ring afterwards. */
  void unmap() {
    mapped.unmap();
  }

  /** Whether the kernel wants a system call before it goes on with this ring. */
  @HotPath
  boolean needsWakeup() {
    return ((int) INDEX.getOpaque(memory, flagsAt) & NEED_WAKEUP) != 0;
  }

  /** For who plays the kernel: whether it wants to be called. */
  void needWakeup(boolean wanted) {
    INDEX.setOpaque(memory, flagsAt, wanted ? NEED_WAKEUP : 0);
  }

  // ---- Where we are the producer

  /** Puts an address in; there is room. The kernel sees it after {@link #publish}. */
  @HotPath
  void put(long address) {
    memory.putLong(entriesAt + ((index++ & mask) << entryShift), address);
  }

  /** Puts a descriptor in; there is room. */
  @HotPath
  void put(long address, int length) {
    int at = entriesAt + ((index++ & mask) << entryShift);
    memory.putLong(at, address);
    memory.putInt(at + DESCRIPTOR_LENGTH, length); // the options behind it stay 0
  }

  @HotPath
  void publish() {
    INDEX.setRelease(memory, producerAt, index);
  }

  /** Whether the kernel has taken all that was published. */
  @HotPath
  boolean isDrained() {
    return (int) INDEX.getAcquire(memory, consumerAt) == index;
  }

  // ---- Where we are the consumer

  /** Whether there is an entry to take. */
  @HotPath
  boolean hasNext() {
    if (index == theirs) {
      theirs = (int) INDEX.getAcquire(memory, producerAt);
    }
    return index != theirs;
  }

  /** The address in the next entry. */
  @HotPath
  long address() {
    return memory.getLong(entriesAt + ((index & mask) << entryShift));
  }

  /** The length in the next descriptor. */
  @HotPath
  int length() {
    return memory.getInt(entriesAt + ((index & mask) << entryShift) + DESCRIPTOR_LENGTH);
  }

  /** The next entry is taken; the kernel may use its place again. */
  @HotPath
  void take() {
    INDEX.setRelease(memory, consumerAt, ++index);
  }
}
