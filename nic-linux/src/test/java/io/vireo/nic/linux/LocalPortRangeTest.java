// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernel writes of its ports. */
class LocalPortRangeTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'32768\t60999\n' | '\n' | 28232",
        "'' | '' | 28232",
        "'1000 1009' | '' | 10",
        "'1000 1009' | '1003' | 9",
        "'1000 1009' | '80,1001-1004,1009,2000-2010' | 5",
        "'1000 1009' | '1-65535' | 1"
      })
  void countsThoseThatAreGiven(String range, String reserved, int count) {
    assertEquals(count, new LocalPortRange(range, reserved).count());
  }

  @Test
  void drawsAllOfThemAndNoOther() {
    LocalPortRange range = new LocalPortRange("1000 1004", "1002");
    boolean[] drawn = new boolean[1_100];
    for (int i = 0; i < 1_000; i++) {
      drawn[range.draw()] = true;
    }
    for (int port = 0; port < drawn.length; port++) {
      assertEquals(port >= 1000 && port <= 1004 && port != 1002, drawn[port], "" + port);
    }
    assertTrue(new LocalPortRange("1000 1004", "1000-1004").draw() == 0);
  }
}
