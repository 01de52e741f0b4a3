// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What /proc/self/status says. */
class CapabilitiesTest {
  @ParameterizedTest
  @CsvSource({
    "000001ffffffffff, true",
    "0000000000001000, true",
    "000001ffffffefff, false",
    "0000000000000000, false",
    "ffffffffffffffff, true"
  })
  void theTwelfthBitIsThatOfNetAdmin(String bits, boolean has) {
    List<String> status = List.of("Name:\tjava", "CapPrm:\t0000000000000000", "CapEff:\t" + bits);
    assertEquals(has, Capabilities.mayHave(Capabilities.NET_ADMIN, status));
  }

  @ParameterizedTest
  @CsvSource({"Name, true", "CapPrm:\t0, true"})
  void whoDoesNotKnowTries(String line, boolean has) {
    assertEquals(has, Capabilities.mayHave(Capabilities.NET_ADMIN, List.of(line)));
  }
}
