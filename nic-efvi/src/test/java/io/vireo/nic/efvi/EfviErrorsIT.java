// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.HostNetwork;
import io.vireo.nic.Nic;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user sees when it goes wrong: what was tried, on which interface, the errno's name, the likely cause, the cure; and nothing stays behind. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
class EfviErrorsIT {
  private static final int ADDRESS = 0x0A09_0001;

  private Card card;
  private VethPair pair;

  @BeforeEach
  void insertCard() throws Exception {
    card = Card.insert();
    pair = new VethPair();
    int unused = pair.nearNetwork.call(() -> card.port(VethPair.NEAR, 1, 1_500));
    card.functions.card_auto(1);
  }

  @AfterEach
  void nothingIsLeft() {
    pair.close();
    assertEquals("", card.complaints());
  }

  private Nic open() throws Exception {
    return pair.nearNetwork.call(() -> EfviNic.open(VethPair.NEAR));
  }

  private void assertRefused(String expected) {
    IOException refusal = assertThrows(IOException.class, () -> open().close());
    assertTrue(refusal.getMessage().contains(expected), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("interface near"), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ef_driver_open | 2 | (ENOENT): the module sfc_char is not loaded; install Onload and load it (modprobe sfc_char)",
        "ef_driver_open | 13 | (EACCES): its device may not be used by you: run as root, or change the rights of /dev/sfc_char",
        "ef_driver_open | 24 | (EMFILE): raise the limit of open files",
        "ef_driver_open | 5 | (EIO): see the kernel's log",
        "ef_pd_alloc | 19 | (ENODEV): it is no interface of a Solarflare or AMD card (ethtool -i near), or a VLAN or bond",
        "ef_pd_alloc | 1 | (EPERM): ef_vi is switched off for the port",
        "ef_pd_alloc | 80 | (ELIBBAD): driver and library are of different releases of Onload",
        "ef_pd_alloc | 79 | (ELIBACC): driver and library are of different releases of Onload",
        "ef_vi_alloc_from_pd | 12 | (ENOMEM): all of the port's are taken",
        "ef_vi_alloc_from_pd | 16 | (EBUSY): its event queue is full of queues",
        "ef_vi_alloc_from_pd | 22 | (EINVAL): rings of 512 and 512 entries are none that it has",
        "ef_vi_alloc_from_pd | 79 | (ELIBACC): driver and library are of different releases of Onload",
        "ef_memreg_alloc | 12 | (ENOMEM): the card's table of buffers is full",
        "ef_memreg_alloc | 14 | (EFAULT): the driver does not take its address or size",
        "ef_memreg_alloc | 22 | (EINVAL): the driver does not take its address or size",
        "ef_vi_get_mac | 5 | no MAC address or layout of frames on interface near (EIO)",
      })
  void aRefusalSaysWhatHelps(String function, int error, String expected) throws Exception {
    Card.check(card.functions.card_fail(function, error, 0), "fail");
    assertRefused(expected);
    assertEquals("", card.complaints());
    open().close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "17 | cannot steer port 7 to us on interface near (EEXIST): another program has it already",
        "16 | (EBUSY): the card's table of filters is full",
        "1 | (EPERM): another filter comes first, or it needs rights: run as root, or with CAP_NET_ADMIN",
      })
  void aFilterThatIsRefusedSaysWhatHelps(int error, String expected) throws Exception {
    try (Nic nic = open()) {
      HostNetwork host = nic.host();
      pair.nearNetwork.run(() -> {
        Card.check(card.functions.card_fail("ef_vi_filter_add", error, 0), "fail");
        assertEquals(HostNetwork.REFUSED, host.reserve(ADDRESS, 7));
        assertTrue(host.refusal().contains(expected), host.refusal());
        assertEquals(0, card.functions.card_alive(Card.FILTERS));
        assertEquals(7, host.reserve(ADDRESS, 7));
        assertEquals(1, card.functions.card_alive(Card.FILTERS));
        host.release(7);
        assertEquals(0, card.functions.card_alive(Card.FILTERS));
      });
    }
  }

  @Test
  void aPortThatIsWholeNeedsRights() throws Exception {
    Card.check(card.functions.card_fail("ef_vi_filter_add", 1, 1), "fail");
    IOException refusal = assertThrows(
        IOException.class,
        () ->
            pair.nearNetwork.call(() -> EfviNic.openPort(VethPair.NEAR, EfviSettings.defaults())));
    assertTrue(refusal.getMessage().startsWith("cannot steer all frames to us"), "" + refusal);
  }

  /** What failed stays with its handle: another is opened. */
  @Test
  void aCardThatRefusesCtpioIsOpenedWithout() throws Exception {
    Card.check(card.functions.card_fail("ef_vi_alloc_from_pd", 95, 0), "fail");
    try (Nic nic = open()) {
      assertTrue(nic.features().fillsChecksums(), "the card reads all frames itself");
    }
  }

  @Test
  void aCardWithoutCtpioIsOpenedWithout() throws Exception {
    card.set(Card.NO_CTPIO, 1);
    try (Nic nic = open()) {
      assertTrue(nic.features().fillsChecksums());
    }
  }

  @Test
  void anInterfaceThatIsNoneOfTheCardsIsRefused() throws Exception {
    IOException refusal = assertThrows(
        IOException.class, () -> pair.farNetwork.call(() -> EfviNic.open(VethPair.FAR)));
    assertTrue(refusal.getMessage().contains("far (ENODEV)"), "" + refusal);
  }

  @Test
  void anInterfaceThatTheKernelHasNotIsRefused() {
    assertThrows(IOException.class, () -> pair.nearNetwork.call(() -> EfviNic.open("nothing0")));
  }

  /** Whatever fails, and after how many calls that did not: nothing stays behind. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ef_driver_open",
        "ef_pd_alloc",
        "ef_vi_alloc_from_pd",
        "ef_memreg_alloc",
        "ef_vi_get_mac"
      })
  void opensAgainAfterItFailed(String function) throws Exception {
    long descriptors = descriptors();
    for (int round = 0; round < 20; round++) {
      Card.check(card.functions.card_fail(function, 12, 0), "fail");
      try {
        open().close();
      } catch (IOException e) {
        assertTrue(e.getMessage().contains("ENOMEM"), e.getMessage());
      }
      assertEquals("", card.complaints());
    }
    assertEquals(descriptors, descriptors());
    try (Nic first = open();
        Nic second = open()) {
      assertEquals(first.macAddress(), second.macAddress());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ef_memreg_alloc", "ef_vi_get_mac", "ef_vi_filter_add"})
  void aPortThatCannotBeTakenLeavesNoDescriptor(String function) throws Exception {
    long descriptors = descriptors();
    for (int round = 0; round < 20; round++) {
      Card.check(card.functions.card_fail(function, 1, 0), "fail");
      assertThrows(
          IOException.class,
          () -> pair.nearNetwork.call(
              () -> EfviNic.openPort(VethPair.NEAR, EfviSettings.defaults())));
    }
    assertEquals(descriptors, descriptors());
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "256, 512, 0",
    "513, 512, 0",
    "8192, 512, 0",
    "512, 4096, 0",
    "512, 512, 63",
    "512, 512, 65536"
  })
  void settingsThatNoCardHasAreRefused(int receiveRing, int transmitRing, int threshold) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new EfviSettings(receiveRing, transmitRing, threshold));
  }
}
