// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.api.Counter;
import io.vireo.nic.Nic;
import io.vireo.nic.NicCounter;
import io.vireo.nic.NicFeatures;
import io.vireo.nic.NicStatus;
import io.vireo.nic.ReceivedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The card of one host: a ring of transmit slots that come free late, a ring of receive slots that overflows when nobody reads,
 * and memory that is overwritten as soon as it no longer belongs to the stack. It also watches what becomes of each frame that
 * the stack reads.
 */
final class SimulatedNic implements Nic {
  private static final byte STALE = (byte) 0xDB;

  /** A stack reads the MTU again when it runs its timers: this long after the last time, and not later than in so many turns. */
  private static final long MTU_NOTICE_NS = 500_000_000L;

  private static final int MTU_NOTICE_TURNS = 10;

  private final World world;
  private final Host host;
  private final LinkPlan plan;
  private final NicFeatures features;
  private final int slotBytes;
  private final byte[] stale;

  private final ByteBuffer transmitMemory;
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final boolean[] claimed;
  private final ArrayDeque<Integer> queuedSlots = new ArrayDeque<>();
  private final ArrayDeque<byte[]> queued = new ArrayDeque<>();

  /** Sent, and still the card's: slot and when it comes free. */
  private final ArrayDeque<long[]> completing = new ArrayDeque<>();

  private final ByteBuffer receiveMemory;
  private final ArrayDeque<Integer> freeReceive = new ArrayDeque<>();
  private final ArrayDeque<Integer> arrivedSlots = new ArrayDeque<>();
  private final ArrayDeque<Frame> arrived = new ArrayDeque<>();
  private Frame currentFrame;
  private int currentSlot = -1;
  private long segmentsBefore;

  /** When the stack took the current frame: after that it reads the clock, and its user's callbacks may take their time. */
  private long takenLocalNs;

  private final Pieces pieces;
  private int mtu;
  private int formerMtu;
  private long formerUntilNs;
  private int formerTurns;
  private long awaitedNs = -1;
  long framesRead;
  long arpRead;
  long fragmentsRead;
  long icmpRead;
  int readThisTurn;
  int claimsThisTurn;

  SimulatedNic(World world, Host host, LinkPlan plan, int mtu, int largestMtu) {
    this.world = world;
    this.host = host;
    this.plan = plan;
    this.mtu = mtu;
    pieces = new Pieces(host.plan.limits);
    slotBytes = largestMtu + 14 + 50 & ~63;
    features = new NicFeatures(plan.transmitSlots(), slotBytes, false, false);
    transmitMemory = ByteBuffer.allocateDirect(plan.transmitSlots() * slotBytes);
    receiveMemory = ByteBuffer.allocateDirect(plan.receiveSlots() * slotBytes);
    stale = new byte[slotBytes];
    Arrays.fill(stale, STALE);
    claimed = new boolean[plan.transmitSlots()];
    for (int slot = 0; slot < plan.transmitSlots(); slot++) {
      transmitMemory.put(slot * slotBytes, stale);
      free.add(slot);
    }
    for (int slot = 0; slot < plan.receiveSlots(); slot++) {
      receiveMemory.put(slot * slotBytes, stale);
      freeReceive.add(slot);
    }
  }

  // ---- What time does

  /** Lets those slots come free whose time has come. */
  void pump(long nowNs) {
    if (!completing.isEmpty() && !isStuck(nowNs)) {
      while (!completing.isEmpty() && completing.peek()[1] <= nowNs) {
        free.add((int) completing.remove()[0]);
      }
    }
  }

  /** When something happens here by itself, or Long.MAX_VALUE. */
  long nextNs(long nowNs) {
    if (isStuck(nowNs)) {
      return world.faults.endNs(Fault.Kind.STUCK, host.number(), nowNs);
    }
    return completing.isEmpty() ? Long.MAX_VALUE : completing.peek()[1];
  }

  private boolean isStuck(long nowNs) {
    return world.faults.holds(Fault.Kind.STUCK, host.number(), nowNs);
  }

  /** A frame comes in: null if it was taken, else why not. */
  Network.Drop arrive(Frame frame) {
    int length = frame.bytes().length;
    if (length > 14 + mtu) {
      return Network.Drop.TOO_LONG;
    }
    if (freeReceive.isEmpty()) {
      return Network.Drop.RING_FULL;
    }
    int slot = freeReceive.remove();
    receiveMemory.put(slot * slotBytes, frame.bytes());
    arrivedSlots.add(slot);
    arrived.add(frame);
    return null;
  }

  boolean frameWaits() {
    return !arrived.isEmpty();
  }

  /** How long the stack wants to sleep, in nanoseconds; -1 if it has not called {@link #await} since the last time. */
  long takeAwaited() {
    long awaited = awaitedNs;
    awaitedNs = -1;
    return awaited;
  }

  void mtu(int mtu) {
    if (mtu != this.mtu) {
      formerMtu = Math.max(largestPacket(), mtu);
      formerUntilNs = host.elapsedNs() + MTU_NOTICE_NS;
      formerTurns = MTU_NOTICE_TURNS;
      this.mtu = mtu;
    }
  }

  void onTurn() {
    readThisTurn = 0;
    claimsThisTurn = 0;
    if (formerTurns > 0 && host.elapsedNs() >= formerUntilNs) {
      formerTurns--;
    }
  }

  /** The longest packet that may leave now: a stack reads its NIC's MTU now and then. */
  int largestPacket() {
    return formerTurns > 0 ? formerMtu : mtu;
  }

  boolean mtuIsChanging() {
    return formerTurns > 0;
  }

  /** Whether the stack may think so: perhaps the frame came before the MTU changed, and has been waiting since. */
  private boolean mayBeTooLong(Frame frame) {
    return mtuIsChanging() || frame.bytes().length > 14 + mtu;
  }

