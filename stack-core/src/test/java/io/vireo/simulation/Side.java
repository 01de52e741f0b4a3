// SPDX-License-Identifier: Apache-2.0
package io.vireo.simulation;

import io.vireo.StackInspection;
import io.vireo.TcpConnection;
import io.vireo.TcpEndpoint;
import io.vireo.api.CloseReason;
import io.vireo.api.Counter;
import io.vireo.api.SoftError;
import io.vireo.api.TcpSettings;
import io.vireo.tcp.Connection;
import io.vireo.tcp.ConnectionInspection;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * One end of one connection: the user who reads, writes and ends it as planned, and the witness who knows which bytes and which
 * events are to come.
 */
final class Side {
  private static final int RESUME_TIMER = 0;
  private static final int WRITE_TIMER = 1;
  private static final int CLOSE_TIMER = 2;
  static final int CHAOS_TIMER = 3;
  private static final int COMMIT_TIMER = 4;

  /** From here on they go off together. */
  private static final int FIRST_ALARM = 5;

  static final int TIMERS = 10;
  private static final long UNKNOWN = Long.MAX_VALUE;

  /** How often a writer on a timer tries again when the send buffer is full. */
  private static final long PATIENCE_NS = 50_000_000L;

  final Host host;
  final World world;
  final SidePlan plan;
  final int role;
  final boolean client;
  final SplittableRandom random;
  TcpConnection<Side> connection;
  Host peer;
  long id;
  int localPort;
  int remotePort;
  int iss;
  int irs;
  long beganNs;
  private Flow flow;
  private Stream out;
  private Stream in;

  // What was sent and received, in bytes.
  long total;
  long sent;
  long received;
  private int chunk;
  private boolean shortSend;

  // What has happened.
  boolean established;
  boolean finned;
  boolean finSeen;
  boolean paused;
  boolean aborted;
  boolean threw;
  boolean ended;
  boolean rescued;
  boolean sendAbandoned;
  private boolean timeWaitNoted;

  /** A limit of the path that is explained, or 0: what was once told stays told. */
  private int toldPathLimit;

  CloseReason reason;
  long endedNs;

  /** When the handshake was over, if it ever was. */
  long establishedNs;

  private boolean winding;
  private boolean appetite;
  private boolean exceptionDue;
  private int callbacks;
  private final long[] timerDueNs = new long[TIMERS];
  private int alarmsLeft;

  /** Bytes of the open claim, and how many of them will be committed. */
  private int claimed;

  private int toCommit;

  /** The shortest that were ever set, or 0. */
  long keepAliveIdleNs;

  long userTimeoutNs;

  Side(Host host, SidePlan plan, int role) {
    this.host = host;
    this.world = host.world;
    this.plan = plan;
    this.role = role;
    this.client = role == HostPlan.SERVERS;
    this.random = world.plan.draws.stream("acts", host.number(), role, host.sides.size());
    // Whoever begins when the others end has nothing to send: nobody will tell him to end.
    this.total = plan.reading == SidePlan.Reading.ECHO ? (world.winding ? 0 : UNKNOWN) : plan.bytes;
    // A writer of single bytes is not to make a world of its own.
    this.chunk = (int) Math.max(plan.chunk, plan.bytes / 300);
    this.winding = world.winding;
    this.alarmsLeft = plan.alarms;
    this.keepAliveIdleNs = settings().keepAliveIdleNs();
    this.userTimeoutNs = settings().userTimeoutNs();
    world.sides.add(this);
    host.sides.add(this);
  }

  void begin(TcpConnection<Side> connection) {
    this.connection = connection;
    id = connection.id();
    if (!(id > 0 && world.ids.add(host.number() + ":" + id))) {
      throw new Violation("id " + id + " again");
    }
    localPort = connection.localPort();
    remotePort = connection.remotePort();
    peer = world.host(connection.remoteIpv4());
    iss = ConnectionInspection.iss(StackInspection.tcp(connection));
    beganNs = host.localNs();
    out = Stream.of(iss, host.address(), localPort, remotePort);
    learnPeer();
    if (!client && host.stack.counter(Counter.SYN_COOKIES_SENT) > 0) {
      world.observer.onAccepted(this);
    }
  }

