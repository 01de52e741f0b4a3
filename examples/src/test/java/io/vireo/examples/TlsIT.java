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
import org.junit.jupiter.api.BeforeEach;
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

  private Path key;
  private Path certificate;

  @BeforeEach
  void makeKey(PrivateNetwork network) throws Exception {
    key = directory.resolve("key.pem");
    certificate = directory.resolve("certificate.pem");
    String request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        + " -subj /CN=vireo -keyout " + key + " -out " + certificate;
    network.execute(request.split(" "));
  }

  private Daemon serve(PrivateNetwork network, Path output, String more) throws Exception {
    String command = "exec openssl s_server -accept " + TapServer.KERNEL + ":" + PORT + " -key "
        + key + " -cert " + certificate + " -naccept 1 " + more;
    return Daemon.start(network, output, PORT, "sh", "-c", "cd " + directory + "; " + command);
  }

  private String client(String more) {
    return "openssl s_client -connect " + TapServer.ADDRESS + ":" + PORT + " -CAfile " + certificate
        + " -servername vireo -verify_return_error -verify_quiet " + more;
  }

  private void upload(PrivateNetwork network, boolean lossy, int bytes) throws Exception {
    Path sample = KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    Path output = directory.resolve("output");
    try (TapServer relay = relay(lossy);
        Daemon server = serve(network, output, "-quiet")) {
      network.execute("sh", "-c", client("-quiet -no_ign_eof -nocommands < " + sample));
      assertEquals(0, server.status());
      relay.awaitEndOfConnections();
      assertSound(relay, lossy);
    }
    assertEquals(
        KernelTransfer.hashOfPattern(bytes),
        network.execute("sha256sum", output.toString()).substring(0, 64));
  }

  private void download(PrivateNetwork network, boolean lossy, int bytes) throws Exception {
    KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    String get = "printf 'GET /sample HTTP/1.0\\r\\n\\r\\n' | " + client("-quiet");
    try (TapServer relay = relay(lossy);
        Daemon server = serve(network, directory.resolve("log"), "-HTTP")) {
      // -HTTP sends the file as it is, with its own head.
      assertEquals(
          KernelTransfer.hashOfPattern(bytes) + "  -\n",
          network.execute("sh", "-c", get + " | sha256sum"));
      server.process.destroy();
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
