// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The values of a stack's {@link Counter}s: written by the stack's thread alone, read from anywhere. */
public final class Counters {
  private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[Counter.values().length];

  /** All counters at 0. */
  public Counters() {}

  /** Adds one. Owner's thread only. */
  public void increment(Counter counter) {
    add(counter, 1);
  }

  /** Adds {@code amount}. Owner's thread only. */
  public void add(Counter counter, long amount) {
    int index = counter.ordinal();
    VALUE.setOpaque(values, index, values[index] + amount);
  }

  /** Present value. Any thread; another thread may see it late. */
  public long get(Counter counter) {
    return (long) VALUE.getOpaque(values, counter.ordinal());
  }
}
