// SPDX-License-Identifier: Apache-2.0
package io.vireo.nic.efvi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import io.vireo.nic.linux.VethPair;
import io.vireo.testing.NeedsProgram;
import io.vireo.testing.NeedsTap;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can become of a card's queue, by the events that tell of it. */
@NeedsTap
@NeedsProgram({"ip", "cc"})
class EfviFaultsIT {
  private static final int MTU = 1_500;
  private static final int BUFFERS = 504;

  private final Random random = new Random(1);
  private Card card;
  private VethPair pair;
  private int port;
  private EfviQueue nic;

  @BeforeEach
  void insertCard() throws Exception {
    card = Card.insert();
    card.set(Card.CHECK_RX_BUFFERS, 1);
    card.set(Card.CHECK_TX_BUFFERS, 1);
    pair = new VethPair();
    insertPort(MTU);
  }

  /** In the network of its interface, which has the index that it is known by. */
  private void insertPort(int mtu) throws Exception {
    port = pair.nearNetwork.call(() -> card.port(VethPair.NEAR, 1, mtu));
    card.functions.card_auto(1);
  }

  private void open(EfviSettings settings) throws Exception {
    nic = (EfviQueue) pair.nearNetwork.call(() -> EfviNic.openPort(VethPair.NEAR, settings));
    Card.awaitLink(nic);
  }

  @AfterEach
  void nothingIsLeftAndNothingWasMisused() {
    nic.close();
    pair.close();
    assertEquals("", card.complaints());
  }

  private byte[] frame(int length) {
    byte[] frame = new byte[length];
    random.nextBytes(frame);
    ByteBuffer.wrap(frame).putLong(0x0200_0000_0001_0200L).putShort(12, (short) 0x88B5);
    return frame;
  }

  private void inject(byte[] frame) {
    card.inject(port, frame);
    card.run();
  }

  private byte[] receive() {
    long frame = nic.receive();
    if (frame == Nic.EMPTY) {
      return null;
    }
    byte[] bytes = new byte[ReceivedFrame.length(frame)];
    nic.receiveMemory().get(ReceivedFrame.offset(frame), bytes);
    nic.release();
    return bytes;
  }

  private boolean send(byte[] frame) {
    int slot = nic.claim(frame.length);
    if (slot == Nic.FULL) {
      return false;
    }
    nic.transmitMemory().put(slot, frame);
    nic.transmit(slot, frame.length, 0, 0);
    return true;
  }

  private byte[] collect() {
    for (int i = 0; i < 100; i++) {
      card.run();
      byte[] frame = card.take(port);
      if (frame != null) {
        return frame;
      }
    }
    return null;
  }

  // ETH-15
  @ParameterizedTest
  @CsvSource({
    "0, RECEIVE_BAD_CHECKSUM, RECEIVE_DAMAGED",
    "1, RECEIVE_WRONG_MULTICAST, RECEIVE_DAMAGED",
    "2, RECEIVE_BAD_CRC, RECEIVE_DAMAGED",
    "3, RECEIVE_TRUNCATED, RECEIVE_OVERSIZE",
    "4, RECEIVE_NO_RIGHTS, RECEIVE_DAMAGED",
    "5, RECEIVE_EVENT_ERROR, RECEIVE_DAMAGED",
    "6, RECEIVE_OTHER_DISCARD, RECEIVE_DAMAGED",
    "7, RECEIVE_BAD_INNER_CHECKSUM, RECEIVE_DAMAGED"
  })
  void whatTheCardDiscardsIsCountedByKindAndItsBufferGoesBack(
      int kind, NicCounter counter, NicCounter sum) throws Exception {
    open(EfviSettings.defaults());
    int rounds = 2 * BUFFERS;
    for (int i = 1; i <= rounds; i++) {
      Card.check(card.functions.card_vi_fault(vi(), Card.DISCARD, kind), "fault");
      inject(frame(100));
      assertNull(receive());
      byte[] good = frame(200);
      inject(good);
      assertArrayEquals(good, receive());
    }
    assertEquals(rounds, nic.counter(counter));
    assertEquals(rounds, nic.counter(sum));
    assertEquals(rounds, nic.counter(NicCounter.FRAMES_RECEIVED));
  }

