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

  /** Sets the user's state. */
  public void attach(C attachment) {
    this.attachment = attachment;
  }

  /**
   * Copies as much of source[offset, offset + length) as the send buffer takes, whatever source's position. Sent inside a callback,
   * bytes leave when it returns, so that several sends and the ACK share segments; outside, before this method returns.
   *
   * @return 0 to length; when it is short, onMoreSendable follows. 0 between abort or a failed connect and the final event
   * @throws IllegalArgumentException the range goes beyond source.limit()
   * @throws IllegalStateException after sendFin, or when the connection is over
   */
  @HotPath
  public int send(ByteBuffer source, int offset, int length) {
    if ((offset | length) < 0 || length > source.limit() - offset) {
      refuseRange(source, offset, length);
    }
    long nowNs = begin();
    if (tcp.finQueued()) {
      refuseAfterFin();
    }
    int taken = stack.tcp().send(tcp, source, offset, length, nowNs);
    stack.end(nowNs);
    return taken;
  }

  /** Transmits now what the windows allow, even inside a callback. */
  public void flush() {
    long nowNs = begin();
    stack.flushNow(tcp, nowNs);
  }

  /** Free bytes of the send buffer; 0 once no more may be sent. */
  public int sendable() {
    stack.check();
    return live ? tcp.sendable() : 0;
  }

  /** How many bytes given to send now would leave now, by the peer's window and the congestion window. */
  public int immediatelySendable() {
    stack.check();
    return live ? tcp.immediatelySendable() : 0;
  }

  /** Holds onData and onFin back until {@link #resume}. Bytes that arrive fill the receive buffer, then the window closes. */
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

  /** Sends FIN behind everything queued. Receiving goes on. Idempotent. */
  public void sendFin() {
    long nowNs = begin();
    stack.tcp().sendFin(tcp, nowNs);
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
   * Probes a peer that has been silent, then as keepAliveIntervalNs and keepAliveProbes of the settings say. Any time.
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
   * How long sent data, a FIN or probes may stay unanswered before the connection ends with TIMEOUT. Any time; while connecting,
   * connectTimeoutNs counts.
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

  void onBegun() {
    live = true;
  }

  /** onConnectionClosed is about to be called. */
  void onEnding() {
    live = false;
  }

  private long begin() {
    long nowNs = stack.begin();
    if (!live) {
      throw new IllegalStateException("connection " + id() + " is over");
    }
    return nowNs;
  }

  private void refuseAfterFin() {
    throw new IllegalStateException("connection " + id() + " has sent its FIN");
  }

  private static void refuseRange(ByteBuffer source, int offset, int length) {
    throw new IllegalArgumentException(
        "offset " + offset + ", length " + length + " in a buffer with limit " + source.limit());
  }
}
