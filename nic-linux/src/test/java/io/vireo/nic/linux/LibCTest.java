// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Test;

class LibCTest {
  /** jffi 1.4.3 passes garbage for the last of exactly six integers, unless one of them is a Pointer. */
  @Test
  void functionsWithSixParametersTakeAPointer() {
    List<String> trapped = Arrays.stream(LibC.Functions.class.getMethods())
        .filter(method -> method.getParameterCount() == 6)
        .filter(method -> !Arrays.asList(method.getParameterTypes()).contains(Pointer.class))
        .map(method -> method.getName())
        .toList();
    assertEquals(List.of(), trapped);
  }
}