  private void learnPeer() {
    if (in == null && ConnectionInspection.synchronised(StackInspection.tcp(connection))) {
      irs = ConnectionInspection.irs(StackInspection.tcp(connection));
      in = Stream.of(irs, peer.address(), remotePort, localPort);
    }
  }

  /** The other end, or null. */
  Side other() {
    if (in == null) {
      return null;
    }
    for (Side side : peer.sides) {
      if (side.in != null
          && side.peer == host
          && side.localPort == remotePort
          && side.remotePort == localPort
          && side.iss == irs
          && side.irs == iss) {
        return side;
      }
    }
    return null;
  }

  boolean commandable() {
    return connection != null && !ended && !aborted && !threw;
  }

  // ---- Events

  private void enter() {
    Violation.unless(!ended, "an event after the last one");
    Violation.unless(!aborted && !threw, "an event between abort and the end");
    Violation.unless(connection.attachment() == this, "somebody else's attachment");
    Violation.unless(connection.id() == id, "another id");
    callbacks++;
    if (callbacks == plan.accidentAt && !winding) {
      meetAccident();
    }
  }

  private void meetAccident() {
    switch (plan.accident) {
      case ABORT -> abort();
      case THROW -> {
        threw = true;
        exceptionDue = true;
        throw new Accident.Thrown();
      }
      case THROW_ERROR -> {
        threw = true;
        throw new Accident.Failure();
      }
      case FINISH -> sendFin();
      case PAUSE -> {
        pause();
        setTimer(RESUME_TIMER, plan.pauseNs);
      }
      default -> {}
    }
  }

  private void leave() {
    if (plan.blocks > 0 && !winding && random.nextDouble() < plan.blocks) {
      host.block(1 + random.nextLong(plan.blockNs));
    }
    if (plan.chaos > 0 && !winding && random.nextDouble() < plan.chaos) {
      Chaos.act(this, random);
    }
  }

  void onEstablished() {
    Violation.unless(!established, "established twice");
    established = true;
    establishedNs = host.localNs();
    learnPeer();
    enter();
    if (plan.reading == SidePlan.Reading.LATE) {
      setTimer(RESUME_TIMER, plan.pauseNs);
    }
    if (commandable()) {
      setAlarms();
    }
    write();
    leave();
  }

  int onData(ByteBuffer memory, int offset, int length) {
    Violation.unless(established && !finSeen, "data before the beginning or after the end");
    Violation.unless(!paused, "data during a pause");
    Violation.unless(length > 0, "no data");
    if (length > settingsReceiveBuffer()) {
      throw new Violation(length + " bytes shown, more than the buffer");
    }
    Violation.unless(
        memory.position() == offset && memory.limit() == offset + length, "another range");
    checkBytes(memory, offset, length);
    enter();
    int leftover = commandable() ? read(length) : random.nextInt(length + 1);
    received += length - leftover;
    leave();
    return leftover;
  }

  private int settingsReceiveBuffer() {
    return settings().receiveBufferBytes();
  }

  private void checkBytes(ByteBuffer memory, int offset, int length) {
    int different = in.firstDifference(memory, offset, received, length);
    if (different >= 0) {
      throw new Violation("byte " + (received + different) + " received is wrong: " + this);
    }
    Side other = other();
    if (!(other == null || received + length <= other.sent)) {
      throw new Violation("more received than was sent: " + this);
    }
  }

