// SPDX-License-Identifier: Apache-2.0
package io.vireo.tcp;

import io.vireo.api.Counter;
import io.vireo.api.Counters;
import io.vireo.api.HotPath;
import io.vireo.ip.Ipv4Input;
import io.vireo.ip.Ipv4Output;
import io.vireo.ip.Ipv4Route;
import io.vireo.tcp.Listeners.Listener;
import io.vireo.wire.InternetChecksum;
import io.vireo.wire.Ipv4Header;
import io.vireo.wire.SequenceNumber;
import io.vireo.wire.TcpHeader;
import io.vireo.wire.TcpOptions;

/** Finds who a segment is for: a connection, a handshake, TIME-WAIT, a listener, or nobody. */
public final class TcpInput {
  /** {@link #accept}: nothing for the caller to do. */
  public static final int NOTHING = 0;

  /** {@link #accept}: ask the user of {@link #askedPool} about the peer, then {@link #admit}. */
  public static final int ASK_USER = 1;

  /** {@link #accept}: the user of {@link #touched} may have to hear of it. */
  public static final int TOUCHED = 2;

  /** The same, and there is nothing to hear of but data, if any. */
  public static final int EXPECTED = 3;

  private final Ipv4Input ip;
  private final Ipv4Output output;
  private final Registry registry;
  private final Agenda agenda;
  private final Transmitter transmitter;
  private final SegmentArrival arrival;
  private final HeaderPrediction prediction = new HeaderPrediction();
  private final Responder responder;
  private final PassiveOpen passiveOpen;
  private final HalfOpenTable halfOpen;
  private final Listeners listeners;
  private final Counters counters;
  private final ConnectionEvents events;
  private final Segment segment = new Segment();
  private final TcpOptions options = new TcpOptions();

  /** The connection that the segment was for. */
  private Connection touched;

  TcpInput(
      Ipv4Input ip,
      Ipv4Output output,
      Registry registry,
      Agenda agenda,
      Transmitter transmitter,
      SegmentArrival arrival,
      Responder responder,
      PassiveOpen passiveOpen,
      HalfOpenTable halfOpen,
      Listeners listeners,
      Counters counters,
      ConnectionEvents events) {
    this.ip = ip;
    this.output = output;
    this.registry = registry;
    this.agenda = agenda;
    this.transmitter = transmitter;
    this.arrival = arrival;
    this.responder = responder;
    this.passiveOpen = passiveOpen;
    this.halfOpen = halfOpen;
    this.listeners = listeners;
    this.counters = counters;
    this.events = events;
  }

  /**
   * Takes the TCP payload of the datagram that IP accepted last. The events it brings are to be delivered before the frame is
   * released, and {@link #beforeFrameRelease} called in between if it answers TOUCHED.
   *
   * @param verified the NIC vouches for the checksum
   */
  @HotPath
  public int accept(int offset, int length, boolean verified, long nowNs) {
    segment.localAddress = ip.destinationAddress();
    segment.remoteAddress = ip.sourceAddress();
    if (!segment.read(ip.memory(), offset, length)) {
      counters.increment(Counter.TCP_MALFORMED);
      return NOTHING;
    }
    if (!verified && !checksumHolds(offset, length)) {
      counters.increment(Counter.TCP_BAD_CHECKSUM);
      return NOTHING;
    }
    counters.increment(Counter.SEGMENTS_RECEIVED);
    segment.sourceMac = ip.frameSourceMac();
    segment.inFrame = !ip.reassembled();
    Connection c = registry.find(segment.addressKey(), segment.portKey());
    if (c == null) {
      return acceptWithoutConnection(nowNs);
    }
    agenda.wake(c);
    if (c.isSteady() && prediction.take(c, segment, nowNs)) {
      touched = c;
      agenda.takeExpected(c);
      return EXPECTED;
    }
    onSegment(c, nowNs);
    return TOUCHED;
  }

  @HotPath
  private boolean checksumHolds(int offset, int length) {
    long sum = InternetChecksum.pseudoHeaderSum(
        segment.remoteAddress, segment.localAddress, Ipv4Header.PROTOCOL_TCP);
    sum += InternetChecksum.lengthSum(length) + ip.checksum().sum(offset, length);
    return InternetChecksum.verifies(sum);
  }

