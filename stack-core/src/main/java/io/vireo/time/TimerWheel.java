// SPDX-License-Identifier: Apache-2.0
package io.vireo.time;

import io.vireo.api.HotPath;
import java.util.Arrays;

/**
 * Timers by number, each armed at most once: a hierarchical timing wheel that is exact to the nanosecond.
 *
 * <p>A deadline, as nanoseconds since the wheel's start, is a number of eleven digits in base 64. A timer hangs in the slot of
 * the first digit in which its deadline differs from the wheel's present position, so the earliest slot of the lowest
 * occupied level holds the earliest timer, and bitmaps find it however long nothing happened:
 *
 * <pre>
 *   level   0      1      2      3       4       5      6      …
 *   slot    1 ns   64 ns  4 µs   262 µs  16.8 ms 1.07 s 68.7 s
 * </pre>
 *
 * <p>A short list is searched when its time comes. A long one is sorted into the levels below, a bounded number of
 * timers per call, and no timer moves more than ten times (a retransmission timer of 200 ms twice, among 100,000).
 *
 * <p>Times are compared by difference; deadlines may lie up to 146 years ahead.
 */
public final class TimerWheel {
  /** {@link #pollExpired}: no timer. */
  public static final int NONE = -1;

  private static final int DIGIT_BITS = 6;
  private static final int DIGIT = (1 << DIGIT_BITS) - 1;
  private static final int LEVELS = 11;
  private static final int SHORT_LIST = 8;
  private static final int MOVES_PER_POLL = 64;

  // Values of a link that are no timer: the end of a list, and the mark of a timer that is in none.
  private static final int END = -1;
  private static final int UNARMED = -2;

  private final long startNs;
  private long[] deadlinesNs;

  /** Of each timer: the next one in its list, and the one before it or, for the first, {@code ~slot}. */
  private int[] links;

  private final int[] heads = new int[LEVELS << DIGIT_BITS];
  private final long[] occupiedSlots = new long[LEVELS];
  private int occupiedLevels;

  /** No timer is due before this position, in nanoseconds since the start. */
  private long position;

  /** The slot whose timers are being sorted into the levels below, or NONE. */
  private int sorting = NONE;

  private long nextDeadlineNs;

  /** A wheel for the timers 0 to {@code capacity} - 1, none of them armed, at the time {@code startNs}. */
  public TimerWheel(int capacity, long startNs) {
    this.startNs = startNs;
    this.deadlinesNs = new long[capacity];
    this.links = new int[2 * capacity];
    Arrays.fill(links, UNARMED);
    Arrays.fill(heads, END);
  }

  /** Arms a timer, or arms it again; a deadline in the past is due at once. */
  @HotPath
  public void arm(int timer, long deadlineNs) {
    cancel(timer);
    if (occupiedLevels == 0 || deadlineNs - nextDeadlineNs < 0) {
      nextDeadlineNs = deadlineNs;
    }
    deadlinesNs[timer] = deadlineNs;
    place(timer);
  }

  /** Disarms a timer, if it is armed. */
  @HotPath
  public void cancel(int timer) {
    if (isArmed(timer)) {
      unlink(timer);
    }
  }

  /** Whether a timer is armed. */
  public boolean isArmed(int timer) {
    return links[2 * timer] != UNARMED;
  }

  /** The deadline of an armed timer. */
  public long deadlineNs(int timer) {
    assert isArmed(timer);
    return deadlinesNs[timer];
  }

  /** Whether no timer is armed. */
  public boolean isEmpty() {
    return occupiedLevels == 0;
  }

  /**
   * When to call {@link #pollExpired} next, if the wheel is not empty: never later than the earliest deadline, often that
   * deadline itself. After pollExpired has returned NONE it lies in the future, unless timers remain to be sorted.
   */
  public long nextDeadlineNs() {
    return nextDeadlineNs;
  }

  /**
   * Disarms the earliest timer that is due, its deadline - {@code nowNs} not above 0, and returns it; or NONE. NONE is
   * also the answer when many timers had to be sorted and the work of one call is done; {@link #nextDeadlineNs} is then
   * still due, and the next call goes on. Between calls, any timer may be armed or cancelled.
   */
  @HotPath
  public int pollExpired(long nowNs) {
    if (occupiedLevels == 0 || nextDeadlineNs - nowNs > 0) {
      return NONE;
    }
    return pollEarliest(nowNs);
  }

