// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vireo.memory.BufferArena;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The send half against plain numbers: position 0 is behind our SYN. */
class SenderTest {
  private static final int LIMIT = 60_000;
  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(LIMIT);

  /** The same variables without wraps, and next() as RFC 9293 §3.8.6.2.1 has it. */
  private static final class Model {
    long una;
    long nxt;
    long max;
    long window;
    long maxWindow;
    long queued;
    boolean fin;
    int mss;
    boolean nagle;
    boolean corked;
    boolean flushed;
    long nowNs;
    long waitingSinceNs;
    long lastSentNs;

    long end() {
      return queued + (fin ? 1 : 0);
    }

    /** From {@code start} on, where everything was sent before. */
    long again(long start, long length) {
      long usable = una + window - start;
      if (usable >= length) {
        return length;
      }
      return usable > 0 && usable >= maxWindow / 2 ? usable : Sender.NOTHING;
    }

    long immediatelySendable(long congestionRoom, long free) {
      long held = Math.max(queued - una, 0);
      long unsent = Math.max(queued - nxt, 0);
      return Math.max(0, Math.min(Math.min(window - held, congestionRoom - unsent), free));
    }

    long next(long congestionRoom) {
      long unsent = queued - nxt;
      if (unsent <= 0) {
        return nxt == queued && fin ? 0 : Sender.NOTHING;
      }
      long usable = una + window - nxt;
      long length = Math.min(unsent, mss);
      if (congestionRoom < length) {
        return Sender.NOTHING;
      }
      boolean again = nxt < max;
      boolean awaitsAck = nagle && !flushed && max > una;
      if (usable >= length) {
        // RFC 9293 §3.7.4: full, or with the FIN, or sent before; else it may have to wait for an
        // ACK, or for more.
        boolean waits = awaitsAck || (corked && length < window);
        return length < mss && !fin && !again && waits ? Sender.NOTHING : length;
      }
      boolean worthIt = usable > 0 && usable >= maxWindow / 2;
      return worthIt && (again || fin || !awaitsAck) ? usable : Sender.NOTHING;
    }
  }

  private static Segment ack(int seq, int ack, int window) {
    Segment segment = new Segment();
    segment.flags = TcpHeader.ACK;
    segment.seq = seq;
    segment.ack = ack;
    segment.window = window;
    return segment;
  }

  @Test
  void doesWhatTheNaiveOneDoes() {
    Seeded.forSeeds(500, random -> {
      int iss = Seeded.initialSeq(random);
      int base = iss + 1;
      Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
      Model model = new Model();
      int scale = random.nextInt(3);
      int irs = random.nextInt();
      model.mss = random.nextInt(216, 1_461);
      model.window = random.nextInt(30_000);
      model.maxWindow = model.window;
      model.nagle = random.nextBoolean();
      sender.reset(iss, model.nagle);
      sender.onEstablished(model.mss, scale, (int) model.window, ack(irs, base, 0), 0);
      int peerSeq = irs;
      for (int step = 0; step < 400; step++) {
        peerSeq += random.nextInt(3);
        model.nowNs += random.nextInt(3);
        step(random, sender, model, base, peerSeq, scale);
        check(sender, model, base);
        asksAnywhere(random, sender, model, base);
      }
    });
  }

  private static void step(
      SplittableRandom random, Sender sender, Model model, int base, int peerSeq, int scale) {
    switch (random.nextInt(6)) {
      case 0 -> {
        if (!model.fin) {
          int most = random.nextBoolean() ? 8_000 : 400;
          int taken = sender.buffer.append(BYTES, 0, 1 + random.nextInt(most));
          model.queued += taken;
          model.corked = random.nextInt(3) == 0;
          model.flushed = false;
          sender.onQueued(model.corked);
        }
      }
      case 1, 2 -> sends(random, sender, model);
      case 3, 4 -> {
        long acked = model.una + random.nextLong(model.max - model.una + 1);
        int window = random.nextInt(4) == 0 ? 0 : random.nextInt(40_000 >> scale);
        boolean duplicate =
            acked == model.una && model.nxt != model.una && (long) window << scale == model.window;
        int facts = sender.onAck(ack(peerSeq, base + (int) acked, window), model.nowNs);
        int expected = acked > model.una ? Sender.ADVANCED : duplicate ? Sender.DUPLICATE : 0;
        assertEquals(expected, facts);
        if (acked > model.una || window == 0) {
          model.waitingSinceNs = model.nowNs;
        }
        model.una = acked;
        model.nxt = Math.max(model.nxt, acked);
        model.window = (long) window << scale;
        model.maxWindow = Math.max(model.maxWindow, model.window);
      }
      default -> {
        if (random.nextInt(20) == 0) {
          model.nagle = !model.nagle;
          model.flushed &= model.nagle;
          sender.setNagle(model.nagle);
        } else if (random.nextInt(5) == 0) {
          model.corked = false;
          model.flushed = model.nagle;
          sender.onFlush();
        } else if (random.nextInt(40) == 0) {
          sender.queueFin();
          model.fin = true;
        }
      }
    }
  }

