// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.linux;

import static io.vireo.nic.linux.KernelInterface.ADDRESSES;
import static io.vireo.nic.linux.KernelInterface.FAILED;
import static io.vireo.nic.linux.KernelInterface.LINK;
import static io.vireo.nic.linux.KernelInterface.NEIGHBOURS;
import static io.vireo.nic.linux.KernelInterface.NO_ROUTE;
import static io.vireo.nic.linux.KernelInterface.ROUTES;
import static io.vireo.nic.linux.KernelInterface.UNRESOLVED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the kernel of this machine, in networks of the test's own. */
@NeedsTap
@NeedsProgram("ip")
class KernelInterfaceIT {
  private static final int NEAR = address(1);
  private static final int FAR = address(2);
  private static final int GATEWAY = address(254);
  private static final int ELSEWHERE = 0x0808_0808;

  private VethPair pair;
  private KernelInterface view;

  private static int address(int host) {
    return 0x0A09_0000 + host;
  }

  private static long route(int nextHop, int source) {
    return (long) nextHop << 32 | source;
  }

  @BeforeEach
  void open() throws Exception {
    pair = new VethPair();
    view = pair.nearNetwork.call(() -> KernelInterface.open("near"));
  }

  @AfterEach
  void close() {
    view.close();
    pair.close();
  }

