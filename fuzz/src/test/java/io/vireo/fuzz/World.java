// SPDX-License-Identifier: Apache-2.0
package io.vireo.fuzz;

import io.vireo.StackInspection;
import io.vireo.TcpClient;
import io.vireo.TcpServer;
import io.vireo.TcpStack;
import io.vireo.api.Counter;
import io.vireo.api.Limits;
import io.vireo.api.StackSettings;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInvariants;
import io.vireo.testing.PlainSettings;
import io.vireo.time.ManualClock;

/**
 * One stack with a server on port 7 and a client, the queue to its peers, and a clock that stands still until it is moved. It can be started
 * again for every input, or settled between inputs, which is quicker.
 */
final class World {
  static final int SERVER_PORT = 7;
  static final int MEMORY_BYTES = 256 << 10;

  private static final long SEED = 42;

  /** Turns without an end in sight. */
  private static final int MOST_TURNS = 3_000;

  /** Deadlines that one passing of time meets; those behind are met all at once. */
  private static final int MOST_DEADLINES = 300;

  /** Longer than anything that a stack waits for. */
  private static final long AGES_NS = 7_200_000_000_000L;

  private final int address;
  final FuzzNic nic;
  final Flows flows = new Flows();
  final FrameWriter writer = new FrameWriter();
  final UserHandler handler = new UserHandler();
  private final FrameWriter answers = new FrameWriter();
  private final Judge judge;

  /** Where frames go behind the judge; null: to peers that only answer ARP. */
  private final FuzzNic.Line wire;

  ManualClock clock;
  TcpStack stack;
  TcpServer<User> server;
  TcpClient<User> client;
  boolean answersArp;

  /** How often the stack has asked for the peer's MAC address. */
  int questions;

  private TcpSettings tcp;
  private long memoryBytes;
  private ConnectionInvariants invariants;
  private long originNs;
  private int honestPort;

  World() {
    this(FrameWriter.STACK_MAC, FrameWriter.STACK_ADDRESS, null);
  }

  World(long mac, int address, FuzzNic.Line wire) {
    this.address = address;
    this.wire = wire;
    nic = new FuzzNic(mac);
    judge = new Judge(flows, mac, address);
  }

  /** Few connections, little memory, small tables: what one input can fill. */
  static TcpSettings smallTcp() {
    return PlainSettings.TCP
        .withTimestamps(true)
        .withSelectiveAcks(true)
        .withConnections(4)
        .withBacklog(4)
        .withSendBufferBytes(16 << 10)
        .withReceiveBufferBytes(16 << 10);
  }

  static StackSettings smallStack() {
    return StackSettings.of("10.0.0.1/24")
        .withGateway("10.0.0.254")
        .withSeed(SEED)
        .withFirstLocalPort(40_000)
        .withLastLocalPort(40_063)
        .withTimeWaitConnections(4)
        .withBufferMemoryBytes(MEMORY_BYTES)
        .withLimits(Limits.defaults().withHalfOpenConnections(8).withNeighbours(16));
  }

  void start() {
    start(smallStack(), smallTcp(), new ManualClock(0));
  }

  void start(StackSettings settings, TcpSettings tcp, ManualClock clock) {
    this.tcp = tcp;
    this.clock = clock;
    memoryBytes = settings.bufferMemoryBytes();
    originNs = clock.nanoTime();
    flows.clear();
    honestPort = 50_000;
    answersArp = true;
    nic.reset(this::onFrame);
    stack = new TcpStack(nic, settings.withClock(clock));
    server = new TcpServer<>(stack, tcp, handler);
    client = new TcpClient<>(stack, tcp, handler);
    handler.begin(client);
    server.listen(SERVER_PORT);
    invariants = new ConnectionInvariants(StackInspection.tcp(stack));
    turn();
  }

  private void onFrame(byte[] frame, int length) {
    judge.onFrame(frame, length);
    if (wire != null) {
      wire.onFrame(frame, length);
    } else if (Octets.u16(frame, 12) == 0x0806 && Octets.u16(frame, 20) == 1) {
      int target = Octets.u32(frame, 38);
      int host = target & 0xFF;
      questions += target == FrameWriter.PEER_ADDRESS ? 1 : 0;
      // Nobody has the addresses from 10.0.0.128 to 10.0.0.191.
      if (answersArp && target != address && host >> 6 != 2) {
        answers.arpReply(FrameWriter.PEER_MAC, target);
        nic.arrive(answers.frame, 0, answers.length);
      }
    }
  }

  /** The writer's frame arrives, and is dealt with. */
  void arrive() {
    nic.arrive(writer.frame, 0, writer.length);
    turn();
  }

  /** Lets the stack do all that it has to do now. */
  void turn() {
    int turns = 0;
    while (poll() > 0 || nic.hasArrived()) {
      Oracle.require(++turns < MOST_TURNS, "the stack does not come to rest");
    }
    check();
  }

