// SPDX-License-Identifier: Apache-2.0
package io.vireo.memory;

import io.vireo.api.HotPath;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Off-heap buffers in power-of-two sizes from 1 KiB to 1 GiB under one cap, for one thread.
 *
 * <p>Memory comes from the JVM in slabs, when it is first needed: a direct buffer is zeroed, so what is allocated is
 * resident. A slab serves one size at a time and, once all its buffers are free, any other. A buffer larger than a slab
 * gets one of its own.
 *
 * <p>The cap is on the bytes of taken buffers, each counted with its real size. Slabs that are partly free may hold as much
 * again; beyond that (and a slab per size) a take is refused, so that no pattern of use can make the arena grow without bound.
 */
public final class BufferArena {
  /** {@link #take}: refused. */
  public static final long NONE = -1;

  private static final int SMALLEST_BITS = 10;
  private static final int LARGEST_BITS = 30;
  private static final int CLASSES = LARGEST_BITS + 2; // the last one stays empty
  private static final int SMALLEST_SLAB_BITS = 16;
  private static final int LARGEST_SLAB_BITS = 20;
  private static final long LARGEST_CAPACITY = 1L << 40;
  private static final int LARGEST_SPARE_BITS = 16;
  private static final byte POISON = (byte) 0xDB;

  // A handle: slab (27 bits), offset (31 bits), logarithm of the capacity (5 bits).
  private static final int OFFSET_SHIFT = 5;
  private static final int SLAB_SHIFT = 36;

  private final long capacityBytes;
  private final int slabBits;
  private final byte[] poison;

  private Slab[] slabs = new Slab[16];
  private int slabCount;

  /** How many slab numbers below slabCount are without a slab. */
  private int dropped;

  /** Slabs with taken and free buffers, by the size of their buffers. */
  private final Slab[] partial = new Slab[CLASSES];

  /** Of each list of partial slabs: the one without a taken buffer, if there is one. */
  private final Slab[] kept = new Slab[CLASSES];

  /** Slabs without a taken buffer and without a size, by their own size. */
  private final Slab[] blank = new Slab[CLASSES];

  /**
   * Of each size, the buffer given back last, if the next take may have it at once: a lone connection takes and gives with each message. It counts as free, but
   * its slab does not know.
   */
  private final long[] spare = new long[CLASSES];

  private long usedBytes;
  private long slabBytes;
  private long refusals;
  private long promisedBytes;

  /** An arena of {@code capacityBytes}; where assertions are on, buffers given back are overwritten with 0xDB. */
  public BufferArena(long capacityBytes) {
    this(capacityBytes, BufferArena.class.desiredAssertionStatus());
  }

  /** An arena that overwrites, or does not, what is given back. */
  public BufferArena(long capacityBytes, boolean poisoned) {
    if (capacityBytes < 0 || capacityBytes > LARGEST_CAPACITY) {
      throw new IllegalArgumentException(
          "capacityBytes is " + capacityBytes + ", must be 0 to " + LARGEST_CAPACITY);
    }
    this.capacityBytes = capacityBytes;
    // Small arenas, as tests and small devices have them, take small slabs.
    int bits = 64 - Long.numberOfLeadingZeros(capacityBytes >>> 6);
    this.slabBits = Math.max(SMALLEST_SLAB_BITS, Math.min(LARGEST_SLAB_BITS, bits));
    this.poison = poisoned ? new byte[1 << SMALLEST_BITS] : null;
    if (poisoned) {
      Arrays.fill(poison, POISON);
    }
    Arrays.fill(spare, NONE);
  }

  /**
   * Takes a buffer of at least {@code bytes} bytes, 1 to 2^30, and returns its handle; or NONE, if less than {@code
   * keepFreeBytes} of the cap would stay free or the JVM has no more memory. What it holds at first is undefined.
   */
  @HotPath
  public long take(int bytes, long keepFreeBytes) {
    assert bytes > 0;
    int sizeBits = Math.max(SMALLEST_BITS, 32 - Integer.numberOfLeadingZeros(bytes - 1));
    if (freeBytes() - (1L << sizeBits) < keepFreeBytes) {
      refusals++;
      return NONE;
    }
    long handle = spare[sizeBits];
    if (handle != NONE) {
      spare[sizeBits] = NONE;
      usedBytes += 1L << sizeBits;
      return handle;
    }
    return takeFromSlab(sizeBits);
  }

