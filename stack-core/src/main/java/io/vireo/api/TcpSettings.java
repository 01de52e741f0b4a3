// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Settings of the connections of one endpoint. Immutable; ranges are checked here. A value after the range is the default.
 *
 * @param connections size of the pool, 1 to 1,048,576; 256; an idle connection holds no buffer
 * @param backlog handshakes under way per listening port, 1 to 65,536; 1,024; beyond it SYN cookies
 * @param sendBufferBytes most bytes queued and unacknowledged per connection, and the longest claim, 4 KiB to 1 GiB; 4 MiB.
 *     Sends are taken up to twice the congestion window, or 64 KiB if that is more
 * @param receiveBufferBytes most bytes received and not consumed per connection, and the longest message ever shown
 *     whole, 4 KiB to 1 GiB; 4 MiB. The window begins with 64 KiB, and grows for who reads fast or leaves bytes over
 * @param byteOrder order of the memory handed to the user; big-endian
 * @param userTimers timers per connection and per endpoint, 0 to 16; 2
 * @param nagle whether a small segment waits while others are unacknowledged (RFC 9293 §3.7.4); off: latency first. Per
 *     connection by setNagle
 * @param corkNs how long a send with {@code more} may hold an incomplete segment, 0 (not at all) to 1 s; 200 ms, as Linux
 * @param delayedAckNs how long a pure ACK may wait for company, 0 (at once) to 499 ms (RFC 9293 MUST-40); 10 ms
 * @param minRtoNs lower bound of the retransmission timeout, 1 ms to 1 s. Deviation: RFC 6298 (2.4) asks for 1 s; 200 ms
 *     is what Linux does, above its delayed ACK
 * @param connectTimeoutNs how long connect tries, at least 1 ms; three minutes, as RFC 9293 MUST-23 asks
 * @param userTimeoutNs how long sent data or a FIN may stay unanswered, 0 (for ever) or at least 1 ms; 15 min. Answered probes of a
 *     zero window do not count (MUST-37). Per connection by setUserTimeout
 * @param zeroWindowTimeoutNs how long a peer may answer probes and keep its window closed, 0 (for ever, as MUST-37 has it, the
 *     default) or at least 1 ms; servers open to strangers set minutes (RFC 6429)
 * @param finWaitNs silence allowed to a peer that owes us its FIN, 0 (for ever) or at least 1 ms; 60 s
 * @param keepAliveIdleNs silence after which an idle connection is probed, 0 (never, MUST-25, the default) or at least 1 s. Per
 *     connection by setKeepAlive
 * @param keepAliveIntervalNs time between probes that stay unanswered, at least 1 s; 75 s
 * @param keepAliveProbes unanswered probes that end the connection, 1 to 100; 9
 * @param trafficClass second byte of the IP header, 0 to 255: DSCP times 4 (MUST-48); 0
 * @param timeToLive of our datagrams, 1 to 255 (MUST-49); 64
 * @param timestamps whether SYNs offer timestamps and take them (RFC 7323 §3); on: without them a fast connection cannot tell old
 *     segments from new ones after its sequence numbers have gone round, and a round trip is seldom measured. Cost 12 bytes per
 *     segment
 * @param selectiveAcks whether SYNs offer selective acknowledgments and take them (RFC 2018); on: without them a sender learns of
 *     one lost segment per round trip
 * @param congestionAlgorithm what decides how much may be under way; CUBIC
 * @param initialWindowSegments what may leave before the first acknowledgment, in segments, 1 to 64; 10, of at most 14,600 bytes in
 *     all if they are large (RFC 6928). More is for networks that are one's own
 * @param idleRestart whether a sender that was idle for a retransmission timeout begins anew with a small window (RFC 5681 §4.1);
 *     on. Off: the window shrinks by and by, as RFC 7661 has it
 * @param headerPrediction whether the usual segment goes a short way (docs/decisions/0014); on. Off: each goes the whole way, to the same
 *     effect, for those who doubt that
 * @param awakeConnections for how many connections there is room with all that they need while something is under way, 1 to 1,048,576; 16,384, of
 *     1.7 KB each. If the pool has more, those at rest lie in short records while others need the room, and more is made when it is not enough
 *     (docs/decisions/0016)
 */
