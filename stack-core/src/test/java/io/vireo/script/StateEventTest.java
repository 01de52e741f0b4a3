// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Seven states and six events, each at RCV.NXT - 1, at RCV.NXT, on the last byte of the window, and beyond it: what the stack answers ("-":
 * nothing), and the state that follows if it is another one. ACK fields acknowledge all that we sent. RFC 9293 §3.10.7.4, RFC 5961.
 */
class StateEventTest {
  // STM-01, STM-10, STM-17, AK-07, RS-10, RS-11
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(delimiter = '|', textBlock = """
      SYN_RECEIVED_PASSIVE | SYN ACK | ACK               | ACK              | ACK             | ACK
      SYN_RECEIVED_PASSIVE | SYN FIN | SYN ACK           | ACK              | ACK             | ACK
      SYN_RECEIVED_PASSIVE | ACK     | ACK               | - ESTABLISHED    | - ESTABLISHED   | - ESTABLISHED
      SYN_RECEIVED_PASSIVE | FIN     | ACK               | -                | -               | ACK
      SYN_RECEIVED_PASSIVE | FIN ACK | ACK               | ACK CLOSE_WAIT   | ACK ESTABLISHED | ACK
      SYN_RECEIVED_PASSIVE | RST ACK | -                 | - none           | ACK             | -
      ESTABLISHED          | SYN ACK | ACK               | ACK              | ACK             | ACK
      ESTABLISHED          | SYN FIN | ACK               | ACK              | ACK             | ACK
      ESTABLISHED          | ACK     | ACK               | -                | -               | -
      ESTABLISHED          | FIN     | ACK               | -                | -               | ACK
      ESTABLISHED          | FIN ACK | ACK               | ACK CLOSE_WAIT   | ACK             | ACK
      ESTABLISHED          | RST ACK | -                 | - none           | ACK             | -
      CLOSE_WAIT           | SYN ACK | ACK               | ACK              | ACK             | ACK
      CLOSE_WAIT           | SYN FIN | ACK               | ACK              | ACK             | ACK
      CLOSE_WAIT           | ACK     | ACK               | -                | -               | -
      CLOSE_WAIT           | FIN     | ACK               | -                | -               | ACK
      CLOSE_WAIT           | FIN ACK | ACK               | ACK              | ACK             | ACK
      CLOSE_WAIT           | RST ACK | -                 | - none           | ACK             | -
      FIN_WAIT_1           | SYN ACK | ACK               | ACK              | ACK             | ACK
      FIN_WAIT_1           | SYN FIN | ACK               | ACK              | ACK             | ACK
      FIN_WAIT_1           | ACK     | ACK               | - FIN_WAIT_2     | - FIN_WAIT_2    | - FIN_WAIT_2
      FIN_WAIT_1           | FIN     | ACK               | -                | -               | ACK
      FIN_WAIT_1           | FIN ACK | ACK               | ACK TIME_WAIT    | ACK FIN_WAIT_2  | ACK
      FIN_WAIT_1           | RST ACK | -                 | - none           | ACK             | -
      FIN_WAIT_2           | SYN ACK | ACK               | ACK              | ACK             | ACK
      FIN_WAIT_2           | SYN FIN | ACK               | ACK              | ACK             | ACK
      FIN_WAIT_2           | ACK     | ACK               | -                | -               | -
      FIN_WAIT_2           | FIN     | ACK               | -                | -               | ACK
      FIN_WAIT_2           | FIN ACK | ACK               | ACK TIME_WAIT    | ACK             | ACK
      FIN_WAIT_2           | RST ACK | -                 | - none           | ACK             | -
      CLOSING              | SYN ACK | ACK               | ACK              | ACK             | ACK
      CLOSING              | SYN FIN | ACK               | ACK              | ACK             | ACK
      CLOSING              | ACK     | ACK               | - TIME_WAIT      | - TIME_WAIT     | - TIME_WAIT
      CLOSING              | FIN     | ACK               | -                | -               | ACK
      CLOSING              | FIN ACK | ACK               | ACK TIME_WAIT    | ACK TIME_WAIT   | ACK
      CLOSING              | RST ACK | -                 | - none           | ACK             | -
      LAST_ACK             | SYN ACK | ACK               | ACK              | ACK             | ACK
      LAST_ACK             | SYN FIN | ACK               | ACK              | ACK             | ACK
      LAST_ACK             | ACK     | ACK               | - none           | - none          | - none
      LAST_ACK             | FIN     | ACK               | -                | -               | ACK
      LAST_ACK             | FIN ACK | ACK               | - none           | - none          | ACK
      LAST_ACK             | RST ACK | -                 | - none           | ACK             | -
      """)
  void answersAndGoesOn(
      MatrixState state, String event, String before, String exact, String last, String beyond) {
    StateMatrix matrix = new StateMatrix(state);
    int flags = SegmentLine.parse(event).flags;
    int[] places = {state.rcvNxt - 1, state.rcvNxt, state.edge - 1, state.edge};
    List<String> outcomes = Arrays.stream(places)
        .mapToObj(seq -> matrix.outcome(SegmentLine.of(flags, seq, state.nxt, 0)))
        .toList();
    matrix.end();
    assertEquals(List.of(before, exact, last, beyond), outcomes);
  }
}
