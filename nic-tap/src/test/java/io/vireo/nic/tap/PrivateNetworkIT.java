// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.linux.PrivateNetwork;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** The fixture that gives a test a network of its own. */
@NeedsTap
class PrivateNetworkIT {
  @Test
  void networksDoNotSeeEachOther() throws Exception {
    try (PrivateNetwork one = new PrivateNetwork();
        PrivateNetwork other = new PrivateNetwork();
        Nic nic = one.call(() -> TapNic.open("vireo0"));
        Nic sameName = other.call(() -> TapNic.open("vireo0"))) {
      one.up("vireo0", "10.77.0.1/24");
      assertTrue(nic != sameName);
      assertThrows(IOException.class, () -> TapHost.up("vireo0")); // nor does this thread
    }
  }

  @Test
  void socketsAndThreadsOfTheNetworkTalkToEachOther() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        ServerSocket server =
            network.call(() -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress()))) {
      int[] received = new int[1];
      network.run(() -> {
        Thread client = new Thread(() -> {
          try (Socket socket =
              new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
            socket.getOutputStream().write(42);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
        client.start();
        try (Socket socket = server.accept()) {
          received[0] = socket.getInputStream().read();
        }
        client.join();
      });
      assertEquals(42, received[0]);
      assertThrows(
          IOException.class,
          () -> new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()).close());
    }
  }

  @Test
  @NeedsProgram("ip")
  void programsRunInTheNetwork() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork();
        Nic nic = network.call(() -> TapNic.open("vireo0"))) {
      network.up("vireo0", "10.77.0.1/24");
      assertTrue(
          network.execute("ip", "-4", "address", "show", "dev", "vireo0").contains("10.77.0.1/24"));
      assertTrue(network.execute("ip", "route").contains("10.77.0.0/24 dev vireo0"));
      String failure = assertThrows(
              IOException.class, () -> network.execute("ip", "link", "show", "nobody"))
          .getMessage();
      assertTrue(failure.startsWith("ip link show nobody exited with 1: "), failure);
      assertEquals(1_500, nic.mtu());
    }
  }

  @Test
  void failureInTheNetworkIsThrownHere() throws Exception {
    try (PrivateNetwork network = new PrivateNetwork()) {
      assertThrows(
          AssertionError.class,
          () -> network.run(() -> {
            throw new AssertionError("expected");
          }));
      assertThrows(
          IOException.class,
          () -> network.run(() -> network.run(() -> {
            throw new IOException("nested");
          })));
    }
  }
}