  private int read(int length) {
    if (winding && plan.reading != SidePlan.Reading.ECHO) {
      return 0;
    }
    return switch (plan.reading) {
      case ALL -> 0;
      case PART -> {
        if (random.nextInt(4) == 0) {
          setTimer(RESUME_TIMER, plan.pauseNs);
        }
        yield random.nextInt(3) == 0 ? 0 : random.nextInt(length + 1);
      }
      case BLOCKS -> length > settingsReceiveBuffer() / 2 ? 0 : length % plan.block;
      case ECHO -> finned || total != UNKNOWN ? 0 : length - echo(length);
      case PAUSING -> {
        if (random.nextInt(3) == 0) {
          pause();
          setTimer(RESUME_TIMER, plan.pauseNs);
        }
        yield random.nextInt(2) == 0 ? 0 : random.nextInt(length + 1);
      }
      case LATE -> {
        if (appetite) {
          appetite = false;
          yield 0;
        }
        if (timerDueNs[RESUME_TIMER] == 0) {
          setTimer(RESUME_TIMER, plan.pauseNs);
        }
        yield length;
      }
      case NEVER -> length;
    };
  }

  /** In pieces of what one call sends at most: what is left over is what was refused, or nobody would ask for it again. */
  private int echo(int length) {
    int sentNow = 0;
    int most;
    int taken;
    do {
      most = Math.min(length - sentNow, mostPerSend());
      taken = send(most);
      sentNow += taken;
    } while (taken == most && sentNow < length);
    return sentNow;
  }

  void onFin(ByteBuffer memory, int offset, int length) {
    Violation.unless(established && !finSeen, "the end twice, or before the beginning");
    Violation.unless(!paused, "the end during a pause");
    checkBytes(memory, offset, length);
    finSeen = true;
    received += length;
    Side other = other();
    if (!(other == null || (other.finned && other.sent == received))) {
      throw new Violation("the end comes after " + received + " bytes: " + this + " of " + other);
    }
    enter();
    if (commandable()) {
      if (plan.reading == SidePlan.Reading.ECHO && total == UNKNOWN) {
        if (!(length == 0 || finned)) {
          throw new Violation("an echo lost " + length + " bytes");
        }
        total = sent;
      }
      write();
    }
    leave();
  }

  void onMoreSendable() {
    Violation.unless(established, "more sendable before the beginning");
    Violation.unless(shortSend, "more sendable, and nothing had been refused");
    shortSend = false;
    enter();
    if (commandable() && (winding || plan.writing == SidePlan.Writing.GREEDY)) {
      write();
    }
    leave();
  }

  void onUserTimeout(int timer) {
    long due = timerDueNs[timer];
    Violation.unless(due != 0, "a timer that was not set");
    Violation.unless(due <= host.localNs(), "a timer comes early");
    timerDueNs[timer] = 0;
    enter();
    if (commandable()) {
      switch (timer) {
        case RESUME_TIMER -> {
          appetite = true;
          resume();
        }
        case WRITE_TIMER -> write();
        case CLOSE_TIMER -> sendFin();
        case COMMIT_TIMER -> commit();
        case FIRST_ALARM -> setAlarms();
        default -> {}
      }
    }
    leave();
  }

  void onSoftError(SoftError error) {
    Violation.unless(error != SoftError.URGENT, "urgent data that nobody sent");
    world.softErrors[error.ordinal()]++;
    enter();
    leave();
  }

  void onException() {
    Violation.unless(exceptionDue && threw, "an exception that nobody threw");
    exceptionDue = false;
    if (random.nextInt(4) == 0) {
      throw new Accident.Thrown();
    }
  }

  void onClosed(CloseReason reason) {
    Violation.unless(!ended, "ended twice");
    Violation.unless(connection.attachment() == this, "somebody else's attachment");
    learnPeer();
    ended = true;
    endedNs = host.localNs();
    world.reasons[reason.ordinal()]++;
    this.reason = reason;
    noteTimeWait();
    if (reason == CloseReason.TIMEOUT) {
      checkPatience();
    }
    refusesCommands();
    Verdict.onEnd(this);
    if (!world.winding && random.nextDouble() < plan.reconnects) {
      world.connectAgain(host, random);
    }
    if (plan.accident == SidePlan.Accident.THROW && callbacks + 1 == plan.accidentAt) {
      threw = true;
      exceptionDue = true;
      throw new Accident.Thrown();
    }
  }

