// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A limit with a list of exceptions, each with its present size. What is on the list may shrink, and
 * then the list shrinks with it; nothing on it may grow, and nothing else may pass the limit.
 */
record SizeRatchet(int limit, Map<String, Integer> exceptions) {

  /** Reads lines of a size, a blank and a name; empty lines and those with # at the start say why. */
  static Map<String, Integer> parse(List<String> lines) {
    Map<String, Integer> exceptions = new HashMap<>();
    for (String line : lines) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int blank = line.indexOf(' ');
        exceptions.put(line.substring(blank + 1), Integer.parseInt(line.substring(0, blank)));
      }
    }
    return exceptions;
  }

  List<String> faults(Map<String, Integer> sizes) {
    List<String> faults = new ArrayList<>();
    sizes.forEach((name, size) -> {
      int allowed = exceptions.getOrDefault(name, limit);
      if (size > allowed) {
        faults.add(name + " has " + size + " lines of code, allowed are " + allowed);
      } else if (exceptions.containsKey(name) && size <= limit) {
        faults.add(name + " keeps the limit now: take it off the list of exceptions");
      } else if (size < allowed && exceptions.containsKey(name)) {
        faults.add(name + " has shrunk to " + size + ": lower its exception from " + allowed);
      }
    });
    exceptions.keySet().stream()
        .filter(name -> !sizes.containsKey(name))
        .sorted()
        .forEach(name -> faults.add(name + " is gone: take it off the list of exceptions"));
    return faults;
  }
}