  /** Makes room for timers 0 to {@code capacity} - 1. Allocates. */
  public void ensureCapacity(int capacity) {
    int former = deadlinesNs.length;
    if (capacity > former) {
      deadlinesNs = Arrays.copyOf(deadlinesNs, capacity);
      links = Arrays.copyOf(links, 2 * capacity);
      Arrays.fill(links, 2 * former, links.length, UNARMED);
    }
  }

  @HotPath
  private int pollEarliest(long nowNs) {
    long now = nowNs - startNs;
    int moves = MOVES_PER_POLL;
    while (occupiedLevels != 0) {
      if (sorting != NONE) {
        moves = sort(moves);
        if (sorting != NONE) {
          return NONE;
        }
        continue;
      }
      int slot = earliestSlot();
      long slotStart = start(slot);
      if (slotStart > now) {
        // Legal up to the start of the earliest slot, and it brings timers that are armed later to
        // finer levels.
        position = Math.max(position, now);
      }
      int earliest = earliestOf(slot);
      if (earliest != NONE) {
        return expire(earliest, nowNs);
      }
      if (slotStart > now) {
        nextDeadlineNs = startNs + slotStart;
        return NONE;
      }
      position = slotStart;
      sorting = slot;
    }
    position = Math.max(position, now);
    return NONE;
  }

  private int expire(int earliest, long nowNs) {
    if (deadlinesNs[earliest] - nowNs > 0) {
      nextDeadlineNs = deadlinesNs[earliest];
      return NONE;
    }
    unlink(earliest);
    return earliest;
  }

  private int earliestSlot() {
    int level = Integer.numberOfTrailingZeros(occupiedLevels);
    return level << DIGIT_BITS | Long.numberOfTrailingZeros(occupiedSlots[level]);
  }

  @HotPath
  private long start(int slot) {
    int shift = (slot >>> DIGIT_BITS) * DIGIT_BITS;
    long digits = ((position >>> shift) & ~DIGIT) | (slot & DIGIT);
    return digits << shift;
  }

  /** The earliest timer of a slot, or NONE if it holds too many to look at each. */
  @HotPath
  private int earliestOf(int slot) {
    int earliest = heads[slot];
    if (slot >>> DIGIT_BITS == 0) {
      return earliest; // they differ in nothing
    }
    int timer = links[2 * earliest];
    for (int seen = 1; timer != END; seen++) {
      if (seen == SHORT_LIST) {
        return NONE;
      }
      if (deadlinesNs[timer] - deadlinesNs[earliest] < 0) {
        earliest = timer;
      }
      timer = links[2 * timer];
    }
    return earliest;
  }

  /** Moves timers from the slot being sorted to where they belong, seen from the present position. */
  @HotPath
  private int sort(int moves) {
    int slot = sorting;
    int timer = heads[slot];
    while (timer != END && moves > 0) {
      int next = links[2 * timer];
      place(timer);
      timer = next;
      moves--;
    }
    heads[slot] = timer;
    if (timer == END) {
      vacate(slot);
    } else {
      links[2 * timer + 1] = ~slot;
    }
    return moves;
  }

  @HotPath
  private void place(int timer) {
    long deadline = Math.max(deadlinesNs[timer] - startNs, position);
    int level = (63 - Long.numberOfLeadingZeros((deadline ^ position) | 1)) / DIGIT_BITS;
    int digit = (int) (deadline >>> (level * DIGIT_BITS)) & DIGIT;
    int slot = level << DIGIT_BITS | digit;
    assert slot != sorting;
    int head = heads[slot];
    links[2 * timer] = head;
    links[2 * timer + 1] = ~slot;
    if (head != END) {
      links[2 * head + 1] = timer;
    }
    heads[slot] = timer;
    occupiedSlots[level] |= 1L << digit;
    occupiedLevels |= 1 << level;
  }

  @HotPath
  private void unlink(int timer) {
    int next = links[2 * timer];
    int previous = links[2 * timer + 1];
    links[2 * timer] = UNARMED;
    if (next != END) {
      links[2 * next + 1] = previous;
    }
    if (previous >= 0) {
      links[2 * previous] = next;
      return;
    }
    heads[~previous] = next;
    if (next == END) {
      vacate(~previous);
    }
  }

  @HotPath
  private void vacate(int slot) {
    int level = slot >>> DIGIT_BITS;
    occupiedSlots[level] &= ~(1L << slot);
    if (occupiedSlots[level] == 0) {
      occupiedLevels &= ~(1 << level);
    }
    if (slot == sorting) {
      sorting = NONE;
    }
  }
}
