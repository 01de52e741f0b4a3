// SPDX-License-Identifier: Apache-2.0
package io.vireo.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.InPrivateNetwork;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** ssh and scp through Vireo to an sshd with keys and a configuration of its own. */
@InPrivateNetwork
@Tag("long")
@NeedsRoot("sshd changes users")
@NeedsProgram({"sshd", "ssh", "scp", "ssh-keygen", "tshark"})
@Timeout(120)
class SshIT {
  private static final int PORT = 2222;
  private static final int BYTES = 32 << 20;

  @RegisterExtension
  final Recordings recordings = new Recordings();

  @TempDir
  private Path directory;

  private String options;

  @BeforeEach
  void makeKeys(PrivateNetwork network) throws Exception {
    for (String name : new String[] {"host", "user"}) {
      network.execute(
          "ssh-keygen",
          "-q",
          "-t",
          "ed25519",
          "-N",
          "",
          "-f",
          directory.resolve(name).toString());
    }
    Files.writeString(
        directory.resolve("config"),
        String.join(
            "\n",
            "Port " + PORT,
            "ListenAddress " + TapServer.KERNEL,
            "HostKey " + directory.resolve("host"),
            "AuthorizedKeysFile " + directory.resolve("user.pub"),
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "Subsystem sftp internal-sftp",
            ""));
    Files.writeString(
        directory.resolve("known"),
        "[" + TapServer.ADDRESS + "]:" + PORT + " "
            + Files.readString(directory.resolve("host.pub")));
    options = "-F none -o BatchMode=yes -o Port=" + PORT + " -o IdentityFile="
        + directory.resolve("user") + " -o UserKnownHostsFile=" + directory.resolve("known")
        + " -o GlobalKnownHostsFile=none -o User=root ";
  }

  /** sshd wants a directory in /run, and has /run to itself here. */
  private Daemon serve(PrivateNetwork network) throws Exception {
    String command =
        "mount -t tmpfs none /run && mkdir /run/sshd && exec $(command -v sshd) -D -e -f "
            + directory.resolve("config");
    return Daemon.start(
        network, directory.resolve("log"), PORT, "unshare", "-m", "sh", "-c", command);
  }

  private void copyThereAndBack(PrivateNetwork network, UnaryOperator<Nic> wrap, int bytes)
      throws Exception {
    Path sample = KernelTransfer.writePattern(directory.resolve("sample"), bytes);
    Path there = directory.resolve("there");
    Path back = directory.resolve("back");
    String remote = TapServer.ADDRESS + ":" + there;
    try (TapServer relay = TapServer.relay(wrap, PORT);
        Daemon server = serve(network)) {
      network.execute(("scp -q " + options + sample + " " + remote).split(" "));
      network.execute(("scp -q " + options + remote + " " + back).split(" "));
      assertTrue(server.process.isAlive());
      relay.awaitEndOfConnections();
    }
    assertEquals(
        KernelTransfer.hashOfPattern(bytes), KernelTransfer.hash(Files.readAllBytes(there)));
    assertEquals(
        KernelTransfer.hashOfPattern(bytes), KernelTransfer.hash(Files.readAllBytes(back)));
  }

  // INT-11
  @Test
  void filesAreEqual(PrivateNetwork network) throws Exception {
    copyThereAndBack(network, nic -> nic, BYTES);
  }

  // INT-11
  @Test
  void filesAreEqualInSpiteOfLoss(PrivateNetwork network) throws Exception {
    copyThereAndBack(network, LargeTransfersIT::lossy, BYTES / 8);
  }

  // INT-11
  @Test
  void commandsRunWithNewKeysAgainAndAgain(PrivateNetwork network) throws Exception {
    Path sample = KernelTransfer.writePattern(directory.resolve("sample"), BYTES / 8);
    try (TapServer relay = TapServer.relay(recordings.clean(), PORT);
        Daemon server = serve(network)) {
      String ssh = "ssh -o RekeyLimit=500K " + options + TapServer.ADDRESS;
      assertEquals("hello\n", network.execute("sh", "-c", ssh + " echo hello"));
      assertEquals(
          KernelTransfer.hashOfPattern(BYTES / 8) + "  -\n",
          network.execute("sh", "-c", ssh + " sha256sum < " + sample));
      assertEquals(
          KernelTransfer.hashOfPattern(BYTES / 8) + "  -\n",
          network.execute("sh", "-c", ssh + " cat " + sample + " | sha256sum"));
      assertEquals("7", network.execute("sh", "-c", ssh + " exit 7 || printf $?"));
      assertTrue(server.process.isAlive());
      relay.awaitEndOfConnections();
    }
  }
}