  /** Slots that are the NIC's to give, or under way. */
  int freeSlots() {
    return free.size() + completing.size();
  }

  // ---- The NIC: receiving

  @Override
  public ByteBuffer receiveMemory() {
    return receiveMemory;
  }

  @Override
  public long receive() {
    Violation.unless(currentFrame == null, "the current frame has not been released");
    if (arrived.isEmpty()) {
      return EMPTY;
    }
    currentSlot = arrivedSlots.remove();
    currentFrame = arrived.remove();
    framesRead++;
    readThisTurn++;
    segmentsBefore = host.stack.counter(Counter.SEGMENTS_RECEIVED);
    takenLocalNs = host.localNs();
    return ReceivedFrame.pack(currentSlot * slotBytes, currentFrame.bytes().length, 0);
  }

  @Override
  public void release() {
    Frame frame = currentFrame;
    Violation.unless(frame != null, "no current frame to release");
    receiveMemory.put(currentSlot * slotBytes, stale, 0, frame.bytes().length);
    freeReceive.add(currentSlot);
    currentFrame = null;
    judge(frame);
  }

  /** INV-16, frame by frame: what is sound reaches TCP, what is spoilt does not. */
  private void judge(Frame frame) {
    boolean own = frame.destination() == macAddress();
    boolean broadcast = frame.destination() == 0xFFFF_FFFF_FFFFL;
    long reached = host.stack.counter(Counter.SEGMENTS_RECEIVED) - segmentsBefore;
    if (own && frame.isIpv4() && frame.bytes()[14 + 9] != 6) {
      // Of what else comes there are counters that no sum holds; spoilt ones, too.
      icmpRead++;
      if (frame.u16(14 + 20) == 0x0304) {
        host.onPathMtu(frame.u16(14 + 20 + 6));
      }
    }
    if (frame.fragment()) {
      fragmentsRead++;
      if (own && frame.isIpv4()) {
        // Of a datagram whose first fragments come while the MTU changes nothing is known later.
        int expected = pieces.onPiece(frame, !mayBeTooLong(frame), takenLocalNs);
        Violation.unless(
            expected == Pieces.UNKNOWN || reached == expected,
            "a datagram in pieces did not reach TCP, or reached it too soon");
      }
    } else if (frame.isArp() && (own || broadcast) && (frame.source() >>> 40 & 1) == 0) {
      arpRead++;
    } else if (frame.spoiltBit() < 0 && own && frame.isIpv4()) {
      // ARP has no checksum: a spoilt answer may have led here what is for another.
      int destination = frame.u16(14 + 16) << 16 | frame.u16(14 + 18);
      boolean tcp = frame.bytes()[14 + 9] == 6 && destination == host.address();
      Violation.unless(
          reached == (tcp ? 1 : 0) || mayBeTooLong(frame), "a sound segment did not reach TCP");
      if (tcp && reached == 1 && frame.from() != Frame.NETWORK) {
        world.observer.onArrival(host, ByteBuffer.wrap(frame.bytes()));
      }
    } else if (frame.spoiltWhereChecked() || !own) {
      if (reached != 0) {
        throw new Violation("a spoilt segment reached TCP: bit " + frame.spoiltBit());
      }
    }
  }

  @Override
  public int receiveSegmentSize() {
    return 0;
  }

  @Override
  public long receiveTimestampNs() {
    return 0;
  }

  // ---- The NIC: sending

  @Override
  public ByteBuffer transmitMemory() {
    return transmitMemory;
  }

  @Override
  public int claim(int bytes) {
    if (bytes > slotBytes) {
      throw new Violation("claims " + bytes + " bytes");
    }
    claimsThisTurn++;
    if (free.isEmpty() || isStuck(host.elapsedNs())) {
      return FULL;
    }
    int slot = free.remove();
    claimed[slot] = true;
    return slot * slotBytes;
  }

  @Override
  public void abandon(int offset) {
    free.add(unclaim(offset));
  }

  private int unclaim(int offset) {
    int slot = offset / slotBytes;
    if (!(slot * slotBytes == offset && claimed[slot])) {
      throw new Violation("a slot that was not claimed: " + offset);
    }
    claimed[slot] = false;
    return slot;
  }

  @Override
  public void transmit(int offset, int length, int segmentSize, int flags) {
    world.observer.onFrame(host, transmitMemory, offset, length);
    byte[] frame = new byte[length];
    transmitMemory.get(offset, frame);
    int slot = unclaim(offset);
    transmitMemory.put(offset, stale, 0, length);
    queuedSlots.add(slot);
    queued.add(frame);
  }

  @Override
  public void ring() {
    long nowNs = host.elapsedNs();
    while (!queued.isEmpty()) {
      int slot = queuedSlots.remove();
      if (plan.completionNs() == 0) {
        free.add(slot);
      } else {
        completing.add(new long[] {slot, nowNs + plan.completionNs()});
      }
      world.network.send(host.number(), queued.remove(), nowNs);
    }
  }

  @Override
  public void await(long maxWaitNs) {
    awaitedNs = maxWaitNs;
  }

  @Override
  public void wakeup() {}

  @Override
  public NicFeatures features() {
    return features;
  }

  @Override
  public long macAddress() {
    return Network.mac(host.number());
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public NicStatus status() {
    boolean down = world.faults.holds(Fault.Kind.LINK_DOWN, host.number(), host.elapsedNs());
    return down ? NicStatus.DOWN : NicStatus.UP;
  }

  @Override
  public IOException failure() {
    return null;
  }

  @Override
  public long counter(NicCounter counter) {
    return 0;
  }

  @Override
  public void close() {}
}