  private long takeFromSlab(int sizeBits) {
    Slab slab = partial[sizeBits];
    if (slab == null) {
      slab = assign(sizeBits);
      if (slab == null) {
        refusals++;
        return NONE;
      }
    }
    if (slab == kept[sizeBits]) {
      kept[sizeBits] = null;
    }
    int buffer = slab.take();
    if (slab.isFull()) {
      unlink(slab, partial, sizeBits);
    }
    usedBytes += 1L << sizeBits;
    return (long) slab.index << SLAB_SHIFT | (long) buffer << (sizeBits + OFFSET_SHIFT) | sizeBits;
  }

  /** Gives a buffer back. With assertions, IllegalStateException: it is not taken, or no buffer of this arena. */
  @HotPath
  public void give(long handle) {
    assert checkTaken(handle);
    int sizeBits = (int) handle & 31;
    if (poison != null) {
      overwrite(memory(handle), offset(handle), 1 << sizeBits);
    }
    usedBytes -= 1L << sizeBits;
    if (spare[sizeBits] == NONE && sizeBits <= LARGEST_SPARE_BITS) {
      spare[sizeBits] = handle;
      return;
    }
    giveToSlab(handle);
  }

  private void giveToSlab(long handle) {
    int sizeBits = (int) handle & 31;
    int buffer = offset(handle) >>> sizeBits;
    Slab slab = slabs[slab(handle)];
    if (slab.isFull()) {
      link(slab, partial, sizeBits);
    }
    slab.give(buffer);
    if (slab.taken == 0) {
      keepOrBlank(slab);
    }
  }

  /** One slab of each size stays ready, because a lone connection takes and gives all the time. */
  private void keepOrBlank(Slab slab) {
    int sizeBits = slab.sizeBits;
    if (kept[sizeBits] == null) {
      kept[sizeBits] = slab;
    } else {
      unlink(slab, partial, sizeBits);
      link(slab, blank, slab.slabBits);
    }
  }

  /** The number of the slab that a buffer lies in, below {@link #slabs()}. */
  public static int slab(long handle) {
    return (int) (handle >>> SLAB_SHIFT);
  }

  /** Where in its slab a buffer begins. */
  public static int offset(long handle) {
    return (int) (handle >>> OFFSET_SHIFT) & 0x7FFF_FFFF;
  }

  /** The bytes of a buffer: what was asked for, rounded up to a power of two. */
  public static int capacity(long handle) {
    return 1 << handle;
  }

  /** The memory a taken buffer lies in: direct, big-endian, the same instance as long as the buffer is taken. */
  @HotPath
  public ByteBuffer memory(long handle) {
    return slabs[slab(handle)].memory;
  }

  /** The memory of a slab, of which at least one buffer is taken. */
  public ByteBuffer slab(int index) {
    return slabs[index].memory;
  }

  /** One more than the highest number of a slab so far. */
  public int slabs() {
    return slabCount;
  }

  /** The cap. */
  public long capacityBytes() {
    return capacityBytes;
  }

  /** What of the cap is not taken. */
  public long freeBytes() {
    return capacityBytes - usedBytes;
  }

  /** The bytes of all taken buffers. */
  public long usedBytes() {
    return usedBytes;
  }

  /** The bytes of all slabs: what the arena has from the JVM. */
  public long residentBytes() {
    return slabBytes;
  }

  /** How many takes were refused. */
  public long refusals() {
    return refusals;
  }

  /** What has been promised to somebody who may come for it. Only counted: it is not taken, and nobody is refused for it. */
  public long promisedBytes() {
    return promisedBytes;
  }

  /** Promises {@code bytes} more; below 0: so many less. */
  public void promise(int bytes) {
    promisedBytes += bytes;
    assert promisedBytes >= 0 : "no more is taken back than was promised";
  }

  /** Makes a blank slab, or a new one, the one that the next buffer of this size comes from. */
  private Slab assign(int sizeBits) {
    if (sizeBits > LARGEST_BITS) {
      return null;
    }
    int bits = Math.max(slabBits, sizeBits);
    if (blank[bits] == null) {
      blankKept();
    }
    Slab slab = blank[bits];
    if (slab != null) {
      unlink(slab, blank, bits);
    } else {
      slab = obtain(bits);
      if (slab == null) {
        return null;
      }
    }
    slab.serve(sizeBits);
    link(slab, partial, sizeBits);
    return slab;
  }

  /** No size starves because others keep empty slabs. */
  private void blankKept() {
    for (int sizeBits = SMALLEST_BITS; sizeBits < CLASSES; sizeBits++) {
      if (spare[sizeBits] != NONE) {
        giveToSlab(spare[sizeBits]);
        spare[sizeBits] = NONE;
      }
      Slab slab = kept[sizeBits];
      if (slab != null) {
        kept[sizeBits] = null;
        unlink(slab, partial, sizeBits);
        link(slab, blank, slab.slabBits);
      }
    }
  }

