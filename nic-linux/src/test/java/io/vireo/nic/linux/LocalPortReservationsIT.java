// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the kernel's own sockets. */
@InPrivateNetwork
class LocalPortReservationsIT {
  private static final int LOOPBACK = 0x7F00_0001;

  private final LocalPortReservations reservations = new LocalPortReservations();

  @AfterEach
  void close() {
    reservations.close();
  }

  private static ServerSocket serve(int port) throws Exception {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  @Test
  void aReservedPortIsTakenForEverybodyElseUntilItIsReleased() throws Exception {
    assertEquals(5_000, reservations.reserve(LOOPBACK, 5_000));
    assertThrows(BindException.class, () -> serve(5_000).close());
    assertEquals(LocalPortReservations.TAKEN, reservations.reserve(LOOPBACK, 5_000));
    assertEquals("EADDRINUSE", reservations.lastError());
    assertEquals(1, reservations.count());
    reservations.release(LOOPBACK, 5_000);
    assertEquals(0, reservations.count());
    serve(5_000).close();
  }

  @Test
  void aPortOfTheKernelsIsRefused() throws Exception {
    try (ServerSocket server = serve(5_001)) {
      assertEquals(
          LocalPortReservations.TAKEN, reservations.reserve(LOOPBACK, server.getLocalPort()));
    }
    assertEquals(0, reservations.count());
  }

  @Test
  void anAddressThatIsNotOursIsRefused() {
    assertEquals(LocalPortReservations.NO_ADDRESS, reservations.reserve(0x0808_0808, 5_000));
    assertEquals("EADDRNOTAVAIL", reservations.lastError());
  }

  @Test
  void missingRightToALowPortIsRefused() throws Exception {
    SystemCalls.dropCapabilities();
    assertEquals(LocalPortReservations.REFUSED, reservations.reserve(LOOPBACK, 80));
    assertEquals("EACCES", reservations.lastError());
  }

  @Test
  void allAreGivenBackAtTheEnd() throws Exception {
    for (int port = 5_000; port < 5_100; port++) {
      assertEquals(port, reservations.reserve(LOOPBACK, port));
    }
    reservations.release(LOOPBACK, 5_050);
    assertEquals(99, reservations.count());
    reservations.close();
    for (int port = 5_000; port < 5_100; port++) {
      serve(port).close();
    }
  }

  /** Of the twenty ports that the kernel may choose from, it never chooses one for its own sockets that it gave to us. */
  @Test
  void theKernelsOwnConnectionsStayOffThem() throws Exception {
    Files.writeString(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), "40000 40019");
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 12; i++) {
      int port = reservations.reserve(LOOPBACK, 0);
      assertTrue(port >= 40_000 && port < 40_020 && ports.add(port), () -> "port " + port);
    }
    try (ServerSocket server = serve(5_000)) {
      for (int i = 0; i < 8; i++) {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5_000));
        assertTrue(ports.add(socket.getLocalPort()), "a port of ours");
        server.accept();
      }
    }
  }
}
