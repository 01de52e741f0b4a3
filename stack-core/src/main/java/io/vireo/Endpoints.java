// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.HotPath;
import java.util.ArrayList;
import java.util.List;

/** The endpoints of a stack: whether each has a handler, and their timers. */
final class Endpoints {
  private final List<TcpEndpoint<?>> all = new ArrayList<>();

  /** Whether a timer of an endpoint was ever set. */
  private boolean timersUsed;

  /** Whether each endpoint has a handler; none loses it. */
  private boolean handlersChecked;

  void add(TcpEndpoint<?> endpoint) {
    all.add(endpoint);
    handlersChecked = false;
  }

  void remove(TcpEndpoint<?> endpoint) {
    all.remove(endpoint);
  }

  /** The one that came last, or null. */
  TcpEndpoint<?> last() {
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  /** IllegalStateException if one has no handler yet. */
  @HotPath
  void checkHandlers() {
    if (!handlersChecked) {
      checkEach();
    }
  }

  private void checkEach() {
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).handler() == null) {
        throw new IllegalStateException(
            "an endpoint has no handler yet: call its poll(handler) first");
      }
    }
    handlersChecked = true;
  }

  /** From now on timers are looked at. */
  void onTimerSet() {
    timersUsed = true;
  }

  /** Calls those timers of each that are due, at most {@code limit}; returns how many. */
  int callTimers(EventDispatch dispatch, long nowNs, int limit) {
    int done = 0;
    for (int i = 0; timersUsed && i < all.size(); i++) {
      done += dispatch.callTimers(all.get(i), nowNs, limit);
    }
    return done;
  }

  /** The earlier of {@code otherwise} and the first of their timers. */
  long nextDeadlineNs(long otherwise) {
    long next = otherwise;
    for (int i = 0; i < all.size(); i++) {
      next = all.get(i).timers().nextDeadlineNs(next);
    }
    return next;
  }
}