  @HotPath
  private void onSegment(Connection c, long nowNs) {
    SteadyState.disturb(c);
    boolean opening = !c.state().synchronised();
    if (arrival.onSegment(c, segment, transmitter.localMss(), nowNs) == SegmentArrival.REFUSED) {
      responder.reset(segment, nowNs);
    }
    if (opening && c.state().synchronised()) {
      counters.increment(Counter.CONNECTIONS_OPENED);
      events.onEstablished(c);
    }
    touched = c;
    agenda.takeInHand(c, nowNs);
  }

  private int acceptWithoutConnection(long nowNs) {
    int entry = halfOpen.find(segment.addressKey(), segment.portKey());
    if (entry != HalfOpenTable.NONE) {
      int found = passiveOpen.onSegment(entry, segment, transmitter.localMss(), nowNs);
      return found == PassiveOpen.COMPLETE ? establish(entry, nowNs) : found;
    }
    Listener listener = listeners.find(segment.localPort);
    entry = registry.timeWait.find(segment.addressKey(), segment.portKey());
    if (entry != TimeWaitTable.NONE) {
      return onSegmentInTimeWait(entry, listener, nowNs);
    }
    if (listener != null) {
      return passiveOpen.onSegmentAtListener(listener, segment, nowNs);
    }
    counters.increment(Counter.TCP_NO_CONNECTION);
    responder.reset(segment, nowNs);
    return NOTHING;
  }

  /** A handshake is complete: the connection begins, and the segment that completed it is its first. */
  private int establish(int entry, long nowNs) {
    Connection c = take(passiveOpen.pool(entry), nowNs);
    if (c == null) {
      return NOTHING;
    }
    c.accept(registry.nextId(c), halfOpen, entry, segment, transmitter.localMss(), nowNs);
    halfOpen.remove(entry);
    return begin(c, nowNs);
  }

  /** The same by a cookie: nothing is known of the handshake but what the segment says. */
  private int establishByCookie(long nowNs) {
    Connection c = take(passiveOpen.askedPool(), nowNs);
    if (c == null) {
      return NOTHING;
    }
    int peerMss = passiveOpen.cookieMss();
    int promised = passiveOpen.cookieOptions();
    c.acceptCookie(registry.nextId(c), peerMss, promised, segment, transmitter.localMss(), nowNs);
    passiveOpen.onCookieAccepted(segment);
    counters.increment(Counter.SYN_COOKIES_ACCEPTED);
    return begin(c, nowNs);
  }

  /** A connection for the peer of the segment, or null: the peer will send again what brought it this far. */
  private Connection take(ConnectionPool pool, long nowNs) {
    Connection c = pool.take(agenda);
    if (c != null && bind(c.route, pool.marking(), nowNs)) {
      return c;
    }
    if (c != null) {
      // The neighbour table is full of others in use.
      pool.give(c);
    }
    counters.increment(Counter.SYNS_DROPPED);
    return null;
  }

  private boolean bind(Ipv4Route route, int marking, long nowNs) {
    return output.bind(route, segment.localAddress, segment.remoteAddress, marking, nowNs);
  }

  private int begin(Connection c, long nowNs) {
    registry.register(c);
    counters.increment(Counter.CONNECTIONS_ACCEPTED);
    events.onEstablished(c);
    onSegment(c, nowNs);
    return TOUCHED;
  }