  private Slab obtain(int bits) {
    long slack = (long) (LARGEST_SLAB_BITS - SMALLEST_BITS + 1) << slabBits;
    // Blank slabs of another size must not starve this one: they go back to the JVM, which frees
    // them in its own time.
    for (int other = slabBits; other < CLASSES; other++) {
      while (blank[other] != null && slabBytes + (1L << bits) > capacityBytes + slack) {
        drop(blank[other]);
      }
    }
    if (slabBytes + (1L << bits) > 2 * capacityBytes + slack) {
      return null;
    }
    ByteBuffer memory;
    try {
      memory = ByteBuffer.allocateDirect(1 << bits);
    } catch (OutOfMemoryError error) {
      return null; // the JVM's own limit on direct memory is a cap like ours
    }
    if (poison != null) {
      overwrite(memory, 0, 1 << bits);
    }
    Slab slab = new Slab(freeIndex(), memory, bits);
    slabs[slab.index] = slab;
    slabBytes += 1L << bits;
    return slab;
  }

  private void drop(Slab slab) {
    unlink(slab, blank, slab.slabBits);
    slabs[slab.index] = null;
    dropped++;
    slabBytes -= 1L << slab.slabBits;
  }

  private int freeIndex() {
    if (dropped > 0) {
      dropped--;
      int index = 0;
      while (slabs[index] != null) {
        index++;
      }
      return index;
    }
    if (slabCount == slabs.length) {
      slabs = Arrays.copyOf(slabs, 2 * slabCount);
    }
    return slabCount++;
  }

  private void overwrite(ByteBuffer memory, int offset, int bytes) {
    for (int end = offset + bytes; offset < end; offset += poison.length) {
      memory.put(offset, poison);
    }
  }

  private static void link(Slab slab, Slab[] lists, int list) {
    Slab head = lists[list];
    slab.next = head;
    if (head != null) {
      head.previous = slab;
    }
    lists[list] = slab;
  }

  private static void unlink(Slab slab, Slab[] lists, int list) {
    if (slab.next != null) {
      slab.next.previous = slab.previous;
    }
    if (slab.previous != null) {
      slab.previous.next = slab.next;
    } else {
      lists[list] = slab.next;
    }
    slab.next = null;
    slab.previous = null;
  }

  @HotPath
  private boolean isTaken(long handle) {
    int index = slab(handle);
    if (index >= slabCount || slabs[index] == null) {
      return false;
    }
    int sizeBits = (int) handle & 31;
    Slab slab = slabs[index];
    return handle != spare[sizeBits]
        && slab.sizeBits == sizeBits
        && slab.isTaken(offset(handle) >>> sizeBits);
  }

  private boolean checkTaken(long handle) {
    if (!isTaken(handle)) {
      throw new IllegalStateException("buffer "
          + Long.toHexString(handle)
          + " is not taken: given twice, or not of this arena");
    }
    return true;
  }

  /** A piece of memory, and which of its buffers are free: two levels of bitmaps, so that nothing is searched. */
  private static final class Slab {
    final int index;
    final ByteBuffer memory;
    final int slabBits;
    final long[] free;
    int freeWords;
    int sizeBits;
    int taken;
    Slab next;
    Slab previous;

    Slab(int index, ByteBuffer memory, int slabBits) {
      this.index = index;
      this.memory = memory;
      this.slabBits = slabBits;
      this.free =
          new long[slabBits > LARGEST_SLAB_BITS ? 1 : 1 << (LARGEST_SLAB_BITS - SMALLEST_BITS - 6)];
    }

    void serve(int sizeBits) {
      this.sizeBits = sizeBits;
      int buffers = 1 << (slabBits - sizeBits);
      int words = (buffers + 63) >>> 6;
      Arrays.fill(free, 0, words, buffers >= 64 ? -1L : (1L << buffers) - 1);
      freeWords = (1 << words) - 1;
    }

    @HotPath
    int take() {
      int word = Integer.numberOfTrailingZeros(freeWords);
      int bit = Long.numberOfTrailingZeros(free[word]);
      free[word] &= ~(1L << bit);
      if (free[word] == 0) {
        freeWords &= ~(1 << word);
      }
      taken++;
      return word << 6 | bit;
    }

    @HotPath
    void give(int buffer) {
      free[buffer >>> 6] |= 1L << buffer;
      freeWords |= 1 << (buffer >>> 6);
      taken--;
    }

    @HotPath
    boolean isFull() {
      return freeWords == 0;
    }

    @HotPath
    boolean isTaken(int buffer) {
      return buffer < 1 << (slabBits - sizeBits) && (free[buffer >>> 6] & 1L << buffer) == 0;
    }
  }
}
