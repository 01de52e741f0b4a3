// SPDX-License-Identifier: Apache-2.0
package io.vireo;

/** The timers of one endpoint: few, so they are simply looked through. */
final class EndpointTimers {
  static final int NONE = -1;

  private final long[] deadlineNs;
  private int armed;

  EndpointTimers(int count) {
    deadlineNs = new long[count];
  }

  void set(int timer, long delayNs, long nowNs) {
    if (delayNs == 0) {
      armed &= ~(1 << timer);
    } else {
      armed |= 1 << timer;
      deadlineNs[timer] = nowNs + delayNs;
    }
  }

  void clear() {
    armed = 0;
  }

  /** A timer that is due, which is disarmed; or NONE. */
  int poll(long nowNs) {
    for (int rest = armed; rest != 0; rest &= rest - 1) {
      int timer = Integer.numberOfTrailingZeros(rest);
      if (deadlineNs[timer] - nowNs <= 0) {
        armed &= ~(1 << timer);
        return timer;
      }
    }
    return NONE;
  }

  /** The earlier of {@code otherwise} and the next of these timers. */
  long nextDeadlineNs(long otherwise) {
    long next = otherwise;
    for (int rest = armed; rest != 0; rest &= rest - 1) {
      long candidate = deadlineNs[Integer.numberOfTrailingZeros(rest)];
      if (candidate - next < 0) {
        next = candidate;
      }
    }
    return next;
  }
}
