// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.Counter;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS between two openssl programs through Vireo: a single wrong byte ends the session with an error. */
@InPrivateNetwork
@Tag("long")
@Timeout(120)
@NeedsProgram({"openssl", "sha256sum"})
class TlsIT {
  private static final int PORT = 4433;
  private static final int MANY = 256 << 20;
  private static final int FEWER = 64 << 20;

  @TempDir
  private Path directory;

  private TlsTalk overTap(PrivateNetwork network) throws Exception {
    return new TlsTalk(network, TapServer.KERNEL, TapServer.ADDRESS, PORT, directory);
  }

  private void upload(PrivateNetwork network, boolean lossy, int bytes) throws Exception {
    try (TapServer relay = relay(lossy)) {
      overTap(network).upload(bytes);
      relay.awaitEndOfConnections();
      assertSound(relay, lossy);
    }
  }

  private void download(PrivateNetwork network, boolean lossy, int bytes) throws Exception {
    try (TapServer relay = relay(lossy)) {
      overTap(network).download(bytes);
      relay.awaitEndOfConnections();
      assertSound(relay, lossy);
    }
  }

  private static TapServer relay(boolean lossy) throws IOException {
    return TapServer.relay(nic -> lossy ? LargeTransfersIT.lossy(nic) : nic, PORT);
  }

  private static void assertSound(TapServer relay, boolean lossy) {
    assertEquals(0, relay.stack.counter(Counter.TCP_BAD_CHECKSUM));
    assertEquals(0, relay.stack.counter(Counter.HANDLER_FAILURES));
    if (lossy) {
      assertTrue(relay.stack.counter(Counter.SEGMENTS_RETRANSMITTED) > 100);
    }
  }

  @Test
  void clientSendsMuch(PrivateNetwork network) throws Exception {
    upload(network, false, MANY);
  }

  @Test
  void serverSendsMuch(PrivateNetwork network) throws Exception {
    download(network, false, MANY);
  }

  // INT-05
  @Test
  void clientSendsMuchInSpiteOfLoss(PrivateNetwork network) throws Exception {
    upload(network, true, FEWER);
  }

  // INT-05
  @Test
  void serverSendsMuchInSpiteOfLoss(PrivateNetwork network) throws Exception {
    download(network, true, FEWER);
  }
}
