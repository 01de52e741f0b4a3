// SPDX-License-Identifier: Apache-2.0
package io.vireo.script;

import io.vireo.StackGauge;
import io.vireo.TcpClient;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.testing.PlainSettings;
import io.vireo.time.ManualClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a script plays in: one stack with a server and a client on a clock that stands still until it is moved, the queue to its peers,
 * and the trace of all that happened. The stack is made at the first use, with the settings as they are then.
 */
final class World {
  static final int STACK_PORT = 7000;
  static final int PEER_PORT = 5000;

  /** 10.0.0.2. */
  static final int PEER_ADDRESS = 0x0A00_0002;

  private static final long SEED = 42;

  /** Turns of the stack without an end in sight. */
  private static final int TOO_MANY_TURNS = 200_000;

  private static Integer initialNumberAtZero;

  final Numbers numbers;
  TcpSettings tcp = PlainSettings.TCP;
  StackSettings stackSettings = StackSettings.of("10.0.0.1/24").withSeed(SEED);
  int mtu = 1500;
  boolean listens = true;
  boolean answersArp = true;

  final Deque<SeenSegment> sent = new ArrayDeque<>();
  SeenSegment lastSent;
  private final List<String> trace = new ArrayList<>();
  private final List<Long> traceNs = new ArrayList<>();
  private final Map<Long, Peer> peers = new HashMap<>();
  private final long startNs;
  ManualClock clock;
  ScriptNic nic;
  private TcpStack stack;
  private TcpServer<User> server;
  private TcpClient<User> client;

  World(Numbers numbers) {
    this(numbers, startFor(numbers.stackIss));
  }

  /** With the clock at {@code startNs} at first, whatever that makes of initial sequence numbers. */
  World(Numbers numbers, long startNs) {
    this.numbers = numbers;
    this.startNs = startNs;
  }

  /**
   * The clock at which the stack chooses this initial sequence number for the connection between STACK_PORT and PEER_PORT: RFC 6528 makes it
   * of a hash, which is constant here, and of the time in steps of 4.096 microseconds.
   */
  private static synchronized long startFor(int iss) {
    if (initialNumberAtZero == null) {
      World probe = new World(Numbers.MIDDLE, 0);
      Peer peer = new Peer(probe, PEER_ADDRESS, PEER_PORT, 0);
      peer.sends("SYN seq 0 win 1000");
      initialNumberAtZero = probe.lastSent.seq();
      probe.sent.clear();
      probe.end();
    }
    return Integer.toUnsignedLong(iss - initialNumberAtZero) << 12;
  }

  void start() {
    if (stack != null) {
      return;
    }
    clock = new ManualClock(startNs);
    nic = new ScriptNic(clock, mtu, this::onFrame);
    stack = new TcpStack(nic, stackSettings.withClock(clock));
    ScriptHandler handler = new ScriptHandler(this);
    server = new TcpServer<>(stack, tcp, handler);
    client = new TcpClient<>(stack, tcp, handler);
    if (listens) {
      server.listen(STACK_PORT);
    }
  }

  TcpServer<User> server() {
    start();
    return server;
  }

  TcpClient<User> client() {
    start();
    return client;
  }

  long counter(Counter counter) {
    start();
    return stack.counter(counter);
  }

  void add(Peer peer) {
    peers.put(key(peer.address, peer.port), peer);
  }

  /** Nothing more is expected from or for this peer. */
  void forget(Peer peer) {
    peers.remove(key(peer.address, peer.port));
    trace.clear();
    traceNs.clear();
  }

  Peer peer(int address, int port) {
    return peers.get(key(address, port));
  }

  private static long key(int address, int port) {
    return (long) address << 16 | port;
  }

  // ---- Time

  /** Lets the stack do all that it has to do now. */
  void settle() {
    passes(0);
  }

  /** As {@link io.vireo.Simulation} does it, which refuses a stack whose clock errs. */
  void passes(long ns) {
    start();
    long endNs = clock.nanoTime() + ns;
    for (int turns = 0; turns < TOO_MANY_TURNS; turns++) {
      if (stack.poll() == 0) {
        long nowNs = clock.nanoTime();
        if (endNs - nowNs <= 0) {
          return;
        }
        clock.advance(Math.max(StackGauge.nextDeadlineNs(stack, endNs) - nowNs, 1));
      }
    }
    throw failure("the stack does not come to rest");
  }

  /** Whether anything will still happen by itself. */
  boolean awaitsAnything() {
    return StackGauge.nextDeadlineNs(stack, Long.MAX_VALUE) != Long.MAX_VALUE;
  }

  /** The state of what the stack knows of this peer, SYN_RECEIVED and TIME_WAIT of any kind included; none if it knows nothing. */
  String state(Peer peer) {
    return StackGauge.state(stack, ScriptNic.STACK_ADDRESS, STACK_PORT, peer.address, peer.port);
  }

  // ---- What the stack sends

  private void onFrame(byte[] frame) {
    if (FrameCheck.isArp(frame)) {
      boolean request = Octets.u16(frame, 20) == 1;
      boolean announcement = Octets.u32(frame, 28) == Octets.u32(frame, 38);
      if (request && !announcement && answersArp) {
        nic.arrive(FrameWriter.arpReply(frame));
      }
      return;
    }
    SeenSegment segment = FrameCheck.segment(frame, mtu, clock.nanoTime());
    Peer peer = peer(segment.remoteAddress(), segment.remotePort());
    if (peer == null) {
      throw failure("the stack sent to a stranger: " + segment.text(0, 0, 0, 0));
    }
    requireMarking(segment);
    lastSent = segment;
    sent.add(segment);
    note("stack " + peer.text(segment));
    peer.observe(segment);
  }

  /** MUST-48, MUST-49: as the settings say; and plain where we answer strangers. */
  private void requireMarking(SeenSegment segment) {
    boolean asSet =
        segment.trafficClass() == tcp.trafficClass() && segment.timeToLive() == tcp.timeToLive();
    boolean plain = segment.trafficClass() == 0 && segment.timeToLive() == 64;
    require(asSet || plain, "traffic class or time to live that nobody has set");
  }

  // ---- Trace

  void note(String line) {
    start();
    trace.add(line);
    traceNs.add(clock.nanoTime() - startNs);
  }

  AssertionError failure(String what) {
    StringBuilder text = new StringBuilder(what);
    for (int i = 0; i < trace.size(); i++) {
      long us = traceNs.get(i) / 1_000;
      text.append(String.format("%n%6d.%06d  %s", us / 1_000_000, us % 1_000_000, trace.get(i)));
    }
    return new AssertionError(text.toString());
  }

  void require(boolean condition, String what) {
    if (!condition) {
      throw failure(what);
    }
  }

  // ---- The end

  /** Nothing may be left over: no segment, no event, and after the stack is closed no memory and nothing that waits for a time. */
  void end() {
    if (stack == null) {
      return;
    }
    require(sent.isEmpty(), "the script does not say that the stack sends");
    peers.values().forEach(peer -> peer.user.hearsNothing());
    stack.close();
    long held = StackGauge.heldBytes(stack);
    require(held == 0, held + " bytes of the arena are held at the end");
    require(
        server.available() == tcp.connections() && client.available() == tcp.connections(),
        "connections are missing at the end");
  }
}