  private void refusesCommands() {
    world.source.clear();
    try {
      connection.send(world.source, 0, 1);
    } catch (IllegalStateException expected) {
      return;
    }
    throw new Violation("a connection that is over takes bytes");
  }

  TcpEndpoint<Side> endpoint() {
    return host.endpoints[role];
  }

  TcpSettings settings() {
    return host.plan.settings[role];
  }

  boolean waitsForFin() {
    return ConnectionInspection.waitsForFin(StackInspection.tcp(connection));
  }

  /** No byte is lost between the user and the pieces of the connection; nothing is acknowledged that nobody has. */
  void checkBooks() {
    Connection c = StackInspection.tcp(connection);
    if (in == null || !commandable() || c.delivery().closeReason() != null) {
      return;
    }
    long taken = ConnectionInspection.bytesAcknowledged(c);
    if (received + ConnectionInspection.bytesLeftOver(c) != taken) {
      throw new Violation(
          taken + " bytes are acknowledged to the peer, but neither read nor held: " + this);
    }
    long held = ConnectionInspection.bytesSentAndAcknowledged(c);
    if (sent != held + ConnectionInspection.bytesQueued(c)) {
      throw new Violation(
          held + " bytes were acknowledged by the peer, but the rest is not queued: " + this);
    }
  }

  /** From now on nothing old may begin another connection. */
  void noteTimeWait() {
    if (timeWaitNoted || in == null || host.plan.timeWaitConnections < World.MANY) {
      return;
    }
    Connection c = StackInspection.tcp(connection);
    if (ConnectionInspection.isInTimeWait(c)) {
      timeWaitNoted = true;
      world
          .observer
          .find(this)
          .onTimeWait(
              host.turnLocalNs() + world.plan.timeWaitNs,
              ConnectionInspection.rcvNxt(c),
              ConnectionInspection.usesTimestamps(c),
              ConnectionInspection.tsRecent(c));
    }
  }

  /** RFC 9293 §3.8.4: by keep-alive only a peer is given up that has left each of so many probes unanswered. */
  private void checkPatience() {
    TcpSettings settings = settings();
    long silenceNs = keepAliveIdleNs + settings.keepAliveProbes() * settings.keepAliveIntervalNs();
    boolean owedFin = finned && settings.finWaitNs() > 0;
    Flow own = world.observer.find(this);
    if (established && !owedFin && own.isOf(iss)) {
      int bytes = (int) sent + (finned ? 1 : 0);
      Violation.unless(
          !own.heardWithin(silenceNs, bytes, host.turnLocalNs()),
          "given up, though the peer answers");
    }
  }

  /** What the peer's wire, and the way to it, have to do with it. */
  void checkAgainstWire() {
    Connection c = StackInspection.tcp(connection);
    if (in == null || c.delivery().closeReason() != null) {
      return;
    }
    if (flow == null) {
      flow = world.observer.find(this);
    }
    // RFC 5681 §4.2, RFC 9293 §3.8.6.3: what was received will be acknowledged, without another
    // segment's help.
    if (flow.isAckOfPeer(irs) && flow.lastAck() != ConnectionInspection.rcvNxt(c)) {
      Violation.unless(ConnectionInspection.owesAck(c), "received, and no ACK is owed");
    }
    long roundTripNs = ConnectionInspection.shortestRoundTripNs(c);
    if (roundTripNs > 0 && roundTripNs < leastRoundTripNs()) {
      // RFC 6298 (3): an ACK may be one of the first transmission.
      throw new Violation("a round trip of " + roundTripNs + " ns, shorter than the way");
    }
    int limit = ConnectionInspection.pathLimitBytes(c);
    if (limit > 0 && limit != toldPathLimit) {
      if (!host.mayBePathLimit(limit)) {
        // RFC 1191 §3: the size that a router tells is that of the whole datagram.
        throw new Violation("a path limited to " + limit + " bytes, which nobody told");
      }
      toldPathLimit = limit;
    }
  }