  private int poll() {
    try {
      return stack.poll();
    } catch (UserHandler.PlantedError e) {
      return 1;
    }
  }

  /** Lets time pass; what falls due meanwhile is done in its time. */
  void pass(long ns) {
    long end = clock.nanoTime() + ns;
    for (int i = 0; i < MOST_DEADLINES; i++) {
      long next = StackInspection.nextDeadlineNs(stack, end);
      if (next - end >= 0) {
        break;
      }
      clock.advance(Math.max(0, next - clock.nanoTime()));
      turn();
    }
    clock.advance(Math.max(0, end - clock.nanoTime()));
    turn();
  }

  void check() {
    boolean memoryIsShort = stack.counter(Counter.MEMORY_SHORTAGES) > 0;
    check(StackInspection.connections(server), memoryIsShort);
    check(StackInspection.connections(client), memoryIsShort);
    Oracle.require(
        StackInspection.bytesInUse(stack) <= memoryBytes, "more memory in use than allowed");
  }

  private void check(Connection[] connections, boolean memoryIsShort) {
    for (Connection connection : connections) {
      invariants.check(connection, memoryIsShort, originNs);
    }
  }

  /** The user drops everything; after ages nothing may be left. */
  void settle() {
    handler.calm();
    nic.slots(Integer.MAX_VALUE);
    nic.vouches(false);
    answersArp = true;
    server.forEach(connection -> connection.attachment().command(connection::abort));
    client.forEach(connection -> connection.attachment().command(connection::abort));
    turn();
    pass(AGES_NS);
    Oracle.require(server.connectionCount() + client.connectionCount() == 0, "immortal");
    Oracle.require(StackInspection.bytesInUse(stack) == 0, "memory held at the end");
    Oracle.require(handler.established == handler.closed, "an end that was not told");
    long never = clock.nanoTime() + AGES_NS;
    Oracle.require(
        StackInspection.nextDeadlineNs(stack, never) == never, "waits for something, for nobody");
    flows.clear();
    handler.begin(client);
  }

  /** An honest peer connects, is heard, and finishes: whatever has happened, that must still be possible. */
  void honest() {
    handler.calm();
    handler.patterned = true;
    int port = honestPort = 50_000 + (honestPort + 1) % 10_000;
    Flow flow = flows.follow(FrameWriter.PEER_ADDRESS, port, SERVER_PORT);
    int before = handler.closed;
    establish(flow, 1_000);
    segment(flow, 1_001, Flow.ACK | Flow.PSH, 3);
    segment(flow, 1_004, Flow.ACK | Flow.FIN, 0);
    segment(flow, 1_005, Flow.ACK, 0);
    Oracle.require(flow.stackAck == 1_005, "an honest peer is not heard");
    Oracle.require(handler.closed == before + 1, "an honest connection does not end");
    handler.patterned = false;
  }

  /** A handshake with the server that the peer begins. */
  void establish(Flow flow, int iss) {
    flow.peerIss = iss;
    writer.tcp(flow, iss, 0, Flow.SYN, 60_000, 4, 0);
    Octets.put32(writer.frame, 54, 0x0204_05B4);
    writer.mend();
    arrive();
    Oracle.require(
        flow.stackSyn && flow.stackAcks && flow.stackAck == iss + 1, "an honest SYN unanswered");
    segment(flow, iss + 1, Flow.ACK, 0);
  }

  /** Ages pass, an honest peer is served, and the stack is closed. */
  void finish() {
    settle();
    honest();
    end();
  }

  /** A handshake that the stack begins, with an honest peer. */
  Flow connect(int iss) {
    int count = handler.userCount();
    handler.connect();
    turn();
    User user = handler.user(count);
    Flow flow = flows.follow(
        FrameWriter.PEER_ADDRESS, user.connection.remotePort(), user.connection.localPort());
    flow.peerIss = iss;
    return flow;
  }

  /** From a peer who has seen all that the stack has sent. */
  void segment(Flow flow, int seq, int flags, int payloadBytes) {
    writer.tcp(flow, seq, flow.stackEnd, flags, 60_000, 0, payloadBytes);
    writer.patternPayload(payloadBytes);
    writer.mend();
    arrive();
  }

  /** Closes the stack: everything must come back. */
  void end() {
    handler.calm();
    nic.slots(Integer.MAX_VALUE);
    stack.close();
    for (Connection connection : StackInspection.connections(server)) {
      ConnectionInvariants.checkAtRest(connection);
    }
    for (Connection connection : StackInspection.connections(client)) {
      ConnectionInvariants.checkAtRest(connection);
    }
    Oracle.require(StackInspection.bytesInUse(stack) == 0, "memory held by a closed stack");
    Oracle.require(server.available() == tcp.connections(), "server connections are missing");
    Oracle.require(client.available() == tcp.connections(), "client connections are missing");
    Oracle.require(nic.slotsInUse() == 0, "transmit slots held by a closed stack");
    Oracle.require(handler.established == handler.closed, "an end that was not told");
  }
}
