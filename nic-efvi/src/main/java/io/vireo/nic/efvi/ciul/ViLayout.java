// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi.ciul;

import io.vireo.nic.linux.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where struct ef_vi of the library at hand keeps what is called for each frame. The offsets differ between releases, also of those that call themselves the same, so they are
 * taken from a struct that the library itself has filled in: it holds the address of ef10_ef_eventq_poll, which is a symbol as well, amid the other pointers.
 *
 * <pre>
 *   struct ef_vi │ ... │ transmit │ ... │ receive_init │ receive_push │ ... │ eventq_poll │ eventq_prime │ timers │ ...
 *                      opsBase                                               opsBase + 176 (Onload 9.0 and later), + 152 (8.1)
 * </pre>
 */
public final class ViLayout {
  /** What a struct ef_vi gets; the largest known is a fifth of that. */
  static final int VI_BYTES = 8 << 10;

  private static final int PROBE_BYTES = 16 << 10;
  private static final byte UNTOUCHED = (byte) 0xA5;
  private static final int EF10 = 1;
  private static final int EF10_VARIANT = 'D';
  private static final int EF10_REVISION = 0x5A;
  private static final int EF10_NIC_FLAGS = 0x7E;

  private final int opsBase;
  private final boolean before9;
  private final int eventState;

  private ViLayout(int opsBase, boolean before9, int eventState) {
    this.opsBase = opsBase;
    this.before9 = before9;
    this.eventState = eventState;
  }

  /**
   * Asks the library, and runs its {@link SelfTest}.
   *
   * @throws IOException if the answer is none that is known
   */
  public static ViLayout of(Libciul library) throws IOException {
    ByteBuffer vi = LibC.structure(PROBE_BYTES);
    for (int i = 0; i < PROBE_BYTES; i++) {
      vi.put(i, UNTOUCHED);
    }
    ByteBuffer state = LibC.structure(PROBE_BYTES);
    long stateAddress = LibC.addressOf(state);
    library
        .functions()
        .ef_vi_init(
            LibC.addressOf(vi), EF10, EF10_VARIANT, EF10_REVISION, 0, EF10_NIC_FLAGS, stateAddress);
    int poll = find(vi, library.address("ef10_ef_eventq_poll"));
    int eventState = find(vi, stateAddress);
    if (poll < 0) {
      throw new IOException(library.name() + ", \"" + library.version()
          + "\", sets up its struct ef_vi with somebody else's functions: another libciul or"
          + " libonload is loaded in this process (LD_PRELOAD, onload); leave that out");
    }
    if (eventState < 0 || sizeOf(vi) > VI_BYTES) {
      throw unknown(library, "eventq_poll at " + poll + ", state at " + eventState);
    }
    int opsBase = firstPointer(vi, poll);
    int distance = poll - opsBase;
    if (distance != Ops.POLL && distance != Ops.POLL_8_1) {
      throw unknown(library, "eventq_poll " + distance + " bytes behind the first");
    }
    ViLayout layout = new ViLayout(opsBase, distance == Ops.POLL_8_1, eventState);
    layout.crossCheck(library, vi);
    SelfTest.run(library, layout);
    return layout;
  }

  /** Every symbol whose place among the operations is known must be there. */
  private void crossCheck(Libciul library, ByteBuffer vi) throws IOException {
    String[] symbols = {
      "ef10_ef_eventq_prime",
      "ef10_ef_eventq_timer_prime",
      "ef10_ef_eventq_timer_run",
      "ef10_ef_eventq_timer_clear",
      "ef10_ef_eventq_timer_zero"
    };
    for (int i = 0; i < symbols.length; i++) {
      int offset = opsBase + Ops.poll(before9) + (i + 1) * Long.BYTES;
      if (vi.getLong(offset) != library.address(symbols[i])) {
        throw unknown(library, symbols[i] + " is not at " + offset);
      }
    }
  }

  private static int find(ByteBuffer memory, long value) {
    for (int offset = 0; value != 0 && offset < memory.capacity(); offset += Long.BYTES) {
      if (memory.getLong(offset) == value) {
        return offset;
      }
    }
    return -1;
  }

  /** The first of the unbroken row of pointers into the library that ends at {@code last}. */
  private static int firstPointer(ByteBuffer vi, int last) throws IOException {
    long[] mapping = Libciul.mappingOf(vi.getLong(last));
    int first = last;
    while (first >= Long.BYTES) {
      long before = vi.getLong(first - Long.BYTES);
      if (before < mapping[0] || before >= mapping[1]) {
        break;
      }
      first -= Long.BYTES;
    }
    return first;
  }

  private static int sizeOf(ByteBuffer vi) {
    int end = vi.capacity();
    while (end > 0 && vi.get(end - 1) == UNTOUCHED) {
      end--;
    }
    return end;
  }

  private static IOException unknown(Libciul library, String seen) {
    return new IOException(library.name() + ", \"" + library.version()
        + "\", lays out its struct ef_vi in no way that is known (" + seen
        + "): use the libciul.so of Onload 8.1 to 9.2, or tell the authors of Vireo");
  }

  /** The address of an operation, of a struct that is set up; 0: this NIC has it not. */
  long operation(ByteBuffer vi, Ops op) {
    int offset = op.offset(before9);
    return offset < 0 ? 0 : vi.getLong(opsBase + offset);
  }

  /** Where in struct ef_vi the pointer to its state is. */
  int eventState() {
    return eventState;
  }

  /** Whether the library is one of Onload 8.1. */
  public boolean before9() {
    return before9;
  }

  @Override
  public String toString() {
    return "operations at " + opsBase + (before9 ? ", as in 8.1" : ", as since 9.0") + ", state at "
        + eventState;
  }
}