  private static void sends(SplittableRandom random, Sender sender, Model model) {
    int congestionRoom = random.nextInt(3) == 0 ? random.nextInt(1_500) : 50_000;
    long expected = model.next(congestionRoom);
    int length = sender.next(congestionRoom);
    assertEquals(expected, length, "next");
    if (length == Sender.NOTHING) {
      if (model.nxt < model.queued && random.nextBoolean()) {
        long usable = Math.max(model.una + model.window - model.nxt, 1);
        long probe = Math.min(Math.min(model.queued - model.nxt, model.mss), usable);
        assertEquals(probe, sender.probeLength(sender.sndNxt()));
        if (model.max == model.una) {
          model.waitingSinceNs = model.nowNs;
        }
        sender.onProbeSent((int) probe, model.nowNs);
        model.max = Math.max(model.max, model.nxt + probe);
      }
      return;
    }
    assertTrue(model.nxt + length <= model.una + model.window || length == 0, "beyond the window");
    boolean ends = model.nxt + length == model.queued;
    assertEquals(ends, sender.endsQueue(sender.sndNxt(), length));
    int sequenceLength = length + (ends && model.fin ? 1 : 0);
    if (model.max == model.una) {
      model.waitingSinceNs = model.nowNs;
    }
    model.lastSentNs = model.nowNs;
    sender.onSent(sequenceLength, model.nowNs);
    model.nxt += sequenceLength;
    model.max = Math.max(model.max, model.nxt);
  }

  /** What depends on a place, a length or a room, at random ones. */
  private static void asksAnywhere(SplittableRandom random, Sender sender, Model model, int base) {
    long start = model.una + random.nextLong(model.max - model.una + 1);
    int startSeq = base + (int) start;
    int length = random.nextInt(1, 3_000);
    assertEquals(model.again(start, length), sender.again(startSeq, length), "again");
    boolean fits = start + length <= model.una + model.window;
    assertEquals(fits, sender.fits(startSeq, length), "fits");
    if (start <= model.queued) {
      long bytes = Math.min(length, model.queued - start);
      assertEquals(bytes, sender.dataLength(startSeq, length), "bytes, not the FIN");
    }
    long fin = model.queued + (random.nextBoolean() ? 1 : random.nextInt(3));
    assertEquals(model.fin && fin == model.queued + 1, sender.isFin(base + (int) fin), "FIN");
    int room = random.nextInt(50_000);
    assertEquals(
        model.immediatelySendable(room, sender.buffer.free()),
        sender.immediatelySendable(room),
        "immediately sendable");
  }

