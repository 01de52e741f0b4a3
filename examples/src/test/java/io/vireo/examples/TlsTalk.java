// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.PrivateNetwork;
import java.nio.file.Path;

/** openssl's TLS server in a network, and its client, who reaches it by another address: through a relay on that. */
final class TlsTalk {
  private final PrivateNetwork network;
  private final String server;
  private final String relay;
  private final int port;
  private final Path directory;
  private final Path key;
  private final Path certificate;

  /** Files are made in the directory. */
  TlsTalk(PrivateNetwork network, String server, String relay, int port, Path directory)
      throws Exception {
    this.network = network;
    this.server = server;
    this.relay = relay;
    this.port = port;
    this.directory = directory;
    key = directory.resolve("key.pem");
    certificate = directory.resolve("certificate.pem");
    String request = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        + " -subj /CN=vireo -keyout " + key + " -out " + certificate;
    network.execute(request.split(" ", -1));
  }

  private Daemon serve(Path output, String more) throws Exception {
    String command = "exec openssl s_server -accept " + server + ":" + port + " -key " + key
        + " -cert " + certificate + " -naccept 1 " + more;
    return Daemon.start(network, output, port, "sh", "-c", "cd " + directory + "; " + command);
  }

  private String client(String more) {
    return "openssl s_client -connect " + relay + ":" + port + " -CAfile " + certificate
        + " -servername vireo -verify_return_error -verify_quiet " + more;
  }

  /** The client sends so many bytes. */
  void upload(int bytes) throws Exception {
    Path sample = KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    Path output = directory.resolve("output");
    try (Daemon daemon = serve(output, "-quiet")) {
      network.execute("sh", "-c", client("-quiet -no_ign_eof -nocommands < " + sample));
      assertEquals(0, daemon.status());
    }
    assertEquals(
        KernelTransfer.hashOfPattern(bytes),
        network.execute("sha256sum", output.toString()).substring(0, 64));
  }

  /** The server sends so many bytes. */
  void download(int bytes) throws Exception {
    Path unused = KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    String get = "printf 'GET /sample HTTP/1.0\\r\\n\\r\\n' | " + client("-quiet");
    try (Daemon daemon = serve(directory.resolve("log"), "-HTTP")) {
      // -HTTP sends the file as it is, with its own head.
      assertEquals(
          KernelTransfer.hashOfPattern(bytes) + "  -\n",
          network.execute("sh", "-c", get + " | sha256sum"));
      daemon.process.destroy();
    }
  }
}
