// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A switch with a cable to every host: frames take their time on the way up and down, and meet their faults on both. Nothing
 * is learnt: which host has which address is known.
 */
final class Network {
  private static final long QUEUE_NS = 1_000_000_000L;

  /** Where frames end that do not arrive. */
  enum Drop {
    LOSS,
    BURST,
    RULE,
    DISCARD,
    OUTAGE,
    PARTITION,
    LINK_DOWN,
    QUEUE_FULL,
    TOO_BIG,
    RING_FULL,
    TOO_LONG
  }

  private record Flying(long atNs, long serial, int to, Frame frame) {}

  private static final int SWITCH = -1;
  private static final int ROUTER = World.NETWORK + 254;
  private static final long ROUTER_MAC = 0x02_FE_FE_FE_FE_FEL;

  private final World world;
  private final Faults faults;
  private final PriorityQueue<Flying> flying =
      new PriorityQueue<>(Comparator.comparingLong(Flying::atNs).thenComparingLong(Flying::serial));
  private final long[] frames;
  private final long[] lastInOrderNs;
  private final long[] busyUntilNs;

  /** By host: the MAC address that others see. */
  private final long[] stations;

  /**
   * By sender and receiver: the identification of the datagram that was cut last. Each has one that none of this sender's had before (RFC 6864), and the one that another sender to the
   * same receiver had last, if it can: they are not to be mixed up.
   */
  private final int[][] identifications;

  final long[] drops = new long[Drop.values().length];
  private long serial;
  private long injected;
  private long multiplied;
  private long delivered;

  Network(World world, int hosts) {
    this.world = world;
    this.faults = world.faults;
    frames = new long[2 * hosts];
    lastInOrderNs = new long[2 * hosts];
    busyUntilNs = new long[2 * hosts];
    stations = new long[hosts];
    identifications = new int[hosts][256];
    for (int host = 0; host < hosts; host++) {
      stations[host] = mac(host);
    }
  }

  static long mac(int host) {
    // Far from each other: a flipped bit makes nobody else's address.
    return 0x02_00_00_00_00_00L | ((host + 1) * 0x0101_0101_11L);
  }

  /** Another card takes over what a host sends and receives; it stays as it is itself. */
  void changeStation(int host, long number) {
    stations[host] = 0x06_00_00_00_00_00L + (number + 1) * 0x0101_0101_0L + host;
  }

  /** A host sends. */
  void send(int host, byte[] bytes, long nowNs) {
    injected++;
    Frame frame = Frame.sent(bytes, host).renamed(mac(host), stations[host]);
    pass(2 * host, frame, SWITCH, nowNs);
  }

  /** Somebody else's segment turns up at a host. */
  void forge(int host, byte[] bytes) {
    injected++;
    arrive(host, Frame.sent(bytes, Frame.NETWORK), world.elapsedNs());
  }

  /** When something arrives next, or Long.MAX_VALUE. */
  long nextNs() {
    return flying.isEmpty() ? Long.MAX_VALUE : flying.peek().atNs;
  }

  /** Lets arrive whose time has come. */
  void pump(long nowNs) {
    while (!flying.isEmpty() && flying.peek().atNs <= nowNs) {
      Flying next = flying.remove();
      if (next.to == SWITCH) {
        forward(next.frame, next.atNs);
      } else {
        arrive(next.to, next.frame, next.atNs);
      }
    }
  }

  private void arrive(int host, Frame frame, long nowNs) {
    if (faults.holds(Fault.Kind.LINK_DOWN, host, nowNs)) {
      drop(Drop.LINK_DOWN);
      return;
    }
    Drop drop = world.hosts[host].nic.arrive(frame.renamed(stations[host], mac(host)));
    if (drop == null) {
      delivered++;
    } else {
      drop(drop);
    }
  }

  private void drop(Drop cause) {
    drops[cause.ordinal()]++;
  }

  private void forward(Frame frame, long nowNs) {
    long destination = frame.destination();
    int copies = 0;
    for (int host = 0; host < world.hosts.length; host++) {
      if (host != frame.from() && world.hosts[host] != null && reaches(destination, host)) {
        copies++;
        if (faults.divides(frame.from(), host, nowNs)) {
          drop(Drop.PARTITION);
        } else if (!isNarrow(frame, host, nowNs)) {
          pass(2 * host + 1, frame, host, nowNs);
        }
      }
    }
    multiplied += copies - 1;
  }

  /** Whether it is too long for the way down; then its sender hears of it, or not. */
  private boolean isNarrow(Frame frame, int host, long nowNs) {
    Fault narrow = faults.during(Fault.Kind.NARROW, 2 * host + 1, nowNs);
    int mtu = narrow == null ? 0 : (int) narrow.argument() & 0xFFFF;
    boolean sound = frame.isIpv4() && frame.spoiltBit() < 0 && frame.from() != Frame.NETWORK;
    if (narrow == null || !sound || frame.u16(16) <= mtu) {
      return false;
    }
    drop(Drop.TOO_BIG);
    if (narrow.argument() >>> 16 == 0) {
      injected++;
      Frame message = frame.tooBig(ROUTER, ROUTER_MAC, mtu);
      pass(2 * frame.from() + 1, message, frame.from(), nowNs);
    }
    return true;
  }