  private static void check(Sender sender, Model model, int base) {
    assertEquals(base + (int) model.una, sender.sndUna(), "SND.UNA");
    assertEquals(base + (int) model.nxt, sender.sndNxt(), "SND.NXT");
    assertEquals(base + (int) model.max, sender.sndMax(), "SND.MAX");
    assertEquals(model.window, sender.sndWnd(), "SND.WND");
    assertEquals(model.maxWindow, sender.maxSndWnd(), "greatest window");
    assertEquals(model.max > model.una, sender.outstanding(), "outstanding");
    assertEquals(model.nxt < model.end(), sender.hasUnsent(), "unsent");
    assertEquals(model.fin && model.una == model.end(), sender.finAcked(), "FIN acknowledged");
    assertEquals(model.fin && model.max == model.end(), sender.finSent(), "FIN sent");
    assertEquals(Math.min(model.max, model.queued), sender.sentBytes(base - 1), "bytes sent");
    assertEquals(Math.max(model.queued - model.una, 0), sender.buffer.length(), "held");
    assertEquals(base + (int) model.queued, sender.endSeq(), "end");
    assertEquals(model.nagle || model.corked, sender.holds(), "may hold");
    assertEquals(model.corked, sender.corked(), "more to come");
    assertEquals(model.waitingSinceNs, sender.waitingSinceNs(), "waiting since");
    long idleNs = model.nxt == model.una ? model.nowNs - model.lastSentNs : 0;
    assertEquals(idleNs, sender.idleFor(model.nowNs), "idle for");
    if (model.nxt == model.una) {
      long unsent = model.queued - model.nxt;
      boolean incomplete = unsent > 0 && unsent < model.mss && unsent < model.window;
      boolean mayWait = model.corked && !model.fin && model.nxt == model.max;
      assertEquals(incomplete && mayWait, sender.waitsForMore(), "waits for more");
    }
    // A pure ACK must stand where the peer finds it acceptable: not beyond its window, and not
    // before what it may have already.
    int ackSeq = sender.ackSeq() - base;
    long edge = Math.min(model.max, model.una + model.window);
    assertEquals((int) edge, ackSeq, "sequence number of a pure ACK");
  }

