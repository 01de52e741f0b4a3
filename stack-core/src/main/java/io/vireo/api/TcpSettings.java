// SPDX-License-Identifier: Apache-2.0
package io.vireo.api;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Settings of the connections of one endpoint. Immutable; ranges are checked here.
 *
 * @param connections size of the pool, 1 to 1,048,576; an idle connection holds no buffer
 * @param backlog handshakes under way per listening port, 1 to 65,536
 * @param sendBufferBytes most bytes queued and unacknowledged per connection, 4 KiB to 1 GiB
 * @param receiveBufferBytes most bytes received and not consumed per connection, and the longest message ever shown
 *     whole, 4 KiB to 1 GiB
 * @param byteOrder order of the memory handed to the user
 * @param userTimers timers per connection and per endpoint, 0 to 16
 * @param delayedAckNs how long a pure ACK may wait for company, 0 (at once) to 499 ms (RFC 9293 MUST-40)
 * @param minRtoNs lower bound of the retransmission timeout, 1 ms to 1 s. Deviation: RFC 6298 (2.4) asks for 1 s; 200 ms
 *     is what Linux does, above its delayed ACK
 * @param connectTimeoutNs how long connect tries, at least 1 ms; RFC 9293 MUST-23 asks for three minutes
 * @param userTimeoutNs how long sent data or a FIN may stay unanswered, 0 (for ever) or at least 1 ms. Answered probes of a
 *     zero window do not count (MUST-37)
 * @param finWaitNs silence allowed to a peer that owes us its FIN, 0 (for ever) or at least 1 ms
 */
public record TcpSettings(
    int connections,
    int backlog,
    int sendBufferBytes,
    int receiveBufferBytes,
    ByteOrder byteOrder,
    int userTimers,
    long delayedAckNs,
    long minRtoNs,
    long connectTimeoutNs,
    long userTimeoutNs,
    long finWaitNs) {

  private static final long MS = 1_000_000L;
  private static final long SECOND = 1_000 * MS;
  private static final TcpSettings DEFAULTS = new TcpSettings(
      256,
      1_024,
      64 << 10,
      64 << 10,
      ByteOrder.BIG_ENDIAN,
      2,
      10 * MS,
      200 * MS,
      180 * SECOND,
      900 * SECOND,
      60 * SECOND);

  /** Checks every range; IllegalArgumentException names value and limits. */
  public TcpSettings {
    Range.check("connections", connections, 1, 1 << 20);
    Range.check("backlog", backlog, 1, 1 << 16);
    Range.check("sendBufferBytes", sendBufferBytes, 4 << 10, 1 << 30);
    Range.check("receiveBufferBytes", receiveBufferBytes, 4 << 10, 1 << 30);
    Objects.requireNonNull(byteOrder, "byteOrder");
    Range.check("userTimers", userTimers, 0, 16);
    Range.check("delayedAckNs", delayedAckNs, 0, 499 * MS);
    Range.check("minRtoNs", minRtoNs, MS, SECOND);
    Range.check("connectTimeoutNs", connectTimeoutNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("userTimeoutNs", userTimeoutNs, MS, Range.LONGEST_NS);
    Range.checkZeroOr("finWaitNs", finWaitNs, MS, Range.LONGEST_NS);
  }

  /** The defaults: 256 connections, 64 KiB buffers, latency first. */
  public static TcpSettings defaults() {
    return DEFAULTS;
  }

  /** These settings with another connections. */
  public TcpSettings withConnections(int connections) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another backlog. */
  public TcpSettings withBacklog(int backlog) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another sendBufferBytes. */
  public TcpSettings withSendBufferBytes(int sendBufferBytes) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another receiveBufferBytes. */
  public TcpSettings withReceiveBufferBytes(int receiveBufferBytes) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another byteOrder. */
  public TcpSettings withByteOrder(ByteOrder byteOrder) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another userTimers. */
  public TcpSettings withUserTimers(int userTimers) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another delayedAckNs. */
  public TcpSettings withDelayedAckNs(long delayedAckNs) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another minRtoNs. */
  public TcpSettings withMinRtoNs(long minRtoNs) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another connectTimeoutNs. */
  public TcpSettings withConnectTimeoutNs(long connectTimeoutNs) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another userTimeoutNs. */
  public TcpSettings withUserTimeoutNs(long userTimeoutNs) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }

  /** These settings with another finWaitNs. */
  public TcpSettings withFinWaitNs(long finWaitNs) {
    return new TcpSettings(
        connections,
        backlog,
        sendBufferBytes,
        receiveBufferBytes,
        byteOrder,
        userTimers,
        delayedAckNs,
        minRtoNs,
        connectTimeoutNs,
        userTimeoutNs,
        finWaitNs);
  }
}