  /** To a group, or to nobody whom the switch knows: to all. */
  private boolean reaches(long destination, int host) {
    return destination == stations[host] || (destination >>> 40 & 1) != 0 || !isKnown(destination);
  }

  private boolean isKnown(long destination) {
    for (int host = 0; host < world.hosts.length; host++) {
      if (destination == stations[host]) {
        return true;
      }
    }
    return false;
  }

  // ---- One link

  private void pass(int link, Frame frame, int to, long nowNs) {
    long number = frames[link]++;
    if (faults.holds(Fault.Kind.LINK_DOWN, link / 2, nowNs)) {
      drop(Drop.LINK_DOWN);
      return;
    }
    if (faults.holds(Fault.Kind.OUTAGE, link, nowNs)) {
      drop(Drop.OUTAGE);
      return;
    }
    Frame spoilt = frame;
    long delayNs = 0;
    long againNs = -1;
    long oldNs = -1;
    long lateNs = 0;
    boolean passed = false;
    List<Frame> pieces = null;
    List<Fault> here = faults.of(link, number, FrameKind.of(frame.bytes()), nowNs);
    for (int i = 0; i < here.size(); i++) {
      Fault fault = here.get(i);
      switch (fault.kind()) {
        case CORRUPT -> spoilt = spoilt.spoilt(fault.argument());
        case DUPLICATE -> againNs = fault.argument();
        case OLD_COPY -> oldNs = fault.argument() * (world.plan.timeWaitNs / 2_000_000);
        case JITTER -> delayNs += fault.argument();
        case REORDER -> {
          delayNs += fault.argument();
          passed = true;
        }
        case FRAGMENT -> {
          pieces = spoilt.fragments((int) fault.argument(), identification(spoilt));
          lateNs = fault.durationNs();
        }
        default -> {
          drop(Drop.valueOf(fault.kind().name()));
          return;
        }
      }
    }
    long sentNs = afterQueue(link, frame.bytes().length, nowNs);
    if (sentNs < 0) {
      drop(Drop.QUEUE_FULL);
      return;
    }
    long arrivalNs = sentNs + world.plan.links[link / 2].delayNs() + delayNs;
    if (!passed) {
      lastInOrderNs[link] = Math.max(lastInOrderNs[link], arrivalNs);
      arrivalNs = lastInOrderNs[link];
    }
    fly(pieces == null ? List.of(spoilt) : pieces, to, arrivalNs, lateNs);
    if (againNs >= 0) {
      multiplied++;
      fly(List.of(spoilt), to, arrivalNs + againNs, 0);
    }
    if (oldNs >= 0) {
      multiplied++;
      fly(List.of(spoilt), to, arrivalNs + oldNs, 0);
    }
  }

  private int identification(Frame frame) {
    if (frame.from() < 0) {
      return 0xFFFF;
    }
    int receiver = frame.bytes()[14 + 19] & 0xFF;
    int next = identifications[frame.from()][receiver] + 1;
    for (int[] ofSender : identifications) {
      next = Math.max(next, ofSender[receiver]);
    }
    identifications[frame.from()][receiver] = next;
    return next & 0x7FFF;
  }

  /** {@code lateNs}: by how much the last of several pieces is late. */
  private void fly(List<Frame> pieces, int to, long arrivalNs, long lateNs) {
    int last = pieces.size() - 1;
    for (int i = 0; i <= last; i++) {
      long pieceNs = i == last && i > 0 ? arrivalNs + lateNs : arrivalNs;
      flying.add(new Flying(pieceNs, serial++, to, pieces.get(i)));
    }
    multiplied += last;
  }

  /** When a frame has left the queue of a slow link; -1 if that is full. */
  private long afterQueue(int link, int bytes, long nowNs) {
    Fault slow = faults.during(Fault.Kind.SLOW, link, nowNs);
    if (slow == null) {
      return nowNs;
    }
    long begin = Math.max(nowNs, busyUntilNs[link]);
    if (begin - nowNs > QUEUE_NS) {
      return -1;
    }
    busyUntilNs[link] = begin + bytes * 1_000_000_000L / slow.argument();
    return busyUntilNs[link];
  }

  // ---- Judging

  /** INV-16: every frame arrived, or is under way, or lies where a name says it ended. */
  void checkBalance() {
    long ended = delivered + flying.size();
    for (long count : drops) {
      ended += count;
    }
    if (injected + multiplied != ended) {
      throw new Violation("of " + injected + " frames and " + multiplied + " copies " + ended
          + " are accounted for");
    }
  }

  /** Whether any frame came to harm, or any host: only then may something end badly. */
  boolean harmless() {
    for (long count : drops) {
      if (count != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("injected " + injected + " delivered " + delivered);
    for (Drop drop : Drop.values()) {
      if (drops[drop.ordinal()] > 0) {
        text.append(' ').append(drop).append(' ').append(drops[drop.ordinal()]);
      }
    }
    return text.toString();
  }
}