  /** Only a newer segment changes the window: an old one, overtaken on the way, does not (RFC 9293 §3.10.7.4). */
  @Test
  void anOldSegmentDoesNotChangeTheWindow() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(-2, false);
    sender.onEstablished(1_000, 0, 500, ack(100, -1, 500), 0);
    sender.onAck(ack(110, -1, 700), 1);
    assertEquals(700, sender.sndWnd());
    sender.onAck(ack(105, -1, 100), 2);
    assertEquals(700, sender.sndWnd());
    sender.onAck(ack(110, -1, 600), 3);
    assertEquals(600, sender.sndWnd());
  }

  @Test
  void anAnsweredProbeOfAClosedWindowStartsThePatienceAnew() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 0, ack(100, 1, 0), 0);
    sender.buffer.append(BYTES, 0, 10);
    assertEquals(Sender.NOTHING, sender.next(10_000));
    assertEquals(1, sender.probeLength(sender.sndNxt()));
    sender.onProbeSent(1, 50);
    assertEquals(50, sender.waitingSinceNs());
    sender.onAck(ack(100, 1, 0), 70);
    assertEquals(70, sender.waitingSinceNs());
    assertFalse(sender.finSent());
  }

  /** MUST-60: what is incomplete waits for more, but neither a full segment nor what fills the window, nor what is not there. */
  @Test
  void onlyAnIncompleteSegmentWaitsForMore() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 5_000, ack(100, 1, 5_000), 0);
    sender.onQueued(true);
    assertFalse(sender.waitsForMore(), "nothing queued");
    sender.buffer.append(BYTES, 0, 999);
    assertTrue(sender.waitsForMore());
    sender.buffer.append(BYTES, 0, 1);
    assertFalse(sender.waitsForMore(), "a full segment");
    sender.onSent(1_000, 1);
    sender.buffer.append(BYTES, 0, 500);
    sender.onAck(ack(100, 1_001, 500), 2);
    assertFalse(sender.waitsForMore(), "it fills the window");
    sender.onAck(ack(100, 1_001, 501), 3);
    assertTrue(sender.waitsForMore());
  }

  /** A connection is used again for the next: nothing of its last life is left. */
  @Test
  void beginsAnewWithoutWhatItWas() {
    BufferArena arena = new BufferArena(1 << 20);
    Sender sender = new Sender(arena, LIMIT);
    sender.reset(0, true);
    sender.onEstablished(1_000, 0, 5_000, ack(100, 1, 5_000), 0);
    sender.buffer.append(BYTES, 0, 500);
    sender.onQueued(true);
    sender.queueFin();
    sender.onSent(501, 1);
    sender.onAck(ack(100, 502, 5_000), 2);
    assertTrue(sender.finQueued());
    assertTrue(sender.finAcked());
    sender.buffer.append(BYTES, 0, 500);
    sender.queueFinAfterCommit();
    sender.reset(7_000, false);
    assertEquals(0, arena.usedBytes());
    assertFalse(sender.finQueued());
    assertFalse(sender.finAcked());
    assertFalse(sender.finAwaitsCommit());
    assertFalse(sender.holds());
    assertFalse(sender.hasUnsent());
    assertFalse(sender.outstanding());
    assertEquals(0, sender.sndWnd());
    assertEquals(0, sender.maxSndWnd());
    assertEquals(7_001, sender.sndNxt());
  }

  @Test
  void theBytesThatAreAcknowledgedLeaveTheMemory() {
    BufferArena arena = new BufferArena(1 << 20);
    Sender sender = new Sender(arena, LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 5_000, ack(100, 1, 5_000), 0);
    sender.buffer.append(BYTES, 0, 500);
    sender.queueFin();
    sender.onSent(501, 1);
    sender.onAck(ack(100, 501, 5_000), 2);
    assertFalse(sender.finAcked(), "all but the FIN");
    assertEquals(0, arena.usedBytes());
    sender.onAck(ack(100, 502, 5_000), 3);
    assertTrue(sender.finAcked());
    assertEquals(501, sender.endSeq());
  }

  /** An old ACK says nothing of the window, whatever its sequence number: it counts from a place that is past. */
  @Test
  void anOldAckDoesNotChangeTheWindow() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 500, ack(100, 1, 500), 0);
    sender.buffer.append(BYTES, 0, 500);
    sender.onSent(500, 1);
    sender.onAck(ack(100, 401, 600), 2);
    assertEquals(0, sender.onAck(ack(110, 301, 5_000), 3));
    assertEquals(600, sender.sndWnd());
    assertEquals(401, sender.sndUna());
  }

  /** RFC 5681 §2: (b) no data, (d) the same number, (e) the same window. */
  @Test
  void aDuplicateAckCarriesNothing() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 500, ack(100, 1, 500), 0);
    assertEquals(0, sender.onAck(ack(100, 1, 500), 1), "nothing is under way");
    sender.buffer.append(BYTES, 0, 500);
    sender.onSent(500, 1);
    assertEquals(Sender.DUPLICATE, sender.onAck(ack(100, 1, 500), 2));
    Segment withData = ack(100, 1, 500);
    withData.dataLength = 1;
    assertEquals(0, sender.onAck(withData, 3));
    Segment withFin = ack(101, 1, 500);
    withFin.flags |= TcpHeader.FIN;
    assertEquals(0, sender.onAck(withFin, 4));
  }

  @Test
  void whatIsDroppedWithAFinThatNeverLeftWasNotSent() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 500, ack(100, 1, 500), 0);
    sender.buffer.append(BYTES, 0, 700);
    sender.queueFin();
    sender.onSent(500, 1);
    sender.drop();
    assertFalse(sender.finSent());
    assertEquals(500, sender.sentBytes(0));
  }

  @Test
  void nothingIsSentAgainIntoAClosedWindow() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 1, ack(100, 1, 1), 0);
    sender.buffer.append(BYTES, 0, 10);
    sender.onSent(1, 1);
    sender.onAck(ack(101, 1, 0), 2);
    assertEquals(Sender.NOTHING, sender.again(1, 1));
    assertEquals(Sender.NOTHING, sender.next(10_000));
  }

  @Test
  void patienceBeginsWhenSomethingIsBlocked() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 500, ack(100, 1, 500), 0);
    sender.onBlocked(44);
    assertEquals(44, sender.waitingSinceNs());
    sender.onSentAgain(60);
    assertEquals(10, sender.idleFor(70));
  }

  /** RFC 9293 §3.8.6.2.1 (3), where the peer has taken window back. */
  @Test
  void halfTheLargestWindowIsWorthASegmentAgain() {
    Sender sender = new Sender(new BufferArena(1 << 20), LIMIT);
    sender.reset(0, false);
    sender.onEstablished(1_000, 0, 1_000, ack(100, 1, 1_000), 0);
    sender.buffer.append(BYTES, 0, 1_000);
    sender.onSent(1_000, 1);
    sender.onAck(ack(101, 1, 500), 2);
    assertEquals(500, sender.again(1, 1_000));
    sender.onAck(ack(102, 1, 499), 3);
    assertEquals(Sender.NOTHING, sender.again(1, 1_000));
    assertEquals(499, sender.again(1, 499));
  }
}