  /** What the kernel does of its own accord may take it a moment. */
  private void drainUntil(BooleanSupplier reached) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!reached.getAsBoolean()) {
      view.drain();
      assertTrue(System.nanoTime() - end < 0, "not in time");
      Thread.onSpinWait();
    }
  }

  private int drainAll() {
    int changed = 0;
    for (int more = view.drain(); more != 0; more = view.drain()) {
      changed |= more;
    }
    return changed;
  }

  @Test
  void whatTheKernelKnowsIsRead() throws Exception {
    drainUntil(view::linkUp);
    assertEquals("near", view.name());
    assertEquals(pair.nearNetwork.call(() -> RouteNetlink.interfaceIndex("near")), view.index());
    assertTrue(view.exists());
    assertEquals(1_500, view.mtu());
    String mac = String.format("%012x", view.macAddress()).replaceAll("..(?=.)", "$0:");
    assertTrue(pair.near("link show near").contains("link/ether " + mac), mac);
    assertEquals(1, view.addressCount());
    assertEquals(NEAR, view.address(0));
    assertEquals(24, view.prefixLength(0));
  }

  @Test
  void anInterfaceThatIsNotThereIsRefused() {
    IOException refusal = assertThrows(
        IOException.class, () -> pair.nearNetwork.call(() -> KernelInterface.open("nobody")));
    assertEquals(
        "cannot find interface nobody (ENODEV): there is none of this name", refusal.getMessage());
  }

  @Test
  void changesOfTheLinkAreAnnounced() throws Exception {
    drainUntil(view::linkUp);
    drainAll();
    assertEquals(0, view.drain());
    pair.near("link set near mtu 1400");
    assertTrue((drainAll() & LINK) != 0);
    assertEquals(1_400, view.mtu());
    pair.near("link set near address 02:00:00:00:00:77");
    assertTrue((drainAll() & LINK) != 0);
    assertEquals(0x0200_0000_0077L, view.macAddress());
    pair.far("link set far down");
    drainUntil(() -> !view.linkUp());
    pair.far("link set far up");
    drainUntil(view::linkUp);
    pair.near("link set near down");
    drainAll();
    assertFalse(view.linkUp());
    assertTrue(view.exists());
    pair.near("link delete near");
    assertTrue((drainAll() & LINK) != 0);
    assertFalse(view.exists());
    assertEquals(NO_ROUTE, view.route(FAR));
  }

  @Test
  void changesOfAddressesAreAnnounced() throws Exception {
    drainAll();
    for (int i = 3; i < 9; i++) {
      pair.near("address add 10.9.0." + i + "/24 dev near");
    }
    pair.near("address add 10.20.0.1/16 dev near");
    assertTrue((drainAll() & ADDRESSES) != 0);
    assertEquals(8, view.addressCount());
    assertEquals(0x0A14_0001, view.address(7));
    assertEquals(16, view.prefixLength(7));
    pair.near("address del 10.9.0.5/24 dev near");
    assertTrue((drainAll() & ADDRESSES) != 0);
    assertEquals(7, view.addressCount());
    assertEquals(address(4), view.address(2));
    assertEquals(address(6), view.address(3));
    pair.near("address flush dev near");
    drainAll();
    assertEquals(0, view.addressCount());
    assertEquals(NO_ROUTE, view.route(FAR));
    assertEquals(
        "no route leads to 10.9.0.2: ip route get 10.9.0.2 asks the kernel", view.whyNoRoute());
  }

  @Test
  void routesAreFoundAsTheKernelHasThem() throws Exception {
    assertEquals(route(FAR, NEAR), view.route(FAR));
    assertEquals(0, view.routeMtu());
    assertEquals(NO_ROUTE, view.route(ELSEWHERE));
    drainAll();
    pair.near("route add default via 10.9.0.254");
    assertTrue((drainAll() & ROUTES) != 0);
    assertEquals(route(GATEWAY, NEAR), view.route(ELSEWHERE));
    pair.near("route replace default via 10.9.0.253");
    assertTrue((drainAll() & ROUTES) != 0);
    assertEquals(route(address(253), NEAR), view.route(ELSEWHERE));
  }

  @Test
  void aRouteMayHaveItsOwnSourceAndMtu() throws Exception {
    pair.near("address add 10.9.0.9/24 dev near");
    pair.near("route add 10.50.0.0/16 via 10.9.0.254 src 10.9.0.9 mtu 1300");
    assertEquals(route(GATEWAY, address(9)), view.route(0x0A32_0001));
    assertEquals(1_300, view.routeMtu());
    assertEquals(route(FAR, NEAR), view.route(FAR));
    assertEquals(0, view.routeMtu());
  }

  @ParameterizedTest
  @CsvSource({
    "10.9.0.1, 10.9.0.1 is an address of this machine",
    "10.9.0.255, 10.9.0.255 is an address of many",
    "224.0.0.1, 224.0.0.1 is an address of many",
    "10.60.0.1, no route leads to 10.60.0.1: ip route get 10.60.0.1 asks the kernel",
    "10.61.0.1, the kernel does not route to 10.61.0.1 (EINVAL): ip route get 10.61.0.1 asks it",
    "10.62.0.1, the kernel does not route to 10.62.0.1 (EACCES): ip route get 10.62.0.1 asks it"
  })
  void whereNoRouteLeadsIsSaidWhy(String destination, String why) throws Exception {
    pair.near("route add unreachable 10.60.0.0/16");
    pair.near("route add blackhole 10.61.0.0/16");
    pair.near("route add prohibit 10.62.0.0/16");
    pair.near("route add 224.0.0.0/4 dev near");
    int address = 0;
    for (String octet : destination.split("\\.", -1)) {
      address = address << 8 | Integer.parseInt(octet);
    }
    assertEquals(NO_ROUTE, view.route(address));
    assertEquals(why, view.whyNoRoute());
  }

  @Test
  void whatIsReachedOverAnotherInterfaceIsNotOurs() throws Exception {
    pair.near("link add other type veth peer name other-far");
    pair.near("address add 10.10.0.1/24 dev other");
    pair.near("link set other up");
    int other = pair.nearNetwork.call(() -> RouteNetlink.interfaceIndex("other"));
    assertEquals(NO_ROUTE, view.route(0x0A0A_0002));
    assertEquals(
        "10.10.0.2 is reached over another interface (number " + other + "), not over near",
        view.whyNoRoute());
    assertEquals(1, view.addressCount());
  }

  @Test
  void changesOfNeighboursAreAnnounced() throws Exception {
    drainAll();
    assertEquals(UNRESOLVED, view.neighbour(address(7)));
    pair.near("neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev near nud permanent");
    assertTrue((drainAll() & NEIGHBOURS) != 0);
    assertEquals(0x0200_0000_0007L, view.neighbour(address(7)));
    pair.near("neigh change 10.9.0.7 lladdr 02:00:00:00:00:08 dev near nud stale");
    assertTrue((drainAll() & NEIGHBOURS) != 0);
    assertEquals(0x0200_0000_0008L, view.neighbour(address(7)));
    pair.near("neigh del 10.9.0.7 dev near");
    assertTrue((drainAll() & NEIGHBOURS) != 0);
    assertTrue(view.neighbour(address(7)) < 0);
  }

  @Test
  void neighboursThatTheKernelKnewBeforeAreRead() throws Exception {
    pair.near("neigh add 10.9.0.7 lladdr 02:00:00:00:00:07 dev near nud permanent");
    try (KernelInterface later = pair.nearNetwork.call(() -> KernelInterface.open("near"))) {
      assertEquals(0x0200_0000_0007L, later.neighbour(address(7)));
    }
  }

  @Test
  void aMissingNeighbourIsAskedForByTheKernel() throws Exception {
    assertEquals(UNRESOLVED, view.neighbour(FAR));
    view.resolve(FAR);
    drainUntil(() -> view.neighbour(FAR) >= 0);
    String mac = String.format("%012x", view.neighbour(FAR)).replaceAll("..(?=.)", "$0:");
    assertTrue(pair.far("link show far").contains("link/ether " + mac), mac);
  }

  @Test
  void aNeighbourThatDoesNotAnswerFailsAndIsAskedAgain() throws Exception {
    pair.nearNetwork.run(() -> {
      Path settings = Path.of("/proc/sys/net/ipv4/neigh/near");
      Files.writeString(settings.resolve("retrans_time_ms"), "20");
      Files.writeString(settings.resolve("mcast_solicit"), "1");
    });
    view.resolve(address(77));
    drainUntil(() -> view.neighbour(address(77)) == FAILED);
    pair.far("address add 10.9.0.77/24 dev far");
    view.resolve(address(77));
    drainUntil(() -> view.neighbour(address(77)) >= 0);
  }

  /** GND: more is announced than the socket holds; what was lost is read again. */
  @Test
  void whatWasNotHeardIsReadAgain() throws Exception {
    Path batch = Files.createTempFile("neighbours", null);
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < 4_000; i++) {
      commands.append("neigh replace 10.9.0.").append(10 + i % 200);
      commands.append(" lladdr 02:00:00:00:00:").append(String.format("%02x", i / 200));
      commands.append(" dev near nud permanent\n");
    }
    commands.append("address add 10.9.0.3/24 dev near\n");
    Files.writeString(batch, commands);
    pair.near("-batch " + batch);
    Files.delete(batch);
    drainAll();
    assertEquals(0x0200_0000_0013L, view.neighbour(address(10)));
    assertEquals(0x0200_0000_0013L, view.neighbour(address(209)));
    assertEquals(2, view.addressCount());
    pair.near("neigh del 10.9.0.10 dev near");
    drainAll();
    assertTrue(view.neighbour(address(10)) < 0);
  }

  @Test
  void anAddressWithTwoPrefixesStaysWhileOneIsLeft() throws Exception {
    try (VethPair pair = new VethPair();
        KernelInterface near = pair.nearNetwork.call(() -> KernelInterface.open("near"))) {
      pair.near("address add 10.9.0.3/24 dev near");
      pair.near("address add 10.9.0.1/16 dev near");
      pair.near("address change 10.9.0.1/24 dev near valid_lft 1000 preferred_lft 1000");
      int unused = near.drain();
      assertEquals(0x0A09_0001, near.address(0), "the kernel's first one");
      pair.near("address del 10.9.0.1/16 dev near");
      unused = near.drain();
      assertEquals(2, near.addressCount());
      assertEquals(0x0A09_0001, near.address(0));
    }
  }
}
