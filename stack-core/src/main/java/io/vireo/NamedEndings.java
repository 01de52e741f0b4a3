// SPDX-License-Identifier: Apache-2.0
package io.vireo;

import io.vireo.api.CloseReason;

/**
 * A handler whose endings carry efvitcp's names, for ports of existing programs. Implement the four endings and leave {@link
 * #onConnectionClosed(TcpConnection, CloseReason)} alone.
 *
 * @param <C> the user's state per connection
 */
public interface NamedEndings<C> extends TcpHandler<C> {
  /** connect failed: refused, unreachable, or no local port. */
  default void onConnectionRefused(TcpConnection<C> connection) {}

  /** The peer did not answer, while connecting or later. */
  default void onConnectionTimeout(TcpConnection<C> connection) {}

  /** The peer sent RST. */
  default void onConnectionReset(TcpConnection<C> connection) {}

  /** Every other end; {@link CloseReason#CLOSED} is the orderly one. */
  default void onConnectionEnded(TcpConnection<C> connection, CloseReason reason) {}

  @Override
  default void onConnectionClosed(TcpConnection<C> connection, CloseReason reason) {
    switch (reason) {
      case REFUSED, UNREACHABLE, NO_LOCAL_PORT -> onConnectionRefused(connection);
      case CONNECT_TIMEOUT, TIMEOUT -> onConnectionTimeout(connection);
      case RESET -> onConnectionReset(connection);
      default -> onConnectionEnded(connection, reason);
    }
  }
}
