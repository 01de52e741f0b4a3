// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.api.CloseReason;
import io.vireo.memory.BufferArena;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In which order a user hears of what happened to his connection. */
class DeliveryTest {
  private static final int IRS = -20;

  private final BufferArena arena = new BufferArena(1 << 20);
  private Receiver receiver;
  private Delivery delivery;
  private final Segment segment = new Segment();

  @BeforeEach
  void begin() {
    receiver = new Receiver(arena, 8_192, 64);
    receiver.onSyn(IRS, 0, 1_460);
    delivery = new Delivery(receiver);
    delivery.reset();
    segment.memory = ByteBuffer.allocateDirect(2_000);
  }

  private void payload(int length) {
    segment.seq = receiver.rcvNxt();
    segment.dataLength = length;
    receiver.onPayload(segment, false);
    delivery.onData();
  }

  private void fin() {
    assertTrue(receiver.onFin(receiver.rcvNxt()));
    assertTrue(receiver.takeFin());
    delivery.onFin();
  }

  private void take(int event) {
    assertEquals(event, delivery.next());
    delivery.taken(event);
  }

  private void takeData(int leftover) {
    take(Delivery.DATA);
    receiver.onLeftoverShown(leftover);
  }

  @Test
  void roomIsNotToldBeforeTheBeginning() {
    delivery.onRefused(5);
    delivery.onRoom(5);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    take(Delivery.MORE_SENDABLE);
  }

  @Test
  void theOrderOfAWholeLife() {
    assertEquals(Delivery.NONE, delivery.next());
    payload(10);
    fin();
    delivery.onTimer(3);
    delivery.onTimer(1);
    delivery.onRefused(5);
    delivery.onRoom(5);
    delivery.onClosed(CloseReason.CLOSED);
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    take(Delivery.MORE_SENDABLE);
    assertEquals(Delivery.TIMER, delivery.next());
    assertEquals(1, delivery.takeTimer());
    assertEquals(3, delivery.takeTimer());
    takeData(0);
    take(Delivery.FIN);
    take(Delivery.CLOSED);
    assertEquals(Delivery.NONE, delivery.next());
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseReason.class,
      names = {"CLOSED"},
      mode = EnumSource.Mode.EXCLUDE)
  void anEndThatCutsShortLeavesNothingElse(CloseReason reason) {
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    payload(10);
    fin();
    delivery.onTimer(0);
    delivery.onRefused(1);
    delivery.onRoom(9);
    delivery.onClosed(reason);
    assertTrue(delivery.isCutShort());
    take(Delivery.CLOSED);
    assertEquals(Delivery.NONE, delivery.next());
    assertEquals(reason, delivery.closeReason());
  }

