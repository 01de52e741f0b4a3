// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Limits;
import io.vireo.api.TcpSettings;
import io.vireo.memory.BufferArena;
import io.vireo.memory.Memo;
import io.vireo.tcp.congestion.AckSample;
import io.vireo.tcp.congestion.CongestionControl;
import io.vireo.wire.TcpHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The loss recovery of a connection, told of segments as the stack tells it, with a congestion control that writes down what it hears. Segments are of
 * 1,000 bytes, and called by their number from 0 on; times are in milliseconds.
 */
final class LossScript {
  static final int MSS = 1_000;
  private static final int WINDOW_SHIFT = 4;
  private static final int WINDOW = 30_000;
  private static final ByteBuffer BYTES = ByteBuffer.allocateDirect(128 << 10);

  /** Its window and its threshold are what the test says. */
  static final class Told implements CongestionControl {
    int window = 10 * MSS;
    int threshold = 5 * MSS;
    private final List<String> events = new ArrayList<>();

    /** Bytes that count for the growth of the window. */
    int grownBy;

    @Override
    public void keep(Memo memo) {}

    @Override
    public void recall(Memo memo) {}

    @Override
    public void onEstablished(int mss, int initialWindowBytes, long nowNs) {}

    @Override
    public void onMss(int mss) {}

    @Override
    public void onAck(AckSample ack, long nowNs) {
      grownBy += ack.recovering ? 0 : ack.ackedBytes;
    }

    @Override
    public void onLossDetected(int flight, long nowNs) {
      events.add("loss");
    }

    @Override
    public void onRecovered(long nowNs) {
      events.add("recovered");
    }

    @Override
    public void onRetransmitTimeout(int flight, int stillInFlight, boolean repeated, long nowNs) {
      events.add("timeout with " + flight + " keeping " + stillInFlight);
    }

    @Override
    public void onSpuriousLoss(long nowNs) {
      events.add("undone");
    }

    @Override
    public void onIdle(long idleNs, long rtoNs, long nowNs) {}

    @Override
    public int windowBytes() {
      return window;
    }

    @Override
    public int slowStartThresholdBytes() {
      return threshold;
    }

    @Override
    public boolean inSlowStart() {
      return false;
    }
  }

  final Told congestion = new Told();
  final BufferArena arena = new BufferArena(4 << 20);
  final Connection connection;
  final LossRecovery recovery;
  final Sender sender;
  final AckArrival arrival = new AckArrival();
  private final Segment segment = new Segment();
  private final int base;
  private final List<Long> taken = new ArrayList<>();
  long nowNs;

  LossScript(int base, boolean sacks) {
    this.base = base;
    TcpSettings settings = TcpSettings.defaults().withSendBufferBytes(1 << 20);
    ByteBuffer own = ByteBuffer.allocateDirect(Scoreboard.OWN_BYTES);
    connection = new Connection(0, settings, Limits.defaults(), null);
    connection.use(new Pieces(settings, Limits.defaults(), arena, own, 0, congestion));
    recovery = connection.recovery;
    sender = connection.sender;
    sender.reset(base - 1, false);
    recovery.reset(base);
    connection.rtt.reset(settings.minRtoNs());
    connection.timestamps.begin(0);
    segment.memory = ByteBuffer.allocateDirect(32);
    segment.flags = TcpHeader.ACK;
    segment.window = WINDOW;
    sender.onEstablished(MSS, WINDOW_SHIFT, WINDOW << WINDOW_SHIFT, segment, 0);
    recovery.onEstablished(sacks, 0);
    connection.rtt.onArrived(base + 1, 100_000_000, 100_000_000, base, 0);
    sender.buffer.append(BYTES, 0, 100 * MSS);
  }

  void at(long ms) {
    nowNs = ms * 1_000_000;
  }

  /** What congestion control was told since the last time. */
  String told() {
    String events = String.join(", ", congestion.events);
    congestion.events.clear();
    return events;
  }

  /** Sends what the windows allow: numbers of segments, in brackets those that are sent again. */
  String sends() {
    List<String> sent = new ArrayList<>();
    while (true) {
      int room = recovery.windowBytes() - recovery.inFlightBytes();
      String next = recovery.retransmitDue() ? sendsLost(room) : sendsNew(room);
      if (next.isEmpty()) {
        return String.join(" ", sent);
      }
      sent.add(next);
    }
  }

  private String sendsLost(int room) {
    int index = recovery.cuts.firstLost();
    int length = recovery.board.length(index);
    if (room < Math.min(length, sender.mss())) {
      recovery.onWindowLimited();
      return "";
    }
    int start = recovery.board.startSeq(index) - base;
    recovery.onSentAgain(index, nowNs);
    sender.onSentAgain(nowNs);
    return "[" + name(start) + "]";
  }

  private String sendsNew(int room) {
    int length = sender.next(room);
    if (length == Sender.NOTHING || !recovery.board.hasRoom()) {
      recovery.onWindowLimited();
      return "";
    }
    int start = sender.sndNxt() - base;
    sender.onSent(length, nowNs);
    recovery.onSent(sender.sndNxt(), false, nowNs);
    return name(start);
  }

  private static String name(int start) {
    return start % MSS == 0 ? Integer.toString(start / MSS) : start / MSS + "+" + start % MSS;
  }

  /** An ACK of everything before a segment; the pairs of numbers behind it are SACK blocks. */
  int ack(int number, int... blocks) {
    int[] bytes = new int[blocks.length];
    for (int i = 0; i < blocks.length; i++) {
      bytes[i] = blocks[i] * MSS;
    }
    return ackBytes(number * MSS, bytes);
  }

  /** The same in bytes. */
  int ackBytes(int bytes, int... blocks) {
    segment.ack = base + bytes;
    segment.sackBlocks = blocks.length / 2;
    for (int i = 0; i < blocks.length; i++) {
      segment.memory.putInt(4 * i, base + blocks[i]);
    }
    int facts = sender.onAck(segment, nowNs);
    if (facts == 0 && segment.sackBlocks == 0) {
      return 0;
    }
    boolean tells = arrival.read(connection, segment, facts == Sender.DUPLICATE, nowNs);
    return tells ? recovery.onAck(segment, arrival, nowNs) : 0;
  }

  /** The ACKs that follow echo what left at that time. */
  void echoes(long ms) {
    segment.hasTimestamp = true;
    segment.tsEcr = connection.timestamps.tsVal(Timestamps.tick(ms * 1_000_000));
  }

  /** So many ACKs that say the same. True: a loss is found. */
  boolean duplicates(int count, int number) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      found |= ack(number);
    }
    return (found & LossRecovery.LOSS_FOUND) != 0;
  }

  /** Nothing is left for records. */
  void takesAllMemory() {
    for (int bytes = 1 << 20; bytes >= 1 << 10; bytes >>= 1) {
      long handle = arena.take(bytes, 0);
      while (handle != BufferArena.NONE) {
        taken.add(handle);
        handle = arena.take(bytes, 0);
      }
    }
  }

  void givesMemoryBack() {
    taken.forEach(arena::give);
    taken.clear();
  }

  /** The retransmission timer expires. */
  void expires() {
    recovery.onRetransmitTimeout(false, nowNs);
    connection.rtt.onTimeout();
  }
}
