// SPDX-License-Identifier: Apache-2.0
package io.vireo.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.differential.Cell.Stimulus;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same segments and frames for the kernel of this machine and for Vireo. Where the two answer differently, the difference is listed in
 * kernel-differences.txt and explained in docs/kernel-differences.md; one that is not listed, and one that is no more, fails.
 *
 * <p>{@code -Dvireo.differential.flags=256}: with every combination of the eight flags, not only of the six old ones.
 */
@InPrivateNetwork
@Tag("long")
@NeedsProgram("ip")
@Timeout(600)
class KernelDifferencesIT {
  private static final int SIX_FLAGS = 64;
  private static final int FLAGS = Integer.getInteger("vireo.differential.flags", SIX_FLAGS);

  // INV-17
  @Test
  void everyDifferenceIsListed(PrivateNetwork network) throws Exception {
    List<Difference> found = new ArrayList<>();
    found.addAll(ofSegments(network));
    found.addAll(ofFrames(network));
    ExpectedDifferences expected = ExpectedDifferences.read();
    List<String> faults = expected.faults(found, FLAGS == SIX_FLAGS);
    assertEquals("", String.join("\n", faults));
  }

  private static List<Difference> ofSegments(PrivateNetwork network) throws Exception {
    List<Stimulus> stimuli = StateDifferences.stimuli(FLAGS);
    assertTrue(stimuli.size() > 10_000);
    Map<Stimulus, String> linux = new LinkedHashMap<>();
    try (LinuxHost host = new LinuxHost(network)) {
      linux.putAll(new StateDifferences(host).run(stimuli));
    }
    Map<Stimulus, String> vireo;
    try (VireoHost host = new VireoHost()) {
      vireo = new StateDifferences(host).run(stimuli);
    }
    List<Difference> differences = new ArrayList<>();
    for (Stimulus stimulus : stimuli) {
      Difference difference =
          new Difference(stimulus.text(), linux.get(stimulus), vireo.get(stimulus));
      if (difference.real()) {
        differences.add(difference);
      }
    }
    return differences;
  }

  private static List<Difference> ofFrames(PrivateNetwork network) throws Exception {
    Map<String, String> linux;
    try (LinuxHost host = new LinuxHost(network)) {
      linux = new OddDifferences(host).run();
      linux.putAll(new StateDifferences(host).runErrors());
    }
    Map<String, String> vireo;
    try (VireoHost host = new VireoHost()) {
      vireo = new OddDifferences(host).run();
      vireo.putAll(new StateDifferences(host).runErrors());
    }
    return linux.keySet().stream()
        .map(name -> new Difference(name, linux.get(name), vireo.get(name)))
        .filter(Difference::real)
        .toList();
  }
}
