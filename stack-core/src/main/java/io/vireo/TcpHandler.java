// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CloseReason;
import io.vireo.api.SoftError;
import java.nio.ByteBuffer;

/**
 * What a protocol does with its connections. Implement what you need. Callbacks run inside {@code poll} and {@code close}, never
 * anywhere else, and never nest: what a callback causes is delivered after it has returned. Inside a callback everything is allowed,
 * on any connection, except {@code poll}, {@code await}, {@code release} and {@code close}.
 *
 * <p>The events of one connection come in this order, each at most once unless starred:
 *
 * <pre>
 * onConnectionEstablished  ( onData* | onMoreSendable* | onUserTimeout* | onSoftError* )  onFin  ( the same without onData )  onConnectionClosed
 * </pre>
 *
 * <p>onUserTimeout and onSoftError may also come while connecting.
 *
 * <p>Exactly one onConnectionClosed comes for every connection that connect returned or onConnectionEstablished announced.
 *
 * @param <C> the user's state per connection
 */
public interface TcpHandler<C> {
  /**
   * A peer asks for a connection. Called before any state is spent, perhaps again for the same attempt, so without side effects.
   *
   * @param peer good for this call only
   * @return false: refused with RST
   */
  default boolean allowNewConnection(TcpAddresses peer) {
    return true;
  }

  /** The handshake is complete. */
  default void onConnectionEstablished(TcpConnection<C> connection) {}

  /**
   * memory[offset, offset + length) is what the peer sent, earlier leftovers first: in the NIC's own buffer when there are none.
   * Position and limit are set to the range, the byte order is that of the settings; all is good until this method returns.
   *
   * @return how many bytes at the end of the range are left over, 0 to length. They are shown again in front of the next bytes,
   *     right after onMoreSendable of this connection, and after resume. length never exceeds TcpSettings.receiveBufferBytes, so a
   *     longer message is never shown whole. Leftovers keep the window from opening, until they fill half of
   *     the buffer as long as it is: then it grows. A result out of range counts as an exception.
   */
  default int onData(TcpConnection<C> connection, ByteBuffer memory, int offset, int length) {
    return 0;
  }

  /**
   * The peer has finished; the range is what is left over for good, an incomplete message. Not called while paused; and while bytes
   * are left over and a send of this connection came up short, not before they have been shown again: back-pressure loses nothing.
   * By default our own FIN follows, behind all that was sent; whoever has more to send then, remembers that the peer has finished, and calls sendFin later.
   */
  default void onFin(TcpConnection<C> connection, ByteBuffer memory, int offset, int length) {
    connection.sendFin();
  }

  /** Once after a send came up short: what was refused fits now, or half of what the send buffer takes at present is free if that is less. */
  default void onMoreSendable(TcpConnection<C> connection) {}

  /** A timer of the connection; see {@link TcpConnection#setUserTimer}. */
  default void onUserTimeout(TcpConnection<C> connection, int timerId) {}

  /** A timer of the endpoint; see {@link TcpEndpoint#setTimer}. */
  default void onTimer(int timerId) {}

  /** Trouble that TCP goes on working on. */
  default void onSoftError(TcpConnection<C> connection, SoftError error) {}

  /** The end, with attachment and addresses still readable. Give the attachment back here. */
  default void onConnectionClosed(TcpConnection<C> connection, CloseReason reason) {}

  /**
   * A callback threw; its connection is reset already and will be closed. What this method throws leaves poll. The default hands the
   * exception to the thread's handler of uncaught exceptions.
   *
   * @param connection null if the callback was allowNewConnection or onTimer
   */
  default void onException(TcpConnection<C> connection, RuntimeException exception) {
    Thread thread = Thread.currentThread();
    thread.getUncaughtExceptionHandler().uncaughtException(thread, exception);
  }
}
