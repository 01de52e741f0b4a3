// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.linux.PrivateNetwork;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** socat as a server in a network, and as its client, who reaches it by another address: through a relay on that. */
final class SocatTalk {
  private final PrivateNetwork network;
  private final String relay;
  private final int port;
  private final int bytes;
  private final Path directory;
  private final Path sample;
  private final String listen;
  private final String client;

  /** Of so many bytes each way. Files are made in the directory. */
  SocatTalk(
      PrivateNetwork network, String server, String relay, int port, Path directory, int bytes)
      throws Exception {
    this.network = network;
    this.relay = relay;
    this.port = port;
    this.bytes = bytes;
    this.directory = directory;
    sample = KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    listen = "TCP-LISTEN:" + port + ",bind=" + server + ",reuseaddr";
    client = "socat -t 20 STDIO TCP:" + relay + ":" + port;
  }

  /** Serves one connection by a shell's command. */
  Daemon serve(String command) throws Exception {
    Path log = directory.resolve("server.log");
    return Daemon.start(network, log, port, "socat", "-t", "20", listen, "SYSTEM:" + command);
  }

  void clientFinishesFirst() throws Exception {
    try (Daemon server = serve("sha256sum")) {
      assertEquals(
          KernelTransfer.hashOfPattern(bytes) + "  -\n",
          network.execute("sh", "-c", client + " < " + sample));
      assertEquals(0, server.status());
    }
  }

  void serverFinishesFirst() throws Exception {
    Path received = directory.resolve("received");
    String command = "exec socat -t 20 " + listen + " STDIO < " + sample + " > " + received;
    try (Daemon server =
        Daemon.start(network, directory.resolve("log"), port, "sh", "-c", command)) {
      try (Socket socket = network.call(() -> new Socket(relay, port))) {
        byte[] all = socket.getInputStream().readAllBytes();
        assertArrayEquals(Files.readAllBytes(sample), all);
        socket.getOutputStream().write(all); // after the server's end
      }
      assertEquals(0, server.status());
      assertEquals(-1, Files.mismatch(sample, received));
    }
  }

  void bothFinishAtOnce() throws Exception {
    Path received = directory.resolve("received");
    Path output = directory.resolve("output");
    String command = "'cat " + sample + " & cat > " + received + "; wait'";
    try (Daemon server = serve(command)) {
      network.execute("sh", "-c", client + " < " + sample + " > " + output);
      assertEquals(0, server.status());
      assertEquals(-1, Files.mismatch(sample, received));
      assertEquals(-1, Files.mismatch(sample, output));
    }
  }
}
