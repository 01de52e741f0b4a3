// SPDX-License-Identifier: Apache-2.0
package io.vireo.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.link.Frames;
import io.vireo.wire.Ipv4Address;
import io.vireo.wire.Ipv4Prefix;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutesTest {
  private static final Routes ROUTES =
      routes("10.77.0.254", "10.77.0.2/24", "192.168.5.2/30", "10.77.0.66/28");

  private static Routes routes(String gateway, String... own) {
    List<Ipv4Prefix> prefixes = Stream.of(own).map(Ipv4Prefix::parse).toList();
    return new Routes(prefixes, gateway == null ? Routes.NO_ROUTE : Frames.address(gateway));
  }

  private static String nextHop(Routes routes, String remote) {
    return Ipv4Address.toString(routes.nextHop(Frames.address(remote)));
  }

  private static String local(Routes routes, String remote) {
    return Ipv4Address.toString(routes.localAddressFor(Frames.address(remote)));
  }

  @Test
  void whoIsOnTheLinkIsReachedDirectlyAndOthersByTheGateway() {
    assertEquals("10.77.0.1", nextHop(ROUTES, "10.77.0.1"));
    assertEquals("192.168.5.1", nextHop(ROUTES, "192.168.5.1"));
    assertEquals("10.77.0.254", nextHop(ROUTES, "192.168.5.5"));
    assertEquals("10.77.0.254", nextHop(ROUTES, "8.8.8.8"));
  }

  @Test
  void withoutGatewayOthersAreNotReached() {
    assertEquals(Routes.NO_ROUTE, routes(null, "10.77.0.2/24").nextHop(Frames.address("8.8.8.8")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "127.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "10.77.0.255",
        "192.168.5.3",
        "10.77.0.2",
        "192.168.5.2",
        "10.77.0.79"
      })
  void nobodyIsReachedWhoIsNoOtherHost(String remote) {
    assertEquals(Routes.NO_ROUTE, ROUTES.nextHop(Frames.address(remote)));
  }

  @Test
  void weTalkFromTheAddressOnTheSameNetworkByTheLongestPrefix() {
    assertEquals("10.77.0.2", local(ROUTES, "10.77.0.1"));
    assertEquals("192.168.5.2", local(ROUTES, "192.168.5.1"));
    assertEquals("10.77.0.66", local(ROUTES, "10.77.0.65"));
  }

  @Test
  void weTalkToOthersFromTheAddressOnTheGatewaysNetwork() {
    Routes routes = routes("192.168.5.1", "10.77.0.2/24", "192.168.5.2/30");
    assertEquals("192.168.5.2", local(routes, "8.8.8.8"));
    assertEquals("10.77.0.2", local(routes("172.16.0.1", "10.77.0.2/32"), "8.8.8.8"));
  }

  @Test
  void knowsOurAddressesAndBroadcasts() {
    assertTrue(ROUTES.isOwn(Frames.address("192.168.5.2")));
    assertFalse(ROUTES.isOwn(Frames.address("192.168.5.1")));
    assertTrue(ROUTES.isBroadcast(-1));
    assertTrue(ROUTES.isBroadcast(Frames.address("10.77.0.79")));
    assertTrue(ROUTES.isBroadcast(Frames.address("10.77.0.64")), "zeros, as long ago");
    assertFalse(ROUTES.isBroadcast(Frames.address("10.77.0.95")));
  }

  @Test
  void aGatewayOffTheLinkIsServed() {
    assertEquals("172.16.0.1", nextHop(routes("172.16.0.1", "10.77.0.2/32"), "8.8.8.8"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.0.0.1/24", "127.0.0.1/8", "224.0.0.1/24", "255.255.255.255/32", "10.77.0.255/24"
      })
  void addressesThatNoHostMayHaveAreRefused(String own) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> routes(null, own));
    assertTrue(refusal.getMessage().contains(own.substring(0, own.indexOf('/'))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "10.77.0.255", "10.77.0.2", "255.255.255.255"})
  void gatewaysThatCannotBeAreRefused(String gateway) {
    assertThrows(IllegalArgumentException.class, () -> routes(gateway, "10.77.0.2/24"));
  }

  @Test
  void aStackWithoutAddressIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> routes(null));
  }

  @Test
  void addressOfTheNetworkIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Routes(List.of(Ipv4Prefix.parse("10.77.0.0/24")), Routes.NO_ROUTE));
  }

  @Test
  void sameAddressTwiceIsRefused() {
    Ipv4Prefix address = Ipv4Prefix.parse("10.77.0.2/24");
    assertThrows(
        IllegalArgumentException.class,
        () -> new Routes(List.of(address, address), Routes.NO_ROUTE));
  }
}
