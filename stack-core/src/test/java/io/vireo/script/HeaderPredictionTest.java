// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.api.Counter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What header prediction might overlook, with it and without: the same happens (docs/decisions/0014). */
class HeaderPredictionTest extends TcpScript {
  /** SND.WL1: an ACK that opened the window has overtaken the bytes sent before it, which still say that it is closed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOlderWindowDoesNotCloseIt(boolean prediction) {
    settings(tcp -> tcp.withHeaderPrediction(prediction));
    established("mss 1460", "win 1000");
    peer.sends("ACK seq 101 ack 1 win 5000");
    peer.sends("ACK PSH seq 1 ack 1 len 100 win 0");
    user.hears("data 100");
    user.sends(1000);
    stack.answers("ACK PSH seq 1 ack 101 len 1000");
  }

  /** The same, and the older window is the larger one. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anOlderWindowDoesNotOpenIt(boolean prediction) {
    settings(tcp -> tcp.withHeaderPrediction(prediction).withDelayedAckNs(0));
    established("mss 1460", "win 5000");
    peer.sends("ACK seq 101 ack 1 win 500");
    peer.sends("ACK PSH seq 1 ack 1 len 100 win 5000");
    user.hears("data 100");
    stack.answers("ACK seq 1 ack 101");
    user.sends(1000);
    stack.isSilent();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSlotThatIsMissingIsCountedOnce(boolean prediction) {
    settings(tcp -> tcp.withHeaderPrediction(prediction));
    established("mss 1460", "win 5000");
    stack.cannotSend(true);
    user.sends(1000);
    stack.counts(Counter.TRANSMIT_FULL, 2);
  }
}