public record TcpSettings(
    int connections,
    int backlog,
    int sendBufferBytes,
    int receiveBufferBytes,
    ByteOrder byteOrder,
    int userTimers,
    boolean nagle,
    long corkNs,
    long delayedAckNs,
    long minRtoNs,
    long connectTimeoutNs,
    long userTimeoutNs,
    long zeroWindowTimeoutNs,
    long finWaitNs,
    long keepAliveIdleNs,
    long keepAliveIntervalNs,
    int keepAliveProbes,
    int trafficClass,
    int timeToLive,
    boolean timestamps,
    boolean selectiveAcks,
    CongestionAlgorithm congestionAlgorithm,
    int initialWindowSegments,
    boolean idleRestart,
    boolean headerPrediction,
    int awakeConnections) {

  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;
  private static final TcpSettings DEFAULTS = new TcpSettings(
      256,
      1_024,
      4 << 20,
      4 << 20,
      ByteOrder.BIG_ENDIAN,
      2,
      false,
      200 * MS,
      10 * MS,
      200 * MS,
      180 * SECOND,
      900 * SECOND,
      0,
      60 * SECOND,
      0,
      75 * SECOND,
      9,
      0,
      64,
      true,
      true,
      CongestionAlgorithm.CUBIC,
      10,
      true,
      true,
      1 << 14);

  /** Checks every range; IllegalArgumentException names value and limits. */
  public TcpSettings {
    Range.check("connections", connections, 1, 1 << 20);
    Range.check("backlog", backlog, 1, 1 << 16);
    Range.check("sendBufferBytes", sendBufferBytes, 4 << 10, 1 << 30);
    Range.check("receiveBufferBytes", receiveBufferBytes, 4 << 10, 1 << 30);
    Objects.requireNonNull(byteOrder, "byteOrder");
    Range.check("userTimers", userTimers, 0, 16);
    Range.check("corkNs", corkNs, 0, SECOND);
    Range.check("delayedAckNs", delayedAckNs, 0, 499 * MS);
    Range.check("minRtoNs", minRtoNs, MS, SECOND);
    Range.check("connectTimeoutNs", connectTimeoutNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("userTimeoutNs", userTimeoutNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("zeroWindowTimeoutNs", zeroWindowTimeoutNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("finWaitNs", finWaitNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("keepAliveIdleNs", keepAliveIdleNs, SECOND, Range.LONGEST_NS);
    Range.check("keepAliveIntervalNs", keepAliveIntervalNs, SECOND, Range.LONGEST_NS);
    Range.check("keepAliveProbes", keepAliveProbes, 1, 100);
    Range.check("trafficClass", trafficClass, 0, 255);
    Range.check("timeToLive", timeToLive, 1, 255);
    Objects.requireNonNull(congestionAlgorithm, "congestionAlgorithm");
    Range.check("initialWindowSegments", initialWindowSegments, 1, 64);
    Range.check("awakeConnections", awakeConnections, 1, 1 << 20);
  }

  /** The defaults: 256 connections, buffers of up to 4 MiB each way, latency first. */
  public static TcpSettings defaults() {
    return DEFAULTS;
  }

  /** These settings with another connections. */
  public TcpSettings withConnections(int connections) {
    Draft draft = new Draft(this);
    draft.connections = connections;
    return draft.done();
  }

  /** These settings with another backlog. */
  public TcpSettings withBacklog(int backlog) {
    Draft draft = new Draft(this);
    draft.backlog = backlog;
    return draft.done();
  }

  /** These settings with another sendBufferBytes. */
  public TcpSettings withSendBufferBytes(int sendBufferBytes) {
    Draft draft = new Draft(this);
    draft.sendBufferBytes = sendBufferBytes;
    return draft.done();
  }

  /** These settings with another receiveBufferBytes. */
  public TcpSettings withReceiveBufferBytes(int receiveBufferBytes) {
    Draft draft = new Draft(this);
    draft.receiveBufferBytes = receiveBufferBytes;
    return draft.done();
  }

  /** These settings with another byteOrder. */
  public TcpSettings withByteOrder(ByteOrder byteOrder) {
    Draft draft = new Draft(this);
    draft.byteOrder = byteOrder;
    return draft.done();
  }

  /** These settings with another userTimers. */
  public TcpSettings withUserTimers(int userTimers) {
    Draft draft = new Draft(this);
    draft.userTimers = userTimers;
    return draft.done();
  }

  /** These settings with another nagle. */
  public TcpSettings withNagle(boolean nagle) {
    Draft draft = new Draft(this);
    draft.nagle = nagle;
    return draft.done();
  }

  /** These settings with another corkNs. */
  public TcpSettings withCorkNs(long corkNs) {
    Draft draft = new Draft(this);
    draft.corkNs = corkNs;
    return draft.done();
  }

  /** These settings with another delayedAckNs. */
  public TcpSettings withDelayedAckNs(long delayedAckNs) {
    Draft draft = new Draft(this);
    draft.delayedAckNs = delayedAckNs;
    return draft.done();
  }

  /** These settings with another minRtoNs. */
  public TcpSettings withMinRtoNs(long minRtoNs) {
    Draft draft = new Draft(this);
    draft.minRtoNs = minRtoNs;
    return draft.done();
  }

  /** These settings with another connectTimeoutNs. */
  public TcpSettings withConnectTimeoutNs(long connectTimeoutNs) {
    Draft draft = new Draft(this);
    draft.connectTimeoutNs = connectTimeoutNs;
    return draft.done();
  }

  /** These settings with another userTimeoutNs. */
  public TcpSettings withUserTimeoutNs(long userTimeoutNs) {
    Draft draft = new Draft(this);
    draft.userTimeoutNs = userTimeoutNs;
    return draft.done();
  }

  /** These settings with another zeroWindowTimeoutNs. */
  public TcpSettings withZeroWindowTimeoutNs(long zeroWindowTimeoutNs) {
    Draft draft = new Draft(this);
    draft.zeroWindowTimeoutNs = zeroWindowTimeoutNs;
    return draft.done();
  }

  /** These settings with another finWaitNs. */
  public TcpSettings withFinWaitNs(long finWaitNs) {
    Draft draft = new Draft(this);
    draft.finWaitNs = finWaitNs;
    return draft.done();
  }

  /** These settings with another keepAliveIdleNs. */
  public TcpSettings withKeepAliveIdleNs(long keepAliveIdleNs) {
    Draft draft = new Draft(this);
    draft.keepAliveIdleNs = keepAliveIdleNs;
    return draft.done();
  }

  /** These settings with another keepAliveIntervalNs. */
  public TcpSettings withKeepAliveIntervalNs(long keepAliveIntervalNs) {
    Draft draft = new Draft(this);
    draft.keepAliveIntervalNs = keepAliveIntervalNs;
    return draft.done();
  }

  /** These settings with another keepAliveProbes. */
  public TcpSettings withKeepAliveProbes(int keepAliveProbes) {
    Draft draft = new Draft(this);
    draft.keepAliveProbes = keepAliveProbes;
    return draft.done();
  }

  /** These settings with another trafficClass. */
  public TcpSettings withTrafficClass(int trafficClass) {
    Draft draft = new Draft(this);
    draft.trafficClass = trafficClass;
    return draft.done();
  }

  /** These settings with another timeToLive. */
  public TcpSettings withTimeToLive(int timeToLive) {
    Draft draft = new Draft(this);
    draft.timeToLive = timeToLive;
    return draft.done();
  }

  /** These settings with another timestamps. */
  public TcpSettings withTimestamps(boolean timestamps) {
    Draft draft = new Draft(this);
    draft.timestamps = timestamps;
    return draft.done();
  }

  /** These settings with another selectiveAcks. */
  public TcpSettings withSelectiveAcks(boolean selectiveAcks) {
    Draft draft = new Draft(this);
    draft.selectiveAcks = selectiveAcks;
    return draft.done();
  }

  /** These settings with another congestionAlgorithm. */
  public TcpSettings withCongestionAlgorithm(CongestionAlgorithm congestionAlgorithm) {
    Draft draft = new Draft(this);
    draft.congestionAlgorithm = congestionAlgorithm;
    return draft.done();
  }

  /** These settings with another initialWindowSegments. */
  public TcpSettings withInitialWindowSegments(int initialWindowSegments) {
    Draft draft = new Draft(this);
    draft.initialWindowSegments = initialWindowSegments;
    return draft.done();
  }

  /** These settings with another idleRestart. */
  public TcpSettings withIdleRestart(boolean idleRestart) {
    Draft draft = new Draft(this);
    draft.idleRestart = idleRestart;
    return draft.done();
  }

  /** These settings with another headerPrediction. */
  public TcpSettings withHeaderPrediction(boolean headerPrediction) {
    Draft draft = new Draft(this);
    draft.headerPrediction = headerPrediction;
    return draft.done();
  }

  /** These settings with another awakeConnections. */
  public TcpSettings withAwakeConnections(int awakeConnections) {
    Draft draft = new Draft(this);
    draft.awakeConnections = awakeConnections;
    return draft.done();
  }

  /** Components on their way into changed settings. */
  private static final class Draft {
    private int connections;
    private int backlog;
    private int sendBufferBytes;
    private int receiveBufferBytes;
    private ByteOrder byteOrder;
    private int userTimers;
    private boolean nagle;
    private long corkNs;
    private long delayedAckNs;
    private long minRtoNs;
    private long connectTimeoutNs;
    private long userTimeoutNs;
    private long zeroWindowTimeoutNs;
    private long finWaitNs;
    private long keepAliveIdleNs;
    private long keepAliveIntervalNs;
    private int keepAliveProbes;
    private int trafficClass;
    private int timeToLive;
    private boolean timestamps;
    private boolean selectiveAcks;
    private CongestionAlgorithm congestionAlgorithm;
    private int initialWindowSegments;
    private boolean idleRestart;
    private boolean headerPrediction;
    private int awakeConnections;

    Draft(TcpSettings from) {
      connections = from.connections;
      backlog = from.backlog;
      sendBufferBytes = from.sendBufferBytes;
      receiveBufferBytes = from.receiveBufferBytes;
      byteOrder = from.byteOrder;
      userTimers = from.userTimers;
      nagle = from.nagle;
      corkNs = from.corkNs;
      delayedAckNs = from.delayedAckNs;
      minRtoNs = from.minRtoNs;
      connectTimeoutNs = from.connectTimeoutNs;
      userTimeoutNs = from.userTimeoutNs;
      zeroWindowTimeoutNs = from.zeroWindowTimeoutNs;
      finWaitNs = from.finWaitNs;
      keepAliveIdleNs = from.keepAliveIdleNs;
      keepAliveIntervalNs = from.keepAliveIntervalNs;
      keepAliveProbes = from.keepAliveProbes;
      trafficClass = from.trafficClass;
      timeToLive = from.timeToLive;
      timestamps = from.timestamps;
      selectiveAcks = from.selectiveAcks;
      congestionAlgorithm = from.congestionAlgorithm;
      initialWindowSegments = from.initialWindowSegments;
      idleRestart = from.idleRestart;
      headerPrediction = from.headerPrediction;
      awakeConnections = from.awakeConnections;
    }

    TcpSettings done() {
      return new TcpSettings(
          connections,
          backlog,
          sendBufferBytes,
          receiveBufferBytes,
          byteOrder,
          userTimers,
          nagle,
          corkNs,
          delayedAckNs,
          minRtoNs,
          connectTimeoutNs,
          userTimeoutNs,
          zeroWindowTimeoutNs,
          finWaitNs,
          keepAliveIdleNs,
          keepAliveIntervalNs,
          keepAliveProbes,
          trafficClass,
          timeToLive,
          timestamps,
          selectiveAcks,
          congestionAlgorithm,
          initialWindowSegments,
          idleRestart,
          headerPrediction,
          awakeConnections);
    }
  }
}
