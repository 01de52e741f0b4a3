// SPDX-License-Identifier: Apache-2.0
package io.vireo.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MAC addresses, IPv4 addresses, prefixes, and sets of them. */
final class AddressTest {
  private static final long SEED = 791;

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "10.77.0.2", "127.0.0.1", "199.9.100.10", "255.255.255.255"})
  void ipv4AddressesAreReadAndWritten(String text) throws Exception {
    int address = Ipv4Address.parse(text);
    assertEquals(text, Ipv4Address.toString(address));
    InetAddress inetAddress = InetAddress.getByName(text);
    assertEquals(inetAddress, Ipv4Address.toInetAddress(address));
    assertEquals(address, Ipv4Address.of((Inet4Address) inetAddress));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "10", "10.77.0", "10.77.0.2.1", "10.77.0.256", "10.77.0.-1", "010.77.0.2", "10.77.0.2 ",
        "10..0.2", ".10.77.0", "10.77.0.2.", "0x0a.1.1.1", "10.77.0.١", "localhost", "1.2.3.4/8",
            "1.2.3.9999999999"
      })
  void whatIsNoDottedQuadIsRefusedWithItsText(String text) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Ipv4Address.parse(text));
    assertTrue(refusal.getMessage().contains('"' + text + '"'), refusal.getMessage());
  }

  @Test
  void addressesThatNoHostMayHaveAreToldApart() {
    assertTrue(Ipv4Address.isHost(Ipv4Address.parse("1.0.0.0")));
    assertTrue(Ipv4Address.isHost(Ipv4Address.parse("126.255.255.255")));
    assertTrue(Ipv4Address.isHost(Ipv4Address.parse("128.0.0.0")));
    assertTrue(Ipv4Address.isHost(Ipv4Address.parse("223.255.255.255")));
    assertFalse(Ipv4Address.isHost(Ipv4Address.parse("0.255.255.255")));
    assertFalse(Ipv4Address.isHost(Ipv4Address.parse("127.0.0.0")));
    assertFalse(Ipv4Address.isHost(Ipv4Address.parse("224.0.0.0")));
    assertFalse(Ipv4Address.isHost(-1));
  }

  @Test
  void classesOfAddressesAgreeWithIsHost() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 100_000; round++) {
      int address = random.nextInt();
      boolean special = Ipv4Address.isThisNetwork(address)
          || Ipv4Address.isLoopback(address)
          || Ipv4Address.isMulticast(address)
          || Ipv4Address.isClassE(address);
      assertEquals(!special, Ipv4Address.isHost(address), Ipv4Address.toString(address));
    }
  }

  @Test
  void aPrefixKnowsItsNetwork() {
    Ipv4Prefix prefix = Ipv4Prefix.parse("10.77.5.2/20");
    assertEquals("10.77.5.2/20", prefix.toString());
    assertEquals("10.77.0.0", Ipv4Address.toString(prefix.network()));
    assertEquals("10.77.15.255", Ipv4Address.toString(prefix.broadcast()));
    assertTrue(prefix.hasBroadcast());
    assertTrue(prefix.contains(Ipv4Address.parse("10.77.15.255")));
    assertFalse(prefix.contains(Ipv4Address.parse("10.77.16.0")));
  }

  @Test
  void theShortestAndLongestPrefixesWork() {
    assertTrue(Ipv4Prefix.parse("10.0.0.1/0").contains(-1));
    assertEquals(-1, Ipv4Prefix.parse("10.0.0.1/0").broadcast());
    Ipv4Prefix host = Ipv4Prefix.parse("10.0.0.1/32");
    assertTrue(host.contains(host.address()));
    assertFalse(host.contains(host.address() + 1));
    assertFalse(host.hasBroadcast());
    assertFalse(Ipv4Prefix.parse("10.0.0.1/31").hasBroadcast(), "RFC 3021");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.1",
        "10.0.0.1/",
        "10.0.0.1/33",
        "10.0.0.1/-1",
        "10.0.0.1/08",
        "10.0.0/8",
        "/8",
        "10.0.0.1/8/8"
      })
  void whatIsNoPrefixIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Ipv4Prefix.parse(text));
  }

  @Test
  void macAddressesAreReadAndWritten() {
    assertEquals(0x0200_5eff_01a0L, MacAddress.parse("02:00:5E:ff:01:a0"));
    assertEquals("02:00:5e:ff:01:a0", MacAddress.format(0x0200_5eff_01a0L));
    assertEquals("ff:ff:ff:ff:ff:ff", MacAddress.format(MacAddress.BROADCAST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "02:00:00:00:00", "02-00-00-00-00-01", "02:00:00:00:00:0g", "2:0:0:0:0:1"})
  void whatIsNoMacAddressIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
  }

  @Test
  void stationsAreNeitherGroupsNorZero() {
    assertTrue(MacAddress.isStation(0x0200_0000_0001L));
    assertFalse(MacAddress.isStation(0x0100_5e00_0001L));
    assertFalse(MacAddress.isStation(MacAddress.BROADCAST));
    assertFalse(MacAddress.isStation(0));
    assertTrue(MacAddress.isGroup(MacAddress.BROADCAST));
    assertTrue(MacAddress.isZero(0));
  }

  @Test
  void aSetHoldsWhatWasPutInAndNothingElse() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int size = 0; size <= 1_024; size = size * 2 + 1) {
      Set<Integer> model = new HashSet<>();
      while (model.size() < size) {
        model.add(0x0a00_0000 | random.nextInt(1, 4_096));
      }
      AddressSet set = new AddressSet(model.stream().mapToInt(Integer::intValue).toArray());
      for (int address = 0x0a00_0000; address < 0x0a00_1000; address++) {
        assertEquals(model.contains(address), set.contains(address));
      }
      assertFalse(set.contains(0));
    }
  }

  @Test
  void aSetMayBeGivenTheSameAddressTwice() {
    AddressSet set = new AddressSet(new int[] {7, 7, 7});
    assertTrue(set.contains(7));
    assertFalse(set.contains(8));
  }
}
