// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jnr.ffi.Pointer;

/**
 * Memory from mmap(2), for devices and for rings that are shared with the kernel: at an address of its own, aligned to pages. It is given back when nobody can reach the
 * buffer or a part of it any more, and not before, unless it is asked for: a read of memory that is gone would end the JVM.
 */
public final class MappedMemory {
  /** Buffers that nobody reaches any more; looked at when memory is mapped, so that no thread is needed. */
  private static final ReferenceQueue<ByteBuffer> UNREACHABLE = new ReferenceQueue<>();

  private static final Set<Mapping> MAPPINGS = ConcurrentHashMap.newKeySet();

  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED = 0x1;
  private static final int MAP_PRIVATE = 0x2;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_POPULATE = 0x8000;
  private static final int MAP_HUGETLB = 0x4_0000;
  private static final int MAP_HUGE_2MB = 21 << 26;
  private static final int HUGE_PAGE_BYTES = 2 << 20;

  private final ByteBuffer buffer;
  private final long address;
  private final boolean hugePages;
  private final Mapping mapping;

  private MappedMemory(long address, int bytes, boolean hugePages) {
    this.address = address;
    this.hugePages = hugePages;
    buffer = MemoryIO.getInstance().newDirectByteBuffer(address, bytes).order(ByteOrder.BIG_ENDIAN);
    mapping = new Mapping(buffer, address, bytes);
    MAPPINGS.add(mapping);
  }

  /** What is to be given back once the buffer is unreachable. */
  private static final class Mapping extends PhantomReference<ByteBuffer> {
    private final long address;
    private final int bytes;
    private boolean gone;

    Mapping(ByteBuffer buffer, long address, int bytes) {
      super(buffer, UNREACHABLE);
      this.address = address;
      this.bytes = bytes;
    }

    synchronized void giveBack() {
      if (!gone) {
        gone = true;
        MAPPINGS.remove(this);
        int unused = LibC.functions().munmap(address, bytes);
      }
    }
  }

  private static void giveBack() {
    for (Reference<?> r = UNREACHABLE.poll(); r != null; r = UNREACHABLE.poll()) {
      Mapping mapping = (Mapping) r;
      mapping.giveBack();
    }
  }

  /** Gives it back at once: a ring keeps its socket open. Nobody may touch the buffer afterwards. */
  public void unmap() {
    mapping.giveBack();
  }

  /**
   * Zeroed memory of the process's own, every page of it there: of huge pages of 2 MiB, if the system has enough of them free (sysctl vm.nr_hugepages), else of plain ones.
   * {@code bytes} is rounded up to whole pages.
   */
  public static MappedMemory anonymous(int bytes) throws IOException {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    int hugeBytes = (bytes + HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
    long address = map(hugeBytes, flags | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
    if (address != -1) {
      return new MappedMemory(address, hugeBytes, true);
    }
    address = map(bytes, flags, -1, 0);
    if (address == -1) {
      throw new IOException("no " + bytes + " bytes of memory (" + Errno.name(LibC.errno()) + ")");
    }
    return new MappedMemory(address, bytes, false);
  }

  /** A part of what a descriptor stands for, shared with whoever else has mapped it: a file, or a ring of a socket. */
  public static MappedMemory shared(int fd, long offset, int bytes) throws IOException {
    long address = map(bytes, MAP_SHARED | MAP_POPULATE, fd, offset);
    if (address == -1) {
      throw new IOException("mmap of " + bytes + " bytes at " + offset + " failed ("
          + Errno.name(LibC.errno()) + ")");
    }
    return new MappedMemory(address, bytes, false);
  }

  private static long map(int bytes, int flags, int fd, long offset) {
    giveBack();
    Pointer mapped = LibC.functions().mmap(null, bytes, PROT_READ_WRITE, flags, fd, offset);
    return mapped == null ? -1 : mapped.address();
  }

  /** The whole of it: direct, big-endian. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Where it begins, for those who are not Java. */
  public long address() {
    return address;
  }

  /** Whether it consists of huge pages. */
  public boolean hugePages() {
    return hugePages;
  }
}
