// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.InPrivateNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * More bytes through one connection than there are sequence numbers. {@code -Dvireo.wrap.gib=16} for more of them.
 */
@InPrivateNetwork
@Tag("long")
@Timeout(600)
class SequenceWrapIT {
  private static final long BYTES = (Long.getLong("vireo.wrap.gib", 4) << 30) + 12_345_678;

  // TSW-06
  @Test
  void downloadGoesRoundTheSequenceNumbers() throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.download(BYTES));
      server.awaitEndOfConnections();
    }
  }

  // TSW-06
  @Test
  void uploadGoesRoundTheSequenceNumbers() throws Exception {
    try (TapServer server = new TapServer(new HttpServer())) {
      assertEquals(KernelTransfer.hashOfPattern(BYTES), KernelTransfer.upload(BYTES));
      server.awaitEndOfConnections();
    }
  }
}