  private long vi() {
    return nic.viAddress();
  }

  // GND-04
  @Test
  void aFrameForWhichThereWasNoBufferIsCountedAndTheNextOneComes() throws Exception {
    open(EfviSettings.defaults());
    for (int i = 0; i < 100; i++) {
      Card.check(card.functions.card_vi_fault(vi(), Card.NO_DESC, 0), "fault");
      byte[] good = frame(300);
      inject(good);
      assertArrayEquals(good, receive());
    }
    assertEquals(100, nic.counter(NicCounter.RECEIVE_OVERRUN));
  }

  // GND-01: polling stops
  @Test
  void whatComesWhileNobodyPollsIsLostBeyondTheRingAndNothingElse() throws Exception {
    card.set(Card.NO_DESC_EVENTS, 1);
    open(EfviSettings.defaults());
    List<byte[]> frames = IntStream.range(0, 600).mapToObj(i -> frame(60 + i)).toList();
    frames.forEach(this::inject);
    int received = 0;
    for (byte[] next = receive(); next != null; next = receive()) {
      assertArrayEquals(frames.get(received++), next);
    }
    assertEquals(BUFFERS, received);
    assertTrue(nic.counter(NicCounter.RECEIVE_OVERRUN) > 0);
    assertEquals(NicStatus.UP, nic.status());
    byte[] next = frame(500);
    inject(next);
    assertArrayEquals(next, receive());
  }

  @Test
  void framesToldOfTogetherAreReceived() throws Exception {
    card.set(Card.RX_PREFIX, 14);
    card.set(Card.RX_MULTI, 4);
    open(EfviSettings.defaults());
    for (int round = 0; round < 100; round++) {
      List<byte[]> frames =
          IntStream.range(0, 8).mapToObj(i -> frame(60 + 100 * i)).toList();
      frames.forEach(frame -> card.inject(port, frame));
      card.run();
      for (byte[] frame : frames) {
        assertArrayEquals(frame, receive());
      }
    }
  }