  /** What had begun is announced, unless its own user has ended it meanwhile. */
  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void anEndBeforeTheBeginningWasTold(CloseReason reason) {
    delivery.onEstablished();
    delivery.onClosed(reason);
    if (reason != CloseReason.ABORTED && reason != CloseReason.HANDLER_FAILED) {
      take(Delivery.ESTABLISHED);
    }
    take(Delivery.CLOSED);
    assertEquals(Delivery.NONE, delivery.next());
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void theFirstReasonStays(CloseReason reason) {
    delivery.onClosed(reason);
    delivery.onClosed(CloseReason.RESET);
    assertEquals(reason, delivery.closeReason());
  }

  /** Whoever resets a connection that is through does not hear the rest. */
  @Test
  void whatIsThroughButUnheardCanBeAbandoned() {
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    payload(10);
    fin();
    delivery.onClosed(CloseReason.CLOSED);
    delivery.abandon(CloseReason.ABORTED);
    take(Delivery.CLOSED);
    assertEquals(CloseReason.ABORTED, delivery.closeReason());
    assertEquals(Delivery.NONE, delivery.next());
  }

  /** Back-pressure loses nothing: the FIN waits until what a short send left over has been shown again. */
  @Test
  void theFinWaitsForLeftoversOfAShortSend() {
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    payload(10);
    takeData(4);
    delivery.onRefused(100);
    fin();
    delivery.onClosed(CloseReason.CLOSED);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onRoom(99);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onRoom(100);
    take(Delivery.MORE_SENDABLE);
    takeData(2);
    delivery.onRefused(50);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onRoom(50);
    take(Delivery.MORE_SENDABLE);
    takeData(0);
    take(Delivery.FIN);
    take(Delivery.CLOSED);
  }

  @Test
  void leftoversAloneDoNotHoldTheFinBack() {
    payload(10);
    takeData(4);
    fin();
    assertEquals(4, delivery.shownLength());
    take(Delivery.FIN);
  }

  /** Filled up again by somebody else before the news was told. */
  @Test
  void aNewShortSendTakesBackNewsOfRoom() {
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    delivery.onRefused(10);
    delivery.onRoom(10);
    assertEquals(Delivery.MORE_SENDABLE, delivery.next());
    delivery.onRefused(20);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onRoom(20);
    take(Delivery.MORE_SENDABLE);
    assertEquals(Delivery.NONE, delivery.next());
  }

  @Test
  void roomIsNewsOnlyForWhoWasRefused() {
    delivery.onRoom(1_000_000);
    assertEquals(Delivery.NONE, delivery.next());
    delivery.onRefused(0);
    assertTrue(delivery.waitsForRoom());
    delivery.onSendClosed();
    assertFalse(delivery.waitsForRoom());
    delivery.onRoom(1_000_000);
    assertEquals(Delivery.NONE, delivery.next());
  }

  @Test
  void anotherLifeBeginsWithNothingOwed() {
    delivery.onEstablished();
    take(Delivery.ESTABLISHED);
    payload(10);
    fin();
    takeData(5);
    take(Delivery.FIN);
    delivery.pause();
    delivery.onTimer(2);
    delivery.onRefused(7);
    delivery.onClosed(CloseReason.RESET);
    receiver.release();
    receiver.onSyn(IRS, 0, 1_460);
    delivery.reset();
    assertEquals(Delivery.NONE, delivery.next());
    assertEquals(null, delivery.closeReason());
    assertFalse(delivery.isPaused() || delivery.waitsForRoom() || delivery.isCutShort());
    payload(10);
    takeData(0);
    fin();
    delivery.pause();
    assertEquals(Delivery.NONE, delivery.next(), "the last life's FIN does not count");
    delivery.resume();
    take(Delivery.FIN);
  }

  /** APP-20: anything may happen at any time: what is told keeps its order, and what is owed is told. */
  @Test
  void keepsTheOrderWhateverHappens() {
    Seeded.forSeeds(2_000, random -> {
      begin();
      Heard heard = new Heard();
      for (int step = 0; step < 150 && !heard.closed; step++) {
        happen(random, heard);
        for (int i = random.nextInt(4); i > 0; i--) {
          hear(random, heard);
        }
      }
      delivery.resume();
      heard.paused = false;
      delivery.onRoom(Integer.MAX_VALUE);
      delivery.onClosed(CloseReason.RESET);
      for (int i = 0; i < 60 && !heard.closed; i++) {
        hear(random, heard);
        delivery.onRoom(Integer.MAX_VALUE);
      }
      assertTrue(heard.closed, "the end is told at last");
      receiver.release();
      assertEquals(0, arena.usedBytes());
    });
  }

  private static final class Heard {
    boolean begun;
    boolean established;
    boolean fin;
    boolean finSeen;
    boolean closed;
    boolean cut;
    boolean paused;
    int refused;
    int timers;
  }

  private void happen(SplittableRandom random, Heard heard) {
    switch (random.nextInt(12)) {
      case 0 -> {
        if (!heard.begun) {
          heard.begun = true;
          delivery.onEstablished();
        }
      }
      case 1, 2, 3 -> {
        if (heard.begun && !heard.finSeen && receiver.readable() < 4_000) {
          payload(1 + random.nextInt(100));
        }
      }
      case 4 -> {
        if (heard.begun && !heard.finSeen && random.nextInt(4) == 0) {
          heard.finSeen = true;
          fin();
        }
      }
      case 5 -> {
        int timer = random.nextInt(16);
        if (delivery.closeReason() == null) {
          delivery.onTimer(timer);
          heard.timers |= 1 << timer;
        }
      }
      case 6 -> {
        int timer = random.nextInt(16);
        delivery.cancelTimer(timer);
        heard.timers &= ~(1 << timer);
      }
      case 7 -> {
        if (heard.established && delivery.closeReason() == null) {
          heard.refused = 1 + random.nextInt(100);
          delivery.onRefused(heard.refused);
        }
      }
      case 8 -> delivery.onRoom(random.nextInt(120));
      case 9 -> {
        heard.paused = random.nextBoolean();
        if (heard.paused) {
          delivery.pause();
        } else {
          delivery.resume();
        }
      }
      default -> {
        if (random.nextInt(20) == 0 && heard.begun) {
          boolean orderly = heard.finSeen && random.nextBoolean();
          delivery.onClosed(orderly ? CloseReason.CLOSED : CloseReason.RESET);
          heard.cut = delivery.isCutShort();
        }
      }
    }
  }

  private void hear(SplittableRandom random, Heard heard) {
    int event = delivery.next();
    assertFalse(heard.closed && event != Delivery.NONE, "nothing after the end");
    heard.cut = delivery.isCutShort();
    if (event == Delivery.ESTABLISHED) {
      assertFalse(heard.established, "once");
      heard.established = true;
      delivery.taken(event);
    } else if (event == Delivery.TIMER) {
      assertFalse(heard.cut);
      int timer = delivery.takeTimer();
      assertTrue((heard.timers & 1 << timer) != 0, "a timer that was set");
      heard.timers &= ~(1 << timer);
    } else if (event == Delivery.DATA) {
      assertTrue(heard.established && !heard.fin && !heard.paused && !heard.cut, "data");
      assertTrue(delivery.shownLength() > 0, "never empty");
      delivery.taken(event);
      receiver.onLeftoverShown(random.nextInt(receiver.readable() + 1));
    } else if (event == Delivery.MORE_SENDABLE) {
      assertTrue(heard.established && heard.refused > 0 && !heard.cut, "room");
      delivery.taken(event);
      heard.refused = 0;
    } else if (event == Delivery.FIN) {
      assertTrue(heard.established && heard.finSeen && !heard.fin && !heard.paused, "fin");
      heard.fin = true;
      delivery.taken(event);
      receiver.onLeftoverShown(0);
    } else if (event == Delivery.CLOSED) {
      assertTrue(heard.established || !heard.begun, "what began is announced");
      assertTrue(heard.cut || heard.fin, "CLOSED comes after the FIN was told");
      heard.closed = true;
      delivery.taken(event);
    }
  }
}
