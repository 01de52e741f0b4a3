// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** All targets by their names. */
final class Targets {
  private static final Map<String, Supplier<Target>> TARGETS = new TreeMap<>(Map.of(
      "frames", FramesTarget::new,
      "repaired", RepairedTarget::new,
      "options", OptionsTarget::new,
      "arp", ArpTarget::new,
      "icmp", IcmpTarget::new,
      "fragments", FragmentsTarget::new,
      "conversation", ConversationTarget::new,
      "pair", PairTarget::new,
      "cookies", CookiesTarget::new,
      "settings", SettingsTarget::new));

  private Targets() {}

  static Set<String> names() {
    return TARGETS.keySet();
  }

  static Target of(String name) {
    Supplier<Target> target = TARGETS.get(name);
    if (target == null) {
      throw new IllegalArgumentException("no target " + name + ", there are " + names());
    }
    return target.get();
  }
}
