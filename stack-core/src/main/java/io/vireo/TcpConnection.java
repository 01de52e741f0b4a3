// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CloseReason;
import io.vireo.api.HotPath;
import io.vireo.tcp.Connection;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A TCP connection as its user sees it. The object is good until its onConnectionClosed returns; from the beginning of that callback
 * its commands throw IllegalStateException, afterwards it is used again for another connection. Whoever keeps a connection beyond its
 * own callbacks keeps {@link #id()} and asks {@link TcpEndpoint#connection(long)}.
 *
 * @param <C> the user's state per connection
 */
public final class TcpConnection<C> implements TcpAddresses {
  private final TcpEndpoint<C> endpoint;
  private final TcpStack stack;
  private final Connection tcp;
  private C attachment;

  /** From connect or the handshake to the beginning of onConnectionClosed. */
  private boolean live;

  TcpConnection(TcpEndpoint<C> endpoint, Connection tcp) {
    this.endpoint = endpoint;
    this.stack = endpoint.stack();
    this.tcp = tcp;
  }

  /** Never used again by this stack; positive. */
  public long id() {
    return tcp.id();
  }

  /** The user's state: from connect, or null until {@link #attach}. Dropped when onConnectionClosed has returned. */
  public C attachment() {
    return attachment;
  }

  /** Sets the user's state. Attached after onConnectionClosed it is dropped. */
  public void attach(C attachment) {
    this.attachment = attachment;
  }

  /**
   * Copies as much of source[offset, offset + length) as the send buffer takes, whatever source's position. Sent inside a callback,
   * bytes leave when it returns, so that several sends and the ACK share segments; outside, before this method returns.
   *
   * @return 0 to length; when it is short, onMoreSendable follows. 0 between abort or a failed connect and the final event
   * @throws IllegalArgumentException the range goes beyond source.limit()
   * @throws IllegalStateException after sendFin, with an open claim, or when the connection is over
   */
  @HotPath
  public int send(ByteBuffer source, int offset, int length) {
    return send(source, offset, length, false);
  }

  /**
   * As {@link #send(ByteBuffer, int, int)}. With {@code more}, an incomplete last segment waits for the next send or commit without it, {@link
   * #flush}, {@link #sendFin}, or TcpSettings.corkNs, counted from when it began to wait; also a short send or a refused claim ends the wait.
   */
  @HotPath
  public int send(ByteBuffer source, int offset, int length, boolean more) {
    if ((offset | length) < 0 || length > source.limit() - offset) {
      refuseRange(source, offset, length);
    }
    long nowNs = begin();
    checkMaySend();
    int taken = stack.tcp().send(tcp, source, offset, length, more, nowNs);
    stack.end(nowNs);
    return taken;
  }

  /**
   * Gathering send: as one send of sources[first … first + count) one after the other, each from its position to its limit. Moves the positions by
   * what was taken; stops at the first that does not fit whole.
   *
   * @return the bytes taken; when that is short, onMoreSendable follows. 0 between abort or a failed connect and the final event
   * @throws IllegalArgumentException the range goes beyond the array, or one of its buffers is null; nothing is taken
   * @throws IllegalStateException as {@link #send(ByteBuffer, int, int)}
   */
  public int send(ByteBuffer[] sources, int first, int count) {
    checkSources(sources, first, count);
    long nowNs = begin();
    checkMaySend();
    int taken = stack.tcp().send(tcp, sources, first, count, nowNs);
    stack.end(nowNs);
    return taken;
  }

  /**
   * All or nothing: reserves length contiguous bytes of the send buffer to write into. Open until {@link #commit}, also across callbacks and polls; at
   * most one at a time. While it is open, onMoreSendable waits; {@link #sendFin} puts the FIN behind it; {@link #abort} makes it worthless, but it may
   * be written to until onConnectionClosed begins. Whoever leaves received bytes over until a claim as long succeeds may himself hold the memory that it
   * waits for: then {@link #send(ByteBuffer, int, int)} takes what there is.
   *
   * @param length 1 to TcpSettings.sendBufferBytes, and no more than StackSettings.bufferMemoryBytes can ever give in one piece
   * @return their offset in {@link #sendMemory()}, or -1 if they do not fit now (onMoreSendable follows when they do), or between abort or a
   *     failed connect and the final event
   * @throws IllegalArgumentException length out of range
   * @throws IllegalStateException after sendFin, with an open claim, or when the connection is over
   */
  @HotPath
  public int claim(int length) {
    if (length < 1 || length > tcp.longestClaim()) {
      refuseClaim(length);
    }
    long nowNs = begin();
    checkMaySend();
    if (stack.tcp().claim(tcp, length, nowNs)) {
      return tcp.claimOffset();
    }
    stack.end(nowNs);
    return -1;
  }

  /**
   * The buffer that claim's offsets refer to: direct, in TcpSettings.byteOrder, position and limit set to the open claim by each call. Connections of
   * one endpoint share such buffers: whoever has several claims open asks again before he uses position and limit.
   *
   * @throws IllegalStateException no claim is open, or the connection is over
   */
  @HotPath
  public ByteBuffer sendMemory() {
    stack.check();
    checkLive();
    stack.tcp().wake(tcp);
    checkClaim();
    return endpoint.views().ofClaim(tcp.claimHandle(), tcp.claimOffset(), tcp.claimed());
  }

  /** As {@link #commit(int, boolean)} without more. */
  @HotPath
  public void commit(int length) {
    commit(length, false);
  }

  /**
   * Queues the first length bytes of the open claim, as {@link #send(ByteBuffer, int, int, boolean)} does; 0 gives the claim up. If the connection has
   * ended meanwhile and onConnectionClosed is still to come, the bytes are dropped.
   *
   * @param length 0 to the length claimed
   * @throws IllegalArgumentException length out of range; the claim remains open
   * @throws IllegalStateException no claim is open, or the connection is over
   */
  @HotPath
  public void commit(int length, boolean more) {
    long nowNs = begin();
    checkClaim();
    if (length < 0 || length > tcp.claimed()) {
      refuseCommit(length);
    }
    stack.tcp().commit(tcp, length, more, nowNs);
    stack.end(nowNs);
  }

  /** Transmits now what the windows allow, the incomplete last segment included, even inside a callback. */
  public void flush() {
    long nowNs = begin();
    stack.flushNow(tcp, nowNs);
  }

  /**
   * How many bytes a send would take now: the buffer grows up to TcpSettings.sendBufferBytes as the congestion window does. 0 once no more may be
   * sent.
   */
  public int sendable() {
    return isAwake() ? tcp.sendable() : 0;
  }

  /** How many bytes given to send now would leave now, by the peer's window and the congestion window. */
  public int immediatelySendable() {
    return isAwake() ? tcp.immediatelySendable() : 0;
  }

  /**
   * How many bytes, from the first that is not consumed, are left up to the end of the peer's urgent data (RFC 9293 §3.8.5); 0: there is none. Those
   * that have not come are counted, too. Inside onData nothing of what it shows is consumed yet.
   */
  public int urgentBytes() {
    return isAwake() ? tcp.urgentBytes() : 0;
  }

  /**
   * Holds onData and onFin back until {@link #resume}. Bytes that arrive fill the receive buffer as long as it is now, which does not grow during a
   * pause; then the window closes.
   */
  public void pause() {
    long nowNs = begin();
    stack.tcp().pause(tcp, nowNs);
    stack.end(nowNs);
  }

  /** Ends a pause and shows the bytes left over again, at the end of the present turn or in the next poll. Without a pause: only the latter. */
  public void resume() {
    long nowNs = begin();
    stack.tcp().resume(tcp, nowNs);
    stack.end(nowNs);
  }

  /** Sends FIN behind everything queued, and behind the open claim when that is committed. Receiving goes on. Idempotent. */
  public void sendFin() {
    long nowNs = begin();
    stack.tcp().sendFin(tcp, nowNs);
    stack.end(nowNs);
  }

  /** Nagle's algorithm (RFC 9293 §3.7.4), at first as in TcpSettings; switching it off sends what it holds. Any time. */
  public void setNagle(boolean on) {
    long nowNs = begin();
    stack.tcp().setNagle(tcp, on, nowNs);
    stack.end(nowNs);
  }

  /** Sends RST and drops what is queued. onConnectionClosed(ABORTED) follows. */
  public void abort() {
    long nowNs = begin();
    stack.tcp().abort(tcp, CloseReason.ABORTED, nowNs);
    stack.end(nowNs);
  }

  /**
   * onUserTimeout(connection, timerId) after delayNs; 0 cancels; set again replaces. Never early; late by the time to the next poll. Ends with the connection.
   *
   * @param timerId 0 to TcpSettings.userTimers - 1
   * @param delayNs 0 to Long.MAX_VALUE / 2
   */
  public void setUserTimer(int timerId, long delayNs) {
    endpoint.checkTimer(timerId, delayNs);
    begin();
    // Read anew: a callback may have taken its time, and a timer is never early.
    long nowNs = stack.readClock();
    stack.tcp().setUserTimer(tcp, timerId, delayNs, nowNs);
    stack.end(nowNs);
  }

  /**
   * Probes a peer that has been silent, then as keepAliveIntervalNs and keepAliveProbes of the settings say. An answer begins the silence anew. Any time.
   *
   * @param idleNs silence before the first probe, at least 1 s; 0: no probes
   */
  public void setKeepAlive(long idleNs) {
    TcpEndpoint.checkSpan("idleNs", idleNs, 1_000_000_000L);
    begin();
    long nowNs = stack.readClock();
    stack.tcp().setKeepAlive(tcp, idleNs, nowNs);
    stack.end(nowNs);
  }

  /**
   * How long sent data, a FIN or probes of a closed window may stay unanswered before the connection ends with TIMEOUT. Any time; while
   * connecting, connectTimeoutNs counts; for a peer probed by keep-alive, keepAliveIntervalNs and keepAliveProbes do.
   *
   * @param timeoutNs at least 1 ms; 0: for ever
   */
  public void setUserTimeout(long timeoutNs) {
    TcpEndpoint.checkSpan("timeoutNs", timeoutNs, 1_000_000L);
    begin();
    long nowNs = stack.readClock();
    stack.tcp().setUserTimeout(tcp, timeoutNs, nowNs);
    stack.end(nowNs);
  }

  /**
   * Fills target with the figures of this moment. From connect or onConnectionEstablished on, also inside onConnectionClosed.
   *
   * @throws IllegalStateException onConnectionClosed has returned
   */
  public void info(TcpInfo target) {
    stack.check();
    if (!tcp.inUse()) {
      refuse("is over");
    }
    stack.tcp().wake(tcp);
    target.fill(tcp);
  }

  @Override
  public int localPort() {
    return tcp.localPort();
  }

  @Override
  public int remoteIpv4() {
    return tcp.route().remote();
  }

  @Override
  public int remotePort() {
    return tcp.remotePort();
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(tcp.route().localInetAddress(), tcp.localPort());
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress(tcp.route().remoteInetAddress(), tcp.remotePort());
  }

  /** Id and addresses, for people. */
  @Override
  public String toString() {
    return "connection " + id() + ", local " + localAddress() + ", remote " + remoteAddress();
  }

  // ---- For the stack

  Connection tcp() {
    return tcp;
  }

  TcpEndpoint<C> endpoint() {
    return endpoint;
  }

  boolean live() {
    return live;
  }

  /** A new life; what a stale reference attached after the last one does not belong to it. */
  void onBegun(C attachment) {
    live = true;
    this.attachment = attachment;
  }

  /** onConnectionClosed is about to be called. */
  void onEnding() {
    live = false;
  }

  @HotPath
  private long begin() {
    long nowNs = stack.begin();
    checkLive();
    stack.tcp().wake(tcp);
    return nowNs;
  }

  /** Whether there is something to ask of the connection; then it is awake. */
  private boolean isAwake() {
    stack.check();
    if (live) {
      stack.tcp().wake(tcp);
    }
    return live;
  }

  @HotPath
  private void checkLive() {
    if (!live) {
      refuse("is over");
    }
  }

  @HotPath
  private void checkMaySend() {
    if (tcp.finQueued()) {
      refuse("has sent its FIN");
    }
    if (tcp.claimed() > 0) {
      refuse("has an open claim: commit it first");
    }
  }

  @HotPath
  private void checkClaim() {
    if (tcp.claimed() == 0) {
      refuse("has no open claim");
    }
  }

  private void refuse(String why) {
    throw new IllegalStateException("connection " + id() + " " + why);
  }

  private void refuseClaim(int length) {
    throw new IllegalArgumentException(
        "claim of " + length + ", must be 1 to " + tcp.longestClaim());
  }

  private void refuseCommit(int length) {
    throw new IllegalArgumentException("commit of " + length + ", must be 0 to " + tcp.claimed());
  }

  private static void checkSources(ByteBuffer[] sources, int first, int count) {
    if ((first | count) < 0 || count > sources.length - first) {
      throw new IllegalArgumentException(
          "first " + first + ", count " + count + " in an array of " + sources.length);
    }
    for (int i = first; i < first + count; i++) {
      if (sources[i] == null) {
        throw new IllegalArgumentException("buffer " + i + " is null");
      }
    }
  }

  private static void refuseRange(ByteBuffer source, int offset, int length) {
    throw new IllegalArgumentException(
        "offset " + offset + ", length " + length + " in a buffer with limit " + source.limit());
  }
}
