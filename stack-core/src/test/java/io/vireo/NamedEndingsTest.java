// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.api.CloseReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** efvitcp's names for the ends of connections. */
class NamedEndingsTest {
  @Test
  void everyReasonHasOneOfTheFourNames() {
    List<String> called = new ArrayList<>();
    NamedEndings<Void> handler = new NamedEndings<>() {
      @Override
      public void onConnectionRefused(TcpConnection<Void> c) {
        called.add("refused");
      }

      @Override
      public void onConnectionTimeout(TcpConnection<Void> c) {
        called.add("timeout");
      }

      @Override
      public void onConnectionReset(TcpConnection<Void> c) {
        called.add("reset");
      }

      @Override
      public void onConnectionEnded(TcpConnection<Void> c, CloseReason reason) {
        called.add("ended " + reason);
      }
    };
    for (CloseReason reason : CloseReason.values()) {
      called.clear();
      handler.onConnectionClosed(null, reason);
      String expected = switch (reason) {
        case REFUSED, UNREACHABLE, NO_LOCAL_PORT -> "refused";
        case CONNECT_TIMEOUT, TIMEOUT -> "timeout";
        case RESET -> "reset";
        default -> "ended " + reason;
      };
      assertEquals(List.of(expected), called);
    }
    NamedEndings<Void> silent = new NamedEndings<>() {};
    for (CloseReason reason : CloseReason.values()) {
      silent.onConnectionClosed(null, reason);
    }
  }
}
