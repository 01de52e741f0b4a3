// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CitationsTest {
  @Test
  void commentsRightAboveTestsCite() {
    Citations citations = new Citations(List.of("MUST", "SHLD", "MAY", "IP4"));
    citations.add("""
        /** Of MAY-2. */
        class A {
          // MUST-1: MUST-2; RFC 9293 §1
          // SHLD-3 to SHLD-5
          @Test // MAY-1
          void a() {
            // MUST-9
          }

          // MUST-7

          // IP4-09 to IP4-11, ARP-01
          @ParameterizedTest
          @ValueSource(ints = 1)
          void b() {}

          // MUST-8
          void c() {}
        }
        """);
    assertEquals(
        "{IP4-09=[A.b], IP4-10=[A.b], IP4-11=[A.b], MAY-1=[A.a], MAY-2=[A], MUST-1=[A.a], MUST-2=[A.a], SHLD-3=[A.a],"
            + " SHLD-4=[A.a], SHLD-5=[A.a]}",
        citations.tests.toString());
  }
}
