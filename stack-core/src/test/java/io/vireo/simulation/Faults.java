// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The faults of one run: drawn by a {@link Swarm} and written down as they strike, or read from a list so written. The list of a
 * drawn run, played again, is the same run.
 */
final class Faults {
  private final Swarm swarm;
  private final long healNs;
  private final Map<Long, List<Fault>> listed = new HashMap<>();
  private final List<Fault> timed = new ArrayList<>();
  private final List<Fault> struck = new ArrayList<>();
  private final List<Fault> scratch = new ArrayList<>();
  final long[] strikes = new long[Fault.Kind.values().length];

  /** {@code list}: the faults, or null for those that the swarm draws. */
  Faults(Swarm swarm, List<Fault> list, long healNs) {
    this.swarm = list == null ? swarm : null;
    this.healNs = healNs;
    for (Fault fault : list == null ? swarm.timed() : list) {
      if (fault.kind().ofFrame()) {
        listed
            .computeIfAbsent(key(fault.place(), fault.at()), key -> new ArrayList<>())
            .add(fault);
      } else {
        timed.add(fault);
        struck.add(fault);
        strikes[fault.kind().ordinal()]++;
      }
    }
  }

  private static long key(int link, long frame) {
    return frame << 8 | link;
  }

  /** What happens to a frame; good until the next call. */
  List<Fault> of(int link, long frame, FrameKind kind, long nowNs) {
    scratch.clear();
    if (nowNs < healNs) {
      if (swarm != null) {
        swarm.addFaults(link, frame, kind, scratch);
      } else {
        scratch.addAll(listed.getOrDefault(key(link, frame), List.of()));
      }
      for (Fault fault : scratch) {
        struck.add(fault);
        strikes[fault.kind().ordinal()]++;
      }
    }
    return scratch;
  }

  /** Those of a time. */
  List<Fault> timed() {
    return timed;
  }

  /** Whether one of this kind, at this place, is going on. */
  boolean holds(Fault.Kind kind, int place, long nowNs) {
    return nowNs < healNs && during(kind, place, nowNs) != null;
  }

  /** The one that is going on, or null. */
  Fault during(Fault.Kind kind, int place, long nowNs) {
    if (nowNs >= healNs) {
      return null;
    }
    for (int i = 0; i < timed.size(); i++) {
      Fault fault = timed.get(i);
      if (fault.kind() == kind && fault.place() == place && fault.holds(nowNs)) {
        return fault;
      }
    }
    return null;
  }

  /** When all of this kind that go on, one behind the other, are over. */
  long endNs(Fault.Kind kind, int place, long nowNs) {
    long end = nowNs;
    Fault fault = during(kind, place, end);
    while (fault != null) {
      end = Math.min(fault.endNs(), healNs);
      fault = during(kind, place, end);
    }
    return end;
  }

  /** Whether a frame from one host to another meets a partition. */
  boolean divides(int from, int to, long nowNs) {
    if (nowNs >= healNs) {
      return false;
    }
    for (int i = 0; i < timed.size(); i++) {
      Fault fault = timed.get(i);
      if (fault.kind() == Fault.Kind.PARTITION && fault.holds(nowNs)) {
        boolean fromInside = (fault.argument() >>> from & 1) != 0;
        boolean toInside = (fault.argument() >>> to & 1) != 0;
        boolean bothWays = fault.argument() >>> 32 != 0;
        if (fromInside != toInside && (fromInside || bothWays)) {
          return true;
        }
      }
    }
    return false;
  }

  /** All that has struck, to be played again. */
  List<Fault> struck() {
    return List.copyOf(struck);
  }
}
