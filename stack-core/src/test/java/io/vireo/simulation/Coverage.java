// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.SoftError;
import java.util.ArrayList;
import java.util.List;

/** INV-18: in how many worlds each thing that ought to happen now and then did happen. */
final class Coverage {
  private final long[] faults = new long[Fault.Kind.values().length];
  private final long[] drops = new long[Network.Drop.values().length];
  private final long[] counters = new long[Counter.values().length];
  private final long[] reasons = new long[CloseReason.values().length];
  private final long[] softErrors = new long[SoftError.values().length];
  private final long[] hosts = new long[9];
  private long worlds;
  private long calm;
  private long blocked;

  void add(World world) {
    worlds++;
    hosts[world.present.size()]++;
    calm += world.calm() ? 1 : 0;
    blocked += world.blocked > 0 ? 1 : 0;
    mark(faults, world.faults.strikes);
    mark(drops, world.network.drops);
    mark(reasons, world.reasons);
    mark(softErrors, world.softErrors);
    for (Counter counter : Counter.values()) {
      boolean any = false;
      for (Host host : world.present) {
        any |= host.stack.counter(counter) > 0;
      }
      counters[counter.ordinal()] += any ? 1 : 0;
    }
  }

  private static void mark(long[] marks, long[] counts) {
    for (int i = 0; i < marks.length; i++) {
      marks[i] += counts[i] > 0 ? 1 : 0;
    }
  }

  void add(Coverage other) {
    worlds += other.worlds;
    calm += other.calm;
    blocked += other.blocked;
    sum(faults, other.faults);
    sum(drops, other.drops);
    sum(counters, other.counters);
    sum(reasons, other.reasons);
    sum(softErrors, other.softErrors);
    sum(hosts, other.hosts);
  }

  private static void sum(long[] marks, long[] others) {
    for (int i = 0; i < marks.length; i++) {
      marks[i] += others[i];
    }
  }

  long worlds() {
    return worlds;
  }

  /** Names of faults, ends of frames, and reasons to end that no world has seen. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    collect(missing, "fault ", Fault.Kind.values(), faults);
    collect(missing, "drop ", Network.Drop.values(), drops);
    collect(missing, "reason ", CloseReason.values(), reasons);
    // The stacks of a simulation have addresses of their own.
    missing.remove("reason " + CloseReason.ADDRESS_LOST);
    return missing;
  }

  /** The same, and counters. */
  List<String> never() {
    List<String> never = missing();
    collect(never, "counter ", Counter.values(), counters);
    return never;
  }

  private static void collect(List<String> missing, String what, Enum<?>[] names, long[] marks) {
    for (int i = 0; i < names.length; i++) {
      if (marks[i] == 0) {
        missing.add(what + names[i]);
      }
    }
  }

  /** Every mark, with the number of worlds that it was seen in. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("worlds " + worlds + ", calm " + calm);
    text.append(", with blocking callbacks ").append(blocked).append("\nhosts ");
    for (int n = 2; n < hosts.length; n++) {
      text.append(' ').append(n).append(": ").append(hosts[n]);
    }
    table(text, "\nfaults", Fault.Kind.values(), faults);
    table(text, "\nends of frames", Network.Drop.values(), drops);
    table(text, "\nreasons", CloseReason.values(), reasons);
    table(text, "\nsoft errors", SoftError.values(), softErrors);
    table(text, "\ncounters", Counter.values(), counters);
    return text.append("\nnever: ").append(never()).toString();
  }

  private static void table(StringBuilder text, String title, Enum<?>[] names, long[] marks) {
    text.append(title);
    for (int i = 0; i < names.length; i++) {
      text.append(String.format("%n  %-28s %d", names[i], marks[i]));
    }
  }
}
