// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The values of a stack's {@link Counter}s: written by the stack's thread alone, read from anywhere. They are plain stores, for a stronger one each
 * time would keep the compiler from moving anything past it; {@link #publish} keeps it from holding them back.
 */
public final class Counters {
  private static final VarHandle VALUE = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[Counter.values().length];

  /** All counters at 0. */
  public Counters() {}

  /** Adds one. Owner's thread only. */
  @HotPath
  public void increment(Counter counter) {
    values[counter.ordinal()]++;
  }

  /** Adds {@code amount}. Owner's thread only. */
  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  /** What was added so far is to be seen by other threads. */
  @HotPath
  public void publish() {
    VarHandle.releaseFence();
  }

  /** Present value. Any thread; another thread may see it late. */
  public long get(Counter counter) {
    return (long) VALUE.getOpaque(values, counter.ordinal());
  }
}
