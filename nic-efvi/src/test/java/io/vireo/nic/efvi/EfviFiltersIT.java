// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vireo.nic.efvi.ciul.Libciul;
import io.vireo.nic.efvi.ciul.ViLayout;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which segments the card brings, by the filters that it is given: addresses and ports arrive there as they were meant, the sixth argument included. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
class EfviFiltersIT {
  private static final int LOCAL = 0x0A09_0001;
  private static final int REMOTE = 0x0A09_0002;
  private static final int PORT = 0x1234;
  private static final int REMOTE_PORT = 0xABCD;
  private static final int IP = 14;
  private static final int TCP = IP + 20;

  private Card card;
  private VethPair pair;
  private int port;
  private Adapter adapter;
  private Filters filters;

  @BeforeEach
  void open() throws Exception {
    card = Card.insert();
    pair = new VethPair();
    port = pair.nearNetwork.call(() -> card.port(VethPair.NEAR, 1, 1_500));
    Libciul library = Libciul.load(VethPair.NEAR);
    adapter =
        Adapter.open(VethPair.NEAR, 0, library, ViLayout.of(library), EfviSettings.defaults());
    filters = new Filters(VethPair.NEAR, library.functions(), adapter);
  }

  @AfterEach
  void close() {
    adapter.close();
    pair.close();
    assertEquals("", card.complaints());
  }

  private static byte[] segment(int from, int fromPort, int to, int toPort, boolean fragment) {
    byte[] bytes = new byte[TCP + 20];
    ByteBuffer.wrap(bytes)
        .putLong(0, 0x0200_0000_0001_0200L)
        .putShort(12, (short) 0x0800)
        .put(IP, (byte) 0x45)
        .putShort(IP + 2, (short) 40)
        .putShort(IP + 6, (short) (fragment ? 0x2000 : 0x4000))
        .put(IP + 8, (byte) 64)
        .put(IP + 9, (byte) 6)
        .putInt(IP + 12, from)
        .putInt(IP + 16, to)
        .putShort(TCP, (short) fromPort)
        .putShort(TCP + 2, (short) toPort)
        .put(TCP + 12, (byte) 0x50);
    return bytes;
  }

  /** How many of these the kernel gets: there are no buffers, but a filter that matches keeps it from a frame. */
  private long toKernel(byte[]... frames) {
    long before = card.functions.card_count(port, Card.RX_TO_KERNEL);
    for (byte[] frame : frames) {
      card.inject(port, frame);
      card.run();
    }
    return card.functions.card_count(port, Card.RX_TO_KERNEL) - before;
  }

  @Test
  void aPortIsSteeredAndReleased() throws Exception {
    byte[] ours = segment(REMOTE, REMOTE_PORT, LOCAL, PORT, false);
    assertEquals(1, toKernel(ours));
    filters.steer(LOCAL, PORT);
    filters.steer(LOCAL, PORT);
    assertEquals(0, toKernel(ours, segment(0x0102_0304, 1, LOCAL, PORT, false)));
    assertEquals(
        4,
        toKernel(
            segment(REMOTE, REMOTE_PORT, LOCAL, PORT + 1, false),
            segment(REMOTE, PORT, LOCAL, REMOTE_PORT, false),
            segment(LOCAL, REMOTE_PORT, REMOTE, PORT, false),
            segment(REMOTE, REMOTE_PORT, LOCAL, PORT, true)));
    filters.unsteer(LOCAL, PORT);
    filters.unsteer(LOCAL, PORT);
    assertEquals(1, toKernel(ours));
  }

  @Test
  void onePeerAloneIsSteered() throws Exception {
    byte[] ours = segment(REMOTE, REMOTE_PORT, LOCAL, PORT, false);
    filters.steer(LOCAL, PORT, REMOTE, REMOTE_PORT);
    assertEquals(0, toKernel(ours));
    assertEquals(
        3,
        toKernel(
            segment(REMOTE, REMOTE_PORT + 1, LOCAL, PORT, false),
            segment(REMOTE + 1, REMOTE_PORT, LOCAL, PORT, false),
            segment(REMOTE, REMOTE_PORT, LOCAL, PORT + 1, false)));
    filters.unsteer(LOCAL, PORT, REMOTE, REMOTE_PORT);
    assertEquals(1, toKernel(ours));
  }
}