  private long leastRoundTripNs() {
    LinkPlan[] links = world.plan.links;
    return 2 * (links[host.number()].delayNs() + links[peer.number()].delayNs());
  }

  // ---- Commands

  /** Goes on with what is to be sent, and with ending it. */
  void write() {
    if (finned || !commandable()) {
      return;
    }
    boolean trickles = plan.writing == SidePlan.Writing.TRICKLE && !winding;
    while (sent < total && total != UNKNOWN) {
      int wanted = (int) Math.min(chunk, total - sent);
      if (send(wanted) < wanted || !commandable()) {
        break;
      }
      if (trickles) {
        break;
      }
    }
    if (!commandable()) {
      return;
    }
    if (trickles && sent < total && total != UNKNOWN && timerDueNs[WRITE_TIMER] == 0) {
      setTimer(WRITE_TIMER, shortSend ? Math.max(plan.trickleNs, PATIENCE_NS) : plan.trickleNs);
    }
    if (sent == total && !claims()) {
      finish();
    }
  }

  private void finish() {
    boolean late = plan.closing == SidePlan.Closing.LATE;
    if (winding || plan.closing == SidePlan.Closing.AFTER_SENDING || (finSeen && !late)) {
      sendFin();
    } else if (late && timerDueNs[CLOSE_TIMER] == 0) {
      setTimer(CLOSE_TIMER, plan.pauseNs);
    }
  }

  private void setAlarms() {
    if (alarmsLeft > 0 && !winding) {
      alarmsLeft--;
      for (int timer = FIRST_ALARM; timer < TIMERS; timer++) {
        setTimer(timer, plan.pauseNs);
      }
    }
  }

  /** Sends up to so many bytes; returns how many were taken. */
  int send(int wanted) {
    if (claims()) {
      return 0;
    }
    int length = Math.min(wanted, mostPerSend());
    int offset = random.nextInt(64);
    world.source.limit(offset + length).position(random.nextInt(offset + length + 1));
    out.write(world.source, offset, sent, length);
    int taken = sendSomehow(offset, length);
    if (!(taken >= 0 && taken <= length)) {
      throw new Violation("of " + length + " bytes it took " + taken);
    }
    if (taken < length && !claims()) {
      shortSend = true;
    }
    sent += taken;
    world.bytesSent += taken;
    return taken;
  }

  private int mostPerSend() {
    return world.source.capacity() - 64;
  }

  /** An eighth of the memory is not for senders, and buffers are powers of two. */
  private int longestClaim() {
    long memory = host.plan.bufferMemoryBytes;
    int largest = Integer.highestOneBit((int) Math.min(memory - memory / 8, 1 << 30));
    return Math.min(settings().sendBufferBytes(), largest);
  }

  /** A claim wants its memory at once: whoever leaves bytes over until there is as much may himself be the one who holds it. */
  private boolean holdsForGood() {
    return winding && plan.reading == SidePlan.Reading.ECHO;
  }

  /** By one of the ways to send. */
  private int sendSomehow(int offset, int length) {
    ByteBuffer source = world.source;
    switch (random.nextInt(10)) {
      case 0 -> {
        if (length > 0 && length <= longestClaim() && !holdsForGood()) {
          int at = connection.claim(length);
          if (at < 0) {
            return 0;
          }
          if (plan.opens > 0 && !winding && random.nextDouble() < plan.opens) {
            leaveOpen(at, length);
            return 0;
          }
          connection.sendMemory().put(at, source, offset, length);
          connection.commit(length, random.nextBoolean());
          return length;
        }
      }
      case 1 -> {
        int cut = random.nextInt(length + 1);
        ByteBuffer[] parts = {
          source.duplicate().limit(offset + cut).position(offset),
          source.duplicate().limit(offset + length).position(offset + cut)
        };
        return connection.send(parts, 0, 2);
      }
      case 2 -> {
        return connection.send(source, offset, length, true);
      }
      case 3 -> connection.setNagle(random.nextBoolean());
      default -> {}
    }
    return connection.send(source, offset, length);
  }