  // GND-03, GND-07
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | interface near failed: the adapter was reset; close the NIC and open it again",
        "1 | interface near failed: the event queue has overflown; close the NIC and open it again"
      })
  void aQueueThatIsDeadSaysSoAndIsNotTouchedAgain(int fault, String expected) throws Exception {
    open(EfviSettings.defaults());
    assertTrue(send(frame(100)));
    int claimed = nic.claim(100);
    Card.check(card.functions.card_vi_fault(vi(), fault, 0), "fault");
    assertNull(receive());
    assertEquals(NicStatus.FAILED, nic.status());
    assertEquals(expected, nic.failure().getMessage());
    nic.transmit(claimed, 100, 0, 0);
    assertEquals(1, nic.counter(NicCounter.SEND_FAILED));
    assertEquals(Nic.FULL, nic.claim(100));
    nic.ring();
    nic.await(0);
    nic.close();
    open(EfviSettings.defaults());
    assertTrue(send(frame(100)));
  }

  // GND-06
  @ParameterizedTest
  @CsvSource({"0, RIGHTS", "1, OFLOW", "2, 2BIG", "3, BUS"})
  void aSendErrorIsSaid(int subtype, String name) throws Exception {
    open(EfviSettings.defaults().withCtpioThreshold(EfviSettings.NO_CTPIO));
    Card.check(card.functions.card_vi_fault(vi(), Card.TX_ERROR, subtype), "fault");
    assertTrue(send(frame(100)));
    nic.ring();
    for (int i = 0; i < 10; i++) {
      card.run();
      assertNull(receive());
    }
    assertEquals(NicStatus.FAILED, nic.status());
    String message = nic.failure().getMessage();
    assertTrue(
        message.startsWith("interface near failed: a frame could not be sent (" + name), message);
    assertEquals(1, nic.counter(NicCounter.SEND_FAILED));
  }

  /** Of buffer 0, which the card has: less than its own prefix. */
  @Test
  void aFrameShorterThanItsPrefixIsAnEmptyOne() throws Exception {
    open(EfviSettings.defaults());
    Card.check(card.functions.card_vi_event(vi(), 0, 1L << 16 | 3), "event");
    assertArrayEquals(new byte[0], receive());
  }

  @Test
  void anEventThatNobodyKnowsEndsTheQueue() throws Exception {
    open(EfviSettings.defaults());
    Card.check(card.functions.card_vi_event(vi(), 14, 0), "event");
    assertNull(receive());
    assertTrue(nic.failure().getMessage().contains("(event 14)"), "" + nic.failure());
  }

  // GND-05
  @ParameterizedTest
  @ValueSource(ints = {0, EfviSettings.STORE_AND_FORWARD})
  void aFullRingKeepsTheOrderAndLosesNothing(int ctpioThreshold) throws Exception {
    card.set(Card.EAGAIN_NTH, 3);
    card.set(Card.COMPLETION_DELAY, 20);
    open(EfviSettings.defaults().withCtpioThreshold(ctpioThreshold));
    int sent = 0;
    int left = 0;
    while (left < 5_000) {
      if (sent < 5_000 && send(numbered(sent, 60 + sent * 37 % 1_400))) {
        sent++;
      } else {
        nic.ring();
        assertNull(receive());
        card.run();
      }
      if (random.nextInt(16) == 0) {
        nic.ring();
      }
      for (byte[] frame = card.take(port); frame != null; frame = card.take(port)) {
        assertEquals(left, ByteBuffer.wrap(frame).getInt(14));
        assertEquals(60 + left * 37 % 1_400, frame.length);
        left++;
      }
    }
    assertNotEquals(0, card.functions.card_count(port, Card.EAGAINS));
    assertEquals(NicStatus.UP, nic.status());
  }

  private byte[] numbered(int number, int length) {
    byte[] frame = frame(length);
    ByteBuffer.wrap(frame).putInt(14, number);
    return frame;
  }

  @Test
  void whatCtpioDoesNotTakeLeavesByDma() throws Exception {
    card.set(Card.CTPIO_FAIL_NTH, 3);
    open(EfviSettings.defaults());
    for (int i = 0; i < 900; i++) {
      byte[] frame = frame(60 + i);
      assertTrue(send(frame));
      nic.ring();
      assertArrayEquals(frame, collect());
      assertNull(receive());
    }
    assertTrue(card.functions.card_count(port, Card.TX_CTPIO_FAILED) >= 300);
    assertTrue(card.functions.card_count(port, Card.TX_CTPIO) > 300);
  }

  @ParameterizedTest
  @EnumSource(names = {"FRAMES_SENT", "FRAMES_RECEIVED"})
  void framesOfSeveralBuffersPass(NicCounter counter) throws Exception {
    openJumbo();
    for (int length = 60; length <= 9_014; length += 11) {
      byte[] frame = frame(length);
      if (counter == NicCounter.FRAMES_SENT) {
        assertTrue(send(frame));
        nic.ring();
        assertArrayEquals(frame, collect());
        assertNull(receive());
      } else {
        inject(frame);
        assertArrayEquals(frame, receive());
      }
    }
  }

  private void openJumbo() throws Exception {
    card.functions.card_reset();
    pair.near("link set near mtu 9000");
    insertPort(9_000);
    open(EfviSettings.defaults());
  }

  /** A frame damaged in its last part is dropped with all its parts, and those before and after it are whole. */
  @Test
  void aDamagedFrameOfSeveralBuffersIsDroppedWhole() throws Exception {
    openJumbo();
    for (int i = 0; i < 300; i++) {
      byte[] before = frame(4_000);
      byte[] after = frame(5_000);
      inject(before);
      Card.check(card.functions.card_vi_fault(vi(), Card.DISCARD, i % 8), "fault");
      inject(frame(6_000));
      inject(after);
      assertArrayEquals(before, receive());
      assertArrayEquals(after, receive());
      assertNull(receive());
    }
  }

  @Test
  void aFrameAboveTheMtuIsDroppedAndCounted() throws Exception {
    card.functions.card_reset();
    insertPort(1_600);
    open(EfviSettings.defaults());
    inject(frame(MTU + 14 + 1));
    assertNull(receive());
    assertEquals(1, nic.counter(NicCounter.RECEIVE_OVERSIZE));
    byte[] largest = frame(MTU + 14);
    inject(largest);
    assertArrayEquals(largest, receive());
  }
}