  /** RFC 9293 §3.10.7.4 for TIME-WAIT, with RFC 1337: a RST does not end it. */
  private int onSegmentInTimeWait(int entry, Listener listener, long nowNs) {
    TimeWaitTable timeWait = registry.timeWait;
    int rcvNxt = timeWait.rcvNxt(entry);
    int sndNxt = timeWait.sndNxt(entry);
    if (segment.has(TcpHeader.RST)) {
      counters.increment(Counter.TCP_OUT_OF_WINDOW);
      return NOTHING;
    }
    int openingFlags = segment.flags & (TcpHeader.SYN | TcpHeader.ACK | TcpHeader.FIN);
    boolean opens = openingFlags == TcpHeader.SYN;
    int ticks = ticksSince(entry);
    if (opens && listener != null && isNewIncarnation(segment, listener, ticks, rcvNxt)) {
      return passiveOpen.onSegmentReopening(listener, sndNxt);
    }
    boolean repeatsFin =
        segment.has(TcpHeader.FIN) && segment.seq + segment.dataLength + 1 == rcvNxt;
    if (repeatsFin && ticks >= 0) {
      // The peer has not heard our last ACK.
      timeWait.restart(entry, nowNs);
      if (segment.hasTimestamp) {
        timeWait.setTsRecent(entry, segment.tsVal);
      }
    }
    if (segment.length() > 0 || segment.seq != rcvNxt) {
      responder.acknowledge(segment, timeWait, entry, nowNs);
    }
    return NOTHING;
  }

  /** How far the peer's clock has gone on since the last segment of a connection in TIME-WAIT; 0 if one of the two had no timestamp. */
  private int ticksSince(int entry) {
    if (!registry.timeWait.usesTimestamps(entry)) {
      return 0;
    }
    segment.readAgreedOptions(options, Handshake.TIMESTAMPS);
    return segment.hasTimestamp ? segment.tsVal - registry.timeWait.tsRecent(entry) : 0;
  }

  /**
   * RFC 6191 §2: a SYN by its clock, and where that says nothing by its sequence number. Deviation: where the last connection had no timestamps, one in the
   * SYN is no proof. What was sent then would not be told from what is sent now: we take segments without timestamps.
   */
  private static boolean isNewIncarnation(Segment syn, Listener listener, int ticks, int rcvNxt) {
    int since = listener.pool().settings().timestamps() ? ticks : 0;
    return since > 0 || (since == 0 && SequenceNumber.greaterThan(syn.seq, rcvNxt));
  }

  /** Whose user {@link #ASK_USER} means. */
  public ConnectionPool askedPool() {
    return passiveOpen.askedPool();
  }

  /**
   * The user's answer about the SYN, or about the ACK that brings a SYN cookie back. He may have stopped listening meanwhile, or called that
   * very peer himself. Returns NOTHING or TOUCHED, as {@link #accept}.
   */
  public int admit(boolean admitted, long nowNs) {
    if (registry.find(segment.addressKey(), segment.portKey()) != null) {
      counters.increment(Counter.SYNS_DROPPED);
    } else if (!admitted || !passiveOpen.stillListening()) {
      passiveOpen.refuse(segment, nowNs);
    } else if (passiveOpen.askedAboutCookie()) {
      return establishByCookie(nowNs);
    } else if (passiveOpen.admit(segment, transmitter.localMss(), nowNs)) {
      endTimeWait();
    }
    return NOTHING;
  }

  /** The SYN begins a new life of its tuple. */
  private void endTimeWait() {
    int entry = registry.timeWait.find(segment.addressKey(), segment.portKey());
    if (entry != TimeWaitTable.NONE) {
      registry.timeWait.remove(entry);
    }
  }

  /** Local port of the segment accepted last, as the next three; good until the next one. */
  public int localPort() {
    return segment.localPort;
  }

  public int remotePort() {
    return segment.remotePort;
  }

  public int localAddress() {
    return segment.localAddress;
  }

  public int remoteAddress() {
    return segment.remoteAddress;
  }

  /** The connection that the segment was for; its user hears of it before the frame is released. */
  public Connection touched() {
    return touched;
  }

  /** The frame goes back to the NIC: what {@link #touched}'s user was not shown must be kept now. */
  @HotPath
  public void beforeFrameRelease(long nowNs) {
    if (touched.receiver.viewLength() > 0) {
      keepView(touched, nowNs);
    }
    agenda.putDown(nowNs);
  }

  private void keepView(Connection c, long nowNs) {
    if (!c.receiver.keepView()) {
      counters.increment(Counter.TCP_DATA_DROPPED);
    }
    c.onStreamAdvanced(nowNs);
    agenda.schedule(c, nowNs);
  }
}