  /** The memory is ours until the commit, whatever becomes of what was sent before: there is anything in it, and last the stream. */
  private void leaveOpen(int at, int length) {
    ByteBuffer memory = connection.sendMemory();
    for (int i = 0; i < length; i += 61) {
      memory.put(at + i, (byte) i);
    }
    claimed = length;
    toCommit = random.nextInt(4) == 0 ? random.nextInt(length + 1) : length;
    setTimer(COMMIT_TIMER, 1 + random.nextLong(plan.openNs));
  }

  /** Whether a claim is open. */
  boolean claims() {
    return claimed > 0;
  }

  /** Writes to the open claim, if there is one, and commits it; then goes on. */
  private void commit() {
    if (!claims()) {
      return;
    }
    ByteBuffer memory = connection.sendMemory();
    Violation.unless(memory.remaining() == claimed, "another claim than the one that is open");
    out.write(memory, memory.position(), sent, toCommit);
    claimed = 0;
    connection.commit(toCommit, random.nextBoolean());
    sent += toCommit;
    world.bytesSent += toCommit;
    if (finned) {
      total = sent;
    } else {
      total = Math.max(total, sent);
    }
    if (plan.writing == SidePlan.Writing.GREEDY || winding) {
      write();
    }
  }

  void sendFin() {
    connection.sendFin();
    if (!finned) {
      finned = true;
      total = sent;
    }
  }

  void abort() {
    connection.abort();
    aborted = true;
  }

  void pause() {
    connection.pause();
    paused = true;
  }

  void resume() {
    connection.resume();
    paused = false;
  }

  void setTimer(int timer, long delayNs) {
    connection.setUserTimer(timer, delayNs);
    timerDueNs[timer] = delayNs == 0 ? 0 : host.localNs() + delayNs;
  }

  /** 0: none. */
  void setKeepAlive(long idleNs) {
    connection.setKeepAlive(idleNs);
    keepAliveIdleNs = earlier(keepAliveIdleNs, idleNs);
  }

  /** 0: none. */
  void setUserTimeout(long timeoutNs) {
    connection.setUserTimeout(timeoutNs);
    userTimeoutNs = earlier(userTimeoutNs, timeoutNs);
  }

  private static long earlier(long a, long b) {
    return a == 0 ? b : b == 0 ? a : Math.min(a, b);
  }

  /** From now on it reads everything, sends what is left, and ends. */
  void windDown() {
    winding = true;
    if (!commandable()) {
      return;
    }
    resume();
    commit();
    if (!commandable()) {
      return;
    }
    if (total == UNKNOWN) {
      total = sent;
    }
    if (!shortSend) {
      write();
    }
    // Else it goes on when it is told that there is room.
  }

  @Override
  public String toString() {
    return (client ? "client " : "server " + role + " ") + id + " of host " + host.number()
        + ", port "
        + localPort
        + " to " + (peer == null ? "" : peer.number() + ":") + remotePort
        + ": sent " + sent + (finned ? " fin" : "") + " received " + received
        + (finSeen ? " fin" : "") + (paused ? " paused" : "") + (aborted ? " aborted" : "")
        + (threw ? " threw" : "")
        + (ended
            ? " ended " + reason + " at " + endedNs / 1_000 + " us"
            : connection == null
                ? ""
                : " " + ConnectionInspection.describe(StackInspection.tcp(connection)))
        + "; " + plan;
  }
}
